//! JSON of the plainest spelling, read byte by byte. `None` is no error: whoever reads on a cursor gives up
//! then, and the line is read by a parser that knows all of JSON and can say what is wrong.

use serde_json::Value as Json;

/// A place in a text.
#[derive(Debug)]
pub(super) struct Cursor<'l> {
    text: &'l str,
    at: usize,
}

/// What a cursor is often asked to be at.
#[derive(Debug)]
pub(super) struct Label {
    text: String,
    /// Its first sixteen bytes, and which of these there are.
    first: u128,
    mask: u128,
}

impl Label {
    pub(super) fn new(text: String) -> Self {
        let (mut first, mut mask) = ([0; 16], [0; 16]);
        for ((first, mask), byte) in first.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*first, *mask) = (byte, 0xff);
        }
        Self { text, first: u128::from_le_bytes(first), mask: u128::from_le_bytes(mask) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether some bytes begin with it.
    fn begins(&self, bytes: &[u8]) -> bool {
        match bytes.first_chunk::<16>() {
            Some(sixteen) if (u128::from_le_bytes(*sixteen) ^ self.first) & self.mask != 0 => false,
            Some(_) if self.text.len() <= 16 => true,
            _ => bytes.starts_with(self.text.as_bytes()),
        }
    }
}

/// A number without an exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Double(f64),
}

/// The powers of ten that doubles hold exactly, as far as they are needed.
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl<'l> Cursor<'l> {
    pub(super) const fn new(text: &'l str) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    fn rest(&self) -> &'l [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    const fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// What was read since `from`, a place that [`Self::place`] told.
    pub(super) fn since(&self, from: usize) -> Option<&'l str> {
        self.text.get(from..self.at)
    }

    pub(super) const fn place(&self) -> usize {
        self.at
    }

    /// Skips white space.
    #[inline]
    pub(super) fn blank(&mut self) {
        // There is hardly ever any, and nothing above a space is.
        while let Some(byte @ ..=b' ') = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return;
            }
            self.skip(1);
        }
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.skip(1);
        Some(byte)
    }

    /// This byte, after any white space.
    pub(super) fn eat(&mut self, byte: u8) -> Option<()> {
        self.blank();
        (self.next()? == byte).then_some(())
    }

    /// This very text.
    pub(super) fn literal(&mut self, text: &str) -> Option<()> {
        self.rest().starts_with(text.as_bytes()).then(|| self.skip(text.len()))
    }

    /// The same of a label.
    #[inline]
    pub(super) fn label(&mut self, label: &Label) -> Option<()> {
        label.begins(self.rest()).then(|| self.skip(label.text.len()))
    }

    /// A colon, with any white space around it.
    pub(super) fn colon(&mut self) -> Option<()> {
        self.eat(b':')?;
        self.blank();
        Some(())
    }

    /// After a member of an object: whether another follows.
    pub(super) fn more(&mut self) -> Option<bool> {
        self.blank();
        match self.next()? {
            b',' => {
                self.blank();
                Some(true)
            }
            b'}' => Some(false),
            _ => None,
        }
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.blank();
        self.rest().is_empty()
    }

    /// A string in which nothing is escaped.
    pub(super) fn string(&mut self) -> Option<&'l str> {
        let from = self.at.wrapping_add(1);
        let (b'"', body) = self.rest().split_first()? else { return None };
        let length = plain(body);
        let (b'"', _) = body.get(length..)?.split_first()? else { return None };
        let end = from.wrapping_add(length);
        self.at = end.wrapping_add(1);
        self.text.get(from..end)
    }

    fn digits(&mut self) -> (u64, usize) {
        let (mut value, mut count) = (0_u64, 0_usize);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')));
            count = count.saturating_add(1);
            self.skip(1);
        }
        (value, count)
    }

    /// A number that is written as it would be written again, small enough to be exact however it is read.
    pub(super) fn number(&mut self) -> Option<Number> {
        let negative = self.literal("-").is_some();
        let leading = self.peek()?;
        let (whole, digits) = self.digits();
        if digits == 0 || digits > 15 || leading == b'0' && digits > 1 {
            return None;
        }
        if self.peek() != Some(b'.') {
            let exponent = matches!(self.peek(), Some(b'e' | b'E'));
            let whole = i64::try_from(whole).ok().filter(|whole| !(exponent || negative && *whole == 0))?;
            return Some(Number::Int(if negative { whole.wrapping_neg() } else { whole }));
        }
        self.skip(1);
        let zeros = self.rest().iter().take_while(|byte| **byte == b'0').count();
        let (fraction, places) = self.digits();
        let last = self.text.as_bytes().get(self.at.wrapping_sub(1))?;
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        let plain = places > 0 && (*last != b'0' || places == 1) && (whole != 0 || zeros < 4) && !exponent;
        if !plain || digits.saturating_add(places) > 15 {
            return None;
        }
        let tens = *TENS.get(places)?;
        #[expect(clippy::cast_precision_loss, reason = "at most fifteen digits, which a double holds")]
        let value = (whole
            .wrapping_mul(10_u64.wrapping_pow(u32::try_from(places).ok()?))
            .wrapping_add(fraction)) as f64
            / tens;
        Some(Number::Double(if negative { -value } else { value }))
    }

    /// Any JSON, by the library's parser.
    pub(super) fn any(&mut self) -> Option<Json> {
        let mut values = serde_json::Deserializer::from_str(self.text.get(self.at..)?).into_iter::<Json>();
        let value = values.next()?.ok()?;
        self.skip(values.byte_offset());
        Some(value)
    }
}

