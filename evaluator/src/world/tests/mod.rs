//! At every instant a world, however it came about, and a view of the same lines agree on everything.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

mod agree;
mod lines;
mod reading;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;

use super::*;
use crate::facts::Instant;
use crate::store::{Inner, Loader, Snapshot, View};
use agree::{agree, told};
use lines::{batch, hour};

fn layout() -> Arc<Layout> {
    let engine = crate::Engine::builder().source("t.assize", include_str!("model.assize")).build();
    let engine = engine.unwrap_or_else(|error| panic!("{error:?}"));
    let trust = crate::store::Trust { tools: [("low".to_owned(), 10)].into() };
    Arc::new(Layout::new(Arc::clone(&engine.schema), Arc::new(trust)))
}

/// Steps of lines and of the clock, in hours.
type Steps = Vec<(Vec<serde_json::Value>, i64)>;

fn run(layout: &Arc<Layout>, first: &[serde_json::Value], steps: &Steps) {
    let mut all = Loader::new(Arc::clone(layout.schema()));
    let mut number = 0;
    let mut load = |lines: &[serde_json::Value], all: &mut Loader| {
        let mut loader = Loader::pending(layout);
        for line in lines {
            number += 1;
            all.line("f", number, &line.to_string());
            loader.line("f", number, &line.to_string());
        }
        loader.take_all(0)
    };
    let mut now = hour(20);
    let mut start = Inner::new(layout);
    start.add(load(first, &mut all));
    let mut reports = Reports::of(&Snapshot::new(start), layout);
    let mut world = World::build(layout, &reports.snapshot(), now);
    let mut before = View::new(layout.schema(), &reports.snapshot(), layout.trust(), now, None);
    agree(&world, &before);
    for (lines, hours) in steps {
        now += hours * (hour(1) - hour(0));
        let changes = load(lines, &mut all);
        reports.add(&changes);
        let copy = world.clone();
        let planned = world.plan(changes, now);
        let touched = world.commit();
        let snapshot = reports.snapshot();
        let after = View::new(layout.schema(), &snapshot, layout.trust(), now, None);
        agree(&world, &after);
        told(&world, &before, &after, &planned, &touched);
        agree(&copy, &before);
        agree(&World::build(layout, &snapshot, now), &after);
        before = after;
    }
    assert_eq!(all.finish().id(), reports.snapshot().id());
}

/// A number that the environment may set, for longer runs with other seeds.
fn set<T: std::str::FromStr>(name: &str, or: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(or)
}

fn config() -> ProptestConfig {
    let seed = RngSeed::Fixed(set("ASSIZE_SEED", 20_261_121));
    ProptestConfig { cases: set("ASSIZE_CASES", 40), rng_seed: seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_world_in_steps_is_the_view_of_all_lines(
        first in batch(0..25),
        steps in prop::collection::vec((batch(0..6), prop_oneof![Just(0_i64), 1..30_i64]), 1..6),
    ) {
        run(&layout(), &first, &steps);
    }
}

#[test]
fn a_request_that_is_asked_now_stands_in_for_one_that_was_reported() {
    let layout = layout();
    let mut loader = Loader::new(Arc::clone(layout.schema()));
    let at = Instant(hour(19)).to_string();
    for id in ["a", "c"] {
        let line = json!({"Ask": {"id": id, "thing": "x"}, "source": {"tool": "t"}, "observed_at": at});
        loader.line("f", 1, &line.to_string());
    }
    let snapshot = loader.finish();
    let world = World::build(&layout, &snapshot, hour(20));
    let ask = layout.schema().fact("Ask").unwrap();
    for key in ["a", "b"] {
        let fields = json!({"id": key, "thing": "y", "why": null}).as_object().unwrap().clone();
        let read = crate::store::read_report(ask, &fields, layout.schema());
        let stored = crate::store::Stored::request(Arc::from(key), hour(20), read.fields);
        let extra = Some((&ask.name, &stored));
        let lens = Lens::new(&world, extra);
        let view = View::new(layout.schema(), &snapshot, layout.trust(), hour(20), extra);
        agree::facts(&layout, &lens, &view, &["x".into(), "y".into(), "a".into(), "b".into()]);
    }
}

#[test]
fn a_fact_with_one_report_that_is_fresh_is_read_without_merging() {
    let layout = layout();
    let thing = layout.type_id(&"t.Thing".into()).unwrap();
    let mut loader = Loader::new(Arc::clone(layout.schema()));
    let mut line = |id: &str, tool: &str, ago: i64, end: Option<i64>| {
        let fields = json!({
            "id": id, "n": 7, "name": "nine", "note": null, "group": "g", "tier": "mid", "life": 8,
            "at": Instant(hour(0)).to_string(), "end": end.map(|end| Instant(hour(end)).to_string()),
        });
        let at = Instant(hour(20 - ago)).to_string();
        let line = json!({"Thing": fields, "source": {"tool": tool}, "observed_at": at});
        loader.line("f", 1, &line.to_string());
    };
    line("fresh", "t", 1, None);
    line("ended", "t", 30, Some(5));
    line("stale", "t", 30, None);
    line("several", "t", 1, None);
    line("several", "other", 2, None);
    let world = World::build(&layout, &loader.finish(), hour(20));
    let read = |key: &str, field: &str| {
        let (row, field) = (world.row(thing, key)?, layout.field_id(thing, field)?);
        let (possible, horizon) = world.single(thing, row, field, |ty, row| world.key_arc(ty, row))?;
        let shown = match possible.value() {
            Some(value) => format!("{value:?}"),
            None if possible.is_known() => "absent".to_owned(),
            None => format!("not known: {:?}", possible.causes.sorted()),
        };
        Some((shown, horizon.first == hour(20 - 1 + 24), horizon.clock == crate::value::NEVER))
    };
    for (field, shown) in [
        ("n", "Int(7)"),
        ("name", "String(\"nine\")"),
        ("note", "absent"),
        ("group", "Fact(\"t.Group\", \"g\")"),
        ("tier", "Enum(\"t.Tier\", 1)"),
        // What the report leaves out, of fields with a default.
        ("kept", "Bool(false)"),
        ("word", "String(\"none\")"),
    ] {
        assert_eq!(read("fresh", field), Some((shown.to_owned(), true, true)), "{field}");
        assert_eq!(read("ended", field), Some((shown.to_owned(), false, true)), "{field}");
        assert_eq!((read("stale", field), read("several", field)), (None, None), "{field}");
    }
    // In error (no unit), the key: merging says more of these.
    for field in ["life", "id"] {
        assert_eq!(read("fresh", field), None, "{field}");
    }
    // What the report leaves out, of a field without a default.
    let (shown, _, _) = read("fresh", "flag").unwrap();
    assert!(shown.starts_with("not known") && shown.contains("NotCollected"), "{shown}");
}
