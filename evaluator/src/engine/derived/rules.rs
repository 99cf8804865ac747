//! Relations, compiled to conditions on rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use assize_lang::plan::{
    CompareOp, Coverage, Expr, ExprKind, FactType, Name, Program, Quantifier, Relation, Slot, Type, Window,
};

use crate::engine::plain::{Condition, Lone, Place};
use crate::judge::{Steady, children, is_path, pin};
use crate::value::Value;
use crate::world::{FieldId, Layout, TypeId};

/// Relations of more columns are not kept.
pub(super) const MOST_COLUMNS: usize = 3;

/// The relations that can be kept up to date.
#[derive(Debug, Default)]
pub(in crate::engine) struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) by_name: BTreeMap<Name, usize>,
    /// The references by which facts are looked up.
    pub(super) pins: BTreeSet<(TypeId, FieldId)>,
    /// How many lists may be open.
    pub(super) lists: u32,
}

/// One relation.
pub(super) struct Rule {
    pub(super) name: Name,
    pub(super) steady: Steady,
    pub(super) slots: usize,
    pub(super) columns: Vec<(usize, TypeId)>,
    pub(super) cases: Node,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A condition.
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
    Related { rule: usize, args: Vec<Place>, reads: Vec<Base> },
    Exists(Box<Exists>),
}

/// A fact of which a field is read.
pub(super) struct Base {
    pub(super) ty: TypeId,
    pub(super) place: Place,
}

/// A condition without relations and lists.
pub(super) struct Test {
    pub(super) condition: Condition,
    /// The same for the judge, where it is not plain, and the slots that are bound then.
    pub(super) expr: Expr,
    pub(super) bound: Vec<(usize, TypeId)>,
    pub(super) reads: Vec<Base>,
}

/// `list.exists(slot, body)`
pub(super) struct Exists {
    pub(super) slot: usize,
    pub(super) ty: TypeId,
    pub(super) from: From,
    pub(super) open: Open,
    /// The list and its window, for the judge, and the slots that are bound then.
    pub(super) list: Expr,
    pub(super) window: Window,
    pub(super) bound: Vec<(usize, TypeId)>,
    pub(super) reads: Vec<Base>,
    pub(super) body: Node,
}

/// Where members come from.
pub(super) enum From {
    /// All facts of the type.
    All,
    /// Those of them alone that may refer to a fact by a field: the condition asks for that.
    Referring(FieldId, Place),
    /// The same, where the condition says by its key to which.
    Naming(FieldId, TypeId, Place),
    /// The fact whose key is a text: the condition asks for that.
    Known(Place),
    /// The facts that refer to an owner.
    Inverse(FieldId, Place),
}

/// Whether there may be members that nobody reported.
pub(super) enum Open {
    Never,
    /// The same for whatever is bound; the list's number.
    Once(u32),
    /// It hangs on the scope, and so on this fact or text.
    By(u32, Option<TypeId>, Place),
}

impl Rules {
    /// The relations of a program that can be kept.
    pub(in crate::engine) fn of(program: &Program, layout: &Layout, params: &BTreeMap<Name, Value>) -> Self {
        let steady = |relation: &Relation| Steady::of(program, layout.schema(), relation);
        let mut kept: BTreeMap<Name, Steady> = program
            .relations
            .values()
            .filter_map(|relation| Some((relation.name.clone(), steady(relation)?)))
            .collect();
        // One that leads to another that is not kept is not kept either.
        loop {
            let (rules, lost) = Self::compile(program, layout, params, &kept);
            if lost.is_empty() {
                return rules;
            }
            kept.retain(|_, steady| lost.iter().all(|lost| !steady.relations.contains(lost)));
        }
    }

    /// The rules, and the relations that are none.
    fn compile(
        program: &Program,
        layout: &Layout,
        params: &BTreeMap<Name, Value>,
        kept: &BTreeMap<Name, Steady>,
    ) -> (Self, Vec<Name>) {
        let (mut out, mut lost) = (Self::default(), Vec::new());
        let numbers: BTreeMap<&Name, usize> = kept.keys().enumerate().map(|(at, name)| (name, at)).collect();
        for (name, at) in &numbers {
            let (Some(relation), Some(steady)) = (program.relations.get(*name), kept.get(*name)) else {
                continue;
            };
            let mut compile = Compile {
                layout,
                numbers: &numbers,
                lone: Lone::new(program, layout, params),
                bound: Vec::new(),
                pins: &mut out.pins,
                lists: &mut out.lists,
            };
            match compile.rule(relation) {
                Some((slots, columns, cases)) => {
                    let name = (*name).clone();
                    out.by_name.insert(name.clone(), *at);
                    out.all.push(Rule { name, steady: steady.clone(), slots, columns, cases });
                }
                None => lost.push((*name).clone()),
            }
        }
        (out, lost)
    }

