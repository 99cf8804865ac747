//! One head, held against the sieve.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::block::Block;
use super::column::{Class, Classes, Syms, UNKNOWN};
use super::far::Far;
use super::{Column, Sieve};
use crate::engine::plain::Asked;
use crate::world::{Cell, FieldId, Row, TypeId, World};

/// Not looked at yet.
const UNSEEN: Class = Class::MAX;

/// What policies are asked about.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Head<'a> {
    Row(Row),
    Asked(Asked<'a>),
}

/// Room for what is found out of one head, to be used again for the next.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Room {
    classes: Vec<Class>,
    facts: Vec<Option<Cell>>,
    /// By policy: the last head that it was named for.
    seen: Vec<u32>,
    head: u32,
}

/// How many rows share one part of what is known.
const PART: usize = 1024;

/// Classes of rows by their number; 0 where nobody looked yet, and else one more than the class.
type Part = OnceLock<Box<[AtomicU32]>>;

/// The classes of what facts say, as far as somebody looked: of facts that do not change, for all who look at
/// them.
#[derive(Debug)]
pub(in crate::engine) struct Known {
    /// By column.
    classes: Vec<Box<[Part]>>,
    /// By block that every head is held against, as far as these are few.
    far: Vec<Far>,
}

/// For more blocks than this, words are not kept.
const BLOCKS: usize = 4;

impl Known {
    /// Nothing yet, of the facts that a sieve's columns are of.
    pub(in crate::engine) fn new(sieve: &Sieve, world: &World) -> Self {
        let parts = |column: &Column| {
            let rows =
                if column.route == 0 { 0 } else { usize::try_from(world.rows(column.ty)).unwrap_or(0) };
            (0..rows.div_ceil(PART)).map(|_| Part::new()).collect()
        };
        let blocks = sieve.index.always();
        let blocks = if blocks.len() > BLOCKS { &[] } else { blocks };
        Self {
            classes: sieve.columns.iter().map(parts).collect(),
            far: blocks.iter().map(|block| Far::new(sieve, world, block)).collect(),
        }
    }

    fn class(&self, column: usize, row: Row, find: impl FnOnce() -> Class) -> Class {
        let (part, place) = (row.index() / PART, row.index() % PART);
        let Some(part) = self.classes.get(column).and_then(|parts| parts.get(part)) else { return find() };
        let part = part.get_or_init(|| (0..PART).map(|_| AtomicU32::new(0)).collect());
        let Some(known) = part.get(place) else { return find() };
        // Whoever comes first writes what everybody else would.
        match known.load(Ordering::Relaxed).checked_sub(1) {
            Some(class) => class,
            None => {
                let class = find();
                known.store(class.wrapping_add(1), Ordering::Relaxed);
                class
            }
        }
    }
}

/// What was found out of one head so far.
struct Seen<'a> {
    look: &'a Look<'a>,
    head: Head<'a>,
    classes: &'a mut [Class],
    facts: &'a mut [Option<Cell>],
}

impl Seen<'_> {
    fn class(&mut self, at: usize) -> Class {
        match self.classes.get(at).copied() {
            Some(UNSEEN) => {
                let class = self.look.class(at, self.head, self.facts);
                if let Some(slot) = self.classes.get_mut(at) {
                    *slot = class;
                }
                class
            }
            known => known.unwrap_or(UNKNOWN),
        }
    }

    /// The clauses of a block that the head leaves open: its own fields first, then those of facts that it refers
    /// to, for each of which that is found out once.
    fn open(&mut self, block: &Block, far: &Far) -> u64 {
        let mut open = block.all();
        for own in &far.own {
            let class = match self.classes.get(own.column) {
                Some(known) if *known != UNSEEN => *known,
                _ => {
                    let class = self.look.own(own.column, self.head);
                    if let Some(slot) = self.classes.get_mut(own.column) {
                        *slot = class;
                    }
                    class
                }
            };
            open &= block.open_by(own.table, |_| class);
            if open == 0 {
                return 0;
            }
        }
        for step in &far.steps {
            let base = self.look.fact(step.route, self.head, self.facts);
            let mut find = |at| self.look.class(at, self.head, self.facts);
            let mut all = || step.tables.iter().fold(u64::MAX, |all, at| all & block.open_by(*at, &mut find));
            open &= match base {
                Cell::Fact(row) if row != Asked::ROW => step.word(row, all),
                _ => all(),
            };
            if open == 0 {
                return 0;
            }
        }
        open
    }
}

