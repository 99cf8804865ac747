//! JSON of the usual shape: one object of simple values. Whatever else it may be is for the generic reader,
//! so that here nothing is accepted that it would refuse, or read otherwise.
//!
//! Sixteen bytes are looked at at once. So that there always are as many, some follow that no JSON holds.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "places are inside a text in memory, shifts inside a word"
)]

use crate::engine::short;

/// What has to follow a text that is read: bytes that end whatever stands before them.
pub(super) const PADDING: &str = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A byte in every place of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
const TOP: u64 = 0x80 * EACH;

/// A text without escapes: between which places it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What is left to be read.
#[derive(Clone, Debug)]
pub(super) struct Scan<'j> {
    padded: &'j str,
    end: usize,
    at: usize,
}

/// What stands between two values, or before the first: remembered, as the next request has the same there most
/// often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// The field that comes behind it.
    place: u16,
    length: u8,
    words: [[u8; 16]; WORDS],
}

/// More than so many words of what is between two values are not remembered.
const WORDS: usize = 2;

impl Gap {
    /// What stands before the field of this place. Of what is too long nothing is remembered.
    pub(super) fn new(place: usize, between: &str) -> Self {
        let mut words = [[0; 16]; WORDS];
        let known = u8::try_from(between.len()).ok().zip(u16::try_from(place).ok());
        let Some((length, place)) = known.filter(|_| between.len() <= WORDS * 16) else {
            return Self { place: 0, length: 0, words };
        };
        let bytes = words.iter_mut().flatten();
        bytes.zip(between.bytes()).for_each(|(to, byte)| *to = byte);
        Self { place, length, words }
    }

    /// The place of the field that comes behind it.
    pub(super) const fn place(&self) -> usize {
        self.place as usize
    }
}

impl<'j> Scan<'j> {
    /// Of a text up to a place, where the padding begins.
    pub(super) const fn new(padded: &'j str, end: usize) -> Self {
        Self { padded, end, at: 0 }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// What stands between a place and here.
    pub(super) fn since(&self, from: usize) -> &'j str {
        self.padded.get(from..self.at).unwrap_or_default()
    }

