//! Lines put in order, on disk once there are many of them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use assize::facts::Instant;

use super::error::SnapshotError;
use super::line::Placed;
use super::merge::{Stream, merged};

/// How many runs are merged at once. More are made fewer first: each holds a file and a buffer.
const RUNS: usize = 64;

/// What a record takes in memory besides its bytes.
const OVERHEAD: usize = 40;

/// A line behind what it is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    bytes: Box<[u8]>,
    text_at: usize,
}

impl Record {
    /// Of a row, or of a line's text.
    pub fn new(key: &str, at: Instant, text: &[u8]) -> Self {
        let text_at = key.len().saturating_add(9);
        let mut bytes = Vec::with_capacity(text_at.saturating_add(text.len()));
        bytes.extend_from_slice(key.as_bytes());
        bytes.push(0);
        // Instants before 1970 come first.
        bytes.extend_from_slice(&(at.0 ^ i64::MIN).to_be_bytes());
        bytes.extend_from_slice(text);
        Self { bytes: bytes.into(), text_at }
    }

    /// What the line is sorted by first.
    pub fn key(&self) -> &str {
        let key = self.bytes.get(..self.text_at.saturating_sub(9)).unwrap_or_default();
        std::str::from_utf8(key).unwrap_or_default()
    }

    /// What it is sorted by next.
    pub fn at(&self) -> Instant {
        let bytes = self.bytes.get(..self.text_at).and_then(<[u8]>::last_chunk::<8>);
        Instant(bytes.map_or(0, |bytes| i64::from_be_bytes(*bytes) ^ i64::MIN))
    }

    /// The row, or the line's text.
    pub fn text(&self) -> &[u8] {
        self.bytes.get(self.text_at..).unwrap_or_default()
    }

    fn size(&self) -> usize {
        self.bytes.len().saturating_add(OVERHEAD)
    }
}

/// Gathers the lines of a file.
#[derive(Debug, Default)]
pub struct Sorter {
    held: Vec<Record>,
    size: usize,
    runs: Vec<PathBuf>,
}

impl Sorter {
    /// Takes a line; how much memory it takes.
    pub fn push(&mut self, line: &Placed<'_>) -> usize {
        let record = Record::new(line.key, line.at, line.row);
        let size = record.size();
        self.size = self.size.saturating_add(size);
        self.held.push(record);
        size
    }

    /// How much memory its lines take.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether it has any line.
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty() && self.runs.is_empty()
    }

    fn sort(&mut self) -> Vec<Record> {
        let mut records = std::mem::take(&mut self.held);
        self.size = 0;
        records.sort_unstable();
        records.dedup();
        records
    }

    /// Puts what it holds on disk, under a name of `folder` that begins with `name`.
    pub fn spill(&mut self, folder: &Path, name: &str) -> Result<(), SnapshotError> {
        let records = self.sort();
        let path = folder.join(format!("{name}.{}.run", self.runs.len()));
        write_run(&path, records.into_iter().map(Ok))?;
        self.runs.push(path);
        if self.runs.len() >= RUNS {
            let streams = self.runs.iter().map(|run| open(run)).collect::<Result<Vec<_>, _>>()?;
            let path = folder.join(format!("{name}.{}.all", self.runs.len()));
            write_run(&path, merged(streams))?;
            for run in std::mem::take(&mut self.runs) {
                std::fs::remove_file(&run).map_err(|error| SnapshotError::write(&run, &error))?;
            }
            let first = folder.join(format!("{name}.0.run"));
            std::fs::rename(&path, &first).map_err(|error| SnapshotError::write(&path, &error))?;
            self.runs.push(first);
        }
        Ok(())
    }

    /// Its lines, in order and each once, as streams that are to be merged.
    pub fn streams(mut self) -> Result<Vec<Stream<'static>>, SnapshotError> {
        let mut streams = self.runs.iter().map(|run| open(run)).collect::<Result<Vec<_>, _>>()?;
        let records = self.sort();
        if !records.is_empty() {
            streams.push(Box::new(records.into_iter().map(Ok)));
        }
        Ok(streams)
    }
}

fn write_run(
    path: &Path,
    records: impl Iterator<Item = Result<Record, SnapshotError>>,
) -> Result<(), SnapshotError> {
    let failed = |error: std::io::Error| SnapshotError::write(path, &error);
    let file = File::create(path).map_err(failed)?;
    let mut out = zstd::Encoder::new(BufWriter::new(file), 1).map_err(failed)?;
    for record in records {
        let record = record?;
        let lengths = [record.bytes.len(), record.text_at].map(|it| u64::try_from(it).unwrap_or(u64::MAX));
        for length in lengths {
            out.write_all(&length.to_le_bytes()).map_err(failed)?;
        }
        out.write_all(&record.bytes).map_err(failed)?;
    }
    out.finish().and_then(|mut out| out.flush()).map_err(failed)
}

fn open(path: &Path) -> Result<Stream<'static>, SnapshotError> {
    let failed = |error: std::io::Error| SnapshotError::read(path, &error);
    let file = File::open(path).map_err(failed)?;
    let input = zstd::Decoder::new(file).map_err(failed)?;
    Ok(Box::new(Run { input: BufReader::new(input), path: path.to_owned() }))
}

/// A run on disk, read line by line.
struct Run<R> {
    input: R,
    path: PathBuf,
}

impl<R: Read> Run<R> {
    /// A number; none at the end.
    fn number(&mut self) -> std::io::Result<Option<usize>> {
        let mut bytes = [0_u8; 8];
        match self.input.read(&mut bytes[..1])? {
            0 => return Ok(None),
            _ => self.input.read_exact(&mut bytes[1..])?,
        }
        usize::try_from(u64::from_le_bytes(bytes)).map(Some).map_err(std::io::Error::other)
    }

    fn record(&mut self) -> std::io::Result<Option<Record>> {
        let Some(length) = self.number()? else { return Ok(None) };
        let text_at = self.number()?.unwrap_or_default();
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes)?;
        Ok(Some(Record { bytes: bytes.into(), text_at }))
    }
}

impl<R: Read> Iterator for Run<R> {
    type Item = Result<Record, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.record().map_err(|error| SnapshotError::read(&self.path, &error)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spilt_comes_back_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::default();
        for number in 0..1_000_i64 {
            let (key, at) = (number % 700, Instant(number - 3));
            let (name, text) = (format!("k{:03}", (key * 7_919) % 500), format!("text {key}"));
            let place = Placed { stem: "X", key: &name, at, row: text.as_bytes() };
            sorter.push(&place);
            sorter.push(&place);
            let record = Record::new(&name, at, text.as_bytes());
            assert_eq!((record.key(), record.at(), record.text()), (name.as_str(), at, text.as_bytes()));
            // More runs than are merged at once.
            if number % 9 == 0 {
                sorter.spill(folder.path(), "X").unwrap();
            }
        }
        let all: Vec<Record> = merged(sorter.streams().unwrap()).map(Result::unwrap).collect();
        assert_eq!(all.len(), 1_000);
        assert!(all.is_sorted());
        assert!(std::fs::read_dir(folder.path()).unwrap().count() < RUNS);
    }

    #[test]
    fn times_before_1970_come_first() {
        assert!(Record::new("a", Instant(-1), b"z") < Record::new("a", Instant(0), b"a"));
        assert!(Record::new("a", Instant(5), b"a") < Record::new("ab", Instant(-5), b"a"));
    }
}
