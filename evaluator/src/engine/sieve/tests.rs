//! What the sieve shuts, the judge says nothing about.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};

use super::{Known, Look, Room, Sieve};
use crate::Engine;
use crate::engine::judge::Judge;
use crate::engine::lowered::Policies;
use crate::engine::plain::{Arrived, Plainly, Runner};
use crate::facts::Instant;
use crate::world::{Row, World};

const NOW: &str = "2026-06-01T00:00:00Z";

const MODEL: &str = r#"
package t
use assize.core.*
signal listing { lag 0s gap 24h loss 0% basis run }
enum Tier { t3 < t2 < t1 }
entity Owner { key id: string name: string tier: Tier? boss: Owner? inverse staff } closed
entity Thing {
  key id: string
  flag: bool
  maybe: bool?
  n: int
  u: uint?
  x: double
  tier: Tier
  mark: Tier?
  path: string
  note: string?
  at: timestamp?
  life: duration
  kept: bool = false
  shown: string = "a/b"
  owner: Owner? inverse things
} fresh for 24h covered by listing
param limit: int = 3
param names: list<string> = ["ann", "bob"]
fn high(t: Tier): bool = t >= Tier.t2
fn ours(o: Owner): bool = o.name in ["ann", "x"]
"#;

const ATOMS: &[&str] = &[
    "x.flag",
    "!x.flag",
    "x.maybe.orValue(true)",
    "x.maybe == null",
    "has(x.maybe)",
    "x.n > 3",
    "x.n <= limit",
    "2 < x.n",
    "x.n in [1, 4, 5]",
    "(x.n == 1 || x.n == 4)",
    "!(x.n > 1 && x.n < 4)",
    "x.u.orValue(2u) >= 2u",
    "x.u != 1u",
    "x.x < 1.5",
    "x.x >= -0.0",
    "x.tier >= Tier.t2",
    "x.tier != Tier.t1",
    "x.tier in [Tier.t1, Tier.t3]",
    "x.mark == Tier.t2",
    "x.mark != null",
    "high(x.tier)",
    "x.path == \"a/b\"",
    "x.path.startsWith(\"a/\")",
    "x.path.startsWith(\"a/b\")",
    "!x.path.startsWith(\"\")",
    "x.path in [\"a/b\", \"c\", \"a/bc\"]",
    "x.note == \"ann\"",
    "x.note.orValue(\"bob\") in names",
    "x.note != \"zed\"",
    "x.at == null",
    "(x.at != null && x.at > timestamp(\"2026-01-01T00:00:00Z\"))",
    "x.life > 2h",
    "x.kept",
    "x.shown.startsWith(\"a\")",
    "x.id == \"k1\"",
    "x.id.startsWith(\"k\")",
    "x.owner.name == \"ann\"",
    "x.owner.tier.orValue(Tier.t3) >= Tier.t2",
    "x.owner.id == \"o1\"",
    "has(x.owner)",
    "x.owner == null",
    "(x.owner != null && ours(x.owner))",
    "x.owner.boss.name != \"ann\"",
    "x.owner.boss.tier == Tier.t1",
    "x.owner.things.exists(t, t.flag)",
    "x.n + 1 > 2",
    "unknown(x.n)",
];

/// What no single field says.
const BESIDE: &[&str] = &[
    "x.tier == x.owner.tier.orValue(Tier.t3)",
    "x.tier > x.mark.orValue(Tier.t3)",
    "x.path == x.owner.name",
    "x.path.endsWith(x.shown)",
    "(x.flag ? x.n > 2 : x.kept)",
    "x.owner == x.owner.boss",
    "x.owner.boss != x.owner",
    "x.n * 2 > x.n / (x.n - 3)",
    "x.n % 2 == limit - 2",
    "x.x < x.x",
    "x.u.orValue(1u) > x.u.orValue(2u)",
    "x.path >= \"a/c\"",
    "x.path.endsWith(\"b\") || x.shown.contains(\"/\")",
    "x.path.glob(\"a/*\")",
    "x.life in [2h, 3h]",
    "x.at.orValue(timestamp(\"2026-01-01T00:00:00Z\")) + x.life > timestamp(\"2026-04-01T00:00:00Z\")",
    "known(x.note) && x.flag",
];

