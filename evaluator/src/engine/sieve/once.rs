//! Of facts that do not change, a number for each that somebody asked for: found once, for all who ask.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::Row;

/// How many rows share one part of what is known.
const PART: usize = 1024;
/// Set in each number that is known.
const KNOWN: u64 = 1 << 63;

/// Numbers below 2^63 by row; nothing is held before the first is asked for.
#[derive(Debug)]
pub(super) struct Once {
    rows: u32,
    parts: OnceLock<Box<[Part]>>,
}

type Part = OnceLock<Box<[AtomicU64]>>;

impl Once {
    /// For so many rows.
    pub(super) const fn new(rows: u32) -> Self {
        Self { rows, parts: OnceLock::new() }
    }

    /// The number of a row; `find` finds it out.
    pub(super) fn get(&self, row: Row, find: impl FnOnce() -> u64) -> u64 {
        let (part, place) = (row.index() / PART, row.index() % PART);
        let parts = self.parts.get_or_init(|| parts(self.rows));
        let Some(part) = parts.get(part) else { return find() };
        let part = part.get_or_init(|| (0..PART).map(|_| AtomicU64::new(0)).collect());
        let Some(slot) = part.get(place) else { return find() };
        // Whoever comes first writes what everybody else would.
        match slot.load(Ordering::Relaxed) {
            0 => {
                let number = find();
                slot.store(number | KNOWN, Ordering::Relaxed);
                number
            }
            known => known & !KNOWN,
        }
    }
}

fn parts(rows: u32) -> Box<[Part]> {
    let rows = usize::try_from(rows).unwrap_or(0);
    (0..rows.div_ceil(PART)).map(|_| Part::new()).collect()
}

/// Several numbers for each, of which the first is below 2^63.
#[derive(Debug)]
pub(super) struct Records {
    rows: u32,
    width: usize,
    parts: OnceLock<Box<[Part]>>,
}

impl Records {
    /// For so many rows, so many numbers each.
    pub(super) const fn new(rows: u32, width: usize) -> Self {
        Self { rows, width, parts: OnceLock::new() }
    }

    /// The numbers of a row; `find` finds them out, and says the first.
    pub(super) fn get(&self, row: Row, find: impl FnOnce(&[AtomicU64]) -> u64) -> Option<&[AtomicU64]> {
        let (part, place) = (row.index() / PART, row.index() % PART);
        let parts = self.parts.get_or_init(|| parts(self.rows));
        let part = parts.get(part)?;
        let numbers = || (0..PART.saturating_mul(self.width)).map(|_| AtomicU64::new(0)).collect();
        let from = place.saturating_mul(self.width);
        let record = part.get_or_init(numbers).get(from..)?.get(..self.width)?;
        let (first, others) = record.split_first()?;
        if first.load(Ordering::Acquire) == 0 {
            // Whoever comes first writes what everybody else would.
            first.store(find(others) | KNOWN, Ordering::Release);
        }
        Some(record)
    }
}

/// The first number of a record.
pub(super) fn first(record: &[AtomicU64]) -> u64 {
    number(record, 0) & !KNOWN
}

/// Another number of a record.
pub(super) fn number(record: &[AtomicU64], place: usize) -> u64 {
    record.get(place).map_or(0, |slot| slot.load(Ordering::Relaxed))
}
