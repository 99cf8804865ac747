//! An answer without reasons is the verdict that the judge gives, whatever is asked.

use assize::facts::Instant;
use assize::{Answer, Ask, DecideError, Engine, Scratch, Verdict};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::properties::{condition, config, noise, world};
use crate::support::{NOW, at, load, model};

const ATOMS: &[&str] = &[
    "q.flag",
    "q.n > 2",
    "q.n in [1, 3]",
    "q.color == Color.red",
    "q.name == \"deploy\"",
    "q.name.startsWith(\"de\")",
    "q.name == \"deploy-everything-now\"",
    "q.name in [\"deploy-everything-new\", \"deploy\", \"deploy-everything-\"]",
    "q.name.startsWith(\"deploy-everything-n\")",
    "q.name.startsWith(\"deploy-everything\")",
    "q.name == q.thing.name",
    "q.name != q.note.orValue(\"deploy\")",
    "q.note == null",
    "q.size >= 1.5",
    "q.life > 1h",
    "q.kept",
    "q.at < now - 1d",
    "has(q.thing)",
    "q.thing == q.other",
    "q.thing.m <= q.thing.n",
    "q.thing.name != q.other.name",
    "q.n < q.thing.n",
    "q.name == q.thing.note",
    "q.thing.group == q.other.group",
    "q.thing.group.color == q.color",
    "q.size <= q.thing.x",
    "q.kept == q.thing.kept",
    "q.id == \"r\"",
    "q.thing.asks.size() > 1",
];

