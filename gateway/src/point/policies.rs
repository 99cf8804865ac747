//! Policies that answers are given by: compiled, and only those whose own tests pass.

use std::path::PathBuf;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Budget, BuildError, Builder, Engine, SignalOverride, TestReport};
use assize_lang::FileDiagnostics;
use assize_lang::diagnostic::{Severity, Sources, render};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Where policies come from, and how they are set.
#[derive(Clone, Debug, Default)]
pub struct PolicySource {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Texts that lie in no file, with the path that they are named by: those of a bundle.
    pub texts: Vec<(String, String)>,
    /// Whether the standard library is in scope.
    pub stdlib: bool,
    /// Params, by qualified name, as text.
    pub params: Vec<(String, String)>,
    /// How signals behave here.
    pub signals: Vec<(String, SignalOverride)>,
    /// How far tools are believed, 0 to 100.
    pub trust: Vec<(String, u8)>,
    /// How many list elements one decision may range over; `None` is any number.
    pub reach: Option<u64>,
}

/// Why there are no policies of a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read, or something is set that cannot be.
    #[error("{0}")]
    Set(String),
    /// They do not compile; holds what the checker draws.
    #[error("the policies do not compile\n{0}")]
    Compile(String),
    /// Their own tests fail; says which and how.
    #[error("{} of the policies' own tests failed\n{}", .0.len(), .0.join("\n"))]
    Tests(Vec<String>),
    /// A request type is bound that is not there, or that no policy decides.
    #[error("{0}")]
    Binding(String),
}

/// Policies, compiled and tested.
#[derive(Clone, Debug)]
pub struct Policies {
    engine: Engine,
    revision: Arc<str>,
}

/// How the last attempt to load policies went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReloadStatus {
    /// When it was made.
    pub at: Option<Instant>,
    /// Why it failed: the former policies stand.
    pub error: Option<String>,
}

impl PolicySource {
    /// Compiles the policies and runs their tests.
    ///
    /// # Errors
    /// [`LoadError`], all of it to be shown to whoever wrote them.
    pub fn load(&self) -> Result<Policies, LoadError> {
        let mut texts = self.texts.clone();
        for path in &self.paths {
            read(path, 0, &mut texts)?;
        }
        if texts.is_empty() && !self.stdlib {
            let remedy = "name some in `[policies] paths`, or leave `stdlib = false` out";
            return Err(LoadError::Set(format!("no policies; {remedy}")));
        }
        let engine = self.builder(&texts).build().map_err(|error| failed(error, &texts, self.stdlib))?;
        // The library's own tests passed before it was shipped.
        let failures: Vec<String> = engine
            .run_tests_of(&|file, _| texts.iter().any(|(path, _)| *path == file))
            .iter()
            .filter(|report| !report.passed())
            .map(|report| told(report, &texts))
            .collect();
        if !failures.is_empty() {
            return Err(LoadError::Tests(failures));
        }
        Ok(Policies { engine, revision: Arc::from(self.revision(&texts)) })
    }

    fn builder(&self, texts: &[(String, String)]) -> Builder {
        let mut builder = Engine::builder();
        if self.stdlib {
            builder = builder.stdlib();
        }
        for (path, text) in texts {
            builder = builder.source(path.clone(), text.clone());
        }
        for (name, value) in &self.params {
            builder = builder.set(name.clone(), value.clone());
        }
        for (name, set) in &self.signals {
            builder = builder.signal(name.clone(), *set);
        }
        for (tool, trust) in &self.trust {
            builder = builder.trust(tool.clone(), *trust);
        }
        match self.reach {
            Some(reach) => builder.budget(Budget::reach(reach)),
            None => builder,
        }
    }

    /// A hash of everything that decisions depend on but the facts. Where the files lie is no part of it.
    fn revision(&self, texts: &[(String, String)]) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(text);
        };
        part(env!("CARGO_PKG_VERSION"));
        for (path, text) in assize_stdlib::sources().iter().filter(|_| self.stdlib) {
            part(path);
            part(text);
        }
        let mut sorted: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
        sorted.sort_unstable();
        sorted.into_iter().for_each(&mut part);
        for (name, value) in &self.params {
            part(name);
            part(value);
        }
        part(&format!("{:?} {:?} {:?}", self.signals, self.trust, self.reach));
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Policies {
    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A hash of everything that decisions depend on but the facts: 16 hexadecimal digits.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    pub(super) fn revision_arc(&self) -> Arc<str> {
        Arc::clone(&self.revision)
    }
}

