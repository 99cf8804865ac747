//! `assize snapshot merge`: one snapshot of several.

use std::path::PathBuf;

use clap::Args;

use super::{Shell, must_be_snapshot};
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::{Estate, say_rejects};
use crate::exit::Exit;
use crate::output;
use crate::snapshot::Gathering;
use crate::sources::count;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize snapshot merge cluster-a cluster-b --out estate\n\n\
    Every line of every one, each once; their rejects stay with it. The order does not matter.")]
pub struct MergeArgs {
    /// The snapshots
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<PathBuf>,

    /// The new snapshot: a folder that is not there yet
    #[arg(short, long, value_name = "SNAPSHOT")]
    out: PathBuf,

    /// Replace the snapshot that is there
    #[arg(long)]
    replace: bool,
}

/// Reads them all and writes one.
pub fn run(args: &MergeArgs, shell: &Shell) -> Result<Exit, CliError> {
    let there = args.out.exists();
    if there && !(args.replace && assize_snapshots::is_snapshot(&args.out)) {
        let what = "is there already; name another folder, or replace a snapshot with `--replace`";
        return Err(CliError::Usage(format!("`{}` {what}", args.out.display())));
    }
    let estate = Estate::compile(&EstateArgs::default(), shell)?;
    let mut gathering = Gathering::new(&estate.engine.program().schema, &args.out, None).keeping_columns();
    for folder in &args.snapshots {
        must_be_snapshot(folder)?;
        gathering.take_in(folder)?;
    }
    let manifest = gathering.write()?;
    say_rejects(&manifest.rejects, shell);
    let lines = manifest.counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let lines = count(usize::try_from(lines).unwrap_or(usize::MAX), "line");
    let sources = count(manifest.sources.len(), "source");
    let rejected = manifest.rejects.len();
    output::print(&format!("wrote {}: {lines} from {sources}, {rejected} rejected\n", args.out.display()))?;
    Ok(if rejected == 0 { Exit::Clean } else { Exit::Incomplete })
}
