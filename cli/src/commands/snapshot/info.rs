//! `assize snapshot info`: who said how much, and what was rejected.

use std::path::PathBuf;

use assize_snapshots::Manifest;
use clap::Args;
use serde_json::json;

use super::{Shell, must_be_snapshot};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::card::Card;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self, term::Term};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize snapshot info estate\n  \
    assize snapshot info estate --format json")]
pub struct InfoArgs {
    /// The folder that `assize ingest` wrote
    snapshot: PathBuf,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How a snapshot is described.
    Kind { Text = "text", Json = "json" }
}

/// Describes the snapshot.
pub fn run(args: &InfoArgs, shell: &Shell) -> Result<Exit, CliError> {
    let snapshot = &args.snapshot;
    must_be_snapshot(snapshot)?;
    // Reads every line, so that a snapshot that was cut off is noticed here as well.
    let manifest = assize_snapshots::read(snapshot, &mut |_, _, _| {})?;
    write_all(&args.format, |kind, _| match kind {
        Kind::Text => Ok(text(shell.out, &snapshot.display().to_string(), &manifest)),
        Kind::Json => output::json(&json!({
            "version": 1,
            "layout": manifest.assize_snapshot,
            "counts": manifest.counts,
            "sources": manifest.sources,
            "rejected": manifest.rejects.len(),
            "rejects": manifest.rejects,
        })),
    })?;
    Ok(if manifest.rejects.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

fn text(term: Term, name: &str, manifest: &Manifest) -> String {
    let mut card = Card::new("snapshot", name);
    for source in &manifest.sources {
        let instance = source.instance.as_ref().map(|instance| format!(" ({instance})")).unwrap_or_default();
        let (lines, newest) = (source.lines, &source.newest);
        card.row("sources", format!("{}{instance}: {lines} lines, newest {newest}", source.tool));
    }
    let counts = manifest.counts.iter().map(|(ty, count)| format!("{count} {ty}"));
    card.row("lines", counts.collect::<Vec<_>>().join(", "));
    for reject in &manifest.rejects {
        card.row("rejected", reject.to_string());
    }
    card.draw(term, 0, "36")
}
