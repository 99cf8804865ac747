//! Numbers of short texts that a field had lately: few texts come again and again.
#![expect(clippy::indexing_slicing, reason = "places are taken from six bits, and there are 64 of them")]

use super::layout::TypeId;

/// The longest text that is kept here, whole.
const SHORT: usize = 16;
const PLACES: usize = 64;

/// A text, by its bytes and their number, with its own number. No text is longer than `SHORT`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    text: u128,
    length: u32,
    number: u32,
}

const NONE: Entry = Entry { text: 0, length: u32::MAX, number: 0 };

/// For each field of each type what it had lately. Numbers are of one interner, or of the rows of one type.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    fields: Vec<Vec<[Entry; PLACES]>>,
}

impl Recent {
    /// The number of a text in a field; `find` finds it where it is not known here.
    pub(super) fn number(
        &mut self,
        ty: TypeId,
        field: usize,
        text: &str,
        find: impl FnOnce(&str) -> u32,
    ) -> u32 {
        let mut bytes = [0; SHORT];
        let Some(start) = bytes.get_mut(..text.len()) else { return find(text) };
        start.copy_from_slice(text.as_bytes());
        let (whole, length) = (u128::from_le_bytes(bytes), u32::try_from(text.len()).unwrap_or(u32::MAX));
        if self.fields.len() <= ty.index() {
            self.fields.resize_with(ty.index().saturating_add(1), Vec::new);
        }
        let fields = &mut self.fields[ty.index()];
        if fields.len() <= field {
            fields.resize(field.saturating_add(1), [NONE; PLACES]);
        }
        let entry = &mut fields[field][place(whole, length)];
        if (entry.text, entry.length) != (whole, length) {
            *entry = Entry { text: whole, length, number: find(text) };
        }
        entry.number
    }
}

#[expect(clippy::cast_possible_truncation, reason = "halves are folded, and six bits are left")]
const fn place(text: u128, length: u32) -> usize {
    let folded = (text as u64) ^ ((text >> 64) as u64).rotate_left(29) ^ length as u64;
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_number_that_was_found_for_it() {
        let mut recent = Recent::default();
        let mut asked = 0;
        for round in 0..20 {
            for (number, text) in
                ["", "a", "a\0", "b", "sixteen letters!", "seventeen letters"].iter().enumerate()
            {
                for field in [0, 7] {
                    let number = number as u32 * 10 + field as u32;
                    let found = recent.number(TypeId(3), field, text, |_| {
                        asked += 1;
                        number
                    });
                    assert_eq!(found, number, "{round} {text}");
                }
            }
        }
        // Of 240: one text is too long, and some are in each other's way.
        assert!(asked < 200, "{asked}");
    }
}
