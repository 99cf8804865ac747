//! What holds of every policy and every set of facts: more evidence never contradicts (S1), the order of
//! lines does not matter (S2), nothing acts on the strength of a gap (D1), no decision changes before its
//! horizon (T1).

use assize::facts::Instant;
use assize::{Engine, Evaluation, OutcomeKind};
use assize_lang::cost;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use crate::cost::exhausted;
use crate::support::{NOW, at, load_clean, model};

const ATOMS: &[&str] = &[
    "x.flag",
    "x.other",
    "x.maybe.orValue(false)",
    "x.n > 3",
    "x.n + x.m == 5",
    "x.n / x.m > 1",
    "x.tier >= Tier.t2",
    "x.color == Color.red",
    "x.mark == null",
    "x.group.color == Color.red",
    "x.at > now - 70d",
    "now - x.at > 60d",
    "x.at.getDayOfWeek('America/New_York') > 3",
    "(x.end != null && x.end < now)",
    "x.calls.exists(c, c.at > now - 10d && c.size > 2)",
    "x.calls.exists(c, c.at > now - 30d && c.at < now - 5d)",
    "x.calls.size() >= 2",
    "x.calls.filter(c, c.at > now - 30d).size() == 1",
    "x.calls.all(c, c.size < 4)",
    "x.calls.all(c, c.at < now - 20d || c.color == Color.red)",
    "x.calls.exists_one(c, c.color == Color.red)",
    "x.calls.map(c, c.actor).distinct().size() >= 2",
    "x.calls.filter(c, c.at > now - 40d).peak(3d) >= 2",
    "x.calls.map(c, c.size).max().orValue(0) > 3",
    "x.calls.filter(c, c.at > now - 25d).map(c, c.size).sum() > 4",
    "x.calls.latest().actor.orValue('none') == 'ann'",
    "x.group.things.exists(t, t.flag && t.n > 2)",
    "x.group.things.filter(t, t.n > 1).exists(t, t.flag && t.account == x.account)",
    "x.group.things.filter(t, t.flag).map(t, t.group).exists(g, g.owner == null && g.color == Color.red)",
    "x.group.things.all(t, t.other || t.color != Color.red)",
    "x.group.things.size() > 1",
    "Thing.exists(t, t.account == x.account && t.other)",
    "Thing.exists(t, t.n > 3 && t.flag)",
    "Thing.all(t, t.n < 4)",
    "Call.exists(c, c.size > 3)",
    "Call.exists(c, c.at > now - 20d && c.size > 2)",
    "Call.exists(c, c.color == x.color && c.size > 1)",
    "Thing.exists_one(t, t.n == x.m && t.flag)",
    "Thing.filter(t, t.color == x.color).size() >= 2",
    "Thing.exists(t, t.group.color == Color.red && t.other)",
    "route(x.flag, x.color) >= Tier.t2",
    "careful(x.flag, x.color) >= Tier.t2",
    "Tier.t3.shift([x.flag, x.other], [x.n > 3], 2, 1) == Tier.t2",
    "(x.other ? Tier.t1 : x.tier) != Tier.t3",
    "x.tags.exists(v, v == 'x')",
    "x.color in [Color.red, Color.blue]",
    "x.note.orValue('none') == 'none'",
];

pub fn condition() -> impl Strategy<Value = String> {
    let atom = select(ATOMS).prop_map(ToOwned::to_owned);
    atom.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (select(ATOMS), inner.clone(), inner).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
        ]
    })
}

pub fn instant(days_ago: i64, micros: i64) -> String {
    Instant(at(NOW).0 - days_ago * 86_400_000_000 - micros).to_string()
}

