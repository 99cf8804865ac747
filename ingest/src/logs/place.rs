//! Where a runtime sensor saw something happen, and what started there.

use assize::facts::{Instant, Report};

use crate::{Collector, component};

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Outside of any container.
    Host,
    /// In a container of which the sensor knows no pod: it just started, or somebody hides it.
    Container,
    /// In a pod.
    Pod {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
}

/// What started in a workload, or which library it opened: by the file's path.
#[must_use]
pub fn execution(
    facts: &Collector,
    key: &str,
    record: &str,
    at: Instant,
    workload: &str,
    path: &str,
) -> Report {
    facts
        .report("Execution", key, record, at)
        .with("workload", workload)
        .with("at", at.to_string())
        .with("path", path)
        .with("component", component::of_path(path))
}

/// Says how many events on hosts were left out.
pub fn note_hosts(facts: &mut Collector, count: usize) {
    if count > 0 {
        facts.note(format!("events on hosts, which are no workloads, were left out: {count}"));
    }
}
