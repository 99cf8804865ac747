//! What lines will ask memory for, asked for while something else is done.
//!
//! Finding a text is waiting for memory, several times one after the other. Here each line takes one step of that at a
//! time, and between steps its reader hashes a line, for which memory is not needed. Nothing is found or changed here:
//! what comes next finds it in the caches.

use super::layout::TypeId;
use super::recent::Recent;
use super::stock::Stock;
use crate::store::{Raw, Read};

/// What was asked for in the last step, by what is to be asked for next.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// Texts of lines, of which a field's recent ones are asked for: type, field, hash.
    recent: Vec<(TypeId, usize, u32)>,
    /// Hashes of which the index is asked for.
    hashes: Vec<u32>,
    /// Numbers of which the place of the text is asked for.
    places: Vec<u32>,
    /// Numbers of which the text is.
    texts: Vec<u32>,
}

impl Ahead {
    /// Has brought here from memory what a line asks for first, and lines before it next.
    pub(crate) fn fetch(&mut self, stock: &Stock, recent: &Recent, read: Option<&Read<'_>>) {
        let mut seen = 0;
        for number in self.texts.drain(..) {
            seen ^= stock.texts.fetch_text(number);
        }
        for number in self.places.drain(..) {
            seen ^= stock.texts.fetch_place(number);
            self.texts.push(number);
        }
        self.places.extend(self.hashes.drain(..).filter_map(|hash| stock.texts.likely(hash)));
        for (ty, place, hash) in self.recent.drain(..) {
            if !recent.has(ty, place, hash) {
                seen ^= stock.texts.fetch_number(hash);
                self.hashes.push(hash);
            }
        }
        for (place, field) in read.iter().flat_map(|read| read.fields.iter().enumerate()) {
            if let (Raw::Text(_, hash), Some(read)) = (&field.said, read) {
                seen ^= u32::from(recent.has(read.ty, place, *hash));
                self.recent.push((read.ty, place, *hash));
            }
        }
        // Or the compiler sees that nobody wants it.
        std::hint::black_box(seen);
    }

    /// Has brought here the rest.
    pub(crate) fn finish(&mut self, stock: &Stock, recent: &Recent) {
        for _ in 0..4 {
            self.fetch(stock, recent, None);
        }
    }
}
