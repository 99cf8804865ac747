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

/// So many texts that follow one another share an entry of where their rows begin.
const NEAR: usize = 16;
/// As far from that place a row is looked for.
const REACH: usize = 64;
/// So many entries share a page.
const PAGE: usize = 64;
const NOWHERE: u32 = u32::MAX;

/// Rows by the number of their key's text, and which of them are the same fact.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    chunks: Chunks<Vec<Sym>>,
    count: u32,
    /// Texts that are heard of together get rows together: where those of some texts begin. A page that has
    /// none is empty.
    near: Chunks<Vec<u32>>,
    /// The rows that are not found that way.
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

    /// Makes ready for many, before this is copied.
    pub(super) fn expect_much(&mut self) {
        self.chunks.hold();
        self.near.hold();
        self.index.hold();
    }

    /// From now on copies share.
    pub(super) fn share(&mut self) {
        self.chunks.share();
        self.near.share();
        self.index.share();
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
        let (page, place) = near(key);
        let first = self.near.get(page).and_then(|page| page.get(place)).copied();
        if let Some(first) = first.filter(|first| *first != NOWHERE)
            && let Some(found) = self.look(first as usize, key)
        {
            return Some(found);
        }
        let is = |number: u32| self.at(number as usize) == key;
        self.index.find(mix(u64::from(key.0)), is).map(Row)
    }

    fn at(&self, number: usize) -> Sym {
        self.chunks.at(number / CHUNK)[number % CHUNK]
    }

    /// The row with this key not far behind a place.
    fn look(&self, first: usize, key: Sym) -> Option<Row> {
        let (mut from, end) = (first, (first + REACH).min(self.count as usize));
        while from < end {
            let here = &self.chunks.at(from / CHUNK)[from % CHUNK..];
            let here = &here[..here.len().min(end - from)];
            if let Some(at) = here.iter().position(|known| *known == key) {
                return u32::try_from(from + at).ok().map(Row);
            }
            from += here.len();
        }
        None
    }

    /// Adds a row for a key that has none.
    pub(super) fn push(&mut self, key: Sym) -> Row {
        let row = Row(self.count);
        if row.index().is_multiple_of(CHUNK) {
            self.chunks.push(Vec::new());
        }
        self.chunks.at_mut(row.index() / CHUNK).push(key);
        self.count += 1;
        if !self.put_near(row, key) {
            let chunks = &self.chunks;
            let again =
                |number: u32| mix(u64::from(chunks.at(number as usize / CHUNK)[number as usize % CHUNK].0));
            self.index.put(mix(u64::from(key.0)), row.0, again);
        }
        row
    }

    /// Sees to it that a row is found from where those of texts near its own begin; says whether it can be.
    fn put_near(&mut self, row: Row, key: Sym) -> bool {
        let (page, place) = near(key);
        if let Some(first) = self.near.get(page).and_then(|page| page.get(place))
            && *first != NOWHERE
        {
            return row.0 - first < REACH as u32;
        }
        // A page is for rows that come together.
        let before = row.index().checked_sub(1).map(|before| near(self.at(before)).0);
        let lone = self.near.get(page).is_none_or(Vec::is_empty);
        if lone && before != Some(page) {
            return false;
        }
        while self.near.len() <= page {
            self.near.push(Vec::new());
        }
        let page = self.near.at_mut(page);
        if page.is_empty() {
            *page = vec![NOWHERE; PAGE];
        }
        page[place] = row.0;
        true
    }

    /// About how many bytes the keys take, and finding them.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let bytes = |chunk: &Vec<u32>| chunk.capacity() * 4 + 40;
        let near: usize = self.near.iter().map(bytes).sum();
        (self.chunks.iter().map(|chunk| chunk.capacity() * 4 + 40).sum(), near + self.index.bytes())
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

/// The page of a text's neighbours, and the place of the entry there.
fn near(key: Sym) -> (usize, usize) {
    let entry = key.0 as usize / NEAR;
    (entry / PAGE, entry % PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_whether_their_texts_came_together_or_not() {
        // Runs of texts with gaps, single ones far off, some that come again between others, and back.
        let run = |from: u32, step: usize, count: u32| (from..from + count).step_by(step);
        let mut syms: Vec<u32> = Vec::new();
        syms.extend(run(3, 1, 2_000).chain(run(100_000, 3, 6_000)).chain(run(50_000, 1_700, 40_000)));
        syms.extend(run(5_000, 1, 900).flat_map(|sym| [sym, 300_000 + sym * 17]));
        // Of one entry more than are looked at together.
        syms.extend(
            run(400_000, 1, 8).flat_map(|sym| [sym].into_iter().chain(run(500_000 + sym * 64, 1, 20))),
        );
        syms.extend(run(90_000, 1, 3_000).rev());
        let mut keys = Keys::default();
        let mut known = HashMap::new();
        for (place, sym) in syms.iter().enumerate() {
            assert_eq!(keys.find(Sym(*sym)), known.get(sym).copied());
            if !known.contains_key(sym) {
                known.insert(*sym, keys.push(Sym(*sym)));
            }
            if place == 3_000 {
                let mut copy = keys.clone();
                copy.push(Sym(u32::MAX - 1));
                assert_eq!(keys.find(Sym(u32::MAX - 1)), None);
            }
        }
        for sym in (0..600_000).step_by(7).chain(syms) {
            assert_eq!(keys.find(Sym(sym)), known.get(&sym).copied(), "{sym}");
        }
        // A lone one has no page.
        assert!(keys.near.get(near(Sym(51_700)).0).is_none_or(Vec::is_empty));
    }
}
