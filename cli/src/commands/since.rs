//! `assize eval --since`: what became of decisions.

use std::path::Path;

use assize::facts::Instant;

use super::Shell;
use super::eval::{EvalArgs, Kind};
use crate::course::{Course, Turn};
use crate::decider::Decider;
use crate::error::CliError;
use crate::estate::{Estate, Loaded};
use crate::exit::{Exit, FailOn};
use crate::facts::Lines;
use crate::output::delta::{Comparison, ndjson};
use crate::output::format::write_all;
use crate::output::{json, term::Term};
use crate::project::FactsEntry;
use crate::sources::count;

/// Decides what was, goes on to what is, and draws the difference.
pub fn run(
    args: &EvalArgs,
    since: &Path,
    estate: &Estate,
    fail_on: &FailOn,
    shell: &Shell,
) -> Result<Exit, CliError> {
    let now = estate.now();
    let entry = FactsEntry { path: since.to_owned(), ..FactsEntry::default() };
    let (old, lines) = estate.load_after(&[entry], &Lines::default(), &args.estate, shell)?;
    let then = instant(args.since_now, &old, since, now)?;
    old.note_newest(then, shell);
    let entries = &estate.project.settings.facts;
    let (new, difference) = estate.load_after(entries, &lines.lines, &args.estate, shell)?;
    new.note_newest(now, shell);
    let turn = match args.engine {
        Decider::Fast => {
            let mut course = Course::start(&estate.engine, &old, lines.lines, then);
            course.go_on(&estate.engine, &new, difference, now)
        }
        Decider::Reference => Turn::by_reference(estate, (&old, then), (&new, now), difference.gone),
    };
    if args.paranoid {
        turn.check(estate, &old, &new, args.engine)?;
    }
    if turn.gone > 0 {
        let lines = count(turn.gone, "line");
        let place = since.display();
        shell.note(&format!(
            "{lines} of `{place}` are not among the facts: these are other facts, not later ones, so both are \
             decided whole and no change names the fact that did it"
        ));
    }
    let shown = Comparison::new(&turn.before, &turn.after, turn.delta);
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(shown.text(if on_stdout { shell.out } else { Term::PLAIN }, args.all, fail_on)),
        Kind::Json => json(&shown),
        Kind::Ndjson => ndjson(&shown.delta),
        Kind::Sarif | Kind::Junit | Kind::Github | Kind::Gitlab => {
            let remedy = "leave `--since` out, or ask for text, json or ndjson";
            Err(CliError::Usage(format!("CI formats show what is decided, not what changed; {remedy}")))
        }
    })?;
    Ok(estate.exit.and(old.exit).and(new.exit).and(shown.exit(fail_on)))
}

/// When the older facts are decided: as said, or at the newest instant that they speak of, but never
/// behind `now`.
fn instant(said: Option<Instant>, old: &Loaded, since: &Path, now: Instant) -> Result<Instant, CliError> {
    if let Some(said) = said.filter(|said| *said > now) {
        let reason = format!("`--since-now {said}` is after {now}, the instant that is decided at");
        return Err(CliError::Usage(format!("{reason}; give an earlier one, or a later `--now`")));
    }
    let newest = said.or_else(|| old.snapshot.newest());
    let missing = || {
        let reason = "holds no line that loads, so it has no instant of its own; give `--since-now`";
        CliError::Usage(format!("`{}` {reason}", since.display()))
    };
    newest.map(|newest| newest.min(now)).ok_or_else(missing)
}
