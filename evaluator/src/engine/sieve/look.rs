//! One head, held against the sieve.

use std::sync::OnceLock;

use super::Sieve;
use super::column::{Class, Classes, Syms, UNKNOWN};
use super::far::{Far, Own};
use super::once::{Once, first};
use super::told::Told;
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
    Asked(&'a Asked<'a>, &'a [Class]),
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
    /// By block that every head is held against and what it refers to: the clauses that are open, those that are in
    /// doubt, and what is compared.
    pub(super) words: Box<[Box<[Told]>]>,
}

impl Known {
    /// Nothing yet, of the facts that a sieve's columns are of.
    pub(in crate::engine) fn new(sieve: &Sieve, world: &World) -> Self {
        let once = |column: &Column| Once::new(if column.route == 0 { 0 } else { world.rows(column.ty) });
        let steps = |far: &Far| far.steps.iter().map(|step| Told::new(step, world)).collect();
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

impl Room {
    /// Makes ready for another head, of so many policies.
    pub(super) fn start(&mut self, policies: usize) {
        self.seen.resize(policies, 0);
        self.head = self.head.wrapping_add(1);
        if self.head == 0 {
            // Once in four billion heads.
            self.seen.fill(0);
            self.head = 1;
        }
    }

    /// Whether a policy was not named for this head before.
    pub(super) fn is_new(&mut self, policy: u32) -> bool {
        let Some(seen) = usize::try_from(policy).ok().and_then(|at| self.seen.get_mut(at)) else {
            return false;
        };
        std::mem::replace(seen, self.head) != self.head
    }
}

impl Look<'_> {
    /// Calls `visit` once with each policy, by its place in the sieve, that can come to anything for a fact.
    pub(in crate::engine) fn each(&self, room: &mut Room, head: Row, mut visit: impl FnMut(u32)) {
        let sieve = self.sieve;
        room.start(sieve.numbers.len());
        for policy in self.open {
            if room.is_new(*policy) {
                visit(*policy);
            }
        }
        for (far, told) in sieve.far.iter().zip(&self.known.words) {
            far.each(self.open(head, far, told), |policy| {
                if room.is_new(policy) {
                    visit(policy);
                }
            });
        }
        if !sieve.is_far() {
            self.others(room, Head::Row(head), visit);
        }
    }

    /// The same for the clauses that are not in blocks of which words are kept.
    pub(super) fn others(&self, room: &mut Room, head: Head<'_>, mut visit: impl FnMut(u32)) {
        let sieve = self.sieve;
        let mut classes = std::mem::take(&mut room.classes);
        classes.clear();
        classes.resize(sieve.columns.len(), UNSEEN);
        let mut seen = Seen { look: self, head, classes: &mut classes };
        let mut once = |policy| {
            if room.is_new(policy) {
                visit(policy);
            }
        };
        for block in sieve.index.always().iter().skip(sieve.far.len()) {
            let open = block.open(|at| seen.class(at));
            block.each(open, &mut once);
        }
        sieve.index.each_by_value(|at| seen.class(at), &mut once);
        room.classes = classes;
    }

    /// The clauses of a block that a fact leaves open.
    fn open(&self, head: Row, far: &Far, told: &[Told]) -> u64 {
        let (mut open, _) = far.own(|own: &Own| self.class(own.column, Head::Row(head)));
        for (step, told) in far.steps.iter().zip(told) {
            if open == 0 {
                break;
            }
            open &= match self.fact(step.route, Head::Row(head)) {
                Cell::Fact(row) => told.of(self, far, step, row).map_or(step.unknown.0, first),
                Cell::Absent => step.absent.0,
                _ => step.unknown.0,
            };
        }
        open
    }

    /// The class of a field of a fact that is referred to, in its column.
    pub(super) fn far(&self, column: usize, row: Row) -> Class {
        let of = |of: &Column| self.of_cell(column, of, self.world.cell(of.ty, row, of.field));
        self.sieve.columns.get(column).map_or(UNKNOWN, of)
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
    pub(super) fn fact(&self, route: usize, head: Head<'_>) -> Cell {
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
