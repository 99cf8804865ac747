//! The rows of one type: what they say, in columns by chunks of rows.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a row's number is only ever given out here, and a chunk has every column of its type"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::FieldSet;
use super::chunks::Chunks;
use super::column::{Column, Packed, code};
use super::even::Even;
use super::keys::Keys;
use super::layout::{FieldId, Kind, Row, Sym};
use super::links::Links;
use super::notes::Notes;
use super::order::Ordered;
use crate::store::{Origin, Raw, ReadField, Stored};

/// How many rows share one chunk.
pub(super) const CHUNK: usize = 512;

/// What is so of a row; a combination of bits.
pub(super) mod flag {
    /// There is such a fact.
    pub(crate) const PRESENT: u8 = 1;
    /// Everything that its one report says is too old.
    pub(crate) const STALE: u8 = 2;
    /// The columns hold its one report as it came.
    pub(crate) const SINGLE: u8 = 4;
    /// Its reports are kept beside the columns, which hold what they amount to.
    pub(crate) const SIDE: u8 = 8;
}

/// The reports of a row that has had more than one that may count, or one that does not count yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// By instant and mark.
    pub(super) reports: Vec<Stored>,
    /// Whose reports up to when were taken back.
    pub(super) withdrawn: Vec<(Origin, i64)>,
    /// Of fields that are not known but one of what is said: whom they may refer to.
    pub(super) maybe: Vec<(FieldId, Vec<Row>)>,
}

impl Side {
    /// Takes a report in; whether it is new. Most come in the order of their instants.
    pub(super) fn insert(&mut self, report: Stored) -> bool {
        let before = |known: &Stored| (known.observed_at, known.mark) < (report.observed_at, report.mark);
        let place = self.reports.partition_point(before);
        let new = !self.reports.get(place).is_some_and(|known| known.is(&report));
        if new {
            self.reports.insert(place, report);
        }
        new
    }
}

/// Where a row's one report comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    pub(super) observed_at: i64,
    pub(super) origin: u32,
    /// The first bytes of the line's hash, which break ties between reports.
    pub(super) mark: u64,
    pub(super) record: Option<Arc<str>>,
}

/// What does not hang on the clock.
#[derive(Clone, Debug)]
struct Chunk {
    observed: Even<i64>,
    origins: Even<u32>,
    marks: Vec<u64>,
    records: Notes,
    columns: Vec<Column>,
    /// Why what a single report says does not fit, by slot and field.
    reasons: BTreeMap<(u16, u16), Arc<str>>,
    sides: BTreeMap<u16, Arc<Side>>,
}

impl Chunk {
    /// Says where a row's one report comes from.
    fn source(&mut self, slot: usize, (at, origin, mark, record): (i64, u32, u64, Option<&str>)) {
        self.observed.set(slot, at);
        self.origins.set(slot, origin);
        self.marks[slot] = mark;
        self.records.set(slot, record);
    }
}

/// The rows of one type.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) keys: Keys,
    /// By the field that refers.
    pub(super) links: Vec<Option<Links>>,
    pub(super) order: Ordered,
    flags: Chunks<Vec<u8>>,
    chunks: Chunks<Chunk>,
    kinds: Arc<[Kind]>,
}

fn place(row: Row) -> (usize, usize) {
    (row.index() / CHUNK, row.index() % CHUNK)
}

fn slot_key(slot: usize) -> u16 {
    u16::try_from(slot).unwrap_or(u16::MAX)
}

impl Table {
    pub(super) fn new(kinds: &[Kind]) -> Self {
        Self {
            keys: Keys::default(),
            links: kinds.iter().map(|kind| kind.target().map(|_| Links::default())).collect(),
            order: Ordered::default(),
            flags: Chunks::default(),
            chunks: Chunks::default(),
            kinds: kinds.into(),
        }
    }

    /// Adds a row for a key that has none, with its flags; the chunk that its cells are to be added to.
    fn add(&mut self, key: Sym, flags: u8) -> (Row, &mut Chunk) {
        let row = self.keys.push(key);
        let chunk = row.index() / CHUNK;
        if row.index().is_multiple_of(CHUNK) {
            // A type that fills a chunk fills another; small ones stay small.
            let room = if row.index() == 0 { 0 } else { CHUNK };
            self.flags.push(Vec::with_capacity(room));
            self.chunks.push(Chunk {
                observed: Even::new(),
                origins: Even::new(),
                marks: Vec::with_capacity(room),
                records: Notes::default(),
                columns: self.kinds.iter().map(|kind| Column::new(*kind, room)).collect(),
                reasons: BTreeMap::new(),
                sides: BTreeMap::new(),
            });
        }
        self.flags.at_mut(chunk).push(flags);
        (row, self.chunks.at_mut(chunk))
    }

