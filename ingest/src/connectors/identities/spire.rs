//! SPIRE registration entries: which workloads get which SPIFFE id.
//!
//! A SPIFFE id says nothing of the workload by its path: what ties it to a service account are the entry's
//! selectors.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::output::RunSpan;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys, time};

mod text;

/// Reads what `spire-server entry show` prints, as JSON and as text.
#[derive(Clone, Copy, Debug)]
pub struct Spire;

const NAME: &str = "spire";

impl Connector for Spire {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "SPIRE: registration entries, SPIFFE ids and the service accounts that get them"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "spire-server entry show -output json > spire-entries.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_all(&["entries[].spiffe_id", "entries[].selectors"])
            || (head.first_line().starts_with("Found ") && head.has_line("SPIFFE ID "))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let (mut entries, mut whole) = (Vec::new(), true);
        let source = json::text(input)?;
        if source.trim_start().starts_with("Found ") {
            let (found, said) = text::entries(source, &mut facts);
            whole = said == Some(found.len());
            entries = found;
        } else {
            let document = json::document(input)?;
            let read = Fields::of(&document).ok().filter(|it| it.has("entries"));
            let Some(answer) = read else {
                let expected = "it has no list `entries`, and does not begin with `Found`".to_owned();
                return Err(IngestError::NotThisFormat { tool: NAME, expected });
            };
            match answer.list("entries") {
                Ok(list) => {
                    for (index, value) in list.iter().enumerate() {
                        let place = format!("entries[{index}]");
                        match Entry::read(value, &place) {
                            Ok(entry) => entries.push(entry),
                            Err(bad) => facts.reject(place, bad),
                        }
                    }
                }
                Err(bad) => facts.reject("entries", bad),
            }
            whole &= !answer.text("next_page_token").is_ok_and(|token| token.is_some());
        }
        if !whole {
            facts.note("not all entries are in it: it proves no absence");
        }
        let at = context.time(None)?;
        report(&entries, context, at, whole, &mut facts);
        Ok(facts.finish())
    }
}

/// One entry.
#[derive(Debug, Default)]
struct Entry {
    place: String,
    id: String,
    domain: String,
    path: String,
    /// `type:value`, sorted.
    selectors: BTreeSet<String>,
    expires: Option<Instant>,
    created: Option<Instant>,
    /// May speak for the server, or run one below it.
    powerful: bool,
}

impl Entry {
    fn read(value: &Value, place: &str) -> Result<Self, Bad> {
        let entry = Fields::of(value)?;
        let mut selectors = BTreeSet::new();
        for selector in entry.list("selectors")? {
            let selector = Fields::of(selector)?;
            selectors.insert(format!("{}:{}", selector.need_text("type")?, selector.need_text("value")?));
        }
        let powerful = entry.bool("admin")?.unwrap_or(false) || entry.bool("downstream")?.unwrap_or(false);
        Ok(Self {
            place: place.to_owned(),
            id: entry.text("id")?.unwrap_or("").to_owned(),
            domain: entry.need_text("spiffe_id.trust_domain")?.to_owned(),
            path: entry.text("spiffe_id.path")?.unwrap_or("").to_owned(),
            selectors,
            expires: seconds(entry, "expires_at")?,
            created: seconds(entry, "created_at")?,
            powerful,
        })
    }

    /// The SPIFFE id.
    fn key(&self) -> String {
        format!("spiffe://{}{}", self.domain, self.path)
    }

    /// The service account that its selectors name, and whether they ask for nothing besides.
    fn account(&self, cluster: &str) -> Option<(String, bool)> {
        let one = |prefix: &str| self.selectors.iter().find_map(|it| it.strip_prefix(prefix));
        let (namespace, account) = (one("k8s:ns:")?, one("k8s:sa:")?);
        Some((keys::service_account(cluster, namespace, account), self.selectors.len() == 2))
    }
}

/// Seconds since 1970, as a text or a number; 0 is never.
fn seconds(entry: Fields<'_>, field: &str) -> Result<Option<Instant>, Bad> {
    let count = match entry.get(field) {
        None => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_i64(),
    };
    let count = count.ok_or_else(|| Bad::field(field, "is no number of seconds"))?;
    Ok(time::seconds(count).filter(|at| at.0 > 0))
}

