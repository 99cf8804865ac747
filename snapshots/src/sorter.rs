//! Lines put in order, on disk once there are many of them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use assize::facts::Instant;

use super::error::SnapshotError;
use super::line::Placed;
use super::merge::{Stream, merged};

/// How many runs are merged at once. More are made fewer first: each holds a file and a buffer.
const RUNS: usize = 64;

/// What a record takes in memory besides its bytes.
const OVERHEAD: usize = size_of::<Held>();

/// How many bytes of records share one block of memory.
const BLOCK: usize = 1 << 18;

/// How many records are asked of memory together.
const TOGETHER: usize = 32;

/// How hard runs are compressed: little, as they are read once.
const LEVEL: i32 = -1;

/// A line behind what it is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    start: Start,
    bytes: Box<[u8]>,
    text_at: usize,
}

impl Record {
    /// Of a row, or of a line's text.
    pub fn new(key: &str, at: Instant, text: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(key.len().saturating_add(9).saturating_add(text.len()));
        let text_at = spell(key, at, text, &mut bytes);
        Self::of(bytes.into(), text_at)
    }

    fn of(bytes: Box<[u8]>, text_at: usize) -> Self {
        Self { start: start(&bytes), bytes, text_at }
    }

    /// What the line is sorted by first.
    pub fn key(&self) -> &str {
        std::str::from_utf8(self.key_bytes()).unwrap_or_default()
    }

    /// The same as bytes.
    pub fn key_bytes(&self) -> &[u8] {
        self.bytes.get(..self.text_at.saturating_sub(9)).unwrap_or_default()
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
}

/// Writes a record; where in it the row or the line's text begins.
fn spell(key: &str, at: Instant, text: &[u8], out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(key.as_bytes());
    out.push(0);
    // Instants before 1970 come first.
    out.extend_from_slice(&(at.0 ^ i64::MIN).to_be_bytes());
    out.extend_from_slice(text);
    key.len().saturating_add(9)
}

/// The first bytes, in the order of the bytes, by which most records are told apart without looking at them.
type Start = [u64; 4];

/// Of what is shorter, with zeros behind it.
fn start(bytes: &[u8]) -> Start {
    let mut start = [0; 32];
    match bytes.first_chunk::<32>() {
        Some(first) => start = *first,
        None => start.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte),
    }
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(start.as_chunks::<8>().0) {
        *word = u64::from_be_bytes(*bytes);
    }
    words
}

/// Gathers the lines of a file.
#[derive(Debug, Default)]
pub struct Sorter {
    held: Records,
    size: usize,
    runs: Vec<PathBuf>,
}

/// Room that was needed for records, for others: what is fresh of memory costs more than what is written there.
#[derive(Debug, Default)]
pub struct Room {
    blocks: Vec<Vec<u8>>,
    places: Vec<Held>,
}

impl Room {
    /// Takes back what records needed.
    fn take(&mut self, records: Records) {
        // One that is longer than others was made for a record that is.
        let usual = records.blocks.into_iter().filter(|block| block.capacity() <= BLOCK);
        self.blocks.extend(usual.map(emptied));
        if self.places.capacity() < records.places.capacity() {
            self.places = emptied(records.places);
        }
    }

    fn block(&mut self, length: usize) -> Vec<u8> {
        let block = if length <= BLOCK { self.blocks.pop() } else { None };
        block.unwrap_or_else(|| Vec::with_capacity(length.max(BLOCK)))
    }
}

fn emptied<T>(mut all: Vec<T>) -> Vec<T> {
    all.clear();
    all
}

/// Records in memory.
#[derive(Debug, Default)]
struct Records {
    /// Their bytes, one record behind the other: none is moved once it is here.
    blocks: Vec<Vec<u8>>,
    places: Vec<Held>,
}

/// Where a record is.
#[derive(Clone, Copy, Debug)]
struct Held {
    start: Start,
    block: u32,
    at: u32,
    length: usize,
    text_at: usize,
}

