//! How an engine is put together: the only place that reads files, and the only one that calls the
//! compiler but for the texts that tests try.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_lang::diagnostic::Severity;
use assize_lang::plan::{Name, Program, Schema, Step, Test};
use assize_lang::{Compiled, FileDiagnostics, SourceText};

use crate::budget::Budget;
use crate::engine::Engine;
use crate::params;
use crate::plan_cache;
use crate::store::Trust;
use crate::test_runner::TestReport;
use crate::value::{Value, from_const};

/// What a deployment says about a signal; what is left out stays as the policies declare it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalOverride {
    /// How late reports come, in microseconds.
    pub lag: Option<i64>,
    /// The longest hole that still counts as covered, in microseconds.
    pub gap: Option<i64>,
    /// The tolerated share of lost reports, in parts per million.
    pub loss: Option<u32>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A policy file or folder cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The policies have errors.
    #[error("{errors} error(s) in the policies")]
    Policies {
        /// How many.
        errors: usize,
        /// Everything that is said about them, warnings included.
        diagnostics: Vec<FileDiagnostics>,
        /// The texts that it is said about.
        texts: Vec<SourceText>,
    },
    /// The policies' own tests fail: see [`Builder::build_tested`].
    #[error("{} of the policies' own tests failed", .failed.len())]
    Tests {
        /// Those that failed.
        failed: Vec<TestReport>,
        /// The texts that they stand in.
        texts: Vec<SourceText>,
    },
    /// A param is set that cannot be.
    #[error("{0}")]
    Param(String),
    /// A signal is set that is not there.
    #[error("no signal `{0}`")]
    Signal(String),
}

/// Gathers what an engine is made of.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    sources: Vec<SourceText>,
    params: Vec<(String, String)>,
    signals: Vec<(String, SignalOverride)>,
    trust: Trust,
    budget: Budget,
    cache: Option<PathBuf>,
}

impl Builder {
    /// With the standard library: the fact model, the control catalogs and the bundled policies. Its own tests passed
    /// before it was shipped, and are left out: [`Builder::stdlib_tests`].
    #[must_use]
    pub fn stdlib(self) -> Self {
        self.library(false)
    }

    /// With the tests of the standard library, for whoever runs them beside what [`Builder::stdlib`] brings.
    #[must_use]
    pub fn stdlib_tests(self) -> Self {
        self.library(true)
    }

    fn library(mut self, tests: bool) -> Self {
        let wanted =
            assize_stdlib::sources().iter().filter(|(path, _)| assize_stdlib::is_test(path) == tests);
        let text = |(path, text): &(&str, &str)| SourceText {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            library: true,
        };
        self.sources.extend(wanted.map(text));
        self
    }

    /// With a text, under the path that diagnostics name.
    #[must_use]
    pub fn source(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.sources.push(SourceText { path: path.into(), text: text.into(), library: false });
        self
    }