/// How deep folders of policies may nest.
const DEPTH: usize = 16;

fn read(path: &std::path::Path, depth: usize, texts: &mut Vec<(String, String)>) -> Result<(), LoadError> {
    let failed = |reason: &dyn std::fmt::Display| LoadError::Set(format!("{}: {reason}", path.display()));
    if !path.is_dir() {
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        texts.push((path.display().to_string(), text));
        return Ok(());
    }
    if depth > DEPTH {
        return Err(failed(&format!("folders nest at most {DEPTH} deep")));
    }
    let entries = std::fs::read_dir(path).map_err(|error| failed(&error))?;
    let mut below: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    below.sort();
    for member in below {
        let hidden = member.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let policy = member.extension().is_some_and(|extension| extension == "assize");
        if !hidden && (member.is_dir() || policy) {
            read(&member, depth.saturating_add(1), texts)?;
        }
    }
    Ok(())
}

fn failed(error: BuildError, texts: &[(String, String)], stdlib: bool) -> LoadError {
    match error {
        BuildError::Policies { diagnostics, .. } => LoadError::Compile(draw(&diagnostics, texts, stdlib)),
        other => LoadError::Set(other.to_string()),
    }
}

fn draw(found: &[FileDiagnostics], texts: &[(String, String)], stdlib: bool) -> String {
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.insert(path, text);
    }
    for (path, text) in assize_stdlib::sources().iter().filter(|_| stdlib) {
        sources.insert(*path, *text);
    }
    let mut out = String::new();
    for file in found {
        for diagnostic in file.diagnostics.iter().filter(|one| one.severity == Severity::Error) {
            out.push_str(&render(&sources, &file.path, diagnostic, false));
        }
    }
    out.trim_end().to_owned()
}

fn told(report: &TestReport, texts: &[(String, String)]) -> String {
    let text = texts.iter().find(|(path, _)| *path == report.file).map_or("", |(_, text)| text);
    let line = |byte: u32| {
        let before = text.as_bytes().get(..usize::try_from(byte).unwrap_or(0)).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
    };
    let mut out = format!("{}:{}: `{}`", report.file, line(report.span.start), report.name);
    for failure in report.failures.iter().take(3) {
        out.push_str(&format!("\n  line {}: expected {}", line(failure.span.start), failure.expected));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
package shop
request Call { key id: string  tool: string }
policy shut { for call: Call decide { call.tool == "rm" => block call because "no" unknown => block call because "{missing}" } }
test "rm is shut" { now 2026-06-01T00:00:00Z given Call { id: "c", tool: "rm" } expect block "c" by shut }
"#;

    fn source(text: &str) -> PolicySource {
        PolicySource { texts: vec![("a.assize".to_owned(), text.to_owned())], ..PolicySource::default() }
    }

    #[test]
    fn policies_whose_tests_fail_are_none() {
        assert!(source(GOOD).load().is_ok());
        let broken = source(&GOOD.replace("\"rm\" =>", "\"rm -r\" =>")).load().unwrap_err().to_string();
        assert!(broken.contains("1 of the policies' own tests failed\na.assize:5: `rm is shut`"), "{broken}");
        let wrong = source(&GOOD.replace("call.tool ==", "call.toll ==")).load().unwrap_err().to_string();
        assert!(wrong.starts_with("the policies do not compile\n") && wrong.contains("toll"), "{wrong}");
        let none = PolicySource::default().load().unwrap_err().to_string();
        assert_eq!(none, "no policies; name some in `[policies] paths`, or leave `stdlib = false` out");
    }

    #[test]
    fn the_revision_is_of_what_decides() {
        let revision = |source: PolicySource| source.load().unwrap().revision().to_owned();
        let one = revision(source(GOOD));
        assert_eq!(one.len(), 16);
        let moved = PolicySource { texts: vec![("b.assize".to_owned(), GOOD.to_owned())], ..source(GOOD) };
        assert_eq!(one, revision(moved));
        assert_ne!(one, revision(source(&format!("{GOOD}\n// other"))));
        assert_ne!(one, revision(PolicySource { reach: Some(7), ..source(GOOD) }));
    }
}
