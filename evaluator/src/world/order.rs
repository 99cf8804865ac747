//! Sets of rows that are put in order when somebody asks.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use super::layout::Row;

/// Rows that may belong to a set. Who asks says which do, and how they are ordered.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    /// In order, if `sorted`.
    base: Arc<[Row]>,
    sorted: bool,
    /// Rows that came since.
    added: Vec<Row>,
    made: OnceLock<Arc<[Row]>>,
}

impl Ordered {
    /// Rows that are in order.
    pub(super) fn of(rows: Arc<[Row]>) -> Self {
        Self { base: rows, sorted: true, ..Self::default() }
    }

    /// Rows in any order.
    pub(super) fn unsorted(rows: Vec<Row>) -> Self {
        Self { base: rows.into(), ..Self::default() }
    }

    /// A row came, or left, or what is ordered by changed; the latter `moves` it.
    pub(super) fn touch(&mut self, row: Row, comes: bool, moves: bool) {
        if let Some(made) = self.made.take() {
            (self.base, self.sorted) = (made, true);
            self.added.clear();
        }
        if comes {
            self.added.push(row);
        }
        if moves {
            self.sorted = false;
        }
        if self.added.len() > 4096_usize.max(self.base.len() / 4) {
            let all = self.base.iter().copied().chain(self.added.drain(..));
            self.base = all.collect();
            self.sorted = false;
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let made = self.made.get().map_or(0, |made| made.len());
        self.base.len().saturating_add(self.added.capacity()).saturating_add(made).saturating_mul(4)
    }

    /// All rows for which `keep` is true, in the order of `compare`.
    pub(super) fn get(
        &self,
        keep: impl Fn(Row) -> bool,
        compare: impl Fn(Row, Row) -> Ordering,
    ) -> &Arc<[Row]> {
        self.made.get_or_init(|| {
            let mut all: Vec<Row> = if self.sorted {
                let mut added: Vec<Row> = self.added.iter().copied().filter(|row| keep(*row)).collect();
                added.sort_unstable_by(|a, b| compare(*a, *b));
                merge(self.base.iter().copied().filter(|row| keep(*row)), added, &compare)
            } else {
                let mut all: Vec<Row> =
                    self.base.iter().chain(&self.added).copied().filter(|row| keep(*row)).collect();
                all.sort_unstable_by(|a, b| compare(*a, *b));
                all
            };
            all.dedup();
            all.into()
        })
    }
}

fn merge(
    base: impl Iterator<Item = Row>,
    added: Vec<Row>,
    compare: &impl Fn(Row, Row) -> Ordering,
) -> Vec<Row> {
    let mut out = Vec::with_capacity(base.size_hint().1.unwrap_or(0).saturating_add(added.len()));
    let mut added = added.into_iter().peekable();
    for row in base {
        while let Some(next) = added.next_if(|next| compare(*next, row) == Ordering::Less) {
            out.push(next);
        }
        out.push(row);
    }
    out.extend(added);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_and_go_in_order() {
        let mut set = Ordered::default();
        let compare = |a: Row, b: Row| a.cmp(&b);
        [5, 1, 3, 3].into_iter().for_each(|row| set.touch(Row(row), true, false));
        assert_eq!(**set.get(|_| true, compare), [Row(1), Row(3), Row(5)]);
        set.touch(Row(3), false, false);
        set.touch(Row(4), true, false);
        set.touch(Row(1), true, false);
        assert_eq!(**set.get(|row| row != Row(3), compare), [Row(1), Row(4), Row(5)]);
        set.touch(Row(3), true, true);
        assert_eq!(**set.get(|_| true, |a, b| b.cmp(&a)), [Row(5), Row(4), Row(3), Row(1)]);
    }
}
