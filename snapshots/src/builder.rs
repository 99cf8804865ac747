//! Facts to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize::facts::{Instant, Line, Source};
use assize_lang::plan::Schema;

use super::error::SnapshotError;
use super::folder::{self, Part};
use super::line::{Placed, Placing, cells, row_of};
use super::manifest::{FileEntry, InputEntry, Manifest, Rejected, SourceCount, VERSION};
use super::merge::{Stream, merged};
use super::reader::Rows;
use super::row;
use super::sorter::{Record, Room, Sorter};
use super::table::{OTHER, Table};
use super::writer::{Hashed, Tally, Writer};
use super::{MANIFEST, reader, retention};

/// How many bytes of lines are held in memory, over all files.
const BUDGET: usize = 64 << 20;

/// Gathers lines for a snapshot. It holds no more than a fixed number of bytes of them; the others wait, in
/// order, beside the folder that it writes.
#[derive(Debug)]
pub struct Builder {
    schema: Arc<Schema>,
    placing: Placing,
    folder: PathBuf,
    /// New lines by file.
    parts: BTreeMap<String, Sorter>,
    /// Room for them that was needed before.
    spare: Room,
    /// Files of earlier snapshots with the columns of today.
    earlier: BTreeMap<String, Vec<(PathBuf, FileEntry, u64)>>,
    rejects: BTreeSet<Rejected>,
    inputs: Vec<InputEntry>,
    held: usize,
    budget: usize,
    fingerprints: bool,
    /// Whether files keep their columns though today's are others.
    keeping_columns: bool,
    /// What was before is left out.
    since: Option<Instant>,
}

impl Builder {
    /// An empty snapshot, to be written to `folder`.
    #[must_use]
    pub fn new(schema: Arc<Schema>, folder: &Path) -> Self {
        Self {
            placing: Placing::new(&schema),
            schema,
            folder: folder.to_owned(),
            parts: BTreeMap::new(),
            spare: Room::default(),
            earlier: BTreeMap::new(),
            rejects: BTreeSet::new(),
            inputs: Vec::new(),
            held: 0,
            budget: BUDGET,
            fingerprints: false,
            keeping_columns: false,
            since: None,
        }
    }

    /// The same with another number of bytes that it holds in memory.
    #[must_use]
    pub const fn with_budget(mut self, budget: usize) -> Self {
        self.budget = budget;
        self
    }

    /// The same that leaves files of other columns as they are, where nothing is added to them.
    #[must_use]
    pub const fn keeping_columns(mut self) -> Self {
        self.keeping_columns = true;
        self
    }

    /// Leaves out what was seen before an instant, and all claims to have watched before it. Aliases stay.
    pub const fn keep_since(&mut self, since: Instant) {
        self.since = Some(since);
    }

    /// Adds a line.
    ///
    /// # Errors
    /// There is no room beside the folder for what does not fit in memory.
    pub fn add(&mut self, line: Line) -> Result<(), SnapshotError> {
        let Self { placing, parts, spare, fingerprints, .. } = self;
        let size = placing.line(&line, |placed| keep(placed, parts, spare, fingerprints));
        self.hold(size)
    }

