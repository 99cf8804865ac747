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
        let parts = self.parts.get_or_init(|| {
            let rows = usize::try_from(self.rows).unwrap_or(0);
            (0..rows.div_ceil(PART)).map(|_| Part::new()).collect()
        });
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