impl Records {
    fn push(&mut self, line: &Placed<'_>, spare: &mut Room) -> usize {
        if self.places.capacity() == 0 {
            self.places = std::mem::take(&mut spare.places);
        }
        let length = line.key.len().saturating_add(9).saturating_add(line.row.len());
        let fits = |block: &Vec<u8>| block.capacity().saturating_sub(block.len()) >= length;
        if !self.blocks.last().is_some_and(fits) {
            self.blocks.push(spare.block(length));
        }
        // Where a block is begun that is longer than others, it has one record.
        let block = u32::try_from(self.blocks.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let Some(bytes) = self.blocks.last_mut() else { return 0 };
        let (from, at) = (bytes.len(), u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let text_at = spell(line.key, line.at, line.row, bytes);
        let start = start(bytes.get(from..).unwrap_or_default());
        self.places.push(Held { start, block, at, length, text_at });
        length
    }

    fn get(&self, held: &Held) -> (&[u8], usize) {
        let block = self.blocks.get(held.block as usize);
        let bytes = block.and_then(|block| block.get(held.at as usize..)?.get(..held.length));
        (bytes.unwrap_or_default(), held.text_at)
    }

    /// Has the records at some places brought here from memory together, or each would be waited for.
    fn fetch(&self, places: &[Held]) {
        let of = |held: &Held| self.get(held).0.iter().step_by(64).fold(0, |seen, byte| seen ^ byte);
        std::hint::black_box(places.iter().fold(0, |seen, held| seen ^ of(held)));
    }

    /// Puts them in order, each once.
    fn sort(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|a, b| a.start.cmp(&b.start).then_with(|| self.get(a).cmp(&self.get(b))));
        places.dedup_by(|a, b| a.start == b.start && self.get(a) == self.get(b));
        self.places = places;
    }
}

impl Sorter {
    /// Takes a line; how much memory it takes. `spare` is used for it first.
    pub fn push(&mut self, line: &Placed<'_>, spare: &mut Room) -> usize {
        let size = self.held.push(line, spare).saturating_add(OVERHEAD);
        self.size = self.size.saturating_add(size);
        size
    }

    /// How much memory its lines take.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether some of its lines are on disk.
    pub const fn is_spilt(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Whether it has any line.
    pub const fn is_empty(&self) -> bool {
        self.held.places.is_empty() && self.runs.is_empty()
    }

    /// What it holds, in order and each once; it holds nothing then.
    fn sorted(&mut self) -> Records {
        let mut records = std::mem::take(&mut self.held);
        self.size = 0;
        records.sort();
        records
    }

    /// Puts what it holds on disk, under a name of `folder` that begins with `name`. What that needed is in `spare` then.
    pub fn spill(&mut self, folder: &Path, name: &str, spare: &mut Room) -> Result<(), SnapshotError> {
        let records = self.sorted();
        let path = folder.join(format!("{name}.{}.run", self.runs.len()));
        let mut out = RunWriter::create(&path)?;
        for some in records.places.chunks(TOGETHER) {
            records.fetch(some);
            some.iter().try_for_each(|held| out.put(records.get(held)))?;
        }
        out.finish()?;
        spare.take(records);
        self.runs.push(path);
        if self.runs.len() >= RUNS {
            let streams = self.runs.iter().map(|run| open(run)).collect::<Result<Vec<_>, _>>()?;
            let path = folder.join(format!("{name}.{}.all", self.runs.len()));
            let mut out = RunWriter::create(&path)?;
            merged(streams).try_for_each(|record| record.and_then(|it| out.put((&it.bytes, it.text_at))))?;
            out.finish()?;
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
        let records = self.sorted();
        if !records.places.is_empty() {
            streams.push(Box::new((0..records.places.len()).filter_map(move |at| {
                if at.is_multiple_of(TOGETHER) {
                    records.fetch(records.places.get(at..)?.chunks(TOGETHER).next()?);
                }
                let (bytes, text_at) = records.get(records.places.get(at)?);
                Some(Ok(Record::of(bytes.into(), text_at)))
            })));
        }
        Ok(streams)
    }
}

/// Writes a run.
struct RunWriter<'p> {
    out: BufWriter<zstd::Encoder<'static, BufWriter<File>>>,
    path: &'p Path,
}

impl<'p> RunWriter<'p> {
    fn create(path: &'p Path) -> Result<Self, SnapshotError> {
        let file = File::create(path);
        let out = file.and_then(|file| zstd::Encoder::new(BufWriter::new(file), LEVEL));
        // The encoder is asked rarely, and much.
        out.map(|out| Self { out: BufWriter::with_capacity(BLOCK, out), path })
            .map_err(|error| SnapshotError::write(path, &error))
    }

