//! Paths to facts: NDJSON, snapshots, tools' own output, packed or not, and folders and patterns of these.

mod asked;
mod lines;
mod map;
mod progress;
mod sink;
pub mod site_key;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use assize_ingest::mapping::Mapping;
use assize_ingest::recognise::{self, Kind};
use assize_ingest::{IngestError, Input, Limits, Output, SiteKey, stream};
use assize_snapshots::{Hashing, InputEntry, paths};
pub use lines::{Difference, Lines, Tracker, canonical};

pub use asked::names_more;
pub use assize_snapshots::Rejected;
pub use sink::Sink;

use crate::error::CliError;
use crate::project::{Context, FactsEntry};
use crate::snapshot;
use asked::Asked;
use progress::Shown;

/// How deep folders of facts may nest.
const DEPTH: usize = 16;

/// How many rejects of one file are kept one by one. The others are counted.
const REJECTS: usize = 1_000;

/// What was read from where, and what could not be.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The files that were looked at.
    pub files: Vec<FileRead>,
    /// Records that connectors could not read; the loader has its own.
    pub rejects: Vec<Rejected>,
    /// What connectors want people to know, with the file.
    pub notes: Vec<String>,
    /// Files that could not be read at all, each a whole sentence.
    pub failures: Vec<String>,
    /// What was asked of feeds, where there is one.
    pub asked_for: Option<Arc<BTreeSet<String>>>,
    /// What the facts name so far.
    asked: Asked,
}

impl Gathered {
    /// Whether nothing at all could be read.
    pub fn is_empty(&self) -> bool {
        !self.files.iter().any(FileRead::is_read)
    }
}

/// A file that was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileRead {
    /// Where it is.
    pub path: PathBuf,
    /// What it was taken for.
    pub kind: String,
    /// What became of it: lines by type. Only where facts are gathered for a snapshot.
    pub lines: BTreeMap<String, u64>,
    /// How many of its records were rejected.
    pub rejected: u64,
    /// How long that took.
    pub seconds: f64,
    /// Why nothing could be read from it.
    pub error: Option<String>,
}

impl FileRead {
    /// Whether anything could be read from it.
    pub fn is_read(&self) -> bool {
        !NOT_READ.contains(&self.kind.as_str())
    }
}

/// What a file is taken for that was read before.
const UNCHANGED: &str = "unchanged";

/// What a file is taken for that no connector knows, and one that could not be read.
const NOT_READ: [&str; 2] = ["not recognised", "not read"];

/// Reads every entry into `sink`. A file that cannot be read is listed and loses nothing but itself.
pub fn gather(entries: &[FactsEntry], defaults: &Context, key: &SiteKey, sink: &mut impl Sink) -> Gathered {
    let mut out = Gathered::default();
    let mut feeds = Vec::new();
    for entry in entries {
        match How::of(entry, defaults, key) {
            Ok(how) => {
                let mut later = Vec::new();
                Reader { how: &how, sink, out: &mut out, later: Some(&mut later) }.path(&entry.path, 0);
                feeds.extend(later.into_iter().map(|path| (entry, path)));
            }
            Err(error) => out.failures.push(error.to_string()),
        }
    }
    for (entry, path) in feeds {
        match How::of(entry, defaults, key) {
            Ok(mut how) => {
                how.ask(&mut out, sink);
                Reader { how: &how, sink, out: &mut out, later: None }.path(&path, 0);
            }
            Err(error) => out.failures.push(error.to_string()),
        }
    }
    out
}

/// Reads what comes from no file into `sink`; the entry's path is its name.
pub fn gather_from(
    entry: &FactsEntry,
    reader: impl Read,
    key: &SiteKey,
    sink: &mut impl Sink,
    out: &mut Gathered,
) {
    match How::of(entry, &Context::default(), key) {
        Ok(mut how) => {
            if entry.tool.as_deref().is_some_and(asked::is_feed) {
                how.ask(out, sink);
            }
            Reader { how: &how, sink, out, later: None }.file(&entry.path, reader);
        }
        Err(error) => out.failures.push(error.to_string()),
    }
}

/// How the files of an entry are to be read.
struct How<'a> {
    tool: Option<&'a str>,
    mapping: Option<Mapping>,
    context: assize_ingest::Context,
    /// All of this, as a hash.
    said: String,
}

