//! `assize rank diff`: what moved, and why.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::ranks::{Moves, Side};
use crate::output::{json, term::Term};
use crate::project::FactsEntry;

/// How many moved items are explained unless all are asked for.
const SHOWN: usize = 20;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize rank diff monday tuesday             what moved from one set of facts to the other\n  \
    assize rank diff a b --policies mine        under policies of one's own\n  \
    assize rank diff a b --all --format json    every move, for programs\n\n\
    Both sides are decided at one instant, so that the clock alone moves nothing. An item has moved where its\n\
    own tier, range or keys are others; what is only pushed up or down by others is counted. For each move the\n\
    named expressions of its policy that came out otherwise are shown, and the values that were read for them.")]
pub struct DiffArgs {
    /// The facts before: a snapshot, NDJSON, a tool's own output, or a folder of these
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The facts after
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    /// Show and explain every move, however many there are
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How moves are written.
    Kind { Text = "text", Json = "json" }
}

/// Decides both sides and draws what moved.
pub fn run(args: &DiffArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&args.estate, shell)?;
    let entry = |path: &Path| [FactsEntry { path: path.to_owned(), ..FactsEntry::default() }];
    let (before, lines) =
        estate.load_after(&entry(&args.before), &Default::default(), &args.estate, shell)?;
    let (after, _) = estate.load_after(&entry(&args.after), &lines.lines, &args.estate, shell)?;
    after.note_newest(estate.now(), shell);
    let side = |loaded| Side::of(&estate.engine, loaded, estate.now());
    let moves = Moves::between(
        &estate.engine,
        &side(&before),
        &side(&after),
        if args.all { usize::MAX } else { SHOWN },
    );
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(moves.text(if on_stdout { shell.out } else { Term::PLAIN })),
        Kind::Json => json(&moves),
    })?;
    Ok(estate.exit.and(before.exit).and(after.exit))
}
