//! What was taken, batch by batch, on disk.
//!
//! | table | holds |
//! | --- | --- |
//! | `facts.log` | batches by number: a line about each, then its lines as they came |
//! | `facts.feeds` | of each feed, how far it is and when something came |
//! | `facts.keys` | idempotency keys, with what was answered |
//! | `facts.meta` | the format, the last instant decided at, where files were read to |

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;

use assize::facts::Instant;
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, TableError, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{Disk, StoreError};

const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("facts.log");
const FEEDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts.feeds");
const KEYS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("facts.keys");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts.meta");

/// From how many bytes on a batch is packed.
const PACKED: usize = 4 << 10;

/// Lines of one feed that are taken as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Whose they are.
    pub feed: String,
    /// How many lines of the feed were taken before.
    pub first: u64,
    /// When they came.
    pub received: i64,
    /// The lines, each ended by a line break.
    #[serde(skip)]
    pub text: String,
}

impl Batch {
    /// The lines, each with its number in the feed, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        (self.first.saturating_add(1)..).zip(self.text.lines())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.text.lines().count()).unwrap_or(u64::MAX)
    }
}

/// How far a feed is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// How many lines of it were taken, refused ones among them.
    pub position: u64,
    /// How many of them were refused.
    pub rejected: u64,
    /// When the last of them came, in microseconds since 1970.
    pub received: i64,
    /// The latest instant at which anything in them was observed.
    pub newest: Option<i64>,
}

/// What is known of a key that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The hash of what was sent with it.
    pub body: String,
    /// What was answered.
    pub answer: serde_json::Value,
    /// When.
    pub at: i64,
}

/// The log of everything that was taken.
#[derive(Clone, Debug)]
pub struct Log {
    disk: Arc<Disk>,
}

impl Log {
    /// The log in a file.
    ///
    /// # Errors
    /// [`StoreError`] where it was written by another version, or cannot be read.
    pub fn new(disk: Arc<Disk>) -> Result<Self, StoreError> {
        let log = Self { disk };
        const FORMAT: &[u8] = b"1";
        let found = log.disk.write(|write| {
            let mut meta = write.open_table(META)?;
            let found = meta.get("format")?.map(|value| value.value().to_vec());
            if found.is_none() {
                meta.insert("format", FORMAT)?;
            }
            Ok(found)
        })?;
        match found {
            Some(found) if found != FORMAT => {
                let found = String::from_utf8_lossy(&found).into_owned();
                let reason = format!("its format is `{found}`, and this version reads `1`");
                Err(StoreError::Damaged { file: log.disk.path().display().to_string(), reason })
            }
            _ => Ok(log),
        }
    }

    /// The file that it is in.
    #[must_use]
    pub const fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// All feeds.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn feeds(&self) -> Result<BTreeMap<String, Feed>, StoreError> {
        self.disk.read(|read| {
            let Some(feeds) = maybe(read.open_table(FEEDS))? else { return Ok(BTreeMap::new()) };
            let mut out = BTreeMap::new();
            for entry in feeds.iter()? {
                let (name, feed) = entry?;
                out.insert(name.value().to_owned(), parsed(feed.value(), "a feed")?);
            }
            Ok(out)
        })
    }

    /// How far a feed is.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn feed(&self, name: &str) -> Result<Feed, StoreError> {
        self.disk.read(|read| {
            let Some(feeds) = maybe(read.open_table(FEEDS))? else { return Ok(Feed::default()) };
            Ok(feeds.get(name)?.map(|feed| parsed(feed.value(), "a feed")).transpose()?.unwrap_or_default())
        })
    }

    /// What was answered to a key before.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn used(&self, feed: &str, key: &str) -> Result<Option<Used>, StoreError> {
        self.disk.read(|read| {
            let Some(keys) = maybe(read.open_table(KEYS))? else { return Ok(None) };
            keys.get((feed, key))?.map(|used| parsed(used.value(), "a key")).transpose()
        })
    }

    /// A value of our own.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.disk.read(|read| {
            let Some(meta) = maybe(read.open_table(META))? else { return Ok(None) };
            Ok(meta.get(name)?.map(|value| value.value().to_vec()))
        })
    }

    /// Sets a value of our own.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.disk.write(|write| put_meta(write, name, value))
    }

    /// Gives every batch after number `after`, in order, each with its number.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails or a batch cannot be read.
    pub fn each(&self, after: u64, each: &mut dyn FnMut(u64, Batch)) -> Result<(), StoreError> {
        self.disk.read(|read| {
            let Some(log) = maybe(read.open_table(LOG))? else { return Ok(()) };
            for entry in log.range(after.saturating_add(1)..)? {
                let (number, bytes) = entry?;
                each(number.value(), unpack(bytes.value())?);
            }
            Ok(())
        })
    }

    /// How many batches there are.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn batches(&self) -> Result<u64, StoreError> {
        self.disk.read(|read| Ok(maybe(read.open_table(LOG))?.map(|log| log.len()).transpose()?.unwrap_or(0)))
    }

    /// Puts other batches in the place of all up to number `upto`. They begin at 1: there are no more of them.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails; then nothing was replaced.
    pub fn rewrite(&self, upto: u64, batches: &[Batch]) -> Result<(), StoreError> {
        self.disk.write(|write| {
            let mut log = write.open_table(LOG)?;
            log.retain_in(..=upto, |_, _| false)?;
            for (number, batch) in (1_u64..=upto).zip(batches) {
                log.insert(number, pack(batch)?.as_slice())?;
            }
            Ok(())
        })
    }

    /// Forgets keys that were used before an instant.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn forget_keys(&self, before: Instant) -> Result<(), StoreError> {
        self.disk.write(|write| {
            let mut keys = write.open_table(KEYS)?;
            keys.retain(|_, used| parsed::<Used>(used, "a key").is_ok_and(|used| used.at >= before.0))?;
            Ok(())
        })
    }
}