    pub(super) fn part(&self, part: Part) -> &'j str {
        self.padded.get(part.from..part.to).unwrap_or_default()
    }

    /// The [first bytes](short::first) of a text.
    pub(super) fn first(&self, part: Part) -> u128 {
        let window = self.padded.as_bytes().get(part.from..).and_then(|left| left.first_chunk());
        window.map_or(0, |window| short::first_in(*window, part.to - part.from))
    }

    fn byte(&self) -> u8 {
        self.padded.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn word(&self, at: usize) -> Option<u64> {
        Some(u64::from_le_bytes(*self.padded.as_bytes().get(at..)?.first_chunk()?))
    }

    fn window(&self, at: usize) -> Option<[u8; 16]> {
        self.padded.as_bytes().get(at..)?.first_chunk().copied()
    }

    /// Whether this comes next; it is behind it then.
    #[inline]
    pub(super) fn skips(&mut self, gap: &Gap) -> bool {
        let length = usize::from(gap.length);
        let [first, second] = gap.words;
        let there = self.is_at(self.at, first, length.min(16))
            && (length <= 16 || self.is_at(self.at + 16, second, length - 16));
        self.at += if there { length } else { 0 };
        there
    }

    /// Whether so many bytes of these stand at a place; never, where they are none.
    fn is_at(&self, at: usize, wanted: [u8; 16], length: usize) -> bool {
        let differs = |window| u128::from_le_bytes(window) ^ u128::from_le_bytes(wanted);
        // What is above the last byte does not count.
        length != 0 && self.window(at).is_some_and(|window| differs(window) << (8 * (16 - length)) == 0)
    }

    fn space(&mut self) {
        while let b' ' | b'\n' | b'\t' | b'\r' = self.byte() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.byte() == byte;
        self.at += usize::from(there);
        there
    }

    pub(super) fn open(&mut self) -> bool {
        self.take(b'{')
    }

    pub(super) fn close(&mut self) -> bool {
        self.take(b'}')
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&mut self) -> bool {
        self.space();
        self.at == self.end
    }

    /// Behind a value: whether another member comes.
    pub(super) fn next(&mut self) -> Option<bool> {
        if self.take(b',') {
            return Some(true);
        }
        self.close().then_some(false)
    }

    /// The name of the member that comes next.
    pub(super) fn name(&mut self) -> Option<Part> {
        self.space();
        let name = self.text()?;
        self.take(b':').then_some(name)
    }

    /// Whether this is `null`.
    pub(super) fn null(&mut self) -> bool {
        self.space();
        let there = self.padded.as_bytes().get(self.at..).is_some_and(|left| left.starts_with(b"null"));
        self.at += if there { 4 } else { 0 };
        there
    }

    /// A truth. What differs between the two takes no way of its own, as nobody can foresee which it is.
    pub(super) fn truth(&mut self) -> Option<bool> {
        const TRUE: u64 = u32::from_le_bytes(*b"true") as u64;
        const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
        self.space();
        let word = self.word(self.at)?;
        // The second bit tells `f` from `t`.
        let no = word >> 1 & 1;
        let all = no.wrapping_neg();
        let wanted = TRUE ^ ((TRUE ^ FALSE) & all);
        if (word ^ wanted) & (0xffff_ffff | (0xff_0000_0000 & all)) != 0 {
            return None;
        }
        self.at += 4 + no as usize;
        Some(no == 0)
    }

    /// A text without escapes.
    #[inline]
    pub(super) fn text(&mut self) -> Option<Part> {
        self.space();
        if self.byte() != b'"' {
            return None;
        }
        let from = self.at + 1;
        let mut to = from;
        loop {
            let window = u128::from_le_bytes(self.window(to)?);
            let stops = u128::from(stops((window >> 64) as u64)) << 64 | u128::from(stops(window as u64));
            if stops != 0 {
                to += stops.trailing_zeros() as usize / 8;
                break;
            }
            to += 16;
        }
        if self.padded.as_bytes().get(to) != Some(&b'"') {
            return None;
        }
        self.at = to + 1;
        Some(Part { from, to })
    }

    /// A whole number.
    pub(super) fn int(&mut self) -> Option<i64> {
        self.space();
        let from = self.at;
        let negative = self.byte() == b'-';
        self.at += usize::from(negative);
        let number = self.few_digits().or_else(|| self.digits());
        // What is no whole number is for others, and zero below zero is none to the generic reader.
        let number = number
            .filter(|number| !(matches!(self.byte(), b'.' | b'e' | b'E') || (negative && *number == 0)));
        if number.is_none() {
            self.at = from;
        }
        Some(if negative { number?.wrapping_neg() } else { number? })
    }

    /// Up to seven digits, all at once.
    fn few_digits(&mut self) -> Option<i64> {
        let word = self.word(self.at)? ^ (u64::from(b'0') * EACH);
        // Whatever is above nine is no digit.
        let others = (((word & !TOP) + 0x76 * EACH) | word) & TOP;
        let length = others.trailing_zeros() as usize / 8;
        if length == 0 || length == 8 || (length > 1 && word & 0xff == 0) {
            return None;
        }
        // The last digit uppermost, zeros before the first; then two and two, four and four.
        let digits = word << (64 - 8 * length);
        let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
        let number = (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff;
        self.at += length;
        i64::try_from(number).ok()
    }

    fn digits(&mut self) -> Option<i64> {
        let digits = self.padded.as_bytes().get(self.at..)?;
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // What may not fit, and what no number begins with, is for others.
        if length == 0 || length > 18 || (length > 1 && digits.first() == Some(&b'0')) {
            return None;
        }
        let number = digits.iter().take(length).fold(0_i64, |number, digit| {
            number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')))
        });
        self.at += length;
        Some(number)
    }
}

/// Of eight bytes those at which a text ends, or may not go on: in each the uppermost bit, as far as the first; above
/// that more may be set.
fn stops(word: u64) -> u64 {
    let is = |byte: u8| {
        let differs = word ^ (u64::from(byte) * EACH);
        differs.wrapping_sub(EACH) & !differs
    };
    (is(b'"') | is(b'\\') | (word.wrapping_sub(0x20 * EACH) & !word)) & TOP
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A simple value.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Json {
        Null,
        Bool(bool),
        Int(i64),
        Text(Part),
    }

    /// A value of whatever kind; what is of another leaves everything as it is.
    fn value(scan: &mut Scan<'_>) -> Option<Json> {
        if scan.null() {
            return Some(Json::Null);
        }
        let truth = scan.truth().map(Json::Bool);
        truth.or_else(|| scan.int().map(Json::Int)).or_else(|| scan.text().map(Json::Text))
    }

    fn values(json: &str) -> Option<Vec<(String, Json)>> {
        let padded = format!("{json}{PADDING}");
        let mut scan = Scan::new(&padded, json.len());
        let mut out = Vec::new();
        if !scan.open() {
            return None;
        }
        let mut more = !scan.close();
        while more {
            let name = scan.name()?;
            out.push((scan.part(name).to_owned(), value(&mut scan)?));
            more = scan.next()?;
        }
        scan.is_over().then_some(out)
    }

    /// Texts of every length with every byte that ends one, numbers of every length, at every place of a word.
    #[test]
    fn places_inside_words_make_no_difference() {
        for before in 0..9 {
            let space = " ".repeat(before);
            for length in 0..20 {
                for (end, usual) in
                    [("", true), ("\\n", false), ("\u{1f}", false), ("\0", false), ("é\u{7f}", true)]
                {
                    let text = format!("{}{end}{}", "x".repeat(length), "y".repeat(length % 3));
                    let json = format!(r#"{{{space}"a":"{text}","b":true}}"#);
                    let from = 6 + before;
                    let part = Json::Text(Part { from, to: from + text.len() });
                    let wanted = vec![("a".to_owned(), part), ("b".to_owned(), Json::Bool(true))];
                    assert_eq!(values(&json), usual.then_some(wanted), "{json:?}");
                }
                let digits: String = "1234567890".chars().cycle().take(length).collect();
                for (json, usual) in [
                    (format!("{{{space}\"a\":{digits}}}"), true),
                    (format!("{{{space}\"a\":-{digits} }}"), true),
                    (format!("{{{space}\"a\":0{digits}}}"), length == 0),
                    (format!("{{{space}\"a\":{digits}.5}}"), false),
                ] {
                    let wanted: Option<serde_json::Map<String, serde_json::Value>> =
                        serde_json::from_str(&json).ok().filter(|_| usual && length < 19);
                    let wanted = wanted.and_then(|wanted| wanted["a"].as_i64());
                    let read = values(&json).map(|read| read[0].1);
                    assert_eq!(read, wanted.map(Json::Int), "{json}");
                }
            }
        }
        assert_eq!(values(r#"{"a":-0}"#), None);
    }

    #[test]
    fn what_stands_between_values_is_skipped_where_it_is_the_same_to_the_last_byte() {
        let other = |text: &str, at: usize| {
            let byte = |(place, byte)| if place == at { byte ^ 1 } else { byte };
            String::from_utf8(text.bytes().enumerate().map(byte).collect()).unwrap()
        };
        for length in 1..60 {
            let between: String = ",\"abcdefghij\": ".chars().cycle().take(length).collect();
            let gap = Gap::new(3, &between);
            let skips = |text: &str| {
                let padded = format!("{text}1{PADDING}");
                let mut scan = Scan::new(&padded, text.len() + 1);
                (scan.skips(&gap), scan.at())
            };
            let known = length <= WORDS * 16;
            assert_eq!(skips(&between), (known, if known { length } else { 0 }), "{length}");
            for at in 0..length {
                assert_eq!(skips(&other(&between, at)), (false, 0), "{length} {at}");
            }
            assert!(!skips(between.get(1..).unwrap()).0, "{length}");
        }
    }

    #[test]
    fn what_is_read_is_what_the_generic_reader_reads() {
        let usual = [
            "{}",
            " { } ",
            r#"{"a":true,"b":false,"c":null}"#,
            "{\"a\" : -7 ,\n\"b\":0}\t",
            r#"{"a":"ü – é","b":""}"#,
            r#"{"a":999999999999999999}"#,
        ];
        for json in usual {
            let read = values(json).unwrap_or_else(|| panic!("{json}"));
            let wanted: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
            assert_eq!(read.len(), wanted.len());
            for (name, value) in read {
                match value {
                    Json::Null => assert!(wanted[&name].is_null()),
                    Json::Bool(truth) => assert_eq!(wanted[&name], truth),
                    Json::Int(number) => assert_eq!(wanted[&name], number),
                    Json::Text(part) => assert_eq!(wanted[&name], json.get(part.from..part.to).unwrap()),
                }
            }
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        let unusual = [
            "",
            "{",
            "[]",
            "{}x",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":1.5}"#,
            r#"{"a":1e3}"#,
            r#"{"a":nul}"#,
            r#"{"a":tru}"#,
            r#"{"a":truex}"#,
            r#"{"a":"x}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":"\u0041"}"#,
            r#"{"a":{}}"#,
            r#"{"a":[1]}"#,
            r#"{"a":+1}"#,
            r#"{'a':1}"#,
            r#"{"a":1"b":2}"#,
            r#"{"a":9999999999999999999}"#,
        ];
        for json in unusual {
            assert_eq!(values(json), None, "{json}");
        }
    }
}
