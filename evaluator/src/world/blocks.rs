//! The rows of a type chunk by chunk, as whoever looks at all of them reads them.

use super::World;
use super::cell::Cell;
use super::column::{Codes, Values, code};
use super::layout::{FieldId, Kind, Row, Sym, TypeId};
use super::table::{CHUNK, flag};

/// Rows that follow one another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'w> {
    world: &'w World,
    ty: TypeId,
    number: usize,
    flags: &'w [u8],
}

/// One field of the rows of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strip<'w> {
    pub(crate) codes: Codes<'w>,
    pub(crate) values: Values<'w>,
}

/// One field of facts by their rows.
#[derive(Debug)]
pub(crate) struct Reader<'w> {
    world: &'w World,
    ty: TypeId,
    field: FieldId,
    /// By code: the number where that is known, or that the value beside it is one.
    codes: Box<[Coded; 256]>,
    /// Whether values are what they say: rows, as long as every fact has one key.
    straight: bool,
}

/// One field of the rows of a chunk.
enum Part<'w> {
    /// Known of whatever has a row.
    Keys(&'w [Sym]),
    Column(&'w [u8], Strip<'w>),
}

#[derive(Clone, Copy, Debug)]
enum Coded {
    Known(i64),
    Beside,
    No,
}

impl World {
    /// Reads a field of many facts.
    pub(crate) fn reader(&self, ty: TypeId, field: FieldId) -> Reader<'_> {
        let straight = match self.layout.kind(ty, field) {
            Kind::Fact(to) => self.table(to).keys.is_plain(),
            _ => true,
        };
        let mut codes = Box::new([Coded::No; 256]);
        for (code, coded) in (0..=u8::MAX).zip(codes.iter_mut()) {
            *coded = match self.coded(ty, field, code) {
                Some(cell) => cell.number().map_or(Coded::No, Coded::Known),
                None => Coded::Beside,
            };
        }
        Reader { world: self, ty, field, codes, straight }
    }

    /// All rows of a type, whether there are such facts or not.
    pub(crate) fn blocks(&self, ty: TypeId) -> impl Iterator<Item = Block<'_>> {
        let flags = self.table(ty).all_flags().enumerate();
        flags.map(move |(number, flags)| Block { world: self, ty, number, flags })
    }

    /// How many facts of a type there are.
    pub(crate) fn count(&self, ty: TypeId) -> usize {
        let there = |flags: &[u8]| flags.iter().filter(|flags| **flags & flag::PRESENT != 0).count();
        self.table(ty).all_flags().map(there).sum()
    }

    /// What a code says of a field by itself; nothing where the value beside it says more. Codes mean that
    /// only of facts that are there and not stale.
    pub(crate) fn coded(&self, ty: TypeId, field: FieldId, held: u8) -> Option<Cell> {
        Some(match (held, self.layout.kind(ty, field)) {
            (code::MISSING, _) => self.default_cell(ty, field),
            (code::ABSENT, _) => Cell::Absent,
            (code::BAD | code::LOOSE | code::MAYBE, _) => Cell::Unknown,
            (_, Kind::Bool) => Cell::Bool(held > code::VALUE),
            (_, Kind::Enum) => Cell::Enum(held.saturating_sub(code::VALUE)),
            (_, Kind::Facts(_) | Kind::Other) => Cell::Other,
            _ => return None,
        })
    }

    /// The row that the fact with this row's key is known by.
    pub(crate) fn known_by(&self, ty: TypeId, row: Row) -> Row {
        self.table(ty).keys.head(row)
    }

    /// Whether every fact of a type has one key.
    pub(crate) fn has_plain_keys(&self, ty: TypeId) -> bool {
        self.table(ty).keys.is_plain()
    }
}

impl<'w> Block<'w> {
    /// The first row.
    pub(crate) fn first(&self) -> Row {
        Row(u32::try_from(self.number.saturating_mul(CHUNK)).unwrap_or(u32::MAX))
    }

    /// The type of the facts.
    pub(crate) const fn ty(&self) -> TypeId {
        self.ty
    }

    /// How many rows.
    pub(crate) const fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether all facts are there, and none is stale.
    pub(crate) fn is_fresh(&self) -> bool {
        self.flags.iter().all(|flags| flags & (flag::PRESENT | flag::STALE) == flag::PRESENT)
    }

    /// By slot: whether there is such a fact, and whether nothing but its key is known of it.
    pub(crate) fn states(&self) -> impl Iterator<Item = (bool, bool)> + 'w {
        let state =
            |flags: &u8| (flags & flag::PRESENT != 0, flags & (flag::PRESENT | flag::STALE) != flag::PRESENT);
        self.flags.iter().map(state)
    }

    /// One field of all rows.
    pub(crate) fn strip(&self, field: FieldId) -> Option<Strip<'w>> {
        let table = self.world.table(self.ty);
        if self.world.layout.kind(self.ty, field) == Kind::Key {
            let keys = table.keys.from(self.first())?.get(..self.len())?;
            return Some(Strip { codes: Codes::Same(code::VALUE), values: Values::Keys(keys) });
        }
        let column = table.column_of(self.number, field)?;
        Some(Strip { codes: column.codes(), values: column.values() })
    }

    /// Whether the field is the key, which is known of whatever has a row.
    pub(crate) fn is_key(&self, field: FieldId) -> bool {
        self.world.layout.kind(self.ty, field) == Kind::Key
    }
}