    /// Adds a record.
    fn put(&mut self, (bytes, text_at): (&[u8], usize)) -> Result<(), SnapshotError> {
        let lengths = [bytes.len(), text_at].map(|it| u64::try_from(it).unwrap_or(u64::MAX).to_le_bytes());
        let written = self.out.write_all(lengths.as_flattened()).and_then(|()| self.out.write_all(bytes));
        written.map_err(|error| SnapshotError::write(self.path, &error))
    }

    fn finish(self) -> Result<(), SnapshotError> {
        let done = self.out.into_inner().map_err(std::io::IntoInnerError::into_error);
        let done = done.and_then(|out| out.finish()?.flush());
        done.map_err(|error| SnapshotError::write(self.path, &error))
    }
}

fn open(path: &Path) -> Result<Stream<'static>, SnapshotError> {
    let failed = |error: std::io::Error| SnapshotError::read(path, &error);
    let file = File::open(path).map_err(failed)?;
    let input = zstd::Decoder::new(file).map_err(failed)?;
    Ok(Box::new(Run { input: BufReader::with_capacity(BLOCK, input), path: path.to_owned() }))
}

/// A run on disk, read line by line.
struct Run<R> {
    input: BufReader<R>,
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

    /// The next record, where all of it is read already.
    fn record_at_hand(&mut self) -> Option<Record> {
        let (lengths, rest) = self.input.buffer().split_first_chunk::<16>()?;
        let [length, text_at] = lengths.as_chunks::<8>().0 else { return None };
        let [length, text_at] =
            [length, text_at].map(|bytes| usize::try_from(u64::from_le_bytes(*bytes)).ok());
        let (length, text_at) = (length?, text_at?);
        let record = Record::of(rest.get(..length)?.into(), text_at);
        self.input.consume(length.saturating_add(16));
        Some(record)
    }

    fn record(&mut self) -> std::io::Result<Option<Record>> {
        if let Some(record) = self.record_at_hand() {
            return Ok(Some(record));
        }
        let Some(length) = self.number()? else { return Ok(None) };
        let text_at = self.number()?.unwrap_or_default();
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes)?;
        Ok(Some(Record::of(bytes.into(), text_at)))
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
        let (mut sorter, mut spare) = (Sorter::default(), Room::default());
        for number in 0..1_000_i64 {
            let (key, at) = (number % 700, Instant(number - 3));
            let (name, text) = (format!("k{:03}", (key * 7_919) % 500), format!("text {key}"));
            let place = Placed { stem: "X", key: &name, at, row: text.as_bytes() };
            sorter.push(&place, &mut spare);
            sorter.push(&place, &mut spare);
            let record = Record::new(&name, at, text.as_bytes());
            assert_eq!((record.key(), record.at(), record.text()), (name.as_str(), at, text.as_bytes()));
            // More runs than are merged at once.
            if number % 9 == 0 {
                sorter.spill(folder.path(), "X", &mut spare).unwrap();
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
