//! Decided all at once, facts come to what they come to step by step: more of them than one chunk holds, some of
//! them taken back, stale, disputed, or saying too little; and changes go on from there.

use assize::facts::Instant;
use assize::{DecisionChange, DecisionDelta, Engine, Evaluation, Writer};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::properties::config;
use crate::support::{NOW, at, from_scratch, give, load, model};

const MINUTE: i64 = 60_000_000;

const CONDITIONS: &[&str] = &[
    "i.flag",
    "i.n > 2",
    "i.n * 2 > i.m + 3",
    "i.n / i.m > 1",
    "i.tier >= Tier.t2",
    "i.tier == i.place.tier",
    "i.path.startsWith('a/')",
    "i.path in ['a/b', 'c', 'b/c']",
    "i.owner == 'ann'",
    "i.owner != null",
    "i.owner.orValue('none') == i.place.name",
    "i.owner.orValue('ann') in ['ann', 'x']",
    "i.place.name == 'x'",
    "i.place.tier == Tier.t1",
    "i.place.boss != null",
    "(i.place.boss != null && i.place.boss.tier >= Tier.t2)",
    "i.due > now",
    "i.due > timestamp('2026-05-30T00:00:00Z')",
    "i.n % 7 == 3",
    "i.place.items.size() > 20",
];

fn condition() -> impl Strategy<Value = String> {
    select(CONDITIONS).prop_map(ToOwned::to_owned).prop_recursive(2, 5, 2, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn engine(conditions: &[String], more: usize) -> Engine {
    let [a, b, c] = conditions else { panic!("three conditions") };
    // Clauses that fill more than one word.
    let many: String = (0..more)
        .map(|n| format!("policy q{n} {{ for i: Item where i.n == {} && i.m > {n} decide {{ otherwise => alert low because \"q\" }} }}\n", n % 9))
        .collect();
    model(&format!(
        r#"
entity Place {{ key id: string name: string tier: Tier boss: Place? }} closed

entity Item {{
  key id: string
  flag: bool
  n: int
  m: int
  tier: Tier
  path: string
  owner: string?
  due: timestamp
  place: Place inverse items
}} fresh for 2d closed

policy ranked {{
  for i: Item
  where {a}
  decide {{ otherwise => rank i.tier by i.n * 3 - i.m desc, i.place.name, i.id because "{{i.n}}" }}
}}

policy armed {{
  for i: Item
  where {b}
  let both = {a} && {c}
  decide {{
    both       => revoke i with {{ n: i.n + 1, of: "{{i.path}}" }} because "b"
    {c}        => none
    i.n > 4    => rank Tier.t1 by (i.flag ? i.n : i.m) because "n"
    unknown    => alert low because "{{missing}}"
  }}
}}

policy owned {{
  for i: Item
  decide {{
    {b} => block i.place because "o"
    {c} => alert high because "c"
    unknown => alert low because "{{missing}}"
  }}
}}

policy excepted {{
  for i: Item
  where {c}
  decide {{ otherwise => alert high because "e" }}
}}

waive excepted for i where i.m == 3 until 2026-06-01T02:00:00Z because "known" by "ann"

{many}
"#
    ))
}

/// Numbers that look like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of(&mut self, values: &[Value]) -> Value {
        values[usize::try_from(self.below(values.len() as u64)).unwrap()].clone()
    }
}

fn line(ty: &str, fields: Value, tool: &str, minutes: i64) -> Value {
    json!({ty: fields, "source": {"tool": tool}, "observed_at": Instant(at(NOW).0 - minutes * MINUTE).to_string()})
}

/// One thing that is said of an item.
fn item(chance: &mut Chance, id: u64, odd: u64) -> Value {
    if odd > 0 && chance.below(40) < odd {
        return json!({"retract": {"Item": format!("i{id}")}, "source": {"tool": "one"}, "observed_at": NOW});
    }
    let text = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
    let mut fields = json!({
        "id": format!("i{id}"),
        "flag": chance.below(2) == 0,
        "n": chance.below(9),
        "m": chance.below(6),
        "tier": chance.of(&text(&["t1", "t2", "t3"])),
        "path": chance.of(&text(&["a/b", "a/c", "b/c", "c", "d"])),
        "owner": chance.of(&[json!("ann"), json!("x"), json!("bob")]),
        "due": chance.of(&text(&["2026-05-29T00:00:00Z", "2026-06-01T01:00:00Z", "2026-07-01T00:00:00Z"])),
        "place": chance.of(&text(&["p0", "p1", "p2", "gone"])),
    });
    if chance.below(40) < odd {
        let field = ["flag", "n", "tier", "path", "due", "place"][usize::try_from(chance.below(6)).unwrap()];
        fields.as_object_mut().unwrap().remove(field);
    }
    if chance.below(4) < odd {
        fields["owner"] = json!(null);
    }
    if chance.below(60) < odd {
        fields["n"] = json!("many");
    }
    let tool = if chance.below(50) < odd { "two" } else { "one" };
    let minutes = if chance.below(50) < odd { 3 * 1440 } else { i64::try_from(chance.below(60)).unwrap() };
    line("Item", fields, tool, minutes)
}