    /// Whether a relation is kept.
    pub(in crate::engine) fn keeps(&self, name: &Name) -> bool {
        self.by_name.contains_key(name)
    }
}

struct Compile<'a, 'r> {
    layout: &'a Layout,
    numbers: &'r BTreeMap<&'r Name, usize>,
    lone: Lone<'a>,
    bound: Vec<(usize, TypeId)>,
    pins: &'r mut BTreeSet<(TypeId, FieldId)>,
    lists: &'r mut u32,
}

type Parts = (usize, Vec<(usize, TypeId)>, Node);

impl<'a> Compile<'a, '_> {
    fn rule(&mut self, relation: &'a Relation) -> Option<Parts> {
        if relation.columns.len() > MOST_COLUMNS {
            return None;
        }
        for (_, slot, ty) in &relation.columns {
            let bound = (place(*slot)?, self.fact(ty)?);
            self.bound.push(bound);
        }
        let columns = self.bound.clone();
        let cases: Option<Vec<Node>> = relation.cases.iter().map(|case| self.node(&case.condition)).collect();
        Some((usize::try_from(relation.slots).ok()?, columns, Node::Any(cases?)))
    }

    fn fact(&self, ty: &Type) -> Option<TypeId> {
        let Type::Fact(name) = ty else { return None };
        self.layout.type_id(name)
    }

    fn node(&mut self, expr: &'a Expr) -> Option<Node> {
        match &expr.kind {
            ExprKind::And(a, b) => {
                let mut parts = self.parts(a)?;
                parts.extend(self.parts(b)?);
                // What is plain to see comes first: it may save the rest.
                parts.sort_by_key(|part| match part {
                    Node::Test(_) => 0,
                    Node::Related { .. } => 1,
                    _ => 2,
                });
                Some(Node::All(parts))
            }
            ExprKind::Or(a, b) => Some(Node::Any(vec![self.node(a)?, self.node(b)?])),
            ExprKind::Related(name, args) => {
                let reads = args.iter().map(|arg| self.bases(arg)).collect::<Option<Vec<_>>>()?;
                let args = args.iter().map(|arg| self.path(arg)).collect::<Option<Vec<_>>>()?;
                let rule = *self.numbers.get(name)?;
                Some(Node::Related { rule, args, reads: reads.into_iter().flatten().collect() })
            }
            ExprKind::Quantified { quantifier: Quantifier::Exists, list, slot, body, window } => {
                self.exists(list, *slot, body, window)
            }
            _ => {
                let reads = self.bases(expr)?;
                let condition = self.lone.condition(expr);
                let bound = self.bound.clone();
                Some(Node::Test(Test { condition, expr: expr.clone(), bound, reads }))
            }
        }
    }

    fn parts(&mut self, expr: &'a Expr) -> Option<Vec<Node>> {
        match self.node(expr)? {
            Node::All(parts) => Some(parts),
            node => Some(vec![node]),
        }
    }

    /// A slot, or a chain of references from one.
    fn path(&mut self, expr: &'a Expr) -> Option<Place> {
        let mut at = expr;
        while let ExprKind::Field(base, _) = &at.kind {
            at = base;
        }
        matches!(at.kind, ExprKind::Var(_)).then(|| self.lone.place(expr))
    }

    /// The facts of which an expression reads fields; nothing where lists stand in it.
    fn bases(&mut self, expr: &'a Expr) -> Option<Vec<Base>> {
        let mut out = Vec::new();
        self.gather(expr, &mut out).then_some(out)
    }

    fn gather(&mut self, expr: &'a Expr, out: &mut Vec<Base>) -> bool {
        match &expr.kind {
            ExprKind::All(_)
            | ExprKind::Inverse(..)
            | ExprKind::Quantified { .. }
            | ExprKind::Filter { .. }
            | ExprKind::MapList { .. }
            | ExprKind::ListFn(..)
            | ExprKind::Bind { .. }
            | ExprKind::Let(_)
            | ExprKind::Related(..) => return false,
            ExprKind::Field(base, _) if matches!(base.ty, Type::Fact(_)) => {
                let (Some(ty), Some(place)) = (self.fact(&base.ty), self.path(base)) else { return false };
                out.push(Base { ty, place });
            }
            _ => {}
        }
        let mut fits = true;
        children(expr, &mut |part| fits = fits && self.gather(part, out));
        fits
    }

    fn exists(&mut self, list: &'a Expr, slot: Slot, body: &'a Expr, window: &'a Window) -> Option<Node> {
        let at = place(slot)?;
        let mut reads = Vec::new();
        let (ty, from) = match &list.kind {
            ExprKind::All(name) => {
                let ty = self.layout.type_id(name)?;
                let keyed = key_pin(self.layout, body, slot);
                let from = if let Some((via, text)) = keyed {
                    reads = self.bases(text)?;
                    let text = self.path(text)?;
                    match via {
                        None => From::Known(text),
                        Some(via) => {
                            let field = self.layout.field_id(ty, via.as_str())?;
                            self.pins.insert((ty, field));
                            From::Naming(field, self.layout.target(ty, field)?, text)
                        }
                    }
                } else if let Some((field, other)) = pin(body, slot) {
                    reads = self.bases(other)?;
                    let field = self.layout.field_id(ty, field.as_str())?;
                    self.pins.insert((ty, field));
                    From::Referring(field, self.path(other)?)
                } else {
                    From::All
                };
                (ty, from)
            }
            ExprKind::Inverse(owner, name) => {
                reads = self.bases(owner)?;
                let of = self.fact(&owner.ty)?;
                let inverse = self.layout.ty(of).inverse(name.as_str())?.clone();
                let ty = self.layout.type_id(&inverse.of)?;
                let field = self.layout.field_id(ty, inverse.via.as_str())?;
                self.pins.insert((ty, field));
                (ty, From::Inverse(field, self.path(owner)?))
            }
            _ => return None,
        };
        let open = self.open(ty, list, window)?;
        for (_, value) in &window.fixed {
            reads.extend(self.bases(value)?);
        }
        let bound = self.bound.clone();
        self.bound.push((at, ty));
        let body = self.node(body)?;
        self.bound.pop();
        let (list, window) = (list.clone(), window.clone());
        Some(Node::Exists(Box::new(Exists { slot: at, ty, from, open, list, window, bound, reads, body })))
    }

    /// On what it hangs whether the list is complete; nothing where that is more than one fact, or more of
    /// it than its own fields.
    fn open(&mut self, ty: TypeId, list: &'a Expr, window: &'a Window) -> Option<Open> {
        let declared: &FactType = self.layout.ty(ty);
        let Coverage::By(alternatives) = &declared.coverage else { return Some(Open::Never) };
        let number = *self.lists;
        *self.lists = number.saturating_add(1);
        let owner = match &list.kind {
            ExprKind::Inverse(owner, name) => {
                let of = self.fact(&owner.ty)?;
                Some((&**owner, self.layout.ty(of).inverse(name.as_str())?.via.clone()))
            }
            _ => None,
        };
        let mut on: Option<&'a Expr> = None;
        for path in alternatives.iter().flatten().flat_map(|part| &part.scope) {
            let of_owner = owner.as_ref().filter(|(_, via)| path.first() == Some(via));
            let (value, tail) = match of_owner {
                Some((owner, _)) => (*owner, path.len().saturating_sub(1)),
                None => match window.fixed.iter().find(|(fixed, _)| path.starts_with(fixed)) {
                    Some((fixed, value)) => (value, path.len().saturating_sub(fixed.len())),
                    None => continue,
                },
            };
            if tail > 1 || on.is_some_and(|on| on.kind != value.kind) {
                return None;
            }
            on = Some(value);
        }
        Some(match on {
            None => Open::Once(number),
            Some(value) if value.ty == Type::String => Open::By(number, None, self.path(value)?),
            Some(value) => Open::By(number, Some(self.fact(&value.ty)?), self.path(value)?),
        })
    }
}

