//! `assize snapshot diff`: which facts were added, removed, changed or seen again.

use std::path::PathBuf;

use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::facts::Lines;
use crate::output::fact_changes::{self, FactChanges};
use crate::output::format::{Format, formats, write_all};
use crate::output::{json, term::Term};
use crate::project::FactsEntry;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize snapshot diff monday tuesday\n  \
    assize snapshot diff monday tuesday --format json\n\n\
    Of each source what it said last of a fact counts. Fields that differ are named, values never are. Facts\n\
    are read by the types of the project here, or else of the standard library.")]
pub struct DiffArgs {
    /// The earlier snapshot, or other facts
    before: PathBuf,

    /// The later one
    after: PathBuf,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    /// Name every fact, however many there are
    #[arg(long)]
    all: bool,
}

formats! {
    /// How the difference is written.
    Kind { Text = "text", Json = "json" }
}

/// Compares the two.
pub fn run(args: &DiffArgs, shell: &Shell) -> Result<Exit, CliError> {
    let with = EstateArgs::default();
    let estate = Estate::compile(&with, shell)?;
    let entry = |path: &PathBuf| [FactsEntry { path: path.clone(), ..FactsEntry::default() }];
    let (before, old) = estate.load_after(&entry(&args.before), &Lines::default(), &with, shell)?;
    let (after, new) = estate.load_after(&entry(&args.after), &old.lines, &with, shell)?;
    let lines = fact_changes::Lines { new: new.fresh.len(), gone: new.gone };
    let shown = FactChanges::new(&before.snapshot, &after.snapshot, lines);
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(shown.text(if on_stdout { shell.out } else { Term::PLAIN }, args.all)),
        Kind::Json => json(&shown),
    })?;
    Ok(estate.exit.and(before.exit).and(after.exit))
}
