//! `assize test`: the tests that stand beside the policies.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self, term::Term, test_report};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize test                          the project's tests\n  \
    assize test idle                     those whose name or file has the word\n  \
    assize test --format junit:out.xml --format text\n  \
    assize test --stdlib                 the standard library's own as well\n\n\
    Each test is also run with every given Coverage taken away: a verdict may become weaker or unknown,\n\
    never clean. Exit codes: 0 all passed, 1 one failed, 2 an error or no test.")]
pub struct TestArgs {
    /// A word of the test's name or of its file
    filter: Option<String>,

    /// Policies instead of the project's: a file or a folder of *.assize
    #[arg(short, long, value_name = "PATH")]
    policies: Vec<PathBuf>,

    /// Leave the standard library out
    #[arg(long)]
    no_stdlib: bool,

    /// Run the standard library's own tests as well
    #[arg(long, conflicts_with = "no_stdlib")]
    stdlib: bool,

    /// text, json, junit or tap, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How results are written.
    Kind { Text = "text", Json = "json", Junit = "junit", Tap = "tap" }
}

/// Runs and draws.
pub fn run(args: &TestArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate_args =
        EstateArgs { policies: args.policies.clone(), no_stdlib: args.no_stdlib, ..EstateArgs::default() };
    let estate = Estate::compile(&estate_args, shell)?;
    let own: BTreeSet<&str> = estate.texts.own.iter().map(|(path, _)| path.as_str()).collect();
    let everything = args.stdlib || own.is_empty();
    let cases: Vec<test_report::Case> = estate
        .tests(args.filter.as_deref())
        .into_iter()
        .filter(|case| everything || own.contains(case.file.as_str()))
        .collect();
    if cases.is_empty() {
        return Err(CliError::Usage(match &args.filter {
            Some(filter) => format!("no test's name or file has `{filter}`"),
            None => "the policies have no tests; write one with `test \"…\" { … }`".to_owned(),
        }));
    }
    let (passed, failed) = test_report::counts(&cases);
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(test_report::text(if on_stdout { shell.out } else { Term::PLAIN }, &cases)),
        Kind::Json => {
            output::json(&json!({"version": 1, "passed": passed, "failed": failed, "tests": cases}))
        }
        Kind::Junit => Ok(test_report::junit(&cases)),
        Kind::Tap => Ok(test_report::tap(&cases)),
    })?;
    Ok(estate.exit.and(if failed > 0 { Exit::Decided } else { Exit::Clean }))
}
