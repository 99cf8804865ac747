//! JSON of the usual shape: one object of simple values. Whatever else it may be is for the generic reader,
//! so that here nothing is accepted that it would refuse, or read otherwise.

/// A simple value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Json<'j> {
    Null,
    Bool(bool),
    Int(i64),
    /// With the places between which it stands.
    Text(&'j str, u32, u32),
}

/// What is left to be read.
#[derive(Clone, Debug)]
pub(super) struct Scan<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Scan<'j> {
    pub(super) fn new(json: &'j str) -> Self {
        Self { json, at: 0 }
    }

    fn left(&self) -> &'j [u8] {
        self.json.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.left().first() {
            self.skip(1);
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.left().first() == Some(&byte);
        self.skip(usize::from(there));
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
        self.left().is_empty()
    }

    /// Behind a value: whether another member comes.
    pub(super) fn next(&mut self) -> Option<bool> {
        if self.take(b',') {
            return Some(true);
        }
        self.close().then_some(false)
    }

    /// Whether a member of this name comes next; its name is behind it then. The name needs no escapes.
    pub(super) fn is_name(&mut self, name: &str) -> bool {
        self.space();
        let there = self
            .left()
            .strip_prefix(b"\"")
            .and_then(|left| left.strip_prefix(name.as_bytes()))
            .and_then(|left| left.strip_prefix(b"\":"));
        if there.is_some() {
            self.skip(name.len().saturating_add(3));
        }
        there.is_some()
    }

    /// The name of the member that comes next.
    pub(super) fn name(&mut self) -> Option<&'j str> {
        self.space();
        let (name, ..) = self.text()?;
        self.take(b':').then_some(name)
    }

    pub(super) fn value(&mut self) -> Option<Json<'j>> {
        self.space();
        let left = self.left();
        match left.first()? {
            b'"' => {
                let (text, from, to) = self.text()?;
                Some(Json::Text(text, from, to))
            }
            b'n' if left.starts_with(b"null") => {
                self.skip(4);
                Some(Json::Null)
            }
            b't' if left.starts_with(b"true") => {
                self.skip(4);
                Some(Json::Bool(true))
            }
            b'f' if left.starts_with(b"false") => {
                self.skip(5);
                Some(Json::Bool(false))
            }
            _ => self.int().map(Json::Int),
        }
    }

    /// A text without escapes.
    fn text(&mut self) -> Option<(&'j str, u32, u32)> {
        let inside = self.left().strip_prefix(b"\"")?;
        let length = inside.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        if inside.get(length) != Some(&b'"') {
            return None;
        }
        let from = self.at.saturating_add(1);
        let to = from.saturating_add(length);
        self.at = to.saturating_add(1);
        Some((self.json.get(from..to)?, u32::try_from(from).ok()?, u32::try_from(to).ok()?))
    }

    fn int(&mut self) -> Option<i64> {
        let left = self.left();
        let (negative, digits) = match left.strip_prefix(b"-") {
            Some(digits) => (true, digits),
            None => (false, left),
        };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // What may not fit, and what no number begins with, is for others.
        if length == 0 || length > 18 || (length > 1 && digits.first() == Some(&b'0')) {
            return None;
        }
        if matches!(digits.get(length), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        let number = digits.iter().take(length).fold(0_i64, |number, digit| {
            number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')))
        });
        self.skip(length.saturating_add(usize::from(negative)));
        Some(if negative { number.wrapping_neg() } else { number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Option<Vec<(&str, Json<'_>)>> {
        let mut scan = Scan::new(json);
        let mut out = Vec::new();
        if !scan.open() {
            return None;
        }
        let mut more = !scan.close();
        while more {
            let name = scan.name()?;
            out.push((name, scan.value()?));
            more = scan.next()?;
        }
        scan.is_over().then_some(out)
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
                    Json::Null => assert!(wanted[name].is_null()),
                    Json::Bool(truth) => assert_eq!(wanted[name], truth),
                    Json::Int(number) => assert_eq!(wanted[name], number),
                    Json::Text(text, from, to) => {
                        assert_eq!(wanted[name], text);
                        assert_eq!(json.get(from as usize..to as usize), Some(text));
                    }
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
