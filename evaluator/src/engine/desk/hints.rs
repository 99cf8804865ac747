//! Where keys were found before, as hints: whoever takes one looks whether it is still so.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::short;
use crate::world::{Row, TypeId, World};

/// How many there are: a power of two.
const COUNT: usize = 1 << 14;

/// Rows by hashes of their keys; of other facts as well, whose rows may be others.
#[derive(Debug, Default)]
pub(super) struct Hints(OnceLock<Box<[AtomicU64]>>);

impl Hints {
    /// The row of the fact with this key, as [`World::row`] says it.
    pub(super) fn row(&self, world: &World, ty: TypeId, key: &str, first: u128) -> Option<Row> {
        let slots = self.0.get_or_init(|| (0..COUNT).map(|_| AtomicU64::new(0)).collect());
        let hash = short::hash(first ^ u128::from(ty.0), key.as_bytes());
        let tag = (hash as u64) << 32;
        // Two places lie beside one another.
        let places = [hash & (COUNT - 1), (hash & (COUNT - 1)) ^ 1];
        let mut free = None;
        for slot in places.into_iter().filter_map(|place| slots.get(place)) {
            let hint = slot.load(Ordering::Relaxed);
            if hint & !u64::from(u32::MAX) == tag
                && let Some(row) =
                    u32::try_from(hint & u64::from(u32::MAX)).ok().and_then(|row| row.checked_sub(1))
                && world.is_key(ty, Row(row), key)
            {
                return Some(world.known_by(ty, Row(row)));
            }
            if hint == 0 && free.is_none() {
                free = Some(slot);
            }
        }
        let row = world.row(ty, key)?;
        if let Some(slot) = free.or_else(|| slots.get(places[0])) {
            slot.store(tag | (u64::from(row.0) + 1), Ordering::Relaxed);
        }
        Some(row)
    }
}
