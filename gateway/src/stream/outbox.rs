//! What became of decisions, on disk until everybody has heard of it.
//!
//! | table | holds |
//! | --- | --- |
//! | `stream.events` | changes by number, as [`Event`] |
//! | `stream.standing` | of each decision that was told, how it was told last, and whether it was lost since |
//! | `stream.cursors` | of each receiver, the last number that it has taken |
//! | `stream.numbers` | the next number, and the name of the store |
//!
//! What stands is told on disk too: whatever happens while the server is down, or between facts that were written
//! and changes that were not, is told when it begins again, by what is different.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize::facts::Instant;
use assize::{ChangeKind, DecisionDelta, Evaluation};
use redb::{ReadableTable, TableDefinition, WriteTransaction};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::facts::disk::Disk;
use crate::facts::error::StoreError;
use crate::facts::log::{json as bytes, maybe, parsed};

const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("stream.events");
const STANDING: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("stream.standing");
const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("stream.cursors");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("stream.numbers");

/// How many changes are kept for those who have not heard of them.
pub const KEPT: u64 = 100_000;

/// One change of one decision, as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: later ones are greater. Nought in what is not written yet.
    #[serde(default)]
    pub id: u64,
    /// `made`, `changed`, `withdrawn` or `lost`.
    pub change: String,
    /// When.
    pub at: Instant,
    /// What did it.
    pub by: Value,
    /// The decision as it is now; none where it is withdrawn or lost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<Value>,
    /// The decision as it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was: Option<Value>,
    /// For what is lost: what cannot be told any more, and what is missing for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undetermined: Option<Value>,
    /// Who owns what is decided on, as the facts say now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Who owned it when the decision was told last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner_was: Option<String>,
}

impl Event {
    /// The decision that it is about: as it is, or as it was.
    #[must_use]
    pub fn about(&self) -> Option<&Value> {
        self.decision.as_ref().or(self.was.as_ref())
    }

    /// Who owns it: what an outcome says, else the facts.
    #[must_use]
    pub fn whose(&self) -> Option<String> {
        let said = self.about().and_then(super::route::owner);
        let facts = if self.decision.is_some() { &self.owner } else { &self.owner_was };
        said.or_else(|| facts.clone())
    }

    /// The decision's id.
    #[must_use]
    pub fn decision_id(&self) -> &str {
        self.about().and_then(|decision| decision.get("id")?.as_str()).unwrap_or_default()
    }

    /// What an engine says.
    #[must_use]
    pub fn of(delta: &DecisionDelta) -> Vec<Self> {
        delta
            .changes
            .iter()
            .map(|change| Self {
                id: 0,
                change: change.change.as_str().to_owned(),
                at: change.at,
                by: shown(&change.by),
                decision: change.decision.as_ref().map(shown),
                was: change.was.as_ref().map(shown),
                undetermined: change.undetermined.as_ref().map(shown),
                owner: None,
                owner_was: None,
            })
            .collect()
    }
}

/// Anything as JSON.
fn shown<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// How a decision was told last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    decision: Value,
    lost: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    owner: Option<String>,
}

/// The changes that were told, and who has heard of them.
#[derive(Clone, Debug)]
pub struct Outbox {
    disk: Arc<Disk>,
    kept: u64,
    store: Arc<str>,
    latest: watch::Sender<u64>,
    over: watch::Sender<bool>,
}

