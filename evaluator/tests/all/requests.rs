//! Requests: allow, block, undetermined.

use assize::{Answer, DecideError};
use serde_json::{Map, Value, json};

use crate::support::{NOW, at, brief, engine, evaluate, fact, load_clean};

const TEXT: &str = r#"
package t
use assize.core.*
signal register { lag 0s gap 24h loss 0% basis run }
entity Agent { key id: string frozen: bool } fresh for 7d covered by register
entity Right { key id: string agent: Agent inverse rights tool: string } fresh for 7d covered by register
request Ask { key id: string agent: Agent tool: string size: int }
request Other { key id: string }
policy scope {
  for ask: Ask
  decide {
    ask.agent.frozen => block ask because "frozen"
    !ask.agent.rights.exists(r, r.tool == ask.tool) => block ask because "no right to {ask.tool}"
    unknown => block ask because "cannot tell: {missing}"
  }
}
policy watch { mode monitor for ask: Ask decide { ask.size > 10 => block ask because "big" unknown => alert low because "{missing}" } }
policy large { for ask: Ask decide { ask.size > 100 => block ask for 1h because "large" unknown => alert low because "{missing}" } }
"#;

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn estate() -> Vec<Value> {
    vec![
        fact("Agent", json!({"id": "bot", "frozen": false})),
        fact("Right", json!({"id": "r1", "agent": "bot", "tool": "search"})),
        json!({"run": {"source": {"tool": "register"}, "id": "r", "types": ["Agent", "Right"], "scope": "*",
                       "from": "2026-05-31T00:00:00Z", "until": "2026-05-31T23:00:00Z", "complete": true}}),
    ]
}

#[test]
fn an_answer_follows_from_what_is_enforced() {
    let engine = engine(TEXT);
    let snapshot = load_clean(&engine, &estate());
    let ask = |value: Value| engine.decide(&snapshot, "Ask", &fields(value), at(NOW)).unwrap();
    let cases = [
        (json!({"agent": "bot", "tool": "search", "size": 1}), Answer::Allow),
        // A policy in `monitor` is shown and does not count.
        (json!({"agent": "bot", "tool": "search", "size": 50}), Answer::Allow),
        (json!({"agent": "bot", "tool": "search", "size": 500}), Answer::Block),
        (json!({"agent": "bot", "tool": "delete", "size": 1}), Answer::Block),
        (json!({"agent": "stranger", "tool": "search", "size": 1}), Answer::Block),
        // An alert fires below an arm that might block.
        (json!({"agent": "bot", "tool": "search"}), Answer::Undetermined),
    ];
    for (value, answer) in cases {
        assert_eq!(ask(value.clone()).verdict, answer, "{value}");
    }
    let shown = ask(json!({"agent": "bot", "tool": "search", "size": 50}));
    assert_eq!(shown.decisions.len(), 1);
    let open = ask(json!({"agent": "bot", "tool": "search", "size": "many"}));
    assert_eq!((open.verdict, open.rejects.len()), (Answer::Undetermined, 1));
    let json = serde_json::to_value(&open).unwrap();
    assert_eq!(json["verdict"], "undetermined");
    assert_eq!(json["missing"][0]["field"], "size");
}

#[test]
fn what_no_policy_decides_is_an_error_and_not_an_allow() {
    let engine = engine(TEXT);
    let snapshot = load_clean(&engine, &[]);
    let ask = |ty: &str, value: Value| engine.decide(&snapshot, ty, &fields(value), at(NOW)).unwrap_err();
    assert_eq!(ask("Other", json!({})), DecideError::NoPolicy("t.Other".to_owned()));
    assert_eq!(ask("Agent", json!({})), DecideError::NoType("Agent".to_owned()));
    assert!(matches!(ask("Ask", json!({"id": 5})), DecideError::Key { .. }));
}

#[test]
fn an_answer_is_explained() {
    let engine = engine(TEXT);
    let snapshot = load_clean(&engine, &estate());
    let ask = fields(json!({"agent": "bot", "tool": "delete", "size": 1}));
    let why = engine.explain_request(&snapshot, at(NOW), "scope", "Ask", &ask).unwrap();
    insta::assert_snapshot!(why.to_string(), @r#"
    t.scope on Ask `request`
    at 2026-06-01T00:00:00Z, snapshot snap_3f99a8557178ce6a

    arm 2 decides: block Ask `request`
      because no right to delete
      holds until a fact changes
      something that it rests on goes stale at 2026-06-07T23:00:00.000001Z unless it is reported again

    The table
      1  ask.agent.frozen => block ask
         false
      2  !ask.agent.rights.exists(r, r.tool == ask.tool) => block ask
         true: decides
      3  unknown => block ask
         not reached: an arm above decides

    Values read
      ask.agent.frozen = false
      ask.agent = bot
      ask.tool = delete

    Evidence
      Right `r1`, from test
      Ask `request`, from request
      Run `r`, from register

    It would change if
      `frozen` of Agent `bot` is true, not false: arm 1 decides: block Ask `request`
      `tool` of Right `r1` is delete, not search: nothing is decided
      there is a Right with `agent` bot, `tool` delete: nothing is decided
    "#);
    let wrong = engine.explain_request(&snapshot, at(NOW), "scope", "Nope", &ask).unwrap_err();
    assert_eq!(wrong.to_string(), "no request type `Nope`");
}

#[test]
fn a_recorded_request_is_an_anchor_like_any_other() {
    let engine = engine(TEXT);
    let mut lines = estate();
    lines.push(fact("Ask", json!({"id": "call-1", "agent": "bot", "tool": "delete", "size": 1})));
    let evaluation = evaluate(&engine, &lines, NOW);
    assert_eq!(brief(&evaluation), "call-1: arm 2: block call-1");
}