    /// With a file, or with every `*.assize` file below a folder, in the order of their paths.
    ///
    /// # Errors
    /// [`BuildError::Read`] where something cannot be read.
    pub fn policies(mut self, path: impl AsRef<Path>) -> Result<Self, BuildError> {
        let mut files = Vec::new();
        find(path.as_ref(), &mut files)?;
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).map_err(|source| read_error(&file, source))?;
            self.sources.push(SourceText { path: file.display().to_string(), text, library: false });
        }
        Ok(self)
    }

    /// Sets a param by its qualified name to a value in the language's own syntax: `30d`, `high`, `"x"`.
    /// It is checked when the engine is built.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Says how a signal behaves in this deployment.
    #[must_use]
    pub fn signal(mut self, name: impl Into<String>, set: SignalOverride) -> Self {
        self.signals.push((name.into(), set));
        self
    }

    /// Says how far a tool is believed, 0 to 100; the default is 80.
    #[must_use]
    pub fn trust(mut self, tool: impl Into<String>, trust: u8) -> Self {
        self.trust.tools.insert(tool.into(), trust.min(100));
        self
    }

    /// With a budget for each case.
    #[must_use]
    pub const fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Keeps in a folder what policies are compiled to, and looks there first. A process that starts with the same
    /// texts as one before it, as the same program, reads the checked plans instead of compiling them. The folder
    /// is made where it is not there, for its owner alone; what cannot be read or written is compiled.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// [`BuildError`] where the policies have an error, or something is set that cannot be.
    pub fn build(self) -> Result<Engine, BuildError> {
        let compiled = self.compile();
        let all = compiled.diagnostics.iter().flat_map(|file| &file.diagnostics);
        let errors = all.filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > 0 {
            let (diagnostics, texts) = (compiled.diagnostics, self.sources);
            return Err(BuildError::Policies { errors, diagnostics, texts });
        }
        self.finish(compiled.program, compiled.diagnostics)
    }

    /// The engine, of policies that pass the tests that stand beside them: what a host asks for before it lets new
    /// policies take the place of those that decide. The bundled policies' own tests passed before they were shipped,
    /// and are not run again.
    ///
    /// # Errors
    /// As [`Builder::build`], and [`BuildError::Tests`] where a test fails.
    pub fn build_tested(self) -> Result<Engine, BuildError> {
        let own: Vec<SourceText> = self.sources.iter().filter(|text| !text.library).cloned().collect();
        let engine = self.build()?;
        let mut failed = engine.run_tests_of(&|file, _| own.iter().any(|text| text.path == file));
        failed.retain(|report| !report.passed());
        if failed.is_empty() { Ok(engine) } else { Err(BuildError::Tests { failed, texts: own }) }
    }

    /// The engine of what has no errors, and everything that is wrong. There is none where something is
    /// set that cannot be: [`Builder::build`] says what.
    #[must_use]
    pub fn build_partial(self) -> (Option<Engine>, Vec<FileDiagnostics>) {
        let compiled = self.compile();
        let engine = self.finish(compiled.program, compiled.diagnostics.clone()).ok();
        (engine, compiled.diagnostics)
    }

    fn compile(&self) -> Compiled {
        match &self.cache {
            Some(folder) => plan_cache::compile(folder, &self.sources),
            None => assize_lang::compile(&self.sources),
        }
    }

    /// The engine of a program that is compiled already, as an editor has it: the texts given here are not compiled.
    ///
    /// # Errors
    /// [`BuildError`] where something is set that cannot be.
    pub fn of(self, program: Arc<Program>) -> Result<Engine, BuildError> {
        self.finish(program, Vec::new())
    }

    fn finish(self, program: Arc<Program>, diagnostics: Vec<FileDiagnostics>) -> Result<Engine, BuildError> {
        let schema = with_signals(&program.schema, &self.signals)?;
        let mut params: BTreeMap<Name, Value> =
            program.params.values().map(|param| (param.name.clone(), from_const(&param.default))).collect();
        for (name, text) in &self.params {
            let (name, value) = params::read(&program, name, text).map_err(BuildError::Param)?;
            params.insert(name, value);
        }
        let trust = Arc::new(self.trust);
        let tried = |test: &Arc<Test>| test.steps.iter().any(|(step, _)| matches!(step, Step::Check(_)));
        let texts = if program.tests.iter().any(tried) { self.sources } else { Vec::new() };
        Ok(Engine {
            program,
            layout: Arc::new(crate::world::Layout::new(Arc::clone(&schema), Arc::clone(&trust))),
            schema,
            params: Arc::new(params),
            trust,
            budget: self.budget,
            diagnostics: Arc::new(diagnostics),
            texts: Arc::new(texts),
        })
    }
}

fn with_signals(schema: &Arc<Schema>, set: &[(String, SignalOverride)]) -> Result<Arc<Schema>, BuildError> {
    if set.is_empty() {
        return Ok(Arc::clone(schema));
    }
    let mut schema = Schema::clone(schema);
    for (name, set) in set {
        let signal = schema.signals.get_mut(name.as_str()).ok_or_else(|| BuildError::Signal(name.clone()))?;
        signal.lag = set.lag.unwrap_or(signal.lag);
        signal.gap = set.gap.unwrap_or(signal.gap);
        signal.loss = set.loss.unwrap_or(signal.loss);
    }
    Ok(Arc::new(schema))
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let about = fs::metadata(path).map_err(|source| read_error(path, source))?;
    if !about.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|source| read_error(path, source))? {
        let below = entry.map_err(|source| read_error(path, source))?.path();
        // A broken link, or something that is neither file nor folder, is no policy.
        if below.is_dir() {
            find(&below, files)?;
        } else if below.is_file() && below.extension().is_some_and(|extension| extension == "assize") {
            files.push(below);
        }
    }
    Ok(())
}

fn read_error(path: &Path, source: std::io::Error) -> BuildError {
    BuildError::Read { path: path.display().to_string(), source }
}