    /// Adds a row that nothing is said about, for a key that has none.
    pub(super) fn push(&mut self, key: Sym) -> Row {
        let (row, chunk) = self.add(key, 0);
        chunk.observed.push();
        chunk.origins.push();
        chunk.marks.push(0);
        chunk.records.push();
        chunk.columns.iter_mut().for_each(Column::push);
        row
    }

    fn chunk(&mut self, at: usize) -> &mut Chunk {
        self.chunks.at_mut(at)
    }

    pub(super) fn flags(&self, row: Row) -> u8 {
        let (chunk, slot) = place(row);
        self.flags.get(chunk).and_then(|flags| flags.get(slot)).copied().unwrap_or(0)
    }

    pub(super) fn has(&self, row: Row, flags: u8) -> bool {
        self.flags(row) & flags == flags
    }

    pub(super) fn set_flags(&mut self, row: Row, flags: u8) {
        let (chunk, slot) = place(row);
        if self.flags.at(chunk)[slot] != flags {
            self.flags.at_mut(chunk)[slot] = flags;
        }
    }

    /// The row's flags, and its cell of a field: the column, and the place in it.
    pub(super) fn cell(&self, row: Row, field: FieldId) -> Option<(u8, &Column, usize)> {
        let (chunk, slot) = place(row);
        let flags = *self.flags.get(chunk)?.get(slot)?;
        let chunk = self.chunks.get(chunk)?;
        Some((flags, chunk.columns.get(field.index())?, slot))
    }

    /// The flags of all rows, chunk by chunk.
    pub(super) fn all_flags(&self) -> impl Iterator<Item = &[u8]> {
        self.flags.iter().map(Vec::as_slice)
    }

    /// The flags of one chunk.
    pub(super) fn flags_of(&self, chunk: usize) -> Option<&[u8]> {
        self.flags.get(chunk).map(Vec::as_slice)
    }

    /// The column of a field in one chunk.
    pub(super) fn column_of(&self, chunk: usize, field: FieldId) -> Option<&Column> {
        self.chunks.get(chunk)?.columns.get(field.index())
    }

    /// The column of a field that a row has, and the place in it.
    pub(super) fn column(&self, row: Row, field: FieldId) -> (&Column, usize) {
        let (chunk, slot) = place(row);
        (&self.chunks.at(chunk).columns[field.index()], slot)
    }

    /// Sets a cell; says whether that changed it.
    pub(super) fn set(&mut self, row: Row, field: FieldId, code: u8, packed: Packed) -> bool {
        let (chunk, slot) = place(row);
        if self.chunks.at(chunk).columns[field.index()].is(slot, code, &packed) {
            return false;
        }
        self.chunk(chunk).columns[field.index()].set(slot, code, packed)
    }

    pub(super) fn reason(&self, row: Row, field: FieldId) -> Option<&Arc<str>> {
        let (chunk, slot) = place(row);
        self.chunks.at(chunk).reasons.get(&(slot_key(slot), field.0))
    }

    /// Notes why what the report says does not fit; says whether that is new.
    pub(super) fn set_reason(&mut self, row: Row, field: FieldId, reason: Option<&str>) -> bool {
        if self.reason(row, field).map(AsRef::as_ref) == reason {
            return false;
        }
        let (chunk, slot) = place(row);
        let reasons = &mut self.chunk(chunk).reasons;
        match reason {
            Some(reason) => reasons.insert((slot_key(slot), field.0), Arc::from(reason)),
            None => reasons.remove(&(slot_key(slot), field.0)),
        };
        true
    }

    pub(super) fn observed(&self, row: Row) -> i64 {
        let (chunk, slot) = place(row);
        self.chunks.at(chunk).observed.get(slot)
    }

    pub(super) fn origin(&self, row: Row) -> u32 {
        let (chunk, slot) = place(row);
        self.chunks.at(chunk).origins.get(slot)
    }

    /// What the source of a row's one report calls it.
    pub(super) fn record(&self, row: Row) -> Option<&str> {
        let (chunk, slot) = place(row);
        self.chunks.at(chunk).records.get(slot)
    }

    pub(super) fn source(&self, row: Row) -> Source {
        let (chunk, slot) = place(row);
        let chunk = self.chunks.at(chunk);
        Source {
            observed_at: chunk.observed.get(slot),
            origin: chunk.origins.get(slot),
            mark: chunk.marks[slot],
            record: chunk.records.get(slot).map(Arc::from),
        }
    }

