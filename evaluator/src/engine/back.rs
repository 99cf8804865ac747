//! From a fact that changes back to the first bindings that can see it.

use std::collections::{BTreeSet, HashSet};

use super::joins::{Join, Side};
use super::paths::{NodeId, Paths, Step};
use crate::value::Value;
use crate::world::{Cell, Row, TypeId, World};

/// First bindings of one policy that have to be decided again.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// All of them.
    pub(super) all: bool,
    pub(super) rows: BTreeSet<Row>,
}

/// Walks one policy's paths backwards over one state of the facts.
pub(super) struct Back<'a> {
    world: &'a World,
    paths: &'a Paths,
    /// The joins of the policy.
    joins: Vec<&'a Join>,
    seen: HashSet<(NodeId, Row)>,
}

impl<'a> Back<'a> {
    pub(super) fn new(world: &'a World, paths: &'a Paths, joins: Vec<&'a Join>) -> Self {
        Self { world, paths, joins, seen: HashSet::new() }
    }

    /// Adds the heads that can see the fact in `row` as a fact of `node`.
    pub(super) fn walk(&mut self, node: NodeId, row: Row, heads: &mut Heads) {
        let mut todo = vec![(node, row)];
        while let Some((node, row)) = todo.pop() {
            if heads.all || !self.seen.insert((node, row)) {
                continue;
            }
            let Some(place) = self.paths.node(node) else { continue };
            match place.step {
                Step::Head => drop(heads.rows.insert(row)),
                Step::Anywhere => heads.all = true,
                Step::Joined(depth) => {
                    let join = self.joins.iter().find(|join| join.tie.depth == depth);
                    match join.and_then(|join| join.side(row)) {
                        Some(side) => self.across(depth, side, &mut todo, heads),
                        None => heads.all = true,
                    }
                }
                Step::Field(parent, field) => {
                    let Some(ty) = self.paths.node(parent).map(|parent| parent.ty) else { continue };
                    let certain = self.world.referring(ty, field, row).iter();
                    let maybe = self.world.maybe_referring(ty, field, row).iter();
                    todo.extend(certain.chain(maybe).map(|row| (parent, *row)));
                }
                Step::Inverse(parent, field) => match self.owners(place.ty, row, field) {
                    Some(owners) => todo.extend(owners.into_iter().map(|owner| (parent, owner))),
                    // It may belong to anything.
                    None => self.every(parent, &mut todo, heads),
                },
            }
        }
    }

    /// Adds what a join leads to from the facts on its own side.
    fn across(&self, depth: usize, side: &Side, todo: &mut Vec<(NodeId, Row)>, heads: &mut Heads) {
        heads.all |= side.doubtful;
        for value in &side.values {
            let row = match value {
                Value::Fact(ty, key) => {
                    self.world.layout().type_id(ty).and_then(|ty| self.world.row(ty, key))
                }
                _ => None,
            };
            let before = todo.len();
            if let Some(row) = row {
                todo.extend(self.paths.joined(depth).map(|node| (node, row)));
            }
            heads.all |= todo.len() == before;
        }
    }

    /// Adds the heads that a join leads to.
    pub(super) fn walk_across(&mut self, depth: usize, side: &Side, heads: &mut Heads) {
        let mut todo = Vec::new();
        self.across(depth, side, &mut todo, heads);
        for (node, row) in todo {
            self.walk(node, row, heads);
        }
    }

    /// Adds the heads that can see any of the facts as facts of `node`; `None` is all of them.
    pub(super) fn walk_all(&mut self, node: NodeId, rows: Option<&[Row]>, heads: &mut Heads) {
        let mut todo = Vec::new();
        match rows {
            Some(rows) => todo.extend(rows.iter().map(|row| (node, *row))),
            None => self.every(node, &mut todo, heads),
        }
        for (node, row) in todo {
            self.walk(node, row, heads);
        }
    }

    /// The facts that a member refers to, or may; nothing where that can be any.
    fn owners(&self, ty: TypeId, row: Row, field: crate::world::FieldId) -> Option<Vec<Row>> {
        match self.world.cell(ty, row, field) {
            Cell::Fact(owner) => Some(vec![owner]),
            Cell::Absent => Some(Vec::new()),
            // A fact that is not there refers to nothing.
            _ if !self.world.present(ty, row) => Some(Vec::new()),
            _ => self.world.owners(ty, row, field),
        }
    }

    /// Every fact of a node.
    fn every(&self, node: NodeId, todo: &mut Vec<(NodeId, Row)>, heads: &mut Heads) {
        let Some(place) = self.paths.node(node) else { return };
        if matches!(place.step, Step::Head | Step::Anywhere | Step::Joined(_)) {
            heads.all = true;
            return;
        }
        // A reference may lead to a fact that nobody reported: every row counts.
        todo.extend((0..self.world.rows(place.ty)).map(|row| (node, Row(row))));
    }
}
