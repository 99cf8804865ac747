//! Rows that change by themselves, by when.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "there is one bucket for each position of the highest bit of 64"
)]

use std::sync::Arc;

use super::layout::{Row, TypeId};

/// How many entries a part of a bucket holds.
const PART: usize = 1024;

type Entry = (i64, TypeId, Row);

/// A queue whose clock only moves forward. An entry lies in the bucket of the highest bit in which its
/// instant differs from the clock, so that an entry moves at most 64 times, and a copy shares all parts.
#[derive(Clone, Debug)]
pub(super) struct Timers {
    clock: u64,
    buckets: Vec<Bucket>,
}

#[derive(Clone, Debug)]
struct Bucket {
    first: i64,
    parts: Arc<Vec<Arc<Vec<Entry>>>>,
}

impl Bucket {
    fn new() -> Self {
        Self { first: i64::MAX, parts: Arc::default() }
    }
}

/// Instants in unsigned order.
fn order(at: i64) -> u64 {
    (at as u64) ^ (1 << 63)
}

impl Timers {
    pub(super) fn new(now: i64) -> Self {
        Self { clock: order(now), buckets: vec![Bucket::new(); 65] }
    }

    fn bucket(&self, at: i64) -> usize {
        (64 - (order(at) ^ self.clock).leading_zeros()) as usize
    }

    /// Wakes the row at `at`, which lies after the clock.
    pub(super) fn push(&mut self, at: i64, ty: TypeId, row: Row) {
        let place = self.bucket(at);
        let bucket = &mut self.buckets[place];
        bucket.first = bucket.first.min(at);
        let parts = Arc::make_mut(&mut bucket.parts);
        match parts.last_mut() {
            Some(part) if part.len() < PART => Arc::make_mut(part).push((at, ty, row)),
            _ => {
                let mut part = Vec::with_capacity(4);
                part.push((at, ty, row));
                parts.push(Arc::new(part));
            }
        }
    }

    /// Moves the clock to `now` and calls `due` with what was to wake until then.
    pub(super) fn advance(&mut self, now: i64, mut due: impl FnMut(TypeId, Row)) {
        if order(now) <= self.clock {
            return;
        }
        let last = self.bucket(now);
        let taken: Vec<Bucket> =
            self.buckets[..=last].iter_mut().map(|bucket| std::mem::replace(bucket, Bucket::new())).collect();
        self.clock = order(now);
        for (at, ty, row) in taken.iter().flat_map(|bucket| bucket.parts.iter()).flat_map(|part| part.iter())
        {
            if *at <= now { due(*ty, *row) } else { self.push(*at, *ty, *row) }
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.buckets.iter().flat_map(|bucket| bucket.parts.iter());
        parts.map(|part| part.capacity() * size_of::<Entry>() + 48).sum()
    }

    /// The next instant at which anything is to wake.
    pub(super) fn next(&self) -> Option<i64> {
        self.buckets.iter().map(|bucket| bucket.first).min().filter(|at| *at != i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wakes_once_at_the_first_step_not_before_its_time() {
        let mut timers = Timers::new(-100);
        let at = |n: i64| (n * 7_919) % 5_000 - 99;
        for n in 0..4_000_i64 {
            timers.push(at(n), TypeId(0), Row(n as u32));
        }
        let mut woken = vec![None; 4_000];
        for now in (-100..6_000).step_by(37) {
            assert!(timers.next().is_none_or(|next| next > now - 37));
            timers.advance(now, |_, row| {
                assert_eq!(woken[row.index()], None);
                woken[row.index()] = Some(now);
            });
        }
        for (n, woken) in woken.into_iter().enumerate() {
            let due = at(n as i64);
            assert!(woken.is_some_and(|now| due <= now && due > now - 37));
        }
        assert_eq!(timers.next(), None);
    }
}