/// A whole thing: every field known.
fn thing(id: &'static str) -> impl Strategy<Value = Map<String, Value>> {
    let small = || 0..6_i64;
    let color = || select(vec!["red", "green", "blue"]);
    (
        (any::<bool>(), any::<bool>(), select(vec![json!(null), json!(true), json!(false)]), small(), small()),
        (select(vec!["t1", "t2", "t3"]), color(), select(vec![json!(null), json!("red")])),
        (51..90_i64, select(vec![None, Some(1_i64), Some(-1), Some(30)]), any::<bool>()),
    )
        .prop_map(move |((flag, other, maybe, n, m), (tier, color, mark), (age, end, tagged))| {
            let value = json!({
                "id": id, "flag": flag, "other": other, "maybe": maybe, "n": n, "m": m, "tier": tier, "color": color,
                "mark": mark, "note": null, "at": instant(age, 0), "end": end.map(|end| instant(end, 7)),
                "tags": if tagged { json!(["x"]) } else { json!([]) }, "group": "g", "account": "acc",
            });
            value.as_object().unwrap().clone()
        })
}

/// A whole world, and which parts of it are known in a poorer one.
#[derive(Clone, Debug)]
pub struct World {
    things: Vec<Map<String, Value>>,
    calls: Vec<(i64, Map<String, Value>)>,
    /// For each thing the fields that nobody collected.
    hidden: Vec<Vec<&'static str>>,
    /// For each call whether its size and actor were not collected.
    blurred: Vec<bool>,
    /// From how many days ago the log was watched; `None`: never.
    watched: Option<i64>,
    listed: bool,
    stale: bool,
    grouped: bool,
}

const HIDEABLE: &[&str] = &[
    "flag", "other", "maybe", "n", "m", "tier", "color", "mark", "note", "at", "end", "tags", "group",
    "account",
];

pub fn world() -> impl Strategy<Value = World> {
    let call = (
        0..50_i64,
        0..6_i64,
        select(vec!["ann", "bob"]),
        select(vec!["red", "green"]),
        select(vec!["a", "b"]),
    );
    let hidden = || subsequence(HIDEABLE, 0..5);
    (
        (thing("a"), thing("b"), prop::collection::vec(call, 0..6)),
        (hidden(), hidden(), prop::collection::vec(any::<bool>(), 6)),
        (prop::option::of(0..60_i64), any::<bool>(), prop::bool::weighted(0.1), any::<bool>()),
    )
        .prop_map(|((a, b, calls), (hide_a, hide_b, blurred), (watched, listed, stale, grouped))| World {
            things: vec![a, b],
            calls: calls
                .into_iter()
                .enumerate()
                .map(|(place, (days, size, actor, color, of))| {
                    let value = json!({"id": format!("c{place}"), "thing": of, "at": instant(days, 11), "size": size,
                                       "actor": actor, "color": color, "group": null});
                    (days, value.as_object().unwrap().clone())
                })
                .collect(),
            hidden: vec![hide_a, hide_b],
            blurred,
            watched,
            listed,
            stale,
            grouped,
        })
}

