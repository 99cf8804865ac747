//! `assize test`: the tests that stand beside the policies, and pages whose blocks are run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assize::{Mutation, PolicyCoverage, TestCoverage};
use clap::Args;
use serde::Serialize;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self, mutation, term::Term, test_coverage, test_report};
use crate::pages;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize test                          the project's tests\n  \
    assize test idle                     those whose name or file has the word\n  \
    assize test docs/idle.md             the blocks of a Markdown page\n  \
    assize test --format junit:out.xml --format text\n  \
    assize test --stdlib                 the standard library's own as well\n  \
    assize test --coverage               what of the policies the tests do not show\n  \
    assize test --mutate --policy idle   which changes to a policy no test notices\n\n\
    Each test is also run with every given Coverage taken away: a verdict may become weaker or unknown,\n\
    never clean. Exit codes: 0 all passed, 1 one failed, 2 an error or no test.")]
pub struct TestArgs {
    /// A word of the test's name or of its file; or a page, a Markdown file whose blocks are run
    #[arg(value_name = "FILTER|PAGE")]
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

    /// Say which arms never decided, and which values no condition was seen to have (text, json)
    #[arg(long)]
    coverage: bool,

    /// Change each policy in one small way at a time and say which changes no test notices (text, json)
    #[arg(long, conflicts_with = "coverage")]
    mutate: bool,

    /// With --mutate: only policies whose name has the word
    #[arg(long, value_name = "WORD", requires = "mutate")]
    policy: Option<String>,

    /// text, json, junit or tap, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How results are written.
    Kind { Text = "text", Json = "json", Junit = "junit", Tap = "tap" }
}

/// The JSON shape.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    passed: usize,
    failed: usize,
    tests: &'a [test_report::Case],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: &'a Option<TestCoverage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutation: &'a Option<Mutation>,
}

/// Runs and draws.
pub fn run(args: &TestArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate_args =
        EstateArgs { policies: args.policies.clone(), no_stdlib: args.no_stdlib, ..EstateArgs::default() };
    let estate = Estate::compile(&estate_args, shell)?;
    let own: BTreeSet<&str> = estate.texts.own.iter().map(|(path, _)| path.as_str()).collect();
    let everything = args.stdlib || own.is_empty();
    let wanted = |file: &str| everything || own.contains(file);
    if let Some(page) = args.filter.as_ref().filter(|word| pages::is_page(word)) {
        if args.coverage || args.mutate {
            let what = "coverage and mutation are about the tests that stand beside policies";
            return Err(CliError::Usage(format!("`{page}` is a page: {what}")));
        }
        let cases = pages::run(&[PathBuf::from(page)], &estate)?;
        return told(args, shell, &estate, &cases, &None, &None);
    }
    let filter = args.filter.as_deref();
    let (mut cases, coverage) = if args.coverage {
        let (cases, coverage) = estate.test_coverage(filter);
        // Of a part of the tests the policies that no other part is about are of interest.
        let shown = |policy: &PolicyCoverage| wanted(&policy.file) && (filter.is_none() || policy.touched());
        (cases, Some(coverage.only(shown)))
    } else {
        (estate.tests(filter), None)
    };
    cases.retain(|case| wanted(&case.file));
    if args.policies.is_empty() && !args.coverage && !args.mutate {
        let ran = pages::run(&estate.project.settings.specs, &estate)?;
        let fits = |case: &test_report::Case| {
            filter.is_none_or(|word| case.name.contains(word) || case.file.contains(word))
        };
        cases.extend(ran.into_iter().filter(fits));
    }
    if cases.is_empty() {
        return Err(CliError::Usage(match &args.filter {
            Some(filter) => format!("no test's name or file has `{filter}`"),
            None => "the policies have no tests; write one with `test \"…\" { … }`".to_owned(),
        }));
    }
    let (_, failed) = test_report::counts(&cases);
    let mutation = if args.mutate && failed == 0 { Some(mutate(&estate, args, &wanted)?) } else { None };
    if args.mutate && failed > 0 {
        shell.note("no policy was changed: only tests that pass can notice it");
    }
    told(args, shell, &estate, &cases, &coverage, &mutation)
}

/// Writes what came out, in every form that was asked for.
fn told(
    args: &TestArgs,
    shell: &Shell,
    estate: &Estate,
    cases: &[test_report::Case],
    coverage: &Option<TestCoverage>,
    mutation: &Option<Mutation>,
) -> Result<Exit, CliError> {
    let (passed, failed) = test_report::counts(cases);
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => {
            let term = if on_stdout { shell.out } else { Term::PLAIN };
            let coverage = coverage.as_ref().map(|coverage| test_coverage::text(term, coverage));
            let mutation = mutation.as_ref().map(|mutation| mutation::text(term, mutation));
            let more = coverage.or(mutation).unwrap_or_default();
            Ok(test_report::text(term, cases) + &more)
        }
        Kind::Json => output::json(&Report { version: 1, passed, failed, tests: cases, coverage, mutation }),
        Kind::Junit => Ok(test_report::junit(cases)),
        Kind::Tap => Ok(test_report::tap(cases)),
    })?;
    Ok(estate.exit.and(if failed > 0 { Exit::Decided } else { Exit::Clean }))
}

fn mutate(estate: &Estate, args: &TestArgs, wanted: &dyn Fn(&str) -> bool) -> Result<Mutation, CliError> {
    let word = args.policy.as_deref().unwrap_or_default();
    let mutation = estate.engine.mutate(&|policy, file| wanted(file) && policy.contains(word));
    if mutation.policies.is_empty() {
        return Err(CliError::Usage(format!("no policy's name has `{word}`")));
    }
    Ok(mutation)
}
