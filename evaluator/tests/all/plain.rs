//! What is plain takes no judge, and is what the judge says: outcomes of every kind, waivers, silence that is
//! covered, heartbeats.

use assize::facts::Instant;
use assize::{Engine, Work, Writer};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::incremental::{Told, gist, scratch};
use crate::properties::config;
use crate::support::{NOW, at, load, model};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

fn engine() -> Engine {
    model(
        r#"
entity Place { key id: string name: string level: Tier owner: string? } closed

entity Item {
  key id: string
  site: string
  place: Place inverse items
  flag: bool
  n: int
  level: Tier
  severity: Severity
  born: timestamp
  died: timestamp?
  due: timestamp
  mark: string?
} fresh for 2d lives born .. died closed

event Use { key id: string item: Item inverse uses at: timestamp size: int } covered by log on item.site

entity Part { key id: string item: Item inverse parts n: int } fresh for 24h covered by listing on item.site

entity Seat { key id: string item: Item inverse seats n: int } closed

policy ranked {
  for i: Item
  where i.n > 1
  decide {
    i.flag && i.place.level >= Tier.t2 => rank i.level by i.n desc, i.place.name, i.mark because "{i.n}"
    i.mark == "none"                   => none
    i.due > now - 1d                   => alert (i.severity) because "due {now - i.due}"
  }
}

policy acted {
  for i: Item
  decide {
    i.n == 0                => none
    i.place.owner == "ann"  => revoke i by rotate within 24h with { n: i.n, mark: i.mark, says: "{i.n} in {i.place.name}" },
                               alert (i.severity)
                               because "ann's"
    i.flag                  => block i.place for 1h because "blocked"
    i.due < now             => revoke each i.seats because "due"
    unknown                 => alert low because "{missing}"
  }
}

policy idle {
  for i: Item
  where i.n > 0 && i.born < now - 2d
  decide {
    !i.uses.exists(u, u.at > now - 2d)                     => revoke i because "idle"
    i.uses.filter(u, u.at > now - 6h && u.size > 2).size() >= 2 => alert high because "busy"
    unknown                                                => alert low because "{missing}"
  }
}

policy unused {
  for i: Item
  decide {
    i.uses.all(u, u.at < i.due) => rank i.level by i.n because "not since"
  }
}

policy bare {
  for i: Item
  decide {
    i.parts.exists(p, p.n > 2) => none
    i.parts.size() == 0        => alert medium because "bare"
    i.n > 0                    => revoke each i.parts because "all"
    unknown                    => alert low because "{missing}"
  }
}

policy seated {
  for i: Item, z in i.seats
  where z.n > 0 && i.n < 4
  let many = i.n > z.n
  decide {
    many && i.flag => revoke z within 1h with { n: z.n } because "seat {z.id}"
    z.n > 2        => rank i.level by z.n, many because "{z.n}"
    unknown        => alert low because "{missing}"
  }
}

policy shared {
  for i: Item, j: Item
  where i.place == j.place && i.id != j.id
  where j.n > 1
  decide {
    i.flag             => none
    j.place.owner != null => alert (j.severity) because "{i.id} with {j.id}"
    otherwise          => rank i.level by j.n because "nobody's"
  }
}

policy used {
  for i: Item, u in i.uses.filter(u, u.at > now - 3d)
  where u.size > 1
  decide {
    i.n > u.size => alert high because "{u.id}"
  }
}

waive shared for j where j.n == 3 until 2026-06-04T00:00:00Z because "known" by "ann"
waive shared for i where i.n == 4 until 2026-06-08T00:00:00Z because "too" by "ann"
waive seated for z where z.n == 4 until 2026-06-02T00:00:00Z because "high" by "bob"
waive acted for i where i.n == 3 until 2026-06-03T00:00:00Z because "known" by "ann"
waive acted for i where i.mark == "m" until 2026-06-09T00:00:00Z because "marked" by "bob"
waive idle for i where i.due > now until 2026-06-20T00:00:00Z because "not yet" by "ann"
"#,
    )
}

/// One thing that is said, as of an instant.
#[derive(Clone, Debug)]
enum Op {
    Item {
        id: &'static str,
        fields: Map<String, Value>,
        born: i64,
        due: i64,
        died: Option<i64>,
    },
    Place {
        id: &'static str,
        fields: Map<String, Value>,
    },
    Member {
        ty: &'static str,
        id: &'static str,
        item: &'static str,
        n: i64,
        ago: i64,
    },
    Watched {
        signal: &'static str,
        scope: &'static str,
        key: &'static str,
        from: i64,
        until: i64,
        hole: bool,
    },
    Gone {
        ty: &'static str,
        id: &'static str,
    },
}

fn ago(now: i64, minutes: i64) -> Value {
    json!(Instant(now - minutes * MINUTE).to_string())
}

