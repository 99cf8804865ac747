//! `assize snapshot`: what folders of facts hold, and what becomes of them.

mod diff;
mod export;
mod info;
mod joins;
mod merge;

use std::path::Path;

use clap::{Args, Subcommand};

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the sources, the counts and the rejects of a snapshot
    Info(info::InfoArgs),
    /// Show which facts were added, removed, changed or seen again
    Diff(diff::DiffArgs),
    /// Show how many references lead to facts that are there
    Joins(joins::JoinsArgs),
    /// Make one snapshot of several
    Merge(merge::MergeArgs),
    /// Write the lines of a snapshot, one JSON object a line
    Export(export::ExportArgs),
}

/// Does what is asked for.
pub fn run(args: &SnapshotArgs, shell: &Shell) -> Result<Exit, CliError> {
    match &args.what {
        What::Info(args) => info::run(args, shell),
        What::Diff(args) => diff::run(args, shell),
        What::Joins(args) => joins::run(args, shell),
        What::Merge(args) => merge::run(args, shell),
        What::Export(args) => export::run(args, shell),
    }
}

/// Refuses what is no snapshot.
fn must_be_snapshot(folder: &Path) -> Result<(), CliError> {
    if assize_snapshots::is_snapshot(folder) {
        return Ok(());
    }
    let remedy = "`assize ingest` writes one";
    Err(CliError::Usage(format!("`{}` is no snapshot; {remedy}", folder.display())))
}
