//! Who is told what: which changes a receiver wants, and what one means to it.

use assize::Indexed;
use serde::Deserialize;
use serde_json::Value;

use super::outbox::Event;
use crate::secret::SecretPlace;

/// In which form a receiver takes changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// CloudEvents 1.0, signed.
    Cloudevents,
    /// A Slack webhook.
    Slack,
    /// PagerDuty's events, version 2.
    Pagerduty,
}

/// A receiver, as a deployment describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Its name: what it has taken is remembered under it.
    pub name: String,
    /// The form.
    pub form: Form,
    /// Where it is: for Slack a part of it is secret, so that it may be in a file.
    #[serde(default)]
    pub url: Option<String>,
    /// The same, from a place for secrets.
    #[serde(default)]
    pub url_secret: Option<SecretPlace>,
    /// The key: of signatures, or PagerDuty's routing key.
    #[serde(default)]
    pub secret: Option<SecretPlace>,
    /// Which outcomes it wants: `block`, `revoke`, `alert`, `alert:high` (and above), `rank`, `rank:T1` (and above).
    /// All where none is named.
    #[serde(default)]
    pub only: Vec<String>,
    /// Which policies: qualified names, or `package.*`. All where none is named.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Whose decisions: what `with { owner: … }` says, else the `owner` of what is decided on, as the facts say. All where
    /// none is named.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Also of policies in `mode monitor`.
    #[serde(default)]
    pub monitor: bool,
    /// Also those that a waiver holds back.
    #[serde(default)]
    pub waived: bool,
}

/// What a change means to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// There is something that was not there, or is another thing now.
    Open,
    /// It is over.
    Close,
    /// It cannot be told any more whether it holds: nothing is over.
    Unclear,
}

/// Ordered words, least first: severities, tiers.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<Vec<String>>);

impl Levels {
    /// The ordered enums of an engine's policies.
    #[must_use]
    pub fn of(engine: &assize::Engine) -> Self {
        let enums = engine.program().schema.enums.values().filter(|it| it.ordered);
        Self(enums.map(|it| it.members.iter().map(|member| member.name.to_string()).collect()).collect())
    }

    /// Whether a word is another one, or above it.
    fn reaches(&self, word: &str, least: &str) -> bool {
        let place = |list: &[String], word: &str| list.iter().position(|member| member == word);
        word == least
            || self.0.iter().any(|list| match (place(list, word), place(list, least)) {
                (Some(word), Some(least)) => word >= least,
                _ => false,
            })
    }
}

impl Receiver {
    /// What a change means to it; nothing where it is none of its business.
    #[must_use]
    pub fn meaning(&self, event: &Event, levels: &Levels) -> Option<Meaning> {
        let wants = |decision: &Option<Value>, owner: &Option<String>| {
            decision.as_ref().is_some_and(|it| self.wants(it, owner.as_deref(), levels))
        };
        let is = || wants(&event.decision, &event.owner);
        let was = || wants(&event.was, &event.owner_was);
        match event.change.as_str() {
            "lost" => was().then_some(Meaning::Unclear),
            "withdrawn" => was().then_some(Meaning::Close),
            _ if is() => Some(Meaning::Open),
            // It was, and is nothing to it now.
            _ => was().then_some(Meaning::Close),
        }
    }

    fn wants(&self, decision: &Value, of_facts: Option<&str>, levels: &Levels) -> bool {
        let text = |name: &str| decision.get(name).and_then(Value::as_str);
        let policy = text("policy").unwrap_or_default();
        let owned = || {
            let owner = owner(decision).or_else(|| of_facts.map(str::to_owned));
            owner.is_some_and(|owner| self.owners.contains(&owner))
        };
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(prefix) => policy.starts_with(prefix),
            None => policy == pattern,
        };
        (self.monitor || text("mode") != Some("monitor"))
            && (self.waived || decision.get("waived_by").is_none_or(Value::is_null))
            && (self.policies.is_empty() || self.policies.iter().any(fits))
            && (self.owners.is_empty() || owned())
            && (self.only.is_empty() || self.only.iter().any(|only| reaches(decision, only, levels)))
    }
}

fn reaches(decision: &Value, only: &str, levels: &Levels) -> bool {
    let (kind, least) = only.split_once(':').map_or((only, None), |(kind, least)| (kind, Some(least)));
    outcomes(decision).any(|outcome| {
        let text = |name: &str| outcome.get(name).and_then(Value::as_str);
        let word = text("severity").or(text("tier"));
        text("kind") == Some(kind)
            && least.is_none_or(|least| word.is_some_and(|word| levels.reaches(word, least)))
    })
}

/// A decision's outcomes.
pub fn outcomes(decision: &Value) -> impl Iterator<Item = &Value> {
    decision.get("outcomes").and_then(Value::as_array).into_iter().flatten()
}

/// Who owns it: what an outcome's `with { owner: … }` says.
#[must_use]
pub fn owner(decision: &Value) -> Option<String> {
    outcomes(decision).find_map(|outcome| {
        let owner = outcome.get("with")?.get("owner")?;
        owner.as_str().map(str::to_owned)
    })
}

