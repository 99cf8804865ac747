//! Incremental equals from scratch, exactly: after every step of lines and clock, what a writer holds is what
//! the reference engine makes of all lines so far.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use assize::{ChangeKind, Decision, Engine, Evaluation, Snapshot};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::properties::{condition, config, instant, noise, set, world};
use crate::support::{NOW, at, from_scratch, give, load, model};

/// One policy of each shape that binds facts in its own way.
fn engine(conditions: &[String]) -> Engine {
    let [a, b, c, d] = conditions else { panic!("four conditions") };
    model(&format!(
        r#"
relation near(a: Thing, b: Thing) {{
  case where a.group == b.group && b.flag
  case for via: Thing where near(a, via) && via.account == b.account && b.other
}}

policy table {{
  for x: Thing
  where {a}
  decide {{
    {b} => none
    {c} => revoke x because "c"
    {d} => rank x.tier by x.n because "d"
    unknown => alert low because "{{missing}}"
  }}
}}

policy other {{
  for x: Thing
  decide {{
    {d} => revoke x by rotate because "d"
    {a} => revoke x by rotate, alert high because "a"
    {c} => revoke each x.group.things because "c"
    unknown => alert low because "{{missing}}"
    otherwise => alert high because "o"
  }}
}}

policy pairs {{
  for x: Thing, y: Thing
  where x.group == y.group && {a}
  where x.id != y.id && y.n > 2
  decide {{
    {c} => revoke y because "c"
    {b} => rank y.tier by x.n because "b"
    unknown => alert low because "{{missing}}"
  }}
}}

policy tied {{
  for x: Thing, y: Group
  where y.things.exists(t, t.group == x.group && t.flag)
  where {c}
  decide {{
    {b} => revoke x because "b"
    y.color == Color.red => rank x.tier by x.n because "red"
    unknown => alert low because "{{missing}}"
  }}
}}

policy grouped {{
  for x: Thing, y: Thing
  where y.group == x.group
  where y.n > 2 && y.flag
  decide {{
    {c} => revoke y because "c"
    unknown => alert low because "{{missing}}"
  }}
}}

policy led {{
  for x: Call, y: Group
  where y.things.exists(t, t.flag && t.group == x.thing.group)
  where y.color != Color.red
  decide {{
    y.owner != null => alert high because "owned"
    unknown => alert low because "{{missing}}"
  }}
}}

policy noted {{
  for x: Thing, y: Group
  where y.things.exists(t, t.mark == x.mark) && x.other
  decide {{
    {d} => alert high because "d"
    unknown => alert low because "{{missing}}"
  }}
}}

policy members {{
  for x: Thing, call in x.calls
  where {d}
  decide {{
    call.size > 2 => alert high because "{{call.actor}}"
    {b} => rank x.tier by call.size because "b"
    unknown => alert low because "{{missing}}"
  }}
}}

policy called {{
  for call: Call
  where call.at > now - 30d && call.thing.flag
  decide {{
    call.size > 3 || call.thing.group.color == Color.red => block call.thing because "c"
    unknown => alert low because "{{missing}}"
  }}
}}

policy follows {{
  sequence by thing within 20d {{
    first: Call where first.size > 1
    then: Call where then.color == Color.red
  }}
  decide {{
    then.actor == first.actor => alert high because "same"
    otherwise => rank Tier.t1 by then.size because "other"
  }}
}}

policy answered {{
  sequence by actor within 15d {{
    first: Call where first.color == Color.red
    then: Call where then.size > 2 && then.thing.flag
  }}
  decide {{
    then.thing == first.thing => alert high because "same"
    otherwise => rank Tier.t1 by then.size because "other"
  }}
}}

policy alike {{
  for x: Thing, y: Thing
  where x.n == y.m && x.id != y.id
  where {a}
  decide {{
    y.flag => alert high because "flag"
    {b} => rank y.tier by x.n because "b"
    unknown => alert low because "{{missing}}"
  }}
}}

policy marked {{
  for x: Thing, call: Call
  where call.color == x.color && call.size > 2
  decide {{
    {c} => alert high because "c"
    unknown => alert low because "{{missing}}"
  }}
}}

policy watched {{
  for x: Thing
  decide {{
    Call.exists(c, c.color == Color.red && c.size > 2) && {a} => alert high because "red"
    Group.exists(k, k.owner == x.note && k.color == Color.red) && {b} => alert low because "owned"
    Group.all(k, k.color != Color.red) && x.flag => alert low because "none is red"
    Thing.all(t, t.n < 4 || t.other) => rank x.tier by x.n because "low"
    Thing.exists(t, t.color == x.color && t.m > 2 && t.flag) => alert low because "like it"
    unknown => alert low because "{{missing}}"
  }}
}}

policy related {{
  for x: Thing, y: Thing
  where near(x, y) && x.id != y.id
  decide {{
    {b} => alert high because "b"
    unknown => alert low because "{{missing}}"
    otherwise => rank y.tier by y.n because "near"
  }}
}}

waive other for x where x.n > 3 until 2026-06-02T12:00:00Z because "known" by "ann"
"#
    ))
}

