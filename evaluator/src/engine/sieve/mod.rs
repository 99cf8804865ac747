//! The sieve: which policies can come to anything for a head, found by what its fields are, for all policies
//! of a type of head at once.
//!
//! Most conditions compare one field with constants. The values of each such field are put into classes that
//! no condition tells apart; for each class there is a word with one bit for each policy that it leaves open,
//! and one `and` for each field leaves those that are open for the head. So a head costs what it has fields,
//! and not what there are policies. Where there are more policies than a word has bits, those that ask for the
//! same value of a field share a word, and only the words of the values that the head has are looked at.
//!
//! What is not plainly known leaves everything open. What is shut stays shut until a fact changes: no
//! condition that is looked at here knows the clock.

mod atoms;
mod block;
mod column;
mod dull;
mod far;
mod index;
mod look;
mod lut;
mod once;
mod pairs;
mod sift;
mod slim;
mod strain;
#[cfg(test)]
pub(super) mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{Name, Policy, Type};

pub(super) use atoms::beside;
use atoms::{Clause, Path, Test, clauses, sole};
use block::Placed;
pub(super) use column::{Class, Syms};
use column::{Classes, Kind, UNKNOWN};
pub(super) use dull::Dull;
use far::Far;
use index::Index;
pub(super) use look::{Known, Look, Room};
pub(super) use told::Words;

use crate::value::Value;
use crate::world::{Cell, FieldId, Layout, Sym, TypeId};

/// More ways than this a policy is not looked at by.
const WAYS: usize = 16;
/// Of more blocks than this no words are kept.
const BLOCKS: usize = 4;

/// The head, or what is referred to by a field of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Route {
    /// The route of the fact that refers.
    from: usize,
    ty: TypeId,
    field: FieldId,
}

/// A field that conditions compare with constants.
#[derive(Debug)]
struct Column {
    /// Whose field; 0 is the head.
    route: usize,
    ty: TypeId,
    field: FieldId,
    classes: Classes,
}

/// The policies of one type of head.
#[derive(Debug)]
pub(super) struct Sieve {
    /// The policies' numbers, by their places here.
    numbers: Vec<usize>,
    /// By policy: the arm that it comes to as soon as its clause is sure.
    arms: Vec<Option<usize>>,
    routes: Vec<Route>,
    columns: Vec<Column>,
    index: Index,
    /// By block that every head is held against, as far as these are few.
    far: Vec<Far>,
    /// Those that single fields say nothing about.
    always: Vec<u32>,
    /// Those of which a clause says all that single fields say of what is a case, and nothing else.
    by_cases: BTreeSet<u32>,
    /// Those of which the arms count: only where no case of them ranges over more than the budget allows.
    by_arms: Vec<u32>,
}

impl Sieve {
    /// For policies with the same type of head, each with its number.
    pub(super) fn new<'p>(
        layout: &Layout,
        params: &BTreeMap<Name, Value>,
        policies: impl IntoIterator<Item = (usize, &'p Policy)>,
    ) -> Self {
        let (mut numbers, mut sure, mut compared) = (Vec::new(), Vec::new(), Vec::new());
        let (mut always, mut by_arms, mut by_cases) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut raw: Vec<(u32, Clause)> = Vec::new();
        for (place, (number, policy)) in (0_u32..).zip(policies) {
            numbers.push(number);
            let (arm, pairs) = sole(layout, params, policy).unzip();
            sure.push(arm);
            compared.push(pairs);
            let found = clauses(layout, params, policy);
            match found.filter(|(all, _)| all.len() <= WAYS && all.iter().all(|one| !one.is_empty())) {
                Some((clauses, arms)) => {
                    raw.extend(clauses.into_iter().map(|clause| (place, clause)));
                    if !arms {
                        by_cases.insert(place);
                    }
                    if arms {
                        by_arms.push(place);
                    }
                }
                None => always.push(place),
            }
        }
        let mut out = Self {
            numbers,
            arms: sure,
            routes: Vec::new(),
            columns: Vec::new(),
            index: Index::default(),
            far: Vec::new(),
            always,
            by_cases,
            by_arms,
        };
        out.columns(layout, &raw);
        for path in compared.iter().flatten().flatten().flat_map(|pair: &atoms::Pair| &pair.sides) {
            out.routes(path);
        }
        let placed: Vec<Placed> = raw.into_iter().map(|(policy, clause)| out.place(policy, clause)).collect();
        let classes: Vec<&Classes> = out.columns.iter().map(|column| &column.classes).collect();
        out.index = Index::new(&classes, placed);
        let blocks = Some(out.index.always()).filter(|blocks| blocks.len() <= BLOCKS);
        let blocks = blocks.unwrap_or_default().iter().enumerate();
        out.far = blocks.map(|block| Far::new(&out, layout, block, &compared)).collect();
        out
    }

    /// The columns of all fields that are read.
    fn columns(&mut self, layout: &Layout, raw: &[(u32, Clause)]) {
        let mut tests: BTreeMap<&Path, Vec<&Test>> = BTreeMap::new();
        for (path, test) in raw.iter().flat_map(|(_, clause)| clause) {
            tests.entry(path).or_default().push(test);
        }
        for (path, tests) in tests {
            let Some((ty, field)) = path.last() else { continue };
            let route = self.routes(path);
            let classes = Classes::of(kind(layout, path), members(layout, *ty, *field), &tests);
            self.columns.push(Column { route, ty: *ty, field: *field, classes });
        }
    }

    /// The route to whatever has the field that a path ends with.
    fn routes(&mut self, path: &Path) -> usize {
        let through = path.split_last().map_or(&[][..], |(_, through)| through);
        through.iter().fold(0, |route, (ty, field)| self.route(route, *ty, *field))
    }

