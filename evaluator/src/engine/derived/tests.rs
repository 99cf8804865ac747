//! What one change costs, counted.

#![expect(clippy::arithmetic_side_effects, reason = "numbers of our own")]

use crate::engine::Engine;
use crate::engine::live::Live;
use crate::facts::Instant;
use crate::world::World;

const MODEL: &str = r#"package m
entity Node { key id: string root: bool crown: bool } closed
entity Link { key id: string source: Node target: Node } closed
relation exposed(n: Node) {
  case where n.root
  case for l: Link where exposed(l.source) && l.target == n
}
policy p {
  for n: Node
  where n.crown
  decide { exposed(n) => alert high because "{n.id}" }
}
"#;

const LENGTH: u32 = 200;

fn node(id: u32) -> String {
    let (root, crown) = (id == 0, id % 10 == 9);
    said(&format!(r#""Node": {{"id": "n{id}", "root": {root}, "crown": {crown}}}"#))
}

fn link(id: &str, source: u32, target: u32) -> String {
    said(&format!(r#""Link": {{"id": "{id}", "source": "n{source}", "target": "n{target}"}}"#))
}

fn said(what: &str) -> String {
    format!(r#"{{{what}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#)
}

struct Bench {
    engine: Engine,
    live: Live,
    now: i64,
}

impl Bench {
    fn new(lines: &[String]) -> Self {
        let engine = Engine::builder().source("m.assize", MODEL).build().unwrap();
        let mut loader = engine.loader();
        for (at, line) in (1..).zip(lines) {
            loader.line("facts.ndjson", at, line);
        }
        let now: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
        let live = Live::new(&engine, World::build(&engine.layout, &loader.finish(), now.0));
        Self { engine, live, now: now.0 }
    }

    /// Commits a line; says how many decisions changed, and how many tuples were looked at.
    fn commit(&mut self, line: &str) -> (usize, u64) {
        let before = self.live.derived().counts().1;
        let mut loader = crate::store::Loader::pending(&self.engine.layout);
        loader.line("more.ndjson", 1, line);
        self.now += 1;
        let delta = self.live.commit(loader.take_all(0), self.now);
        (delta.changes.len(), self.live.derived().counts().1 - before)
    }
}

/// A chain from the root, with a second way around its middle.
fn chain() -> Vec<String> {
    let mut lines: Vec<String> = (0..LENGTH).map(node).collect();
    lines.extend((1..LENGTH).map(|id| link(&format!("l{id}"), id - 1, id)));
    lines.push(link("around", LENGTH / 2 - 2, LENGTH / 2 + 2));
    lines
}

#[test]
fn a_link_that_changes_no_answer_costs_what_it_touches() {
    let mut bench = Bench::new(&chain());
    assert_eq!(bench.live.derived().counts().0, LENGTH as usize);
    // One more way to a node that is exposed anyway: its own cases are looked at, and nobody else's.
    assert_eq!(bench.commit(&link("more", 3, 150)), (0, 1));
    let retract = |key: &str| {
        format!(
            r#"{{"retract": {{"Link": "{key}"}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
        )
    };
    assert_eq!(bench.commit(&retract("more")), (0, 1));
    // A node nobody asks about is nobody's concern.
    assert_eq!(bench.commit(&link("out", 199, 7777)), (0, 0));
    // The middle is passed around: what lies between is not exposed any more, and what lies behind is.
    assert_eq!(bench.commit(&retract(&format!("l{}", LENGTH / 2 - 1))), (1, 1));
    // Nothing is behind a cut of both.
    assert_eq!(bench.commit(&retract("around")), (10, 1));
    assert_eq!(bench.commit(&link("again", LENGTH / 2 - 2, LENGTH / 2 + 2)), (10, 1));
}

#[test]
fn what_nobody_asks_about_any_more_is_forgotten() {
    let mut bench = Bench::new(&chain());
    let crown = |id: u32, crown: bool, at: i64| {
        let at = Instant(at);
        format!(
            r#"{{"Node": {{"id": "x{id}", "root": false, "crown": {crown}}}, "source": {{"tool": "t"}}, "observed_at": "{at}"}}"#
        )
    };
    let mut most = 0;
    for id in 0..1500 {
        for crowned in [true, false] {
            let line = crown(id, crowned, bench.now);
            bench.commit(&line);
        }
        most = most.max(bench.live.derived().counts().0);
    }
    // The chain is still asked about, and what was asked since it was last looked through.
    assert!(most > 1000 && most <= 2 * LENGTH as usize + 1026, "{most}");
    assert_eq!(bench.commit(&link("end", 0, LENGTH - 1)), (0, 1));
    let cut =
        r#"{"retract": {"Link": "l1"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}"#;
    // All of the chain but its end hangs on its first link.
    assert_eq!(bench.commit(cut).0, (LENGTH / 10 - 1) as usize);
}
