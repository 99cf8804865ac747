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
            kind => kind != Kind::Key,
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
    /// Takes what is known and there of each fact, as a number; fastest where rows that lie together come
    /// together.
    pub(crate) fn each(&self, rows: impl Iterator<Item = Row>, mut take: impl FnMut(Option<i64>)) {
        let table = self.world.table(self.ty);
        let mut here = usize::MAX;
        let mut chunk: Option<(&[u8], Codes<'_>, Values<'_>)> = None;
        for row in rows {
            let (number, slot) = (row.index() / CHUNK, row.index() % CHUNK);
            if number != here {
                here = number;
                let column = table.column_of(number, self.field).filter(|_| self.straight);
                chunk = table
                    .flags_of(number)
                    .zip(column)
                    .map(|(flags, column)| (flags, column.codes(), column.values()));
            }
            let Some((flags, codes, values)) = chunk else {
                take(self.world.cell(self.ty, row, self.field).number());
                continue;
            };
            let flags = flags.get(slot).copied().unwrap_or(0);
            let code = match codes {
                Codes::Same(code) => code,
                Codes::Each(codes) => codes.get(slot).copied().unwrap_or(0),
            };
            take(match self.codes.get(usize::from(code)) {
                _ if flags & (flag::PRESENT | flag::STALE) != flag::PRESENT => None,
                Some(Coded::Known(number)) => Some(*number),
                Some(Coded::Beside) => match values {
                    Values::Half(all) => all.get(slot).copied().map(i64::from),
                    Values::Word(all) => all.get(slot).map(|word| word.cast_signed()),
                    Values::None | Values::Keys(_) => None,
                },
                Some(Coded::No) | None => None,
            });
        }
    }
}

impl Sym {
    /// Its place among all texts.
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}
