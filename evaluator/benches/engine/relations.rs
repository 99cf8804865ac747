//! A graph that changes link by link, and what can be reached in it.

use std::time::{Duration, Instant};

use assize::Engine;
use assize::facts::{Instant as At, Line, Report, Retract, Source};

use crate::{memory, micros, millis, mix, one_of, percentile};

fn source() -> Source {
    Source { tool: "bench".to_owned(), ..Source::default() }
}

fn node(id: u32, nodes: u32, at: At) -> Line {
    Line::Report(
        Report::new("Node", source(), at)
            .with("id", format!("n{id}"))
            .with("entry", id < nodes / 1_000 + 1)
            .with("crown", mix(20, id, 1).is_multiple_of(100)),
    )
}

fn link(id: u32, nodes: u32, at: At) -> Line {
    let end = |what| format!("n{}", one_of(21, id, what, u64::from(nodes)));
    let report = Report::new("Link", source(), at).with("id", format!("l{id}"));
    Line::Report(report.with("source", end(1)).with("target", end(2)))
}

fn unlink(id: u32, at: At) -> Line {
    let (ty, key) = ("Link".to_owned(), format!("l{id}"));
    Line::Retract(Retract { ty, key, source: source(), observed_at: at })
}

/// Prints what one link more or less costs in a graph of so many nodes, four links each.
pub fn measure(nodes: u32) {
    let engine =
        Engine::builder().source("relations.assize", include_str!("relations.assize")).build().unwrap();
    let now: At = "2026-06-01T00:00:00Z".parse().unwrap();
    let links = nodes * 4;
    let mut loader = engine.loader();
    (0..nodes).for_each(|id| loader.add("bench", "", node(id, nodes, now)));
    (0..links).for_each(|id| loader.add("bench", "", link(id, nodes, now)));
    let snapshot = loader.finish();
    let before = memory::resident();
    let start = Instant::now();
    let mut writer = engine.writer(&snapshot, now);
    println!("a graph of {nodes} nodes and {links} links, a hundredth of them asked about");
    println!("  indexed, and everything decided   {}", millis(start.elapsed()));
    if let (Some(before), Some(after)) = (before, memory::resident()) {
        println!("  memory                            {} MB", after.saturating_sub(before) >> 20);
    }
    let (mut came, mut went, mut told): (Vec<Duration>, Vec<Duration>, usize) = <_>::default();
    for step in 0..10_000.min(links) {
        let at = At(now.0 + i64::from(step) + 1);
        let delete = step % 2 == 1;
        let line = if delete {
            unlink(one_of(22, step, 1, u64::from(links)), at)
        } else {
            link(links + step, nodes, at)
        };
        writer.add("bench", "", line);
        let start = Instant::now();
        told += writer.commit(at).changes.len();
        if delete { went.push(start.elapsed()) } else { came.push(start.elapsed()) }
    }
    println!("  {} links one by one, {told} decisions changed", came.len() + went.len());
    for (what, times) in [("a link more", &mut came), ("a link less", &mut went)] {
        times.sort_unstable();
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(times, share)));
        println!("    {what:<15} p50 {p50}, p90 {p90}, p99 {p99}");
    }
}
