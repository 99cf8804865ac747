//! Policies and facts in files, read again when they change.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use assize::facts::Instant;
use assize::{BuildError, Engine, Keeper, Snapshot};

/// The policies by path, each with its text.
type Texts = BTreeMap<String, String>;

/// The files, as they were last seen.
pub struct Files {
    policies: PathBuf,
    facts: PathBuf,
    seen: (Texts, String),
}

impl Files {
    /// Reads them for the first time: without policies that pass their own tests there is no proxy.
    pub fn start(policies: PathBuf, facts: PathBuf, now: Instant) -> Result<(Self, Keeper), String> {
        let seen = read(&policies, &facts).map_err(|error| error.to_string())?;
        let engine = compile(&seen.0).map_err(|error| error.told())?;
        let keeper = Keeper::new(&engine, &load(&engine, &facts, &seen.1), now);
        Ok((Self { policies, facts, seen }, keeper))
    }

    /// Takes over what has changed, and says what came of it. What cannot be read, does not compile or fails its own
    /// tests changes nothing.
    pub fn look(&mut self, keeper: &Keeper, now: Instant) -> Option<String> {
        drop(keeper.tick(now));
        let found = match read(&self.policies, &self.facts) {
            Ok(found) if found == self.seen => return None,
            Ok(found) => found,
            // It is looked at again; whoever writes a file may not have finished.
            Err(_) => return None,
        };
        let before = std::mem::replace(&mut self.seen, found);
        let (texts, facts) = &self.seen;
        if before.0 == *texts {
            let engine = keeper.read(|standing| standing.engine().clone());
            keeper.replace_all(&engine, &load(&engine, &self.facts, facts), now);
            return Some("facts: read again".to_owned());
        }
        let engine = match compile(texts) {
            Ok(engine) => engine,
            Err(error) => return Some(format!("policies: the former ones stay: {}", error.told())),
        };
        // Where the types of facts are others, or the facts have changed too, they are read again as well.
        if before.1 != *facts || keeper.replace(&engine, now).is_err() {
            keeper.replace_all(&engine, &load(&engine, &self.facts, facts), now);
        }
        Some("policies: replaced".to_owned())
    }
}

fn compile(texts: &Texts) -> Result<Engine, BuildError> {
    let mut builder = Engine::builder();
    for (path, text) in texts {
        builder = builder.source(path, text);
    }
    builder.build_tested()
}

#[expect(clippy::print_stderr, reason = "whoever wrote the facts should see what is wrong with them")]
fn load(engine: &Engine, path: &Path, facts: &str) -> Snapshot {
    let (mut loader, path) = (engine.loader(), path.display().to_string());
    for (number, line) in (1..).zip(facts.lines()) {
        loader.line(&path, number, line);
    }
    let snapshot = loader.finish();
    for one in snapshot.rejects() {
        eprintln!("facts: {}: {}: {}", one.file, one.record, one.reason);
    }
    snapshot
}

fn read(policies: &Path, facts: &Path) -> io::Result<(Texts, String)> {
    let mut texts = Texts::new();
    for entry in std::fs::read_dir(policies)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "assize") {
            texts.insert(path.display().to_string(), std::fs::read_to_string(&path)?);
        }
    }
    Ok((texts, std::fs::read_to_string(facts)?))
}