impl<'a> How<'a> {
    fn of(entry: &'a FactsEntry, defaults: &Context, key: &SiteKey) -> Result<Self, CliError> {
        let mapping = entry.map.as_deref().map(map::load).transpose()?;
        let context = entry.context.or(defaults);
        let said = format!("{:?} {context:?}", mapping.as_ref().map(Mapping::hash));
        let said = Hashing::new(said.as_bytes(), true).finish().unwrap_or_default();
        let context = ingest_context(&context, key);
        Ok(Self { tool: entry.tool.as_deref(), mapping, context, said })
    }

    /// Asks of a feed only for what facts name. It is read anew each time: they may name more by then.
    fn ask(&mut self, out: &mut Gathered, sink: &impl Sink) {
        let asked = out.asked.all(sink.earlier());
        out.asked_for = Some(Arc::clone(&asked));
        self.context.asked = Some(asked);
        self.said.push_str(" for what was asked");
    }

    /// A file of this content, read so.
    fn input(&self, path: &Path, sha256: String) -> InputEntry {
        InputEntry {
            sha256,
            tool: self.tool.unwrap_or("auto").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            context: self.said.clone(),
            file: path.display().to_string(),
            ..InputEntry::default()
        }
    }
}

struct Reader<'a, S> {
    how: &'a How<'a>,
    sink: &'a mut S,
    out: &'a mut Gathered,
    /// Where feeds are put that are to be read later.
    later: Option<&'a mut Vec<PathBuf>>,
}

