//! Numbers for texts.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a text's number and its ends are only ever given out here, at the text's own bounds"
)]

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::FxHasher;

use super::chunks::Chunks;
use super::index::Index;
use super::layout::Sym;

/// How many texts share one buffer.
const CHUNK: usize = 256;
/// How many bytes a buffer has room for at most before it has any text.
const ROOM: usize = 1 << 16;

/// Texts, each once. Copies share what they have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Interner {
    chunks: Chunks<Chunk>,
    count: u32,
    index: Index,
    /// The hashes of all texts, where they are kept: or a growing index goes over the texts again and again.
    hashes: Option<Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Chunk {
    text: String,
    /// Where each text ends: here, so that whoever looks for one waits for memory once less.
    ends: [u32; CHUNK],
}

impl Interner {
    fn get(&self, number: u32) -> &str {
        get(&self.chunks, number)
    }

    fn is(&self, number: u32, text: &str) -> bool {
        let (chunk, from, to) = span(&self.chunks, number);
        chunk.text.as_bytes()[from..to] == *text.as_bytes()
    }

    /// Makes ready for many, which are not copied before [`Self::trim`].
    pub(super) fn expect_much(&mut self) {
        self.chunks.hold();
        self.index.hold();
        if self.count == 0 {
            self.hashes = Some(Vec::new());
        }
    }

    /// Gives back room that is not needed.
    pub(super) fn trim(&mut self) {
        self.chunks.each_mut(|chunk| chunk.text.shrink_to_fit());
        self.hashes = None;
        self.chunks.share();
        self.index.share();
    }

    /// About how many bytes the texts take, and finding them.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let chunk = |chunk: &Chunk| chunk.text.capacity() + size_of::<Chunk>() + 24;
        (
            self.chunks.iter().map(chunk).sum(),
            self.index.bytes() + self.hashes.as_ref().map_or(0, Vec::capacity) * 4,
        )
    }

    /// How many there are.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The text of this number; of none, nothing.
    pub(super) fn text(&self, sym: Sym) -> &str {
        if sym.0 < self.count { self.get(sym.0) } else { "" }
    }

    /// The number of a text that has one.
    pub(super) fn find(&self, text: &str) -> Option<Sym> {
        self.index.find(text_hash(text), |number| self.is(number, text)).map(Sym)
    }

    /// Has what is known of a hash brought here from memory: first where its number is.
    pub(super) fn fetch_number(&self, hash: u32) -> u32 {
        self.index.fetch(hash)
    }

    /// The number that a text of this hash most likely has.
    pub(super) fn likely(&self, hash: u32) -> Option<u32> {
        self.index.likely(hash)
    }

    /// Then where that number's text is.
    pub(super) fn fetch_place(&self, number: u32) -> u32 {
        self.chunks.at(number as usize / CHUNK).ends[number as usize % CHUNK]
    }

    /// Then the text.
    pub(super) fn fetch_text(&self, number: u32) -> u32 {
        let (chunk, from, _) = span(&self.chunks, number);
        chunk.text.as_bytes().get(from).copied().map_or(0, u32::from)
    }

    /// The number of a text; it gets one if it has none.
    pub(super) fn sym(&mut self, text: &str) -> Sym {
        self.sym_of(text, text_hash(text))
    }

    /// The same of a text with its hash.
    pub(super) fn sym_of(&mut self, text: &str, hash: u32) -> Sym {
        if let Some(number) = self.index.find(hash, |number| self.is(number, text)) {
            return Sym(number);
        }
        let number = self.count;
        if (number as usize).is_multiple_of(CHUNK) {
            // Texts are most often as long as those before.
            let before =
                (number as usize / CHUNK).checked_sub(1).map_or(0, |at| self.chunks.at(at).text.len());
            let text = String::with_capacity(before.min(ROOM));
            self.chunks.push(Chunk { text, ends: [0; CHUNK] });
        }
        let chunk = self.chunks.at_mut(number as usize / CHUNK);
        chunk.text.push_str(text);
        chunk.ends[number as usize % CHUNK] = u32::try_from(chunk.text.len()).unwrap_or(u32::MAX);
        let (chunks, hashes) = (&self.chunks, &self.hashes);
        let again = |number: u32| match hashes {
            Some(hashes) => hashes[number as usize],
            None => text_hash(get(chunks, number)),
        };
        self.index.put(hash, number, again);
        self.hashes.iter_mut().for_each(|hashes| hashes.push(hash));
        self.count += 1;
        Sym(number)
    }
}

fn get(chunks: &Chunks<Chunk>, number: u32) -> &str {
    let (chunk, from, to) = span(chunks, number);
    &chunk.text[from..to]
}

/// The buffer that a text is in, and where.
fn span(chunks: &Chunks<Chunk>, number: u32) -> (&Chunk, usize, usize) {
    let (chunk, at) = (number as usize / CHUNK, number as usize % CHUNK);
    let chunk = chunks.at(chunk);
    let from = if at == 0 { 0 } else { chunk.ends[at - 1] };
    (chunk, from as usize, chunk.ends[at] as usize)
}

/// The hash that texts are found by.
pub(crate) fn text_hash(text: &str) -> u32 {
    mix(BuildHasherDefault::<FxHasher>::default().hash_one(text))
}

/// The upper bits of a product, on which every bit of `hash` has a say.
pub(super) const fn mix(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_copies_do_not_disturb_each_other() {
        let mut texts = Interner::default();
        let some: Vec<Sym> = (0..2_000).map(|n| texts.sym(&format!("text {n}"))).collect();
        let mut copy = texts.clone();
        assert_eq!(copy.sym("text 7"), some[7]);
        let new = copy.sym("ü");
        assert_eq!((copy.text(new), texts.text(new), texts.find("ü")), ("ü", "", None));
        assert_eq!(texts.text(some[1_999]), "text 1999");
    }
}
