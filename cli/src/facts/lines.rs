//! Which lines of facts there were before, and which are new.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use assize::Writer;
use assize::facts::Line;

/// A set of lines, whatever file they stand in and however they are spaced. It keeps a hash of each.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    seen: HashSet<(u64, u64)>,
    // Two keys of the process's own: 128 bits that nobody who writes facts can aim at.
    keys: (RandomState, RandomState),
}

impl Lines {
    /// Takes a line in, in its canonical form where it has one; whether it is new.
    pub fn insert(&mut self, text: &str) -> bool {
        let hash = self.hash(text);
        self.seen.insert(hash)
    }

    fn hash(&self, text: &str) -> (u64, u64) {
        (self.keys.0.hash_one(text), self.keys.1.hash_one(text))
    }
}

/// One line that was not there before.
#[derive(Clone, Debug)]
pub enum Fresh {
    /// A line of a fact file.
    Text {
        /// The file.
        file: String,
        /// The line, from 1.
        number: u64,
        /// What it says.
        text: String,
    },
    /// What a connector made of a record.
    Line {
        /// The file.
        file: String,
        /// The tool's record.
        record: String,
        /// What it says.
        line: Box<Line>,
    },
}

impl Fresh {
    /// Hands it to a writer, to be committed.
    pub fn give(self, writer: &mut Writer) {
        match self {
            Self::Text { file, number, text } => writer.line(&file, number, &text),
            Self::Line { file, record, line } => writer.add(&file, &record, *line),
        }
    }
}

/// What is different from the lines that were there before.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// All lines that there are now.
    pub lines: Lines,
    /// Those that were not there, each once.
    pub fresh: Vec<Fresh>,
    /// How many of those that were there are missing now.
    pub gone: usize,
}

/// Tells new lines from old ones as they come.
#[derive(Debug)]
pub struct Tracker<'a> {
    before: &'a Lines,
    kept: usize,
    out: Difference,
}

impl<'a> Tracker<'a> {
    /// For what comes after `before`.
    pub fn after(before: &'a Lines) -> Self {
        let lines = Lines { seen: HashSet::new(), keys: before.keys.clone() };
        Self { before, kept: 0, out: Difference { lines, ..Difference::default() } }
    }

    /// A line of a fact file.
    pub fn text(&mut self, file: &str, number: u64, text: &str) {
        let fresh = || Fresh::Text { file: file.to_owned(), number, text: text.to_owned() };
        self.see(&canonical(text), fresh);
    }

    /// A line that is already read.
    pub fn line(&mut self, file: &str, record: &str, line: &Line) {
        let fresh =
            || Fresh::Line { file: file.to_owned(), record: record.to_owned(), line: Box::new(line.clone()) };
        self.see(&line.to_json().to_string(), fresh);
    }

    fn see(&mut self, canonical: &str, fresh: impl FnOnce() -> Fresh) {
        let hash = self.before.hash(canonical);
        if !self.out.lines.seen.insert(hash) {
            return;
        }
        if self.before.seen.contains(&hash) {
            self.kept = self.kept.saturating_add(1);
        } else {
            self.out.fresh.push(fresh());
        }
    }

    /// Everything has come.
    pub fn finish(mut self) -> Difference {
        self.out.gone = self.before.seen.len().saturating_sub(self.kept);
        self.out
    }
}

/// The line as every spelling of it is written; one that is no fact stands for itself.
pub fn canonical(text: &str) -> String {
    let line = serde_json::from_str(text).ok().and_then(|json| Line::from_json(json).ok());
    line.map_or_else(|| text.trim().to_owned(), |line| line.to_json().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"Key":{"id":"a"},"source":{"tool":"t"},"observed_at":"2026-06-01T00:00:00Z"}"#;
    const A_AGAIN: &str =
        r#" {"observed_at": "2026-06-01T00:00:00Z", "source": {"tool": "t"}, "Key": {"id": "a"}}"#;
    const B: &str = r#"{"Key":{"id":"b"},"source":{"tool":"t"},"observed_at":"2026-06-01T00:00:00Z"}"#;

    fn difference(before: &Lines, texts: &[&str]) -> Difference {
        let mut tracker = Tracker::after(before);
        for (number, text) in (1..).zip(texts) {
            tracker.text("f", number, text);
        }
        tracker.finish()
    }

    #[test]
    fn a_line_is_the_same_however_it_is_written() {
        let first = difference(&Lines::default(), &[A, "{", A_AGAIN]);
        assert_eq!((first.fresh.len(), first.gone), (2, 0));
        let second = difference(&first.lines, &["{", A_AGAIN, B]);
        assert_eq!((second.fresh.len(), second.gone), (1, 0));
        assert!(matches!(&second.fresh[0], Fresh::Text { number: 3, .. }));
        let third = difference(&second.lines, &[B]);
        assert_eq!((third.fresh.len(), third.gone), (0, 2));
        let mut lines = third.lines;
        assert!(lines.insert(&canonical(A)) && !lines.insert(&canonical(A_AGAIN)));
    }
}
