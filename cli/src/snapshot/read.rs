//! A folder to facts.

use std::path::Path;

use super::MANIFEST;
use super::manifest::{Manifest, VERSION};
use crate::error::CliError;
use crate::facts::{Rejected, Sink, ndjson};

/// Whether the folder is a snapshot, whatever its version.
pub fn is_snapshot(folder: &Path) -> bool {
    let text = std::fs::read(folder.join(MANIFEST)).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    value.get("assize_snapshot").is_some()
}

/// The manifest of the snapshot in `folder`.
pub fn manifest(folder: &Path) -> Result<Manifest, CliError> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| CliError::read(&path, &error))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| CliError::Engine(format!("{}: this is no manifest: {error}", path.display())))?;
    if manifest.assize_snapshot != VERSION {
        let found = manifest.assize_snapshot;
        let remedy = "read it with the version that wrote it, or ingest again";
        return Err(CliError::Engine(format!(
            "{}: the layout has version {found} and this is for {VERSION}; {remedy}",
            path.display()
        )));
    }
    Ok(manifest)
}

/// Feeds the snapshot in `folder` to `sink`; gives back the rejects that it was written with.
pub fn read(folder: &Path, sink: &mut impl Sink) -> Result<Vec<Rejected>, CliError> {
    let manifest = manifest(folder)?;
    for (name, expected) in &manifest.counts {
        let path = folder.join(format!("{name}.ndjson"));
        let wrong = |reason: String| CliError::Engine(format!("{}: {reason}", path.display()));
        if name.contains(['/', '\\']) {
            return Err(wrong("the manifest names a file outside the snapshot".to_owned()));
        }
        let bytes = std::fs::read(&path).map_err(|error| CliError::read(&path, &error))?;
        let found = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        if u64::try_from(found).ok() != Some(*expected) {
            let remedy = "it was cut off or edited; ingest again";
            return Err(wrong(format!("it has {found} lines and the manifest counts {expected}; {remedy}")));
        }
        ndjson(&path.display().to_string(), &bytes, sink).map_err(wrong)?;
    }
    Ok(manifest.rejects)
}