    /// Adds a line of the usual shape without a tree of JSON: a report of which every field fits its type. `told` gets its
    /// type and its key. Whether it is such a line.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_plain(&mut self, text: &str, told: impl FnOnce(&str, &str)) -> Result<bool, SnapshotError> {
        let Self { placing, parts, spare, fingerprints, .. } = self;
        let size = placing.text(text, |placed| {
            told(placed.stem, placed.key);
            keep(placed, parts, spare, fingerprints)
        });
        match size {
            Some(size) => self.hold(size).map(|()| true),
            None => Ok(false),
        }
    }

    /// Counts memory that a line takes; too much of it goes to disk.
    fn hold(&mut self, size: usize) -> Result<(), SnapshotError> {
        self.held = self.held.saturating_add(size);
        if self.held <= self.budget {
            return Ok(());
        }
        let Some((stem, largest)) = self.parts.iter_mut().max_by_key(|(_, sorter)| sorter.size()) else {
            return Ok(());
        };
        self.held = self.held.saturating_sub(largest.size());
        let place = beside(&self.folder, "new");
        std::fs::create_dir_all(&place).map_err(|error| SnapshotError::write(&place, &error))?;
        largest.spill(&place, stem, &mut self.spare)
    }

    /// Adds a line of text; the error is the field and the reason where it is none.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_text(&mut self, text: &str) -> Result<Result<(), (Option<String>, String)>, SnapshotError> {
        if self.add_plain(text, |_, _| ())? {
            return Ok(Ok(()));
        }
        let value = serde_json::from_str(text).map_err(|error| (None, format!("this is not JSON: {error}")));
        let line =
            value.and_then(|value| Line::from_json(value).map_err(|error| (error.field, error.reason)));
        match line {
            Ok(line) => self.add(line).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Takes in a snapshot: its lines, its rejects and what it was read from. Its files are only read when the
    /// new one is written.
    ///
    /// # Errors
    /// It cannot be read, or is not what its manifest says.
    pub fn take_in(&mut self, folder: &Path) -> Result<(), SnapshotError> {
        let manifest = folder::manifest(folder)?;
        for (name, count, part) in folder::parts(folder, &manifest)? {
            match part {
                Part::Rows(path, entry) => {
                    reader::verify(&path, &entry)?;
                    self.earlier.entry(name).or_default().push((path, entry, count));
                }
                Part::Lines(path) => {
                    let mut done = Ok(());
                    reader::lines(&path, count, &mut |_, line| {
                        if done.is_ok() {
                            done = self.again(&path, line);
                        }
                    })?;
                    done?;
                }
            }
        }
        self.rejects.extend(manifest.rejects);
        manifest.inputs.into_iter().for_each(|input| self.input(input));
        Ok(())
    }

    fn again(&mut self, path: &Path, line: &str) -> Result<(), SnapshotError> {
        let damaged = |(_, reason): (Option<String>, String)| SnapshotError::damaged(path, reason);
        self.add_text(line)?.map_err(damaged)
    }

    /// Keeps a record that did not become a fact.
    pub fn reject(&mut self, reject: Rejected) {
        self.rejects.insert(reject);
    }

    /// Keeps what an input was. What it was known as before is replaced.
    pub fn input(&mut self, input: InputEntry) {
        self.inputs.retain(|known| !known.is_same(&input));
        self.inputs.push(input);
    }

    /// The inputs so far.
    #[must_use]
    pub fn inputs(&self) -> &[InputEntry] {
        &self.inputs
    }

    /// Whether a key among the lines that were added is a fingerprint.
    #[must_use]
    pub const fn has_fingerprints(&self) -> bool {
        self.fingerprints
    }

    /// Reads again the files of which the columns are other ones than they will have.
    fn settle(&mut self) -> Result<(), SnapshotError> {
        let names: Vec<String> = self.earlier.keys().cloned().collect();
        for name in names {
            let files = self.earlier.get(&name).map(Vec::as_slice).unwrap_or_default();
            let Some((_, first, _)) = files.first() else { continue };
            let alike = files.iter().all(|(_, entry, _)| entry.schema == first.schema);
            let stays = match self.table(&name) {
                Some(today) => {
                    today.hash == first.schema || self.keeping_columns && !self.parts.contains_key(&name)
                }
                // Nobody here knows the type, so no new line can be of it.
                None => true,
            };
            if alike && stays {
                continue;
            }
            for (path, entry, count) in self.earlier.remove(&name).unwrap_or_default() {
                let mut rows = Rows::open(&path, &name, &entry, count)?;
                let mut text = Vec::new();
                while rows.next_row(&mut text)?.is_some() {
                    self.again(&path, &String::from_utf8_lossy(&text))?;
                    text.clear();
                }
            }
        }
        Ok(())
    }

    /// The columns of a file.
    fn table(&self, name: &str) -> Option<Table> {
        if let Some(own) = Table::own(name) {
            return Some(own);
        }
        Table::of_type(name, self.schema.fact(name)?, &self.schema)
    }

    /// Writes the folder. What stood there stays until the new one is complete.
    ///
    /// # Errors
    /// A file cannot be written, or one that was taken in is not what its manifest says.
    pub fn write(mut self) -> Result<Manifest, SnapshotError> {
        let (new, old) = (beside(&self.folder, "new"), beside(&self.folder, "old"));
        std::fs::create_dir_all(&new).map_err(|error| SnapshotError::write(&new, &error))?;
        let manifest = self.write_into(&new)?;
        folder::swap(&new, &self.folder, &old)?;
        Ok(manifest)
    }

    fn write_into(&mut self, new: &Path) -> Result<Manifest, SnapshotError> {
        self.settle()?;
        self.spare = Room::default();
        let mut manifest = Manifest { assize_snapshot: VERSION, ..Manifest::default() };
        let mut names: BTreeSet<String> = self.parts.keys().chain(self.earlier.keys()).cloned().collect();
        names.remove(OTHER);
        for name in names {
            let sorter = self.parts.remove(&name).unwrap_or_default();
            let earlier = self.earlier.remove(&name).unwrap_or_default();
            let (count, entry) = match (sorter.is_empty(), earlier.as_slice()) {
                (true, [(path, entry, count)]) if self.since.is_none() => {
                    copy(path, &new.join(&entry.file))?;
                    (*count, entry.clone())
                }
                _ => self.write_rows(new, &name, sorter, earlier)?,
            };
            if count > 0 {
                manifest.counts.insert(name.clone(), count);
                manifest.files.insert(name, entry);
            } else {
                let path = new.join(&entry.file);
                std::fs::remove_file(&path).map_err(|error| SnapshotError::write(&path, &error))?;
            }
        }
        if let Some(sorter) = self.parts.remove(OTHER) {
            let (count, entry) = write_lines(new, merged(sorter.streams()?))?;
            manifest.counts.insert(OTHER.to_owned(), count);
            manifest.files.insert(OTHER.to_owned(), entry);
        }
        remove_runs(new)?;
        manifest.sources = sum(manifest.files.values().flat_map(|file| &file.sources));
        manifest.rejects = std::mem::take(&mut self.rejects).into_iter().collect();
        manifest.inputs = std::mem::take(&mut self.inputs);
        manifest.inputs.sort();
        let path = new.join(MANIFEST);
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| SnapshotError::Manifest { path: path.clone(), reason: error.to_string() })?;
        std::fs::write(&path, text + "\n").map_err(|error| SnapshotError::write(&path, &error))?;
        Ok(manifest)
    }

    fn write_rows(
        &self,
        new: &Path,
        name: &str,
        mut sorter: Sorter,
        earlier: Vec<(PathBuf, FileEntry, u64)>,
    ) -> Result<(u64, FileEntry), SnapshotError> {
        // Columns on their way to a file take the memory that lines took.
        if sorter.is_spilt() {
            sorter.spill(new, name, &mut Room::default())?;
        }
        let mut streams = sorter.streams()?;
        let mut table = self.table(name);
        for (path, entry, count) in &earlier {
            let rows = Rows::open(path, name, entry, *count)?;
            if table.as_ref().is_none_or(|table| table.hash != entry.schema) {
                table = Table::of_file(name, rows.schema(), &entry.schema);
            }
            streams.push(Box::new(rows));
        }
        let place = new.join(name);
        let table = table.ok_or_else(|| SnapshotError::damaged(&place, "its columns are of no kind"))?;
        let mut writer = Writer::create(new, &table)?;
        for record in merged(streams) {
            let record = record?;
            let Some(since) = self.since else {
                writer.push(&record)?;
                continue;
            };
            let line = row::line(&table, record.key(), record.text());
            let line = line.ok_or_else(|| SnapshotError::damaged(&place, "a row is cut off"))?;
            if let Some(line) = retention::kept(line, since) {
                let mut kept = Vec::new();
                cells(&table, row_of(line), &mut kept);
                writer.push(&Record::new(record.key(), record.at(), &kept))?;
            }
        }
        writer.finish()
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        // Gone already where the snapshot was written; and there is nothing to do about what stays.
        drop(std::fs::remove_dir_all(beside(&self.folder, "new")));
    }
}

