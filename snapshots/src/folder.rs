//! The folder of a snapshot: known, read, put in place.

use std::path::{Path, PathBuf};

use super::error::SnapshotError;
use super::manifest::{FileEntry, Manifest, NDJSON_VERSION, VERSION};
use super::table::OTHER;
use super::{MANIFEST, reader};

/// Whether the folder is a snapshot, whatever its version.
#[must_use]
pub fn is_snapshot(folder: &Path) -> bool {
    let text = std::fs::read(folder.join(MANIFEST)).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    value.get("assize_snapshot").is_some()
}

/// The manifest of the snapshot in `folder`.
///
/// # Errors
/// It cannot be read, is none, or is of a later version.
pub fn manifest(folder: &Path) -> Result<Manifest, SnapshotError> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| SnapshotError::read(&path, &error))?;
    // The version first: what is of another may have any shape.
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let version = value.get("assize_snapshot").and_then(serde_json::Value::as_u64);
    if let Some(found) = version.and_then(|version| u32::try_from(version).ok())
        && ![NDJSON_VERSION, VERSION].contains(&found)
    {
        return Err(SnapshotError::Version { path, found, known: VERSION });
    }
    serde_json::from_slice(&text).map_err(|error| SnapshotError::Manifest { path, reason: error.to_string() })
}

/// One file of a snapshot.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A line of JSON each.
    Lines(PathBuf),
    /// Rows of a type, or of one of our own tables.
    Rows(PathBuf, FileEntry),
}

/// The files of a snapshot by name without the ending, each with how many lines it holds.
pub(crate) fn parts(folder: &Path, manifest: &Manifest) -> Result<Vec<(String, u64, Part)>, SnapshotError> {
    let mut out = Vec::new();
    for (name, count) in &manifest.counts {
        let entry = manifest.files.get(name).filter(|_| name != OTHER);
        let file = match entry {
            Some(entry) => entry.file.clone(),
            None => format!("{name}.ndjson"),
        };
        let path = folder.join(&file);
        if file.contains(['/', '\\']) {
            let reason = "the manifest names a file outside the snapshot";
            return Err(SnapshotError::damaged(&path, reason));
        }
        let part = match entry {
            Some(entry) => Part::Rows(path, entry.clone()),
            None => Part::Lines(path),
        };
        out.push((name.clone(), *count, part));
    }
    Ok(out)
}

/// Reads a snapshot: every line as text, with its file and its number there.
///
/// # Errors
/// The first file that cannot be read or is not what the manifest says; the lines before it have been given.
pub fn read(folder: &Path, each: &mut dyn FnMut(&str, u64, &str)) -> Result<Manifest, SnapshotError> {
    read_some(folder, &|_| true, each)
}

/// The same of the files of which the name, without its ending, is wanted.
///
/// # Errors
/// As [`read`].
pub fn read_some(
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
    each: &mut dyn FnMut(&str, u64, &str),
) -> Result<Manifest, SnapshotError> {
    let manifest = manifest(folder)?;
    for (name, count, part) in parts(folder, &manifest)?.into_iter().filter(|(name, _, _)| wanted(name)) {
        match part {
            Part::Lines(path) => {
                let file = path.display().to_string();
                reader::lines(&path, count, &mut |number, line| each(&file, number, line))?;
            }
            Part::Rows(path, entry) => {
                let file = path.display().to_string();
                let mut rows = reader::Rows::open(&path, &name, &entry, count)?;
                let (mut line, mut number) = (Vec::new(), 0_u64);
                while rows.next_row(&mut line)?.is_some() {
                    number = number.saturating_add(1);
                    match std::str::from_utf8(&line) {
                        Ok(line) => each(&file, number, line),
                        Err(_) => return Err(SnapshotError::damaged(&path, "a row is no UTF-8")),
                    }
                    line.clear();
                }
            }
        }
    }
    Ok(manifest)
}

/// Puts the folder `new` in the place of `folder`; what stood there is gone only then.
pub(crate) fn swap(new: &Path, folder: &Path, old: &Path) -> Result<(), SnapshotError> {
    let failed = |error: std::io::Error| SnapshotError::write(folder, &error);
    if folder.exists() {
        std::fs::rename(folder, old).map_err(failed)?;
    }
    std::fs::rename(new, folder).map_err(failed)?;
    if old.exists() {
        std::fs::remove_dir_all(old).map_err(failed)?;
    }
    Ok(())
}