/// The text that has to be the key of `slot`, or of what a field of it refers to, as the conjuncts have it: a path
/// free of the slot.
fn key_pin<'e>(layout: &Layout, body: &'e Expr, slot: Slot) -> Option<(Option<&'e Name>, &'e Expr)> {
    let own = |side: &'e Expr| {
        let ExprKind::Field(base, key) = &side.kind else { return None };
        let Type::Fact(of) = &base.ty else { return None };
        let is_key = layout.schema().facts.get(of).is_some_and(|of| of.key == *key);
        match &base.kind {
            _ if !is_key => None,
            ExprKind::Var(found) => (*found == slot).then_some(None),
            ExprKind::Field(base, via) => {
                matches!(base.kind, ExprKind::Var(found) if found == slot).then_some(Some(via))
            }
            _ => None,
        }
    };
    match &body.kind {
        ExprKind::And(a, b) => key_pin(layout, a, slot).or_else(|| key_pin(layout, b, slot)),
        ExprKind::Compare(CompareOp::Eq, a, b) => {
            let (via, other) = [(a, b), (b, a)].into_iter().find_map(|(side, other)| {
                let via = own(side)?;
                Some((via, &**other))
            })?;
            (other.ty == Type::String && is_path(other, slot)).then_some((via, other))
        }
        _ => None,
    }
}

fn place(slot: Slot) -> Option<usize> {
    usize::try_from(slot.0).ok()
}
