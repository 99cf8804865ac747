//! Byte offsets to lines and columns and back.
//!
//! Inside, places are byte offsets into UTF-8. An editor counts lines, and in a line either bytes or
//! UTF-16 units: which of the two is agreed on when the session starts.

/// What an editor counts in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units: a character outside the basic plane counts twice.
    Utf16,
}

/// A place as an editor names it; both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// How far into the line, in units of the [`Encoding`].
    pub column: u32,
}

/// Where the lines of one text start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// The lines of `text`: they end in `\n`, `\r\n` or `\r`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.peek().is_none_or(|(_, next)| *next != b'\n'),
                _ => false,
            };
            if ends {
                starts.push(u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// The place of a byte; one inside a character is taken as that character's first, one behind the
    /// text as its end.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = floor(text, offset as usize);
        let line = self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        let start = self.starts.get(line).map_or(0, |start| *start as usize);
        let before = text.get(start..offset).unwrap_or_default();
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The byte at a place; a column behind the line's end is taken as its end, a line behind the last
    /// as the text's end, half of a character as its first byte.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return end };
        let next = self.starts.get(line.saturating_add(1)).copied().unwrap_or(end);
        let whole = text.get(start as usize..next as usize).unwrap_or_default();
        let body = whole.trim_end_matches(['\n', '\r']);
        let wanted = position.column as usize;
        let inside = match encoding {
            Encoding::Utf8 => floor(body, wanted),
            Encoding::Utf16 => utf16_offset(body, wanted),
        };
        start.saturating_add(u32::try_from(inside).unwrap_or(u32::MAX))
    }
}

/// The byte of the character that holds UTF-16 unit number `wanted`.
fn utf16_offset(line: &str, wanted: usize) -> usize {
    let mut units: usize = 0;
    for (at, character) in line.char_indices() {
        units = units.saturating_add(character.len_utf16());
        if units > wanted {
            return at;
        }
    }
    line.len()
}

/// The last boundary between characters that is not behind `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `é` is 2 bytes and 1 unit, `漢` 3 and 1, `🔑` 4 and 2.
    const TEXT: &str = "ab\né漢🔑x\r\n\rlast";

    #[test]
    fn places_by_both_countings() {
        let index = LineIndex::new(TEXT);
        for (offset, line, utf8, utf16) in [
            (0, 0, 0, 0),
            (2, 0, 2, 2),
            (3, 1, 0, 0),
            (5, 1, 2, 1),
            (8, 1, 5, 2),
            (12, 1, 9, 4),
            (13, 1, 10, 5),
            (15, 2, 0, 0),
            (16, 3, 0, 0),
            (20, 3, 4, 4),
        ] {
            for (encoding, column) in [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16)] {
                let position = Position { line, column };
                assert_eq!(index.position(TEXT, offset, encoding), position, "{offset} {encoding:?}");
                assert_eq!(index.offset(TEXT, position, encoding), offset, "{position:?} {encoding:?}");
            }
        }
    }

    #[test]
    fn places_that_are_none_are_moved_to_the_nearest_before() {
        let index = LineIndex::new(TEXT);
        // Inside the key: its second half, and its third byte.
        assert_eq!(index.offset(TEXT, Position { line: 1, column: 3 }, Encoding::Utf16), 8);
        assert_eq!(index.offset(TEXT, Position { line: 1, column: 7 }, Encoding::Utf8), 8);
        assert_eq!(index.position(TEXT, 10, Encoding::Utf16), Position { line: 1, column: 2 });
        // Behind a line: before its end; behind the text: its end.
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            assert_eq!(index.offset(TEXT, Position { line: 0, column: 99 }, encoding), 2);
            assert_eq!(index.offset(TEXT, Position { line: 1, column: u32::MAX }, encoding), 13);
            assert_eq!(index.offset(TEXT, Position { line: 9, column: 0 }, encoding), 20);
        }
        assert_eq!(index.position(TEXT, 99, Encoding::Utf8), Position { line: 3, column: 4 });
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let index = LineIndex::new("");
        assert_eq!(index.position("", 0, Encoding::Utf16), Position { line: 0, column: 0 });
        assert_eq!(index.offset("", Position { line: 3, column: 3 }, Encoding::Utf16), 0);
    }
}