/// A sieve over one state of the facts.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Look<'a> {
    pub(in crate::engine) sieve: &'a Sieve,
    pub(in crate::engine) world: &'a World,
    /// From [`Sieve::syms`], of this world.
    pub(in crate::engine) syms: &'a [Syms],
    /// From [`Sieve::open`].
    pub(in crate::engine) open: &'a [u32],
    /// Of this sieve and this world.
    pub(in crate::engine) known: &'a Known,
}

impl Look<'_> {
    /// Calls `visit` once with each policy, by its place in the sieve, that can come to anything for a head.
    pub(in crate::engine) fn each(&self, room: &mut Room, head: Head<'_>, mut visit: impl FnMut(u32)) {
        let sieve = self.sieve;
        room.classes.clear();
        room.classes.resize(sieve.columns.len(), UNSEEN);
        room.facts.clear();
        room.facts.resize(sieve.routes.len(), None);
        room.seen.resize(sieve.numbers.len(), 0);
        room.head = room.head.wrapping_add(1);
        if room.head == 0 {
            // Once in four billion heads.
            room.seen.fill(0);
            room.head = 1;
        }
        for policy in self.open {
            if let Some(seen) = usize::try_from(*policy).ok().and_then(|at| room.seen.get_mut(at)) {
                *seen = room.head;
            }
            visit(*policy);
        }
        let Room { classes, facts, seen, head: stamp } = room;
        let mut once = |policy| {
            let Some(seen) = usize::try_from(policy).ok().and_then(|at| seen.get_mut(at)) else { return };
            if *seen != *stamp {
                *seen = *stamp;
                visit(policy);
            }
        };
        let mut seen = Seen { look: self, head, classes, facts };
        for (place, block) in sieve.index.always().iter().enumerate() {
            let open = match self.known.far.get(place) {
                Some(far) => seen.open(block, far),
                None => block.open(|at| seen.class(at)),
            };
            block.each(open, &mut once);
        }
        sieve.index.each_by_value(|at| seen.class(at), once);
    }

    /// The class of a field of the head itself.
    fn own(&self, at: usize, head: Head<'_>) -> Class {
        let Some(column) = self.sieve.columns.get(at) else { return UNKNOWN };
        let cell = match head {
            Head::Asked(asked) => asked.cell(column.ty, column.field),
            Head::Row(row) => self.world.cell(column.ty, row, column.field),
        };
        self.of_cell(at, column, cell, head)
    }

    fn class(&self, at: usize, head: Head<'_>, facts: &mut [Option<Cell>]) -> Class {
        let Some(column) = self.sieve.columns.get(at) else { return UNKNOWN };
        let base = self.fact(column.route, head, facts);
        let find = || self.of_cell(at, column, self.cell(base, column.ty, column.field, head), head);
        match base {
            Cell::Fact(row) if row != Asked::ROW => self.known.class(at, row, find),
            _ => find(),
        }
    }

    fn of_cell(&self, at: usize, column: &Column, cell: Cell, head: Head<'_>) -> Class {
        let (Classes::Texts(texts), Cell::Text(sym)) = (&column.classes, cell) else {
            return column.classes.of_cell(cell);
        };
        if let Head::Asked(asked) = head
            && let Some(text) = asked.text(sym)
        {
            return texts.class(text);
        }
        match self.syms.get(at).and_then(|syms| syms.get(&sym)) {
            Some(class) => *class,
            None if texts.is_split() => texts.other(self.world.text(sym)),
            None => texts.other(""),
        }
    }

    /// What a route leads to: a fact, nothing, or nobody knows.
    fn fact(&self, route: usize, head: Head<'_>, facts: &mut [Option<Cell>]) -> Cell {
        let Some(place) = route.checked_sub(1) else {
            return Cell::Fact(match head {
                Head::Row(row) => row,
                Head::Asked(_) => Asked::ROW,
            });
        };
        if let Some(Some(known)) = facts.get(place) {
            return *known;
        }
        let Some(step) = self.sieve.routes.get(place) else { return Cell::Unknown };
        let base = self.fact(step.from, head, facts);
        let cell = self.cell(base, step.ty, step.field, head);
        if let Some(slot) = facts.get_mut(place) {
            *slot = Some(cell);
        }
        cell
    }

    fn cell(&self, base: Cell, ty: TypeId, field: FieldId, head: Head<'_>) -> Cell {
        match base {
            Cell::Fact(row) => match head {
                Head::Asked(asked) if row == Asked::ROW => asked.cell(ty, field),
                _ => self.world.cell(ty, row, field),
            },
            // Through an absent reference everything is absent.
            Cell::Absent => Cell::Absent,
            _ => Cell::Unknown,
        }
    }
}