impl Reader<'_> {
    /// Fills in what is known and there of each fact, as a number, or notes that it is not; fastest where rows that lie
    /// together come together. `row` has the row that is meant.
    pub(crate) fn each<R: Copy>(
        &self,
        rows: &[R],
        row: impl Fn(R) -> Row,
        (mut out, mut odd): (&mut [i64], &mut [bool]),
    ) {
        let place = |one: R| row(one).index();
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let number = place(*first) / CHUNK;
            let count = rest.iter().take_while(|one| place(**one) / CHUNK == number).count();
            let (here, later) = rest.split_at(count);
            let (values, left) = out.split_at_mut(count.min(out.len()));
            let (odds, others) = odd.split_at_mut(count.min(odd.len()));
            (rest, out, odd) = (later, left, others);
            let slots = here.iter().map(|one| place(*one) % CHUNK);
            match self.part(number) {
                Some(part) => self.fill(&part, slots, (values, odds)),
                None => {
                    for ((one, out), odd) in here.iter().zip(values).zip(odds) {
                        take(self.world.cell(self.ty, row(*one), self.field).number(), out, odd);
                    }
                }
            }
        }
    }

    /// The same of all facts of the type.
    pub(crate) fn all(&self) -> (Vec<i64>, Vec<bool>) {
        let rows: Vec<u32> = (0..self.world.rows(self.ty)).collect();
        let (mut out, mut odd) = (vec![0; rows.len()], vec![false; rows.len()]);
        self.each(&rows, Row, (&mut out, &mut odd));
        (out, odd)
    }

    /// One chunk, where what its values are is what they say.
    fn part(&self, number: usize) -> Option<Part<'_>> {
        let table = self.world.table(self.ty);
        if self.world.layout.kind(self.ty, self.field) == Kind::Key {
            let first = u32::try_from(number.saturating_mul(CHUNK)).ok()?;
            return table.keys.from(Row(first)).map(Part::Keys);
        }
        let (flags, column) = table.flags_of(number).zip(table.column_of(number, self.field))?;
        let strip = Strip { codes: column.codes(), values: column.values() };
        self.straight.then_some(Part::Column(flags, strip))
    }

    fn fill(
        &self,
        part: &Part<'_>,
        slots: impl Iterator<Item = usize>,
        (out, odd): (&mut [i64], &mut [bool]),
    ) {
        let each = slots.zip(out.iter_mut().zip(odd));
        let (flags, strip) = match part {
            Part::Keys(keys) => {
                each.for_each(|(slot, (out, odd))| {
                    take(keys.get(slot).map(|sym| i64::from(sym.0)), out, odd);
                });
                return;
            }
            Part::Column(flags, strip) => (*flags, strip),
        };
        let is_fresh = |slot: usize| {
            flags.get(slot).is_some_and(|flags| flags & (flag::PRESENT | flag::STALE) == flag::PRESENT)
        };
        let coded = |code: u8| self.codes.get(usize::from(code)).copied().unwrap_or(Coded::No);
        match (strip.codes, strip.values) {
            (Codes::Same(code), Values::Half(all)) if matches!(coded(code), Coded::Beside) => {
                each.for_each(|(slot, (out, odd))| {
                    take(all.get(slot).filter(|_| is_fresh(slot)).copied().map(i64::from), out, odd);
                });
            }
            (Codes::Same(code), Values::Word(all)) if matches!(coded(code), Coded::Beside) => {
                each.for_each(|(slot, (out, odd))| {
                    let word = all.get(slot).filter(|_| is_fresh(slot));
                    take(word.map(|word| word.cast_signed()), out, odd);
                });
            }
            (codes, values) => each.for_each(|(slot, (out, odd))| {
                let code = match codes {
                    Codes::Same(code) => code,
                    Codes::Each(codes) => codes.get(slot).copied().unwrap_or(0),
                };
                let number = match coded(code) {
                    Coded::Known(number) => Some(number),
                    Coded::Beside => match values {
                        Values::Half(all) => all.get(slot).copied().map(i64::from),
                        Values::Word(all) => all.get(slot).map(|word| word.cast_signed()),
                        Values::None | Values::Keys(_) => None,
                    },
                    Coded::No => None,
                };
                take(number.filter(|_| is_fresh(slot)), out, odd);
            }),
        }
    }
}

/// Fills in a number, or notes that there is none.
fn take(number: Option<i64>, out: &mut i64, odd: &mut bool) {
    *odd |= number.is_none();
    *out = number.unwrap_or(0);
}

impl Sym {
    /// Its place among all texts.
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}
