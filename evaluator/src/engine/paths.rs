//! What a policy reads, and how it is reached from the fact that it is decided for.
//!
//! Every fact that can bear on a decision is reached from the policy's first binding by a chain of steps:
//! a reference followed, or a list of facts that refer back. Walked backwards, from a fact that changed to
//! the first bindings that can see it, the same chains say what has to be decided again.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{
    BindingSource, Coverage, Expr, ExprKind, FactKind, FactType, Name, OutcomeKind, Policy, Program,
    Quantifier, Slot, Type, When, Window,
};

use super::derived::Rules;
use super::joins::Tie;
use super::keyed::{Link, Place, alike};
use super::plain::Lone;
use super::polls::{Asked, Asks};
use super::sieve::Dull;
use crate::judge::children;
use crate::value::Value;
use crate::world::{FieldId, Layout, TypeId};

/// The place of a node in [`Paths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(usize);

/// Facts of one type that a policy looks at in one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) ty: TypeId,
    pub(super) step: Step,
}

/// How they are reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// They are what the policy is decided for.
    Head,
    /// A reference, or a list of references, of the node's facts refers to them.
    Field(NodeId, FieldId),
    /// They refer to the node's facts by this field of theirs.
    Inverse(NodeId, FieldId),
    /// They are what the policy's binding at this place is tied to by a join.
    Joined(usize),
    /// They are looked at by those whose value one of their fields has: the link at this place.
    Keyed(usize),
    /// All facts of the type are looked at, from wherever.
    Anywhere,
}

/// What a policy reads.
#[derive(Debug, Default)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    known: BTreeMap<Node, NodeId>,
    reads: BTreeMap<(TypeId, FieldId), BTreeSet<NodeId>>,
    by_type: BTreeMap<TypeId, BTreeSet<NodeId>>,
    /// For each join, by the place of its binding: the facts that its other side leads to, if it is facts.
    joined: BTreeMap<usize, BTreeSet<NodeId>>,
    /// The same where the other side is a field that refers to nothing.
    joined_by: BTreeMap<usize, Vec<(NodeId, Place)>>,
    links: Vec<Link>,
    /// Lists that are only asked for members of which conditions are true.
    dull: BTreeMap<NodeId, Dull>,
    /// Lists of all facts of a type that are only asked whether conditions are true of any, or of all.
    polls: BTreeMap<NodeId, Asks>,
}

impl Paths {
    /// The paths of a policy, its waivers included; `ties` are its joins. What the relations in `rules` look
    /// at is kept there.
    pub(super) fn of(
        program: &Program,
        layout: &Layout,
        params: &BTreeMap<Name, Value>,
        policy: &Policy,
        ties: &[Tie],
        rules: &Rules,
    ) -> Self {
        let mut walk = Walk::new(program, layout, policy);
        walk.kept = Some(rules);
        walk.policy(policy, ties);
        let asked =
            std::mem::take(&mut walk.asked).into_iter().filter(|(node, _)| !walk.whole.contains(node));
        let dull = |(node, bodies): (NodeId, Vec<(Slot, &Expr)>)| {
            let ty = walk.paths.node(node)?.ty;
            Some((node, Dull::of(layout, params, &walk.lets, ty, &bodies)?))
        };
        let dull = asked.filter_map(dull).collect();
        let mut lone = Lone::new(program, layout, params).naming(&walk.lets);
        let slots = usize::try_from(policy.slots).unwrap_or(usize::MAX);
        let mut polls = BTreeMap::new();
        for (node, asked) in walk.polled.iter().filter(|(node, _)| !walk.whole.contains(node)) {
            let Some(of) = walk.paths.node(*node) else { continue };
            let keyed = matches!(of.step, Step::Keyed(_));
            polls.insert(*node, Asks::new(&mut lone, (of.ty, layout.ty(of.ty).kind), slots, asked, keyed));
        }
        Paths { dull, polls, ..walk.paths }
    }

    /// What the facts of a node are asked, where that is known.
    pub(super) fn asks(&self, id: NodeId) -> Option<&Asks> {
        self.polls.get(&id)
    }

    /// The list of all facts of a type by way of which the node's facts are looked at, if it is asked for
    /// conditions.
    pub(super) fn polled(&self, id: NodeId) -> Option<NodeId> {
        match self.node(id)?.step {
            Step::Field(parent, _) | Step::Inverse(parent, _) => self.polled(parent),
            Step::Keyed(_) | Step::Anywhere => self.polls.contains_key(&id).then_some(id),
            Step::Head | Step::Joined(_) => None,
        }
    }

