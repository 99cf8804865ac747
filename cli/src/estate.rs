//! A project brought to life: its policies compiled, its facts loaded.

use assize::facts::{Instant, Line};
use assize::store::Loader;
use assize::{BuildError, Engine, SignalOverride, Snapshot, TestCoverage};
use assize_lang::diagnostic::Severity;

use crate::args::EstateArgs;
use crate::commands::Shell;
use crate::error::CliError;
use crate::exit::Exit;
use crate::facts::{self, Rejected, Sink, site_key};
use crate::output;
use crate::output::test_report::{Case, Failure};
use crate::project::Project;
use crate::sources::{Texts, count};

/// How many rejects are said one by one on standard error.
const REJECTS_SHOWN: usize = 10;

/// Compiled policies.
#[derive(Debug)]
pub struct Estate {
    /// The settings in force.
    pub project: Project,
    /// The policies that compile.
    pub engine: Engine,
    /// The texts that they stand in.
    pub texts: Texts,
    /// Whether all of them do.
    pub exit: Exit,
}

/// Facts, and what was not to be had of them.
#[derive(Debug)]
pub struct Loaded {
    /// The facts.
    pub snapshot: Snapshot,
    /// The records that did not become facts, sorted.
    pub rejects: Vec<Rejected>,
    /// Whether everything could be read.
    pub exit: Exit,
}

impl Estate {
    /// Compiles the project's policies. Those that do not compile are drawn on standard error and left out.
    pub fn compile(args: &EstateArgs, shell: &Shell) -> Result<Self, CliError> {
        let project = shell.project(args)?;
        let texts = Texts::read(&project.settings.policies, project.settings.stdlib)?;
        if texts.own.is_empty() && !texts.stdlib {
            let remedy = "give `--policies PATH`, or leave `--no-stdlib` out";
            return Err(CliError::Usage(format!("no policies; {remedy}")));
        }
        let builder = builder(&project, &texts);
        let (engine, found) = builder.clone().build_partial();
        let drawn = texts.draw(&found, Severity::Error, shell.err);
        if drawn.errors > 0 {
            output::say(drawn.text.trim_end());
            shell.error(&format!("{}; what they stand in is left out", count(drawn.errors, "error")));
        }
        let Some(engine) = engine else { return Err(settings_error(&project, builder)) };
        let exit = if drawn.errors > 0 { Exit::Error } else { Exit::Clean };
        Ok(Self { project, engine, texts, exit })
    }

    /// The instant to decide at.
    pub fn now(&self) -> Instant {
        self.project.now()
    }

    /// Loads the project's facts. What cannot be read is said on standard error and left out.
    pub fn load(&self, args: &EstateArgs, shell: &Shell) -> Result<Loaded, CliError> {
        let settings = &self.project.settings;
        if settings.facts.is_empty() {
            let remedy = "give `--facts PATH`, or name them in assize.toml (`assize init` writes one)";
            return Err(CliError::Usage(format!("no facts to decide on; {remedy}")));
        }
        let (key, kept) = site_key::load(settings.site_key_file.as_deref())?;
        let mut feed = Feed { loader: self.engine.loader(), fingerprints: false };
        let gathered = facts::gather(&settings.facts, &settings.defaults, &key, &mut feed);
        if feed.fingerprints && !kept {
            shell.note(site_key::NOTE);
        }
        let snapshot = feed.loader.finish();
        let mut rejects: Vec<Rejected> = gathered.rejects;
        rejects.extend(snapshot.rejects().iter().map(|reject| Rejected {
            file: reject.file.clone(),
            record: reject.record.clone(),
            field: reject.field.clone(),
            reason: reject.reason.clone(),
        }));
        rejects.sort();
        rejects.dedup();
        gathered.notes.iter().for_each(|note| shell.note(note));
        gathered.failures.iter().for_each(|failure| shell.error(failure));
        say_rejects(&rejects, shell);
        if gathered.files.is_empty() {
            // No decision on no facts would look like a clean estate.
            return Err(CliError::Reported);
        }
        if let Some(newest) = snapshot.newest().filter(|newest| *newest > self.now()) {
            let now = self.now();
            shell.note(&format!("the facts reach to {newest}; what was seen after {now} is not looked at"));
        }
        let mut exit = if gathered.failures.is_empty() { Exit::Clean } else { Exit::Error };
        if !rejects.is_empty() {
            exit = exit.and(if args.strict { Exit::Error } else { Exit::Incomplete });
        }
        Ok(Loaded { snapshot, rejects, exit })
    }

