//! From a fact that changes back to the first bindings that can see it.

use rustc_hash::FxHashSet;

use super::joins::{Join, Side};
use super::keyed::{Key, Keyed};
use super::lowered::Tied;
use super::paths::{NodeId, Paths, Step};
use crate::value::Value;
use crate::world::{Cell, FieldId, Row, TypeId, World};

/// First bindings of one policy that have to be decided again.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// All of them.
    pub(super) all: bool,
    /// Some may be there more than once.
    pub(super) rows: Vec<Row>,
}

/// Room to walk in, to be used again.
#[derive(Debug, Default)]
pub(super) struct Room {
    todo: Vec<(NodeId, Row)>,
    seen: FxHashSet<(NodeId, Row)>,
    heads: Heads,
}

impl Room {
    fn clear(&mut self) {
        /// How much room is kept: what is kept has to be cleared every time.
        const KEPT: usize = 256;
        self.todo.clear();
        self.heads.rows.clear();
        self.heads.all = false;
        self.seen.clear();
        self.seen.shrink_to(KEPT);
    }
}

/// Where joins are found, as they were last looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    pub(super) ties: &'a [Tied],
    pub(super) joins: &'a [Join],
    pub(super) policy: usize,
}

impl<'a> Sides<'a> {
    fn at(&self, depth: usize) -> Option<&'a Join> {
        let mut all = self.ties.iter().zip(self.joins);
        all.find(|(tied, join)| tied.policy == self.policy && join.tie.depth == depth).map(|(_, join)| join)
    }
}

/// Walks one policy's paths backwards over one state of the facts.
pub(super) struct Back<'a> {
    world: &'a World,
    paths: &'a Paths,
    sides: Option<Sides<'a>>,
    keyed: Keyed<'a>,
    room: &'a mut Room,
}

impl<'a> Back<'a> {
    /// From here on all that is walked leads to heads that are taken together.
    pub(super) fn new(
        world: &'a World,
        paths: &'a Paths,
        sides: Option<Sides<'a>>,
        keyed: Keyed<'a>,
        room: &'a mut Room,
    ) -> Self {
        room.clear();
        Self { world, paths, sides, keyed, room }
    }

    /// The heads that were come to.
    pub(super) fn heads(&self) -> &Heads {
        &self.room.heads
    }

    /// Adds the heads that can see the fact in `row` as a fact of `node`.
    pub(super) fn walk(&mut self, node: NodeId, row: Row) {
        self.room.todo.push((node, row));
        self.run();
    }

    fn run(&mut self) {
        let Room { todo, seen, heads } = &mut *self.room;
        while let Some((node, row)) = todo.pop() {
            if heads.all {
                todo.clear();
                return;
            }
            let Some(place) = self.paths.node(node) else { continue };
            match place.step {
                Step::Head => {
                    heads.rows.push(row);
                    continue;
                }
                Step::Anywhere => {
                    heads.all = true;
                    continue;
                }
                _ => {}
            }
            if !seen.insert((node, row)) {
                continue;
            }
            match place.step {
                Step::Head | Step::Anywhere => {}
                Step::Keyed(at) => {
                    let link = self.paths.link(at);
                    let known = link.is_some_and(|link| self.keyed.follow(self.world, link, row, todo));
                    heads.all |= !known;
                }
                Step::Joined(depth) => {
                    let join = self.sides.and_then(|sides| sides.at(depth));
                    // One that was not looked at yet is new: before it led to nobody, and whom it leads to now is
                    // looked at with it.
                    if let Some(side) = join.and_then(|join| join.side(row)) {
                        across(self.world, self.paths, self.keyed, (depth, side), todo, heads);
                    }
                }
                Step::Field(parent, field) => {
                    let Some(ty) = self.paths.node(parent).map(|parent| parent.ty) else { continue };
                    let certain = self.world.referring(ty, field, row).iter();
                    let maybe = self.world.maybe_referring(ty, field, row).iter();
                    todo.extend(certain.chain(maybe).map(|row| (parent, *row)));
                }
                Step::Inverse(parent, field) => match owners(self.world, place.ty, row, field) {
                    Owners::One(owner) => todo.push((parent, owner)),
                    Owners::Some(owners) => todo.extend(owners.into_iter().map(|owner| (parent, owner))),
                    // It may belong to anything.
                    Owners::Any => every(self.world, self.paths, parent, todo, heads),
                },
            }
        }
    }

    /// Adds the heads that a join leads to.
    pub(super) fn walk_across(&mut self, depth: usize, side: &Side) {
        let Room { todo, heads, .. } = &mut *self.room;
        across(self.world, self.paths, self.keyed, (depth, side), todo, heads);
        self.run();
    }

    /// Adds the heads that can see any of the facts as facts of `node`; `None` is all of them.
    pub(super) fn walk_all(&mut self, node: NodeId, rows: Option<&[Row]>) {
        let Room { todo, heads, .. } = &mut *self.room;
        match rows {
            Some(rows) => todo.extend(rows.iter().map(|row| (node, *row))),
            None => every(self.world, self.paths, node, todo, heads),
        }
        self.run();
    }
}

/// Adds what a join leads to from the facts on its own side.
fn across(
    world: &World,
    paths: &Paths,
    keyed: Keyed<'_>,
    (depth, side): (usize, &Side),
    todo: &mut Vec<(NodeId, Row)>,
    heads: &mut Heads,
) {
    heads.all |= side.doubtful;
    for value in &side.values {
        if let Value::Fact(ty, key) = value {
            let row = world.layout().type_id(ty).and_then(|ty| world.row(ty, key));
            let before = todo.len();
            todo.extend(row.into_iter().flat_map(|row| paths.joined(depth).map(move |node| (node, row))));
            heads.all |= todo.len() == before;
            continue;
        }
        let (others, key) = (paths.joined_by(depth), Key::of_value(world, value));
        heads.all |= others.is_empty();
        for (node, place) in others {
            match key.and_then(|key| keyed.fields.find(*place, key)) {
                Some(rows) => todo.extend(rows.map(|row| (*node, row))),
                None => heads.all = true,
            }
        }
    }
}

/// Every fact of a node.
fn every(world: &World, paths: &Paths, node: NodeId, todo: &mut Vec<(NodeId, Row)>, heads: &mut Heads) {
    let Some(place) = paths.node(node) else { return };
    if matches!(place.step, Step::Head | Step::Anywhere | Step::Keyed(_) | Step::Joined(_)) {
        heads.all = true;
        return;
    }
    // A reference may lead to a fact that nobody reported: every row counts.
    todo.extend((0..world.rows(place.ty)).map(|row| (node, Row(row))));
}

/// The facts that a member refers to, or may.
enum Owners {
    One(Row),
    Some(Vec<Row>),
    Any,
}

fn owners(world: &World, ty: TypeId, row: Row, field: FieldId) -> Owners {
    match world.cell(ty, row, field) {
        Cell::Fact(owner) => Owners::One(owner),
        Cell::Absent => Owners::Some(Vec::new()),
        // A fact that is not there refers to nothing.
        _ if !world.present(ty, row) => Owners::Some(Vec::new()),
        _ => world.owners(ty, row, field).map_or(Owners::Any, Owners::Some),
    }
}
