//! What lines will ask memory for, asked for before anything else is done with them.
//!
//! Finding a text is waiting for memory, several times one after the other. Here all texts of some lines take one step of
//! that together, so that they wait together. Nothing is found or changed here: what comes next finds it in the caches.

use super::layout::TypeId;
use super::recent::Recent;
use super::stock::Stock;
use crate::store::{Raw, Read};

/// Room for what was asked for in one step, and tells what to ask for in the next.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// Texts of lines: type, field, hash.
    texts: Vec<(TypeId, usize, u32)>,
    /// Of those that no field had lately.
    hashes: Vec<u32>,
    /// The numbers that they most likely have.
    numbers: Vec<u32>,
}

impl Ahead {
    /// Has brought here from memory what lines ask for.
    pub(crate) fn fetch<'r>(
        &mut self,
        stock: &Stock,
        recent: &Recent,
        reads: impl Iterator<Item = &'r Read<'r>>,
    ) {
        let Self { texts, hashes, numbers } = self;
        texts.clear();
        for read in reads {
            for (place, field) in read.fields.iter().enumerate() {
                if let Raw::Text(_, hash) = field.said {
                    texts.push((read.ty, place, hash));
                }
            }
        }
        // Nothing is decided on what a step asks for before the step is over: that would be waiting for each.
        let mut seen = 0;
        for (ty, place, hash) in &*texts {
            seen ^= u32::from(recent.has(*ty, *place, *hash));
        }
        hashes.clear();
        hashes.extend(
            texts
                .iter()
                .filter(|(ty, place, hash)| !recent.has(*ty, *place, *hash))
                .map(|(_, _, hash)| *hash),
        );
        for hash in &*hashes {
            seen ^= stock.texts.fetch_number(*hash);
        }
        numbers.clear();
        numbers.extend(hashes.iter().filter_map(|hash| stock.texts.likely(*hash)));
        for number in &*numbers {
            seen ^= stock.texts.fetch_place(*number);
        }
        for number in &*numbers {
            seen ^= stock.texts.fetch_text(*number);
        }
        // Or the compiler sees that nobody wants it.
        std::hint::black_box(seen);
    }
}