/// Reports the ids, who gets them, and the runs.
fn report(entries: &[Entry], context: &Context, at: Instant, whole: bool, facts: &mut Collector) {
    let mut domains = BTreeSet::new();
    let mut ids: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        domains.insert(entry.domain.as_str());
        ids.entry(entry.key()).or_default().push(entry);
    }
    // Who gets which id, over all entries: one service account with one id of its own is that id.
    let cluster = context.cluster.as_deref();
    let mut gets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in entries {
        if let Some((account, _)) = cluster.and_then(|cluster| entry.account(cluster)) {
            gets.entry(account).or_default().insert(entry.key());
        }
    }
    for (id, entries) in &ids {
        let mut accounts = BTreeSet::new();
        let mut only_accounts = true;
        for entry in entries {
            match cluster.and_then(|cluster| entry.account(cluster)) {
                Some((account, alone)) => {
                    only_accounts &= alone && entry.expires.is_none();
                    accounts.insert(account);
                }
                None => only_accounts = false,
            }
        }
        let one = accounts.first().filter(|account| gets.get(*account).is_some_and(|ids| ids.len() == 1));
        match one {
            Some(account) if only_accounts && accounts.len() == 1 => {
                // What it is called and where it lives, the cluster says.
                let place = entries.first().map_or("", |entry| entry.place.as_str());
                facts.same_as("Identity", id, account, place, at);
            }
            _ => {
                identity(id, entries, at, facts);
                entries.iter().for_each(|entry| trust(id, entry, cluster, at, facts));
            }
        }
        grant(id, entries, at, facts);
    }
    if cluster.is_none() && entries.iter().any(|entry| entry.account("").is_some()) {
        facts.note("entries name service accounts, and nobody says of which cluster: give `--cluster`");
    }
    for domain in domains {
        facts.run(&RunSpan { types: &["Identity"], scope: domain, from: at, until: at, complete: whole });
    }
}

/// Adds the id.
fn identity(id: &str, entries: &[&Entry], at: Instant, facts: &mut Collector) {
    let Some(first) = entries.first() else { return };
    let powerful = entries.iter().any(|entry| entry.powerful);
    // It lives as long as one of its entries does.
    let ends: Option<Option<Instant>> =
        entries.iter().map(|entry| entry.expires).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)));
    let ended = ends.flatten();
    let report = facts
        .report("Identity", id, &first.place, at)
        .with("name", if first.path.is_empty() { first.domain.as_str() } else { first.path.as_str() })
        .with("kind", "spiffe")
        .with("account", first.domain.as_str())
        .with("nonhuman", true)
        .with("status", if ended.is_some_and(|end| end <= at) { "deleted" } else { "enabled" })
        .with_known("created_at", entries.iter().filter_map(|it| it.created).min().map(|at| at.to_string()))
        .with("ended_at", ended.map_or(Value::Null, |end| end.to_string().into()))
        .with_known("level", powerful.then_some("total"));
    facts.push(report);
}

/// Adds what an id may do that speaks for the server, or runs one below it.
fn grant(id: &str, entries: &[&Entry], at: Instant, facts: &mut Collector) {
    if let Some(first) = entries.iter().find(|entry| entry.powerful) {
        let key = keys::natural(&[id, "server", "admin"]);
        let report = facts
            .report("Grant", &key, &first.place, at)
            .with("subject", id)
            .with("action", "server:admin")
            .with("resource", format!("spiffe://{}", first.domain))
            .with("effect", "allow")
            .with("level", "total")
            .with("dangerous", true)
            .with("condition", Value::Null);
        facts.push(report);
    }
}

/// Adds who may get the id by an entry, where that is a service account.
fn trust(id: &str, entry: &Entry, cluster: Option<&str>, at: Instant, facts: &mut Collector) {
    let Some((account, _)) = cluster.and_then(|cluster| entry.account(cluster)) else { return };
    let others = entry.selectors.iter().filter(|it| !it.starts_with("k8s:ns:") && !it.starts_with("k8s:sa:"));
    let others = others.cloned().collect::<Vec<_>>().join(", ");
    let report = facts
        .report("Trust", &keys::natural(&[id, &account, &entry.id]), &entry.place, at)
        .with("source", account)
        .with("target", id)
        .with("condition", if others.is_empty() { Value::Null } else { others.into() });
    facts.push(report);
}

/// The field that a text must have.
fn need<'a>(fields: &BTreeMap<&str, Vec<&'a str>>, name: &'static str) -> Result<&'a str, Bad> {
    fields.get(name).and_then(|all| all.first()).copied().ok_or_else(|| missing(name))
}

#[cfg(test)]
mod tests;
