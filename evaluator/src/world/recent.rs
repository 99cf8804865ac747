//! Numbers of texts that a field had lately: some fields have few texts, which come again and again.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "places are taken modulo a table's own power of two, and counts are begun anew each round"
)]

use super::layout::TypeId;

/// The longest text that is kept here, whole: with what is beside it, it fills one line of a processor's cache.
const SHORT: usize = 52;
/// How many places a field has at first, and at most.
const LEAST: usize = 64;
const MOST: usize = 1 << 16;

/// A text, its hash and its number. No text is longer than `SHORT`.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Entry {
    hash: u32,
    number: u32,
    length: u32,
    text: [u8; SHORT],
}

const NONE: Entry = Entry { hash: 0, number: 0, length: u32::MAX, text: [0; SHORT] };

/// What a field had lately. It gets more places while it is often asked in vain, and the least for good where
/// that did not help.
#[derive(Clone, Debug, Default)]
struct Field {
    places: Box<[Entry]>,
    /// Since places were last counted: how often it was asked, and how often in vain.
    asked: usize,
    missed: usize,
    settled: bool,
}

/// For each field of each type what it had lately. Numbers are of one interner, or of the rows of one type.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    fields: Vec<Vec<Field>>,
}

impl Recent {
    /// Whether a text of this hash was a field's lately. To be asked twice: first to have what tells it brought here
    /// from memory.
    pub(super) fn has(&self, ty: TypeId, field: usize, hash: u32) -> bool {
        let field = self.fields.get(ty.index()).and_then(|fields| fields.get(field));
        field.is_some_and(|field| !field.places.is_empty() && field.places[field.place(hash)].hash == hash)
    }

    /// The number of a text of this hash in a field; `find` finds it where it is not known here.
    pub(super) fn number(
        &mut self,
        ty: TypeId,
        field: usize,
        (text, hash): (&str, u32),
        find: impl FnOnce() -> u32,
    ) -> u32 {
        if text.len() > SHORT {
            return find();
        }
        if self.fields.len() <= ty.index() {
            self.fields.resize_with(ty.index().saturating_add(1), Vec::new);
        }
        let fields = &mut self.fields[ty.index()];
        if fields.len() <= field {
            fields.resize_with(field.saturating_add(1), Field::default);
        }
        fields[field].number(text, hash, find)
    }
}

impl Field {
    fn number(&mut self, text: &str, hash: u32, find: impl FnOnce() -> u32) -> u32 {
        if self.asked >= self.places.len() * 4 {
            self.count();
        }
        self.asked += 1;
        let at = self.place(hash);
        let entry = &mut self.places[at];
        if entry.hash == hash && entry.text.get(..entry.length as usize) == Some(text.as_bytes()) {
            return entry.number;
        }
        self.missed += 1;
        (entry.hash, entry.number, entry.length) = (hash, find(), text.len() as u32);
        entry.text[..text.len()].copy_from_slice(text.as_bytes());
        entry.number
    }

    fn place(&self, hash: u32) -> usize {
        hash as usize & (self.places.len() - 1)
    }

    /// Sees to it that there are as many places as are of use.
    fn count(&mut self) {
        let places = self.places.len();
        if places == 0 {
            self.places = vec![NONE; LEAST].into();
        } else if !self.settled && self.missed * if places < MOST { 4 } else { 2 } > self.asked {
            // Where the most did not help, there is no end of texts.
            self.settled = places >= MOST;
            let wanted = if self.settled { LEAST } else { places * 4 };
            let before = std::mem::replace(&mut self.places, vec![NONE; wanted].into());
            for entry in before.iter().filter(|entry| entry.length != NONE.length) {
                let at = self.place(entry.hash);
                self.places[at] = *entry;
            }
        }
        (self.asked, self.missed) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::intern::text_hash;
    use super::*;

    #[test]
    fn a_text_has_the_number_that_was_found_for_it() {
        let mut recent = Recent::default();
        let mut asked = 0;
        let long = "a".repeat(SHORT + 1);
        let whole = "b".repeat(SHORT);
        for round in 0..20 {
            for (number, text) in ["", "a", "a\0", "b", &whole, &long].iter().enumerate() {
                for field in [0, 7] {
                    let number = number as u32 * 10 + field as u32;
                    let found = recent.number(TypeId(3), field, (text, text_hash(text)), || {
                        asked += 1;
                        number
                    });
                    assert_eq!(found, number, "{round} {text}");
                }
            }
        }
        // Of 240: one text is too long, and some may be in each other's way.
        assert!(asked < 200, "{asked}");
    }

    #[test]
    fn a_field_gets_as_many_places_as_help() {
        let ask = |texts: u32, times: u32| {
            let (mut recent, mut asked) = (Recent::default(), 0_u32);
            for time in 0..times {
                let number = time.wrapping_mul(0x9E37_79B9) % texts;
                let text = format!("text {number}");
                let found = recent.number(TypeId(0), 0, (&text, text_hash(&text)), || {
                    asked += 1;
                    number
                });
                assert_eq!(found, number);
            }
            (recent.fields[0][0].places.len(), asked)
        };
        assert_eq!(ask(8, 10_000).0, LEAST);
        let (places, asked) = ask(5_000, 200_000);
        assert!((1_024..MOST).contains(&places) && asked < 70_000, "{places} {asked}");
        assert_eq!(ask(u32::MAX, 1_000_000).0, LEAST);
    }
}
