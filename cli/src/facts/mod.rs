//! Paths to facts: NDJSON, snapshots, tools' own output, and folders of these.

mod lines;
mod recognise;
mod sink;
pub mod site_key;

use std::path::{Path, PathBuf};

use assize_ingest::{IngestError, SiteKey};

pub use lines::{Difference, Lines, Tracker, canonical};
pub use sink::{Rejected, Sink};

use crate::error::CliError;
use crate::project::{Context, FactsEntry};
use crate::snapshot;
use recognise::Kind;

/// How deep folders of facts may nest.
const DEPTH: usize = 16;

/// What was read from where, and what could not be.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The files read: path, and what they were taken for.
    pub files: Vec<(PathBuf, String)>,
    /// Records that connectors could not read; the loader has its own.
    pub rejects: Vec<Rejected>,
    /// What connectors want people to know, with the file.
    pub notes: Vec<String>,
    /// Files that could not be read at all, each a whole sentence.
    pub failures: Vec<String>,
}

/// Reads every entry into `sink`. A file that cannot be read is listed and loses nothing but itself.
pub fn gather(entries: &[FactsEntry], defaults: &Context, key: &SiteKey, sink: &mut impl Sink) -> Gathered {
    let mut out = Gathered::default();
    for entry in entries {
        let context = entry.context.or(defaults);
        let mut reader = Reader { tool: entry.tool.as_deref(), context: &context, key, sink, out: &mut out };
        reader.path(&entry.path, 0);
    }
    out
}

/// Reads bytes that came from no file into `sink`.
pub fn gather_bytes(
    name: &Path,
    bytes: &[u8],
    tool: Option<&str>,
    context: &Context,
    key: &SiteKey,
    sink: &mut impl Sink,
    out: &mut Gathered,
) {
    let read = Reader { tool, context, key, sink, out }.file(name, bytes);
    if let Err(error) = read {
        out.failures.push(error.to_string());
    }
}

/// The files of a folder that are facts rather than words about them, sorted.
fn members(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|error| CliError::read(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let words = name.ends_with(".md") || name.ends_with(".assize") || name == crate::project::FILE;
        !name.starts_with('.') && !words
    });
    paths.sort();
    Ok(paths)
}

struct Reader<'a, S> {
    tool: Option<&'a str>,
    context: &'a Context,
    key: &'a SiteKey,
    sink: &'a mut S,
    out: &'a mut Gathered,
}

impl<S: Sink> Reader<'_, S> {
    fn path(&mut self, path: &Path, depth: usize) {
        if let Err(error) = self.try_path(path, depth) {
            self.out.failures.push(error.to_string());
        }
    }

    fn try_path(&mut self, path: &Path, depth: usize) -> Result<(), CliError> {
        if !path.is_dir() {
            let bytes = std::fs::read(path).map_err(|error| CliError::read(path, &error))?;
            return self.file(path, &bytes);
        }
        if snapshot::is_snapshot(path) {
            let rejects = snapshot::read(path, self.sink)?;
            self.out.rejects.extend(rejects);
            self.out.files.push((path.to_owned(), "snapshot".to_owned()));
            return Ok(());
        }
        if depth > DEPTH {
            return Err(failed(path, &format!("folders of facts nest at most {DEPTH} deep")));
        }
        let members = members(path)?;
        if members.is_empty() {
            return Err(failed(path, "the folder holds no facts"));
        }
        for member in members {
            self.path(&member, depth.saturating_add(1));
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), CliError> {
        let name = path.display().to_string();
        let kind = match self.tool {
            Some(tool) => Kind::Tool(tool.to_owned()),
            None => recognise::kind(bytes, &name),
        };
        let tool = match kind {
            Kind::Facts => {
                let end = self.sink.extent(path, bytes);
                let bytes = bytes.get(..end).unwrap_or(bytes);
                ndjson(&name, bytes, self.sink).map_err(|reason| failed(path, &reason))?;
                self.out.files.push((path.to_owned(), "facts".to_owned()));
                return Ok(());
            }
            Kind::Tool(tool) => tool,
        };
        let output = assize_ingest::ingest(&tool, bytes, &name, &ingest_context(self.context, self.key))
            .map_err(|error| failed(path, &reason(&error)))?;
        for line in output.lines {
            self.sink.add(&name, line);
        }
        self.out.rejects.extend(output.rejects.into_iter().map(|reject| Rejected {
            file: name.clone(),
            record: reject.record,
            field: reject.field,
            reason: reject.reason,
        }));
        self.out.notes.extend(output.notes.into_iter().map(|note| format!("{name}: {note}")));
        self.out.files.push((path.to_owned(), tool));
        Ok(())
    }
}

/// Feeds the lines of a fact file to `sink`; the error is why the file as a whole is no such file.
pub fn ndjson(name: &str, bytes: &[u8], sink: &mut impl Sink) -> Result<(), String> {
    let text = assize_ingest::json::text(bytes).map_err(|error| error.to_string())?;
    if text.trim().is_empty() {
        return Err(IngestError::Empty.to_string());
    }
    for (number, line) in (1_u64..).zip(text.lines()) {
        if !line.trim().is_empty() {
            sink.line(name, number, line);
        }
    }
    Ok(())
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

fn failed(path: &Path, reason: &str) -> CliError {
    CliError::Engine(format!("{}: {reason}", path.display()))
}
