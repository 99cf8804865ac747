//! The coverage that the exports of all nodes prove.
//!
//! Each node's sensor writes its own export. A cluster is watched while every node that the input names is:
//! from the latest of their first events to the earliest of their last ones.
//!
//! The model's signal is of processes started *and* libraries opened. Without a probe on opened libraries
//! silence would say of each that it does not run, so there is no coverage then.

use std::collections::BTreeMap;

use assize::facts::Instant;

use super::event::Event;
use crate::Collector;
use crate::coverage::{Intervals, Watch, shared};

/// Dropped events are reported at the end of the minute in which they were dropped.
const REPORT_INTERVAL: i64 = 60 * 1_000_000;

/// All that the input says of its sensors.
#[derive(Debug, Default)]
pub struct Spans {
    nodes: BTreeMap<String, (Instant, Instant)>,
    lost: Intervals,
    /// Since when events are held back, by node and group of processes.
    throttled: BTreeMap<(String, String), Instant>,
    last: Option<Instant>,
    pending: bool,
    libraries: bool,
}

impl Spans {
    /// An event that was read.
    pub fn seen(&mut self, event: &Event<'_>) {
        if event.found {
            // Its time is the process's start, which nobody watched.
            return;
        }
        let at = event.at;
        let (first, last) = self.nodes.entry(event.node.to_owned()).or_insert((at, at));
        (*first, *last) = (at.min(*first), at.max(*last));
        if std::mem::take(&mut self.pending) {
            self.lost.push((self.last.unwrap_or(at).min(at), at));
        }
        self.last = Some(at);
        if event.dropped() {
            self.lost.push((at.plus(-REPORT_INTERVAL), at));
        }
        if let Some((group, start)) = event.throttle() {
            let key = (event.node.to_owned(), group.to_owned());
            if start {
                self.throttled.entry(key).or_insert(at);
            } else {
                // Without its start it began before the input does.
                let since = self.throttled.remove(&key).unwrap_or_else(|| self.from());
                self.lost.push((since, at));
            }
        }
    }

    /// A library that was seen being opened: a probe watches for them.
    pub const fn library(&mut self) {
        self.libraries = true;
    }

    /// Something was lost at an instant.
    pub fn lost(&mut self, at: Instant) {
        self.lost.push((at, at.plus(1)));
    }

    /// A line that cannot be read: what it said was between the lines around it.
    pub const fn lost_somewhere(&mut self) {
        self.pending = true;
    }

    fn from(&self) -> Instant {
        self.nodes.values().map(|(first, _)| *first).min().unwrap_or_default()
    }

    /// Adds the coverage and its holes.
    pub fn finish(mut self, cluster: &str, facts: &mut Collector) {
        let end = self.nodes.values().map(|(_, last)| *last).max().unwrap_or_default();
        self.lost.extend(self.throttled.values().map(|since| (*since, end)));
        if self.pending {
            self.lost.push((self.last.unwrap_or(end), end));
        }
        let intervals = shared(self.nodes.values().map(|span| vec![*span]));
        if !self.libraries && !intervals.is_empty() {
            facts.note(
                "no probe reports opened libraries, so nothing is concluded from silence; see the connector's page for \
                 a policy that does",
            );
            return;
        }
        for (from, until) in &intervals {
            Watch { signal: "process_exec", scope: cluster, from: *from, until: *until }.watched(facts, "");
            for (lost, found) in &self.lost {
                Watch { signal: "process_exec", scope: cluster, from: *lost, until: *found }.lost(facts, "");
            }
        }
        if intervals.is_empty() && self.nodes.len() > 1 {
            facts.note(
                "the exports of the nodes have no time in common, so nothing is concluded from silence",
            );
        }
    }
}
