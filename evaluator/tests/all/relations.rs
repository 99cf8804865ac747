//! Relations over random graphs that change: kept up to date, they are what the reference engine makes of all
//! lines so far.

use assize::facts::Instant;
use assize::{Engine, Evaluation};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::properties::{config, instant};
use crate::support::{NOW, at, engine, from_scratch, load};

const MODEL: &str = include_str!("relations.assize");

const NODES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What one step says, and when.
#[derive(Clone, Debug)]
struct Step {
    lines: Vec<Value>,
    now: i64,
}

/// How one line is said: hours ago, and by whom.
fn said() -> impl Strategy<Value = (i64, &'static str)> {
    (select(vec![0_i64, 0, 0, 1, 11, 13, 23, 30]), select(vec!["t", "t", "t", "second"]))
}

fn fact(ty: &str, fields: Value, hidden: &[&str], (ago, tool): (i64, &str)) -> Value {
    let mut fields: Map<String, Value> = fields.as_object().unwrap().clone();
    fields.retain(|name, _| !hidden.contains(&name.as_str()));
    json!({ty: fields, "source": {"tool": tool}, "observed_at": instant(0, ago * 3_600_000_000)})
}

fn node() -> impl Strategy<Value = Value> {
    let hidden = prop_oneof![4 => Just(Vec::new()), 1 => subsequence(vec!["root", "open", "zone", "parent", "next"], 1..3)];
    let parent = prop_oneof![Just(json!(null)), select(NODES.to_vec()).prop_map(|node| json!(node))];
    (
        (select(NODES.to_vec()), prop::bool::weighted(0.2), prop::bool::weighted(0.7)),
        (select(vec!["x", "y"]), parent, hidden, said()),
        prop::option::weighted(0.8, select(vec!["a", "b", "c", "e", "x", "nobody"])),
    )
        .prop_map(|((id, root, open), (zone, parent, hidden, said), next)| {
            let fields =
                json!({"id": id, "root": root, "open": open, "zone": zone, "parent": parent, "next": next});
            fact("Node", fields, &hidden, said)
        })
}

fn link() -> impl Strategy<Value = Value> {
    let hidden = prop_oneof![9 => Just(Vec::new()), 1 => subsequence(vec!["source", "target", "live"], 1..2)];
    let node = || select(NODES.to_vec());
    let until = prop::option::of(-2000..4000_i64);
    ((0..9_u8, node(), node()), (prop::bool::weighted(0.8), until, hidden, said())).prop_map(
        |((id, source, target), (live, until, hidden, said))| {
            let until = until.map(|minutes| instant(0, -minutes * 60_000_000));
            let fields = json!({
                "id": format!("l{id}"), "source": source, "target": target, "live": live, "until": until,
            });
            fact("Link", fields, &hidden, said)
        },
    )
}

fn line() -> impl Strategy<Value = Value> {
    let retract = (select(vec!["Node", "Link"]), 0..9_u8, said()).prop_map(|(ty, id, (ago, tool))| {
        let key = if ty == "Link" { format!("l{id}") } else { NODES[usize::from(id) % 5].to_owned() };
        json!({"retract": {ty: key}, "source": {"tool": tool}, "observed_at": instant(0, ago * 3_600_000_000)})
    });
    let scope = select(vec!["*", "*", "a", "b", "c"]);
    let run = (select(vec!["Node", "Link"]), scope, 0..30_i64, 0..9_u8).prop_map(|(ty, scope, ago, id)| {
        let until = instant(0, ago * 3_600_000_000);
        json!({"run": {"source": {"tool": "t"}, "id": format!("r{id}"), "types": [ty], "scope": scope,
                       "complete": true, "from": until, "until": until}})
    });
    prop_oneof![4 => node(), 8 => link(), 2 => retract, 2 => run]
}

/// A graph, mostly known; then a few lines at a time.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let whole = any::<bool>();
    let first = prop::collection::vec(prop_oneof![2 => node(), 3 => link()], 4..20);
    let minutes = prop_oneof![0..20_i64, 0..300_i64, 0..2000_i64];
    let later = prop::collection::vec((prop::collection::vec(line(), 0..3), minutes), 1..6);
    (whole, first, later).prop_map(|(whole, mut first, later)| {
        if whole {
            for node in NODES {
                let parent = if node == "a" { json!(null) } else { json!("a") };
                let zone = if node < "c" { "x" } else { "y" };
                let fields =
                    json!({"id": node, "root": node == "a", "open": true, "zone": zone, "parent": parent, "next": "b"});
                first.insert(0, fact("Node", fields, &[], (1, "t")));
            }
            for ty in ["Node", "Link"] {
                // It began before anything was seen: nothing is closed by it.
                let (from, until) = (instant(0, 40 * 3_600_000_000), instant(0, 0));
                first.push(json!({"run": {"source": {"tool": "t"}, "id": ty, "types": [ty], "scope": "*",
                                          "complete": true, "from": from, "until": until}}));
            }
        }
        let mut now = at(NOW).0;
        let mut out = vec![Step { lines: first, now }];
        for (lines, minutes) in later {
            now += minutes * 60_000_000;
            out.push(Step { lines, now });
        }
        out
    })
}

