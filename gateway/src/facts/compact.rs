//! The log made small again: what came long ago is moved to a snapshot beside the store.
//!
//! 1. The base and the batches behind it are written to a new snapshot, in bounded memory, while facts are taken and
//!    decided on. What is said twice is one line there; what was seen before `keep` is left out, with the claims to
//!    have watched then, as `assize ingest --keep` does it.
//! 2. All of it is made durable.
//! 3. One write to the store names it as the base, and takes the batches out of the log.
//!
//! Whatever ends the process before 3, the former base and all batches are there; afterwards the new one is. What
//! neither names is removed at the next start.
//!
//! Feeds that say everything anew stay in the log, without what they say no more; so do lines that are no facts.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use assize::facts::Instant;
use assize_lang::plan::Schema;
use assize_snapshots::{Builder, SnapshotError};

use super::StoreError;
use super::log::{self, Base, Batch, LOG, Log};

/// How the names of bases begin.
const PREFIX: &str = "base-";

/// What became of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// How many batches left the log.
    pub batches: u64,
    /// How many lines there are in the base.
    pub lines: u64,
}

/// What is gathered before anything is changed.
struct Moved {
    /// The base before.
    before: Option<Base>,
    /// Batches that stay, with the lines that stay of them.
    left: BTreeMap<u64, Batch>,
    /// How many leave.
    batches: u64,
}

impl Log {
    /// Moves batches up to number `upto` to the base; leaves out what was seen before `since`.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails: then nothing has changed.
    pub fn compact(
        &self,
        schema: &Arc<Schema>,
        upto: u64,
        since: Option<Instant>,
    ) -> Result<Compacted, StoreError> {
        let base = Base { folder: format!("{PREFIX}{upto}-{}", stamp()), upto };
        let folder = self.beside(&base.folder);
        let mut builder = Builder::new(Arc::clone(schema), &folder).keeping_columns();
        if let Some(since) = since {
            builder.keep_since(since);
        }
        let begun = self.since.load(Ordering::Relaxed);
        let moved = self.gather(&mut builder, upto, since)?;
        let snapshot = |error: SnapshotError| broken(&folder, &error);
        let manifest = builder.write().map_err(snapshot)?;
        durable(&folder).map_err(|error| StoreError::io(&folder, &error))?;
        let lines = manifest.counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        {
            // Whoever reads the former base reads it to its end.
            let _alone = self.bases.write().unwrap_or_else(PoisonError::into_inner);
            self.disk().write(|write| {
                let mut table = write.open_table(LOG)?;
                table.retain_in(..=upto, |_, _| false)?;
                for (number, batch) in &moved.left {
                    table.insert(*number, log::pack(batch)?.as_slice())?;
                }
                log::put_meta(write, "base", &log::json(&base)?)
            })?;
            let less = |bytes: u64| Some(bytes.saturating_sub(begun));
            // It always gives a number, so that it never fails.
            let _ = self.since.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        if let Some(before) = &moved.before {
            // What cannot be removed now is removed at the next start.
            drop(std::fs::remove_dir_all(self.beside(&before.folder)));
        }
        Ok(Compacted { batches: moved.batches, lines })
    }

    /// Gives the builder what is to be in the base, and says what is not.
    fn gather(&self, builder: &mut Builder, upto: u64, since: Option<Instant>) -> Result<Moved, StoreError> {
        let (before, anew) = self.disk().read(|read| Ok((log::base(read)?, log::anew(read)?)))?;
        if let Some(before) = &before {
            let folder = self.beside(&before.folder);
            builder.take_in(&folder).map_err(|error| broken(&folder, &error))?;
        }
        let feeds = self.feeds()?;
        let mut moved = Moved { before, left: BTreeMap::new(), batches: 0 };
        let mut failure = None;
        self.disk().read(|read| {
            let Some(table) = log::maybe(read.open_table(LOG))? else { return Ok(()) };
            for entry in table.range(..=upto)? {
                let (number, packed) = entry?;
                let number = number.value();
                let mut batch = log::unpack(packed.value())?;
                if batch.is_before(&anew, number) {
                    moved.batches = moved.batches.saturating_add(1);
                    continue;
                }
                if feeds.get(&batch.feed).is_some_and(|feed| feed.whole) {
                    moved.left.insert(number, batch);
                    continue;
                }
                match odd_lines(builder, &batch) {
                    Ok(odd) => batch.text = odd,
                    Err(error) => {
                        failure = Some(error);
                        return Ok(());
                    }
                }
                // That something could not be read is known for as long as what could.
                if batch.text.is_empty() || since.is_some_and(|since| batch.received < since.0) {
                    moved.batches = moved.batches.saturating_add(1);
                } else {
                    moved.left.insert(number, batch);
                }
            }
            Ok(())
        })?;
        match failure {
            Some(error) => Err(broken(self.disk().path(), &error)),
            None => Ok(moved),
        }
    }

    /// Removes folders that are no base: what a process left that was ended while it made one.
    pub fn tidy(&self) {
        let Ok(base) = self.disk().read(log::base) else { return };
        let Ok(entries) = std::fs::read_dir(self.beside("")) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.trim_start_matches('.').starts_with(PREFIX);
            if ours && base.as_ref().is_none_or(|base| base.folder != name) {
                // It is in nobody's way.
                drop(std::fs::remove_dir_all(entry.path()));
            }
        }
    }
}

/// Adds the facts of a batch; gives back the lines that are none.
fn odd_lines(builder: &mut Builder, batch: &Batch) -> Result<String, SnapshotError> {
    let mut odd = String::new();
    for line in batch.text.lines() {
        if builder.add_text(line)?.is_err() {
            odd.push_str(line);
            odd.push('\n');
        }
    }
    Ok(odd)
}

/// What no two bases share.
fn stamp() -> i64 {
    super::clock::wall().0
}

fn broken(path: &Path, error: &SnapshotError) -> StoreError {
    StoreError::Io { file: path.display().to_string(), reason: error.to_string() }
}

/// Makes a folder and everything in it durable.
fn durable(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(folder)?.sync_all()?;
    folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