pub(in crate::engine) fn condition() -> impl Strategy<Value = String> {
    let atom = prop_oneof![3 => select(ATOMS), 1 => select(BESIDE)].prop_map(ToOwned::to_owned);
    atom.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// The policies' texts: conditions on the case, in arms, behind names.
pub(in crate::engine) fn policies(conditions: &[(u8, String, String)]) -> String {
    let mut out = MODEL.to_owned();
    for (number, (shape, a, b)) in conditions.iter().enumerate() {
        let (head, body) = match shape % 9 {
            0 => (format!("where {a}"), "otherwise => alert low because \"o\"".to_owned()),
            1 => (
                String::new(),
                format!("{a} => alert low because \"a\" {b} => none unknown => alert low because \"u\""),
            ),
            2 => (
                format!("where {a}"),
                format!("{b} => alert low because \"b\" unknown => alert low because \"u\""),
            ),
            3 => (
                String::new(),
                format!("{a} => none {b} => revoke x because \"b\" unknown => alert low because \"u\""),
            ),
            4 => (
                format!("let both = {a} && {b}"),
                "both => alert low because \"l\" otherwise => none".to_owned(),
            ),
            5 => (
                format!("where {a}"),
                format!(
                    "{b} => rank x.tier by x.n * 3 - limit desc, x.path, x.id because \"r\"
                     otherwise => rank Tier.t1 by (x.flag ? x.n : 7), x.life because \"s\""
                ),
            ),
            6 => (
                format!("where {a} let share = 60 / (x.n - 2) let late = {b}"),
                "otherwise => rank x.tier by share, late, x.owner.name because \"m\"".to_owned(),
            ),
            7 => (
                format!("where {a}"),
                format!(
                    "{b} => none x.flag => revoke x with {{ n: x.n + 1, says: \"{{x.x}}\" }} because \"w\" unknown => alert low because \"u\" otherwise => alert high because \"h\""
                ),
            ),
            _ => (String::new(), format!("{a} || {b} => alert low because \"e\"")),
        };
        let _ = writeln!(out, "policy p{number} {{ for x: Thing {head} decide {{ {body} }} }}");
    }
    out
}

/// Rows with every state of evidence: missing, stale, disputed, of a wrong type, referring to nothing.
pub(in crate::engine) fn lines() -> impl Strategy<Value = Vec<Json>> {
    let field =
        |name: &'static str, values: Vec<Json>| (Just(name), prop::option::weighted(0.8, select(values)));
    let thing = (
        (0..6_u8, any::<bool>(), prop::bool::weighted(0.1)),
        (
            field("flag", vec![json!(true), json!(false), json!("no")]),
            field("maybe", vec![json!(true), json!(false), json!(null)]),
            field("n", (0..7).map(|n| json!(n)).collect()),
            field("u", vec![json!(0), json!(1), json!(2), json!(null)]),
            field("x", vec![json!(0.0), json!(-0.0), json!(1.5), json!(7.25), json!(-3.5)]),
            field("tier", vec![json!("t1"), json!("t2"), json!("t3"), json!("t9")]),
            field("mark", vec![json!("t1"), json!("t2"), json!(null)]),
        ),
        (
            field("path", vec![json!("a/b"), json!("a/bc"), json!("a/x"), json!("c"), json!("z")]),
            field("note", vec![json!("ann"), json!("zed"), json!("other"), json!(null)]),
            field("at", vec![json!(null), json!("2026-01-01T00:00:00Z"), json!("2026-05-01T00:00:00Z")]),
            field("life", vec![json!("1h"), json!("2h"), json!("3h")]),
            field("kept", vec![json!(true), json!(false)]),
            field("shown", vec![json!("a/b"), json!("b")]),
            field("owner", vec![json!("o1"), json!("o2"), json!("nobody"), json!(null)]),
        ),
    )
        .prop_map(|((key, second, stale), (a, b, c, d, e, f, g), (h, i, j, k, l, m, n))| {
            let mut fields = serde_json::Map::new();
            fields.insert("id".to_owned(), json!(format!("k{key}")));
            for (name, value) in [a, b, c, d, e, f, g, h, i, j, k, l, m, n] {
                if let Some(value) = value {
                    fields.insert(name.to_owned(), value);
                }
            }
            let tool = if second { "one" } else { "two" };
            let at = if stale { "2026-05-30T00:00:00Z" } else { "2026-05-31T23:00:00Z" };
            json!({"Thing": fields, "source": {"tool": tool}, "observed_at": at})
        });
    let owner = (select(vec!["o1", "o2", "o3"]), select(vec!["ann", "x", "y"]), select(vec![json!("t1"), json!("t3"), json!(null)]), select(vec![json!("o1"), json!("gone"), json!(null)]))
        .prop_map(|(id, name, tier, boss)| {
            json!({"Owner": {"id": id, "name": name, "tier": tier, "boss": boss}, "source": {"tool": "one"}, "observed_at": "2026-05-31T23:00:00Z"})
        });
    (prop::collection::vec(thing, 1..14), prop::collection::vec(owner, 0..4))
        .prop_map(|(things, owners)| things.into_iter().chain(owners).collect())
}

pub(in crate::engine) fn config() -> ProptestConfig {
    let set = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|set| set.parse().ok()).unwrap_or(default)
    };
    ProptestConfig {
        cases: u32::try_from(set("ASSIZE_CASES", 24)).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 200,
        rng_seed: RngSeed::Fixed(set("ASSIZE_SEED", 20_261_122)),
        ..ProptestConfig::default()
    }
}

