//! `assize diff`: what a change of policies, or of facts, does to decisions.

use std::path::{Path, PathBuf};

use assize::facts::Instant;
use assize::{By, DecisionDelta};
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::course::Course;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::{Exit, FailOn, Level};
use crate::facts::Lines;
use crate::output::delta::{Comparison, ndjson};
use crate::output::format::{Format, formats, write_all};
use crate::output::{json, term::Term};
use crate::project::FactsEntry;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize diff --policies main/policies branch/policies    what a change of policies decides otherwise\n  \
    assize diff --policies old new --facts estate           the same, on other facts than the project's\n  \
    assize diff --facts monday tuesday                      what a change of facts does\n  \
    assize diff --facts a b --fail-on alert:high            what fails a pipeline\n\n\
    Both sides are decided at one instant, so that the clock alone changes nothing. What is made and\n\
    changed counts for --fail-on, and with unknown what is lost.")]
pub struct DiffArgs {
    /// Two sets of policies; or one, to compare facts under it
    #[arg(short, long, value_name = "PATH", num_args = 1..=2)]
    policies: Vec<PathBuf>,

    /// Two sets of facts; or one, to compare policies on it
    #[arg(short, long, value_name = "PATH", num_args = 1..=2)]
    facts: Vec<PathBuf>,

    /// text, json or ndjson (a change a line), to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    /// The least that ends the run with 1; repeatable [default: revoke]
    #[arg(long, value_name = "LEVEL")]
    fail_on: Vec<Level>,

    /// Show every rank, however many there are
    #[arg(long)]
    all: bool,

    /// The instant to decide at; the wall clock where nobody says
    #[arg(long, value_name = "RFC3339", env = "ASSIZE_NOW", hide_env_values = true)]
    now: Option<Instant>,

    /// Leave the standard library out
    #[arg(long)]
    no_stdlib: bool,

    /// A threshold, by its qualified name
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,

    /// The key that secrets are fingerprinted with
    #[arg(long, value_name = "FILE", env = "ASSIZE_SITE_KEY_FILE", hide_env_values = true)]
    site_key_file: Option<PathBuf>,

    /// A rejected record is an error (2), not a gap (3)
    #[arg(long)]
    strict: bool,
}

formats! {
    /// How changes are written.
    Kind { Text = "text", Json = "json", Ndjson = "ndjson" }
}

/// Decides both sides and draws the difference.
pub fn run(args: &DiffArgs, shell: &Shell) -> Result<Exit, CliError> {
    let one = "give two paths to one of `--policies` and `--facts`, and at most one to the other";
    let (shown, exit, fail_on) = match (args.policies.as_slice(), args.facts.as_slice()) {
        ([old, new], [] | [_]) => of_policies(args, old, new, shell)?,
        ([] | [_], [old, new]) => of_facts(args, old, new, shell)?,
        _ => return Err(CliError::Usage(format!("one thing is compared at a time: {one}"))),
    };
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(shown.text(if on_stdout { shell.out } else { Term::PLAIN }, args.all, &fail_on)),
        Kind::Json => json(&shown),
        Kind::Ndjson => ndjson(&shown.delta),
    })?;
    Ok(exit.and(shown.exit(&fail_on)))
}

impl DiffArgs {
    fn estate(&self, policies: &[PathBuf], facts: &[PathBuf]) -> EstateArgs {
        EstateArgs {
            facts: facts.to_vec(),
            policies: policies.to_vec(),
            no_stdlib: self.no_stdlib,
            now: self.now,
            set: self.set.clone(),
            site_key_file: self.site_key_file.clone(),
            strict: self.strict,
        }
    }

    fn fail_on(&self, estate: &Estate) -> Result<FailOn, CliError> {
        FailOn::new(&self.fail_on, estate.tiers()).map_err(CliError::Usage)
    }
}

fn of_policies(
    args: &DiffArgs,
    old: &Path,
    new: &Path,
    shell: &Shell,
) -> Result<(Comparison, Exit, FailOn), CliError> {
    let args_of = |policies: &Path| args.estate(&[policies.to_owned()], &args.facts);
    let before = Estate::compile(&args_of(old), shell)?;
    let after = Estate::compile(&args_of(new), shell)?.keyed_like(&before);
    let fail_on = args.fail_on(&after)?;
    let now = before.now();
    let loaded = before.load(&args_of(old), shell)?;
    let mut course = Course::start(&before.engine, &loaded, Lines::default(), now);
    let was = course.stands();
    let mut exit = before.exit.and(after.exit).and(loaded.exit);
    // Facts are read by the types that the policies declare: again only where these are others.
    let is = if before.engine.program().schema == after.engine.program().schema {
        course.under(&after.engine, now);
        course.stands()
    } else {
        let loaded = after.load(&args_of(new), shell)?;
        exit = exit.and(loaded.exit);
        Course::start(&after.engine, &loaded, Lines::default(), now).stands()
    };
    let delta = DecisionDelta::between(&was, &is, |decision| By::Policy(decision.policy.clone()));
    Ok((Comparison::new(&was, &is, delta), exit, fail_on))
}

fn of_facts(
    args: &DiffArgs,
    old: &Path,
    new: &Path,
    shell: &Shell,
) -> Result<(Comparison, Exit, FailOn), CliError> {
    let with = args.estate(&args.policies, &[]);
    let estate = Estate::compile(&with, shell)?;
    let fail_on = args.fail_on(&estate)?;
    let now = estate.now();
    let entry = |path: &Path| [FactsEntry { path: path.to_owned(), ..FactsEntry::default() }];
    let (before, lines) = estate.load_after(&entry(old), &Lines::default(), &with, shell)?;
    let (after, difference) = estate.load_after(&entry(new), &lines.lines, &with, shell)?;
    after.note_newest(now, shell);
    let mut course = Course::start(&estate.engine, &before, lines.lines, now);
    let turn = course.go_on(&estate.engine, &after, difference, now);
    let exit = estate.exit.and(before.exit).and(after.exit);
    Ok((Comparison::new(&turn.before, &turn.after, turn.delta), exit, fail_on))
}