/// What happens in one step: lines arrive, the clock moves.
#[derive(Clone, Debug)]
struct Step {
    lines: Vec<Value>,
    now: i64,
}

/// Lines in any order, in several steps (`ASSIZE_STEPS`), with retractions and new versions of what was said.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let minutes = prop_oneof![Just(0), 0..20_i64, 0..2000_i64, 0..90_000_i64];
    let count = usize::try_from(set("ASSIZE_STEPS", 5)).unwrap();
    let worlds = prop::collection::vec(world(), count.div_ceil(5));
    (world(), worlds, noise(), prop::collection::vec(minutes, count))
        .prop_flat_map(|(world, later, noise, minutes)| {
            let mut lines = noise.later(noise.disturb(&world));
            for (hour, later) in (1..).zip(later) {
                for mut line in later.partial() {
                    line["observed_at"] = json!(instant(0, -3_600_000_000 * hour));
                    lines.push(line);
                }
            }
            let retract = |ty: &str, key: &str, tool: &str, minutes: i64| {
                json!({"retract": {ty: key}, "source": {"tool": tool}, "observed_at": instant(0, -minutes * 60_000_000)})
            };
            lines.extend(["a", "b"].map(|key| retract("Thing", key, "second", 1)));
            lines.push(retract("Call", "c1", "t", 120));
            let bounds = prop::collection::vec(0..=lines.len(), minutes.len());
            (Just(lines).prop_shuffle(), bounds, Just(minutes))
        })
        .prop_map(|(lines, mut bounds, minutes)| {
            bounds.sort_unstable();
            if let Some(last) = bounds.last_mut() {
                *last = lines.len();
            }
            let (mut from, mut now) = (0, at(NOW).0);
            let mut out = Vec::new();
            for (bound, minutes) in bounds.into_iter().zip(minutes) {
                now += minutes * 60_000_000;
                out.push(Step { lines: lines[from..bound].to_vec(), now });
                from = bound;
            }
            out
        })
}

/// What deltas have told.
#[derive(Default)]
pub struct Told {
    stands: BTreeMap<String, Decision>,
    /// What cannot be told any more: it stays open until it is known to be over, or decided again.
    lost: BTreeSet<String>,
}

impl Told {
    pub fn take_in(&mut self, delta: assize::DecisionDelta) {
        for change in delta.changes {
            match change.change {
                ChangeKind::Made | ChangeKind::Changed => {
                    let decision = change.decision.unwrap();
                    self.lost.remove(&decision.id);
                    let was = self.stands.insert(decision.id.clone(), decision);
                    assert_eq!(was.is_some(), change.change == ChangeKind::Changed);
                }
                ChangeKind::Lost => {
                    let was = change.was.unwrap();
                    assert!(self.stands.remove(&was.id).is_some());
                    self.lost.insert(was.id);
                }
                ChangeKind::Withdrawn => {
                    let was = change.was.unwrap();
                    assert!(self.stands.remove(&was.id).is_some() || self.lost.remove(&was.id));
                }
            }
        }
    }

    /// What stands though nobody told.
    pub fn stand(&mut self, decisions: &[Decision]) {
        self.stands = decisions.iter().map(|it| (it.id.clone(), it.clone())).collect();
    }

    /// What stands.
    pub fn stands(&self) -> impl Iterator<Item = &Decision> {
        self.stands.values()
    }

    /// What is lost is open, by itself or with its head.
    pub fn is_open(&self, evaluation: &Evaluation) -> bool {
        let any = evaluation.undetermined.iter().any(|open| open.incomplete);
        self.lost.iter().all(|lost| any || evaluation.undetermined.iter().any(|open| open.id == *lost))
    }
}

/// What a delta is about, without what is rendered when shown.
pub fn gist<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> BTreeMap<String, Value> {
    let one = |one: &Decision| {
        let gist = json!({"arm": one.arm, "outcomes": one.outcomes, "could_be": one.could_be, "waived_by": one.waived_by});
        (one.id.clone(), gist)
    };
    decisions.into_iter().map(one).collect()
}

pub fn scratch(engine: &Engine, lines: &[Value], now: i64) -> (Snapshot, Evaluation) {
    let snapshot = load(engine, lines);
    let evaluation = from_scratch(engine, &snapshot, Instant(now));
    (snapshot, evaluation)
}

