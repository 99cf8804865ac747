//! Facts from files: lines of facts, the output of tools, snapshots; packed or not; and folders and patterns of these.

use std::fs::File;
use std::path::{Path, PathBuf};

use assize::facts::Instant;
use assize_ingest::recognise::{self, Kind};
use assize_ingest::{Context, IngestError, Input, Limits, Output, records};
use assize_snapshots::paths;

/// How deep folders of facts may nest.
const DEPTH: usize = 16;

/// The tool of files that say themselves what they are.
pub const AUTO: &str = "auto";

/// What a file was taken for, and what of it could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// `facts`, `snapshot`, or a tool's name.
    pub kind: String,
    /// How many of the tool's records could not be read. Lines of facts are held against the schema elsewhere.
    pub rejected: u64,
}

/// The files that a path means: itself, those of a folder, those of a pattern. A snapshot is one.
///
/// # Errors
/// A sentence where a folder cannot be read, or nothing is called so.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let mut out = Vec::new();
    if path.is_dir() || !paths::is_pattern(path) {
        gather(path, 0, &mut out)?;
    } else {
        let fixed = fixed(path);
        if !fixed.is_dir() {
            return Err(format!("{}: there is no such folder", fixed.display()));
        }
        for found in paths::expand(path) {
            gather(&found, 0, &mut out)?;
        }
    }
    Ok(out)
}

fn gather(path: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    if !path.is_dir() || assize_snapshots::is_snapshot(path) {
        std::fs::metadata(path).map_err(|error| failed(&error))?;
        out.push(path.to_owned());
        return Ok(());
    }
    if depth > DEPTH {
        return Err(failed(&format!("folders of facts nest at most {DEPTH} deep")));
    }
    for member in paths::members(path).map_err(|error| failed(&error))? {
        gather(&member, depth.saturating_add(1), out)?;
    }
    Ok(())
}

/// The part of a pattern before its first star or question mark.
#[must_use]
pub fn fixed(pattern: &Path) -> PathBuf {
    let plain = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?']);
    let fixed: PathBuf = pattern.components().take_while(plain).collect();
    if fixed.as_os_str().is_empty() { PathBuf::from(".") } else { fixed }
}

/// Reads one file, or a snapshot, line by line, each with its number.
///
/// # Errors
/// A sentence; the lines before what is wrong were given.
pub fn file(
    path: &Path,
    tool: &str,
    context: &Context,
    each: &mut dyn FnMut(u64, &str),
) -> Result<Read, String> {
    let failed = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    if path.is_dir() {
        assize_snapshots::read(path, &mut |_, number, line| each(number, line))
            .map_err(|error| error.to_string())?;
        return Ok(Read { kind: "snapshot".to_owned(), rejected: 0 });
    }
    let opened = File::open(path).map_err(|error| failed(&error))?;
    let context = dated(path, context);
    input(opened, &path.display().to_string(), tool, &context, each).map_err(|error| failed(&error))
}

/// The context of a file: what a tool does not date was seen when the file was written.
#[must_use]
pub fn dated(path: &Path, context: &Context) -> Context {
    let written = std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let written = written.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let written = written.map(|since| Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)));
    Context { observed_at: context.observed_at.or(written), ..context.clone() }
}

/// The same of what is read from anywhere, called `name`.
///
/// # Errors
/// As [`file()`].
pub fn input(
    from: impl std::io::Read,
    name: &str,
    tool: &str,
    context: &Context,
    each: &mut dyn FnMut(u64, &str),
) -> Result<Read, IngestError> {
    let input = Input::open(from, Limits::default())?;
    let kind = if tool == AUTO { recognise::kind(input.head(), name) } else { Kind::Tool(tool.to_owned()) };
    let tool = match kind {
        Kind::Facts => {
            records::lines(input, Limits::default().record, each)?;
            return Ok(Read { kind: "facts".to_owned(), rejected: 0 });
        }
        Kind::Tool(tool) => tool,
    };
    let (mut number, mut rejected) = (0_u64, 0_usize);
    let mut take = |output: Output| {
        rejected = rejected.saturating_add(output.rejects.len());
        for line in output.lines {
            number = number.saturating_add(1);
            each(number, &line.to_json().to_string());
        }
    };
    let kind = assize_ingest::ingest_from(&tool, input, name, context, &mut take)?;
    Ok(Read { kind: kind.to_owned(), rejected: u64::try_from(rejected).unwrap_or(u64::MAX) })
}
