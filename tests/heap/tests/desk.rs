//! A plain request at a warm desk allocates nothing, nor does reading what a writer publishes, nor asking a keeper.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test that goes wrong may abort")]

use assize::facts::Instant;
use assize::{Answer, Ask, Desk, Engine, Keeper, Scratch, Snapshot};
use assize_heap::{Counting, counted};

#[global_allocator]
static COUNTING: Counting = Counting;

const NOW: &str = "2026-06-01T00:00:00Z";

fn now() -> Instant {
    NOW.parse().unwrap()
}

fn load(engine: &Engine, facts: &[String]) -> Snapshot {
    let mut loader = engine.loader();
    for (number, fact) in (1..).zip(facts) {
        let line = format!(r#"{{{fact}, "source": {{"tool": "t"}}, "observed_at": "2026-05-31T23:00:00Z"}}"#);
        loader.line("facts.ndjson", number, &line);
    }
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
    snapshot
}

/// Asks everything twice, and counts the second time: what was allocated, and how often the answer was to
/// block. Everything has to be plain.
fn asked_twice(desk: &Desk, requests: &[String], clock: impl Fn(usize) -> Instant) -> (u64, usize) {
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    let (mut allocated, mut blocked) = (0, 0);
    for round in 0..2 {
        for (at, request) in requests.iter().enumerate() {
            let (count, verdict) = counted(|| {
                desk.read(request, &mut ask).unwrap();
                desk.decide(&ask, clock(at + round), &mut scratch).unwrap().verdict
            });
            assert_eq!(scratch.judged(), 0, "{request}");
            if round == 1 {
                allocated += count;
                blocked += usize::from(verdict == Answer::Block);
            }
        }
    }
    (allocated, blocked)
}

/// Twenty policies of single fields, references, texts and numbers.
#[test]
fn a_plain_request_allocates_nothing() {
    let text = include_str!("../../../evaluator/benches/engine/requests.assize");
    let engine = Engine::builder().source("requests.assize", text).build().unwrap();
    let facts: Vec<String> = (0..50)
        .flat_map(|id| {
            let env = ["dev", "stage", "prod"].into_iter().nth(id % 3).unwrap();
            let (level, age) = (id % 6, id * 20);
            [
                format!(
                    r#""Principal": {{"id": "p{id}", "kind": "workload", "privilege": {level}, "owner": "team-data",
                        "age_days": {age}, "environment": "{env}", "last_seen_days": 3}}"#
                ),
                format!(
                    r#""Resource": {{"id": "r{id}", "path": "vault/prod/payments/{id}", "environment": "{env}",
                        "sensitivity": {level}, "owner": "team-data"}}"#
                ),
            ]
        })
        .collect();
    let request = |id: usize| {
        let action =
            ["secrets:read", "db:drop", "deploy:apply", "tool:invoke"].into_iter().nth(id % 4).unwrap();
        format!(
            r#"{{"id":"q{id}","principal":"p{}","action":"{action}","resource":"r{}","source_ip":"10.0.3.{id}",
                "hour":{},"mfa":{},"workload_attested":{}}}"#,
            id % 50,
            id * 7 % 50,
            id % 24,
            id.is_multiple_of(2),
            id.is_multiple_of(3)
        )
    };
    let requests: Vec<String> = (0..400).map(request).collect();
    let snapshot = load(&engine, &facts);
    let entry = engine.entry("Access").unwrap();
    let (allocated, blocked) =
        asked_twice(&entry.desk(&engine.index(&snapshot, now())), &requests, |_| now());
    assert!(blocked > 20 && blocked < 380, "{blocked} of 400 are blocked");
    assert_eq!(allocated, 0);

    // What a writer publishes is read without any, whenever it publishes.
    let mut writer = engine.writer(&snapshot, now());
    let published = writer.publish();
    let seen = published.read(|facts| facts.now());
    for step in 1..4 {
        writer.commit(Instant(seen.0 + step));
        writer.publish();
        let (allocated, read) = counted(|| published.read(|facts| facts.now()));
        assert_eq!((allocated, read.0), (0, seen.0 + step));
    }
    let desk = entry.desk(&published.facts());
    assert_eq!(asked_twice(&desk, &requests, |_| Instant(seen.0 + 4)), (0, blocked));

    // So are a keeper's policies and facts, one by one and several at once; a change makes a new desk, once.
    let keeper = Keeper::new(&engine, &snapshot, now());
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    let mut all = |keeper: &Keeper| {
        let mut found = 0;
        let (count, ()) = counted(|| {
            for request in &requests {
                keeper.read(|standing| {
                    let desk = standing.desk("Access").unwrap();
                    desk.read(request, &mut ask).unwrap();
                    let reply = desk.decide(&ask, now(), &mut scratch).unwrap();
                    found += usize::from(reply.verdict == Answer::Block);
                });
            }
            let standing = keeper.standing();
            let texts = requests.iter().map(String::as_str);
            let desk = standing.desk("bench.Access").unwrap();
            desk.decide_many(texts, now(), &mut ask, &mut scratch, |_, answer| {
                found += usize::from(answer.unwrap().verdict == Answer::Block);
            });
        });
        (count, found)
    };
    assert!(all(&keeper).0 > 0, "the first asks for room");
    assert_eq!(all(&keeper), (0, 2 * blocked));
    keeper.change(now(), |writer| writer.line("f", 1, ""));
    assert!(all(&keeper).0 > 0, "other facts have another desk");
    assert_eq!(all(&keeper), (0, 2 * blocked));
}

