//! `assize explain`: why, from which facts, what was unknown, what would change it.

use assize::{ExplainError, Writer};
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{explanation, json, term::Term};
use crate::project::nearest;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize explain dec_8c1f02aa                          a decision; the first letters of its id are enough\n  \
    assize explain --policy idle_static_secret --anchor AKIA1\n  \
    assize explain --policy vulnerability_by_runtime --anchor FINDING --anchor WORKLOAD\n\n\
    A case that was not decided is explained as well: `--policy` and `--anchor` say which. A policy with\n\
    several bindings takes one `--anchor` for each.")]
pub struct ExplainArgs {
    /// The id of a decision
    #[arg(required_unless_present = "policy", conflicts_with_all = ["policy", "anchor"])]
    decision: Option<String>,

    /// A policy, by its qualified name or, where only one has it, its last word
    #[arg(long, requires = "anchor")]
    policy: Option<String>,

    /// The key of what a binding of the policy is bound to; in the order of the bindings
    #[arg(long, value_name = "KEY", requires = "policy")]
    anchor: Vec<String>,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How an explanation is written.
    Kind { Text = "text", Json = "json" }
}

/// Finds the case and explains it.
pub fn run(args: &ExplainArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&args.estate, shell)?;
    let loaded = estate.load(&args.estate, shell)?;
    let mut writer = None;
    let (policy, anchor) = match (&args.decision, &args.policy) {
        (Some(id), _) => by_id(writer.insert(estate.engine.writer(&loaded.snapshot, estate.now())), id)?,
        (None, policy) => (policy.clone().unwrap_or_default(), args.anchor.clone()),
    };
    let keys: Vec<&str> = anchor.iter().map(String::as_str).collect();
    let facts =
        writer.map_or_else(|| estate.engine.index(&loaded.snapshot, estate.now()), |mut it| it.facts());
    let why =
        estate.engine.explain_indexed(&facts, &policy, &keys).map_err(|error| unknown(&estate, &error))?;
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(explanation::text(if on_stdout { shell.out } else { Term::PLAIN }, &why)),
        Kind::Json => json(&why),
    })?;
    Ok(estate.exit.and(loaded.exit))
}

/// The case whose id begins so.
fn by_id(writer: &mut Writer, id: &str) -> Result<(String, Vec<String>), CliError> {
    let result = writer.evaluation();
    let decided = result.decisions.iter().map(|it| (&it.id, &it.policy, &it.anchor));
    let open = result.undetermined.iter().map(|it| (&it.id, &it.policy, &it.anchor));
    let mut found: Vec<_> = decided.chain(open).filter(|(known, _, _)| known.starts_with(id)).collect();
    found.dedup_by_key(|(known, _, _)| known.as_str());
    match found.as_slice() {
        [(_, policy, anchor)] => Ok(((*policy).clone(), anchor.keys())),
        [] => Err(CliError::Usage(format!(
            "no decision and no undetermined case has an id that begins with `{id}` at {}; `assize eval` shows the \
             ids, and `--policy` with `--anchor` explains a case that has none",
            result.now
        ))),
        [(first, _, _), (second, _, _), ..] => {
            Err(CliError::Usage(format!("`{id}` begins several ids, `{first}` and `{second}` among them")))
        }
    }
}

/// Why there is nothing to explain, with the policy that was meant.
fn unknown(estate: &Estate, error: &ExplainError) -> CliError {
    let known = estate.engine.program().policies.keys();
    let names: Vec<&str> = known.flat_map(|name| [name.as_str(), name.short()]).collect();
    let near = match error {
        ExplainError::NoPolicy(name) => nearest(name, names),
        _ => None,
    };
    let remedy = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    CliError::Usage(format!("{error}{remedy}"))
}
