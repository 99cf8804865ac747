//! What was taken, batch by batch, on disk.
//!
//! | table | holds |
//! | --- | --- |
//! | `facts.log` | batches by number: a line about each, then its lines as they came |
//! | `facts.feeds` | of each feed, how far it is and when something came |
//! | `facts.keys` | idempotency keys, with what was answered |
//! | `facts.meta` | the format, the base, what was read of files |
//!
//! What came long ago is moved to a snapshot beside the file, the *base*: `compact.rs`.
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use assize::facts::Instant;
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, TableError, WriteTransaction,
};
use serde::{Deserialize, Serialize};

use super::{Disk, StoreError};

pub(super) const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("facts.log");
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
    /// Whether they are all that the feed says: what it said before, it says no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
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
    /// Whether it says all that it has to say at once, and anew each time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
}

/// What came long ago, in a snapshot beside the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The name of its folder.
    pub folder: String,
    /// The number of the last batch that is in it.
    pub upto: u64,
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
    /// Held while the base is read, so that nobody puts another in its place.
    pub(super) bases: Arc<RwLock<()>>,
    /// How many bytes of lines came since the base was made.
    pub(super) since: Arc<AtomicU64>,
}

/// The formats that are read, and the one that is written.
const FORMATS: [&[u8]; 2] = [b"1", FORMAT];
const FORMAT: &[u8] = b"2";