impl Outbox {
    /// The outbox in a file, keeping so many changes.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn new(disk: Arc<Disk>, kept: u64) -> Result<Self, StoreError> {
        let mut random = [0_u8; 8];
        if SystemRandom::new().fill(&mut random).is_err() {
            random = crate::facts::clock::wall().0.to_be_bytes();
        }
        let (next, store) = disk.write(|write| {
            write.open_table(EVENTS)?;
            write.open_table(STANDING)?;
            write.open_table(CURSORS)?;
            let mut numbers = write.open_table(NUMBERS)?;
            let next = numbers.get("next")?.map_or(1, |next| next.value());
            let found = numbers.get("store")?.map(|store| store.value());
            let store = found.unwrap_or(u64::from_be_bytes(random));
            numbers.insert("store", store)?;
            Ok((next, store))
        })?;
        let latest = watch::Sender::new(next.saturating_sub(1));
        Ok(Self {
            disk,
            kept: kept.max(1),
            store: format!("{store:016x}").into(),
            latest,
            over: watch::Sender::new(false),
        })
    }

    /// Writes changes; whoever waits is told once they are on disk.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails; then none of them is told.
    pub fn tell(&self, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let last = self.disk.write(|write| self.put(write, events))?;
        self.latest.send_replace(last);
        Ok(())
    }

    fn put(&self, write: &WriteTransaction, events: &[Event]) -> Result<u64, redb::Error> {
        let mut numbers = write.open_table(NUMBERS)?;
        let mut next = numbers.get("next")?.map_or(1, |next| next.value());
        let mut log = write.open_table(EVENTS)?;
        let mut standing = write.open_table(STANDING)?;
        for event in events {
            let id = event.decision_id();
            let before: Option<Told> =
                standing.get(id)?.map(|told| parsed(told.value(), "a decision")).transpose()?;
            let owner_was = before.and_then(|told| told.owner);
            let numbered = Event { id: next, owner_was: owner_was.clone(), ..event.clone() };
            log.insert(next, bytes(&numbered)?.as_slice())?;
            match (event.change.as_str(), event.about()) {
                ("withdrawn", _) | (_, None) => {
                    standing.remove(id)?;
                }
                (change, Some(decision)) => {
                    let lost = change == "lost";
                    // Whose it was it is, as far as anybody can tell.
                    let owner = if lost { owner_was } else { event.owner.clone() };
                    let told = Told { decision: decision.clone(), lost, owner };
                    standing.insert(id, bytes(&told)?.as_slice())?;
                }
            }
            next = next.saturating_add(1);
        }
        log.retain_in(..next.saturating_sub(self.kept), |_, _| false)?;
        numbers.insert("next", next)?;
        Ok(next.saturating_sub(1))
    }

    /// What is different in `now` from what was told last; `by` says what did it. Also how many decisions were
    /// lost before and can still not be told: only asking again finds out about those.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn difference(&self, now: &Evaluation, by: &Value) -> Result<(Vec<Event>, usize), StoreError> {
        let mut told: BTreeMap<String, Told> = self.disk.read(|read| {
            let Some(standing) = maybe(read.open_table(STANDING))? else { return Ok(BTreeMap::new()) };
            let mut out = BTreeMap::new();
            for entry in standing.iter()? {
                let (id, told) = entry?;
                out.insert(id.value().to_owned(), parsed(told.value(), "a decision")?);
            }
            Ok(out)
        })?;
        let blank = |change: ChangeKind| Event {
            id: 0,
            change: change.as_str().to_owned(),
            at: now.now,
            by: by.clone(),
            decision: None,
            was: None,
            undetermined: None,
            owner: None,
            owner_was: None,
        };
        let mut out = Vec::new();
        for decision in &now.decisions {
            let is = shown(decision);
            let was = told.remove(&decision.id);
            match was {
                Some(was) if !was.lost && gist(&was.decision) == gist(&is) => {}
                Some(was) if !was.lost => {
                    let was = Some(was.decision);
                    out.push(Event { decision: Some(is), was, ..blank(ChangeKind::Changed) });
                }
                _ => out.push(Event { decision: Some(is), ..blank(ChangeKind::Made) }),
            }
        }
        let open = Open::new(now);
        let mut still = 0_usize;
        for was in told.into_values() {
            match open.of(&was.decision) {
                Some(_) if was.lost => still = still.saturating_add(1),
                Some(open) => {
                    let undetermined = Some(open.clone());
                    out.push(Event { was: Some(was.decision), undetermined, ..blank(ChangeKind::Lost) });
                }
                None => out.push(Event { was: Some(was.decision), ..blank(ChangeKind::Withdrawn) }),
            }
        }
        Ok((out, still))
    }

    /// The name of this store, like no other's: with it a change's number is one of a kind.
    #[must_use]
    pub fn store(&self) -> &str {
        &self.store
    }

    /// The number of the last change.
    #[must_use]
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Whoever listens is to go: the server is ending.
    pub fn end(&self) {
        self.over.send_replace(true);
    }

    /// Waits for the end.
    #[must_use]
    pub fn ended(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    /// Waits for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// The changes after number `after`, at most `most`, and whether some between were let go of already.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn after(&self, after: u64, most: usize) -> Result<(Vec<Event>, bool), StoreError> {
        self.disk.read(|read| {
            let Some(log) = maybe(read.open_table(EVENTS))? else { return Ok((Vec::new(), false)) };
            let mut out: Vec<Event> = Vec::new();
            for entry in log.range(after.saturating_add(1)..)?.take(most) {
                out.push(parsed(entry?.1.value(), "a change")?);
            }
            let first = out.first().map(|event| event.id);
            Ok((out, first.is_some_and(|first| first > after.saturating_add(1))))
        })
    }

    /// The last number that a receiver has taken; none where it is new.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn cursor(&self, receiver: &str) -> Result<Option<u64>, StoreError> {
        self.disk.read(|read| {
            let Some(cursors) = maybe(read.open_table(CURSORS))? else { return Ok(None) };
            Ok(cursors.get(receiver)?.map(|at| at.value()))
        })
    }

    /// Notes the last number that a receiver has taken.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn set_cursor(&self, receiver: &str, at: u64) -> Result<(), StoreError> {
        self.disk.write(|write| {
            write.open_table(CURSORS)?.insert(receiver, at)?;
            Ok(())
        })
    }
}

