//! What leaves the process: one text on standard output, notes on standard error.

pub mod card;
pub mod ci;
pub mod cost;
pub mod decision;
pub mod delta;
pub mod diff;
pub mod evaluation;
pub mod explanation;
pub mod fact_changes;
pub mod files;
pub mod format;
pub mod joins;
pub mod mutation;
pub mod policies;
pub mod ranks;
pub mod schema;
pub mod schema_page;
pub mod term;
pub mod test_coverage;
pub mod test_report;
pub mod waivers;

use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::error::CliError;

/// Writes to standard output. A reader that has gone away is not an error.
pub fn print(text: &str) -> Result<(), CliError> {
    stream(text).map(drop)
}

/// The same for what goes on and on; whether anybody still reads it.
pub fn stream(text: &str) -> Result<bool, CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::write(Path::new("standard output"), &error)),
    }
}

/// Writes a line to standard error; where that is closed nobody wants to hear it.
pub fn say(line: &str) {
    let mut err = std::io::stderr().lock();
    drop(writeln!(err, "{line}"));
}

/// Pretty JSON, ending in a newline.
pub fn json(value: &impl serde::Serialize) -> Result<String, CliError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| CliError::Engine(format!("the result cannot be written as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}
