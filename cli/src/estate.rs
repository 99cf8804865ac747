//! A project brought to life: its policies compiled, its facts loaded.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{BuildError, Engine, SignalOverride, Snapshot, TestCoverage};
use assize_ingest::SiteKey;
use assize_lang::diagnostic::Severity;

use crate::args::EstateArgs;
use crate::commands::Shell;
use crate::error::CliError;
use crate::exit::Exit;
use crate::facts::{self, Difference, Lines, Rejected, Tracker, site_key};
use crate::feed::Feed;
use crate::output;
use crate::output::test_report::{Case, Failure};
use crate::plans;
use crate::project::{FactsEntry, Project};
use crate::sources::{Texts, count};
use crate::watch::Tail;

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
    key: OnceCell<(SiteKey, bool)>,
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

/// Facts, and what is to be known to go on from them.
#[derive(Debug)]
pub struct Read {
    /// The facts.
    pub loaded: Loaded,
    /// Which of them are new.
    pub difference: Difference,
    /// How far files were read that may be growing.
    pub tails: Vec<Tail>,
    /// Of which vulnerabilities feeds were asked, where there is one.
    pub asked: Option<Arc<BTreeSet<String>>>,
}

impl Estate {
    /// Compiles the project's policies. Those that do not compile are drawn on standard error and left out.
    pub fn compile(args: &EstateArgs, shell: &Shell) -> Result<Self, CliError> {
        Self::of(shell.project(args)?, false, "what they stand in is left out", shell)
    }

    /// The same, with the standard library's own tests.
    pub fn compile_tested(args: &EstateArgs, shell: &Shell) -> Result<Self, CliError> {
        Self::of(shell.project(args)?, true, "what they stand in is left out", shell)
    }

    fn of(project: Project, tests: bool, remark: &str, shell: &Shell) -> Result<Self, CliError> {
        let texts = Texts::read(&project.settings.policies, project.settings.stdlib)?;
        let texts = Texts { tests, ..texts };
        if texts.own.is_empty() && !texts.stdlib {
            let remedy = "give `--policies PATH`, or leave `--no-stdlib` out";
            return Err(CliError::Usage(format!("no policies; {remedy}")));
        }
        let builder = builder(&project, &texts);
        let (engine, found) = builder.clone().build_partial();
        let drawn = texts.draw(&found, Severity::Error, shell.err);
        if drawn.errors > 0 {
            output::say(drawn.text.trim_end());
            shell.error(&format!("{}; {remark}", count(drawn.errors, "error")));
        }
        let Some(engine) = engine else { return Err(settings_error(&project, builder)) };
        let exit = if drawn.errors > 0 { Exit::Error } else { Exit::Clean };
        Ok(Self::new(project, engine, texts, exit))
    }

    /// Of what is compiled already.
    pub fn new(project: Project, engine: Engine, texts: Texts, exit: Exit) -> Self {
        Self { project, engine, texts, exit, key: OnceCell::new() }
    }

    /// Compiles the policies again as they are on disk now. Where anything is wrong with them it is drawn on
    /// standard error with the remark, and there is nothing.
    pub fn recompile(&self, remark: &str, shell: &Shell) -> Result<Option<Self>, CliError> {
        let again = Self::of(self.project.clone(), self.texts.tests, remark, shell)?;
        Ok(Some(again.keyed_like(self)).filter(|again| again.exit == Exit::Clean))
    }

    /// The instant to decide at.
    pub fn now(&self) -> Instant {
        self.project.now()
    }

    /// Loads the project's facts. What cannot be read is said on standard error and left out.
    pub fn load(&self, args: &EstateArgs, shell: &Shell) -> Result<Loaded, CliError> {
        let settings = &self.project.settings;
        let Read { loaded, .. } =
            self.read(&settings.facts, Feed::new(self.engine.loader()), args.strict, shell)?;
        loaded.note_newest(self.now(), shell);
        Ok(loaded)
    }

    /// Loads facts, and tells which lines are new to `before`.
    pub fn load_after(
        &self,
        entries: &[FactsEntry],
        before: &Lines,
        args: &EstateArgs,
        shell: &Shell,
    ) -> Result<(Loaded, Difference), CliError> {
        let feed = Feed { tracker: Some(Tracker::after(before)), ..Feed::new(self.engine.loader()) };
        let Read { loaded, difference, .. } = self.read(entries, feed, args.strict, shell)?;
        Ok((loaded, difference))
    }