    /// How the facts of a node say whom they concern.
    pub(super) fn link(&self, at: usize) -> Option<&Link> {
        self.links.get(at)
    }

    /// All of these.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The fields that a join's other side is.
    pub(super) fn joined_by(&self, depth: usize) -> &[(NodeId, Place)] {
        self.joined_by.get(&depth).map_or(&[], Vec::as_slice)
    }

    /// The fields by which facts are looked for.
    pub(super) fn looked_for(&self) -> impl Iterator<Item = Place> {
        let others = self.links.iter().flat_map(|link| &link.others);
        others.chain(self.joined_by.values().flatten()).map(|(_, place)| *place)
    }

    /// What the members of a list have to be for anybody to care, where that is known.
    pub(super) fn dull(&self, id: NodeId) -> Option<&Dull> {
        self.dull.get(&id)
    }

    /// The node with this number.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// The paths by which a join's own side is looked at, from the facts of its binding.
    pub(super) fn of_tie(program: &Program, layout: &Layout, policy: &Policy, tie: &Tie) -> Self {
        let mut walk = Walk::new(program, layout, policy);
        let head = walk.paths.add(Node { ty: tie.ty, step: Step::Head });
        walk.slots.insert(tie.slot, Nodes::from([head]));
        if let Some(one) = policy.wheres.get(tie.condition) {
            walk.expr(&one.expr);
        }
        walk.paths
    }

    /// Whether the node's facts are reached through a join.
    pub(super) fn is_joined(&self, id: NodeId) -> bool {
        match self.node(id).map(|node| &node.step) {
            Some(Step::Field(parent, _) | Step::Inverse(parent, _)) => self.is_joined(*parent),
            Some(Step::Joined(_)) => true,
            Some(Step::Head | Step::Keyed(_) | Step::Anywhere) | None => false,
        }
    }

    /// The facts that the other side of a join leads to.
    pub(super) fn joined(&self, depth: usize) -> impl Iterator<Item = NodeId> {
        self.joined.get(&depth).into_iter().flatten().copied()
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The fields that are read, each with the nodes at which it is.
    pub(super) fn reads(&self) -> impl Iterator<Item = ((TypeId, FieldId), &BTreeSet<NodeId>)> {
        self.reads.iter().map(|(place, nodes)| (*place, nodes))
    }

    /// The types, each with the nodes of facts of it.
    pub(super) fn types(&self) -> impl Iterator<Item = (TypeId, &BTreeSet<NodeId>)> {
        self.by_type.iter().map(|(ty, nodes)| (*ty, nodes))
    }

    /// A step by a link.
    fn keyed(&mut self, link: Link) -> Step {
        let at = self.links.iter().position(|known| *known == link).unwrap_or(self.links.len());
        if at == self.links.len() {
            self.links.push(link);
        }
        Step::Keyed(at)
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let id = NodeId(self.nodes.len());
        self.by_type.entry(node.ty).or_default().insert(id);
        self.known.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }
}

/// The nodes that a value, or the members of a list, can be facts of.
type Nodes = BTreeSet<NodeId>;

struct Walk<'a> {
    program: &'a Program,
    layout: &'a Layout,
    lets: Vec<&'a Expr>,
    slots: BTreeMap<Slot, Nodes>,
    named: BTreeMap<u32, Nodes>,
    /// Relations that were gone through already.
    relations: BTreeSet<Name>,
    /// Those that are kept up to date: who looks at them is known there.
    kept: Option<&'a Rules>,
    /// Conditions on the members of lists that are asked whether they have such a member.
    asked: BTreeMap<NodeId, Vec<(Slot, &'a Expr)>>,
    /// The same for lists of all facts of a type.
    polled: BTreeMap<NodeId, Vec<Asked<'a>>>,
    /// Lists that are looked at in any other way.
    whole: BTreeSet<NodeId>,
    paths: Paths,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program, layout: &'a Layout, policy: &'a Policy) -> Self {
        Self {
            program,
            layout,
            lets: policy.lets.iter().map(|one| &one.expr).collect(),
            slots: BTreeMap::new(),
            named: BTreeMap::new(),
            relations: BTreeSet::new(),
            kept: None,
            asked: BTreeMap::new(),
            polled: BTreeMap::new(),
            whole: BTreeSet::new(),
            paths: Paths::default(),
        }
    }

