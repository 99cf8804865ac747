//! `assize watch`: decisions as they are made, changed, withdrawn and lost.

use assize::facts::format_duration;
use assize::{By, DecisionDelta, Evaluation};
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::delta::{Counts, changes, ndjson};
use crate::output::format::formats;
use crate::output::{self, term::Term};
use crate::sources::count;
use crate::watch::{Clock, Event, Events, Standing};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize watch                              the project here or in a folder above\n  \
    assize watch --facts events.ndjson        a file that grows: new lines are read as they come\n  \
    assize watch --format ndjson | notify     a change a line, for programs\n\n\
    Fact files that grow are read on, line by line; where anything else happens to facts they are read\n\
    again. Policies that are edited are compiled again; where they are wrong the former ones stay in force.\n\
    What the clock changes it changes at its instant. Ctrl-C ends it, with a summary.")]
pub struct WatchArgs {
    /// text, or ndjson: a change a line
    #[arg(long, value_name = "F", default_value = "text")]
    format: Kind,

    /// First show what stands, as made
    #[arg(long)]
    initial: bool,

    /// Show every rank, however many there are
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How changes are written.
    Kind { Text = "text", Ndjson = "ndjson" }
}

/// Watches until it is told to end.
pub fn run(args: &WatchArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&args.estate, shell)?;
    let fixed = estate.project.settings.now;
    let clock = Clock::beginning(fixed);
    if let Some(fixed) = fixed {
        shell.note(&format!("the clock begins at {fixed} and runs on from there"));
    }
    // Listens before it reads, so that nothing falls in between.
    let mut events = Events::new()?;
    let mut told = Told { args, shell, total: Counts::default() };
    events.listen(&places(&estate))?;
    // A clock that begins somewhere has run on by now; what it changes meanwhile is told as well.
    let start = fixed.unwrap_or_else(|| clock.now());
    let mut standing = Standing::begin(&args.estate, shell, estate, start)?;
    let began = clock.now();
    let first = standing.stands();
    shell.note(&format!(
        "watching {} at {}: {}; Ctrl-C ends it",
        count(first.policies, "policy"),
        first.now,
        stands(&first)
    ));
    if args.initial && !told.show(&initial(&first))? {
        return Ok(Exit::Clean);
    }
    loop {
        let event = events.next(clock.until(standing.next_flip()));
        if event == Event::Stop {
            break;
        }
        let mut deltas = vec![standing.tick(clock.now())];
        // A disk that tells of no change is looked at all the same, now and then.
        deltas.extend(standing.look(clock.now()));
        if event == Event::Disk {
            events.listen(&standing.places())?;
        }
        for delta in deltas.iter().filter(|delta| !delta.is_empty()) {
            if !told.show(delta)? {
                return Ok(Exit::Clean);
            }
        }
    }
    let lasted = clock.now().0.saturating_sub(began.0).div_euclid(1_000_000).saturating_mul(1_000_000);
    let last = standing.stands();
    shell.note(&format!("watched for {}: {}; {}", format_duration(lasted), told.total, stands(&last)));
    Ok(Exit::Clean)
}

/// What is shown, and how much it was.
struct Told<'a> {
    args: &'a WatchArgs,
    shell: &'a Shell,
    total: Counts,
}

impl Told<'_> {
    /// Shows the changes; whether anybody still reads them.
    fn show(&mut self, delta: &DecisionDelta) -> Result<bool, CliError> {
        self.total.add(delta);
        output::stream(&match self.args.format {
            Kind::Text => changes(delta, self.term(), self.args.all),
            Kind::Ndjson => ndjson(delta)?,
        })
    }

    fn term(&self) -> Term {
        self.shell.out
    }
}

fn places(estate: &Estate) -> Vec<std::path::PathBuf> {
    let settings = &estate.project.settings;
    let facts = settings.facts.iter().map(|entry| &entry.path);
    facts.chain(&settings.policies).chain(&estate.project.file).cloned().collect()
}

fn stands(result: &Evaluation) -> String {
    let open = result.undetermined.len();
    format!("{} stand, {open} cannot be told", count(result.decisions.len(), "decision"))
}

/// What stands, as made of nothing.
fn initial(first: &Evaluation) -> DecisionDelta {
    let nothing = Evaluation { decisions: Vec::new(), undetermined: Vec::new(), ..first.clone() };
    DecisionDelta::between(&nothing, first, |_| By::Snapshot(first.snapshot.clone()))
}
