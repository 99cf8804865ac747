//! The file of a map from an in-house tool's records to facts.

use std::path::Path;

use assize_ingest::mapping::{Map, Mapping};

use crate::error::CliError;

/// The map in a file, checked.
pub fn load(path: &Path) -> Result<Mapping, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| CliError::read(path, &error))?;
    let map: Map = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        CliError::Project { path: path.to_owned(), line, reason: error.message().to_owned() }
    })?;
    Mapping::new(&map).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))
}