    fn policy(&mut self, policy: &'a Policy, ties: &[Tie]) {
        for (at, binding) in policy.bindings.iter().enumerate() {
            let nodes = match &binding.source {
                BindingSource::List(list) => self.expr(list),
                BindingSource::Type if at == 0 => self.start(&binding.ty, Step::Head),
                BindingSource::Type if ties.iter().any(|tie| tie.depth == at) => {
                    self.start(&binding.ty, Step::Joined(at))
                }
                BindingSource::Type => {
                    let by = policy.sequence.as_ref().and_then(|sequence| sequence.by.as_ref());
                    let nodes = self.following(policy, &binding.ty, by);
                    self.whole.extend(&nodes);
                    nodes
                }
            };
            self.slots.insert(binding.slot, nodes);
        }
        if let Some(sequence) = &policy.sequence {
            for binding in &policy.bindings {
                for node in self.slots.get(&binding.slot).cloned().unwrap_or_default() {
                    self.read(node, "at");
                    if let Some(by) = &sequence.by {
                        self.read(node, by.as_str());
                    }
                }
            }
            for step in &sequence.steps {
                step.condition.iter().for_each(|condition| drop(self.expr(condition)));
            }
        }
        for one in &policy.wheres {
            self.expr(&one.expr);
        }
        for tie in ties {
            if let Some(sides) = tie.sides(policy) {
                let nodes = self.expr(sides.other);
                self.paths.joined.insert(tie.depth, nodes);
                let own = tie.field(self.layout);
                let by = own.and_then(|own| self.compared(own, sides.other)).unwrap_or_default();
                self.paths.joined_by.insert(tie.depth, by);
            }
        }
        for arm in &policy.arms {
            if let When::Expr(condition) = &arm.when {
                self.expr(condition);
            }
            for outcome in &arm.outcomes {
                for expr in outcome.with.iter().flat_map(|(_, says)| says.exprs()) {
                    self.expr(expr);
                }
                match &outcome.kind {
                    OutcomeKind::Rank { tier, keys } => {
                        self.expr(tier);
                        keys.iter().for_each(|key| drop(self.expr(&key.expr)));
                    }
                    OutcomeKind::Alert { severity: expr }
                    | OutcomeKind::Revoke { target: expr, .. }
                    | OutcomeKind::Block { target: expr, .. } => {
                        self.expr(expr);
                    }
                }
            }
        }
        for waiver in self.program.waivers.iter().filter(|waiver| waiver.policy == policy.name) {
            let bound = usize::try_from(waiver.binding).ok().and_then(|at| policy.bindings.get(at));
            let nodes = bound.and_then(|bound| self.slots.get(&bound.slot).cloned()).unwrap_or_default();
            // The waiver's slots are its own.
            let slots = std::mem::replace(&mut self.slots, BTreeMap::from([(waiver.slot, nodes)]));
            self.expr(&waiver.condition);
            self.slots = slots;
        }
    }

    fn start(&mut self, ty: &Type, step: Step) -> Nodes {
        let Type::Fact(name) = ty else { return Nodes::new() };
        self.layout.type_id(name).map(|ty| self.paths.add(Node { ty, step })).into_iter().collect()
    }

    /// Notes that a field of the node's facts is read, and says what facts it leads to.
    fn read(&mut self, node: NodeId, field: &str) -> Option<NodeId> {
        let ty = self.paths.node(node)?.ty;
        let field = self.layout.field_id(ty, field)?;
        self.paths.reads.entry((ty, field)).or_default().insert(node);
        let target = self.layout.target(ty, field)?;
        Some(self.paths.add(Node { ty: target, step: Step::Field(node, field) }))
    }

    fn follow(&mut self, nodes: Nodes, path: &[Name]) {
        let mut nodes = nodes;
        for name in path {
            nodes = nodes.into_iter().filter_map(|node| self.read(node, name.as_str())).collect();
        }
    }

