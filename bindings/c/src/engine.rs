//! The engine: policies that pass their own tests, and facts.

use std::ffi::c_char;
use std::path::Path;

use assize::facts::Instant;
use assize::{Keeper, Reject};

use crate::pointers::{give, shared, sized, take_back, text, write, write_some};
use crate::policies::Policies;
use crate::status::{Failure, guard, guarded, say};
use crate::types::{Loaded, Status};

/// Policies and facts, published together. Used by any number of threads at once: whoever decides waits for nobody.
#[derive(Debug)]
pub struct Engine {
    pub(crate) keeper: Keeper,
}

/// How many refused lines are told.
const TOLD: usize = 10;

/// A line, with the file that it is of and its number there.
type Line<'t> = (&'t str, u64, &'t str);

impl Engine {
    /// Takes lines in, all at once, and says what became of them.
    fn take<'t>(&self, lines: impl Iterator<Item = Line<'t>>, now: i64) -> Loaded {
        let (loaded, _) = self.keeper.change(Instant(now), |writer| {
            let mut loaded = Loaded::default();
            for (file, number, line) in lines.filter(|(_, _, line)| !line.trim().is_empty()) {
                loaded.lines = loaded.lines.saturating_add(1);
                writer.line(file, number, line);
            }
            let refused = writer.refused();
            loaded.rejected = u64::try_from(refused.len()).unwrap_or(u64::MAX);
            if !refused.is_empty() {
                say(&told(refused));
            }
            loaded
        });
        loaded
    }
}

fn told(refused: &[Reject]) -> String {
    let mut out = String::new();
    for one in refused.iter().take(TOLD) {
        let field = one.field.as_ref().map(|field| format!(", `{field}`")).unwrap_or_default();
        out.push_str(&format!("{}: {}{field}: {}\n", one.file, one.record, one.reason));
    }
    let more = refused.len().saturating_sub(TOLD);
    if more > 0 {
        out.push_str(&format!("and {more} more\n"));
    }
    out.trim_end().to_owned()
}

/// Compiles policies, runs their own tests, and begins without facts at `now`: microseconds since 1970, UTC. Free it
/// with `assize_engine_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_new(
    policies: *const Policies,
    now: i64,
    out: *mut *mut Engine,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let policies = unsafe { shared("policies", policies) }?;
        let make = || {
            let engine = policies.builder.clone().build_tested()?;
            Ok(Engine { keeper: Keeper::new(&engine, &engine.loader().finish(), Instant(now)) })
        };
        // SAFETY: the header's rules.
        unsafe { give(out, make) }
    })
}

/// Frees it; null is nothing. Entries of it stay good, and keep what they need.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_free(engine: *mut Engine) {
    // SAFETY: the header's rules.
    guarded((), || unsafe { take_back(engine) });
}

/// Takes in lines of facts, one JSON object a line, and moves the clock to `now`. Answers rest on all of them from the
/// moment that this returns, or on none. `name` is what errors call the lines; `loaded` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_facts(
    engine: *const Engine,
    name: *const c_char,
    lines: *const c_char,
    length: usize,
    now: i64,
    loaded: *mut Loaded,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (engine, name, lines) =
            unsafe { (shared("engine", engine)?, text("name", name)?, sized("lines", lines, length)?) };
        let lines = (1..).zip(lines.lines()).map(|(number, line)| (name, number, line));
        let done = engine.take(lines, now);
        // SAFETY: the header's rules.
        unsafe { write_some(loaded, done) };
        Ok(())
    })
}

/// The same from a file of such lines, or from the folder of a snapshot that `assize ingest` wrote.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_facts_path(
    engine: *const Engine,
    path: *const c_char,
    now: i64,
    loaded: *mut Loaded,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (engine, path) = unsafe { (shared("engine", engine)?, text("path", path)?) };
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(Status::Read, format!("cannot read `{path}`: {error}"))
        };
        let done = if assize_snapshots::is_snapshot(Path::new(path)) {
            let mut lines: Vec<(String, u64, String)> = Vec::new();
            let mut keep =
                |file: &str, number: u64, line: &str| lines.push((file.to_owned(), number, line.to_owned()));
            assize_snapshots::read(Path::new(path), &mut keep).map_err(|error| failed(&error))?;
            engine.take(lines.iter().map(|(file, number, line)| (file.as_str(), *number, line.as_str())), now)
        } else {
            let lines = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
            engine.take((1..).zip(lines.lines()).map(|(number, line)| (path, number, line)), now)
        };
        // SAFETY: the header's rules.
        unsafe { write_some(loaded, done) };
        Ok(())
    })
}

/// Answers by other policies from now on, on the same facts, once they compile and pass their own tests; else nothing
/// changes. They are compiled and tested on the calling thread while others go on deciding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_replace(
    engine: *const Engine,
    policies: *const Policies,
    now: i64,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (engine, policies) = unsafe { (shared("engine", engine)?, shared("policies", policies)?) };
        let new = policies.builder.clone().build_tested()?;
        engine.keeper.replace(&new, Instant(now))?;
        Ok(())
    })
}

/// Answers by the policies and facts of another engine from now on, both at once: for policies with other types of
/// facts. `from` stays as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_replace_all(
    engine: *const Engine,
    from: *const Engine,
    now: i64,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (engine, from) = unsafe { (shared("engine", engine)?, shared("from", from)?) };
        let new = from.keeper.read(|standing| standing.engine().clone());
        engine.keeper.replace_all(&new, &from.keeper.snapshot(), Instant(now));
        Ok(())
    })
}

/// Moves the facts to the clock, where that changes anything. Answers are right without it, and sooner after it: call it
/// now and then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_engine_tick(engine: *const Engine, now: i64) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let engine = unsafe { shared("engine", engine) }?;
        drop(engine.keeper.tick(Instant(now)));
        Ok(())
    })
}

/// Reads an instant: `2026-06-01T12:00:00Z` to microseconds since 1970.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_time(instant: *const c_char, micros: *mut i64) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let text = unsafe { text("instant", instant) }?;
        let read: Instant =
            text.parse().map_err(|error| Failure::new(Status::Argument, format!("{error}")))?;
        // SAFETY: the header's rules.
        unsafe { write("micros", micros, read.0) }
    })
}

/// The library's version, as text.
#[unsafe(no_mangle)]
pub extern "C" fn assize_version() -> *const c_char {
    const { concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast() }
}

/// The version of this interface that the library has: `ASSIZE_ABI` of the header that it came with.
#[unsafe(no_mangle)]
pub extern "C" fn assize_abi() -> u32 {
    1
}
