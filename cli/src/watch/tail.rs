//! A fact file that grows, and what was not read of it yet.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of what was read is kept, to tell a file that grew from another one under its name.
const KEPT: usize = 1024;

/// How far a fact file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The file.
    pub path: PathBuf,
    /// How many bytes were read.
    offset: u64,
    /// How many lines ended among them.
    lines: u64,
    /// The last of these bytes.
    kept: Vec<u8>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grown {
    /// Lines were added, each with its number; none where the last one is not complete.
    By(Vec<(u64, String)>),
    /// It is not the file that was read, only longer; and why.
    Other(&'static str),
}

impl Tail {
    /// For a file of these bytes, and how many of them are to be read now: what stands behind the last line
    /// break is still being written, unless it is a whole object. `None` for a file that is no UTF-8.
    pub fn begin(path: &Path, bytes: &[u8]) -> Option<(Self, usize)> {
        std::str::from_utf8(bytes).ok()?;
        let end = complete(bytes);
        let mut tail = Self { path: path.to_owned(), offset: 0, lines: 0, kept: Vec::new() };
        tail.take(bytes.get(..end)?);
        Some((tail, end))
    }

    /// Reads on.
    pub fn read_on(&mut self) -> std::io::Result<Grown> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() < self.offset {
            return Ok(Grown::Other("it was cut off, or another file took its place"));
        }
        let kept = u64::try_from(self.kept.len()).unwrap_or(0);
        file.seek(SeekFrom::Start(self.offset.saturating_sub(kept)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Some(new) = bytes.strip_prefix(self.kept.as_slice()) else {
            return Ok(Grown::Other("it was written anew, or another file took its place"));
        };
        let new = new.get(..complete(new)).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(new) else {
            return Ok(Grown::Other("what was added is not UTF-8 text"));
        };
        let first = self.lines.saturating_add(1);
        let numbered = (first..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let lines = numbered.map(|(number, line)| (number, line.to_owned())).collect();
        self.take(new);
        Ok(Grown::By(lines))
    }

    fn take(&mut self, bytes: &[u8]) {
        let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines = self.lines.saturating_add(u64::try_from(breaks).unwrap_or(0));
        self.offset = self.offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        self.kept.extend_from_slice(bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or(bytes));
        let surplus = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..surplus);
    }
}

/// How many of the bytes are whole lines. An object is whole where it parses: no part of one does.
fn complete(bytes: &[u8]) -> usize {
    let ended = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place.saturating_add(1));
    let rest = bytes.get(ended..).unwrap_or_default().trim_ascii();
    let whole = rest.is_empty() || serde_json::from_slice::<serde_json::Map<_, _>>(rest).is_ok();
    if whole { bytes.len() } else { ended }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn added(lines: &[(u64, &str)]) -> Grown {
        Grown::By(lines.iter().map(|(number, line)| (*number, (*line).to_owned())).collect())
    }

    #[test]
    fn only_whole_new_lines_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.ndjson");
        std::fs::write(&path, "{\"a\": 1}\n{\"b\"").unwrap();
        let (mut tail, end) = Tail::begin(&path, &std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(end, 9);
        let append = |text: &str| {
            let mut file = File::options().append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        assert_eq!(tail.read_on().unwrap(), added(&[]));
        append(": 2");
        assert_eq!(tail.read_on().unwrap(), added(&[]));
        append("}");
        assert_eq!(tail.read_on().unwrap(), added(&[(2, "{\"b\": 2}")]));
        append("\n\n{\"c\": 3}\nbroken\n");
        assert_eq!(tail.read_on().unwrap(), added(&[(4, "{\"c\": 3}"), (5, "broken")]));
        assert_eq!(tail.read_on().unwrap(), added(&[]));
    }

    #[test]
    fn another_file_under_the_name_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.ndjson");
        let line = format!("{{\"a\": \"{}\"}}\n", "x".repeat(700));
        std::fs::write(&path, line.repeat(3)).unwrap();
        let (tail, end) = Tail::begin(&path, line.repeat(3).as_bytes()).unwrap();
        assert_eq!(end, line.len() * 3);
        for (text, why) in [
            (String::new(), "it was cut off, or another file took its place"),
            (line.repeat(4).replace('x', "y"), "it was written anew, or another file took its place"),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(tail.clone().read_on().unwrap(), Grown::Other(why));
        }
        std::fs::write(&path, line.repeat(4)).unwrap();
        assert_eq!(tail.clone().read_on().unwrap(), added(&[(4, line.trim_end())]));
        std::fs::remove_file(&path).unwrap();
        assert!(tail.clone().read_on().is_err());
    }

    #[test]
    fn what_is_no_utf_8_has_no_tail() {
        assert_eq!(Tail::begin(Path::new("x"), b"\xff\xfe{\x00"), None);
    }
}