/// How many bytes come before the first that ends a plain string: a quote, a backslash, or a control character.
fn plain(bytes: &[u8]) -> usize {
    let (sixteens, tail) = bytes.as_chunks::<16>();
    let mut length = 0_usize;
    for sixteen in sixteens {
        let before = before_end(sixteen);
        length = length.wrapping_add(before);
        if before < 16 {
            return length;
        }
    }
    let rest = tail.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
    length.wrapping_add(rest)
}

/// The same of sixteen bytes.
fn before_end(sixteen: &[u8; 16]) -> usize {
    let [low, high] = halves(sixteen).map(special);
    // The lowest mark is a true one.
    let ends = if low != 0 { low.trailing_zeros() } else { high.trailing_zeros().saturating_add(64) };
    (ends >> 3) as usize
}

fn halves(sixteen: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*sixteen);
    [both as u64, (both >> 64) as u64]
}

/// The highest bit of the first of eight bytes that ends a plain string, perhaps with bits of later ones.
const fn special(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    const fn below(bytes: u64, limit: u64) -> u64 {
        bytes.wrapping_sub(ONES.wrapping_mul(limit)) & !bytes & HIGHS
    }
    // With this bit the other way round, a quote lies just above what controls, and a space beyond it.
    let quote_or_control = below(eight ^ ONES.wrapping_mul(2), 0x21);
    quote_or_control | below(eight ^ ONES.wrapping_mul(b'\\' as u64), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_read_is_what_the_library_reads_and_writes() {
        let texts = [
            "0",
            "-0",
            "7",
            "-12",
            "123456789012345",
            "1234567890123456",
            "01",
            "1.5",
            "-1.50",
            "0.0",
            "-0.0",
            "1.0",
            "0.001",
            "0.0001",
            "0.00001",
            "99.99",
            "123456.789012345",
            "1e3",
            "1.5e3",
            "1.",
            ".5",
            "-",
            "3.14159265358979",
            "0.1",
            "0.3",
            "1234567.1",
            "100000000000000.5",
            "9.9",
            "10.0",
            "10.10",
        ];
        let mut read = 0;
        for text in texts {
            let mut cursor = Cursor::new(text);
            let Some(found) = cursor.number().filter(|_| cursor.is_done()) else { continue };
            read += 1;
            let wanted: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(wanted.to_string(), text);
            match found {
                Number::Int(found) => assert_eq!(wanted.as_i64(), Some(found), "{text}"),
                Number::Double(found) => {
                    assert_eq!(wanted.as_f64().map(f64::to_bits), Some(found.to_bits()), "{text}");
                    assert!(wanted.is_f64());
                }
            }
        }
        assert_eq!(read, 18);
    }

    #[test]
    fn sixteen_bytes_end_where_the_first_says() {
        for byte in 0..=u8::MAX {
            for at in 0..16 {
                for behind in [b'x', b'"', 0x1f, 0x20, 0xff] {
                    let mut sixteen = [b'!'; 16];
                    sixteen[at..].fill(behind);
                    sixteen[at] = byte;
                    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
                    let wanted = sixteen.iter().position(ends).unwrap_or(16);
                    assert_eq!(before_end(&sixteen), wanted, "{sixteen:?}");
                }
            }
        }
    }

    #[test]
    fn a_string_ends_at_its_quote_and_escapes_are_for_others() {
        for (text, wanted) in [
            ("\"\"", Some("")),
            ("\"abc\" ", Some("abc")),
            ("\"abcdefgh\"", Some("abcdefgh")),
            ("\"abcdefghijk\u{7f}é€😀\"x", Some("abcdefghijk\u{7f}é€😀")),
            ("\"abcdefghij\\n\"", None),
            ("\"a\\\"", None),
            ("\"abcdefgh\u{1}\"", None),
            ("\"abcdefgh", None),
            ("abc", None),
        ] {
            assert_eq!(Cursor::new(text).string(), wanted, "{text}");
        }
    }
}