impl Op {
    /// As the `order`th thing that is said at the instant: later reports win.
    fn line(&self, now: i64, order: usize) -> Value {
        let seen = json!(Instant(now - 100 + i64::try_from(order).unwrap()).to_string());
        let report =
            |ty: &str, fields: Value| json!({ty: fields, "source": {"tool": "t"}, "observed_at": seen});
        match self {
            Self::Item { id, fields, born, due, died } => {
                let mut fields = fields.clone();
                let times = [("born", Some(*born)), ("due", Some(*due)), ("died", *died)];
                for (name, minutes) in times {
                    fields.insert(name.to_owned(), minutes.map_or(Value::Null, |minutes| ago(now, minutes)));
                }
                fields.insert("id".to_owned(), json!(id));
                report("Item", Value::Object(fields))
            }
            Self::Place { id, fields } => {
                let mut fields = fields.clone();
                fields.insert("id".to_owned(), json!(id));
                report("Place", Value::Object(fields))
            }
            Self::Member { ty: "Use", id, item, n, ago: minutes } => {
                report("Use", json!({"id": id, "item": item, "size": n, "at": ago(now, *minutes)}))
            }
            Self::Member { ty, id, item, n, .. } => report(ty, json!({"id": id, "item": item, "n": n})),
            Self::Watched { signal, scope, key, from, until, hole } => report(
                "Coverage",
                json!({"id": key, "signal": signal, "scope": scope, "from": ago(now, *from),
                       "until": ago(now, *until), "hole": hole}),
            ),
            Self::Gone { ty, id } => {
                json!({"retract": {*ty: id}, "source": {"tool": "t"}, "observed_at": seen})
            }
        }
    }
}

fn item() -> impl Strategy<Value = Op> {
    let fields = (
        (select(vec!["p", "q"]), any::<bool>(), 0..5_i64, select(vec!["t1", "t2", "t3"])),
        (select(vec!["low", "high"]), select(vec![json!(null), json!("m"), json!("none")])),
    );
    let hidden = prop::option::weighted(0.1, select(vec!["flag", "n", "place", "site", "mark", "level"]));
    let times = (0..9000_i64, -4000..4000_i64, prop::option::weighted(0.1, -3000..3000_i64));
    (select(vec!["a", "b", "c"]), fields, hidden, times).prop_map(
        |(id, ((place, flag, n, level), (severity, mark)), hidden, (born, due, died))| {
            let value = json!({"site": "s", "place": place, "flag": flag, "n": n, "level": level,
                               "severity": severity, "mark": mark});
            let mut fields = value.as_object().unwrap().clone();
            fields.retain(|name, _| hidden != Some(name.as_str()));
            Op::Item { id, fields, born, due, died }
        },
    )
}