    /// Loads the project's facts, of which some files may be growing.
    pub fn read_growing(&self, before: &Lines, args: &EstateArgs, shell: &Shell) -> Result<Read, CliError> {
        let tracker = Some(Tracker::after(before));
        let feed = Feed { tracker, tails: Some(Vec::new()), ..Feed::new(self.engine.loader()) };
        self.read(&self.project.settings.facts, feed, args.strict, shell)
    }

    /// Loads facts and says nothing of what is wrong with them, for a first look.
    pub fn peek(&self, entry: &FactsEntry) -> Result<Snapshot, CliError> {
        let mut feed = Feed::new(self.engine.loader());
        let (key, _) = self.site_key()?;
        let entries = std::slice::from_ref(entry);
        facts::gather(entries, &self.project.settings.defaults, key, &mut feed);
        Ok(feed.loader.finish())
    }

    /// This estate, fingerprinting secrets with the key of another.
    pub fn keyed_like(self, other: &Self) -> Self {
        Self { key: other.key.clone(), ..self }
    }

    /// The key that secrets are fingerprinted with, one for the whole run, and whether it is a file's.
    fn site_key(&self) -> Result<(&SiteKey, bool), CliError> {
        let loaded = match self.key.get() {
            Some(loaded) => loaded,
            None => {
                let loaded = site_key::load(self.project.settings.site_key_file.as_deref())?;
                self.key.get_or_init(|| loaded)
            }
        };
        Ok((&loaded.0, loaded.1))
    }

    fn read(
        &self,
        entries: &[FactsEntry],
        mut feed: Feed<'_>,
        strict: bool,
        shell: &Shell,
    ) -> Result<Read, CliError> {
        let settings = &self.project.settings;
        if entries.is_empty() {
            let remedy = "give `--facts PATH`, or name them in assize.toml (`assize init` writes one)";
            return Err(CliError::Usage(format!("no facts to decide on; {remedy}")));
        }
        let (key, kept) = self.site_key()?;
        let gathered = facts::gather(entries, &settings.defaults, key, &mut feed);
        if feed.fingerprints && !kept {
            shell.note(site_key::NOTE);
        }
        let snapshot = feed.loader.finish();
        let difference = feed.tracker.map(Tracker::finish).unwrap_or_default();
        let nothing = gathered.is_empty();
        let mut rejects: Vec<Rejected> = gathered.rejects;
        rejects.extend(snapshot.rejects().iter().map(Rejected::from));
        rejects.sort();
        rejects.dedup();
        gathered.notes.iter().for_each(|note| shell.note(note));
        gathered.failures.iter().for_each(|failure| shell.error(failure));
        say_rejects(&rejects, shell);
        if nothing {
            // No decision on no facts would look like a clean estate.
            return Err(CliError::Reported);
        }
        let mut exit = if gathered.failures.is_empty() { Exit::Clean } else { Exit::Error };
        if !rejects.is_empty() {
            exit = exit.and(if strict { Exit::Error } else { Exit::Incomplete });
        }
        Ok(Read {
            loaded: Loaded { snapshot, rejects, exit },
            difference,
            tails: feed.tails.unwrap_or_default(),
            asked: gathered.asked_for,
        })
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
                let pictures = failure.pictures.clone();
                Failure { line: line(&report.file, failure.span.start), message, pictures }
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
    if let Some(folder) = plans::folder() {
        builder = builder.cache(folder);
    }
    if settings.stdlib {
        builder = builder.stdlib();
    }
    if settings.stdlib && texts.tests {
        builder = builder.stdlib_tests();
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
    for connector in assize_ingest::connectors() {
        builder = builder.trust(connector.name(), connector.basis().trust());
    }
    for (tool, trust) in &settings.trust {
        builder = builder.trust(tool, *trust);
    }
    builder
}

impl Loaded {
    /// Says where the facts reach beyond the instant that is decided at.
    pub fn note_newest(&self, now: Instant, shell: &Shell) {
        if let Some(newest) = self.snapshot.newest().filter(|newest| *newest > now) {
            shell.note(&format!("the facts reach to {newest}; what was seen after {now} is not looked at"));
        }
    }
}
