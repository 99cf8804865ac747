//! `assize eval`: every policy, on all facts.

use clap::{Args, ValueEnum};

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::{Exit, FailOn, Level};
use crate::output::format::{Format, formats, write_all};
use crate::output::{evaluation::Run, json, term::Term};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize eval                                          the project here or in a folder above\n  \
    assize eval -C examples/northwind --fail-on none     one elsewhere; show, fail on nothing\n  \
    assize eval --facts estate --policies keys.assize    no project at all\n  \
    assize eval --set nhi.lifecycle.idle_after=30d       another threshold\n  \
    assize eval --format json:out.json --format text     for programs and for people\n  \
    assize eval --fail-on alert:high --fail-on unknown   what fails a pipeline\n\n\
    LEVEL is block, revoke, alert, alert:SEVERITY, rank, rank:TIER, unknown or none. A level\n\
    includes the stronger ones, and unknown includes revoke. What is only monitored, or waived,\n\
    never fails a run.")]
pub struct EvalArgs {
    /// text, json or ndjson, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    /// The least that ends the run with 1; repeatable [default: revoke]
    #[arg(long, value_name = "LEVEL")]
    fail_on: Vec<Level>,

    /// What decides: `reference`, from scratch, is the only engine yet
    #[arg(long, value_name = "ENGINE", default_value = "reference", hide_possible_values = true)]
    engine: Engine,

    /// Show every rank and every undetermined case, however many there are
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How decisions are written.
    Kind { Text = "text", Json = "json", Ndjson = "ndjson" }
}

/// What decides. Another engine will have to equal this one.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Engine {
    Reference,
}

/// Decides and draws.
pub fn run(args: &EvalArgs, shell: &Shell) -> Result<Exit, CliError> {
    let Engine::Reference = args.engine;
    let estate = Estate::compile(&args.estate, shell)?;
    let fail_on = FailOn::new(&args.fail_on, estate.tiers()).map_err(CliError::Usage)?;
    let loaded = estate.load(&args.estate, shell)?;
    let run = Run::new(&estate, &loaded, estate.now(), shell.flags());
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(run.text(if on_stdout { shell.out } else { Term::PLAIN }, args.all, &fail_on)),
        Kind::Json => json(&run.result),
        Kind::Ndjson => run.ndjson(),
    })?;
    Ok(estate.exit.and(loaded.exit).and(run.exit(&fail_on)))
}
