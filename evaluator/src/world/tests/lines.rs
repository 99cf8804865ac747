//! Random lines about few keys, so that they meet.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::facts::Instant;

/// The instant some hours after the first.
pub(super) fn hour(n: i64) -> i64 {
    1_780_000_000_000_000 + n * 3_600_000_000
}

fn at(n: i64) -> String {
    Instant(hour(n)).to_string()
}

fn source() -> impl Strategy<Value = Value> {
    (select(vec!["t", "t", "t", "same", "low"]), any::<bool>()).prop_map(|(tool, record)| {
        if record { json!({"tool": tool, "record": "r"}) } else { json!({"tool": tool}) }
    })
}

/// A field that may be missing, absent, or of the wrong kind.
fn maybe(value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    prop_oneof![7 => value.prop_map(Some), 2 => Just(None), 1 => Just(Some(Value::Null)), 1 => Just(Some(json!({"no": 1})))]
        .boxed()
}

fn when() -> BoxedStrategy<Value> {
    (0..60_i64).prop_map(|n| json!(at(n))).boxed()
}

fn key(of: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(of).prop_map(|key| json!(key)).boxed()
}

const GROUPS: &[&str] = &["g0", "g1", "g2"];
const THINGS: &[&str] = &["a", "b", "c", "d"];
const CALLS: &[&str] = &["c0", "c1", "c2", "c3", "c4"];
const REGIONS: &[&str] = &["eu", "us"];

fn object(fields: Vec<(&'static str, Option<Value>)>) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn keys(of: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::collection::vec(select(of), 0..3).prop_map(|keys| json!(keys)).boxed()
}

fn thing() -> impl Strategy<Value = (&'static str, Map<String, Value>)> {
    let number = || (0..3_i64).prop_map(|n| json!(n));
    (
        (
            select(THINGS),
            maybe(any::<bool>().prop_map(|b| json!(b))),
            maybe(number()),
            maybe(number()),
            maybe(number()),
        ),
        (
            maybe(key(&["n", "m"])),
            maybe(key(&["n", "m"])),
            maybe(when()),
            maybe(when()),
            maybe(key(&["1h", "2d"])),
        ),
        (
            maybe(key(&["low", "mid", "none"])),
            maybe(keys(&["p", "q"])),
            maybe(select(vec![json!(1), json!(1.0), json!([1])])),
        ),
        (
            maybe(key(GROUPS)),
            maybe(keys(THINGS)),
            maybe(any::<bool>().prop_map(|b| json!(b))),
            maybe(key(&["w"])),
        ),
    )
        .prop_map(
            |(
                (id, flag, n, u, x),
                (name, note, at, end, life),
                (tier, tags, bag),
                (group, peers, kept, word),
            )| {
                let fields = object(vec![
                    ("id", Some(json!(id))),
                    ("flag", flag),
                    ("n", n),
                    ("u", u),
                    ("x", x),
                    ("name", name),
                    ("note", note),
                    ("at", at),
                    ("end", end),
                    ("life", life),
                    ("tier", tier),
                    ("tags", tags),
                    ("bag", bag),
                    ("group", group),
                    ("peers", peers),
                    ("kept", kept),
                    ("word", word),
                ]);
                ("Thing", fields)
            },
        )
}

fn fact() -> impl Strategy<Value = (&'static str, Map<String, Value>)> {
    let group = (select(GROUPS), maybe(key(REGIONS)), maybe(key(&["o"])), maybe(key(GROUPS)));
    let group = group.prop_map(|(id, region, owner, parent)| {
        (
            "Group",
            object(vec![("id", Some(json!(id))), ("region", region), ("owner", owner), ("parent", parent)]),
        )
    });
    // Some without a key: seen and lost.
    let call = (
        prop::option::weighted(0.9, select(CALLS)),
        maybe(key(THINGS)),
        maybe(keys(GROUPS)),
        maybe(when()),
        0..2_i64,
    );
    let call = call.prop_map(|(id, thing, groups, at, size)| {
        let id = id.map(|id| json!(id));
        let fields =
            vec![("id", id), ("thing", thing), ("groups", groups), ("at", at), ("size", Some(json!(size)))];
        ("Call", object(fields))
    });
    let signal = prop_oneof![6 => key(&["log", "listing"]), 1 => key(&["none"])];
    let coverage = (
        (select(vec!["v0", "v1", "v2"]), maybe(signal), maybe(key(&["g0", "g1", "eu", "*"]))),
        (maybe(when()), maybe(when()), maybe(key(&["no"])), prop::bool::weighted(0.2)),
    );
    let coverage = coverage.prop_map(|((id, signal, scope), (from, until, loss, hole))| {
        let fields = vec![
            ("id", Some(json!(id))),
            ("signal", signal),
            ("scope", scope),
            ("from", from),
            ("until", until),
            ("loss_ppm", loss.filter(|_| id == "v2")),
            ("hole", hole.then_some(json!(true))),
        ];
        ("Coverage", object(fields))
    });
    let ask = (select(vec!["q0", "q1"]), maybe(key(THINGS)));
    let ask = ask.prop_map(|(id, thing)| ("Ask", object(vec![("id", Some(json!(id))), ("thing", thing)])));
    prop_oneof![4 => thing(), 3 => group, 4 => call, 2 => coverage, 1 => ask]
}

fn line() -> impl Strategy<Value = Value> {
    // Some of what is reported was seen in the future.
    let seen = || prop_oneof![8 => 0..21_i64, 2 => 0..60_i64];
    let report = (fact(), source(), seen()).prop_map(
        |((ty, fields), source, seen)| json!({ty: fields, "source": source, "observed_at": at(seen)}),
    );
    let named = select(vec![
        ("Thing", "a"),
        ("Thing", "b"),
        ("Thing", "e"),
        ("Group", "g0"),
        ("Call", "c0"),
        ("Call", "c1"),
        ("Coverage", "v0"),
    ]);
    let retract = (named, source(), seen()).prop_map(
        |((ty, key), source, seen)| json!({"retract": {ty: key}, "source": source, "observed_at": at(seen)}),
    );
    let same =
        select(vec![("Thing", "a", "b"), ("Thing", "e", "d"), ("Thing", "b", "e"), ("Group", "g0", "g1")]);
    let same = (same, seen()).prop_map(|((ty, alias, is), seen)| {
        json!({"same_as": {ty: alias, "is": is}, "source": {"tool": "t"}, "observed_at": at(seen)})
    });
    let types = select(vec![vec!["Thing"], vec!["Group", "Thing"], vec!["Call"], vec!["Group"]]);
    let run = (
        source(),
        types,
        select(vec!["*", "eu", "us", "g1"]),
        0..40_i64,
        0..6_i64,
        prop::bool::weighted(0.9),
    );
    let run = run.prop_map(|(source, types, scope, from, long, complete)| {
        json!({"run": {"source": source, "id": "run", "types": types, "scope": scope, "from": at(from),
                       "until": at(from + long), "complete": complete, "rejected": 0}})
    });
    prop_oneof![30 => report, 2 => retract, 1 => same, 2 => run]
}

/// Some lines.
pub(super) fn batch(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(line(), size)
}