fn place() -> impl Strategy<Value = Op> {
    let owner = select(vec![json!(null), json!("ann"), json!("bob")]);
    (select(vec!["p", "q"]), select(vec!["here", "there"]), select(vec!["t1", "t3"]), owner).prop_map(
        |(id, name, level, owner)| {
            let value = json!({"name": name, "level": level, "owner": owner});
            Op::Place { id, fields: value.as_object().unwrap().clone() }
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    let watched = |signal, until: std::ops::Range<i64>| {
        let key = if signal == "log" { vec!["log1", "log2"] } else { vec!["list1", "list2"] };
        let scope = select(vec!["s", "s", "*", "other"]);
        (scope, select(key), 0..6000_i64, until, prop::bool::weighted(0.1)).prop_map(
            move |(scope, key, from, until, hole)| Op::Watched {
                signal,
                scope,
                key,
                from: from.max(until),
                until,
                hole,
            },
        )
    };
    let member = |ty, ids: Vec<&'static str>| {
        (select(ids), select(vec!["a", "b", "c"]), 0..5_i64, 0..5000_i64)
            .prop_map(move |(id, item, n, ago)| Op::Member { ty, id, item, n, ago })
    };
    let gone = select(vec![("Item", "a"), ("Place", "p"), ("Use", "u1"), ("Part", "r1"), ("Seat", "z1")]);
    prop_oneof![
        6 => item(),
        3 => place(),
        2 => member("Use", vec!["u1", "u2", "u3"]),
        1 => member("Part", vec!["r1", "r2"]),
        2 => member("Seat", vec!["z1", "z2"]),
        4 => watched("log", 0..40),
        2 => watched("listing", 0..2000),
        1 => gone.prop_map(|(ty, id)| Op::Gone { ty, id }),
    ]
}

/// What is said at one instant, and whether the sensor's heartbeat is renewed.
#[derive(Clone, Debug)]
struct Step {
    ops: Vec<Op>,
    minutes: i64,
    beat: Option<i64>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let minutes = prop_oneof![3 => 0..20_i64, 1 => 0..2000_i64];
    let ops = prop_oneof![prop::collection::vec(op(), 0..2), prop::collection::vec(op(), 0..6)];
    let step = (ops, minutes, prop::option::weighted(0.8, 0..12_i64));
    let first = prop::collection::vec(prop_oneof![item(), place()], 4..8);
    (first, prop::collection::vec(step, 1..9)).prop_map(|(first, rest)| {
        let rest = rest.into_iter().map(|(ops, minutes, beat)| Step { ops, minutes, beat });
        [Step { ops: first, minutes: 0, beat: Some(0) }].into_iter().chain(rest).collect()
    })
}

fn heartbeat(now: i64, minutes: i64) -> Value {
    let from = Instant(at(NOW).0 - 5 * DAY).to_string();
    let beat = json!({"id": "beat", "signal": "log", "scope": "s", "from": from, "until": ago(now, minutes)});
    json!({"Coverage": beat, "source": {"tool": "sensor"}, "observed_at": ago(now, 0)})
}

fn say(writer: &mut Writer, lines: &[Value]) {
    for (number, line) in lines.iter().enumerate() {
        writer.line("facts.ndjson", number as u64 + 1, &line.to_string());
    }
}

/// Runs the steps, and holds every state and every delta against the judge's; says what that took.
fn run(engine: &Engine, steps: &[Step], loaded: bool) -> Result<Work, TestCaseError> {
    let mut now = at(NOW).0;
    let (mut lines, mut told) = (Vec::new(), Told::default());
    let (first, rest) = steps.split_at(usize::from(loaded));
    for step in first {
        lines.extend(step.ops.iter().enumerate().map(|(order, op)| op.line(now, order)));
        lines.extend(step.beat.map(|beat| heartbeat(now, beat)));
    }
    let snapshot = load(engine, &lines);
    // What stands from the beginning is told by nobody, and may never be shown before it changes.
    let mut writer = engine.writer(&snapshot, Instant(now));
    told.stand(&scratch(engine, &lines, now).1.decisions);
    for step in rest {
        now += step.minutes * MINUTE;
        let mut new: Vec<Value> =
            step.ops.iter().enumerate().map(|(order, op)| op.line(now, order)).collect();
        new.extend(step.beat.map(|beat| heartbeat(now, beat)));
        say(&mut writer, &new);
        lines.extend(new);
        told.take_in(writer.commit(Instant(now)));
        let (_, wanted) = scratch(engine, &lines, now);
        prop_assert_eq!(gist(told.stands()), gist(&wanted.decisions), "deltas");
        prop_assert!(told.is_open(&wanted), "lost");
        if step.minutes % 3 == 0 {
            let got = writer.evaluation();
            prop_assert_eq!(&got.decisions, &wanted.decisions, "decisions");
            prop_assert_eq!(&got.undetermined, &wanted.undetermined, "open");
        }
    }
    Ok(writer.work())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_plain_is_what_the_judge_says(steps in steps(), loaded in any::<bool>()) {
        run(&engine(), &steps, loaded)?;
    }
}

#[test]
fn many_heads_are_decided_plainly() {
    use proptest::strategy::ValueTree;
    let engine = engine();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut work = Work::default();
    for _ in 0..12 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let one = run(&engine, &steps, true).unwrap();
        work.plain += one.plain;
        work.judged += one.judged;
        work.told += one.told;
    }
    assert!(work.plain > work.judged && work.told > 10, "{work:?}");
}

#[test]
fn a_change_that_leaves_a_decision_as_it_is_takes_no_judge() {
    let engine = model(
        r#"
entity Item { key id: string site: string n: int flag: bool } closed
policy p {
  for i: Item
  decide {
    i.flag && i.n > 1 => revoke i by rotate because "{i.n}"
    unknown           => alert low because "{missing}"
  }
}
"#,
    );
    let item = |id: i64, n: i64, minutes: i64| {
        let fields = json!({"id": format!("i{id}"), "site": "s", "n": n, "flag": id % 2 == 0});
        json!({"Item": fields, "source": {"tool": "t"}, "observed_at": ago(at(NOW).0, minutes)})
    };
    let lines: Vec<Value> = (0..40).map(|id| item(id, 2, 3)).collect();
    let mut writer = engine.writer(&load(&engine, &lines), at(NOW));
    // Half of them are nothing by their flag.
    assert_eq!(writer.work(), Work { shut: 20, plain: 20, ..Work::default() });
    say(&mut writer, &(0..40).map(|id| item(id, 3 + id, 2)).collect::<Vec<_>>());
    assert!(writer.commit(at(NOW)).is_empty());
    assert_eq!(writer.work(), Work { shut: 20, plain: 60, ..Work::default() });
    // What is shown is as it is now, and what is told as it was when it was decided.
    let shown = writer.evaluation();
    assert_eq!(shown.decisions.len(), 20);
    assert!(shown.decisions.iter().any(|it| it.anchor.keys() == ["i38"] && it.because == "41"));
    assert_eq!(writer.work(), Work { shut: 20, plain: 60, shown: 20, ..Work::default() });
    say(&mut writer, &[item(4, 0, 1), item(5, 9, 1)]);
    let delta = writer.commit(at(NOW));
    assert_eq!(delta.changes.len(), 1);
    assert_eq!(delta.changes[0].was.as_ref().unwrap().because, "7");
    assert_eq!(writer.work(), Work { shut: 20, plain: 62, shown: 20, ..Work::default() });
}

