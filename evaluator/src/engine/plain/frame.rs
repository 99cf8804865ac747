//! What one run of compiled conditions holds.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::watching::Watching;
use crate::judge::Settled;
use crate::value::NEVER;
use crate::world::{Cell, FieldId, Row, Sym, TypeId, World};

/// A truth, where it is plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Yes,
    /// Not known, or not for compiled conditions to say.
    Perhaps,
}

impl Truth {
    pub(super) const fn of(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }

    pub(super) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            Self::Perhaps => Self::Perhaps,
        }
    }
}

/// A request that is asked now: its fields, as a fact that the world does not hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'w> {
    pub(crate) ty: TypeId,
    pub(crate) cells: &'w [Cell],
    /// Its texts: the first has the greatest number, and so on downwards.
    pub(crate) texts: Texts<'w>,
}

/// Texts, each between two places of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'w> {
    pub(crate) of: &'w str,
    pub(crate) places: &'w [(u32, u32)],
}

impl<'w> Texts<'w> {
    fn get(&self, place: usize) -> Option<&'w str> {
        let (from, to) = self.places.get(place)?;
        self.of.get(usize::try_from(*from).ok()?..usize::try_from(*to).ok()?)
    }
}

impl<'w> Asked<'w> {
    /// The row that stands for it.
    pub(crate) const ROW: Row = Row(u32::MAX);

    /// One of its own texts, by its number.
    pub(crate) fn text(&self, sym: Sym) -> Option<&'w str> {
        self.texts.get(usize::try_from(u32::MAX.saturating_sub(sym.0)).ok()?)
    }

    /// One of its fields.
    pub(crate) fn cell(&self, ty: TypeId, field: FieldId) -> Cell {
        let cell = self.cells.get(usize::from(field.0)).filter(|_| self.ty == ty);
        cell.copied().unwrap_or(Cell::Unknown)
    }

    /// One of its own fields, whatever its type.
    pub(crate) fn own(&self, field: FieldId) -> Cell {
        self.cells.get(usize::from(field.0)).copied().unwrap_or(Cell::Unknown)
    }

    /// The number of one of its own texts, by its place.
    pub(crate) fn sym(place: usize) -> Sym {
        Sym(u32::MAX.saturating_sub(u32::try_from(place).unwrap_or(u32::MAX)))
    }
}

/// Room for what slots are bound to, to be used again; and what was found out of facts that do not change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    cells: Vec<Cell>,
    named: Vec<Option<Truth>>,
    asked_coverage: Vec<(usize, i64)>,
    heard: Kept,
    /// The facts that it was found out of.
    of: Option<Arc<()>>,
}

/// What is known of coverage; most conditions never ask.
#[derive(Debug, Default)]
struct Kept(Option<Box<Heard>>);

/// Of another thread's room nothing is taken over: it is found out again.
impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Slots {
    /// Forgets what was found out of other facts than these.
    pub(crate) fn of(mut self, facts: &Arc<()>) -> Self {
        /// How many scopes are remembered: whoever asks may name any.
        const SCOPES: usize = 4096;
        let same = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, facts));
        if !same || self.heard.0.as_ref().is_some_and(|heard| heard.watching.len() > SCOPES) {
            self.heard = Kept::default();
            self.of = Some(Arc::clone(facts));
        }
        self
    }
}

/// What is known of coverage.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) watching: Watching,
    /// Whether the silence of lists of entities is knowledge: by the place of the question in memory and the
    /// numbers of its parts; since when, and what follows.
    pub(super) settled: FxHashMap<(usize, [usize; 4]), (i64, Settled)>,
}

/// The state of one run: what the slots are bound to, and until when what was found holds.
pub(super) struct Frame<'w> {
    pub(super) world: &'w World,
    pub(super) now: i64,
    /// By slot.
    pub(super) slots: Vec<Cell>,
    /// What the named conditions came to, for the facts bound at present.
    pub(super) named: Vec<Option<Truth>>,
    /// The next instant at which anything that was looked at flips by the clock.
    pub(super) wake: i64,
    pub(super) asked: Option<Asked<'w>>,
    /// Room for what outcomes say.
    pub(super) says: Vec<Cell>,
    heard: Kept,
    /// The facts that room was used for.
    of: Option<Arc<()>>,
    /// What of coverage was asked, each with the instant before which a heartbeat changes nothing.
    pub(super) asked_coverage: Vec<(usize, i64)>,
}

impl<'w> Frame<'w> {
    pub(super) fn new(world: &'w World, now: i64, asked: Option<Asked<'w>>) -> Self {
        Self::inside(world, now, asked, Slots::default())
    }

    /// In room that was used before.
    pub(super) fn inside(world: &'w World, now: i64, asked: Option<Asked<'w>>, room: Slots) -> Self {
        let Slots { cells, named, asked_coverage, heard, of } = room;
        let says = Vec::new();
        Self { world, now, slots: cells, named, wake: NEVER, asked, says, heard, of, asked_coverage }
    }

    /// What is known of coverage.
    pub(super) fn heard(&mut self) -> &mut Heard {
        self.heard.0.get_or_insert_default()
    }

    /// Gives the room back.
    pub(super) fn room(self) -> Slots {
        let Self { slots, named, asked_coverage, heard, of, .. } = self;
        Slots { cells: slots, named, asked_coverage, heard, of }
    }

    /// Makes ready for another policy or another head.
    pub(super) fn reset(&mut self, slots: usize, lets: usize) {
        self.asked_coverage.clear();
        self.slots.clear();
        self.slots.resize(slots, Cell::Unknown);
        self.named.clear();
        self.named.resize(lets, None);
        self.wake = NEVER;
    }

    pub(super) fn slot(&self, at: usize) -> Cell {
        self.slots.get(at).copied().unwrap_or(Cell::Unknown)
    }

    pub(super) fn bind(&mut self, at: usize, cell: Cell) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = cell;
        }
    }

    /// Something changes by the clock at `at`.
    pub(super) fn flips(&mut self, at: i64) {
        if at > self.now && at < self.wake {
            self.wake = at;
        }
    }

    /// The text behind a number, of the world or of the request.
    pub(super) fn text(&self, sym: Sym) -> &'w str {
        match self.asked.and_then(|asked| asked.text(sym)) {
            Some(text) => text,
            None => self.world.text(sym),
        }
    }

    pub(super) fn field(&self, ty: TypeId, row: Row, field: FieldId) -> Cell {
        match &self.asked {
            Some(asked) if row == Asked::ROW && asked.ty == ty => asked.cell(ty, field),
            _ => self.world.cell(ty, row, field),
        }
    }

    /// Whether two texts are one: those of a request may be texts of facts too.
    pub(super) fn same_text(&self, a: Sym, b: Sym) -> bool {
        a == b || self.asked.is_some() && self.text(a) == self.text(b)
    }
}
