//! The sensor's own lines, and the coverage that they prove.
//!
//! A metrics snapshot says that the sensor of one node runs, since when, and how much it has dropped. A
//! cluster is watched while the sensor of every node that the input names is.

use std::collections::BTreeMap;

use assize::facts::Instant;

use super::alert::Alert;
use crate::Collector;
use crate::coverage::{Intervals, Watch, shared};
use crate::fields::{Bad, missing};
use crate::time;

/// The counter of the rule that logs executions, in a snapshot with `rules_counters_enabled`.
const EXECUTION_COUNTER: &str = "falco.rules.Execution_log";

/// One metrics snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Beat {
    at: Instant,
    start: Instant,
    drops: i64,
    /// What the counter stood at before, where the line says so.
    drops_before: Option<i64>,
    logs_executions: bool,
}

/// One node.
#[derive(Debug, Default)]
struct Host {
    /// The first line of it in this input. What was before is in another.
    first: Option<Instant>,
    beats: Vec<Beat>,
}

/// All that the input says of its sensors.
#[derive(Debug, Default)]
pub struct Heartbeats {
    hosts: BTreeMap<String, Host>,
    /// When something was seen and lost.
    lost: Vec<(Instant, Instant)>,
    /// The last line's time, and whether lines without a time came since.
    last: Option<Instant>,
    pending: bool,
}

impl Heartbeats {
    /// A line, whatever it says.
    pub fn seen(&mut self, alert: &Alert<'_>) {
        let host = self.hosts.entry(alert.host.to_owned()).or_default();
        host.first = Some(host.first.map_or(alert.at, |first| first.min(alert.at)));
        if std::mem::take(&mut self.pending) {
            let from = self.last.unwrap_or(alert.at).min(alert.at);
            self.lost.push((from, alert.at));
        }
        self.last = Some(alert.at);
    }

    /// Something was lost at an instant.
    pub fn lost(&mut self, at: Instant) {
        self.lost.push((at, at.plus(1)));
    }

    /// A line whose time cannot be read: what it said was between the lines around it.
    pub const fn lost_somewhere(&mut self) {
        self.pending = true;
    }

    /// A line of the sensor about itself.
    pub fn internal(&mut self, what: &str, alert: &Alert<'_>) -> Result<(), Bad> {
        if what.starts_with("syscall event drop") {
            self.lost(alert.at);
            return Ok(());
        }
        let watched = alert.fields.text("evt.source")?.unwrap_or("syscall");
        if what != "metrics snapshot" || watched != "syscall" {
            return Ok(());
        }
        let number = |name: &str| alert.fields.int(name);
        let start = match (number("falco.start_ts")?, number("falco.duration_sec")?) {
            (Some(nanos), _) => time::nanos(nanos),
            (None, Some(seconds)) => alert.at.plus(seconds.saturating_mul(-1_000_000)),
            (None, None) => return Err(missing("output_fields.falco.duration_sec")),
        };
        let queue = number("falco.outputs_queue_num_drops")?.unwrap_or(0);
        let percent = alert.fields.double("scap.n_drops_perc")?.unwrap_or(0.0);
        let (kernel, before) = (number("scap.n_drops")?, number("scap.n_drops_prev")?);
        let beat = Beat {
            at: alert.at,
            start,
            drops: kernel.unwrap_or(0).saturating_add(queue),
            drops_before: before.map(|before| before.saturating_add(queue)),
            logs_executions: alert.fields.has(EXECUTION_COUNTER),
        };
        let host = self.hosts.entry(alert.host.to_owned()).or_default();
        if kernel.is_none() && percent > 0.0 {
            let since = host.beats.last().map_or(start, |last| last.at);
            self.lost.push((since, alert.at));
        }
        host.beats.push(beat);
        Ok(())
    }

    /// Adds the coverage and its holes.
    pub fn finish(mut self, cluster: &str, facts: &mut Collector) {
        let (mut alerts, mut executions) = (Vec::new(), Vec::new());
        let mut silent = 0_usize;
        for host in self.hosts.values_mut() {
            host.beats.sort_unstable();
            silent = silent.saturating_add(usize::from(host.beats.is_empty()));
            alerts.push(host.watched(|_| true));
            executions.push(host.watched(|beat| beat.logs_executions));
            host.drops(&mut self.lost);
        }
        let count = self.hosts.len();
        if silent > 0 {
            facts.note(format!(
                "{silent} of {count} nodes have no metrics snapshot, so nothing is concluded from silence; \
                 turn `metrics.enabled` and `metrics.output_rule` on"
            ));
        }
        if self.pending
            && let Some(last) = self.last
        {
            self.lost.push((last, self.end().max(last)));
        }
        for (signal, watchers) in [("runtime_alert", alerts), ("process_exec", executions)] {
            let intervals = shared(watchers);
            for (from, until) in &intervals {
                Watch { signal, scope: cluster, from: *from, until: *until }.watched(facts, "");
            }
            if intervals.is_empty() {
                continue;
            }
            for (from, until) in &self.lost {
                Watch { signal, scope: cluster, from: *from, until: *until }.lost(facts, "");
            }
        }
    }

    fn end(&self) -> Instant {
        let beats = self.hosts.values().flat_map(|host| &host.beats);
        beats.map(|beat| beat.at).max().unwrap_or_default()
    }
}

impl Host {
    /// When it was watched, by the snapshots of each run of the sensor that all fulfil something. What was
    /// before the first line is in another input.
    fn watched(&self, fits: impl Fn(&Beat) -> bool) -> Intervals {
        let mut intervals: Intervals = Vec::new();
        let first = self.first.unwrap_or_default();
        for run in self.beats.chunk_by(same_run) {
            let Some((start, end)) = run.first().map(|it| it.start).zip(run.last().map(|it| it.at)) else {
                continue;
            };
            if run.iter().all(&fits) {
                intervals.push((start.max(first), end));
            }
        }
        intervals.retain(|(from, until)| from < until);
        intervals
    }

    /// The times between two snapshots in which more was dropped.
    fn drops(&self, lost: &mut Intervals) {
        for run in self.beats.chunk_by(same_run) {
            let mut since = run.first().map(|beat| (beat.start, beat.drops_before.unwrap_or(0)));
            for beat in run {
                if let Some((from, before)) = since
                    && beat.drops > before
                {
                    lost.push((from.max(self.first.unwrap_or(from)), beat.at));
                }
                since = Some((beat.at, beat.drops));
            }
        }
    }
}

/// Whether two snapshots are of one run of the sensor. Older versions give its age in whole seconds.
const fn same_run(one: &Beat, next: &Beat) -> bool {
    one.start.0.abs_diff(next.start.0) <= 2_000_000
}
