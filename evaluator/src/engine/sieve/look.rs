//! One head, held against the sieve.

use std::sync::OnceLock;

use super::Sieve;
use super::block::Block;
use super::column::{Class, Classes, Syms, UNKNOWN};
use super::far::{Far, Step};
use super::once::Once;
use super::{Column, Route};
use crate::engine::plain::Asked;
use crate::world::{Cell, Row, World};

/// Not looked at yet.
const UNSEEN: Class = Class::MAX;

/// What policies are asked about.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Head<'a> {
    Row(Row),
    /// With the classes of its fields, as far as they have columns.
    Asked(Asked<'a>, &'a [Class]),
}

/// Room for what is found out of one head, to be used again for the next.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Room {
    classes: Vec<Class>,
    /// By policy: the last head that it was named for.
    seen: Vec<u32>,
    head: u32,
}

/// What facts say, as far as somebody looked: of facts that do not change, for all who look at them.
#[derive(Debug)]
pub(in crate::engine) struct Known {
    /// By column: classes, and those of the texts that are compared with.
    classes: Box<[Once]>,
    syms: Box<[OnceLock<Syms>]>,
    /// By block that every head is held against and what it refers to: the clauses that are open, and those that are
    /// in doubt.
    words: Box<[Box<[[Once; 2]]>]>,
}

impl Known {
    /// Nothing yet, of the facts that a sieve's columns are of.
    pub(in crate::engine) fn new(sieve: &Sieve, world: &World) -> Self {
        let once = |column: &Column| Once::new(if column.route == 0 { 0 } else { world.rows(column.ty) });
        let route = |route: usize| {
            let column = sieve.columns.iter().find(|column| column.route == route);
            column.map_or(Once::new(0), once)
        };
        let both = |step: &Step| [route(step.route), route(step.route)];
        let steps = |far: &Far| far.steps.iter().map(both).collect();
        Self {
            classes: sieve.columns.iter().map(once).collect(),
            syms: sieve.columns.iter().map(|_| OnceLock::new()).collect(),
            words: sieve.far.iter().map(steps).collect(),
        }
    }
}

/// What was found out of one head so far.
struct Seen<'a> {
    look: &'a Look<'a>,
    head: Head<'a>,
    classes: &'a mut [Class],
}

impl Seen<'_> {
    fn class(&mut self, at: usize) -> Class {
        match self.classes.get_mut(at) {
            Some(slot) => {
                if *slot == UNSEEN {
                    *slot = self.look.class(at, self.head);
                }
                *slot
            }
            None => UNKNOWN,
        }
    }

    /// The clauses of a block that the head leaves open, and those of them that are sure of a policy that then comes to
    /// its one arm. First its own fields, then those of facts that it refers to, for each of which that is found out
    /// once.
    fn open(&mut self, block: &Block, far: &Far, words: &[[Once; 2]]) -> (u64, u64) {
        let (mut open, mut doubt) = (block.all(), 0);
        for own in &far.own {
            let class = match self.head {
                Head::Asked(_, classes) => classes.get(own.field.index()).copied().unwrap_or(UNKNOWN),
                Head::Row(_) => self.class(own.column),
            };
            let word = far.word(own, class);
            open &= word.0;
            doubt |= word.1;
        }
        let class = |at| self.look.class(at, self.head);
        for (step, [words, _]) in far.steps.iter().zip(words) {
            if open == 0 {
                return (0, 0);
            }
            let find = || step.tables.iter().fold(u64::MAX, |all, at| all & block.open_by(*at, class));
            open &= self.far(step, words, || find() & block.all());
        }
        let mut sure = open & far.sole & !doubt;
        for (step, [_, words]) in far.steps.iter().zip(words) {
            if sure == 0 {
                break;
            }
            let find = || step.tables.iter().fold(0, |all, at| all | block.doubt_by(*at, class));
            sure &= !self.far(step, words, || find() & block.all());
        }
        (open, sure)
    }

    /// What is found out once of the fact that a step leads to, and every time where it leads to none.
    fn far(&self, step: &Step, words: &Once, find: impl FnOnce() -> u64) -> u64 {
        match self.look.fact(step.route, self.head) {
            Cell::Fact(row) => words.get(row, find),
            _ => find(),
        }
    }
}

