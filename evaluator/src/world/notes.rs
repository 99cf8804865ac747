//! Short texts by slot, which nobody looks up and few read: records of sources.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "spans are only made here, at the texts' own bounds"
)]

/// A slot without a text.
const NONE: (u32, u32) = (u32::MAX, 0);

/// Texts of the slots of one chunk, in one buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    text: String,
    /// Where each slot's text begins, and its length; nothing where no slot has one.
    spans: Vec<(u32, u32)>,
    slots: usize,
    /// How much of the buffer nobody refers to.
    waste: usize,
}

impl Notes {
    pub(super) fn push(&mut self) {
        self.slots += 1;
        if !self.spans.is_empty() {
            self.spans.push(NONE);
        }
    }

    /// Adds a slot with a text, or without one.
    pub(super) fn add(&mut self, text: Option<&str>) {
        if self.spans.is_empty() && text.is_some() {
            self.spans.resize(self.slots, NONE);
        }
        self.slots += 1;
        if !self.spans.is_empty() || text.is_some() {
            let span = text.map_or(NONE, |text| self.append(text));
            self.spans.push(span);
        }
    }

    pub(super) fn get(&self, slot: usize) -> Option<&str> {
        let (from, length) = self.spans.get(slot).copied().unwrap_or(NONE);
        (from != u32::MAX).then(|| &self.text[from as usize..from as usize + length as usize])
    }

    pub(super) fn set(&mut self, slot: usize, text: Option<&str>) {
        if self.get(slot) == text {
            return;
        }
        if self.spans.is_empty() {
            self.spans.resize(self.slots, NONE);
        }
        self.waste += self.spans[slot].1 as usize;
        if self.waste > 1024 && self.waste * 2 > self.text.len() {
            self.spans[slot] = NONE;
            self.compact();
        }
        self.spans[slot] = text.map_or(NONE, |text| self.append(text));
    }

    fn append(&mut self, text: &str) -> (u32, u32) {
        let from = self.text.len();
        self.text.push_str(text);
        (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(text.len()).unwrap_or(0))
    }

    fn compact(&mut self) {
        let old = std::mem::take(self);
        self.slots = old.slots;
        for slot in 0..old.spans.len() {
            let span = old.get(slot).map_or(NONE, |text| self.append(text));
            self.spans.push(span);
        }
    }

    /// Gives back room that is not needed.
    pub(super) fn trim(&mut self) {
        self.text.shrink_to_fit();
        self.spans.shrink_to_fit();
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.capacity() + self.spans.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_each_other() {
        let mut notes = Notes::default();
        (0..8).for_each(|_| notes.push());
        for round in 0..1_000_usize {
            let text = format!("record {round}");
            notes.set(round % 8, Some(&text));
            assert_eq!(notes.get(round % 8), Some(text.as_str()));
        }
        notes.set(3, None);
        assert_eq!((notes.get(3), notes.get(4)), (None, Some("record 996")));
        assert!(notes.bytes() < 8_000);
    }
}