pub fn line(ty: &str, fields: Map<String, Value>, observed_at: &str) -> Value {
    json!({ty: fields, "source": {"tool": "t"}, "observed_at": observed_at})
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl World {
    /// Everything, watched without a gap.
    pub fn whole(&self) -> Vec<Value> {
        self.lines(false)
    }

    /// What is known of it.
    pub fn partial(&self) -> Vec<Value> {
        self.lines(true)
    }

    fn lines(&self, partial: bool) -> Vec<Value> {
        let mut out = Vec::new();
        let seen = if partial && self.stale { instant(2, 0) } else { instant(0, 3_600_000_000) };
        for (thing, hidden) in self.things.iter().zip(&self.hidden) {
            let mut thing = thing.clone();
            thing.retain(|name, _| !partial || !hidden.contains(&name.as_str()));
            out.push(line("Thing", thing, &seen));
        }
        if !partial || self.grouped {
            out.push(line(
                "Group",
                object(json!({"id": "g", "color": "red", "owner": null})),
                &instant(0, 1),
            ));
        }
        let watched = if partial { self.watched } else { Some(4000) };
        for ((days, call), blurred) in self.calls.iter().zip(&self.blurred) {
            // What happened before anybody watched may never have been reported.
            if watched.is_none_or(|watched| *days >= watched) && days % 2 == 0 {
                continue;
            }
            // Nothing is used before it is there or after it has ended.
            let end = self
                .things
                .iter()
                .find(|thing| thing["id"] == call["thing"])
                .map(|thing| thing["end"].clone());
            if end
                .as_ref()
                .and_then(Value::as_str)
                .is_some_and(|end| at(call["at"].as_str().unwrap()) > at(end))
            {
                continue;
            }
            let mut call = call.clone();
            call.retain(|name, _| !(partial && *blurred && (name == "size" || name == "actor")));
            out.push(line("Call", call, &instant(0, 1)));
        }
        let coverage = |signal: &str, from: i64| {
            object(
                json!({"id": signal, "signal": signal, "scope": "*", "from": instant(from, 0), "until": NOW}),
            )
        };
        if let Some(watched) = watched {
            out.push(line("Coverage", coverage("log", watched), &instant(0, 0)));
        }
        if !partial || self.listed {
            out.push(line("Coverage", coverage("listing", 1), &instant(0, 0)));
        }
        out
    }
}

/// What makes a world change by itself: a second source that goes stale at another time, holes, coverage
/// that ends soon, things that end soon.
#[derive(Clone, Debug)]
pub struct Noise {
    /// How many minutes ago the second source saw its things, and which fields it adds or disputes.
    second: Vec<(i64, Map<String, Value>)>,
    /// Days and minutes ago at which something was lost.
    holes: Vec<(i64, i64)>,
    /// How many minutes ago the log was last alive, and from how many days ago it was watched.
    log: (i64, i64),
    /// How many hours ago a listing ended.
    listed: i64,
    /// In how many minutes the first thing ends.
    ends: Option<i64>,
    /// How many minutes ago it was found out that a thing has another key, by which the second source knows it, and
    /// that its group has one; below zero where somebody may find it out later.
    aliases: (Option<i64>, Option<i64>),
}

pub fn noise() -> impl Strategy<Value = Noise> {
    let hole = (0..40_i64, 0..1440_i64);
    let second = |id| (0..1500_i64, thing(id), subsequence(HIDEABLE, 0..6));
    (
        (second("a"), second("b"), prop::collection::vec(hole, 0..3)),
        ((0..30_i64, 0..50_i64), 0..30_i64, prop::option::of(-3000..3000_i64)),
        (prop::option::of(-1000..1000_i64), prop::option::of(-1000..1000_i64)),
    )
        .prop_map(|((a, b, holes), (log, listed, ends), aliases)| Noise {
            second: [a, b]
                .into_iter()
                .map(|(ago, mut thing, kept)| {
                    thing.retain(|name, _| name == "id" || kept.contains(&name.as_str()));
                    (ago, thing)
                })
                .collect(),
            holes,
            log,
            listed,
            ends,
            aliases,
        })
}

impl Noise {
    /// The same lines with aliases that are found out later.
    pub fn later(&self, mut lines: Vec<Value>) -> Vec<Value> {
        let [thing, group] =
            [self.aliases.0, self.aliases.1].map(|minutes| minutes.filter(|minutes| *minutes < 0));
        for line in &mut lines {
            let later =
                line.get("same_as").and_then(|same| if same.get("Thing").is_some() { thing } else { group });
            if let Some(minutes) = later {
                line["observed_at"] = json!(instant(0, minutes * 60_000_000));
            }
        }
        lines
    }

    pub fn disturb(&self, world: &World) -> Vec<Value> {
        let mut lines = world.partial();
        lines.retain(|line| line.get("Coverage").is_none());
        if let Some(ends) = self.ends
            && let Some(end) = lines[0]["Thing"].get_mut("end")
        {
            *end = json!(instant(0, -ends * 60_000_000));
        }
        for (ago, thing) in &self.second {
            let mut second = line("Thing", thing.clone(), &instant(0, ago * 60_000_000));
            second["source"]["tool"] = json!("second");
            lines.push(second);
        }
        let same = |ty: &str, key: &str, is: &str, minutes: i64| json!({"same_as": {ty: key, "is": is}, "source": {"tool": "t"}, "observed_at": instant(0, minutes.abs() * 60_000_000)});
        let mut seconds = lines.iter_mut().filter(|line| line["source"]["tool"] == "second");
        let (first, second) = (seconds.next(), seconds.next());
        let mut found = Vec::new();
        if let (Some(minutes), Some(line)) = (self.aliases.0, first) {
            line["Thing"]["id"] = json!("a-2");
            found.push(same("Thing", "a-2", "a", minutes));
        }
        if let (Some(minutes), Some(line)) = (self.aliases.1, second) {
            line["Thing"]["group"] = json!("g-2");
            found.push(same("Group", "g-2", "g", minutes));
            if minutes % 2 == 0 {
                lines[0]["Thing"]["group"] = json!("g-2");
            }
        }
        lines.extend(found);
        for (place, (days, minutes)) in self.holes.iter().enumerate() {
            let at = instant(*days, minutes * 60_000_000);
            let hole = json!({"id": format!("h{place}"), "signal": "log", "scope": "acc", "from": at, "until": at, "hole": true});
            lines.push(line("Coverage", object(hole), NOW));
        }
        let (alive, watched) = self.log;
        let log = json!({"id": "log", "signal": "log", "scope": "acc", "from": instant(watched, 0),
                         "until": instant(0, alive * 60_000_000)});
        lines.push(line("Coverage", object(log), NOW));
        lines.push(json!({"run": {"source": {"tool": "t"}, "id": "r", "types": ["Thing"], "scope": "*", "complete": true,
                                  "from": instant(3, 0), "until": instant(0, self.listed * 3_600_000_000)}}));
        lines
    }
}

/// The policies of one run: each condition shown as it is, and all of them as one table.
fn engine(conditions: &[String]) -> Engine {
    let mut text = String::new();
    for (place, condition) in conditions.iter().enumerate() {
        text.push_str(&format!(
            "policy show{place} {{ for x: Thing decide {{ otherwise => alert low because \"{{{condition}}}\" }} }}\n"
        ));
    }
    let [a, b, c, d] = conditions else { panic!("four conditions") };
    text.push_str(&format!(
        "policy table {{ for x: Thing where {a} decide {{ {b} => none {c} => revoke x because \"c\" \
         {d} => rank x.tier by x.n because \"d\" unknown => alert low because \"{{missing}}\" }} }}\n"
    ));
    text.push_str(&format!(
        "policy other {{ for x: Thing decide {{ {d} => revoke x by rotate because \"d\" {a} => revoke x by rotate, alert high because \"a\" \
         {c} => revoke x because \"c\" unknown => alert low because \"{{missing}}\" otherwise => alert high because \"o\" }} }}\n"
    ));
    model(&text)
}

fn evaluate(engine: &Engine, lines: &[Value], now: i64) -> Evaluation {
    let snapshot = load_clean(engine, lines);
    let decided = engine.evaluate(&snapshot, Instant(now));
    // Whatever computes at the leaves.
    #[cfg(feature = "reference")]
    assert_eq!(decided, engine.evaluate_reference(&snapshot, Instant(now)));
    decided
}

/// A number that the environment sets.
pub fn set(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|set| set.parse().ok()).unwrap_or(default)
}