/// What is found by following a relation is what asking about all facts finds; what is open may be said to be so
/// for less long.
fn follows(evaluation: &Evaluation) -> Result<(), TestCaseError> {
    let decided = |policy: &str| -> Vec<_> {
        let mine = evaluation.decisions.iter().filter(|one| one.policy == policy);
        let said = |one: &assize::Decision| {
            let kinds: Vec<_> = one.outcomes.iter().map(|outcome| outcome.kind.clone()).collect();
            let until = (one.valid_until, one.evidence_until);
            (one.anchor.to_string(), one.arm, kinds, one.missing.clone(), one.evidence.clone(), until)
        };
        let mut all: Vec<_> = mine.map(said).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    prop_assert_eq!(decided("g.p_met"), decided("g.p_met_all"));
    let open = |policy: &str| -> Vec<_> {
        let mut all: Vec<_> =
            evaluation.undetermined.iter().filter(|one| one.policy == policy).cloned().collect();
        all.sort_by_key(|one| one.anchor.to_string());
        all
    };
    let (some, all) = (open("g.p_met"), open("g.p_met_all"));
    prop_assert_eq!(some.len(), all.len());
    for (some, all) in some.into_iter().zip(all) {
        let early = |one: &assize::Undetermined| one.valid_until.map_or(i64::MAX, |until| until.0);
        prop_assert!(early(&some) <= early(&all), "{some:?} {all:?}");
        let (id, policy) = (all.id.clone(), all.policy.clone());
        prop_assert_eq!(assize::Undetermined { id, policy, valid_until: all.valid_until, ..some }, all);
    }
    Ok(())
}

fn agrees(engine: &Engine, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut writer = engine.writer(&load(engine, &[]), at(NOW));
    let mut lines: Vec<Value> = Vec::new();
    for step in steps {
        for (number, line) in step.lines.iter().enumerate() {
            writer.line("facts.ndjson", number as u64 + 1, &line.to_string());
        }
        lines.extend(step.lines.iter().cloned());
        writer.commit(Instant(step.now));
        let snapshot = load(engine, &lines);
        let wanted = from_scratch(engine, &snapshot, Instant(step.now));
        follows(&wanted)?;
        let got = writer.evaluation();
        for (got, wanted) in got.decisions.iter().zip(&wanted.decisions) {
            prop_assert_eq!(got, wanted);
        }
        prop_assert_eq!(got.decisions.len(), wanted.decisions.len());
        prop_assert_eq!(&got.undetermined, &wanted.undetermined);
        prop_assert_eq!(engine.evaluate(&snapshot, Instant(step.now)), wanted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(2), ..config() })]

    #[test]
    fn relations_kept_up_to_date_equal_those_from_scratch(steps in steps()) {
        agrees(&engine(MODEL), &steps)?;
    }

    #[test]
    fn no_relation_changes_before_its_horizon(steps in steps()) {
        let engine = engine(MODEL);
        let lines: Vec<Value> = steps.iter().flat_map(|step| step.lines.clone()).collect();
        let snapshot = load(&engine, &lines);
        let now = at(NOW);
        let before = from_scratch(&engine, &snapshot, now);
        let horizon = |one: &assize::Decision| one.valid_until.into_iter().chain(one.evidence_until).min();
        for decision in &before.decisions {
            let Some(until) = horizon(decision).filter(|until| until.0 > now.0 + 1) else { continue };
            let later = from_scratch(&engine, &snapshot, Instant(until.0 - 1));
            let later = later.decisions.iter().find(|one| one.id == decision.id);
            prop_assert_eq!(
                later.map(|later| (later.arm, &later.outcomes, &later.could_be)),
                Some((decision.arm, &decision.outcomes, &decision.could_be)),
                "{:?} until {}", decision, until
            );
        }
    }
}

#[test]
fn where_no_key_is_named_whoever_refers_to_nobody_is_meant() {
    let engine = engine(MODEL);
    let node = |id: &str, next: Value| {
        let fields =
            json!({"id": id, "root": id == "a", "open": false, "zone": "x", "parent": null, "next": next});
        fact("Node", fields, &[], (0, "t"))
    };
    let link = |source: Value| {
        let fields = json!({"id": "l", "source": source, "target": "a", "live": true, "until": null});
        let hidden: &[&str] = if source.is_null() { &["source"] } else { &[] };
        fact("Link", fields, hidden, (0, "t"))
    };
    let lines = vec![node("a", json!("x")), node("b", json!(null)), link(json!("a"))];
    let later = vec![link(json!(null))];
    let now = at(NOW).0;
    agrees(&engine, &[Step { lines, now }, Step { lines: later, now: now + 1 }]).unwrap();
}
