//! `assize decide --hook`: whether an agent may use a tool, asked by the agent's own hook before it does.
//!
//! The hook's JSON comes on standard input, and the answer goes to standard output with exit code 0. Exit code 2
//! stops the tool as well: it is what cannot be told, and whatever goes wrong on the way.

use std::io::Read;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use assize::facts::Instant;
use assize::{Answer, OutcomeKind, Verdict};
use clap::Args;
use serde_json::{Map, Value, json};

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output;

/// How much a hook may say.
const MOST: u64 = 16 << 20;

/// What is to be known of the agent, which its hook does not say.
#[derive(Debug, Args)]
pub struct HookArgs {
    /// Answer an agent's hook: its JSON on standard input, the answer on standard output
    #[arg(long, conflicts_with_all = ["request", "format"], requires = "agent")]
    pub hook: bool,

    /// With --hook: the identity that the agent acts as
    #[arg(long, value_name = "KEY", env = "ASSIZE_AGENT", hide_env_values = true)]
    agent: Option<String>,

    /// With --hook: the person for whom it acts
    #[arg(long, value_name = "KEY", requires = "hook")]
    on_behalf_of: Option<String>,
}

/// Answers the hook.
pub fn run(args: &HookArgs, estate: &EstateArgs, shell: &Shell) -> Result<Exit, CliError> {
    // Any other end than 0 and 2 lets the tool run: not even a bug of ours may end in one.
    match catch_unwind(AssertUnwindSafe(|| answer(args, estate, shell))) {
        Ok(Ok(())) => Ok(Exit::Clean),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(CliError::Reported),
    }
}

fn answer(args: &HookArgs, estate_args: &EstateArgs, shell: &Shell) -> Result<(), CliError> {
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(MOST).read_to_end(&mut text);
    read.map_err(|error| CliError::Engine(format!("standard input: cannot be read: {error}")))?;
    // The process ends with the answer: to give back what it holds would only take time.
    let estate = ManuallyDrop::new(Estate::compile(estate_args, shell)?);
    let fields = call(args, &text, estate.now())?;
    let loaded = ManuallyDrop::new(estate.load(estate_args, shell)?);
    if estate.exit.and(loaded.exit) == Exit::Error {
        // Said already; what is left out could be what blocks.
        return Err(CliError::Reported);
    }
    let verdict = estate.engine.decide(&loaded.snapshot, "ToolCall", &fields, estate.now());
    let verdict = verdict.map_err(|error| CliError::Usage(format!("standard input: {error}")))?;
    let (word, because) = told(&verdict)?;
    let answer = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": word,
        "permissionDecisionReason": because}});
    output::print(&format!("{answer}\n"))
}

/// The call that the hook tells of.
fn call(args: &HookArgs, text: &[u8], now: Instant) -> Result<Map<String, Value>, CliError> {
    let wrong = |reason: &str| CliError::Usage(format!("standard input: {reason}"));
    let hook: Value = serde_json::from_slice(text).map_err(|error| {
        wrong(&format!("this is not JSON (line {}, column {})", error.line(), error.column()))
    })?;
    if hook.get("hook_event_name").is_some_and(|event| event != "PreToolUse") {
        return Err(wrong("only `PreToolUse` is answered: any other hook comes too late to stop a tool"));
    }
    let name = hook.get("tool_name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| wrong("`tool_name` is missing"))?;
    let mut fields = Map::new();
    let id = hook.get("tool_use_id").and_then(Value::as_str).unwrap_or("call");
    fields.insert("id".to_owned(), json!(id));
    fields.insert("agent".to_owned(), json!(args.agent));
    fields.insert("tool".to_owned(), json!(tool(name)));
    fields.insert("at".to_owned(), json!(now));
    fields.insert("on_behalf_of".to_owned(), json!(args.on_behalf_of));
    Ok(fields)
}

/// A tool of a server is known by both: `mcp__crm__read` is `crm/read`.
fn tool(name: &str) -> String {
    match name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, tool)) => format!("{server}/{tool}"),
        None => name.to_owned(),
    }
}

/// What the hook is told, and why. What alerts somebody is asked about once more.
fn told(verdict: &Verdict) -> Result<(&'static str, String), CliError> {
    let because: Vec<&str> = verdict.decisions.iter().map(|decision| decision.because.as_str()).collect();
    let because = because.join("; ");
    match verdict.verdict {
        Answer::Block => Ok(("deny", because)),
        Answer::Allow => {
            let mut outcomes = verdict.decisions.iter().flat_map(|decision| &decision.outcomes);
            let alerts = outcomes.any(|outcome| matches!(outcome.kind, OutcomeKind::Alert { .. }));
            Ok((if alerts { "ask" } else { "allow" }, because))
        }
        Answer::Undetermined => {
            let missing: Vec<String> = verdict.missing.iter().take(4).map(ToString::to_string).collect();
            Err(CliError::Usage(format!("cannot tell whether it may: {}", missing.join("; "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_servers_are_known_by_both() {
        for (name, tool_of) in [
            ("mcp__crm__read", "crm/read"),
            ("mcp__crm__read__all", "crm/read__all"),
            ("mcp__crm", "mcp__crm"),
            ("Bash", "Bash"),
        ] {
            assert_eq!(tool(name), tool_of);
        }
    }
}