impl Log {
    /// The log in a file.
    ///
    /// # Errors
    /// [`StoreError`] where it was written by another version, or cannot be read.
    pub fn new(disk: Arc<Disk>) -> Result<Self, StoreError> {
        let log = Self { disk, bases: Arc::default(), since: Arc::default() };
        let found = log.disk.write(|write| {
            let mut meta = write.open_table(META)?;
            let found = meta.get("format")?.map(|value| value.value().to_vec());
            if found.as_ref().is_none_or(|found| FORMATS.contains(&found.as_slice())) {
                meta.insert("format", FORMAT)?;
            }
            Ok(found)
        })?;
        match found {
            Some(found) if !FORMATS.contains(&found.as_slice()) => {
                let found = String::from_utf8_lossy(&found).into_owned();
                let reason = format!("its format is `{found}`, and this version reads `1` and `2`");
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

    /// Gives every batch after number `after` that is not in the base, in order, each with its number.
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

    /// Everything that stands: the lines of the base, then those of the batches behind it, but for what a feed has said
    /// anew since. Gives the number of the last batch.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails, or something cannot be read.
    pub fn stands(&self, each: &mut dyn FnMut(&str, u64, &str)) -> Result<u64, StoreError> {
        let _held = self.bases.read().unwrap_or_else(PoisonError::into_inner);
        let base = self.disk.read(base)?;
        if let Some(base) = &base {
            let folder = self.beside(&base.folder);
            assize_snapshots::read(&folder, each).map_err(|error| StoreError::Damaged {
                file: folder.display().to_string(),
                reason: error.to_string(),
            })?;
        }
        let mut last = base.map_or(0, |base| base.upto);
        let mut bytes = 0_u64;
        self.disk.read(|read| {
            let Some(log) = maybe(read.open_table(LOG))? else { return Ok(()) };
            let anew = anew(read)?;
            for entry in log.iter()? {
                let (number, packed) = entry?;
                let (number, packed) = (number.value(), packed.value());
                last = last.max(number);
                let batch = if head(packed)?.is_before(&anew, number) { continue } else { unpack(packed)? };
                // Feeds that say everything anew never leave the log.
                if !anew.contains_key(&batch.feed) {
                    bytes = bytes.saturating_add(size(&batch));
                }
                batch.lines().for_each(|(line, text)| each(&batch.feed, line, text));
            }
            Ok(())
        })?;
        self.since.store(bytes, Ordering::Relaxed);
        Ok(last)
    }

    /// How many bytes of lines came since the base was made.
    #[must_use]
    pub fn since_base(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }

    /// A batch was written.
    pub(super) fn grew(&self, batch: &Batch) {
        self.since.fetch_add(size(batch), Ordering::Relaxed);
    }

    /// A file or folder next to the store's own.
    pub(super) fn beside(&self, name: &str) -> std::path::PathBuf {
        self.disk.path().parent().unwrap_or(Path::new("")).join(name)
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
        // What is in the base has left the log, and its numbers are not given again.
        let meta = write.open_table(META)?;
        let base = meta.get("base")?.map(|value| parsed::<Base>(value.value(), "the base")).transpose()?;
        let last = log.last()?.map_or(0, |(number, _)| number.value());
        let number = last.max(base.map_or(0, |base| base.upto)).saturating_add(1);
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
    feed.whole |= batch.anew;
    feeds.insert(batch.feed.as_str(), json(&feed)?.as_slice())?;
    if let Some((key, body, answer)) = entry.key {
        let used = Used { body: body.to_owned(), answer: answer.clone(), at: batch.received };
        write.open_table(KEYS)?.insert((batch.feed.as_str(), key), json(&used)?.as_slice())?;
    }
    Ok(number)
}

/// How far a feed is, as a transaction that writes sees it.
pub(super) fn feed(write: &WriteTransaction, name: &str) -> Result<Feed, redb::Error> {
    let feeds = write.open_table(FEEDS)?;
    let found = feeds.get(name)?.map(|feed| parsed(feed.value(), "a feed")).transpose()?;
    Ok(found.unwrap_or_default())
}

/// The base, where there is one.
pub(super) fn base(read: &ReadTransaction) -> Result<Option<Base>, redb::Error> {
    let Some(meta) = maybe(read.open_table(META))? else { return Ok(None) };
    meta.get("base")?.map(|value| parsed(value.value(), "the base")).transpose()
}

/// Of each feed that begins anew, the number of the batch in which it did last.
pub(super) fn anew(read: &ReadTransaction) -> Result<BTreeMap<String, u64>, redb::Error> {
    let mut out = BTreeMap::new();
    let whole = match maybe(read.open_table(FEEDS))? {
        Some(feeds) => {
            let mut whole = false;
            for entry in feeds.iter()? {
                whole |= parsed::<Feed>(entry?.1.value(), "a feed")?.whole;
            }
            whole
        }
        None => false,
    };
    // Most stores have no such feed, and then nobody has to look.
    let Some(log) = maybe(read.open_table(LOG))?.filter(|_| whole) else { return Ok(out) };
    for entry in log.iter()? {
        let (number, packed) = entry?;
        let batch = head(packed.value())?;
        if batch.anew {
            out.insert(batch.feed, number.value());
        }
    }
    Ok(out)
}

impl Batch {
    /// Whether its feed began anew after it.
    pub(super) fn is_before(&self, anew: &BTreeMap<String, u64>, number: u64) -> bool {
        anew.get(&self.feed).is_some_and(|begun| *begun > number)
    }
}

/// How many bytes of lines a batch has.
pub(super) fn size(batch: &Batch) -> u64 {
    u64::try_from(batch.text.len()).unwrap_or(u64::MAX)
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

pub(super) fn pack(batch: &Batch) -> Result<Vec<u8>, redb::Error> {
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

/// What is written about a batch, without its lines.
pub(super) fn head(bytes: &[u8]) -> Result<Batch, redb::Error> {
    parsed(bytes.split(|byte| *byte == b'\n').next().unwrap_or_default(), "a batch")
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Batch, redb::Error> {
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
        Batch { feed: feed.to_owned(), first, received: 5, anew: false, text: text.to_owned() }
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
    fn what_a_feed_says_anew_is_all_that_it_says() {
        let (_folder, log) = log();
        let anew = |text: &str| Batch { anew: true, ..batch("file:a", 0, text) };
        for one in [
            batch("b", 0, "1\n"),
            anew("2\n3\n"),
            batch("b", 1, "4\n"),
            anew("5\n"),
            batch("file:a", 3, "6\n"),
        ] {
            add(&log, &one);
        }
        let mut found = Vec::new();
        let last = log.stands(&mut |feed, _, text| found.push(format!("{feed} {text}"))).unwrap();
        assert_eq!((last, found.join(", ")), (5, "b 1, b 4, file:a 5, file:a 6".to_owned()));
        assert_eq!(log.since_base(), 4, "feeds that say everything anew never leave the log");
        assert!(log.feed("file:a").unwrap().whole && !log.feed("b").unwrap().whole);
    }

    #[test]
    fn a_store_has_one_process_and_one_format() {
        let (folder, log) = log();
        let path = folder.path().join("state/facts.redb");
        assert!(matches!(Disk::open(&path), Err(StoreError::InUse { .. })));
        log.set_meta("format", b"9").unwrap();
        drop(log);
        let again = Log::new(Arc::new(Disk::open(&path).unwrap())).unwrap_err();
        assert!(again.to_string().ends_with("its format is `9`, and this version reads `1` and `2`; put a copy in its place, or move it away to begin without it"), "{again}");
        std::fs::write(&path, "no database at all, but some text that is long enough").unwrap();
        assert!(Disk::open(&path).is_err());
    }
}
