//! One text that an editor has open.

use tower_lsp_server::ls_types::{Diagnostic, TextDocumentContentChangeEvent, Uri};

use super::convert;
use crate::ide::line_index::{Encoding, LineIndex};

/// From how many bytes on a text is looked at in parts only.
const LARGE: usize = 1 << 20;

/// A document as its editor sees it.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor writes it.
    pub(super) uri: Uri,
    /// The number of its project.
    pub(super) project: usize,
    pub(super) version: i32,
    pub(super) text: String,
    pub(super) index: LineIndex,
    /// What was published last, and for which version.
    pub(super) published: Option<(i32, Vec<Diagnostic>)>,
    /// The text on disk, where it is known.
    pub(super) on_disk: Option<String>,
}

impl Document {
    pub(super) fn new(uri: Uri, project: usize, version: i32, text: String) -> Self {
        let index = LineIndex::new(&text);
        Self { uri, project, version, text, index, published: None, on_disk: None }
    }

    /// Whether its text is the one on disk.
    pub(super) fn is_saved(&self) -> bool {
        self.on_disk.as_ref() == Some(&self.text)
    }

    /// Whether it is more than an editor should have coloured, hinted and measured at every key.
    pub(super) fn is_large(&self) -> bool {
        self.text.len() > LARGE
    }

    /// Applies changes one after the other: each counts in the text that the one before it left.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        self.version = version;
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let at = |position| {
                        self.index.offset(&self.text, convert::position(position), encoding) as usize
                    };
                    let (start, end) = (at(range.start), at(range.end));
                    self.text.replace_range(start.min(end)..end.max(start), &change.text);
                }
            }
            self.index = LineIndex::new(&self.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_lsp_server::ls_types::{Position, Range};

    fn changed(text: &str, encoding: Encoding, changes: &[(u32, u32, u32, u32, &str)]) -> String {
        let uri: Uri = "file:///a.assize".parse().expect("a uri");
        let mut document = Document::new(uri, 0, 1, text.to_owned());
        let changes = changes
            .iter()
            .map(|(line, column, to_line, to_column, text)| TextDocumentContentChangeEvent {
                range: Some(Range::new(Position::new(*line, *column), Position::new(*to_line, *to_column))),
                range_length: None,
                text: (*text).to_owned(),
            })
            .collect();
        document.change(2, changes, encoding);
        assert_eq!((document.version, &document.index), (2, &LineIndex::new(&document.text)));
        document.text
    }

    #[test]
    fn changes_count_in_what_the_one_before_left() {
        for (text, changes, expected) in [
            ("one\ntwo\n", vec![(0, 0, 0, 3, "1"), (1, 0, 1, 3, "2")], "1\n2\n"),
            ("one", vec![(0, 3, 0, 3, "\ntwo"), (1, 3, 1, 3, "!")], "one\ntwo!"),
            ("a\nb\nc\n", vec![(0, 1, 2, 0, "")], "ac\n"),
            // Behind the end, and the wrong way round.
            ("abc", vec![(9, 9, 9, 9, "d")], "abcd"),
            ("abc", vec![(0, 2, 0, 1, "")], "ac"),
        ] {
            assert_eq!(changed(text, Encoding::Utf16, &changes), expected, "{text:?}");
        }
    }

    #[test]
    fn columns_behind_a_key_depend_on_the_encoding() {
        for (encoding, column) in [(Encoding::Utf16, 3), (Encoding::Utf8, 5)] {
            assert_eq!(changed("🔑 x", encoding, &[(0, column, 0, column + 1, "y")]), "🔑 y", "{encoding:?}");
        }
    }
}
