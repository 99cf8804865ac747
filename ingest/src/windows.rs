//! Records of one thing within five minutes, counted together: an event each would be too many.

use std::collections::BTreeMap;

use assize::facts::Instant;

/// The width of what is counted together, in microseconds. Windows begin at whole multiples of it.
const WINDOW: i64 = 5 * 60 * 1_000_000;

/// What was counted of one thing in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Where the first record is.
    pub place: String,
    /// When the first began.
    pub first: Instant,
    /// When the last ended.
    pub last: Instant,
    /// How many there are.
    pub records: i64,
    /// Their bytes, where one of them says so.
    pub bytes: Option<i64>,
}

/// Counts by window and by what makes records one thing.
#[derive(Debug)]
pub struct Windows<K> {
    sums: BTreeMap<(i64, K), Sum>,
}

impl<K: Ord> Default for Windows<K> {
    fn default() -> Self {
        Self { sums: BTreeMap::new() }
    }
}

impl<K: Ord> Windows<K> {
    /// Counts a record: from when to when it goes, with so many bytes where it says so.
    pub fn add(&mut self, key: K, place: &str, span: (Instant, Instant), bytes: Option<i64>) {
        let (first, last) = span;
        let window = first.0.div_euclid(WINDOW);
        let sum = self.sums.entry((window, key)).or_insert_with(|| Sum {
            place: place.to_owned(),
            first,
            last,
            records: 0,
            bytes: None,
        });
        if first < sum.first {
            place.clone_into(&mut sum.place);
            sum.first = first;
        }
        sum.last = last.max(sum.last);
        sum.records = sum.records.saturating_add(1);
        sum.bytes = match (sum.bytes, bytes) {
            (Some(sum), Some(bytes)) => Some(sum.saturating_add(bytes)),
            (sum, bytes) => sum.or(bytes),
        };
    }

    /// What was counted, by window and thing. The first record's time belongs into the key of what becomes of it: a
    /// file that ends within a window leaves the rest to the next one.
    pub fn counted(self) -> impl Iterator<Item = (K, Sum)> {
        self.sums.into_iter().map(|((_, key), sum)| (key, sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_five_minutes_are_counted_together() {
        let minute = |n: i64| Instant(n.saturating_mul(60_000_000));
        let mut windows = Windows::default();
        for (from, until, bytes) in
            [(2, 3, Some(10)), (1, 1, Some(5)), (4, 6, None), (5, 5, None), (-1, 0, None)]
        {
            windows.add("a", &format!("line {from}"), (minute(from), minute(until)), bytes);
        }
        let sum = |from: i64, until: i64, records, bytes| {
            let place = format!("line {from}");
            ("a", Sum { place, first: minute(from), last: minute(until), records, bytes })
        };
        let counted: Vec<_> = windows.counted().collect();
        assert_eq!(counted, [sum(-1, 0, 1, None), sum(1, 6, 3, Some(15)), sum(5, 5, 1, None)]);
    }
}