    /// The route through a field; routes are numbered from 1.
    fn route(&mut self, from: usize, ty: TypeId, field: FieldId) -> usize {
        let route = Route { from, ty, field };
        let place = self.routes.iter().position(|known| *known == route).unwrap_or_else(|| {
            self.routes.push(route);
            self.routes.len().saturating_sub(1)
        });
        place.saturating_add(1)
    }

    fn place(&self, policy: u32, clause: Clause) -> Placed {
        let mut tests: BTreeMap<usize, Vec<Test>> = BTreeMap::new();
        for (path, test) in clause {
            if let Some(at) = self.column(&path) {
                tests.entry(at).or_default().push(test);
            }
        }
        let one = |mut tests: Vec<Test>| match (tests.len(), tests.pop()) {
            (1, Some(only)) => only,
            (_, last) => Test::All(tests.into_iter().chain(last).collect()),
        };
        Placed { policy, tests: tests.into_iter().map(|(at, tests)| (at, one(tests))).collect() }
    }

    /// The route that a path takes, and the field at its end.
    fn place_of(&self, path: &Path) -> Option<(usize, FieldId)> {
        let ((_, field), through) = path.split_last()?;
        let mut route = 0;
        for (ty, field) in through {
            let wanted = Route { from: route, ty: *ty, field: *field };
            route = self.routes.iter().position(|known| *known == wanted)?.saturating_add(1);
        }
        Some((route, *field))
    }

    fn column(&self, path: &Path) -> Option<usize> {
        let (wanted, (ty, _)) = (self.place_of(path)?, path.last()?);
        self.columns.iter().position(|known| (known.route, known.field) == wanted && known.ty == *ty)
    }

    /// Whether all clauses are in blocks of which words are kept.
    fn is_far(&self) -> bool {
        self.index.is_narrow(self.far.len())
    }

    /// What a request's own fields leave open, and in doubt, of each block that every head is held against.
    pub(super) fn words(&self, classes: &[Class], words: &mut Words) {
        for (far, words) in self.far.iter().zip(words) {
            *words = far.own(|own| classes.get(own.field.index()).copied().unwrap_or(UNKNOWN));
        }
    }

    /// The column of a field of the head itself, where conditions compare it with constants.
    pub(super) fn own(&self, ty: TypeId, field: FieldId) -> Option<usize> {
        self.columns.iter().position(|known| (known.route, known.ty, known.field) == (0, ty, field))
    }

    /// The class of a value in a column; `text` has the text of a number.
    pub(super) fn class<'t>(&self, column: usize, cell: Cell, text: impl Fn(Sym) -> &'t str) -> Class {
        match (self.columns.get(column).map(|column| &column.classes), cell) {
            (Some(Classes::Texts(texts)), Cell::Text(sym)) => texts.class(text(sym)),
            (Some(classes), cell) => classes.of_cell(cell),
            (None, _) => UNKNOWN,
        }
    }

    /// The class of a text of which the [first bytes](super::short::first) are known.
    pub(super) fn class_of(&self, column: usize, text: &str, first: u128) -> Class {
        match self.columns.get(column).map(|column| &column.classes) {
            Some(Classes::Texts(texts)) => texts.class_of(text, first),
            Some(classes) => classes.of_cell(Cell::Text(Sym(0))),
            None => UNKNOWN,
        }
    }

    /// The policies' numbers, by their places here.
    pub(super) fn number(&self, place: u32) -> Option<usize> {
        self.numbers.get(usize::try_from(place).ok()?).copied()
    }

    /// The arm that a policy comes to as soon as its one clause is sure, where there is one.
    pub(super) fn arm(&self, place: u32) -> Option<usize> {
        *self.arms.get(usize::try_from(place).ok()?)?
    }

    /// Those that are open for every head, by their places: `bounded` says of a number whether no case of
    /// that policy ranges over more than the budget allows.
    pub(super) fn open(&self, bounded: impl Fn(usize) -> bool) -> Vec<u32> {
        let unbounded = self.by_arms.iter().filter(|at| !self.number(**at).is_some_and(&bounded));
        self.always.iter().chain(unbounded).copied().collect()
    }

    /// The numbers of the texts that are compared with, for every column: `sym` has the number of a text.
    pub(super) fn syms(&self, mut sym: impl FnMut(&str) -> Option<Sym>) -> Vec<Syms> {
        self.columns.iter().map(|column| column.syms(&mut sym)).collect()
    }
}

impl Column {
    /// The numbers of the texts that are compared with: `sym` has the number of a text.
    fn syms(&self, mut sym: impl FnMut(&str) -> Option<Sym>) -> Syms {
        match &self.classes {
            Classes::Texts(texts) => {
                texts.equal().filter_map(|(text, class)| Some((sym(text)?, class))).collect()
            }
            _ => Syms::default(),
        }
    }
}

fn kind(layout: &Layout, path: &Path) -> Kind {
    let field = path.last().and_then(|(ty, field)| layout.field(*ty, *field));
    field.map_or(Kind::There, Kind::of)
}

/// How many members the type of a field has.
fn members(layout: &Layout, ty: TypeId, field: FieldId) -> u32 {
    fn of(layout: &Layout, ty: &Type) -> u32 {
        match ty {
            Type::Enum(name) => {
                layout.schema().enums.get(name).map_or(64, |of| u32::try_from(of.members.len()).unwrap_or(64))
            }
            Type::Sensitive(inner) => of(layout, inner),
            _ => 2,
        }
    }
    layout.field(ty, field).map_or(2, |field| of(layout, &field.ty))
}