/// Conditions on the request, and on the thing that it names.
fn asked() -> impl Strategy<Value = String> {
    let own = prop_oneof![3 => select(ATOMS).prop_map(ToOwned::to_owned), 1 => on_thing()];
    own.prop_recursive(2, 5, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn on_thing() -> impl Strategy<Value = String> {
    condition().prop_map(|text| text.replace("x.", "q.thing."))
}

fn engine(conditions: &[String]) -> Engine {
    let [a, b, c, d, e] = conditions else { panic!("five conditions") };
    model(&format!(
        r#"
request Query {{
  key id: string
  thing: Thing inverse asks
  other: Thing?
  flag: bool
  n: int
  size: double
  color: Color
  name: string
  note: string?
  life: duration
  at: timestamp
  kept: bool = true
}}
policy a {{ for q: Query decide {{ {a} => block q because "a" {b} => none unknown => block q because "{{missing}}" }} }}
policy b {{ for q: Query where {c} decide {{ {b} => alert low because "b" {d} => block q because "d" unknown => alert low because "u" }} }}
policy c {{ mode monitor for q: Query where {d} decide {{ otherwise => block q because "c" }} }}
policy d {{ for q: Query decide {{ {e} && {c} => alert high because "e" unknown => none }} }}
policy e {{ for q: Query where {e} decide {{ otherwise => rank q.thing.tier by q.n because "r" }} }}
policy g {{ for q: Query where {c} decide {{ {a} => alert low because "g" }} }}
policy f {{ for q: Query where {a} && {e} decide {{ {d} => revoke each q.thing.group.things because "f" unknown => alert low because "u" }} }}
"#
    ))
}

/// A request's text: usual, in another order, with what does not fit, with what is written in other ways.
fn request() -> impl Strategy<Value = String> {
    let field = |name: &'static str, values: &'static [&'static str]| {
        (Just(name), prop::option::weighted(0.85, select(values)))
    };
    let fields = (
        field("id", &["\"r\"", "\"s\"", "\"\\u0072\"", "\"ü\""]),
        field("thing", &["\"a\"", "\"b\"", "\"nobody\"", "\"\"", "7"]),
        field("other", &["\"a\"", "null", "\"b\""]),
        field("flag", &["true", "false", " true ", "\"yes\"", "null"]),
        field("n", &["0", "1", "3", "5", "-2", "-0", "03", "1e0", "2.0", "99999999999999999999"]),
        field("size", &["0", "1.5", "2", "-1", "1e400"]),
        field("color", &["\"red\"", "\"green\"", "\"mauve\"", "\"r\\u0065d\""]),
        field(
            "name",
            &[
                "\"deploy\"",
                "\"deploy-everything-now\"",
                "\"deploy-everything-nox\"",
                "\"deploy-everything-\"",
                "\"deploy-everythinG\"",
                "\"de\"",
                "\"x\"",
                "\"dep\\u006coy\"",
                "\"\"",
            ],
        ),
        field("note", &["null", "\"deploy\"", "\"ann\""]),
        (field("life", &["\"2h\"", "\"1s\"", "3"]), field("at", &["\"2026-05-01T00:00:00Z\"", "\"now\""])),
        field("kept", &["true", "false"]),
        field("more", &["1", "{}"]),
    );
    let fields = fields.prop_map(|(a, b, c, d, e, f, g, h, i, (j, k), l, m)| {
        let more = m.1.filter(|more| *more == "{}");
        let all = [a, b, c, d, e, f, g, h, i, j, k, l, (m.0, more)];
        let one = |(name, value): (&str, Option<&str>)| Some(format!("\"{name}\":{}", value?));
        all.into_iter().filter_map(one).collect::<Vec<String>>()
    });
    (fields, any::<bool>(), select(vec![",", " , ", ",\n"])).prop_map(|(mut fields, turned, between)| {
        if turned {
            fields.reverse();
        }
        format!("{{{}}}", fields.join(between))
    })
}

/// Whether the answer is the verdict; and whether all of it was plain.
fn agree(reply: &assize::Reply<'_>, verdict: &Verdict) -> Result<(), TestCaseError> {
    prop_assert_eq!(reply.verdict, verdict.verdict, "{:#?}", verdict);
    let mut wanted: Vec<(String, usize)> =
        verdict.decisions.iter().map(|one| (one.policy.clone(), one.arm)).collect();
    wanted.sort_unstable();
    let fired: Vec<(String, usize)> = reply.fired().map(|one| (one.policy.to_owned(), one.arm)).collect();
    prop_assert_eq!(fired, wanted);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_answer_is_the_verdict(
        world in world(),
        noise in noise(),
        recorded in any::<bool>(),
        conditions in prop::collection::vec(asked(), 5),
        requests in prop::collection::vec(request(), 1..24),
    ) {
        let engine = engine(&conditions);
        let mut lines = noise.disturb(&world);
        if recorded {
            lines.push(json!({"Query": {"id": "s", "thing": "a", "n": 5}, "source": {"tool": "t"}, "observed_at": NOW}));
        }
        let snapshot = load(&engine, &lines);
        let facts = engine.index(&snapshot, at(NOW));
        let entry = engine.entry("Query").unwrap();
        let desk = entry.desk(&facts);
        let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
        for request in &requests {
            let fields: Map<String, Value> = serde_json::from_str(request).unwrap_or_default();
            let wanted = entry.decide(&facts, &fields, at(NOW));
            // So is that of a request which is asked alone.
            prop_assert_eq!(&engine.decide(&snapshot, "Query", &fields, at(NOW)), &wanted);
            match desk.read(request, &mut ask) {
                Ok(()) => {
                    let reply = desk.decide(&ask, at(NOW), &mut scratch).unwrap();
                    agree(&reply, &wanted.unwrap())?;
                    // Until it ends to hold, nothing changes it; and whenever it is asked, it is right.
                    let until = reply.valid_until;
                    let before: Vec<_> = reply.fired().map(|one| one.policy.to_owned()).collect();
                    for later in until.into_iter().flat_map(|until| [Instant(until.0 - 1), until]) {
                        let wanted = entry.decide(&facts, &fields, later).unwrap();
                        let reply = desk.decide(&ask, later, &mut scratch).unwrap();
                        agree(&reply, &wanted)?;
                        let fired = reply.fired().map(|one| one.policy.to_owned()).collect::<Vec<_>>();
                        prop_assert!(later.0 >= until.unwrap().0 || fired == before);
                    }
                    prop_assert_eq!(desk.verdict(&ask, at(NOW)).unwrap(), entry.decide(&facts, &fields, at(NOW)).unwrap());
                }
                Err(error) => {
                    prop_assert!(wanted.is_err() || matches!(error, DecideError::Json(_)), "{}", request);
                }
            }
        }
    }
}

#[test]
fn a_request_read_at_another_desk_is_read_again() {
    let engine =
        engine(&["q.flag", "q.n > 2", "q.size > 1.0", "q.note == null", "q.kept"].map(ToOwned::to_owned));
    let thing =
        |id: &str| json!({"Thing": {"id": id, "tier": "t1"}, "source": {"tool": "t"}, "observed_at": NOW});
    let desk = |ids: &[&str]| {
        let lines: Vec<Value> = ids.iter().map(|id| thing(id)).collect();
        engine.entry("Query").unwrap().desk(&engine.index(&load(&engine, &lines), at(NOW)))
    };
    let (one, other) = (desk(&["a", "b"]), desk(&["b", "a"]));
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    one.read(r#"{"thing": "a", "flag": true, "n": 1}"#, &mut ask).unwrap();
    let reply = other.decide(&ask, at(NOW), &mut scratch).unwrap();
    assert_eq!(reply.verdict, Answer::Block);
    let blocked = reply.blocked_by().unwrap();
    assert_eq!((blocked.policy, blocked.arm, blocked.outcome), ("t.a", 1, "block"));
    let error = one.read("[]", &mut ask).unwrap_err();
    assert_eq!(error.to_string(), "the request is not a JSON object: line 1, column 0");
    assert!(one.decide(&ask, at(NOW), &mut scratch).is_err());
}

/// The same names in the same order, and they are other fields: of what the last request looked like nothing is left.
#[test]
fn requests_of_other_types_are_read_by_their_own_fields() {
    let engine = model(
        r#"
request One { key id: string flag: bool n: int }
request Two { key id: string n: int other: bool = true flag: bool }
policy one { for q: One decide { q.flag && q.n == 3 => block q because "1" unknown => block q because "{missing}" } }
policy two { for q: Two decide { q.flag && q.other && q.n == 3 => block q because "2" unknown => block q because "{missing}" } }
"#,
    );
    let facts = engine.index(&load(&engine, &[]), at(NOW));
    let desks = ["One", "Two"].map(|ty| engine.entry(ty).unwrap().desk(&facts));
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    for round in 0..4 {
        for (flag, n) in [(true, 3), (false, 3), (true, 2)] {
            let json = format!(r#"{{"flag":{flag},"n":{n},"id":"r{round}"}}"#);
            for (desk, name) in desks.iter().zip(["t.one", "t.two"]) {
                desk.read(&json, &mut ask).unwrap();
                let reply = desk.decide(&ask, at(NOW), &mut scratch).unwrap();
                let fired: Vec<&str> = reply.fired().map(|one| one.policy).collect();
                assert_eq!(fired, if flag && n == 3 { vec![name] } else { vec![] }, "{json}");
                assert_eq!(scratch.judged(), 0);
            }
        }
    }
}

/// Whatever compares fields that are known is told by that alone, whoever's fields they are; what is not known is for others.
#[test]
fn fields_that_compare_otherwise_shut_policies() {
    let engine = model(
        r#"
request Move { key id: string from: Thing to: Thing? n: int label: string = "a" }
policy one { for q: Move decide { q.n > 0 && q.from.name == q.to.name => block q because "1" unknown => block q because "{missing}" } }
policy two { for q: Move decide { q.n > 0 && !(q.n < q.from.n) && q.n != q.to.n => block q because "2" unknown => block q because "{missing}" } }
policy three { for q: Move decide { q.n > 0 && q.label == q.from.name && q.from.group.color != q.to.color => block q because "3" unknown => block q because "{missing}" } }
"#,
    );
    let thing = |id: &str, name: &str, tier: &str, n: i64| {
        json!({"Thing": {"id": id, "name": name, "tier": tier, "n": n, "color": "red", "group": "g"},
            "source": {"tool": "t"}, "observed_at": NOW})
    };
    let mut vague = thing("c", "a", "t1", 1);
    vague["Thing"].as_object_mut().unwrap().remove("name");
    let group = json!({"Group": {"id": "g", "color": "blue"}, "source": {"tool": "t"}, "observed_at": NOW});
    let lines = [thing("a", "a", "t1", 1), thing("b", "b", "t3", 2), vague, group];
    let desk = engine.entry("Move").unwrap().desk(&engine.index(&load(&engine, &lines), at(NOW)));
    let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
    for (from, to, rest, wanted, looked_at, judged) in [
        ("a", r#""a""#, "", vec!["t.one", "t.three"], 2, 0),
        ("a", r#""b""#, "", vec!["t.three", "t.two"], 2, 0),
        ("a", r#""b""#, r#","label":"x""#, vec!["t.two"], 1, 0),
        ("b", r#""a""#, r#","label":"b""#, vec!["t.three"], 1, 0),
        ("b", r#""a""#, r#","n":0"#, vec![], 0, 0),
        // Nobody knows its name; and what is absent is no number.
        ("a", r#""c""#, "", vec!["t.one", "t.three"], 2, 1),
        ("a", "null", "", vec!["t.three", "t.two"], 3, 0),
    ] {
        let n = if rest.contains("n") { "" } else { r#","n":1"# };
        let json = format!(r#"{{"id":"q","from":"{from}","to":{to}{n}{rest}}}"#);
        desk.read(&json, &mut ask).unwrap();
        let reply = desk.decide(&ask, at(NOW), &mut scratch).unwrap();
        let fired: Vec<&str> = reply.fired().map(|one| one.policy).collect();
        assert_eq!(fired, wanted, "{json}");
        agree(&reply, &desk.verdict(&ask, at(NOW)).unwrap()).unwrap();
        assert_eq!((scratch.looked_at(), scratch.judged()), (looked_at, judged), "{json}");
    }
}
