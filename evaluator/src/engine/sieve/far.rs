//! One block of clauses, its tables by whose fields they are of: those of the head are looked up, and what a fact
//! that it refers to leaves open is one word, found once, with what of it is compared with other fields.

use std::sync::atomic::{AtomicU64, Ordering};

use super::atoms::{self, Path};
use super::block::{Block, Table};
use super::column::{ABSENT, Class, UNKNOWN};
use super::look::Look;
use super::pairs::{self, Pair, Side};
use super::{Route, Sieve};
use crate::world::{Cell, FieldId, Layout, Row, TypeId};

/// What is known of every fact: what is open, and what of that is in doubt.
const NUMBERS: usize = 2;
/// Of facts further on than so many nothing is compared.
pub(super) const STEPS: usize = 8;

#[derive(Debug)]
pub(super) struct Far {
    pub(super) own: Box<[Own]>,
    pub(super) steps: Box<[Step]>,
    pub(super) pairs: Vec<Pair>,
    /// The tables of the head's own fields, one behind the other: what is open, and what of that is in doubt.
    words: Box<[(u64, u64)]>,
    /// The clauses of which policies come to an arm as soon as they are sure, and what they compare is so.
    pub(super) sole: u64,
    /// Those of them that compare fields.
    pub(super) paired: u64,
    pub(super) all: u64,
    /// By clause, the policy's place in the sieve.
    policies: Box<[u32]>,
    /// The place of the block among those that every head is held against.
    block: usize,
}

/// A field of the head itself.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) field: FieldId,
    /// The place of its column.
    pub(super) column: usize,
    from: usize,
}

/// What one route leads to.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) route: usize,
    /// Where it begins at the head: the field.
    pub(super) field: Option<FieldId>,
    pub(super) to: Option<TypeId>,
    /// The places of the tables of its fields.
    tables: Box<[usize]>,
    /// What is compared with other fields, with the clauses that do.
    compared: Vec<(FieldId, u64)>,
    /// What is open, and in doubt, where it leads nowhere, and where nobody knows.
    pub(super) absent: (u64, u64),
    pub(super) unknown: (u64, u64),
}

impl Far {
    /// For a block; `sole` has what policies compare, by their places, that come to an arm as soon as that is so and their
    /// one clause is sure.
    pub(super) fn new(
        sieve: &Sieve,
        layout: &Layout,
        (at, block): (usize, &Block),
        sole: &[Option<Vec<atoms::Pair>>],
    ) -> Self {
        let (mut own, mut words) = (Vec::new(), Vec::new());
        for (_, of, table) in tables(sieve, block, 0) {
            let Some(column) = sieve.columns.get(of) else { continue };
            own.push(Own { field: column.field, column: of, from: words.len() });
            words.extend((0..column.classes.count()).map(|class| (table.open(class), table.doubt(class))));
        }
        let sole: Vec<(u64, &[atoms::Pair])> = (0_u32..)
            .zip(block.policies())
            .filter_map(|(bit, place)| {
                let pairs = sole.get(usize::try_from(*place).ok()?)?.as_ref()?;
                Some((1_u64.checked_shl(bit)?, pairs.as_slice()))
            })
            .collect();
        let mut steps: Vec<Step> = (1..)
            .zip(&sieve.routes)
            .map(|(number, route)| Step::new(sieve, layout, block, (number, route)))
            .collect();
        for (clause, pair) in sole.iter().flat_map(|(clause, pairs)| pairs.iter().map(|pair| (*clause, pair)))
        {
            for (route, field) in pair.sides.iter().filter_map(|path| sieve.place_of(path)) {
                if let Some(step) = steps.iter_mut().find(|step| step.route == route) {
                    step.compare(field, clause);
                }
            }
        }
        steps.retain(|step| !step.tables.is_empty() || !step.compared.is_empty());
        steps.iter_mut().for_each(Step::blind);
        let mut out = Self {
            own: own.into(),
            steps: steps.into(),
            pairs: Vec::new(),
            words: words.into(),
            sole: 0,
            paired: 0,
            all: block.all(),
            policies: block.policies().into(),
            block: at,
        };
        for (clause, pairs) in sole {
            let known: Option<Vec<[Side; 2]>> = pairs.iter().map(|pair| out.sides(sieve, pair)).collect();
            for (pair, sides) in pairs.iter().zip(known.iter().flatten()) {
                out.pair(clause, Pair { clauses: clause, sides: *sides, op: pair.op, wanted: pair.wanted });
            }
            if known.is_some() {
                out.sole |= clause;
                out.paired |= if pairs.is_empty() { 0 } else { clause };
            }
        }
        out
    }

    fn pair(&mut self, clause: u64, pair: Pair) {
        match self.pairs.iter_mut().find(|known| known.is_same(&pair)) {
            Some(known) => known.clauses |= clause,
            None => self.pairs.push(pair),
        }
    }