/// Who owns what is decided on, as the facts say: the first `owner` that one of its facts has.
#[must_use]
pub fn of_facts(decision: &Value, facts: &Indexed) -> Option<String> {
    let bound = decision.get("anchor").and_then(Value::as_object)?;
    let mut named = bound.values().filter_map(|one| one.as_object()?.iter().next());
    named.find_map(|(ty, key)| facts.text(ty, key.as_str()?, "owner").map(str::to_owned))
}

/// What is decided on, in short: `Secret/AKIA1`.
#[must_use]
pub fn anchor(decision: &Value) -> String {
    let bound = decision.get("anchor").and_then(Value::as_object);
    let one = |value: &Value| match value.as_object().and_then(|fact| fact.iter().next()) {
        Some((ty, key)) => format!("{ty}/{}", key.as_str().unwrap_or_default()),
        None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    bound.map(|bound| bound.values().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// What is decided, in short: `revoke Secret/AKIA1, alert high`.
#[must_use]
pub fn decided(decision: &Value) -> String {
    let one = |outcome: &Value| {
        let text = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default();
        let target = outcome.get("target").and_then(Value::as_object).and_then(|fact| fact.iter().next());
        let target = target.map(|(ty, key)| format!("{ty}/{}", key.as_str().unwrap_or_default()));
        let object = target.unwrap_or_else(|| format!("{}{}", text("severity"), text("tier")));
        format!("{} {object}", text("kind")).trim_end().to_owned()
    };
    outcomes(decision).map(one).collect::<Vec<_>>().join(", ")
}

/// How urgent the most urgent alert is, in the words that the policies have; `rank`s and `block`s have none.
#[must_use]
pub fn severity(decision: &Value) -> Option<&str> {
    outcomes(decision).find_map(|outcome| outcome.get("severity")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decision(severity: &str, mode: &str, waived: Value) -> Value {
        json!({"id": "dec_1", "policy": "nhi.lifecycle.idle", "mode": mode, "waived_by": waived,
            "anchor": {"secret": {"Secret": "AKIA1"}},
            "outcomes": [
                {"kind": "revoke", "target": {"Secret": "AKIA1"}, "with": {"owner": "ann"}},
                {"kind": "alert", "severity": severity}]})
    }

    fn event(change: &str, decision: Option<Value>, was: Option<Value>) -> Event {
        Event {
            id: 1,
            change: change.to_owned(),
            at: assize::facts::Instant(0),
            by: Value::Null,
            decision,
            was,
            undetermined: None,
            owner: None,
            owner_was: None,
        }
    }

    #[test]
    fn what_is_lost_is_not_over_and_what_is_no_business_of_mine_any_more_is() {
        let levels = Levels(vec![["low", "medium", "high", "critical"].map(str::to_owned).to_vec()]);
        let only = |only: &[&str]| -> Receiver {
            serde_json::from_value(json!({"name": "r", "form": "slack", "only": only})).unwrap()
        };
        let of = |word: &str| Some(decision(word, "enforce", Value::Null));
        let high = only(&["alert:high"]);
        for (event, expected) in [
            (event("made", of("critical"), None), Some(Meaning::Open)),
            (event("made", of("medium"), None), None),
            (event("changed", of("medium"), of("high")), Some(Meaning::Close)),
            (event("changed", of("high"), of("medium")), Some(Meaning::Open)),
            (event("withdrawn", None, of("high")), Some(Meaning::Close)),
            (event("withdrawn", None, of("low")), None),
            (event("lost", None, of("high")), Some(Meaning::Unclear)),
            (event("made", Some(decision("high", "monitor", Value::Null)), None), None),
            (event("made", Some(decision("high", "enforce", json!("w"))), None), None),
        ] {
            assert_eq!(high.meaning(&event, &levels), expected, "{event:?}");
        }
        let made = event("made", of("low"), None);
        for (receiver, wanted) in [
            (only(&[]), true),
            (only(&["revoke"]), true),
            (only(&["block", "rank:T1"]), false),
            (Receiver { owners: vec!["ann".into()], ..only(&[]) }, true),
            (Receiver { owners: vec!["bob".into()], ..only(&[]) }, false),
            (Receiver { policies: vec!["nhi.*".into()], ..only(&[]) }, true),
            (Receiver { policies: vec!["nhi".into()], ..only(&[]) }, false),
        ] {
            assert_eq!(receiver.meaning(&made, &levels).is_some(), wanted, "{receiver:?}");
        }
        // Where the outcome names nobody it is the facts' owner; and whose it was hears that it is over.
        let mut plain = decision("low", "enforce", Value::Null);
        plain["outcomes"][0].as_object_mut().unwrap().remove("with");
        let of = |name: &str| Receiver { owners: vec![name.into()], ..only(&[]) };
        let event = Event {
            owner: Some("bob".into()),
            owner_was: Some("ann".into()),
            ..event("changed", Some(plain.clone()), Some(plain))
        };
        assert_eq!(of("bob").meaning(&event, &levels), Some(Meaning::Open));
        assert_eq!(of("ann").meaning(&event, &levels), Some(Meaning::Close));
        assert_eq!(of("eve").meaning(&event, &levels), None);
        let decided_on = decision("high", "enforce", Value::Null);
        assert_eq!(decided(&decided_on), "revoke Secret/AKIA1, alert high");
        assert_eq!(anchor(&decided_on), "Secret/AKIA1");
    }
}
