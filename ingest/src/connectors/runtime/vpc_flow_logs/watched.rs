//! The coverage of each interface: records and `NODATA` say that it was watched, `SKIPDATA` that something was lost.

use std::collections::BTreeMap;

use assize::facts::Instant;

use super::record::{Record, Status};
use crate::Collector;
use crate::coverage::{Intervals, Watch, join};
use crate::logbook::Logbook;

/// The longest interval of a flow log, in microseconds: of interfaces with traffic there is a record in each.
const LONGEST: i64 = 10 * 60 * 1_000_000;

/// One interface.
#[derive(Debug, Default)]
struct Interface {
    /// When there were records, across what is shorter than the longest interval.
    seen: Intervals,
    skipped: Intervals,
}

/// All interfaces.
#[derive(Debug)]
pub struct Watched {
    interfaces: BTreeMap<String, Interface>,
    /// Records lost of which nobody can tell the interface. A record is written at the end of its interval.
    book: Logbook,
    accepted: bool,
    rejected: bool,
}

impl Default for Watched {
    fn default() -> Self {
        let book = Logbook::with_slack(LONGEST);
        Self { interfaces: BTreeMap::new(), book, accepted: false, rejected: false }
    }
}

impl Watched {
    /// A record that was read.
    pub fn seen(&mut self, record: &Record) {
        let interface = self.interfaces.entry(record.interface.clone()).or_default();
        join(&mut interface.seen, (record.start, record.end.max(record.start)), LONGEST);
        self.book.seen("", record.start);
        match record.status {
            Status::Skipped => interface.skipped.push((record.start, record.end)),
            Status::Flow(true) => self.accepted = true,
            Status::Flow(false) => self.rejected = true,
            Status::Nothing => {}
        }
    }

    /// A record that cannot be read: of which interface and when, nobody can tell.
    pub fn lost(&mut self) {
        self.book.lost(None, None);
    }

    /// When an interface was last heard of.
    pub fn end(&self, interface: &str) -> Option<Instant> {
        self.interfaces.get(interface)?.seen.last().map(|(_, until)| *until)
    }

    /// Adds the coverage and its holes. A log of accepted traffic alone, or of rejected alone, proves no absence.
    pub fn finish(self, facts: &mut Collector) {
        if self.accepted != self.rejected {
            facts.note(
                "the log has only accepted or only rejected traffic, so nothing is concluded from silence; it must be of \
                 both (`traffic-type` `ALL`)",
            );
            return;
        }
        let losses = self.book.losses();
        for (scope, interface) in self.interfaces {
            for (from, until) in interface.seen {
                Watch { signal: "network_flow", scope: &scope, from, until }.watched(facts, "");
            }
            for (from, until) in interface.skipped.into_iter().chain(losses.iter().copied()) {
                Watch { signal: "network_flow", scope: &scope, from, until }.lost(facts, "");
            }
        }
    }
}