    /// Whose fields are compared; nothing where that is further off than is looked at.
    fn sides(&self, sieve: &Sieve, pair: &atoms::Pair) -> Option<[Side; 2]> {
        let side = |path: &Path| {
            let (route, field) = sieve.place_of(path)?;
            if route == 0 {
                return Some(Side::Own(field));
            }
            let step = self.steps.iter().position(|step| step.route == route).filter(|at| *at < STEPS)?;
            let place = self.steps.get(step)?.compared.iter().position(|(known, _)| *known == field)?;
            Some(Side::Far(step, place.saturating_add(NUMBERS)))
        };
        let [a, b] = &pair.sides;
        Some([side(a)?, side(b)?])
    }

    /// Calls `visit` with the policy of each of some clauses.
    pub(super) fn each(&self, mut clauses: u64, mut visit: impl FnMut(u32)) {
        while clauses != 0 {
            let bit = usize::try_from(clauses.trailing_zeros()).unwrap_or(0);
            if let Some(policy) = self.policies.get(bit) {
                visit(*policy);
            }
            clauses &= clauses.wrapping_sub(1);
        }
    }

    /// The clauses that the head's own fields leave open, and those of them that they leave in doubt; `class` says of
    /// which class a field is.
    pub(super) fn own(&self, mut class: impl FnMut(&Own) -> Class) -> (u64, u64) {
        let (mut open, mut doubt) = (self.all, 0);
        for own in &self.own {
            let at = usize::try_from(class(own)).ok().and_then(|class| own.from.checked_add(class));
            let word = at.and_then(|at| self.words.get(at)).copied().unwrap_or((u64::MAX, u64::MAX));
            open &= word.0;
            doubt |= word.1;
        }
        (open, doubt)
    }
}

impl Step {
    fn new(sieve: &Sieve, layout: &Layout, block: &Block, (number, route): (usize, &Route)) -> Self {
        let both = |class: Class| {
            let one = |(open, doubt): (u64, u64), (_, _, table): (usize, usize, &Table)| {
                (open & table.open(class), doubt | table.doubt(class))
            };
            tables(sieve, block, number).fold((block.all(), 0), one)
        };
        Self {
            route: number,
            field: (route.from == 0).then_some(route.field),
            to: layout.refers_to(route.ty, route.field),
            tables: tables(sieve, block, number).map(|(table, ..)| table).collect(),
            compared: Vec::new(),
            absent: both(ABSENT),
            unknown: both(UNKNOWN),
        }
    }

    fn compare(&mut self, field: FieldId, clause: u64) {
        match self.compared.iter_mut().find(|(known, _)| *known == field) {
            Some((_, clauses)) => *clauses |= clause,
            None => self.compared.push((field, clause)),
        }
    }

    /// Of what is not there nothing is compared.
    fn blind(&mut self) {
        let clauses = self.compared.iter().fold(0, |all, (_, clauses)| all | clauses);
        self.absent.1 |= clauses;
        self.unknown.1 |= clauses;
    }

    /// How many numbers are known of each fact.
    pub(super) fn width(&self) -> usize {
        self.compared.len().saturating_add(NUMBERS)
    }

    /// What is open of a fact, and what is to be known besides: what is in doubt, and what is compared.
    pub(super) fn find(&self, look: &Look<'_>, far: &Far, row: Row, others: &[AtomicU64]) -> u64 {
        let (mut open, mut doubt) = (far.all, 0);
        let block = look.sieve.index.always().get(far.block);
        for at in &self.tables {
            let Some((column, table)) = block.and_then(|block| block.table(*at)) else { continue };
            let class = look.far(column, row);
            open &= table.open(class);
            doubt |= table.doubt(class);
        }
        let mut others = others.iter();
        let first = others.next();
        for ((field, clauses), slot) in self.compared.iter().zip(others) {
            match self.to.and_then(|to| pairs::code(look.world.cell(to, row, *field))) {
                Some(code) => slot.store(code, Ordering::Relaxed),
                None => doubt |= clauses,
            }
        }
        if let Some(slot) = first {
            slot.store(doubt & far.all, Ordering::Relaxed);
        }
        open & far.all
    }

    /// What is open, and in doubt, where it leads to no fact.
    pub(super) fn without(&self, cell: Cell) -> (u64, u64) {
        if cell == Cell::Absent { self.absent } else { self.unknown }
    }
}

/// The tables of fields of what a route leads to: their places, those of their columns.
fn tables<'b>(
    sieve: &Sieve,
    block: &'b Block,
    route: usize,
) -> impl Iterator<Item = (usize, usize, &'b Table)> {
    let of = move |at: usize| sieve.columns.get(at).is_some_and(|column| column.route == route);
    block
        .tables()
        .enumerate()
        .filter(move |(_, (at, _))| of(*at))
        .map(|(place, (at, table))| (place, at, table))
}
