//! The files of a snapshot, read line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use assize::facts::Instant;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use sha2::{Digest, Sha256};

use super::error::SnapshotError;
use super::manifest::FileEntry;
use super::sorter::Record;
use super::text::Layout;

/// How many rows are in memory at once.
const ROWS: usize = 4_096;

/// Said of every file that is not as it was written.
const REMEDY: &str = "it was cut off or edited; ingest again";

/// The rows of a Parquet file, in the order in which they lie there.
pub struct Rows {
    path: PathBuf,
    schema: SchemaRef,
    layout: Layout,
    batches: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    row: usize,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Rows {
    /// Of a file that holds `expected` rows of the type `name`, once it has been found to be as it was written.
    pub fn open(path: &Path, name: &str, entry: &FileEntry, expected: u64) -> Result<Self, SnapshotError> {
        let wrong = |reason: String| SnapshotError::damaged(path, reason);
        let file = verify(path, entry)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| wrong(format!("this is no Parquet file: {error}")))?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        if rows != expected {
            return Err(wrong(format!("it has {rows} lines and the manifest counts {expected}; {REMEDY}")));
        }
        let schema = builder.schema().clone();
        let layout = Layout::new(name, &schema).map_err(wrong)?;
        let batches = builder.with_batch_size(ROWS).build().map_err(|error| wrong(error.to_string()))?;
        Ok(Self { path: path.to_owned(), schema, layout, batches, batch: None, row: 0 })
    }

    /// Its columns.
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Writes the next row to `out` as the line that it is; its key and its instant, and nothing at the end.
    pub fn next_row(&mut self, out: &mut Vec<u8>) -> Result<Option<(&str, Instant)>, SnapshotError> {
        self.next_as(Layout::write, out)
    }

    fn next_as(
        &mut self,
        write: impl Fn(&Layout, &RecordBatch, usize, &mut Vec<u8>) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<Option<(&str, Instant)>, SnapshotError> {
        let wrong = |reason: String| SnapshotError::damaged(&self.path, reason);
        while self.batch.as_ref().is_none_or(|batch| self.row >= batch.num_rows()) {
            match self.batches.next() {
                Some(batch) => self.batch = Some(batch.map_err(|error| wrong(error.to_string()))?),
                None => return Ok(None),
            }
            self.row = 0;
        }
        let Some(batch) = &self.batch else { return Ok(None) };
        let row = self.row;
        self.row = row.saturating_add(1);
        if !write(&self.layout, batch, row, out) {
            return Err(wrong(format!("row {} is no line of a snapshot", self.row)));
        }
        Ok(Some((self.layout.key(batch, row), self.layout.at(batch, row))))
    }
}

impl Iterator for Rows {
    type Item = Result<Record, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Vec::new();
        match self.next_as(Layout::cells, &mut row) {
            Ok(Some((key, at))) => Some(Ok(Record::new(key, at, &row))),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Gives each line of an NDJSON file, and how many there have to be.
pub fn lines(path: &Path, expected: u64, each: &mut dyn FnMut(u64, &str)) -> Result<(), SnapshotError> {
    let failed = |error: std::io::Error| SnapshotError::read(path, &error);
    let mut input = BufReader::new(File::open(path).map_err(failed)?);
    let (mut line, mut number, mut found) = (String::new(), 0_u64, 0_u64);
    while input.read_line(&mut line).map_err(failed)? > 0 {
        number = number.saturating_add(1);
        let text = line.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() {
            found = found.saturating_add(1);
            each(number, text);
        }
        line.clear();
    }
    if found == expected {
        return Ok(());
    }
    let reason = format!("it has {found} lines and the manifest counts {expected}; {REMEDY}");
    Err(SnapshotError::damaged(path, reason))
}

/// The file, if it is the one that the manifest speaks of.
pub fn verify(path: &Path, entry: &FileEntry) -> Result<File, SnapshotError> {
    let mut file = File::open(path).map_err(|error| SnapshotError::read(path, &error))?;
    let found = digest(&mut file).map_err(|error| SnapshotError::read(path, &error))?;
    if found == entry.sha256 {
        return Ok(file);
    }
    Err(SnapshotError::damaged(path, format!("it is not the file that the manifest counts; {REMEDY}")))
}

/// The SHA-256 of all that can be read, in hexadecimal digits; a file stands at its beginning again.
fn digest(file: &mut File) -> std::io::Result<String> {
    use std::io::Seek;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    file.rewind()?;
    Ok(hex(&hash.finalize()))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
