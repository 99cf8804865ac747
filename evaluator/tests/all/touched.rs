//! What a change costs that could concern everybody: whoever it does not concern is not decided again.

use assize::{Engine, Work, Writer};
use serde_json::{Value, json};

use crate::incremental::scratch;
use crate::support::{NOW, at, engine, fact};

const MODEL: &str = r#"package t
use assize.core.*
entity Host { key id: string  team: string  size: int } closed
entity Grant { key id: string  team: string  on: bool } closed
event Login { key id: string  who: string  at: timestamp  ok: bool } closed
"#;

/// How many hosts, in teams of two.
const HOSTS: usize = 40;

struct Case {
    engine: Engine,
    writer: Writer,
    lines: Vec<Value>,
}

impl Case {
    /// Everything decided, and one change made, after which what is kept is there.
    fn of(policies: &str, more: &[Value]) -> Self {
        let engine = engine(&format!("{MODEL}{policies}"));
        let host = |id: usize| {
            fact("Host", json!({"id": format!("h{id:02}"), "team": format!("team {}", id / 2), "size": id}))
        };
        let mut lines: Vec<Value> = (0..HOSTS).map(host).collect();
        lines.extend_from_slice(more);
        let writer = engine.writer(&crate::support::load_clean(&engine, &lines), at(NOW));
        Self { engine, writer, lines }
    }

    /// How many heads one line has decided again, and how many changes it was spared; that what stands is what
    /// it should be is looked at besides.
    fn after(&mut self, line: &Value) -> (u64, u64) {
        let before = self.writer.work();
        self.writer.line("facts.ndjson", 1, &line.to_string());
        self.lines.push(line.clone());
        self.writer.commit(at(NOW));
        let after = self.writer.work();
        let decided = |work: Work| work.plain + work.judged + work.shut;
        let (_, wanted) = scratch(&self.engine, &self.lines, at(NOW).0);
        let got = self.writer.evaluation();
        assert_eq!((got.decisions, got.undetermined), (wanted.decisions, wanted.undetermined));
        (decided(after) - decided(before), after.passed - before.passed)
    }
}

fn grant(second: usize, id: &str, team: &str, on: bool) -> Value {
    json!({"Grant": {"id": id, "team": team, "on": on}, "source": {"tool": "t"},
        "observed_at": format!("2026-05-31T23:59:{second:02}Z")})
}

fn login(minute: usize, id: &str, who: &str, ok: bool) -> Value {
    json!({"Login": {"id": id, "who": who, "at": format!("2026-05-31T23:{minute:02}:00Z"), "ok": ok},
        "source": {"tool": "t"}, "observed_at": "2026-05-31T23:59:00Z"})
}

#[test]
fn what_any_fact_settles_is_counted() {
    let policy = r#"policy p { for h: Host decide { Grant.exists(g, g.on && g.team != "none") => alert low because "on" } }"#;
    let mut case = Case::of(policy, &[grant(0, "a", "x", false)]);
    let all = HOSTS as u64;
    assert_eq!(case.after(&grant(1, "b", "x", false)), (0, 1), "nothing before and after");
    assert_eq!(case.after(&grant(2, "b", "x", true)), (all, 0), "now there is one");
    assert_eq!(case.after(&grant(3, "c", "y", true)), (0, 1), "now there are two");
    assert_eq!(case.after(&grant(4, "b", "x", false)), (0, 1), "one is left");
    assert_eq!(case.after(&grant(5, "c", "none", true)), (all, 0), "none is left");
}

#[test]
fn what_all_facts_have_to_be_is_counted() {
    let policy = r#"policy p { for h: Host decide { Grant.all(g, g.on) => alert low because "all" } }"#;
    let mut case = Case::of(policy, &[grant(0, "a", "x", true)]);
    let all = HOSTS as u64;
    assert_eq!(case.after(&grant(1, "b", "x", true)), (0, 1));
    assert_eq!(case.after(&grant(2, "b", "x", false)), (all, 0));
    assert_eq!(case.after(&grant(3, "c", "x", false)), (0, 1));
    assert_eq!(case.after(&grant(4, "b", "x", true)), (0, 1));
    assert_eq!(case.after(&grant(5, "c", "x", true)), (all, 0));
}

#[test]
fn whom_a_fact_concerns_is_found_by_value() {
    let policy = r#"policy p { for h: Host decide { Grant.exists(g, g.team == h.team && g.on) => alert low because "on" } }"#;
    let mut case = Case::of(policy, &[grant(0, "a", "team 3", true)]);
    assert_eq!(case.after(&grant(1, "a", "team 4", true)), (4, 0), "two teams of two");
    assert_eq!(case.after(&grant(2, "b", "team 4", true)), (2, 0));
    assert_eq!(case.after(&grant(3, "b", "team 5", false)), (4, 0), "it leaves one");
    assert_eq!(case.after(&grant(4, "b", "team 6", false)), (0, 1), "nothing to either");
    assert_eq!(case.after(&grant(5, "c", "nobody", true)), (0, 0));
    let moved = json!({"Host": {"id": "h01", "team": "nobody", "size": 1}, "source": {"tool": "test"}, "observed_at": NOW});
    assert_eq!(case.after(&moved), (1, 0));
    assert_eq!(case.after(&grant(6, "c", "nobody", false)), (1, 0));
}

#[test]
fn a_join_by_value_concerns_who_has_it() {
    let policy = r#"policy p { for h: Host, g: Grant where g.team == h.team decide { g.on => alert low because "on" } }"#;
    let mut case = Case::of(policy, &[grant(0, "a", "team 3", true)]);
    assert_eq!(case.after(&grant(1, "a", "team 3", false)).0, 2);
    assert_eq!(case.after(&grant(2, "a", "team 4", true)).0, 4);
    assert_eq!(case.after(&grant(3, "b", "team 9", true)).0, 2);
    assert_eq!(case.after(&grant(4, "c", "nobody", true)).0, 0);
}

#[test]
fn an_event_concerns_those_that_it_may_follow() {
    let policy = r#"policy p { sequence by who within 1h { first: Login where !first.ok  then: Login where then.ok } decide { otherwise => alert low because "then" } }"#;
    let events: Vec<Value> =
        (0..30).map(|id| login(id, &format!("l{id:02}"), &format!("user {}", id / 3), id % 3 == 2)).collect();
    let mut case = Case::of(policy, &events);
    assert_eq!(case.after(&login(40, "m", "user 4", true)), (4, 0), "three of hers, and itself");
    assert_eq!(case.after(&login(41, "n", "somebody", false)), (1, 0));
    assert_eq!(case.after(&login(42, "o", "somebody", true)), (2, 0));
}