fn place(chance: &mut Chance, id: u64) -> Value {
    let boss = chance.of(&[json!("p0"), json!("p2"), json!(null), json!("gone")]);
    let (name, tier) = (chance.of(&[json!("x"), json!("ann")]), chance.of(&[json!("t1"), json!("t3")]));
    line("Place", json!({"id": format!("p{id}"), "name": name, "tier": tier, "boss": boss}), "one", 5)
}

fn gist(evaluation: &Evaluation) -> (&[assize::Decision], &[assize::Undetermined]) {
    (&evaluation.decisions, &evaluation.undetermined)
}

/// What a delta tells, without what is rendered when told.
fn told(delta: &DecisionDelta) -> Vec<Value> {
    let one = |change: &DecisionChange| {
        let (is, was) = (crate::incremental::gist(&change.decision), crate::incremental::gist(&change.was));
        json!([change.change, change.at, change.by, is, was, change.undetermined.is_some()])
    };
    delta.changes.iter().map(one).collect()
}

fn tell(writer: &mut Writer, lines: &[Value]) {
    for (number, line) in lines.iter().enumerate() {
        give(writer, number as u64 + 1, line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(6), ..config() })]

    #[test]
    fn at_once_or_step_by_step_it_is_the_same(
        conditions in prop::collection::vec(condition(), 3),
        more in select(vec![0, 0, 70]),
        seed in any::<u64>(),
        odd in 0..4_u64,
        count in select(vec![0, 3, 40, 511, 512, 513, 1_300]),
        shown in any::<bool>(),
    ) {
        let engine = engine(&conditions, more);
        let mut chance = Chance(seed);
        let mut lines: Vec<Value> = (0..3).map(|id| place(&mut chance, id)).collect();
        for id in 0..count {
            lines.push(item(&mut chance, id, odd));
            if chance.below(30) < odd {
                lines.push(item(&mut chance, id, odd));
            }
        }
        let now = at(NOW);
        let mut whole = engine.writer(&load(&engine, &lines), now);
        let mut stepwise = engine.writer(&load(&engine, &[]), now);
        for part in lines.chunks(lines.len().div_ceil(3).max(1)) {
            tell(&mut stepwise, part);
            stepwise.commit(now);
        }
        if shown {
            let (whole, stepwise) = (whole.evaluation(), stepwise.evaluation());
            prop_assert_eq!(gist(&whole), gist(&stepwise), "{}", conditions.join("\n"));
        }
        for step in 1..4 {
            let later: Vec<Value> = (0..12)
                .map(|_| {
                    let (id, of_place) = (chance.below(count.max(1)), chance.below(9) == 0);
                    if of_place { place(&mut chance, id % 3) } else { item(&mut chance, id, odd) }
                })
                .collect();
            lines.extend(later.iter().cloned());
            let now = Instant(now.0 + step * 50 * MINUTE);
            let [one, other] = [&mut whole, &mut stepwise].map(|writer| {
                tell(writer, &later);
                writer.commit(now)
            });
            prop_assert_eq!(told(&one), told(&other), "{}", conditions.join("\n"));
        }
        let now = whole.now();
        let (whole, stepwise) = (whole.evaluation(), stepwise.evaluation());
        prop_assert_eq!(gist(&whole), gist(&stepwise), "{}", conditions.join("\n"));
        let snapshot = load(&engine, &lines);
        let fresh = engine.evaluate(&snapshot, now);
        prop_assert_eq!(gist(&whole), gist(&fresh), "{}", conditions.join("\n"));
        if count < 100 {
            prop_assert_eq!(fresh, from_scratch(&engine, &snapshot, now), "{}", conditions.join("\n"));
        }
    }
}
