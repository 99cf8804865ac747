//! `assize replay`: what policies would have decided over a recorded past.

use std::path::PathBuf;

use assize::facts::Instant;
use assize::{DecisionChange, DecisionDelta};
use clap::Args;
use serde::Serialize;

use super::Shell;
use crate::args::EstateArgs;
use crate::course::Course;
use crate::error::CliError;
use crate::estate::{Estate, Loaded};
use crate::exit::{Exit, FailOn, Level};
use crate::facts::{Difference, Lines};
use crate::output::card::{Card, heading};
use crate::output::delta::{Counts, State, changes, failing, lines};
use crate::output::format::{Format, formats, write_all};
use crate::output::{json, term::Term};
use crate::project::FactsEntry;
use crate::sources::count;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize replay monday tuesday wednesday            how the decisions went on from day to day\n  \
    assize replay history/* --policies idea.assize    what a policy would have decided\n  \
    assize replay history/* --format ndjson           a change a line, for programs\n\n\
    Each snapshot is decided at the newest instant that it speaks of; they are put in the order of these,\n\
    however they are given. Where a snapshot holds all lines of the one before, each change names the fact\n\
    or the instant that did it, else the snapshot.")]
pub struct ReplayArgs {
    /// Snapshots, or other facts; each the estate at one time
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<PathBuf>,

    /// Policies instead of the project's: a file or a folder of *.assize
    #[arg(short, long, value_name = "PATH")]
    policies: Vec<PathBuf>,

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

    /// text, json or ndjson (a change a line), to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    /// The least change that ends the run with 1; repeatable [default: revoke]
    #[arg(long, value_name = "LEVEL")]
    fail_on: Vec<Level>,

    /// Show every rank, however many there are
    #[arg(long)]
    all: bool,
}

formats! {
    /// How a replay is written.
    Kind { Text = "text", Json = "json", Ndjson = "ndjson" }
}

/// One snapshot, and what became of decisions since the one before.
#[derive(Debug, Serialize)]
struct Step {
    path: String,
    #[serde(flatten)]
    state: State,
    /// How many lines of the one before are missing.
    gone: usize,
    rejected: usize,
    #[serde(flatten)]
    delta: DecisionDelta,
    summary: Counts,
}

/// A change, with the snapshot that it came with.
#[derive(Debug, Serialize)]
struct Told<'a> {
    snapshot: &'a str,
    #[serde(flatten)]
    change: &'a DecisionChange,
}

/// Decides one after the other.
pub fn run(args: &ReplayArgs, shell: &Shell) -> Result<Exit, CliError> {
    let with = EstateArgs {
        policies: args.policies.clone(),
        no_stdlib: args.no_stdlib,
        set: args.set.clone(),
        site_key_file: args.site_key_file.clone(),
        strict: args.strict,
        ..EstateArgs::default()
    };
    let estate = Estate::compile(&with, shell)?;
    let fail_on = FailOn::new(&args.fail_on, estate.tiers()).map_err(CliError::Usage)?;
    let (steps, mut exit) = steps(&estate, &ordered(args, &estate)?, &with, shell)?;
    let mut total = Counts::default();
    steps.iter().for_each(|step| total.add(&step.delta));
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(text(&steps, total, if on_stdout { shell.out } else { Term::PLAIN }, args.all)),
        Kind::Json => json(&serde_json::json!({"version": 1, "steps": steps, "summary": total})),
        Kind::Ndjson => lines(&told(&steps)),
    })?;
    if steps.iter().any(|step| failing(&step.delta, &fail_on) > 0) {
        exit = exit.and(Exit::Decided);
    }
    Ok(estate.exit.and(exit))
}

/// The snapshots in the order of the newest instants that they speak of.
fn ordered(args: &ReplayArgs, estate: &Estate) -> Result<Vec<(Instant, PathBuf)>, CliError> {
    let mut out = Vec::new();
    for path in &args.snapshots {
        let Some(newest) = estate.peek(&entry(path))?.newest() else {
            let reason = "cannot be read, or holds no line that loads, so it has no instant of its own";
            return Err(CliError::Usage(format!("`{}` {reason}", path.display())));
        };
        out.push((newest, path.clone()));
    }
    out.sort_by_key(|(newest, _)| *newest);
    Ok(out)
}

fn steps(
    estate: &Estate,
    ordered: &[(Instant, PathBuf)],
    with: &EstateArgs,
    shell: &Shell,
) -> Result<(Vec<Step>, Exit), CliError> {
    let mut course: Option<Course> = None;
    let mut exit = Exit::Clean;
    let mut steps = Vec::new();
    for (now, path) in ordered {
        let none = Lines::default();
        let before = course.as_ref().map_or(&none, Course::lines);
        let (loaded, difference) = estate.load_after(&[entry(path)], before, with, shell)?;
        exit = exit.and(loaded.exit);
        let (step, incomplete) =
            step(estate, &mut course, path.display().to_string(), &loaded, difference, *now);
        if incomplete {
            exit = exit.and(Exit::Incomplete);
        }
        steps.push(step);
    }
    Ok((steps, exit))
}

fn step(
    estate: &Estate,
    course: &mut Option<Course>,
    path: String,
    loaded: &Loaded,
    difference: Difference,
    now: Instant,
) -> (Step, bool) {
    let (after, delta, gone) = match course {
        Some(course) => {
            let turn = course.go_on(&estate.engine, loaded, difference, now);
            (turn.after, turn.delta, turn.gone)
        }
        None => {
            let mut begun = Course::start(&estate.engine, loaded, difference.lines, now);
            let stands = begun.stands();
            *course = Some(begun);
            (stands, DecisionDelta::default(), 0)
        }
    };
    let incomplete = after.incomplete;
    let (state, rejected) = (State::from(&after), after.rejected);
    let summary = Counts::of(&delta);
    (Step { path, state, gone, rejected, delta, summary }, incomplete)
}

fn entry(path: &std::path::Path) -> FactsEntry {
    FactsEntry { path: path.to_owned(), ..FactsEntry::default() }
}

fn told(steps: &[Step]) -> Vec<Told<'_>> {
    let mut out = Vec::new();
    for Step { state, delta, .. } in steps {
        out.extend(delta.changes.iter().map(|change| Told { snapshot: &state.snapshot, change }));
    }
    out
}

fn text(steps: &[Step], total: Counts, term: Term, all: bool) -> String {
    let mut out = String::new();
    for (place, step) in steps.iter().enumerate() {
        let Step { path, state, gone, .. } = step;
        out.push_str(&heading(term, &format!("{} {path}", state.now), "1;34"));
        let mut card = Card::new("", "");
        let open = state.undetermined;
        card.row("stands", format!("{}, {open} cannot be told", count(state.decisions, "decision")));
        if place > 0 {
            card.row("changes", step.summary.to_string());
        }
        if *gone > 0 {
            card.row("note", format!("{} of the one before are missing: other facts", count(*gone, "line")));
        }
        out.push_str(&card.draw(term, 0, "1"));
        out.push('\n');
        out.push_str(&changes(&step.delta, term, all));
    }
    out.push_str(&heading(term, "SUMMARY", "1"));
    out.push_str(&format!("  {}: {total}\n", count(steps.len(), "snapshot")));
    out
}
