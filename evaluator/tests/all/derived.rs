//! Relations, sequences and waivers, shown by the language's own tests.

use assize::Engine;

const MODEL: &str = r#"package m
signal inventory { lag 0s gap 24h loss 0% basis run }
signal log { lag 15m gap 15m loss 0.1% basis heartbeat }
entity Identity { key id: string, total: bool } fresh for 24h covered by inventory
entity Trust { key id: string, source: Identity, target: Identity } fresh for 24h covered by inventory on target
event Call { key id: string, identity: Identity, at: timestamp, action: string } covered by log
"#;

/// Runs the tests of a text beside the model; answers with what failed.
fn failures(text: &str) -> Vec<String> {
    let engine = Engine::builder().source("m.assize", MODEL).source("p.assize", text).build().unwrap();
    let reports = engine.run_tests(None);
    assert!(!reports.is_empty());
    reports.iter().filter(|report| !report.passed()).map(|report| format!("{report:#?}")).collect()
}

#[test]
fn a_chain_is_followed_and_a_gap_in_it_is_not_clean() {
    let text = r#"package p
use m.*
relation can_act_as(a: Identity, b: Identity) {
  case for t: Trust where t.source == a && t.target == b
  case for t: Trust, via: Identity where can_act_as(a, via) && t.source == via && t.target == b
}
policy climbs {
  for i: Identity
  where !i.total
  let top = Identity.exists(x, x.total && can_act_as(i, x))
  decide {
    top       => alert high because "{i.id} can become somebody with total rights"
    !top      => alert low because "{i.id} cannot"
    unknown   => alert medium because "{missing}"
  }
}
test "over two steps" {
  now 2026-06-01T00:00:00Z
  given Identity { id: "a", total: false }
  given Identity { id: "b", total: false }
  given Identity { id: "root", total: true }
  given Trust { id: "1", source: "a", target: "b" }
  expect alert medium on "a" by climbs
  given Trust { id: "2", source: "b", target: "root" }
  expect alert high on "a" by climbs
  expect alert high on "b" by climbs
}
test "a circle ends" {
  now 2026-06-01T00:00:00Z
  given Identity { id: "a", total: false }
  given Identity { id: "b", total: false }
  given Trust { id: "1", source: "a", target: "b" }
  given Trust { id: "2", source: "b", target: "a" }
  given Coverage { signal: Signal.inventory, scope: "*", from: now - 1h, until: now }
  expect alert low on "a" by climbs
}
"#;
    assert_eq!(failures(text), Vec::<String>::new());
}

#[test]
fn the_first_later_event_makes_one_case() {
    let text = r#"package p
use m.*
policy escalation {
  sequence by identity within 1h {
    deny: Call where deny.action == "denied" && deny.at > now - 7d
    grant: Call where grant.action == "grant"
  }
  decide { otherwise => alert high because "{deny.id} then {grant.id}" }
}
test "in order, in time, by one identity" {
  now 2026-06-01T00:00:00Z
  given Call { id: "d", identity: "a", at: now - 3h, action: "denied" }
  expect nothing by escalation
  given Call { id: "before", identity: "a", at: now - 4h, action: "grant" }
  given Call { id: "other", identity: "b", at: now - 170m, action: "grant" }
  given Call { id: "late", identity: "a", at: now - 1h, action: "grant" }
  expect nothing by escalation
  given Call { id: "g2", identity: "a", at: now - 150m, action: "grant" }
  expect alert high on ("d", "g2") by escalation
  given Call { id: "g1", identity: "a", at: now - 3h, action: "grant" }
  expect alert high on ("d", "g1") by escalation because contains "d then g1"
  expect nothing on ("d", "g2") by escalation
  now now + 5d
  now now + 2d
  expect nothing by escalation
}
"#;
    assert_eq!(failures(text), Vec::<String>::new());
}

#[test]
fn a_waiver_marks_until_its_end() {
    let text = r#"package p
use m.*
policy total {
  for i: Identity
  decide { i.total => alert high because "{i.id}" }
}
waive total for i where i.id == "root" until 2026-07-01T00:00:00Z because "break glass" by "ops"
"#;
    let engine = Engine::builder().source("m.assize", MODEL).source("p.assize", text).build().unwrap();
    let mut loader = engine.loader();
    for (number, id) in ["root", "other"].iter().enumerate() {
        let line = format!(
            r#"{{"Identity": {{"id": "{id}", "total": true}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-30T12:00:00Z"}}"#
        );
        loader.line("f", u64::try_from(number).unwrap(), &line);
    }
    let snapshot = loader.finish();
    let at = |now: &str| engine.evaluate(&snapshot, now.parse().unwrap()).decisions;
    let before = at("2026-06-30T13:00:00Z");
    let waived: Vec<Option<&str>> = before.iter().map(|decision| decision.waived_by.as_deref()).collect();
    assert_eq!(
        waived.iter().flatten().collect::<Vec<_>>(),
        [&"ops, until 2026-07-01T00:00:00Z: break glass"]
    );
    assert_eq!(before.len(), 2);
    let root = before.iter().find(|decision| decision.waived_by.is_some()).unwrap();
    assert_eq!(root.valid_until.unwrap().to_string(), "2026-07-01T00:00:00Z");
    assert!(at("2026-07-01T00:00:00Z").iter().all(|decision| decision.waived_by.is_none()));
}
