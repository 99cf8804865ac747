//! The shape of an input's beginning, by which `auto` tells formats apart.

use std::collections::BTreeMap;
use std::fmt;

/// How much of an input is looked at, in bytes.
pub const HEAD_BYTES: usize = 64 * 1024;

/// How deep the shape goes.
const SHAPE_DEPTH: usize = 12;

/// The beginning of an input: for JSON, which paths its first value has; for other text, its first line.
pub struct Head<'a> {
    file: &'a str,
    text: &'a str,
    /// Each path of the first value, with the text of the first scalar there.
    paths: BTreeMap<String, Option<&'a str>>,
    /// Whether a second value follows the first.
    many: bool,
}

impl fmt::Debug for Head<'_> {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("file", &self.file)
            .field("paths", &self.paths.keys())
            .finish_non_exhaustive()
    }
}

impl<'a> Head<'a> {
    /// Looks at the first [`HEAD_BYTES`] of an input.
    #[must_use]
    pub fn new(input: &'a [u8], file: &'a str) -> Self {
        let head = input.get(..HEAD_BYTES).unwrap_or(input);
        let text = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => head
                .get(..error.valid_up_to())
                .and_then(|valid| std::str::from_utf8(valid).ok())
                .unwrap_or_default(),
        };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let mut shape = Shape::new(text);
        shape.read();
        Self { file, text, paths: shape.paths, many: shape.many }
    }

    /// Whether the first value has this path: names joined by dots, `[]` for the elements of an array, as
    /// in `Results[].Vulnerabilities[].PkgName`; a top-level array's elements are `[]`.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.paths.contains_key(path)
    }

    /// Whether it has all of them.
    #[must_use]
    pub fn has_all(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.has(path))
    }

    /// Whether it has one of them.
    #[must_use]
    pub fn has_any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.has(path))
    }

    /// The raw text of the first scalar at a path, a string without its quotes.
    #[must_use]
    pub fn scalar(&self, path: &str) -> Option<&'a str> {
        self.paths.get(path).copied().flatten()
    }

    /// Whether a line of it begins like this: for what is not JSON.
    #[must_use]
    pub fn has_line(&self, start: &str) -> bool {
        self.text.lines().any(|line| line.starts_with(start))
    }

    /// Whether more values follow the first: NDJSON or concatenated objects.
    #[must_use]
    pub const fn many(&self) -> bool {
        self.many
    }

    /// The first line.
    #[must_use]
    pub fn first_line(&self) -> &'a str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The text itself, up to [`HEAD_BYTES`].
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it is JSON without anything in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let marks: String = self.text.chars().filter(|c| !c.is_whitespace()).take(5).collect();
        matches!(marks.as_str(), "[]" | "{}" | "null")
    }

    /// Whether the file's own name has this word in it, whatever the case.
    #[must_use]
    pub fn is_named(&self, word: &str) -> bool {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        name.to_ascii_lowercase().contains(word)
    }

    /// The file's name, as the caller gave it.
    #[must_use]
    pub const fn file(&self) -> &'a str {
        self.file
    }
}

/// A reader that never fails: it takes JSON apart as far as the text goes and notes the paths.
struct Shape<'a> {
    text: &'a str,
    at: usize,
    /// The path's length before each open container, and whether it is an array.
    open: Vec<(usize, bool)>,
    path: String,
    paths: BTreeMap<String, Option<&'a str>>,
    many: bool,
}

