//! What a host holds on to: policies and facts that change together, under requests that go on.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use assize::{Answer, Ask, BuildError, DecideError, Engine, Keeper, OtherTypes, Scratch};

use crate::support::{NOW, at};

const TEXT: &str = r#"package t
entity Agent { key id: string  version: int  frozen: bool } fresh for 24h closed
request Call { key id: string  agent: Agent  tool: string }
param wanted: int = 0 in 0..1000 source "us"
policy freeze { for call: Call decide {
  call.agent.frozen || call.agent.version != wanted => block call because "frozen, or of another version"
  unknown                                           => block call because "cannot tell: {missing}"
} }
test "the frozen are blocked" {
  now 2026-06-01T00:00:00Z
  given Agent { id: "bot", version: 0, frozen: true }
  given Call { id: "c", agent: "bot", tool: "search" }
  expect block "c" by freeze
}
"#;

fn bot(version: u32) -> String {
    format!(
        r#"{{"Agent": {{"id": "bot", "version": {version}, "frozen": false}}, "source": {{"tool": "register"}}, "observed_at": "2026-05-31T23:00:00Z"}}"#
    )
}

fn engine(text: &str, wanted: u32) -> Result<Engine, BuildError> {
    Engine::builder().source("t.assize", text).set("t.wanted", wanted.to_string()).build_tested()
}

fn keeper(wanted: u32) -> Keeper {
    let engine = engine(TEXT, wanted).unwrap();
    let mut loader = engine.loader();
    loader.line("f", 1, &bot(wanted));
    Keeper::new(&engine, &loader.finish(), at(NOW))
}

fn asked(keeper: &Keeper, json: &str) -> Result<Answer, DecideError> {
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    keeper.read(|standing| {
        let desk = standing.desk("Call")?;
        desk.read(json, &mut ask)?;
        desk.decide(&ask, at(NOW), &mut scratch).map(|reply| reply.verdict)
    })
}

const CALL: &str = r#"{"agent": "bot", "tool": "search"}"#;

#[test]
fn policies_whose_tests_fail_are_told_and_change_nothing() {
    let keeper = keeper(0);
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
    let failed = engine(&TEXT.replace("call.agent.frozen ||", "!call.agent.frozen &&"), 0).unwrap_err();
    insta::assert_snapshot!(failed.told(), @r#"
    1 of the policies' own tests failed
    t.assize:9: `the frozen are blocked`
      line 13: expected block "c" by freeze
    "#);
    let wrong = engine(&TEXT.replace("call.agent.frozen ||", "call.agent.frosen ||"), 0).unwrap_err();
    let told = wrong.told();
    assert!(told.starts_with("1 error(s) in the policies\n") && told.contains("t.assize:6:"), "{told}");
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
}

#[test]
fn facts_and_policies_change_under_requests() {
    let keeper = keeper(0);
    let before = keeper.standing();
    let ((), delta) = keeper.change(at(NOW), |writer| {
        writer.line("f", 2, &bot(1).replace("23:00", "23:30"));
        writer.line("f", 3, "no fact");
        assert_eq!(writer.refused().len(), 1);
    });
    assert_eq!(delta.changes.len(), 0, "no policy decides about agents themselves");
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Block));
    keeper.replace(&engine(TEXT, 1).unwrap(), at(NOW)).unwrap();
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
    // What was kept is as it was.
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    let desk = before.desk("t.Call").unwrap();
    desk.read(CALL, &mut ask).unwrap();
    assert_eq!(desk.decide(&ask, at(NOW), &mut scratch).unwrap().verdict, Answer::Allow);
    assert_eq!(before.facts().now(), at(NOW));
}

#[test]
fn facts_of_other_types_are_read_again() {
    let keeper = keeper(0);
    let other = engine(&TEXT.replace("frozen: bool }", "frozen: bool  team: string? }"), 0).unwrap();
    assert_eq!(keeper.replace(&other, at(NOW)).unwrap_err(), OtherTypes);
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
    keeper.replace_all(&other, &other.loader().finish(), at(NOW));
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Block), "nobody reported the agent");
    assert_eq!(
        asked(&keeper, "[]").unwrap_err().to_string(),
        "the request is not a JSON object: line 1, column 0"
    );
    let unknown = keeper.read(|standing| standing.desk("Agent").map(drop)).unwrap_err();
    assert_eq!(unknown, DecideError::NoType("Agent".to_owned()));
}

/// Version `n` of the policies allows only what facts of version `n` say: were an answer to rest on two versions, it
/// would be another one.
#[test]
fn no_answer_rests_on_two_versions() {
    let keeper = keeper(0);
    let (over, allowed) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
                    allowed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for version in 1..40 {
            let engine = engine(TEXT, version).unwrap();
            let mut loader = engine.loader();
            loader.line("f", 1, &bot(version));
            let before = allowed.load(Ordering::Relaxed);
            keeper.replace_all(&engine, &loader.finish(), at(NOW));
            while allowed.load(Ordering::Relaxed) < before + 2 {
                std::thread::yield_now();
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_clock_makes_facts_stale() {
    let keeper = keeper(0);
    let later = at("2026-06-02T00:00:00Z");
    assert_eq!(keeper.tick(at(NOW)), None);
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Allow));
    assert!(keeper.tick(later).is_some(), "the agent's report is older than a day");
    assert_eq!(keeper.read(|standing| standing.facts().now()), later);
    assert_eq!(asked(&keeper, CALL), Ok(Answer::Block));
}

#[test]
fn many_requests_are_decided_alike_and_each_is_explained() {
    let keeper = keeper(0);
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    let standing = keeper.standing();
    let desk = standing.desk("Call").unwrap();
    let requests = [CALL, r#"{"agent": "nobody", "tool": "x"}"#, "{", CALL];
    let mut told = Vec::new();
    desk.decide_many(requests, at(NOW), &mut ask, &mut scratch, |number, answer| {
        told.push((number, answer.ok().map(|reply| reply.verdict)));
    });
    let (allow, block) = (Some(Answer::Allow), Some(Answer::Block));
    assert_eq!(told, [(0, allow), (1, block), (2, None), (3, allow)]);

    desk.read(CALL, &mut ask).unwrap();
    assert_eq!(desk.explain(&ask, at(NOW)).unwrap(), []);
    desk.read(r#"{"agent": "nobody", "tool": "x"}"#, &mut ask).unwrap();
    let why = desk.explain(&ask, at(NOW)).unwrap();
    assert_eq!(why.len(), 1);
    assert_eq!(why[0].summary, "arm 2 decides: block Call `request`");
}

#[path = "../../examples/embed.rs"]
#[expect(dead_code, reason = "a program of its own")]
mod embed;

#[test]
fn the_page_on_embedding_shows_what_runs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shown = std::fs::read_to_string(root.join("docs/embedding.md")).unwrap();
    let (_, code) = include_str!("../../examples/embed.rs").split_once("\n\n").unwrap();
    assert!(shown.contains(&format!("```rust\n{code}```")), "docs/embedding.md shows another program");
    assert_eq!(embed::answer(&root.join("examples/proxy")).unwrap(), "block old-shop is frozen");
}
