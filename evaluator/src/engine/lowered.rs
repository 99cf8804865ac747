//! Policies made ready to be decided over and over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{Policy, Type};

use super::Engine;
use super::derived::Rules;
use super::joins::{Join, Tie};
use super::keyed::Place;
use super::lanes::Lanes;
use super::paths::{NodeId, Paths, Step};
use super::plain::Plain;
use super::uses::uses;
use crate::world::{FieldId, FieldSet, Layout, TypeId};

/// One policy.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) policy: Arc<Policy>,
    /// The type of its first binding.
    pub(super) head: TypeId,
    pub(super) plain: Plain,
    /// Where heads can be decided many at once.
    pub(super) lanes: Option<Lanes>,
    pub(super) paths: Paths,
}

/// A join of a policy, which is kept the other way round.
#[derive(Debug)]
pub(super) struct Tied {
    /// The policy, by its place.
    pub(super) policy: usize,
    pub(super) tie: Tie,
    pub(super) paths: Paths,
}

/// All policies, and which of them look at what.
///
/// What is kept up to date has a number: first the policies, then the joins.
#[derive(Debug)]
pub(super) struct Policies {
    pub(super) all: Vec<Lowered>,
    pub(super) ties: Vec<Tied>,
    /// The relations that are kept up to date, and the policies that look at any.
    pub(super) rules: Arc<Rules>,
    pub(super) related: BTreeSet<usize>,
    reading: BTreeMap<(TypeId, FieldId), Vec<(usize, NodeId)>>,
    of_type: BTreeMap<TypeId, Vec<(usize, NodeId)>>,
    /// Of these, the lists of which some members are nothing to anybody.
    choosy: BTreeMap<TypeId, Vec<(usize, NodeId)>>,
    /// The reference fields by which lists hang on their owners.
    pub(super) vias: BTreeSet<(TypeId, FieldId)>,
    /// The fields that say whom facts concern, and those that they are compared with.
    pub(super) owns: BTreeSet<Place>,
    pub(super) looked_for: BTreeSet<Place>,
    /// The lists of all facts of a type that are only asked for conditions.
    polled: BTreeMap<TypeId, Vec<(usize, NodeId)>>,
}

impl Policies {
    /// Those of an engine; of one type of head, or of all.
    pub(super) fn of(engine: &Engine, layout: &Layout, only: Option<TypeId>) -> Self {
        let mut out = Self {
            all: Vec::new(),
            ties: Vec::new(),
            rules: Arc::new(Rules::of(&engine.program, layout, &engine.params)),
            related: BTreeSet::new(),
            reading: BTreeMap::new(),
            of_type: BTreeMap::new(),
            choosy: BTreeMap::new(),
            vias: BTreeSet::new(),
            owns: BTreeSet::new(),
            looked_for: BTreeSet::new(),
            polled: BTreeMap::new(),
        };
        for policy in engine.program.policies.values() {
            let Some(Type::Fact(name)) = policy.bindings.first().map(|first| &first.ty) else { continue };
            let Some(head) = layout.type_id(name).filter(|head| only.is_none_or(|only| only == *head)) else {
                continue;
            };
            let ties: Vec<Tie> =
                (1..policy.bindings.len()).filter_map(|depth| Tie::of(layout, policy, depth)).collect();
            let paths = Paths::of(&engine.program, layout, &engine.params, policy, &ties, &out.rules);
            if uses(&engine.program, policy).iter().any(|name| out.rules.keeps(name)) {
                out.related.insert(out.all.len());
            }
            out.index(out.all.len(), &paths);
            for tie in ties {
                let paths = Paths::of_tie(&engine.program, layout, policy, &tie);
                out.ties.push(Tied { policy: out.all.len(), tie, paths });
            }
            out.all.push(Lowered {
                policy: Arc::clone(policy),
                head,
                plain: Plain::new(&engine.program, layout, &engine.params, policy),
                lanes: Lanes::of(&engine.program, layout, &engine.params, policy, head),
                paths,
            });
        }
        let ties = std::mem::take(&mut out.ties);
        for (at, tied) in ties.iter().enumerate() {
            out.index(out.all.len().saturating_add(at), &tied.paths);
        }
        out.ties = ties;
        out
    }