/// What is compared is there to be compared: facts and references by other keys, and conflicts, settled ones too.
#[test]
fn random_steps_come_to_aliases_and_conflicts() {
    let mut runner = proptest::test_runner::TestRunner::new(config());
    let (mut keys, mut references, mut settled, mut open) = (0, 0, 0, 0);
    for _ in 0..40 {
        let lines: Vec<Value> = steps()
            .new_tree(&mut runner)
            .unwrap()
            .current()
            .into_iter()
            .flat_map(|step| step.lines)
            .collect();
        let conditions =
            ["x.other", "x.flag", "x.group.color == Color.red", "careful(x.flag, x.color) >= Tier.t2"];
        let engine = engine(&conditions.map(ToOwned::to_owned));
        let all = engine.evaluate(&load(&engine, &lines), at(NOW));
        for decision in &all.decisions {
            let by_key = |one: &assize::store::Witness| {
                one.source.as_ref().is_some_and(|source| source.reported_as.is_some())
            };
            keys += usize::from(decision.evidence.iter().any(by_key));
            references += usize::from(!decision.aliases.is_empty());
            settled += usize::from(decision.missing.is_empty() && !decision.conflicts.is_empty());
        }
        open += all.undetermined.iter().filter(|one| !one.conflicts.is_empty()).count();
    }
    assert!(keys > 5 && references > 10 && settled > 10 && open > 10, "{keys} {references} {settled} {open}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(2), ..config() })]

    #[test]
    fn incremental_equals_from_scratch(
        steps in steps(),
        conditions in prop::collection::vec(condition(), 4),
    ) {
        let engine = engine(&conditions);
        let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
        let mut lines: Vec<Value> = Vec::new();
        let mut told = Told::default();
        for step in &steps {
            for (number, line) in step.lines.iter().enumerate() {
                give(&mut writer, number as u64 + 1, line);
            }
            lines.extend(step.lines.iter().cloned());
            told.take_in(writer.commit(Instant(step.now)));
            let (snapshot, wanted) = scratch(&engine, &lines, step.now);
            prop_assert_eq!(gist(told.stands.values()), gist(&wanted.decisions), "deltas\n{}", conditions.join("\n"));
            prop_assert!(told.is_open(&wanted), "lost\n{}", conditions.join("\n"));
            let got = writer.evaluation();
            prop_assert_eq!(&got.decisions, &wanted.decisions, "decisions\n{}", conditions.join("\n"));
            prop_assert_eq!(&got.undetermined, &wanted.undetermined, "open\n{}", conditions.join("\n"));
            let fresh = engine.evaluate(&snapshot, Instant(step.now));
            prop_assert_eq!(fresh, wanted, "from scratch\n{}", conditions.join("\n"));
        }
    }

    #[test]
    fn the_net_of_deltas_leads_from_the_first_state_to_the_last(
        steps in steps(),
        conditions in prop::collection::vec(condition(), 4),
    ) {
        let engine = engine(&conditions);
        let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
        let mut before = writer.evaluation();
        let mut deltas = assize::DecisionDelta::default();
        for (place, step) in steps.iter().enumerate() {
            for (number, line) in step.lines.iter().enumerate() {
                give(&mut writer, number as u64 + 1, line);
            }
            deltas.changes.extend(writer.commit(Instant(step.now)).changes);
            if place == 0 {
                before = writer.evaluation();
                deltas.changes.clear();
            }
        }
        let after = writer.evaluation();
        let net = deltas.net(&before, &after);
        for change in &net.changes {
            let was = before.decisions.iter().find(|it| Some(it.id.as_str()) == change.id());
            prop_assert_eq!(&change.was.as_ref(), &was);
            if change.decision.is_none() && change.change == ChangeKind::Withdrawn {
                prop_assert!(after.undetermined.iter().all(|open| Some(open.id.as_str()) != change.id()));
            }
            let told = deltas.changes.iter().any(|it| it.id() == change.id());
            prop_assert!(told, "nothing told of {:?}\n{}", change.id(), conditions.join("\n"));
        }
        let stands = before.decisions.iter().map(|it| (it.id.clone(), it.clone())).collect();
        let mut told = Told { stands, ..Told::default() };
        told.take_in(net);
        prop_assert_eq!(gist(told.stands.values()), gist(&after.decisions), "{}", conditions.join("\n"));
        prop_assert!(deltas.net(&after, &after).is_empty());
    }

    #[test]
    fn a_flip_happens_at_its_instant(
        world in world(),
        noise in noise(),
        conditions in prop::collection::vec(condition(), 4),
        count in select(vec![3_usize, 6]),
    ) {
        let engine = engine(&conditions);
        let snapshot = load(&engine, &noise.disturb(&world));
        let mut writer = engine.writer(&snapshot, at(NOW));
        for _ in 0..count {
            let Some(flip) = writer.next_flip() else { break };
            let held = writer.evaluation();
            let before = from_scratch(&engine, &snapshot, Instant(flip.0 - 1));
            prop_assert_eq!(gist(&held.decisions), gist(&before.decisions), "before {}\n{}", flip, conditions.join("\n"));
            writer.commit(flip);
            let after = from_scratch(&engine, &snapshot, flip);
            prop_assert_eq!(writer.evaluation().decisions, after.decisions, "at {}\n{}", flip, conditions.join("\n"));
        }
    }

    #[test]
    fn policies_change_while_facts_do(
        steps in steps(),
        conditions in prop::collection::vec(condition(), 4),
        others in prop::collection::vec((0..4_usize, condition()), 5),
    ) {
        let mut conditions = conditions;
        let mut engine = engine(&conditions);
        let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
        let mut lines: Vec<Value> = Vec::new();
        let mut told = Told::default();
        for (step, (place, other)) in steps.iter().zip(others) {
            for (number, line) in step.lines.iter().enumerate() {
                give(&mut writer, number as u64 + 1, line);
            }
            lines.extend(step.lines.iter().cloned());
            told.take_in(writer.commit(Instant(step.now)));
            conditions[place] = other;
            engine = self::engine(&conditions);
            told.take_in(writer.replace(&engine).unwrap());
            let (_, wanted) = scratch(&engine, &lines, step.now);
            prop_assert_eq!(gist(told.stands.values()), gist(&wanted.decisions), "deltas\n{}", conditions.join("\n"));
            prop_assert!(told.is_open(&wanted), "lost\n{}", conditions.join("\n"));
            let got = writer.evaluation();
            prop_assert_eq!(&got.decisions, &wanted.decisions, "decisions\n{}", conditions.join("\n"));
            prop_assert_eq!(&got.undetermined, &wanted.undetermined, "open\n{}", conditions.join("\n"));
        }
    }
}

/// What random steps come to is spared by values and counts, and not only decided again.
#[test]
fn what_is_found_by_value_or_counted_is_reached() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut spared, mut decided) = (0, 0);
    for _ in 0..12 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let engine = engine(&["x.flag", "x.other", "x.n > 3", "x.m > 2"].map(ToOwned::to_owned));
        let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
        for step in &steps {
            for (number, line) in step.lines.iter().enumerate() {
                give(&mut writer, number as u64 + 1, line);
                writer.commit(Instant(step.now));
            }
        }
        spared += writer.work().passed;
        decided += writer.work().plain + writer.work().judged;
    }
    assert!(spared > 40 && decided > 400, "{spared} spared, {decided} decided");
}