/// Keeps a line for its file; how much memory it takes.
fn keep(
    placed: &Placed<'_>,
    parts: &mut BTreeMap<String, Sorter>,
    spare: &mut Room,
    fingerprints: &mut bool,
) -> usize {
    *fingerprints |= placed.key.starts_with("fp:");
    match parts.get_mut(placed.stem) {
        Some(sorter) => sorter.push(placed, spare),
        None => parts.entry(placed.stem.to_owned()).or_default().push(placed, spare),
    }
}

/// Who says a line, and of when.
const fn said(line: &Line) -> (&Source, Instant) {
    match line {
        Line::Report(report) => (&report.source, report.observed_at),
        Line::Retract(retract) => (&retract.source, retract.observed_at),
        Line::Run(run) => (&run.source, run.until),
        Line::SameAs(same) => (&same.source, same.observed_at),
    }
}

/// The name of a folder next to the snapshot's, of this process.
fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.with_file_name(format!(".{name}.{suffix}-{}", std::process::id()))
}

/// A file of lines, in order.
fn write_lines(new: &Path, lines: Stream<'_>) -> Result<(u64, FileEntry), SnapshotError> {
    let file = format!("{OTHER}.ndjson");
    let path = new.join(&file);
    let failed = |error: std::io::Error| SnapshotError::write(&path, &error);
    let mut out = Hashed::create(&path)?;
    let (mut count, mut tally) = (0_u64, Tally::default());
    for record in lines {
        let record = record?;
        let value = serde_json::from_slice(record.text()).unwrap_or_default();
        if let Ok(line) = Line::from_json(value) {
            let (source, at) = said(&line);
            tally.add(&source.tool, source.instance.as_deref(), at);
        }
        out.write_all(record.text()).and_then(|()| out.write_all(b"\n")).map_err(failed)?;
        count = count.saturating_add(1);
    }
    let (bytes, sha256) = out.finish().map_err(failed)?;
    Ok((count, FileEntry { file, bytes, sha256, schema: String::new(), sources: tally.finish() }))
}

