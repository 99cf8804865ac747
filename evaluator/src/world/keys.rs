//! The rows of one type, by key.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a row's number is only ever given out here"
)]

use std::collections::HashMap;
use std::sync::Arc;

use super::chunks::Chunks;
use super::index::Index;
use super::intern::mix;
use super::layout::{Row, Sym};

const CHUNK: usize = 1024;

/// Rows by the number of their key's text, and which of them are the same fact.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    chunks: Chunks<Vec<Sym>>,
    count: u32,
    index: Index,
    /// From a row to the one that its fact is known by, where that is another.
    heads: Arc<HashMap<Row, Row>>,
    /// All rows of a fact that has several, by the one that it is known by.
    groups: Arc<HashMap<Row, Vec<Row>>>,
}

impl Keys {
    /// How many rows there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The row's key.
    pub(super) fn sym(&self, row: Row) -> Option<Sym> {
        (row.0 < self.count).then(|| self.chunks.at(row.index() / CHUNK)[row.index() % CHUNK])
    }

    /// The keys from a row on, as far as they lie together.
    pub(super) fn from(&self, row: Row) -> Option<&[Sym]> {
        self.chunks.get(row.index() / CHUNK)?.get(row.index() % CHUNK..)
    }

    /// The row with this very key.
    pub(super) fn find(&self, key: Sym) -> Option<Row> {
        let is = |number: u32| self.chunks.at(number as usize / CHUNK)[number as usize % CHUNK] == key;
        self.index.find(mix(u64::from(key.0)), is).map(Row)
    }

    /// Adds a row for a key that has none.
    pub(super) fn push(&mut self, key: Sym) -> Row {
        let row = Row(self.count);
        if row.index().is_multiple_of(CHUNK) {
            self.chunks.push(Vec::new());
        }
        self.chunks.at_mut(row.index() / CHUNK).push(key);
        let chunks = &self.chunks;
        let again =
            |number: u32| mix(u64::from(chunks.at(number as usize / CHUNK)[number as usize % CHUNK].0));
        self.index.put(mix(u64::from(key.0)), row.0, again);
        self.count += 1;
        row
    }

    /// About how many bytes the keys take, and finding them.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.chunks.iter().map(|chunk| chunk.capacity() * 4 + 40).sum(), self.index.bytes())
    }

    /// The row that the fact is known by.
    pub(super) fn head(&self, row: Row) -> Row {
        if self.heads.is_empty() { row } else { self.heads.get(&row).copied().unwrap_or(row) }
    }

    /// Whether every fact has one key.
    pub(super) fn is_plain(&self) -> bool {
        self.groups.is_empty()
    }

    /// All rows of the fact known by this row, where it has several.
    pub(super) fn group(&self, head: Row) -> Option<&[Row]> {
        if self.groups.is_empty() { None } else { self.groups.get(&head).map(Vec::as_slice) }
    }

    /// Every row of a fact that has several.
    pub(super) fn grouped(&self) -> impl Iterator<Item = Row> {
        self.groups.values().flatten().copied()
    }

    /// Says which rows are the same fact: pairs of a row and the one that it is known by.
    pub(super) fn join(&mut self, pairs: &[(Row, Row)]) {
        let mut groups: HashMap<Row, Vec<Row>> = HashMap::new();
        for (row, head) in pairs {
            groups.entry(*head).or_insert_with(|| vec![*head]).push(*row);
        }
        self.heads = Arc::new(pairs.iter().copied().collect());
        self.groups = Arc::new(groups);
    }
}
