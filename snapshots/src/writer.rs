//! A Parquet file, written row by row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use assize::facts::Instant;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::column::Cells;
use super::error::SnapshotError;
use super::manifest::{FileEntry, SourceCount};
use super::reader::hex;
use super::row;
use super::sorter::Record;
use super::table::{INSTANCE, SOURCE, Table};

/// How many rows, and how many bytes of lines, are gathered before they are encoded.
const ROWS: usize = 8_192;
const BYTES: usize = 16 << 20;

/// How many rows a row group has. The columns of one are in memory, encoded, until it is full.
const GROUP: usize = 131_072;

/// Who said how much, and when last.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<(String, Option<String>), (u64, Instant)>,
    /// The last source, which the next line is most often of, with what is not in `counts` yet.
    last: Option<(String, Option<String>, u64, Instant)>,
}

impl Tally {
    /// Counts a line.
    pub fn add(&mut self, tool: &str, instance: Option<&str>, at: Instant) {
        match &mut self.last {
            Some((of, who, lines, newest)) if of == tool && who.as_deref() == instance => {
                *lines = lines.saturating_add(1);
                *newest = at.max(*newest);
            }
            _ => {
                self.settle();
                self.last = Some((tool.to_owned(), instance.map(ToOwned::to_owned), 1, at));
            }
        }
    }

    fn settle(&mut self) {
        let Some((tool, instance, lines, at)) = self.last.take() else { return };
        let (count, newest) = self.counts.entry((tool, instance)).or_insert((0, at));
        *count = count.saturating_add(lines);
        *newest = at.max(*newest);
    }

    /// The counts, by tool and instance.
    pub fn finish(mut self) -> Vec<SourceCount> {
        self.settle();
        let count = |((tool, instance), (lines, newest)): ((String, Option<String>), (u64, Instant))| {
            SourceCount { tool, instance, lines, newest: newest.to_string() }
        };
        self.counts.into_iter().map(count).collect()
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct Writer<'a> {
    table: &'a Table,
    schema: SchemaRef,
    path: PathBuf,
    out: ArrowWriter<Hashed>,
    cells: Vec<Cells>,
    /// Which columns say who.
    source: (usize, usize),
    rows: usize,
    bytes: usize,
    total: u64,
    tally: Tally,
}

impl<'a> Writer<'a> {
    /// An empty file.
    pub fn create(folder: &Path, table: &'a Table) -> Result<Self, SnapshotError> {
        let path = folder.join(format!("{}.parquet", table.name));
        let out = Hashed::create(&path)?;
        let schema = table.arrow();
        let level = ZstdLevel::try_new(3).unwrap_or_default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by("assize".to_owned())
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let out = ArrowWriter::try_new(out, schema.clone(), Some(properties))
            .map_err(|error| SnapshotError::damaged(&path, error.to_string()))?;
        let cells = table.columns.iter().map(|(_, kind)| Cells::new(kind)).collect();
        let tally = Tally::default();
        let source = [SOURCE, INSTANCE].map(|name| table.place(name).unwrap_or(usize::MAX)).into();
        Ok(Self { table, schema, path, out, cells, source, rows: 0, bytes: 0, total: 0, tally })
    }

    /// Adds a row.
    pub fn push(&mut self, record: &Record) -> Result<(), SnapshotError> {
        let bytes = record.text().len();
        self.fill(record).ok_or_else(|| self.cut_off())?;
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.total = self.total.saturating_add(1);
        if self.rows >= ROWS || self.bytes >= BYTES { self.encode() } else { Ok(()) }
    }

    fn cut_off(&self) -> SnapshotError {
        SnapshotError::damaged(&self.path, "a row is cut off".to_owned())
    }

    fn fill(&mut self, record: &Record) -> Option<()> {
        let mut row = row::Cells::new(record.text());
        let (mut tool, mut instance) = ("", None);
        for (at, cells) in self.cells.iter_mut().enumerate() {
            if at == 0 {
                cells.push_text(record.key_bytes());
                continue;
            }
            let mut ahead = row;
            if at == self.source.0 && ahead.is_there()? {
                tool = ahead.text()?;
            } else if at == self.source.1 && ahead.is_there()? {
                instance = Some(ahead.text()?);
            }
            cells.push(&mut row)?;
        }
        self.tally.add(tool, instance, record.at());
        Some(())
    }

    fn encode(&mut self) -> Result<(), SnapshotError> {
        let arrays: Option<_> = self.cells.iter_mut().map(Cells::take).collect();
        let arrays = arrays.ok_or_else(|| self.cut_off())?;
        (self.rows, self.bytes) = (0, 0);
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string());
        let written = batch.and_then(|batch| self.out.write(&batch).map_err(|error| error.to_string()));
        written.map_err(|reason| SnapshotError::Write { path: self.path.clone(), reason })
    }

    /// Ends the file: how many rows it has, and what the manifest says of it.
    pub fn finish(mut self) -> Result<(u64, FileEntry), SnapshotError> {
        if self.rows > 0 {
            self.encode()?;
        }
        let failed = |reason: String| SnapshotError::Write { path: self.path.clone(), reason };
        let out = self.out.into_inner().map_err(|error| failed(error.to_string()))?;
        let (bytes, sha256) = out.finish().map_err(|error| SnapshotError::write(&self.path, &error))?;
        let entry = FileEntry {
            file: format!("{}.parquet", self.table.name),
            bytes,
            sha256,
            schema: self.table.hash.clone(),
            sources: self.tally.finish(),
        };
        Ok((self.total, entry))
    }
}

/// Writes on, and hashes what is written.
#[derive(Debug)]
pub struct Hashed {
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    /// To a new file.
    pub fn create(path: &Path) -> Result<Self, SnapshotError> {
        let file = File::create(path).map_err(|error| SnapshotError::write(path, &error))?;
        Ok(Self { out: BufWriter::new(file), hash: Sha256::new(), bytes: 0 })
    }

    /// How many bytes were written, and their SHA-256.
    pub fn finish(mut self) -> std::io::Result<(u64, String)> {
        self.out.flush()?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(0));
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