/// The cases that cannot be told, by what they are found by.
struct Open {
    ids: BTreeMap<String, Value>,
    /// Of those of which it is not known what they are joined with: the policy and the first binding.
    incomplete: BTreeSet<(String, String)>,
}

impl Open {
    fn new(now: &Evaluation) -> Self {
        let mut out = Self { ids: BTreeMap::new(), incomplete: BTreeSet::new() };
        for one in &now.undetermined {
            let value = shown(one);
            if one.incomplete {
                out.incomplete.insert(head(&value));
            }
            out.ids.insert(one.id.clone(), value);
        }
        out
    }

    fn of(&self, was: &Value) -> Option<Value> {
        let id = was.get("id").and_then(Value::as_str).unwrap_or_default();
        let incomplete = || self.incomplete.contains(&head(was)).then(|| json!({"incomplete": true}));
        self.ids.get(id).cloned().or_else(incomplete)
    }
}

/// The policy and the first binding.
fn head(decision: &Value) -> (String, String) {
    let policy = decision.get("policy").and_then(Value::as_str).unwrap_or_default();
    let first = decision.get("anchor").and_then(Value::as_object).and_then(|anchor| anchor.values().next());
    (policy.to_owned(), first.map(ToString::to_string).unwrap_or_default())
}

/// What makes a decision another one: not its texts, nor the instants up to which something holds.
fn gist(decision: &Value) -> Value {
    let some = |value: Option<&Value>, names: &[&str]| -> Vec<Value> {
        let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .map(|one| names.iter().map(|name| one.get(name).cloned().unwrap_or_default()).collect())
            .collect()
    };
    let of = |name: &str| decision.get(name).cloned().unwrap_or_default();
    json!([
        of("arm"),
        of("mode"),
        of("outcomes"),
        of("could_be"),
        of("waived_by"),
        of("missing_more"),
        some(decision.get("unresolved"), &["kind", "target"]),
        some(decision.get("missing"), &["cause", "fact", "field", "signal", "scope"]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn outbox(kept: u64) -> (tempfile::TempDir, Outbox) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(&folder.path().join("facts.redb")).unwrap();
        (folder, Outbox::new(Arc::new(disk), kept).unwrap())
    }

    fn short(events: &[Event]) -> Vec<String> {
        let mut out: Vec<String> = events
            .iter()
            .map(|event| {
                let about = event.about().unwrap();
                format!("{} {}", event.change, about["anchor"]["k"]["Key"].as_str().unwrap())
            })
            .collect();
        out.sort();
        out
    }

    #[test]
    fn what_is_told_is_numbered_and_kept_for_those_who_come_late() {
        let (_folder, outbox) = outbox(3);
        let engine = testing::engine();
        let now = testing::START.parse().unwrap();
        let mut writer = engine.writer(&engine.loader().finish(), now);
        let mut tell = |lines: &[String]| {
            lines.iter().for_each(|line| writer.line("x", 1, line));
            let delta = writer.commit(now);
            outbox.tell(&Event::of(&delta)).unwrap();
        };
        tell(&[testing::key("a", 200), testing::key("b", 100)]);
        let first = outbox.after(0, 10).unwrap().0;
        assert_eq!(first.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(short(&first), ["made a", "made b"]);
        tell(&[testing::key_at("a", 100, "2026-06-01T00:00:00Z"), testing::key("c", 100)]);
        let (events, gap) = outbox.after(0, 10).unwrap();
        assert!(gap, "the first ones were let go of");
        assert_eq!(events.len(), 3);
        assert_eq!(outbox.after(3, 10).unwrap().0.len(), 1);
        assert!(!outbox.after(2, 10).unwrap().1);
        assert_eq!(outbox.latest(), 4);
        assert_eq!(outbox.cursor("hook").unwrap(), None);
        outbox.set_cursor("hook", 3).unwrap();
        assert_eq!(outbox.cursor("hook").unwrap(), Some(3));
    }

    #[test]
    fn what_became_of_decisions_meanwhile_is_told_by_what_is_different() {
        let (_folder, outbox) = outbox(100);
        let engine = testing::engine();
        let at = |lines: &[String], now: &str| {
            let mut loader = engine.loader();
            lines.iter().for_each(|line| loader.line("x", 1, line));
            engine.evaluate(&loader.finish(), now.parse().unwrap())
        };
        let by = json!({"restart": true});
        let tell = |now: &Evaluation| {
            let (events, still) = outbox.difference(now, &by).unwrap();
            let first = outbox.latest();
            outbox.tell(&events).unwrap();
            (short(&outbox.after(first, 10).unwrap().0), still)
        };
        let all = [testing::key("a", 200), testing::key("b", 100), testing::key("c", 1)];
        assert_eq!(tell(&at(&all, testing::START)), (vec!["made a".to_owned(), "made b".to_owned()], 0));
        assert_eq!(tell(&at(&all, testing::START)), (vec![], 0));
        // Another arm for one, and the other is known not to be a case any more.
        let later = [
            testing::key_at("a", 100, "2026-06-01T01:00:00Z"),
            testing::key_at("b", 1, "2026-06-01T01:00:00Z"),
        ];
        let told = tell(&at(&later, "2026-06-01T02:00:00Z"));
        assert_eq!(told, (vec!["changed a".to_owned(), "withdrawn b".to_owned()], 0));
    }

    #[test]
    fn a_decision_that_is_lost_stays_lost_until_more_is_known() {
        let (_folder, outbox) = outbox(100);
        // Without an arm for what is not known, a case that cannot be told is no decision.
        let policies = testing::POLICIES
            .replace(
                "    k.idle > 180d => revoke k within 24h, alert high because \"idle for {k.idle}\"\n",
                "",
            )
            .replacen("    unknown       => alert low because \"cannot tell: {missing}\"\n", "", 1);
        let engine = assize::Engine::builder().source("shop.assize", policies).build().unwrap();
        let at = |line: String, now: &str| {
            let mut loader = engine.loader();
            loader.line("x", 1, &line);
            engine.evaluate(&loader.finish(), now.parse().unwrap())
        };
        let by = json!({"restart": true});
        let tell = |now: &Evaluation| {
            let (events, still) = outbox.difference(now, &by).unwrap();
            outbox.tell(&events).unwrap();
            (events.iter().map(|event| event.change.clone()).collect::<Vec<_>>(), still)
        };
        let line = || testing::key("a", 200);
        assert_eq!(tell(&at(line(), testing::START)), (vec!["made".to_owned()], 0));
        // Its report went stale.
        assert_eq!(tell(&at(line(), "2026-09-01T00:00:00Z")), (vec!["lost".to_owned()], 0));
        assert_eq!(tell(&at(line(), "2026-09-01T00:00:00Z")), (vec![], 1));
        let used = testing::key_at("a", 1, "2026-09-01T00:00:00Z");
        assert_eq!(tell(&at(used, "2026-09-01T00:00:00Z")), (vec!["withdrawn".to_owned()], 0));
    }
}