#[test]
fn what_was_never_shown_is_told_as_it_was_decided() {
    let engine = model(
        r#"
entity Item { key id: string n: int flag: bool } closed
policy p { for i: Item decide { i.flag => alert high because "{i.n} of {Item.size()}" } }
"#,
    );
    let item = |id: &str, n: i64, flag: bool| {
        let fields = json!({"id": id, "n": n, "flag": flag});
        json!({"Item": fields, "source": {"tool": "t"}, "observed_at": NOW})
    };
    let mut writer = engine.writer(&load(&engine, &[item("a", 1, true)]), at(NOW));
    let later = |writer: &mut Writer, line: Value, minutes: i64| {
        let mut line = line;
        line["observed_at"] = ago(at(NOW).0, -minutes);
        say(writer, &[line]);
        writer.commit(Instant(at(NOW).0 + minutes * MINUTE))
    };
    assert!(later(&mut writer, item("a", 2, true), 1).is_empty());
    assert_eq!(later(&mut writer, item("b", 5, true), 2).changes.len(), 1);
    let delta = later(&mut writer, item("a", 3, false), 3);
    assert_eq!(delta.changes[0].was.as_ref().unwrap().because, "1 of 1");
}

#[test]
fn a_heartbeat_that_only_goes_on_looks_at_nobody() {
    let engine = model(
        r#"
entity Item { key id: string site: string born: timestamp } closed
event Use { key id: string item: Item inverse uses at: timestamp } covered by log on item.site
policy p {
  for i: Item
  where i.born < now - 10d
  decide {
    !i.uses.exists(u, u.at > now - 10d) => revoke i because "idle"
    unknown                             => alert low because "{missing}"
  }
}
"#,
    );
    let item = |id: i64| {
        let site = if id % 2 == 0 { "s" } else { "dark" };
        let fields = json!({"id": format!("i{id}"), "site": site, "born": "2026-01-01T00:00:00Z"});
        json!({"Item": fields, "source": {"tool": "t"}, "observed_at": NOW})
    };
    let beat = |days: i64, minutes: i64, until: i64| {
        let (from, now) = (ago(at(NOW).0, days * 1440), at(NOW).0 + minutes * MINUTE);
        let beat =
            json!({"id": "beat", "signal": "log", "scope": "s", "from": from, "until": ago(now, until)});
        json!({"Coverage": beat, "source": {"tool": "sensor"}, "observed_at": ago(now, 0)})
    };
    let lines: Vec<Value> = (0..40).map(item).chain([beat(30, 0, 0)]).collect();
    let mut writer = engine.writer(&load(&engine, &lines), at(NOW));
    let later = |writer: &mut Writer, days: i64, minutes: i64, until: i64| {
        say(writer, &[beat(days, minutes, until)]);
        writer.commit(Instant(at(NOW).0 + minutes * MINUTE)).changes.len()
    };
    // Those nobody watches are the judge's, and are not asked about again.
    let begun = Work { plain: 20, judged: 20, ..Work::default() };
    assert_eq!(writer.work(), begun);
    for minutes in 1..10 {
        assert_eq!(later(&mut writer, 30, minutes, 0), 0);
    }
    assert_eq!(writer.work(), begun);
    // How it is shown hangs on them all the same.
    let shown = writer.evaluation();
    let idle = shown.decisions.iter().find(|it| it.anchor.keys() == ["i0"]).unwrap();
    assert_eq!(idle.as_of.unwrap().0, at(NOW).0 + (9 - 15) * MINUTE);
    // A sensor that says that it saw less is another matter: it cannot be told any more.
    assert_eq!(later(&mut writer, 5, 10, 0), 20);
    assert_eq!(writer.work().judged, 40);
    // Nothing changes until the window lies in what was watched.
    for minutes in [11, 1440, 4 * 1440, 5 * 1440 - 1] {
        assert_eq!(later(&mut writer, 5, minutes, 0), 0);
    }
    let lies_in = at(NOW).0 + 5 * DAY - 1;
    assert!(writer.commit(Instant(lies_in - 1)).is_empty());
    assert_eq!(writer.commit(Instant(lies_in)).changes.len(), 20);
    assert_eq!((writer.work().judged, writer.work().told), (40, 20));
}