pub(in crate::engine) fn built(text: &str) -> Engine {
    match Engine::builder().source("t.assize", text).build() {
        Ok(engine) => engine,
        Err(crate::BuildError::Policies { diagnostics, .. }) => {
            let all = diagnostics.iter().flat_map(|file| file.diagnostics.iter());
            panic!("{}\n{text}", all.map(|one| one.message.clone()).collect::<Vec<_>>().join("\n"))
        }
        Err(error) => panic!("{error}\n{text}"),
    }
}

pub(in crate::engine) fn world(engine: &Engine, lines: &[Json]) -> World {
    let mut loader = engine.loader();
    for (number, line) in lines.iter().enumerate() {
        loader.line("facts.ndjson", number as u64 + 1, &line.to_string());
    }
    let now: Instant = NOW.parse().unwrap();
    World::build(&engine.layout, &loader.finish(), now.0)
}

/// What a sieve leaves open of each row, and how many policies it shuts in all.
fn check(text: &str, lines: &[Json]) -> (usize, usize) {
    let engine = built(text);
    let world = world(&engine, lines);
    let policies = Policies::of(&engine, &engine.layout, None);
    let ty = engine.layout.type_id(&assize_lang::plan::Name::from("t.Thing")).unwrap();
    let all = policies.all.iter().enumerate().filter(|(_, one)| one.head == ty);
    let sieve = Sieve::new(&engine.layout, &engine.params, all.map(|(at, one)| (at, &*one.policy)));
    let bounded = |number: usize| policies.all[number].plain.is_bounded(&world, engine.budget.reach);
    let open = sieve.open(bounded);
    let known = Known::new(&sieve, &world);
    let look = Look { sieve: &sieve, world: &world, open: &open, known: &known };
    let mut room = Room::default();
    let judge = Judge::new(&engine, &world, None);
    let mut runner = Runner::new(&world, world.now(), None);
    let (mut shut, mut quiet) = (0, 0);
    for row in (0..world.rows(ty)).map(Row).filter(|row| world.present(ty, *row)) {
        let mut found = Vec::new();
        look.each(&mut room, row, |place| found.push(sieve.number(place).unwrap()));
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count, "a policy came up twice");
        for (number, lowered) in policies.all.iter().enumerate().filter(|(_, one)| one.head == ty) {
            let plain = lowered.plain.head(&mut runner, row, bounded(number));
            quiet += usize::from(matches!(plain, Plainly::Nothing(_)));
            if !found.contains(&number) {
                shut += 1;
                let (held, _, _) = judge.head(lowered, row);
                let key = world.key(ty, row);
                assert!(
                    held.decisions.is_empty(),
                    "{} of {key}: {:?}\n{text}",
                    lowered.policy.name,
                    held.decisions
                );
                assert!(
                    held.undetermined.is_empty(),
                    "{} of {key}: {:?}\n{text}",
                    lowered.policy.name,
                    held.undetermined
                );
            }
        }
    }
    (shut, quiet)
}

/// Held column by column, all heads come to what each comes to by itself; says how many blocks of rows and of
/// clauses there were.
fn check_columns(text: &str, lines: &[Json]) -> (usize, usize) {
    let engine = built(text);
    let world = world(&engine, lines);
    let policies = Policies::of(&engine, &engine.layout, None);
    let ty = engine.layout.type_id(&assize_lang::plan::Name::from("t.Thing")).unwrap();
    let all = policies.all.iter().enumerate().filter(|(_, one)| one.head == ty);
    let sieve = Sieve::new(&engine.layout, &engine.params, all.map(|(at, one)| (at, &*one.policy)));
    let known = Known::new(&sieve, &world);
    let look = Look { sieve: &sieve, world: &world, open: &[], known: &known };
    let mut room = Room::default();
    let count = policies.all.len();
    let (mut wanted, mut got) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    let mut runner = Runner::new(&world, world.now(), None);
    sieve.strain(&world, ty, |place, found| {
        let number = sieve.number(place).unwrap();
        let mut rows = [found.rows.as_slice(), &found.doubtful].concat();
        assert!(found.rows.is_sorted_by(|a, b| a < b) && found.doubtful.is_sorted_by(|a, b| a < b));
        rows.sort_unstable();
        got[number].extend(rows);
        // Where nothing is said beside what is sure, it is a case.
        let lowered = &policies.all[number];
        let beside = super::beside(&engine.layout, &engine.params, &lowered.policy);
        if sieve.is_sure(place) && beside.unwrap().is_empty() {
            for row in &found.rows {
                let case = lowered.plain.arm(&mut runner, *row, true);
                let alone = lowered.policy.arms.len() == 1;
                assert!(
                    !alone || matches!(case, Arrived::At(..)),
                    "{number} {}\n{text}",
                    world.key(ty, *row)
                );
            }
        }
    });
    for row in (0..world.rows(ty)).map(Row).filter(|row| world.present(ty, *row)) {
        look.each(&mut room, row, |place| wanted[sieve.number(place).unwrap()].push(row));
    }
    assert_eq!(got, wanted, "{text}");
    (world.blocks(ty).count(), sieve.index.always().len())
}

