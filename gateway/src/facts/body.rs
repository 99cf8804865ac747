//! What is sent, as lines: unpacked within limits, and held against the schema.

use std::io::{BufRead, Read};

use assize::Engine;
use assize::facts::Instant;
use assize_ingest::{IngestError, Input, Limits, records};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Refused;

/// How many refused lines are told one by one in one answer. The others are counted.
pub const TOLD: usize = 1_000;

/// How much may be sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Bytes of one line.
    pub line: usize,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20, line: 4 << 20 }
    }
}

/// A line, or a field of a line, that does not fit the schema. It names places and kinds, never values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineReject {
    /// The line, from 1: of what was sent.
    pub line: u64,
    /// The field, where the rest of the line was taken or one field is to blame.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// Why.
    pub reason: String,
}

/// Lines that were looked at and are ready to be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The lines that are not blank, each ended by a line break.
    pub text: String,
    /// Of each of them, its number in what was sent.
    pub numbers: Vec<u64>,
    /// What does not fit, in the order of lines.
    pub rejects: Vec<LineReject>,
    /// The latest instant at which anything was observed.
    pub newest: Option<i64>,
    /// A hash of the lines.
    pub hash: String,
}

/// What of a line is read to tell how new it is.
#[derive(Deserialize)]
struct Dated {
    observed_at: Option<Instant>,
    run: Option<Ended>,
}

#[derive(Deserialize)]
struct Ended {
    until: Option<Instant>,
}

impl Checked {
    /// Reads what was sent, packed with gzip, Zstandard or not at all, and holds its lines against the schema of
    /// `engine`. Lines that do not fit are kept: that something was seen and could not be read is a hole in what
    /// is known.
    ///
    /// # Errors
    /// [`Refused`] where it cannot be unpacked, is no text, is empty, or is too much.
    pub fn read(engine: &Engine, body: impl Read, limits: BodyLimits) -> Result<Self, Refused> {
        let unpack = Limits { document: limits.bytes, record: limits.line, ..Limits::default() };
        let mut input = Input::open(body, unpack).map_err(|error| refused(&error))?;
        let mut out = Self::default();
        // One more byte than there may be tells that there are more.
        let most = limits.bytes.saturating_add(1);
        let mut counted = Counted { inner: (&mut input).take(most), read: 0 };
        let done = records::lines(&mut counted, limits.line, &mut |number, line| out.push(number, line));
        if counted.read >= most {
            let reason = format!("more than {} bytes at once; send it in parts", limits.bytes);
            return Err(Refused::TooLarge(reason));
        }
        match done {
            // Nothing new is nothing wrong.
            Ok(()) | Err(IngestError::Empty) => {}
            Err(error) => return Err(refused(&error)),
        }
        out.check(engine);
        Ok(out)
    }

    /// Lines that are there already, held against the schema.
    #[must_use]
    pub fn of_lines<'a>(engine: &Engine, lines: impl IntoIterator<Item = (u64, &'a str)>) -> Self {
        let mut out = Self::default();
        lines
            .into_iter()
            .filter(|(_, line)| !line.trim().is_empty())
            .for_each(|(at, line)| out.push(at, line));
        out.check(engine);
        out
    }

    fn push(&mut self, number: u64, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.numbers.push(number);
        if let Ok(dated) = serde_json::from_str::<Dated>(line) {
            let seen = dated.observed_at.or(dated.run.and_then(|run| run.until));
            self.newest = self.newest.max(seen.map(|at| at.0));
        }
    }

    fn check(&mut self, engine: &Engine) {
        let mut loader = engine.loader();
        for (number, line) in self.numbers.iter().zip(self.text.lines()) {
            loader.line("", *number, line);
        }
        let found = loader.finish();
        self.rejects = found
            .rejects()
            .iter()
            .map(|reject| {
                let line = reject.record.trim_start_matches("line ").parse().unwrap_or(0);
                LineReject { line, field: reject.field.clone(), reason: reject.reason.clone() }
            })
            .collect();
        self.rejects.sort_by(|a, b| (a.line, &a.field, &a.reason).cmp(&(b.line, &b.field, &b.reason)));
        self.hash = hex(&Sha256::digest(self.text.as_bytes()));
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.numbers.len()).unwrap_or(u64::MAX)
    }
}

fn refused(error: &IngestError) -> Refused {
    match error {
        IngestError::NotUtf8 { .. } => Refused::Unreadable(format!("the lines are no UTF-8 text: {error}")),
        _ => Refused::Unreadable(error.to_string()),
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read = self.read.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read = self.read.saturating_add(u64::try_from(amount).unwrap_or(u64::MAX));
        self.inner.consume(amount);
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::testing;

    #[test]
    fn lines_come_packed_or_not_and_what_does_not_fit_is_told_by_line() {
        let engine = testing::engine();
        let text = format!("{}\n\n{{\"Key\": 1}}\n{}\n", testing::key("a", 3), testing::key("b", 200));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let plain = Checked::read(&engine, text.as_bytes(), BodyLimits::default()).unwrap();
        let packed =
            Checked::read(&engine, gzip.finish().unwrap().as_slice(), BodyLimits::default()).unwrap();
        assert_eq!(plain, packed);
        assert_eq!(plain.numbers, [1, 3, 4]);
        assert_eq!(
            plain.rejects,
            [LineReject { line: 3, field: Some("source".into()), reason: "no `source`".into() }]
        );
        assert_eq!(plain.newest, Some(testing::START.parse::<Instant>().unwrap().0));
    }

    #[test]
    fn nothing_is_nothing_wrong_and_too_much_is() {
        let engine = testing::engine();
        assert_eq!(Checked::read(&engine, &b""[..], BodyLimits::default()).unwrap().count(), 0);
        let limits = BodyLimits { bytes: 100, line: 50 };
        let error = Checked::read(&engine, "x\n".repeat(100).as_bytes(), limits).unwrap_err();
        assert_eq!(error, Refused::TooLarge("more than 100 bytes at once; send it in parts".to_owned()));
        assert!(matches!(Checked::read(&engine, &b"\xff\xfe\n"[..], limits), Err(Refused::Unreadable(_))));
    }

    #[test]
    fn a_rejected_line_does_not_say_its_values() {
        let engine = testing::engine();
        let canary = testing::canary();
        let line = testing::key("a", 3).replace("\"3d\"", &format!("\"{canary}\""));
        let checked = Checked::read(&engine, line.as_bytes(), BodyLimits::default()).unwrap();
        assert_eq!(checked.rejects.len(), 1);
        assert!(!format!("{:?}", checked.rejects).contains(&canary));
    }
}