impl<'a> Shape<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), path: String::new(), paths: BTreeMap::new(), many: false }
    }

    fn read(&mut self) {
        if !self.text.starts_with(['{', '[']) {
            return;
        }
        // The path of a member whose value comes next, in an object; `None` where a name comes next.
        let mut named = false;
        while let Some(byte) = self.peek() {
            let is_array = self.open.last().is_none_or(|(_, array)| *array);
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => self.at = self.at.saturating_add(1),
                b'{' | b'[' => {
                    self.element(named);
                    self.note(None);
                    let length = self.path.len();
                    self.open.push((length, byte == b'['));
                    named = false;
                    self.at = self.at.saturating_add(1);
                }
                b'}' | b']' => {
                    let Some((length, _)) = self.open.pop() else { return };
                    self.path.truncate(length);
                    self.leave();
                    named = false;
                    self.at = self.at.saturating_add(1);
                    if self.open.is_empty() {
                        self.many = self
                            .text
                            .get(self.at..)
                            .is_some_and(|rest| rest.trim_start().starts_with(['{', '[']));
                        return;
                    }
                }
                b'"' => {
                    let Some(text) = self.quoted() else { return };
                    if is_array || named {
                        self.scalar(named, text);
                        named = false;
                    } else {
                        self.path.push('.');
                        self.path.push_str(text);
                        named = true;
                    }
                }
                _ => {
                    let Some(text) = self.word() else { return };
                    self.scalar(named, text);
                    named = false;
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes to the element of an array; a member's name is on the path already.
    fn element(&mut self, named: bool) {
        if !named && self.open.last().is_some_and(|(_, array)| *array) {
            self.path.push_str("[]");
        }
    }

    /// Goes back from a member or an element to its container.
    fn leave(&mut self) {
        if let Some((length, _)) = self.open.last() {
            self.path.truncate(*length);
        }
    }

    fn scalar(&mut self, named: bool, text: &'a str) {
        self.element(named);
        self.note(Some(text));
        self.leave();
    }

    fn note(&mut self, text: Option<&'a str>) {
        if self.open.len() <= SHAPE_DEPTH {
            let path = self.path.strip_prefix('.').unwrap_or(&self.path);
            let slot = self.paths.entry(path.to_owned()).or_default();
            *slot = slot.or(text);
        }
    }

    /// A string's text between its quotes, escapes as they are.
    fn quoted(&mut self) -> Option<&'a str> {
        let start = self.at.checked_add(1)?;
        let mut end = start;
        loop {
            match self.text.as_bytes().get(end)? {
                b'"' => break,
                b'\\' => end = end.checked_add(2)?,
                _ => end = end.checked_add(1)?,
            }
        }
        self.at = end.checked_add(1)?;
        self.text.get(start..end)
    }

    /// A number, `true`, `false`, `null`, or anything else up to where a value must end.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let length = rest.find([',', '}', ']', '\n', '\r', ' ', '\t']).filter(|length| *length > 0)?;
        self.at = self.at.checked_add(length)?;
        rest.get(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> String {
        Head::new(text.as_bytes(), "").paths.keys().cloned().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_shape_is_the_paths_of_the_first_value() {
        assert_eq!(
            paths(r#"{"a": 1, "b": {"c": [{"d": "x"}, {"e": null}]}, "f": []}"#),
            " a b b.c b.c[] b.c[].d b.c[].e f"
        );
        assert_eq!(paths(r#"[{"a": {"b": 1}}, {"c": 2}]"#), " [] [].a [].a.b [].c");
        assert_eq!(paths("{\"a\": 1}\n{\"b\": 2}"), " a");
    }

    #[test]
    fn a_shape_survives_a_cut_anywhere() {
        let text = r#"{"a": [1, {"b": "x\"y"}], "é": {"c": true}}"#;
        for cut in 0..text.len() {
            let head = Head::new(&text.as_bytes()[..cut], "");
            assert!(!head.many());
        }
        assert_eq!(paths(r#"{"a": {"b": "x", "c": "hal"#), " a a.b");
    }

    #[test]
    fn scalars_and_values_that_follow() {
        let head = Head::new(b"\xef\xbb\xbf {\"kind\": \"List\", \"n\": 2}\n{\"kind\": \"Pod\"}", "f.json");
        assert_eq!((head.scalar("kind"), head.scalar("n"), head.many()), (Some("List"), Some("2"), true));
        assert_eq!(Head::new(b"user,arn\nx,y", "").first_line(), "user,arn");
    }

    #[test]
    fn debug_prints_no_value() {
        assert!(!format!("{:?}", Head::new(br#"{"Secret": "hunter2"}"#, "f")).contains("hunter2"));
    }
}
