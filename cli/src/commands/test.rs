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
use crate::sources;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize test                          the project's tests\n  \
    assize test idle                     those whose name or file has the word\n  \
    assize test keys.assize policies     the tests of files and folders, of this project or of none\n  \
    assize test docs/idle.md             the blocks of a Markdown page\n  \
    assize test --format junit:out.xml --format text\n  \
    assize test --stdlib                 the standard library's own as well\n  \
    assize test --coverage               what of the policies the tests do not show\n  \
    assize test --mutate --policy idle   which changes to a policy no test notices\n\n\
    Each test is also run with every given Coverage taken away: a verdict may become weaker or unknown,\n\
    never clean. Exit codes: 0 all passed, 1 one failed, 2 an error or no test.")]
pub struct TestArgs {
    /// Files and folders of policies; pages, which are Markdown files whose blocks are run; or one word, of the
    /// test's name or of its file
    #[arg(value_name = "PATH|FILTER")]
    which: Vec<String>,

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
    let which = Which::of(&args.which)?;
    let files = sources::find(&which.policies, "assize")?;
    let mut with =
        EstateArgs { policies: args.policies.clone(), no_stdlib: args.no_stdlib, ..EstateArgs::default() };
    let project = shell.project(&with)?;
    let known = sources::find(&project.settings.policies, "assize").unwrap_or_default();
    if !among(&files, &known) {
        with.policies.extend(which.policies.iter().cloned());
    }
    let estate = Estate::compile_tested(&with, shell)?;
    let own = estate.texts.own.iter().map(|(path, _)| path.as_str());
    let own: BTreeSet<&str> =
        own.filter(|path| files.is_empty() || among(&[PathBuf::from(path)], &files)).collect();
    let everything = args.stdlib || own.is_empty();
    let wanted = |file: &str| everything || own.contains(file);
    if !which.pages.is_empty() {
        if args.coverage || args.mutate {
            let what = "coverage and mutation are about the tests that stand beside policies";
            let page = which.pages.first().map(|page| page.display().to_string()).unwrap_or_default();
            return Err(CliError::Usage(format!("`{page}` is a page: {what}")));
        }
        if files.is_empty() {
            let cases = pages::run(&which.pages, &estate)?;
            return told(args, shell, &estate, &cases, &None, &None);
        }
    }
    let filter = which.word;
    let (mut cases, coverage) = if args.coverage {
        let (cases, coverage) = estate.test_coverage(filter);
        // Of a part of the tests the policies that no other part is about are of interest.
        let shown = |policy: &PolicyCoverage| wanted(&policy.file) && (filter.is_none() || policy.touched());
        (cases, Some(coverage.only(shown)))
    } else {
        (estate.tests(filter), None)
    };
    cases.retain(|case| wanted(&case.file));
    let pages = if !which.pages.is_empty() {
        &which.pages
    } else if args.policies.is_empty() && files.is_empty() && !args.coverage && !args.mutate {
        &estate.project.settings.specs
    } else {
        &Vec::new()
    };
    if !pages.is_empty() {
        let ran = pages::run(pages, &estate)?;
        let fits = |case: &test_report::Case| {
            filter.is_none_or(|word| case.name.contains(word) || case.file.contains(word))
        };
        cases.extend(ran.into_iter().filter(fits));
    }
    if cases.is_empty() {
        return Err(CliError::Usage(match (which.word, args.which.first()) {
            (Some(word), _) => format!("no test's name or file has `{word}`"),
            (None, Some(path)) => format!("no tests in `{path}`; write one with `test \"…\" {{ … }}`"),
            (None, None) => "the policies have no tests; write one with `test \"…\" { … }`".to_owned(),
        }));
    }
    let (_, failed) = test_report::counts(&cases);
    let mutation = if args.mutate && failed == 0 { Some(mutate(&estate, args, &wanted)?) } else { None };
    if args.mutate && failed > 0 {
        shell.note("no policy was changed: only tests that pass can notice it");
    }
    told(args, shell, &estate, &cases, &coverage, &mutation)
}

/// What is to be run.
#[derive(Debug, Default)]
struct Which<'a> {
    /// Files and folders of policies.
    policies: Vec<PathBuf>,
    pages: Vec<PathBuf>,
    /// What a test's name or file has in it.
    word: Option<&'a str>,
}

impl<'a> Which<'a> {
    /// What exists is run; of what does not, one is a word.
    fn of(which: &'a [String]) -> Result<Self, CliError> {
        let mut out = Self::default();
        for one in which {
            let path = PathBuf::from(one);
            let holds = |what: &str| sources::find(std::slice::from_ref(&path), what).is_ok();
            if pages::is_page(one) || path.is_dir() && !holds("assize") && holds("md") {
                out.pages.push(path);
            } else if path.exists() {
                out.policies.push(path);
            } else if let Some(word) = out.word {
                let remedy = "give one word, or paths that exist";
                return Err(CliError::Usage(format!("neither `{word}` nor `{one}` exists; {remedy}")));
            } else {
                out.word = Some(one);
            }
        }
        Ok(out)
    }
}

/// Whether all files are among some others, however they are written.
fn among(files: &[PathBuf], others: &[PathBuf]) -> bool {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let others: BTreeSet<PathBuf> = others.iter().map(real).collect();
    files.iter().all(|file| others.contains(&real(file)))
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