/// A few fixed cases; `ASSIZE_CASES=5000 ASSIZE_SEED=7` tries others.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        cases: u32::try_from(set("ASSIZE_CASES", 16)).unwrap(),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(set("ASSIZE_SEED", 20_260_601)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_case_ranges_over_more_than_its_policy_costs(
        world in world(),
        noise in noise(),
        conditions in prop::collection::vec(condition(), 4),
    ) {
        let engine = engine(&conditions);
        let (snapshot, now) = (load_clean(&engine, &noise.disturb(&world)), at(NOW));
        let program = engine.program();
        for cost in cost::policies(program, &engine.sizes(&snapshot, now)) {
            let over = exhausted(&engine, cost.reach.worst, cost.policy.as_str(), &snapshot, now);
            prop_assert!(!over, "{}: {:?}: {:?}", cost.policy, cost.reach, conditions);
        }
    }

    #[test]
    fn more_evidence_never_contradicts_and_nothing_acts_on_a_gap(
        world in world(),
        conditions in prop::collection::vec(condition(), 4),
    ) {
        let engine = engine(&conditions);
        let now = at(NOW).0;
        let (poor, rich) = (evaluate(&engine, &world.partial(), now), evaluate(&engine, &world.whole(), now));
        for decision in &poor.decisions {
            let later = rich.decisions.iter().find(|one| one.id == decision.id);
            if decision.policy.starts_with("t.show") {
                // A row for what is not known decides on the gap, as its author wants it.
                let on_gap = conditions.iter().any(|one| one.contains("careful("));
                let known = !on_gap && (decision.because == "true" || decision.because == "false");
                let later = &later.unwrap().because;
                prop_assert!(!known || *later == decision.because, "{} {} then {later}", conditions.join("\n"), decision.because);
                continue;
            }
            for outcome in &decision.outcomes {
                if matches!(outcome.kind, OutcomeKind::Revoke { .. }) {
                    let kept = later.is_some_and(|later| later.outcomes.iter().any(|one| one.kind == outcome.kind));
                    prop_assert!(kept, "{decision:?} then {later:?}");
                }
            }
        }
        // Nothing is dropped in silence: what would be decided is decided, or undetermined.
        for decision in &rich.decisions {
            let seen = poor.decisions.iter().any(|one| one.id == decision.id)
                || poor.undetermined.iter().any(|one| one.id == decision.id);
            prop_assert!(seen, "{decision:?}");
        }
    }

    #[test]
    fn no_decision_changes_before_its_horizon(
        world in world(),
        noise in noise(),
        conditions in prop::collection::vec(condition(), 4),
        steps in prop::collection::vec(0.0..1.0_f64, 3),
    ) {
        let engine = engine(&conditions);
        let now = at(NOW).0;
        let lines = noise.disturb(&world);
        let evaluation = evaluate(&engine, &lines, now);
        for decision in evaluation.decisions.iter().filter(|one| !one.policy.starts_with("t.show")) {
            let ends = [decision.valid_until, decision.evidence_until].into_iter().flatten().map(|at| at.0);
            let end = ends.min().unwrap_or(now + 100 * 86_400_000_000);
            prop_assert!(end > now, "{decision:?}");
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any instant between will do")]
            let between = steps.iter().map(|step| now + ((end - 1 - now) as f64 * step) as i64);
            for instant in between.chain([end - 1]) {
                let again = evaluate(&engine, &lines, instant);
                let same = again.decisions.iter().find(|one| one.id == decision.id);
                let gist = |one: &assize::Decision| {
                    let kinds = |outcomes: &[assize::Outcome]| outcomes.iter().map(|one| one.kind.clone()).collect::<Vec<_>>();
                    (one.arm, kinds(&one.outcomes), kinds(&one.could_be))
                };
                prop_assert_eq!(same.map(gist), Some(gist(decision)), "at {}\n{}", Instant(instant), conditions.join("\n"));
            }
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(
        (lines, shuffled) in (world(), noise()).prop_flat_map(|(world, noise)| {
            let mut lines = noise.disturb(&world);
            lines.extend(world.whole());
            (Just(lines.clone()), Just(lines).prop_shuffle())
        }),
        conditions in prop::collection::vec(condition(), 4),
    ) {
        let engine = engine(&conditions);
        let now = at(NOW).0;
        prop_assert_eq!(evaluate(&engine, &lines, now), evaluate(&engine, &shuffled, now));
    }
}
