//! `assize eval`: every policy, on all facts.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use assize::facts::Instant;
use clap::Args;

use super::{Shell, since};
use crate::args::EstateArgs;
use crate::decider::Decider;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::{Exit, FailOn, Level};
use crate::output::ci::{self, Cases};
use crate::output::format::{Format, formats, write_all};
use crate::output::{evaluation::Run, json, term::Term};
use crate::paranoid;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize eval                                          the project here or in a folder above\n  \
    assize eval -C examples/northwind --fail-on none     one elsewhere; show, fail on nothing\n  \
    assize eval --facts estate --policies keys.assize    no project at all\n  \
    assize eval --set nhi.lifecycle.idle_after=30d       another threshold\n  \
    assize eval --format json:out.json --format text     for programs and for people\n  \
    assize eval --fail-on alert:high --fail-on unknown   what fails a pipeline\n  \
    assize eval --format sarif:out.sarif --format text   for code scanning; junit, github and gitlab too\n  \
    assize eval --facts today --since yesterday          what changed, and which fact did it\n\n\
    LEVEL is block, revoke, alert, alert:SEVERITY, rank, rank:TIER, unknown or none. A level\n\
    includes the stronger ones, and unknown includes revoke. What is only monitored, or waived,\n\
    never fails a run.\n\n\
    With --since only what changed counts: decisions made and changed, and with unknown those lost. Where\n\
    the facts are the older ones and some more, each change names the fact or the instant that did it.\n\
    Where older lines are missing these are other facts, which a note says: both are decided whole, and\n\
    the changes name the snapshot.")]
pub struct EvalArgs {
    /// text, json, ndjson, sarif, junit, github or gitlab, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    pub format: Vec<Format<Kind>>,

    /// The least that ends the run with 1; repeatable [default: revoke]
    #[arg(long, value_name = "LEVEL")]
    fail_on: Vec<Level>,

    /// What decides: fast, or reference, which is slow and plain and defines what fast must decide
    #[arg(long, value_name = "ENGINE", default_value = "fast", hide_possible_values = true)]
    pub engine: Decider,

    /// Decide with both engines; where they differ it is a bug, and an error (2)
    #[arg(long)]
    pub paranoid: bool,

    /// Only what became of the decisions on these older facts: made, changed, withdrawn, lost
    #[arg(long, value_name = "SNAPSHOT")]
    pub since: Option<PathBuf>,

    /// The instant that the older facts are decided at [default: the newest that they speak of]
    #[arg(long, value_name = "RFC3339", requires = "since")]
    pub since_now: Option<Instant>,

    /// Show every rank and every undetermined case, however many there are
    #[arg(long)]
    pub all: bool,

    #[command(flatten)]
    pub estate: EstateArgs,
}

formats! {
    /// How decisions are written.
    Kind {
        Text = "text",
        Json = "json",
        Ndjson = "ndjson",
        Sarif = "sarif",
        Junit = "junit",
        Github = "github",
        Gitlab = "gitlab",
    }
}

/// Decides and draws.
pub fn run(args: &EvalArgs, shell: &Shell) -> Result<Exit, CliError> {
    // The process ends with this: to give back what it holds would only take time.
    let estate = ManuallyDrop::new(Estate::compile(&args.estate, shell)?);
    let fail_on = FailOn::new(&args.fail_on, estate.tiers()).map_err(CliError::Usage)?;
    if let Some(since) = &args.since {
        return since::run(args, since, &estate, &fail_on, shell);
    }
    let loaded = ManuallyDrop::new(estate.load(&args.estate, shell)?);
    let run = ManuallyDrop::new(Run::new(&estate, &loaded, args.engine, shell.flags()));
    if args.paranoid {
        paranoid::check(&estate, &loaded, args.engine, &run.result)?;
    }
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(run.text(if on_stdout { shell.out } else { Term::PLAIN }, args.all, &fail_on)),
        Kind::Json => json(&run.result),
        Kind::Ndjson => run.ndjson(),
        Kind::Sarif => ci::sarif::text(&Cases::new(&run.result, estate.engine.program(), &fail_on)),
        Kind::Junit => Ok(ci::junit::text(&Cases::new(&run.result, estate.engine.program(), &fail_on))),
        Kind::Github => Ok(ci::github::text(&Cases::new(&run.result, estate.engine.program(), &fail_on))),
        Kind::Gitlab => ci::gitlab::text(&Cases::new(&run.result, estate.engine.program(), &fail_on)),
    })?;
    Ok(estate.exit.and(loaded.exit).and(run.exit(&fail_on)))
}
