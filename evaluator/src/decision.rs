//! What was decided, why, and until when.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use assize_lang::plan::{Mode, Stage};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value as Json;

use crate::facts::{Instant, format_duration};
use crate::store::{Conflict, SaidAs, Witness};
use crate::value::{FactRef, Missing, Value, escape};

/// What one binding of a policy is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// A fact.
    Fact(FactRef),
    /// A member of a list that is no fact.
    Value(Json),
}

impl Bound {
    /// The fact's key, or the value as text.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Fact(fact) => fact.key.clone(),
            Self::Value(Json::String(text)) => text.clone(),
            Self::Value(value) => value.to_string(),
        }
    }
}

/// The tuple that a policy was asked about, binding by binding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor(pub Vec<(String, Bound)>);

impl Anchor {
    /// The keys, in the order of the bindings.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.0.iter().map(|(_, bound)| bound.key()).collect()
    }
}

impl Serialize for Anchor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, bound) in &self.0 {
            map.serialize_entry(name, bound)?;
        }
        map.end()
    }
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, (_, bound)) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            match bound {
                Bound::Fact(fact) => write!(f, "{fact}")?,
                Bound::Value(value) => f.write_str(&escape(&value.to_string()))?,
            }
        }
        Ok(())
    }
}

/// One outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Its own id, the same from run to run; what could be decided has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is decided.
    #[serde(flatten)]
    pub kind: OutcomeKind,
    /// The deadline.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "duration")]
    pub within: Option<i64>,
    /// Obligations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Json>,
}

/// The four kinds of outcome. A target is `None` only in what could be decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum OutcomeKind {
    /// Acts on the path.
    Block {
        /// What is blocked.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<FactRef>,
        /// For how long, in microseconds.
        #[serde(rename = "for", skip_serializing_if = "Option::is_none", serialize_with = "duration")]
        lasting: Option<i64>,
    },
    /// Acts on the identity plane.
    Revoke {
        /// What is revoked.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<FactRef>,
        /// How.
        by: Stage,
    },
    /// Tells somebody now.
    Alert {
        /// How much it matters: the most urgent of what is possible.
        severity: String,
        /// The least and the most urgent of what is possible, where it is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        range: Option<[String; 2]>,
    },
    /// Orders work.
    Rank {
        /// The tier: the most urgent of what is possible.
        tier: String,
        /// The least and the most urgent of what is possible, where it is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        range: Option<[String; 2]>,
        /// What it is ordered by inside the tier; `null` where it is unknown or absent.
        keys: Vec<Json>,
    },
}

impl OutcomeKind {
    /// The outcome's word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Block { .. } => "block",
            Self::Revoke { .. } => "revoke",
            Self::Alert { .. } => "alert",
            Self::Rank { .. } => "rank",
        }
    }

    /// What it acts on.
    #[must_use]
    pub const fn target(&self) -> Option<&FactRef> {
        match self {
            Self::Block { target, .. } | Self::Revoke { target, .. } => target.as_ref(),
            Self::Alert { .. } | Self::Rank { .. } => None,
        }
    }

    /// Whether it acts on something, so that it must not fire on the strength of a gap (D1).
    #[must_use]
    pub const fn acts(&self) -> bool {
        matches!(self, Self::Block { .. } | Self::Revoke { .. })
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn duration<S: Serializer>(micros: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match micros {
        Some(micros) => serializer.serialize_str(&format_duration(*micros)),
        None => serializer.serialize_none(),
    }
}

/// An outcome that cannot be carried out because its target is not known, or not there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unresolved {
    /// The outcome's word.
    pub kind: &'static str,
    /// The target as the policy names it.
    pub target: String,
    /// Whether the target is known not to be there.
    pub absent: bool,
    /// What would tell.
    pub missing: Vec<Missing>,
}

/// A value that was not known and was taken to be something, as the policy says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Assumed {
    /// The expression.
    pub of: String,
    /// What it was taken for.
    #[serde(rename = "as")]
    pub taken_for: String,
}

/// A list of evidence that is wanted: the first few, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// At most eight, in canonical order.
    pub first: Vec<Missing>,
    /// How many more there are.
    pub more: usize,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// A hash of policy and anchor: the same case has the same id from run to run.
    pub id: String,
    /// The policy's qualified name.
    pub policy: String,
    /// What it was asked about.
    pub anchor: Anchor,
    /// The arm that fired, counted from 1.
    pub arm: usize,
    /// Whether it is carried out.
    pub mode: Mode,
    /// What is decided.
    pub outcomes: Vec<Outcome>,
    /// Why. Rendered for the instant of evaluation.
    pub because: String,
    /// The controls that the policy serves.
    pub maps: Vec<String>,
    /// The evidence that is wanted to settle it, at most eight.
    pub missing: Vec<Missing>,
    /// How much more is wanted.
    #[serde(skip_serializing_if = "is_zero")]
    pub missing_more: usize,
    /// The fields that were read of which sources of equal standing say different things, also where the
    /// decision is settled all the same; at most 32.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What else could be decided if that evidence were there.
    pub could_be: Vec<Outcome>,
    /// What was taken for granted.
    pub assumed: Vec<Assumed>,
    /// Outcomes without a target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unresolved: Vec<Unresolved>,
    /// The waiver that holds it back.
    pub waived_by: Option<String>,
    /// It speaks up to this instant: later reports are not in yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Instant>,
    /// The next instant at which the clock alone can change it.
    pub valid_until: Option<Instant>,
    /// When a report or a coverage that it rests on goes stale, where that is sooner.
    pub evidence_until: Option<Instant>,
    /// What it rests on, at most 32 entries.
    pub evidence: Vec<Witness>,
    /// How many more entries there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub evidence_more: usize,
    /// The references that it rests on of which the source says another of the fact's keys; at most 32.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<SaidAs>,
    /// Its place among the others.
    #[serde(skip)]
    pub(crate) order: Order,
}

