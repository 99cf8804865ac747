//! Records of one thing within five minutes, counted together: an event each would be too many.

use std::collections::BTreeMap;

use assize::facts::Instant;

/// The width of what is counted together, in microseconds. Windows begin at whole multiples of it.
const WINDOW: i64 = 5 * 60 * 1_000_000;

/// How many sums are held at most while a log is read.
const MOST: usize = 65_536;

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
    /// The window of the record before.
    last: i64,
}

impl<K: Ord> Default for Windows<K> {
    fn default() -> Self {
        Self { sums: BTreeMap::new(), last: 0 }
    }
}

impl<K: Ord> Windows<K> {
    /// Counts a record: from when to when it goes, with so many bytes where it says so.
    pub fn add(&mut self, key: K, place: &str, span: (Instant, Instant), bytes: Option<i64>) {
        let (first, last) = span;
        let window = first.0.div_euclid(WINDOW);
        self.last = window;
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

    /// What a log that is read on will hardly add to: the windows that lie before and behind the neighbours of the
    /// one that the last record is in, or all of them where too many are held. A later record of such a window
    /// begins another sum.
    pub fn settled(&mut self) -> Vec<(K, Sum)> {
        let all = self.sums.len() > MOST;
        let near = self.last.saturating_sub(1)..=self.last.saturating_add(1);
        let settled = self.sums.extract_if(.., |(window, _), _| all || !near.contains(window));
        settled.map(|((_, key), sum)| (key, sum)).collect()
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

    #[test]
    fn windows_far_from_the_last_record_are_settled_and_so_are_too_many() {
        let minute = |n: i64| Instant(n.saturating_mul(60_000_000));
        let mut windows = Windows::default();
        for at in [0, 30, 5, 10, 12] {
            windows.add(0_usize, "", (minute(at), minute(at)), None);
        }
        let firsts = |sums: Vec<(usize, Sum)>| sums.into_iter().map(|(_, sum)| sum.first).collect::<Vec<_>>();
        assert_eq!(firsts(windows.settled()), [minute(0), minute(30)]);
        assert_eq!(firsts(windows.settled()), []);
        (0..MOST).for_each(|key| windows.add(key, "", (minute(12), minute(12)), None));
        assert!(windows.settled().len() > MOST && windows.settled().is_empty());
    }
}
