//! What facts that a head refers to leave open of a block of clauses: one word for each of them, found once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Sieve;
use super::block::{Block, WIDTH};
use crate::world::{Row, World};

/// How many rows share one part of what is known.
const PART: usize = 1024;
/// Set in each word that is known; no clause has this bit.
const KNOWN: u64 = 1 << WIDTH;

/// One block of clauses, its tables by whose fields they are of.
#[derive(Debug)]
pub(super) struct Far {
    /// The head's own fields.
    pub(super) own: Box<[Own]>,
    pub(super) steps: Box<[Step]>,
}

/// A field of the head itself.
#[derive(Debug)]
pub(super) struct Own {
    /// The place of its column.
    pub(super) column: usize,
    /// The place of its table.
    pub(super) table: usize,
}

/// What one route leads to.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) route: usize,
    /// The places of the tables of its fields.
    pub(super) tables: Box<[usize]>,
    rows: Box<[OnceLock<Box<[AtomicU64]>>]>,
}

impl Far {
    pub(super) fn new(sieve: &Sieve, world: &World, block: &Block) -> Self {
        let route = |column: usize| sieve.columns.get(column).map_or(0, |column| column.route);
        let of = |wanted: usize| {
            let tables = block.tables().enumerate().filter(move |(_, (column, _))| route(*column) == wanted);
            tables.map(|(table, (column, _))| Own { column, table })
        };
        let step = |wanted: usize| {
            let ty = sieve.columns.iter().find(|column| column.route == wanted)?.ty;
            let rows = usize::try_from(world.rows(ty)).unwrap_or(0).div_ceil(PART);
            let step = Step {
                route: wanted,
                tables: of(wanted).map(|one| one.table).collect(),
                rows: (0..rows).map(|_| OnceLock::new()).collect(),
            };
            (!step.tables.is_empty()).then_some(step)
        };
        Self { own: of(0).collect(), steps: (1..=sieve.routes.len()).filter_map(step).collect() }
    }
}

impl Step {
    /// The clauses that a row leaves open; `find` finds them out.
    pub(super) fn word(&self, row: Row, find: impl FnOnce() -> u64) -> u64 {
        let (part, place) = (row.index() / PART, row.index() % PART);
        let Some(part) = self.rows.get(part) else { return find() };
        let part = part.get_or_init(|| (0..PART).map(|_| AtomicU64::new(0)).collect());
        let Some(known) = part.get(place) else { return find() };
        // Whoever comes first writes what everybody else would.
        match known.load(Ordering::Relaxed) {
            0 => {
                let word = find();
                known.store(word | KNOWN, Ordering::Relaxed);
                word
            }
            word => word,
        }
    }
}