/// A case that cannot be decided for want of evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Undetermined {
    /// As [`Decision::id`].
    pub id: String,
    /// The policy's qualified name.
    pub policy: String,
    /// What it was asked about; of an incomplete one, the first binding alone.
    pub anchor: Anchor,
    /// Whether it would be carried out.
    pub mode: Mode,
    /// The evidence that is wanted to settle it, at most eight.
    pub missing: Vec<Missing>,
    /// How much more is wanted.
    #[serde(skip_serializing_if = "is_zero")]
    pub missing_more: usize,
    /// As [`Decision::conflicts`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What could be decided.
    pub could_be: Vec<Outcome>,
    /// It is not known what the later bindings join it with.
    #[serde(skip_serializing_if = "is_false")]
    pub incomplete: bool,
    /// Its conditions range over more than the budget allows.
    #[serde(skip_serializing_if = "is_false")]
    pub exhausted: bool,
    /// The next instant at which the clock alone can change it.
    pub valid_until: Option<Instant>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One key of a rank, ready to be compared: known values first, then unknown, then absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    pub(crate) class: u8,
    pub(crate) value: Option<Value>,
    pub(crate) descending: bool,
    /// A set sorts by its more urgent end, after equal known ones.
    pub(crate) uncertain: bool,
}

impl SortKey {
    fn compare(&self, other: &Self) -> Ordering {
        let values = match (&self.value, &other.value) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            _ => Ordering::Equal,
        };
        // Keys of different policies may go different ways.
        let way = self.descending.cmp(&other.descending);
        way.then(self.class.cmp(&other.class)).then(values).then(self.uncertain.cmp(&other.uncertain))
    }
}

/// The place of a decision: strongest first, then the tier, then the rank's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// 0 block, 1 revoke, 2 alert, 3 rank.
    pub(crate) strength: u8,
    /// Of the alert, the greatest first.
    pub(crate) severity: u8,
    /// Of the rank: how many tiers are more urgent.
    pub(crate) tier: u8,
    /// Whether the tier is not known.
    pub(crate) tier_uncertain: bool,
    pub(crate) keys: Vec<SortKey>,
}

impl Order {
    /// The order of places: total, whatever policies the decisions are of.
    fn compare(&self, other: &Self) -> Ordering {
        let head = |one: &Self| (one.strength, Reverse(one.severity), one.tier, one.tier_uncertain);
        let keys = || {
            let mut pairs = self.keys.iter().zip(&other.keys).map(|(a, b)| a.compare(b));
            pairs.find(|order| order.is_ne()).unwrap_or_else(|| self.keys.len().cmp(&other.keys.len()))
        };
        head(self).cmp(&head(other)).then_with(keys)
    }
}

impl Decision {
    /// The total order of decisions.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.order.compare(&other.order).then_with(|| self.id.cmp(&other.id))
    }

    /// The facts that the decision is about: what is revoked or blocked, or else the first binding.
    #[must_use]
    pub fn subjects(&self) -> Vec<&FactRef> {
        let targets: Vec<&FactRef> =
            self.outcomes.iter().filter_map(|outcome| outcome.kind.target()).collect();
        if !targets.is_empty() {
            return targets;
        }
        self.anchor
            .0
            .iter()
            .take(1)
            .filter_map(|(_, bound)| if let Bound::Fact(fact) = bound { Some(fact) } else { None })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_one_order_though_policies_have_different_keys() {
        let key = |class, value, descending, uncertain| SortKey { class, value, descending, uncertain };
        let mut keys = vec![key(1, None, false, false), key(2, None, true, false)];
        for value in [Value::Int(1), Value::Int(2), Value::Bool(true), Value::text("a")] {
            for descending in [false, true] {
                keys.extend(
                    [false, true].map(|uncertain| key(0, Some(value.clone()), descending, uncertain)),
                );
            }
        }
        let of = |keys: Vec<SortKey>| Order { keys, ..Order::default() };
        let mut all = vec![of(Vec::new())];
        for one in &keys {
            all.push(of(vec![one.clone()]));
            all.extend(keys.iter().map(|two| of(vec![one.clone(), two.clone()])));
        }
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            assert_eq!(a.compare(b), b.compare(a).reverse());
        }
        // In a total order everybody has another number of those before them.
        let mut before: Vec<usize> =
            all.iter().map(|a| all.iter().filter(|b| b.compare(a).is_lt()).count()).collect();
        before.sort_unstable();
        assert!(before.into_iter().eq(0..all.len()));
    }
}