fn copy(from: &Path, to: &Path) -> Result<(), SnapshotError> {
    std::fs::copy(from, to).map(drop).map_err(|error| SnapshotError::write(to, &error))
}

/// Removes what was in order on disk and is in the files now.
fn remove_runs(folder: &Path) -> Result<(), SnapshotError> {
    let entries = std::fs::read_dir(folder).map_err(|error| SnapshotError::read(folder, &error))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == "run") {
            std::fs::remove_file(&path).map_err(|error| SnapshotError::write(&path, &error))?;
        }
    }
    Ok(())
}

/// The counts of several files, together.
fn sum<'a>(counts: impl Iterator<Item = &'a SourceCount>) -> Vec<SourceCount> {
    let mut all: BTreeMap<(String, Option<String>), SourceCount> = BTreeMap::new();
    for count in counts {
        let identity = (count.tool.clone(), count.instance.clone());
        match all.get_mut(&identity) {
            Some(known) => {
                known.lines = known.lines.saturating_add(count.lines);
                let at = |count: &SourceCount| count.newest.parse::<Instant>().ok();
                if at(known) < at(count) {
                    known.newest.clone_from(&count.newest);
                }
            }
            None => {
                all.insert(identity, count.clone());
            }
        }
    }
    all.into_values().collect()
}