    /// Whether a row's one report was observed then and has this mark.
    pub(super) fn source_is(&self, row: Row, observed_at: i64, mark: u64) -> bool {
        let (chunk, slot) = place(row);
        let chunk = self.chunks.at(chunk);
        chunk.observed.get(slot) == observed_at && chunk.marks[slot] == mark
    }

    /// Writes a row's one report; says which fields changed. The cells are in the order of fields, and
    /// `reason` says why one that is [`code::BAD`] is.
    pub(super) fn write<'a>(
        &mut self,
        row: Row,
        cells: &mut Vec<(u8, Packed)>,
        source: (i64, u32, u64, Option<&str>),
        reason: impl Fn(usize) -> Option<&'a str>,
    ) -> FieldSet {
        let mut changed = FieldSet::NONE;
        let (chunk, slot) = place(row);
        let chunk = self.chunk(chunk);
        let mut bad = !chunk.reasons.is_empty();
        for (at, (code, packed)) in cells.drain(..).enumerate() {
            bad |= code == code::BAD;
            if chunk.columns[at].set(slot, code, packed) {
                changed.insert(FieldId(slot_key(at)));
            }
        }
        chunk.source(slot, source);
        for at in if bad { 0..self.kinds.len() } else { 0..0 } {
            let field = FieldId(slot_key(at));
            if self.set_reason(row, field, reason(at)) {
                changed.insert(field);
            }
        }
        changed
    }

    /// Adds a row for a key that has none, and what a line says of it. `others` are the cells of lists, maps and the like.
    pub(super) fn push_read(
        &mut self,
        key: Sym,
        fields: &[ReadField<'_>],
        others: &mut impl Iterator<Item = (u8, Packed)>,
        (observed_at, origin, mark, record): (i64, u32, u64, Option<&str>),
    ) {
        let (row, chunk) = self.add(key, flag::SINGLE);
        let mut fields = fields.iter();
        for column in &mut chunk.columns {
            match fields.next().map(|field| (&field.said, field.number)) {
                None | Some((Raw::Missing, _)) => column.add_code(code::MISSING),
                Some((Raw::Absent, _)) => column.add_code(code::ABSENT),
                Some((Raw::Bool(truth), _)) => column.add_code(code::VALUE.saturating_add(u8::from(*truth))),
                Some((Raw::Enum(member, _), _)) => column.add_code(code::VALUE.saturating_add(*member)),
                Some((Raw::Word(word), _)) => column.add_word(*word),
                Some((Raw::Text(..), number)) => column.add_half(number),
                Some((Raw::Value(_), _)) => {
                    column.push();
                    let (code, packed) = others.next().unwrap_or((code::MISSING, Packed::None));
                    column.set(row.index() % CHUNK, code, packed);
                }
            }
        }
        chunk.observed.add(observed_at);
        chunk.origins.add(origin);
        chunk.marks.push(mark);
        chunk.records.add(record);
    }

    /// Writes what a line says of a row that nothing was said of. `others` are the cells of lists, maps and the like.
    pub(super) fn write_read(
        &mut self,
        row: Row,
        fields: &[ReadField<'_>],
        others: &mut impl Iterator<Item = (u8, Packed)>,
        source: (i64, u32, u64, Option<&str>),
    ) {
        self.set_flags(row, flag::SINGLE);
        let (chunk, slot) = place(row);
        let chunk = self.chunk(chunk);
        for (column, field) in chunk.columns.iter_mut().zip(fields) {
            match &field.said {
                Raw::Missing => column.set_code(slot, code::MISSING),
                Raw::Absent => column.set_code(slot, code::ABSENT),
                Raw::Bool(truth) => column.set_code(slot, code::VALUE.saturating_add(u8::from(*truth))),
                Raw::Enum(member, _) => column.set_code(slot, code::VALUE.saturating_add(*member)),
                Raw::Word(word) => column.set_word(slot, *word),
                Raw::Text(..) => column.set_half(slot, field.number),
                Raw::Value(_) => {
                    let (code, packed) = others.next().unwrap_or((code::MISSING, Packed::None));
                    column.set(slot, code, packed);
                }
            }
        }
        chunk.source(slot, source);
    }

    pub(super) fn side(&self, row: Row) -> Option<&Side> {
        let (chunk, slot) = place(row);
        self.chunks.get(chunk)?.sides.get(&slot_key(slot)).map(AsRef::as_ref)
    }

    /// What is kept beside the columns, to be changed; the row has it from now on.
    pub(super) fn side_mut(&mut self, row: Row) -> &mut Side {
        let (chunk, slot) = place(row);
        Arc::make_mut(self.chunk(chunk).sides.entry(slot_key(slot)).or_default())
    }

    pub(super) fn drop_side(&mut self, row: Row) {
        let (chunk, slot) = place(row);
        self.chunk(chunk).sides.remove(&slot_key(slot));
    }

    /// Empties all cells of a row.
    pub(super) fn clear(&mut self, row: Row) {
        for field in 0..self.kinds.len() {
            let field = FieldId(u16::try_from(field).unwrap_or(u16::MAX));
            self.set(row, field, code::MISSING, Packed::None);
            self.set_reason(row, field, None);
        }
    }

    /// Rows with a single report of this source from before `from`.
    pub(super) fn older(&self, origin: u32, from: i64) -> Vec<Row> {
        let mut out = Vec::new();
        for (number, chunk) in self.chunks.iter().enumerate() {
            for (slot, observed) in chunk.observed.iter().enumerate() {
                let row = Row(u32::try_from(number * CHUNK + slot).unwrap_or(u32::MAX));
                if observed < from && chunk.origins.get(slot) == origin && self.has(row, flag::SINGLE) {
                    out.push(row);
                }
            }
        }
        out
    }

    /// Rows with a single report of after `now`.
    pub(super) fn newer(&self, now: i64) -> Vec<Row> {
        let mut out = Vec::new();
        for (number, chunk) in self.chunks.iter().enumerate() {
            for (slot, observed) in chunk.observed.iter().enumerate() {
                let row = Row(u32::try_from(number * CHUNK + slot).unwrap_or(u32::MAX));
                if observed > now && self.has(row, flag::SINGLE) {
                    out.push(row);
                }
            }
        }
        out
    }

    /// Makes ready for much, before this is copied.
    pub(super) fn expect_much(&mut self) {
        self.keys.expect_much();
        self.flags.hold();
        self.chunks.hold();
    }

    /// Takes no more room than it must, and from now on shares it.
    pub(super) fn trim(&mut self) {
        self.keys.share();
        self.flags.share();
        self.chunks.share();
        let flags = &self.flags;
        let mut number = 0;
        self.chunks.each_mut(|chunk| {
            let read = |slot: usize| flags.at(number)[slot] != 0;
            chunk.observed.trim(read);
            chunk.origins.trim(read);
            chunk.marks.shrink_to_fit();
            chunk.records.trim();
            chunk.columns.iter_mut().for_each(|column| column.trim(read));
            number += 1;
        });
    }

    /// About how many bytes it takes, by part.
    pub(super) fn bytes(&self, add: &mut impl FnMut(&'static str, usize)) {
        let (keys, found) = self.keys.bytes();
        add("keys", keys);
        add("keys, found by text", found);
        add("what is so now", self.flags.iter().map(|flags| flags.capacity() + 40).sum());
        for chunk in self.chunks.iter() {
            add("chunks", size_of::<Chunk>() + 16 + chunk.columns.len() * size_of::<Column>());
            add("when it was observed, by whom", chunk.observed.bytes() + chunk.origins.bytes());
            add("marks of lines", chunk.marks.capacity() * 8);
            add("records of sources", chunk.records.bytes());
            for (codes, values) in chunk.columns.iter().map(Column::bytes) {
                add("fields: whether they are known", codes);
                add("fields: values", values);
            }
            let report = |report: &Stored| {
                size_of::<Stored>() + 64 + report.fields.len() * (size_of::<crate::store::State>() + 24)
            };
            let side =
                |side: &Arc<Side>| size_of::<Side>() + 64 + side.reports.iter().map(report).sum::<usize>();
            add("reports beside columns", chunk.sides.values().map(side).sum());
        }
        for links in self.links.iter().flatten() {
            add("who refers to whom", links.bytes());
        }
        add("orders", self.order.bytes());
    }

    /// Rows with reports kept beside the columns.
    pub(super) fn with_sides(&self) -> Vec<Row> {
        let row = |chunk: usize, slot: u16| {
            Row(u32::try_from(chunk * CHUNK + usize::from(slot)).unwrap_or(u32::MAX))
        };
        let chunks = self.chunks.iter().enumerate();
        chunks.flat_map(|(at, chunk)| chunk.sides.keys().map(move |slot| row(at, *slot))).collect()
    }
}