/// The bundled policy about tool calls: lists of grants whose silence is knowledge, patterns, a clock that goes
/// on.
#[test]
fn a_tool_call_that_rests_on_coverage_allocates_nothing() {
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut facts = vec![
        r#""Coverage": {"id": "c", "signal": "iam_inventory", "scope": "agents", "from": "2026-05-31T22:00:00Z",
            "until": "2026-05-31T23:00:00Z"}"#
            .to_owned(),
        r#""Person": {"id": "ann", "name": "Ann", "status": "active"}"#.to_owned(),
    ];
    for id in 0..6 {
        let frozen = id == 5;
        facts.push(format!(
            r#""Identity": {{"id": "a{id}", "name": "agent {id}", "kind": "agent", "account": "agents",
                "status": "enabled", "frozen": {frozen}}}"#
        ));
        facts.push(format!(
            r#""Tool": {{"id": "crm/t{id}", "name": "Tool {id}", "server": "crm", "level": "limited"}}"#
        ));
        facts.push(format!(
            r#""Grant": {{"id": "g{id}", "subject": "a{id}", "action": "tools/*", "resource": "crm/t[{id}]*",
                "effect": "allow", "level": "limited"}}"#
        ));
        facts.push(format!(
            r#""Grant": {{"id": "h{id}", "subject": "a{id}", "action": "tools/call", "resource": "crm/?{id}",
                "effect": "allow", "level": "limited"}}"#
        ));
    }
    let request = |id: usize| {
        format!(
            r#"{{"id":"q{id}","agent":"a{}","tool":"crm/t{}","at":"{NOW}","on_behalf_of":{},"session":null}}"#,
            id % 6,
            id / 6 % 6,
            if id.is_multiple_of(2) { "null" } else { "\"ann\"" }
        )
    };
    let requests: Vec<String> = (0..72).map(request).collect();
    let desk = engine.entry("ToolCall").unwrap().desk(&engine.index(&load(&engine, &facts), now()));
    let clock = |at: usize| Instant(now().0 + i64::try_from(at).unwrap());
    let (allocated, blocked) = asked_twice(&desk, &requests, clock);
    assert_eq!(blocked, 72 - 10, "each of five agents may call its tool");
    assert_eq!(allocated, 0);
}