/// Many facts like these: each line of a thing stands for so many things, under keys of their own, and of
/// some there is nothing left.
pub(in crate::engine) fn many(lines: &[Json], copies: usize, gone: usize) -> Vec<Json> {
    let mut out = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let Some(key) = line["Thing"]["id"].as_str() else {
            out.push(line.clone());
            continue;
        };
        for copy in 0..copies {
            let mut line = line.clone();
            let key = format!("{key}-{copy}");
            line["Thing"]["id"] = json!(key);
            out.push(line);
            if (copy * 7 + place) % 11 < gone {
                out.push(json!({"retract": {"Thing": key}, "source": {"tool": if copy % 2 == 0 { "one" } else { "two" }},
                    "observed_at": "2026-05-31T23:30:00Z"}));
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(4), ..config() })]

    #[test]
    fn column_by_column_it_is_the_same(
        conditions in prop::collection::vec((any::<u8>(), condition(), condition()), 1..80),
        lines in lines(),
        copies in select(vec![1, 60, 250]),
        gone in 0..3_usize,
    ) {
        check_columns(&policies(&conditions), &many(&lines, copies, gone));
    }
}

#[test]
fn rows_and_clauses_fill_more_than_one_block() {
    let conditions: Vec<(u8, String, String)> =
        ATOMS.iter().chain(ATOMS).map(|atom| (0, (*atom).to_owned(), String::new())).collect();
    let things = (0..5).map(|n| {
        json!({"Thing": {"id": format!("k{n}"), "n": n, "flag": n > 2, "tier": "t2", "owner": if n == 1 { json!("o1") } else { json!(null) }},
            "source": {"tool": "one"}, "observed_at": if n == 4 { "2026-05-30T00:00:00Z" } else { "2026-05-31T23:00:00Z" }})
    });
    let owner = json!({"Owner": {"id": "o1", "name": "ann", "tier": "t1", "boss": "gone"}, "source": {"tool": "one"},
        "observed_at": "2026-05-31T23:00:00Z"});
    let lines: Vec<Json> = things.chain([owner]).collect();
    let (rows, _) = check_columns(&policies(&conditions), &many(&lines, 250, 1));
    assert_eq!(rows, 3);
    let loose: Vec<(u8, String, String)> =
        (0..90).map(|n| (0, format!("x.n != {}", n % 9), String::new())).collect();
    assert_eq!(check_columns(&policies(&loose), &many(&lines, 250, 2)), (3, 2));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_shut_comes_to_nothing(
        conditions in prop::collection::vec((any::<u8>(), condition(), condition()), 1..12),
        lines in lines(),
    ) {
        check(&policies(&conditions), &lines);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(24), ..config() })]

    #[test]
    fn so_it_does_among_many(
        conditions in prop::collection::vec((any::<u8>(), condition(), condition()), 48..56),
        lines in lines(),
    ) {
        check(&policies(&conditions), &lines);
    }
}

#[test]
fn most_of_what_is_plain_is_shut() {
    // Every condition on its own.
    let conditions: Vec<(u8, String, String)> =
        ATOMS.iter().map(|atom| (0, (*atom).to_owned(), String::new())).collect();
    let line = |key: &str, fields: Json| {
        let mut line =
            json!({"Thing": fields, "source": {"tool": "one"}, "observed_at": "2026-05-31T23:00:00Z"});
        line["Thing"]["id"] = json!(key);
        line
    };
    let lines = [
        line(
            "k1",
            json!({"flag": true, "maybe": null, "n": 2, "u": 1, "x": 9.0, "tier": "t3", "mark": null, "path": "z",
                          "note": null, "at": null, "life": "1h", "owner": null}),
        ),
        line(
            "j",
            json!({"flag": false, "maybe": false, "n": 5, "u": null, "x": -1.0, "tier": "t1", "mark": "t1", "path": "a/b",
                         "note": "zed", "at": "2025-01-01T00:00:00Z", "life": "3h", "kept": true, "shown": "b", "owner": "o1"}),
        ),
        json!({"Owner": {"id": "o1", "name": "zoe", "tier": "t3", "boss": null}, "source": {"tool": "one"}, "observed_at": "2026-05-31T23:00:00Z"}),
    ];
    let (shut, quiet) = check(&policies(&conditions), &lines);
    assert_eq!((shut, quiet), (50, 53));
}
