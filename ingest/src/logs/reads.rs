//! What connectors share of secrets that are held, and read there: who holds them, and the `SecretRead` of each.

use std::collections::BTreeMap;

use assize::facts::{Instant, Report};

use crate::Collector;

/// Who holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its key.
    pub key: String,
    name: String,
    kind: &'static str,
}

impl Holder {
    /// A Vault, by the name that the caller gives it.
    #[must_use]
    pub fn vault(account: &str) -> Self {
        Self { key: format!("vault:{account}"), name: account.to_owned(), kind: "vault" }
    }

    /// A cluster, by its objects of kind `Secret`.
    #[must_use]
    pub fn cluster(cluster: &str) -> Self {
        Self { key: format!("k8s:{cluster}"), name: cluster.to_owned(), kind: "cluster" }
    }

    /// A service of AWS that holds secrets, in all regions of an account.
    #[must_use]
    pub fn aws(service: &str, account: &str) -> Self {
        let (key, name) = (format!("arn:aws:{service}::{account}"), format!("{service} of {account}"));
        Self { key, name, kind: "vault" }
    }

    /// The Secret Manager of a project of Google Cloud.
    #[must_use]
    pub fn google(project: &str) -> Self {
        let key = format!("//secretmanager.googleapis.com/projects/{project}");
        Self { key, name: format!("secretmanager of {project}"), kind: "vault" }
    }
}

/// The holders that an input tells of, each with its newest record.
#[derive(Debug, Default)]
pub struct Holders(BTreeMap<Holder, (Instant, String)>);

impl Holders {
    /// A read of a value, or an attempt at one: its report, which the caller completes.
    pub fn read(&mut self, holder: Holder, id: &str, place: &str, at: Instant, facts: &Collector) -> Report {
        let report = facts
            .report("SecretRead", id, place, at)
            .with("holder", holder.key.as_str())
            .with("at", at.to_string());
        self.seen(holder, place, at);
        report
    }

    /// A record that is of a holder.
    pub fn seen(&mut self, holder: Holder, place: &str, at: Instant) {
        let newest = self.0.entry(holder).or_insert_with(|| (at, place.to_owned()));
        if newest.0 < at {
            *newest = (at, place.to_owned());
        }
    }

    /// Whether there is any record of a holder.
    #[must_use]
    pub fn knows(&self, holder: &Holder) -> bool {
        self.0.contains_key(holder)
    }

    /// Adds the holders.
    pub fn finish(self, facts: &mut Collector) {
        for (Holder { key, name, kind }, (at, place)) in self.0 {
            let report = facts.report("Holder", &key, &place, at).with("name", name).with("kind", kind);
            facts.push(report);
        }
    }
}