impl<S: Sink> Reader<'_, S> {
    fn path(&mut self, path: &Path, depth: usize) {
        if !path.is_dir() && !paths::is_pattern(path) {
            match File::open(path).and_then(|file| Ok((file.metadata()?.len(), file))) {
                Ok((bytes, file)) => {
                    if !self.is_known(path) {
                        self.file(path, Shown::new(file, path, bytes));
                    }
                }
                Err(error) => self.failed(path, "not read", &CliError::read(path, &error)),
            }
        } else if let Err(error) = self.folder(path, depth) {
            self.out.failures.push(error.to_string());
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), CliError> {
        if assize_snapshots::is_snapshot(path) {
            let begun = Instant::now();
            self.out.asked.file(path);
            let rejects = snapshot::read(path, self.sink)?;
            self.out.rejects.extend(rejects);
            self.done(path, "snapshot", 0, begun);
            return Ok(());
        }
        if depth > DEPTH {
            return Err(failed(path, &format!("folders of facts nest at most {DEPTH} deep")));
        }
        let members = if path.is_dir() {
            paths::members(path).map_err(|error| CliError::read(path, &error))?
        } else {
            paths::expand(path)
        };
        if members.is_empty() {
            let what = if path.is_dir() { "the folder holds no facts" } else { "no file is called so" };
            return Err(failed(path, what));
        }
        for member in members {
            self.path(&member, depth.saturating_add(1));
        }
        Ok(())
    }

    /// Whether the file was read before, the same way. It is only hashed then.
    fn is_known(&mut self, path: &Path) -> bool {
        let begun = Instant::now();
        let known = self.sink.keeps_inputs().1 && {
            let digest = File::open(path).and_then(|file| Hashing::new(file, true).finish());
            digest.is_ok_and(|digest| self.sink.knows(&self.how.input(path, digest)))
        };
        if known {
            self.done(path, UNCHANGED, 0, begun);
        }
        known
    }

    fn file(&mut self, path: &Path, reader: impl Read) {
        let mut reader = Hashing::new(reader, self.sink.keeps_inputs().0);
        let (begun, before) = (Instant::now(), self.out.rejects.len());
        match self.read(path, &mut reader) {
            Ok(None) => {}
            Ok(Some((kind, rejected))) => {
                let kept = self.out.rejects.len().saturating_sub(before);
                let more = rejected.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX));
                if more > 0 {
                    let (file, record) = (path.display().to_string(), format!("{more} records more"));
                    let reason = "could not be read either".to_owned();
                    self.out.rejects.push(Rejected { file, record, field: None, reason });
                }
                let done = self.done(path, &kind, rejected, begun);
                if self.sink.keeps_inputs().0
                    && let Ok(digest) = reader.finish()
                {
                    let lines = done.lines.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
                    let rejected = done.rejected;
                    self.sink.read(InputEntry { lines, rejected, ..self.how.input(path, digest) });
                }
            }
            Err(error) => {
                let unknown = matches!(error, IngestError::Unrecognised { .. } | IngestError::Nothing);
                let kind = if unknown { "not recognised" } else { "not read" };
                self.failed(path, kind, &failed(path, &reason(&error)));
            }
        }
    }

    fn done(&mut self, path: &Path, kind: &str, rejected: u64, begun: Instant) -> FileRead {
        let (lines, refused) = self.sink.tally();
        let seconds = begun.elapsed().as_secs_f64();
        let rejected = rejected.saturating_add(refused);
        let (path, kind) = (path.to_owned(), kind.to_owned());
        let read = FileRead { path, kind, lines, rejected, seconds, error: None };
        self.out.files.push(read.clone());
        read
    }

    fn failed(&mut self, path: &Path, kind: &str, error: &CliError) {
        self.out.failures.push(error.to_string());
        self.done(path, kind, 0, Instant::now());
        if let Some(read) = self.out.files.last_mut() {
            read.error = Some(error.to_string());
        }
    }

    /// Reads a file: what it was taken for, and how many of its records could not be read. Nothing where it is to be
    /// read later.
    fn read(&mut self, path: &Path, reader: impl Read) -> Result<Option<(String, u64)>, IngestError> {
        let name = path.display().to_string();
        let mut input = Input::open(reader, Limits::default())?;
        let kind = match (&self.how.mapping, self.how.tool) {
            (Some(mapping), _) => Kind::Tool(mapping.tool().to_owned()),
            (None, Some("json")) => {
                return Err(IngestError::NeedsFlag { flag: "--map", what: "how its records become facts" });
            }
            (None, Some(tool)) => Kind::Tool(tool.to_owned()),
            (None, None) => recognise::kind(input.head(), &name),
        };
        let tool = match kind {
            Kind::Facts if self.sink.follows() => {
                let bytes = input.whole()?;
                let end = self.sink.extent(path, &bytes);
                let bytes = bytes.get(..end).unwrap_or(&bytes);
                self.out.asked.text(&String::from_utf8_lossy(bytes));
                self.lines(&name, bytes)?;
                return Ok(Some(("facts".to_owned(), 0)));
            }
            Kind::Facts => {
                self.out.asked.file(path);
                self.lines(&name, &mut input)?;
                return Ok(Some(("facts".to_owned(), 0)));
            }
            Kind::Tool(tool) => tool,
        };
        if let Some(later) = self.later.as_mut().filter(|_| asked::is_feed(&tool)) {
            later.push(path.to_owned());
            return Ok(None);
        }
        let (sink, out) = (&mut *self.sink, &mut *self.out);
        let mut rejected = 0_usize;
        let mut take = |output: Output| {
            for line in output.lines {
                out.asked.see(&line);
                sink.add(&name, line);
            }
            let room = REJECTS.saturating_sub(rejected);
            rejected = rejected.saturating_add(output.rejects.len());
            out.rejects.extend(output.rejects.into_iter().take(room).map(|reject| Rejected {
                file: name.clone(),
                record: reject.record,
                field: reject.field,
                reason: reject.reason,
            }));
            out.notes.extend(output.notes.into_iter().map(|note| format!("{name}: {note}")));
        };
        let context = &self.how.context;
        let tool = match &self.how.mapping {
            Some(mapping) => stream::run(mapping, input, context, &mut take).map(|()| tool)?,
            None => assize_ingest::ingest_from(&tool, input, &name, context, &mut take)?.to_owned(),
        };
        Ok(Some((tool, u64::try_from(rejected).unwrap_or(u64::MAX))))
    }

    /// Feeds the lines of a fact file to the sink.
    fn lines(&mut self, name: &str, reader: impl std::io::BufRead) -> Result<(), IngestError> {
        let limit = Limits::default().record;
        assize_ingest::records::lines(reader, limit, &mut |number, line| self.sink.line(name, number, line))
    }
}

/// A connector's error, with where to say in a project what the input does not.
fn reason(error: &IngestError) -> String {
    match error {
        IngestError::NeedsFlag { flag, .. } => {
            let key = flag.trim_start_matches('-').replace('-', "_");
            format!("{error}, or `{key}` at its entry in assize.toml: {{ path = \"…\", {key} = \"…\" }}")
        }
        _ => error.to_string(),
    }
}

/// A connector's context.
pub fn ingest_context(context: &Context, key: &SiteKey) -> assize_ingest::Context {
    assize_ingest::Context {
        cluster: context.cluster.clone(),
        repo: context.repo.clone(),
        commit: context.commit.clone(),
        account: context.account.clone(),
        visibility: context.visibility.clone(),
        observed_at: context.observed_at,
        instance: context.instance.clone(),
        asked: None,
        site_key: key.clone(),
    }
}

fn failed(path: &Path, reason: &str) -> CliError {
    CliError::Engine(format!("{}: {reason}", path.display()))
}