/// A sieve over one state of the facts.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Look<'a> {
    pub(in crate::engine) sieve: &'a Sieve,
    pub(in crate::engine) world: &'a World,
    /// From [`Sieve::open`].
    pub(in crate::engine) open: &'a [u32],
    /// Of this sieve and this world.
    pub(in crate::engine) known: &'a Known,
}

impl Look<'_> {
    /// Calls `visit` once with each policy, by its place in the sieve, that can come to anything for a head; and says
    /// whether it surely comes to its [one arm](Sieve::arm).
    pub(in crate::engine) fn each(&self, room: &mut Room, head: Head<'_>, mut visit: impl FnMut(u32, bool)) {
        let sieve = self.sieve;
        room.classes.resize(sieve.columns.len(), UNSEEN);
        room.classes.fill(UNSEEN);
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
            visit(*policy, false);
        }
        let Room { classes, seen, head: stamp } = room;
        let mut once = |policy, is_sure| {
            let Some(seen) = usize::try_from(policy).ok().and_then(|at| seen.get_mut(at)) else { return };
            if *seen != *stamp {
                *seen = *stamp;
                visit(policy, is_sure);
            }
        };
        let mut seen = Seen { look: self, head, classes };
        let mut far = sieve.far.iter().zip(&self.known.words);
        for block in sieve.index.always() {
            let (open, sure) = match far.next() {
                Some((far, words)) => seen.open(block, far, words),
                None => (block.open(|at| seen.class(at)), 0),
            };
            block.each(sure, &mut |policy| once(policy, true));
            block.each(open & !sure, &mut |policy| once(policy, false));
        }
        sieve.index.each_by_value(|at| seen.class(at), |policy| once(policy, false));
    }

    fn class(&self, at: usize, head: Head<'_>) -> Class {
        let Some(column) = self.sieve.columns.get(at) else { return UNKNOWN };
        if column.route == 0 {
            return match head {
                Head::Asked(_, classes) => classes.get(column.field.index()).copied().unwrap_or(UNKNOWN),
                Head::Row(row) => self.of_cell(at, column, self.world.cell(column.ty, row, column.field)),
            };
        }
        match self.fact(column.route, head) {
            Cell::Fact(row) => {
                let find = || self.of_cell(at, column, self.world.cell(column.ty, row, column.field));
                let class = self.known.classes.get(at).map(|known| known.get(row, || find().into()));
                class.and_then(|class| Class::try_from(class).ok()).unwrap_or_else(find)
            }
            // Through an absent reference everything is absent.
            Cell::Absent => self.of_cell(at, column, Cell::Absent),
            _ => UNKNOWN,
        }
    }

    fn of_cell(&self, at: usize, column: &Column, cell: Cell) -> Class {
        let (Classes::Texts(texts), Cell::Text(sym)) = (&column.classes, cell) else {
            return column.classes.of_cell(cell);
        };
        let syms =
            self.known.syms.get(at).map(|syms| syms.get_or_init(|| column.syms(|text| self.world.sym(text))));
        match syms.and_then(|syms| syms.get(&sym)) {
            Some(class) => *class,
            None if texts.is_split() => texts.other(self.world.text(sym)),
            None => texts.other(""),
        }
    }

    /// What a route leads to: a fact, nothing, or nobody knows.
    fn fact(&self, route: usize, head: Head<'_>) -> Cell {
        let step = route.checked_sub(1).and_then(|place| self.sieve.routes.get(place));
        let Some(Route { from, ty, field }) = step else { return Cell::Unknown };
        let row = match (*from, head) {
            (0, Head::Asked(asked, _)) => return asked.cell(*ty, *field),
            (0, Head::Row(row)) => row,
            _ => match self.fact(*from, head) {
                Cell::Fact(row) => row,
                // Through an absent reference everything is absent.
                Cell::Absent => return Cell::Absent,
                _ => return Cell::Unknown,
            },
        };
        self.world.cell(*ty, row, *field)
    }
}
