//! Policies made ready to be decided over and over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{Policy, Type};

use super::Engine;
use super::paths::{NodeId, Paths, Step};
use super::plain::Plain;
use crate::world::{FieldId, Layout, TypeId};

/// One policy.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) policy: Arc<Policy>,
    /// The type of its first binding.
    pub(super) head: TypeId,
    pub(super) plain: Plain,
    pub(super) paths: Paths,
}

/// All policies, and which of them look at what.
#[derive(Debug)]
pub(super) struct Policies {
    pub(super) all: Vec<Lowered>,
    reading: BTreeMap<(TypeId, FieldId), Vec<(usize, NodeId)>>,
    of_type: BTreeMap<TypeId, Vec<(usize, NodeId)>>,
    /// The reference fields by which lists hang on their owners.
    pub(super) vias: BTreeSet<(TypeId, FieldId)>,
}

impl Policies {
    pub(super) fn new(engine: &Engine, layout: &Layout) -> Self {
        let mut out = Self {
            all: Vec::new(),
            reading: BTreeMap::new(),
            of_type: BTreeMap::new(),
            vias: BTreeSet::new(),
        };
        for policy in engine.program.policies.values() {
            let Some(Type::Fact(name)) = policy.bindings.first().map(|first| &first.ty) else { continue };
            let Some(head) = layout.type_id(name) else { continue };
            out.add(Lowered {
                policy: Arc::clone(policy),
                head,
                plain: Plain::new(&engine.program, layout, &engine.params, policy),
                paths: Paths::of(&engine.program, layout, policy),
            });
        }
        out
    }

    fn add(&mut self, lowered: Lowered) {
        let at = self.all.len();
        for (place, nodes) in lowered.paths.reads() {
            self.reading.entry(place).or_default().extend(nodes.iter().map(|node| (at, *node)));
        }
        for (ty, nodes) in lowered.paths.types() {
            self.of_type.entry(ty).or_default().extend(nodes.iter().map(|node| (at, *node)));
        }
        for node in lowered.paths.nodes() {
            if let Step::Inverse(_, via) = node.step {
                self.vias.insert((node.ty, via));
            }
        }
        self.all.push(lowered);
    }

    /// The policies, and the nodes of theirs, at which a field is read.
    pub(super) fn reading(&self, ty: TypeId, field: FieldId) -> &[(usize, NodeId)] {
        self.reading.get(&(ty, field)).map_or(&[], Vec::as_slice)
    }

    /// The policies, and the nodes of theirs, for which it matters whether there is such a fact.
    pub(super) fn of_type(&self, ty: TypeId) -> &[(usize, NodeId)] {
        self.of_type.get(&ty).map_or(&[], Vec::as_slice)
    }
}
