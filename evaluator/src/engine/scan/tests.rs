//! Decided all at once, heads come to what each comes to by itself.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of tests")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;

use super::scan;
use crate::engine::judge::Judge;
use crate::engine::ledger::Ledger;
use crate::engine::lowered::Policies;
use crate::engine::plain::{Plainly, Runner};
use crate::engine::sieve::tests::{built, condition, config, lines, many, policies, world};
use crate::value::NEVER;
use crate::world::Row;

/// How many heads were decided in columns, and how many were left.
fn check(text: &str, lines: &[Json]) -> (usize, usize) {
    let engine = built(text);
    let world = world(&engine, lines);
    let policies = Policies::of(&engine, &engine.layout, None);
    let mut scanned = scan(&engine, &world, &policies, 0..policies.all.len(), |_| true);
    let mut runner = Runner::new(&world, world.now(), None);
    let judge = Judge::new(&engine, &world, None);
    let (mut decided, mut left) = (0, 0);
    for (number, lowered) in policies.all.iter().enumerate() {
        let Some(scanned) = scanned.remove(&number) else { continue };
        let name = &lowered.policy.name;
        let bounded = lowered.plain.is_bounded(&world, engine.budget.reach);
        assert!(scanned.rows.is_sorted_by(|a, b| a < b), "{name}\n{text}");
        let rows: BTreeSet<Row> = scanned.rows.iter().copied().collect();
        let mut ledger = Ledger::default();
        ledger.fill(scanned.columns);
        let found: BTreeSet<Row> = ledger.rows().into_iter().collect();
        assert!(found.is_disjoint(&rows), "{name}\n{text}");
        (decided, left) = (decided + found.len(), left + rows.len());
        for row in (0..world.rows(lowered.head)).map(Row) {
            let there = world.present(lowered.head, row);
            assert!(there || !found.contains(&row) && !rows.contains(&row), "{name}\n{text}");
            if !there || rows.contains(&row) {
                continue;
            }
            let (key, plain) =
                (world.key(lowered.head, row), lowered.plain.decide(&mut runner, row, bounded));
            match plain {
                Plainly::Decided(firm, NEVER) => {
                    assert!(ledger.stands(row, &firm), "{name} of {key}\n{text}")
                }
                // Single fields tell more than closures where a text stands in for one that is absent.
                Plainly::Perhaps if found.contains(&row) => {
                    let (judged, wake, _) = judge.head(lowered, row);
                    let plain = judged.decisions.len() == 1 && judged.undetermined.is_empty();
                    assert!(
                        plain && judged.decisions.iter().all(|one| one.missing.is_empty()),
                        "{name} of {key}\n{text}"
                    );
                    assert!(wake > world.now(), "{name} of {key}\n{text}");
                }
                // What is shut need not be plain.
                _ => assert!(!found.contains(&row), "{name} of {key}: {plain:?}\n{text}"),
            }
        }
    }
    (decided, left)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn at_once_or_one_by_one_it_is_the_same(
        conditions in prop::collection::vec((any::<u8>(), condition(), condition()), 1..70),
        lines in lines(),
        copies in select(vec![1, 30, 200]),
        gone in 0..3_usize,
    ) {
        check(&policies(&conditions), &many(&lines, copies, gone));
    }
}

#[test]
fn most_is_decided_at_once() {
    use serde_json::json;
    let conditions: Vec<(u8, String, String)> = (0..9)
        .map(|shape| (shape, "x.n > 1".to_owned(), "(x.tier == x.owner.tier && x.flag)".to_owned()))
        .collect();
    let things = (0..6).map(|n| {
        json!({"Thing": {"id": format!("k{n}"), "flag": n % 2 == 0, "maybe": true, "n": n, "u": 1, "x": 0.5, "tier": "t2", "mark": null,
                "path": "a/b", "note": null, "at": null, "life": "2h", "kept": true, "shown": "c", "owner": "o1"},
            "source": {"tool": "one"}, "observed_at": "2026-05-31T23:00:00Z"})
    });
    let owner = json!({"Owner": {"id": "o1", "name": "ann", "tier": "t2", "boss": null}, "source": {"tool": "one"},
        "observed_at": "2026-05-31T23:00:00Z"});
    let lines: Vec<Json> = things.chain([owner]).collect();
    let counts = check(&policies(&conditions), &many(&lines, 100, 0));
    // Left are those of which a share would be by nothing.
    assert_eq!(counts, (2_700, 100));
}