/// What is written about a batch besides its lines.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// How many of its lines are refused.
    pub rejected: u64,
    /// The latest instant at which anything in it was observed.
    pub newest: Option<i64>,
    /// Its idempotency key, with the hash of what was sent and what is answered.
    pub key: Option<(&'a str, &'a str, &'a serde_json::Value)>,
}

/// Writes a batch; its number.
pub(super) fn append(write: &WriteTransaction, entry: &Entry<'_>) -> Result<u64, redb::Error> {
    let batch = entry.batch;
    let number = {
        let mut log = write.open_table(LOG)?;
        let number = log.last()?.map_or(0, |(number, _)| number.value()).saturating_add(1);
        log.insert(number, pack(batch)?.as_slice())?;
        number
    };
    let mut feeds = write.open_table(FEEDS)?;
    let mut feed: Feed = match feeds.get(batch.feed.as_str())? {
        Some(feed) => parsed(feed.value(), "a feed")?,
        None => Feed::default(),
    };
    feed.position = batch.first.saturating_add(batch.count());
    feed.rejected = feed.rejected.saturating_add(entry.rejected);
    feed.received = batch.received;
    feed.newest = feed.newest.max(entry.newest);
    feeds.insert(batch.feed.as_str(), json(&feed)?.as_slice())?;
    if let Some((key, body, answer)) = entry.key {
        let used = Used { body: body.to_owned(), answer: answer.clone(), at: batch.received };
        write.open_table(KEYS)?.insert((batch.feed.as_str(), key), json(&used)?.as_slice())?;
    }
    Ok(number)
}

/// How far a feed is, as a transaction that writes sees it.
pub(super) fn position(write: &WriteTransaction, feed: &str) -> Result<u64, redb::Error> {
    let feeds = write.open_table(FEEDS)?;
    let found = feeds.get(feed)?.map(|feed| parsed::<Feed>(feed.value(), "a feed")).transpose()?;
    Ok(found.map_or(0, |feed| feed.position))
}

/// What was answered to a key, as a transaction that writes sees it.
pub(super) fn used(write: &WriteTransaction, feed: &str, key: &str) -> Result<Option<Used>, redb::Error> {
    let keys = write.open_table(KEYS)?;
    let found = keys.get((feed, key))?;
    found.map(|used| parsed(used.value(), "a key")).transpose()
}

/// Sets a value of our own.
pub(super) fn put_meta(write: &WriteTransaction, name: &str, value: &[u8]) -> Result<(), redb::Error> {
    write.open_table(META)?.insert(name, value)?;
    Ok(())
}

/// A table, where there is one already.
pub(crate) fn maybe<T>(table: Result<T, TableError>) -> Result<Option<T>, redb::Error> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, redb::Error> {
    serde_json::to_vec(value).map_err(|_| StoreError::odd("a value"))
}

pub(crate) fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, redb::Error> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::odd(what))
}