    /// Everything that an expression reads; the facts that it can come to.
    fn expr(&mut self, expr: &'a Expr) -> Nodes {
        match &expr.kind {
            ExprKind::Var(slot) => self.slots.get(slot).cloned().unwrap_or_default(),
            ExprKind::Let(at) => self.named(*at),
            ExprKind::Bind { slot, value, body } => {
                let nodes = self.expr(value);
                self.slots.insert(*slot, nodes);
                self.expr(body)
            }
            ExprKind::Field(base, name) => {
                let nodes = self.expr(base);
                nodes.into_iter().filter_map(|node| self.read(node, name.as_str())).collect()
            }
            ExprKind::Inverse(base, name) => {
                let nodes = self.inverse(base, name);
                self.whole.extend(&nodes);
                nodes
            }
            ExprKind::All(name) => {
                let nodes = self.every(name, None);
                self.whole.extend(&nodes);
                nodes
            }
            ExprKind::Quantified { quantifier, list, slot, body, window } => {
                let members = match (&list.kind, quantifier) {
                    // Within a relation names stand for something else.
                    (ExprKind::Inverse(base, name), Quantifier::Exists | Quantifier::ExistsOne)
                        if self.relations.is_empty() =>
                    {
                        let members = self.inverse(base, name);
                        for member in &members {
                            self.asked.entry(*member).or_default().push((*slot, &**body));
                        }
                        members
                    }
                    (ExprKind::All(name), _) if self.relations.is_empty() => {
                        let members = self.every(name, Some(window));
                        let slot = usize::try_from(slot.0).unwrap_or(usize::MAX);
                        let all = *quantifier == Quantifier::All;
                        let settles = *quantifier != Quantifier::ExistsOne;
                        for member in &members {
                            let asked = Asked { slot, body, all, settles };
                            self.polled.entry(*member).or_default().push(asked);
                        }
                        members
                    }
                    _ => self.expr(list),
                };
                self.ranging(members, *slot, body, window);
                Nodes::new()
            }
            ExprKind::Filter { list, slot, body, window } => {
                let members = match &list.kind {
                    ExprKind::All(name) if self.relations.is_empty() => {
                        let members = self.every(name, Some(window));
                        self.whole.extend(&members);
                        members
                    }
                    _ => self.expr(list),
                };
                self.ranging(members, *slot, body, window)
            }
            ExprKind::MapList { list, slot, body } => {
                let members = self.expr(list);
                self.slots.insert(*slot, members);
                self.expr(body)
            }
            ExprKind::ListFn(_, list) => self.expr(list),
            ExprKind::Peak { list, width, key } => {
                let members = self.expr(list);
                for node in &members {
                    self.read(*node, "at");
                }
                self.expr(width);
                if let Some((slot, key)) = key {
                    self.slots.insert(*slot, members);
                    self.expr(key);
                }
                Nodes::new()
            }
            ExprKind::Related(name, args) => {
                args.iter().for_each(|arg| drop(self.expr(arg)));
                self.relation(name);
                Nodes::new()
            }
            ExprKind::Conditional(condition, a, b) => {
                self.expr(condition);
                self.either(a, b)
            }
            ExprKind::OrValue(a, b) | ExprKind::Assume(a, b) | ExprKind::Arith(_, a, b) => self.either(a, b),
            // A value, or a list, of what its parts lead to.
            _ => {
                let mut nodes = Nodes::new();
                children(expr, &mut |part| nodes.extend(self.expr(part)));
                nodes
            }
        }
    }

    fn inverse(&mut self, base: &'a Expr, name: &Name) -> Nodes {
        let owners = self.expr(base);
        owners.into_iter().filter_map(|owner| self.members(owner, name)).collect()
    }

    fn either(&mut self, a: &'a Expr, b: &'a Expr) -> Nodes {
        let mut nodes = self.expr(a);
        nodes.extend(self.expr(b));
        nodes
    }

    fn named(&mut self, at: u32) -> Nodes {
        if let Some(known) = self.named.get(&at) {
            return known.clone();
        }
        let expr = usize::try_from(at).ok().and_then(|at| self.lets.get(at).copied());
        let nodes = expr.map(|expr| self.expr(expr)).unwrap_or_default();
        self.named.insert(at, nodes.clone());
        nodes
    }

    /// The members of an inverse list of the owner.
    fn members(&mut self, owner: NodeId, list: &Name) -> Option<NodeId> {
        let ty = self.layout.ty(self.paths.node(owner)?.ty);
        let inverse = ty.inverse(list.as_str())?.clone();
        let lives = ty.lives.clone();
        let of = self.layout.type_id(&inverse.of)?;
        let via = self.layout.field_id(of, inverse.via.as_str())?;
        let node = self.paths.add(Node { ty: of, step: Step::Inverse(owner, via) });
        self.read(node, inverse.via.as_str());
        self.read(node, "at");
        // Whether the list is complete hangs on the owner's scope and life.
        if let Some((start, end)) = lives {
            self.read(owner, start.as_str());
            if let Some(end) = end {
                self.read(owner, end.as_str());
            }
        }
        for path in scopes(self.layout.ty(of)) {
            if let Some((first, rest)) = path.split_first()
                && *first == inverse.via
            {
                self.follow(Nodes::from([owner]), rest);
            }
        }
        Some(node)
    }