#[test]
fn other_types_of_facts_are_for_another_writer() {
    let engine = model("policy p { for x: Thing decide { x.flag => alert low because \"f\" } }");
    let other = model("entity Extra { key id: string } closed");
    let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
    assert!(writer.replace(&other).is_none());
    assert!(writer.replace(&engine).is_some_and(|delta| delta.is_empty()));
}

#[test]
fn a_report_made_anew_shows_though_the_clock_stands_still() {
    let engine = model(
        r#"
policy flag { for x: Thing decide { x.flag => alert low because "flag" } }
policy calls { for x: Thing decide { x.calls.exists(c, c.size > 2) => alert high because "calls" } }
"#,
    );
    let mut writer = engine.writer(&load(&engine, &[]), at(NOW));
    let mut lines: Vec<Value> = Vec::new();
    let thing = |minutes: i64, n: i64| {
        json!({"Thing": {"id": "a", "flag": true, "n": n}, "source": {"tool": "t", "record": format!("r{minutes}")},
            "observed_at": instant(0, minutes * 60_000_000)})
    };
    let call = |key: &str, size: i64| {
        json!({"Call": {"id": key, "thing": "a", "size": size, "at": instant(0, 60_000_000)}, "source": {"tool": "t"},
            "observed_at": instant(0, 60_000_000)})
    };
    // Nothing else, a field that nobody reads, a member of the list that no condition is true of.
    for line in [thing(9, 1), thing(8, 1), thing(7, 2), call("c0", 1), call("c1", 3)] {
        give(&mut writer, 1, &line);
        lines.push(line);
        writer.commit(at(NOW));
        let (_, wanted) = scratch(&engine, &lines, at(NOW).0);
        let got = writer.evaluation();
        assert_eq!((got.decisions, got.undetermined), (wanted.decisions, wanted.undetermined));
    }
    assert_eq!(writer.work().passed, 1);
}
