//! The coverage that a file proves: from its first management event to its last, account by account, and
//! the holes in it.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;

use super::event::Event;
use crate::Collector;
use crate::coverage::Watch;
use crate::outcome::Outcome;
use crate::reads::Holder;

/// The services that hold secrets.
const SERVICES: [&str; 2] = ["secretsmanager", "ssm"];

/// Event times are whole seconds.
const SECOND: i64 = 1_000_000;

/// What a file has watched.
#[derive(Default)]
pub struct Watched {
    accounts: BTreeMap<String, Account>,
    /// Records lost whose account nobody can tell, with their times.
    lost_anywhere: Vec<Option<Instant>>,
    regions: BTreeSet<String>,
}

#[derive(Default)]
struct Account {
    span: Option<(Instant, Instant)>,
    lost: Vec<Option<Instant>>,
    stopped: Vec<Instant>,
    started: Vec<Instant>,
}

impl Watched {
    /// An event that was read.
    pub fn event(&mut self, event: &Event<'_>) {
        let Some(name) = &event.account else { return self.lost(None, Some(event.at)) };
        let account = self.accounts.entry(name.clone()).or_default();
        if event.management {
            let (from, until) = account.span.unwrap_or((event.at, event.at));
            account.span = Some((from.min(event.at), until.max(event.at)));
            if let Ok(Some(region)) = event.fields.text("awsRegion") {
                self.regions.insert(region.to_owned());
            }
        }
        if event.outcome == Outcome::Success {
            if blinds(event) {
                account.stopped.push(event.at);
            } else if event.action == "cloudtrail:StartLogging" {
                account.started.push(event.at);
            }
        }
    }

    /// An event that was seen and could not be read.
    pub fn lost(&mut self, account: Option<&str>, at: Option<Instant>) {
        match account {
            Some(name) => self.accounts.entry(name.to_owned()).or_default().lost.push(at),
            None => self.lost_anywhere.push(at),
        }
    }

    /// Adds the coverage and its holes.
    pub fn finish(self, facts: &mut Collector) {
        for (scope, account) in &self.accounts {
            let Some((from, until)) = account.span else { continue };
            let watch = Watch { signal: "cloud_mgmt", scope, from, until };
            watch.watched(facts, "");
            // Reads of secrets are among the management events.
            let holders = SERVICES.map(|service| Holder::aws(service, scope).key);
            let reads: Vec<Watch<'_>> =
                holders.iter().map(|scope| Watch { signal: "secret_access", scope, ..watch }).collect();
            reads.iter().for_each(|watch| watch.watched(facts, ""));
            let holes = account.lost.iter().chain(&self.lost_anywhere).map(|at| match at {
                Some(at) => (*at, at.plus(SECOND)),
                None => (from, until),
            });
            let stops = account.stopped.iter().map(|stop| {
                let resumed = account.started.iter().filter(|start| *start > stop).min();
                (*stop, *resumed.unwrap_or(&until))
            });
            for (from, until) in holes.chain(stops) {
                for watch in std::iter::once(&watch).chain(&reads) {
                    Watch { from, until, ..*watch }.lost(facts, "");
                }
            }
        }
        if let (Some(region), 1) = (self.regions.first(), self.regions.len()) {
            let region: String = region.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            facts.note(format!(
                "every event is of region {region}; the coverage holds only if the account is used in no other \
                 or if the file is of all of them"
            ));
        }
    }
}

/// Whether a call stops the log or takes events out of it.
fn blinds(event: &Event<'_>) -> bool {
    match event.action.as_str() {
        "cloudtrail:StopLogging" | "cloudtrail:DeleteTrail" | "cloudtrail:PutEventSelectors" => true,
        "cloudtrail:UpdateTrail" => {
            let narrows = |name: &str| {
                let path = format!("requestParameters.{name}");
                matches!(event.fields.bool(&path), Ok(Some(false)))
            };
            narrows("isMultiRegionTrail") || narrows("includeGlobalServiceEvents")
        }
        _ => false,
    }
}
