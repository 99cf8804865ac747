//! Lists of rows for the targets of one chunk, end to end in one buffer.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "spans are only made here, at the buffer's own bounds"
)]

use std::cmp::Ordering;

use super::layout::Row;

/// How many targets share one chunk.
pub(super) const LISTS: usize = 64;

/// Lists by the target's place in the chunk.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// Where each begins, and how long it is.
    spans: Vec<(u32, u32)>,
    rows: Vec<Row>,
    /// How much of the buffer is of no list.
    waste: usize,
}

/// The place of a row in a list, or where it would be. Most come last.
pub(super) fn find(rows: &[Row], row: Row, compare: &impl Fn(Row, Row) -> Ordering) -> Result<usize, usize> {
    if rows.last().is_none_or(|last| compare(*last, row) == Ordering::Less) {
        return Err(rows.len());
    }
    rows.binary_search_by(|other| compare(*other, row))
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

impl Lists {
    pub(super) fn get(&self, at: usize) -> &[Row] {
        self.spans.get(at).map_or(&[], |(from, length)| &self.rows[*from as usize..][..*length as usize])
    }

    fn span(&mut self, at: usize) -> &mut (u32, u32) {
        if self.spans.len() <= at {
            self.spans.resize(at + 1, (0, 0));
        }
        &mut self.spans[at]
    }

    /// Gives a list that is empty its rows.
    pub(super) fn append(&mut self, at: usize, rows: impl ExactSizeIterator<Item = Row>) {
        *self.span(at) = (number(self.rows.len()), number(rows.len()));
        self.rows.extend(rows);
    }

    /// Adds a row where it belongs; says how long the list is then.
    pub(super) fn insert(&mut self, at: usize, row: Row, compare: &impl Fn(Row, Row) -> Ordering) -> usize {
        let (from, length) = *self.span(at);
        let (from, length) = (from as usize, length as usize);
        let Err(place) = find(self.get(at), row, compare) else { return length };
        if from + length == self.rows.len() {
            self.rows.insert(from + place, row);
            *self.span(at) = (number(from), number(length + 1));
            return length + 1;
        }
        // The list moves to the end, where it can grow.
        let to = self.rows.len();
        self.rows.extend_from_within(from..from + place);
        self.rows.push(row);
        self.rows.extend_from_within(from + place..from + length);
        *self.span(at) = (number(to), number(length + 1));
        self.left(length);
        length + 1
    }

    pub(super) fn remove(&mut self, at: usize, row: Row, compare: &impl Fn(Row, Row) -> Ordering) {
        let Ok(place) = self.get(at).binary_search_by(|other| compare(*other, row)) else { return };
        let (from, length) = *self.span(at);
        let (from, end) = (from as usize, from as usize + length as usize);
        self.rows.copy_within(from + place + 1..end, from + place);
        self.span(at).1 -= 1;
        self.left(1);
    }

    /// So many places are of no list any more.
    fn left(&mut self, count: usize) {
        self.waste += count;
        if self.waste > 64 && self.waste * 2 > self.rows.len() {
            self.pack();
        }
    }

    fn pack(&mut self) {
        let old = std::mem::take(self);
        self.rows.reserve_exact(old.rows.len() - old.waste + 8);
        for at in 0..old.spans.len() {
            self.append(at, old.get(at).iter().copied());
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * 4 + self.spans.capacity() * 8 + size_of::<Self>() + 24
    }

    /// Gives back room that is not needed.
    pub(super) fn trim(&mut self) {
        self.rows.shrink_to_fit();
        self.spans.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_and_shrink_beside_each_other() {
        let mut lists = Lists::default();
        let mut model = vec![std::collections::BTreeSet::new(); 9];
        for step in 0..20_000_u32 {
            let random = step.wrapping_mul(0x9E37_79B9);
            let (at, row) = ((random >> 20) as usize % 9, Row(random >> 8 & 31));
            if random >> 30 == 0 || model[at].len() > 20 {
                lists.remove(at, row, &|a, b| a.cmp(&b));
                model[at].remove(&row);
            } else {
                model[at].insert(row);
                assert_eq!(lists.insert(at, row, &|a, b| a.cmp(&b)), model[at].len());
            }
            assert!(lists.get(at).iter().eq(&model[at]));
        }
        for (at, model) in model.iter().enumerate() {
            assert!(lists.get(at).iter().eq(model));
        }
        assert!(lists.rows.len() <= 9 * 32 * 2 + 64);
        assert_eq!(lists.get(20), []);
    }
}
