//! `assize decide`: one request, one verdict.

use std::io::Read;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use assize::{Answer, Verdict};
use clap::Args;
use serde_json::{Map, Value};

use super::Shell;
use super::hook::{self, HookArgs};
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::card::Card;
use crate::output::decision::{self, Shown};
use crate::output::format::{Format, formats, write_all};
use crate::output::{json, term::Term};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize decide --request call.json\n  \
    echo '{\"ToolCall\": {\"id\": \"c1\", \"agent\": \"agent:helpdesk\", \"tool\": \"payments/refund\"}}' |\n    \
      assize decide --request - --format json\n  \
    assize decide --hook --agent agent:builder    an agent's hook before it uses a tool\n\n\
    A request is one JSON object: its type, and its fields. A field that is left out was not collected,\n\
    null is known to be absent. `assize schema` lists the types.\n\n\
    Exit codes: 0 allow, 1 block, 3 undetermined, 2 an error. Nothing but 0 is an allow.\n\
    With --hook: 0 answered, 2 undetermined or an error.")]
pub struct DecideArgs {
    /// The request, or `-` for standard input
    #[arg(long, value_name = "FILE|-", required_unless_present = "hook")]
    request: Option<PathBuf>,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    #[command(flatten)]
    hook: HookArgs,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How a verdict is written.
    Kind { Text = "text", Json = "json" }
}

/// Decides the request.
pub fn run(args: &DecideArgs, shell: &Shell) -> Result<Exit, CliError> {
    let path = match (&args.request, args.hook.hook) {
        (Some(path), false) => path,
        _ => return hook::run(&args.hook, &args.estate, shell),
    };
    let (ty, fields) = read(path)?;
    // The process ends with the answer: to give back what it holds would only take time.
    let estate = ManuallyDrop::new(Estate::compile(&args.estate, shell)?);
    let loaded = ManuallyDrop::new(estate.load(&args.estate, shell)?);
    let verdict = estate
        .engine
        .decide(&loaded.snapshot, &ty, &fields, estate.now())
        .map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
    for reject in &verdict.rejects {
        let field = reject.field.as_deref().unwrap_or_default();
        shell.error(&format!("{}: `{field}` counts as unknown: {}", path.display(), reject.reason));
    }
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(text(if on_stdout { shell.out } else { Term::PLAIN }, &verdict)),
        Kind::Json => json(&verdict),
    })?;
    let answer = match verdict.verdict {
        Answer::Allow => Exit::Clean,
        Answer::Block => Exit::Decided,
        Answer::Undetermined => Exit::Incomplete,
    };
    Ok(estate.exit.and(loaded.exit).and(answer))
}

/// The type and the fields of the request in a file.
fn read(path: &Path) -> Result<(String, Map<String, Value>), CliError> {
    let stdin = path == Path::new("-");
    let name = if stdin { Path::new("standard input") } else { path };
    let mut bytes = Vec::new();
    let done = if stdin {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    done.map_err(|error| CliError::read(name, &error))?;
    let wrong = |reason: &str| CliError::Usage(format!("{}: {reason}", name.display()));
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        // The library's own words name no value, but a place is all that is needed.
        wrong(&format!("this is not JSON (line {}, column {})", error.line(), error.column()))
    })?;
    let shape = "a request is one JSON object with one request in it: {\"ToolCall\": {…}}";
    let Value::Object(object) = value else { return Err(wrong(shape)) };
    let mut entries = object.into_iter();
    match (entries.next(), entries.next()) {
        (Some((ty, Value::Object(fields))), None) => Ok((ty, fields)),
        _ => Err(wrong(shape)),
    }
}

fn text(term: Term, verdict: &Verdict) -> String {
    let (word, color) = match verdict.verdict {
        Answer::Allow => ("allow", "1;32"),
        Answer::Block => ("block", "1;35"),
        Answer::Undetermined => ("undetermined", "1;36"),
    };
    let mut card = Card::new(word, "");
    if verdict.decisions.is_empty() {
        decision::missing(&mut card, &verdict.missing.iter().collect::<Vec<_>>(), 0);
    }
    let mut out = card.draw(term, 0, color);
    for it in &verdict.decisions {
        let color = decision::strongest(it).map_or("1", |outcome| decision::color(&outcome.kind));
        out.push('\n');
        out.push_str(&decision::card(it, Shown { evidence: true, controls: true }).draw(term, 2, color));
    }
    out
}