    /// Runs the tests whose name or file has the word, each also without coverage.
    pub fn tests(&self, filter: Option<&str>) -> Vec<Case> {
        self.cases(self.engine.run_tests(filter))
    }

    /// The same, and what the tests exercise of the policies.
    pub fn test_coverage(&self, filter: Option<&str>) -> (Vec<Case>, TestCoverage) {
        let (reports, coverage) = self.engine.test_coverage(filter);
        (self.cases(reports), coverage)
    }

    fn cases(&self, reports: Vec<assize::TestReport>) -> Vec<Case> {
        let line = |file: &str, byte: u32| {
            let text = self.texts.all().find(|(path, _)| *path == file).map_or("", |(_, text)| text);
            let before = text.as_bytes().get(..usize::try_from(byte).unwrap_or(0)).unwrap_or_default();
            before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
        };
        let case = |report: assize::TestReport| {
            let failure = |failure: &assize::Failure| {
                let without = if failure.without_coverage { " (with every coverage taken away)" } else { "" };
                let message = format!("expected {}{without}\nfound {}", failure.expected, failure.got);
                Failure { line: line(&report.file, failure.span.start), message }
            };
            Case {
                line: line(&report.file, report.span.start),
                failures: report.failures.iter().map(failure).collect(),
                name: report.name,
                file: report.file,
            }
        };
        reports.into_iter().map(case).collect()
    }

    /// The members of the ordered enums, least first.
    pub fn tiers(&self) -> Vec<Vec<String>> {
        let enums = self.engine.program().schema.enums.values().filter(|it| it.ordered);
        enums.map(|it| it.members.iter().map(|member| member.name.to_string()).collect()).collect()
    }
}

/// Why there is no engine although policies that are wrong were left out: a setting is wrong.
pub fn settings_error(project: &Project, builder: assize::Builder) -> CliError {
    let place =
        project.file.as_ref().map(|file| format!("{}, or a flag: ", file.display())).unwrap_or_default();
    match builder.build() {
        Err(error @ (BuildError::Param(_) | BuildError::Signal(_))) => {
            CliError::Usage(format!("{place}{error}"))
        }
        _ => {
            CliError::Usage(format!("{place}a param or a signal that is set does not exist or does not fit"))
        }
    }
}

/// Says which records did not become facts; only the first where there are many.
pub fn say_rejects(rejects: &[Rejected], shell: &Shell) {
    for reject in rejects.iter().take(REJECTS_SHOWN) {
        shell.error(&format!("rejected {reject}"));
    }
    let more = rejects.len().saturating_sub(REJECTS_SHOWN);
    if more > 0 {
        shell.error(&format!("and {} more", count(more, "rejected record")));
    }
}

/// The engine's builder with a project's settings.
pub fn builder(project: &Project, texts: &Texts) -> assize::Builder {
    let settings = &project.settings;
    let mut builder = Engine::builder();
    if settings.stdlib {
        builder = builder.stdlib();
    }
    for (path, text) in &texts.own {
        builder = builder.source(path, text);
    }
    for (name, value) in &settings.params {
        builder = builder.set(name, value);
    }
    for signal in &settings.signals {
        let change = SignalOverride { lag: signal.lag, gap: signal.gap, loss: signal.loss };
        builder = builder.signal(&signal.name, change);
    }
    for (tool, trust) in &settings.trust {
        builder = builder.trust(tool, *trust);
    }
    builder
}

/// A loader, and whether a fingerprint went into it.
struct Feed {
    loader: Loader,
    fingerprints: bool,
}

impl Sink for Feed {
    fn line(&mut self, file: &str, number: u64, text: &str) {
        self.loader.line(file, number, text);
    }

    fn add(&mut self, file: &str, line: Line) {
        let (key, record) = match &line {
            Line::Report(report) => {
                (report.fields.get("id").and_then(serde_json::Value::as_str), &report.source.record)
            }
            Line::Retract(retract) => (Some(retract.key.as_str()), &retract.source.record),
            Line::SameAs(same) => (Some(same.alias.as_str()), &same.source.record),
            Line::Run(run) => (None, &run.source.record),
        };
        self.fingerprints |= key.is_some_and(|key| key.starts_with("fp:"));
        let record = record.clone().unwrap_or_default();
        self.loader.add(file, &record, line);
    }
}
