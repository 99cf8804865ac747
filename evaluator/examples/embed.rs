//! A decision in process: run it in `examples/proxy`, where its policies and facts lie.

use std::io::Write as _;
use std::path::Path;

use assize::facts::Instant;
use assize::{Ask, Engine, Keeper, Scratch};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    writeln!(std::io::stdout(), "{}", answer(Path::new("."))?)?;
    Ok(())
}

/// What the proxy's policies and facts make of one request.
pub fn answer(folder: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let now: Instant = "2026-06-01T12:00:00Z".parse()?;

    // Once: policies that pass their own tests, and facts.
    let engine = Engine::builder().policies(folder.join("policies"))?.build_tested()?;
    let keeper = Keeper::new(&engine, &engine.loader().finish(), now);
    let facts = std::fs::read_to_string(folder.join("facts.ndjson"))?;
    keeper.change(now, |writer| {
        for (number, line) in (1..).zip(facts.lines()) {
            writer.line("facts.ndjson", number, line);
        }
    });

    // Each request, in the room of its thread.
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    let standing = keeper.standing();
    let desk = standing.desk("Call")?;
    desk.read(r#"{"client": "old-shop", "method": "GET", "path": "/"}"#, &mut ask)?;
    let reply = desk.decide(&ask, now, &mut scratch)?;
    assert!(reply.blocked_by().is_some_and(|by| by.policy == "gate.freeze"));

    // Reasons and obligations when somebody wants them, on the same policies and facts.
    let verdict = desk.verdict(&ask, now)?;
    let because: Vec<&str> = verdict.decisions.iter().map(|one| one.because.as_str()).collect();
    assert_eq!(desk.explain(&ask, now)?.len(), 1);

    // Other policies: compiled and tested beside what stands, then swapped in whole.
    let other = Engine::builder().policies(folder.join("policies"))?.build_tested()?;
    keeper.replace(&other, now)?;
    Ok(format!("block {}", because.join("; ")))
}