    /// A macro over a list: its elements, its condition, and what the condition pins.
    fn ranging(&mut self, members: Nodes, slot: Slot, body: &'a Expr, window: &'a Window) -> Nodes {
        self.slots.insert(slot, members.clone());
        for bound in &window.bounds {
            self.expr(&bound.at);
        }
        for (path, value) in &window.fixed {
            let pinned = self.expr(value);
            for member in &members {
                let Some(ty) = self.paths.node(*member).map(|node| self.layout.ty(node.ty)) else { continue };
                for scope in scopes(ty) {
                    if let Some(rest) = scope.strip_prefix(path.as_slice()) {
                        self.follow(pinned.clone(), rest);
                    }
                }
            }
        }
        self.expr(body);
        members
    }

    /// All facts of a type, or those of them that concern a value by what one of their fields says.
    fn every(&mut self, name: &Name, window: Option<&'a Window>) -> Nodes {
        let Some(ty) = self.layout.type_id(name) else { return Nodes::new() };
        let link = window.into_iter().flat_map(|window| &window.fixed).find_map(|(path, value)| {
            let [field] = path.as_slice() else { return None };
            let own = (ty, self.layout.field_id(ty, field.as_str())?);
            Some(Link { own, others: self.compared(own, value)? })
        });
        let step = link.map_or(Step::Anywhere, |link| self.paths.keyed(link));
        let node = self.paths.add(Node { ty, step });
        self.read(node, "at");
        Nodes::from([node])
    }

    /// What follows the first event of a sequence.
    fn following(&mut self, policy: &'a Policy, ty: &Type, by: Option<&Name>) -> Nodes {
        let heads = policy.bindings.first().and_then(|first| self.slots.get(&first.slot)).cloned();
        let link = || {
            let (by, Type::Fact(name)) = (by?, ty) else { return None };
            let of = self.layout.type_id(name)?;
            let place = |ty| Some((ty, self.layout.field_id(ty, by.as_str())?));
            let head = heads.unwrap_or_default().into_iter().next()?;
            let (own, other) = (place(of)?, place(self.paths.node(head)?.ty)?);
            alike(self.layout, own, other).then(|| Link { own, others: vec![(head, other)] })
        };
        let step = link().map_or(Step::Anywhere, |link| self.paths.keyed(link));
        self.start(ty, step)
    }

    /// The fields that a value is, of the facts of which nodes, if it is one and can be compared as it is
    /// kept.
    fn compared(&mut self, own: Place, value: &'a Expr) -> Option<Vec<(NodeId, Place)>> {
        let ExprKind::Field(base, name) = &value.kind else { return None };
        let nodes = self.expr(base);
        let one = |node: NodeId| {
            let of = self.paths.node(node)?.ty;
            let other = (of, self.layout.field_id(of, name.as_str())?);
            alike(self.layout, own, other).then_some((node, other))
        };
        let others: Option<Vec<_>> = nodes.into_iter().map(one).collect();
        others.filter(|others| !others.is_empty())
    }

    /// A relation looks at facts from wherever.
    fn relation(&mut self, name: &Name) {
        if self.kept.is_some_and(|kept| kept.keeps(name)) || !self.relations.insert(name.clone()) {
            return;
        }
        let Some(relation) = self.program.relations.get(name) else { return };
        let mut slots = BTreeMap::new();
        for (_, slot, ty) in &relation.columns {
            let nodes = self.start(ty, Step::Anywhere);
            self.whole.extend(&nodes);
            slots.insert(*slot, nodes);
        }
        let outer = std::mem::replace(&mut self.slots, slots);
        let (lets, named) = (std::mem::take(&mut self.lets), std::mem::take(&mut self.named));
        for case in &relation.cases {
            self.expr(&case.condition);
        }
        (self.slots, self.lets, self.named) = (outer, lets, named);
    }
}

/// The scope paths of a type's signals, from its own fields.
fn scopes(ty: &FactType) -> Vec<Vec<Name>> {
    let Coverage::By(alternatives) = &ty.coverage else { return Vec::new() };
    if ty.kind == FactKind::Request {
        return Vec::new();
    }
    alternatives.iter().flatten().flat_map(|part| part.scope.iter().cloned()).collect()
}