    /// The joins, with nothing looked at yet.
    pub(super) fn joins(&self) -> Vec<Join> {
        let join = |tied: &Tied| {
            let policy = self.all.get(tied.policy)?;
            Some(Join::new(policy.policy.name.clone(), tied.tie.clone()))
        };
        self.ties.iter().filter_map(join).collect()
    }

    /// How many things are kept up to date.
    pub(super) fn count(&self) -> usize {
        self.all.len().saturating_add(self.ties.len())
    }

    /// The join with this number.
    pub(super) fn tied(&self, number: usize) -> Option<&Tied> {
        self.ties.get(number.checked_sub(self.all.len())?)
    }

    /// The paths of what has this number.
    pub(super) fn paths(&self, number: usize) -> Option<&Paths> {
        self.all.get(number).map(|one| &one.paths).or_else(|| self.tied(number).map(|one| &one.paths))
    }

    fn index(&mut self, at: usize, paths: &Paths) {
        for (place, nodes) in paths.reads() {
            self.reading.entry(place).or_default().extend(nodes.iter().map(|node| (at, *node)));
        }
        for (ty, nodes) in paths.types() {
            self.of_type.entry(ty).or_default().extend(nodes.iter().map(|node| (at, *node)));
            let choosy = nodes.iter().filter(|node| paths.dull(**node).is_some()).map(|node| (at, *node));
            self.choosy.entry(ty).or_default().extend(choosy);
            let polled = nodes.iter().filter(|node| paths.asks(**node).is_some()).map(|node| (at, *node));
            self.polled.entry(ty).or_default().extend(polled);
        }
        self.owns.extend(paths.links().iter().map(|link| link.own));
        self.looked_for.extend(paths.looked_for());
        for node in paths.nodes() {
            if let Step::Inverse(_, via) = node.step {
                self.vias.insert((node.ty, via));
            }
        }
    }

    /// The policies, and the nodes of theirs, at which a field is read.
    pub(super) fn reading(&self, ty: TypeId, field: FieldId) -> &[(usize, NodeId)] {
        self.reading.get(&(ty, field)).map_or(&[], Vec::as_slice)
    }

    /// The same for any of several fields.
    pub(super) fn reading_any(&self, ty: TypeId, fields: FieldSet) -> Cow<'_, [(usize, NodeId)]> {
        let all = self.reading.range((ty, FieldId(0))..=(ty, FieldId(u16::MAX)));
        let mut some = all.filter(|((_, field), _)| fields.contains(*field)).map(|(_, nodes)| nodes);
        let Some(first) = some.next() else { return Cow::default() };
        let Some(second) = some.next() else { return first.into() };
        let rest = some.flatten();
        let mut nodes: Vec<_> = first.iter().chain(second).chain(rest).copied().collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.into()
    }

    /// The policies, and the nodes of theirs, for which it matters whether there is such a fact.
    pub(super) fn of_type(&self, ty: TypeId) -> &[(usize, NodeId)] {
        self.of_type.get(&ty).map_or(&[], Vec::as_slice)
    }

    /// Those of them that look at lists of such facts, and care about some members only.
    pub(super) fn choosy(&self, ty: TypeId) -> &[(usize, NodeId)] {
        self.choosy.get(&ty).map_or(&[], Vec::as_slice)
    }

    /// Those that look at all facts of a type, and only ask them for conditions.
    pub(super) fn polled(&self, ty: TypeId) -> &[(usize, NodeId)] {
        self.polled.get(&ty).map_or(&[], Vec::as_slice)
    }
}