fn pack(batch: &Batch) -> Result<Vec<u8>, redb::Error> {
    let mut out = json(batch)?;
    out.push(b'\n');
    if batch.text.len() < PACKED {
        out.push(0);
        out.extend_from_slice(batch.text.as_bytes());
        return Ok(out);
    }
    out.push(1);
    let mut packed = flate2::write::DeflateEncoder::new(out, flate2::Compression::fast());
    packed.write_all(batch.text.as_bytes()).and_then(|()| packed.finish()).map_err(redb::Error::Io)
}

fn unpack(bytes: &[u8]) -> Result<Batch, redb::Error> {
    let odd = || StoreError::odd("a batch");
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(odd)?;
    let (head, rest) = bytes.split_at_checked(end).ok_or_else(odd)?;
    let mut batch: Batch = parsed(head, "a batch")?;
    match rest.split_at_checked(2) {
        Some((b"\n\0", text)) => {
            batch.text = String::from_utf8(text.to_vec()).map_err(|_| odd())?;
        }
        Some((b"\n\x01", packed)) => {
            let mut reader = flate2::read::DeflateDecoder::new(packed);
            reader.read_to_string(&mut batch.text).map_err(|_| odd())?;
        }
        _ => return Err(odd()),
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, Log) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(&folder.path().join("state/facts.redb")).unwrap();
        (folder, Log::new(Arc::new(disk)).unwrap())
    }

    fn batch(feed: &str, first: u64, text: &str) -> Batch {
        Batch { feed: feed.to_owned(), first, received: 5, text: text.to_owned() }
    }

    fn add(log: &Log, batch: &Batch) -> u64 {
        log.disk()
            .write(|write| append(write, &Entry { batch, rejected: 1, newest: Some(3), key: None }))
            .unwrap()
    }

    #[test]
    fn what_is_written_is_read_in_order_small_and_large() {
        let (_folder, log) = log();
        let large = batch("b", 2, &"a long line that comes again and again\n".repeat(1_000));
        let batches = [batch("a", 0, "one\ntwo\n"), large, batch("a", 2, "three\n")];
        assert_eq!(batches.iter().map(|one| add(&log, one)).collect::<Vec<_>>(), [1, 2, 3]);
        let mut found = Vec::new();
        log.each(0, &mut |number, batch| found.push((number, batch))).unwrap();
        assert_eq!(
            found.iter().map(|(_, batch)| batch).collect::<Vec<_>>(),
            batches.iter().collect::<Vec<_>>()
        );
        assert_eq!(found[2].1.lines().collect::<Vec<_>>(), [(3, "three")]);
        let mut after = Vec::new();
        log.each(2, &mut |number, _| after.push(number)).unwrap();
        assert_eq!(after, [3]);
        let feed = log.feed("a").unwrap();
        assert_eq!((feed.position, feed.rejected, feed.newest), (3, 2, Some(3)));
        assert_eq!(log.feed("nobody").unwrap(), Feed::default());
        assert_eq!(log.feeds().unwrap().len(), 2);
    }

    #[test]
    fn a_rewritten_log_holds_what_it_was_rewritten_to_and_goes_on() {
        let (_folder, log) = log();
        for first in 0..3 {
            add(&log, &batch("a", first, "x\n"));
        }
        log.rewrite(2, &[batch("a", 0, "y\n")]).unwrap();
        assert_eq!(add(&log, &batch("a", 3, "z\n")), 4);
        let mut found = Vec::new();
        log.each(0, &mut |number, batch| found.push((number, batch.text))).unwrap();
        assert_eq!(found, [(1, "y\n".to_owned()), (3, "x\n".to_owned()), (4, "z\n".to_owned())]);
    }

    #[test]
    fn a_store_has_one_process_and_one_format() {
        let (folder, log) = log();
        let path = folder.path().join("state/facts.redb");
        assert!(matches!(Disk::open(&path), Err(StoreError::InUse { .. })));
        log.set_meta("format", b"9").unwrap();
        drop(log);
        let again = Log::new(Arc::new(Disk::open(&path).unwrap())).unwrap_err();
        assert!(again.to_string().ends_with("its format is `9`, and this version reads `1`; put a copy in its place, or move it away to begin without it"), "{again}");
        std::fs::write(&path, "no database at all, but some text that is long enough").unwrap();
        assert!(Disk::open(&path).is_err());
    }
}
