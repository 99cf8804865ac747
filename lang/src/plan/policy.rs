//! Policies.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, Name, Slot, Type};
use crate::diagnostic::Span;

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The qualified name.
    pub name: Name,
    /// What it means.
    pub docs: String,
    /// Whether its decisions are carried out.
    pub mode: Mode,
    /// The controls that it serves.
    pub maps: Vec<Control>,
    /// What it ranges over; the first is the anchor's head. At least one.
    pub bindings: Vec<Binding>,
    /// Where the bindings are the steps of a sequence of events: how they follow one another.
    pub sequence: Option<Sequence>,
    /// The conditions on what is a case, in the order written.
    pub wheres: Vec<Where>,
    /// The named expressions; a `let` may use the ones before it.
    pub lets: Vec<Let>,
    /// The decision table.
    pub arms: Vec<Arm>,
    /// How many slots the policy uses: all are below this.
    pub slots: u32,
    /// The policy's text, which every span points into.
    pub text: Arc<str>,
}

/// Whether decisions are carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Computed, shown, and carried out.
    #[default]
    Enforce,
    /// Computed and shown.
    Monitor,
}

/// An entry of a catalog, as `maps` names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Control {
    /// The prefix and the official id: `nist-csf-2.0/DE.CM-03`.
    pub id: String,
    /// The official title.
    pub title: String,
}

impl Control {
    /// What became of the control, where its list has withdrawn it: the publisher's own words, which stand in
    /// place of a title: `[Withdrawn: Incorporated into DE.CM-01, DE.CM-09]`.
    #[must_use]
    pub fn withdrawn(&self) -> Option<&str> {
        self.title.strip_prefix("[Withdrawn: ")?.strip_suffix(']')
    }
}

/// One binding of `for`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The name.
    pub name: Name,
    /// Its slot.
    pub slot: Slot,
    /// The type of what it is bound to; [`Type::Fact`] for the first.
    pub ty: Type,
    /// What it ranges over.
    pub source: BindingSource,
}

/// How the bindings of a policy follow one another: for each first event, in the order of (`at`, key),
/// the first later second event that fits, and so on; at most one case a first event. At one instant
/// the later key counts as later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// A field that has one known value in all steps.
    pub by: Option<Name>,
    /// The longest time from the first event to the last, a duration constant or param.
    pub within: Option<Expr>,
    /// One step a binding.
    pub steps: Vec<SequenceStep>,
}

/// One step of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequenceStep {
    /// Which events fit; may read the steps before it.
    pub condition: Option<Expr>,
}

/// What a binding ranges over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BindingSource {
    /// All facts of its type.
    Type,
    /// The members of a list, which may use the bindings before it.
    List(Expr),
}

/// A `where`, cut at its top-level `&&`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Where {
    /// The condition.
    pub expr: Expr,
    /// The index of the last binding that it mentions: it can be judged once that one is bound.
    pub after: u32,
    /// Whether it mentions two bindings or more, and so joins them: a tuple is a case only where every
    /// join is true.
    pub join: bool,
}

/// A named expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Let {
    /// The name.
    pub name: Name,
    /// Its documentation.
    pub docs: String,
    /// What it stands for.
    pub expr: Expr,
}

/// One arm of the decision table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// When it fires.
    pub when: When,
    /// What it decides; empty is `none`.
    pub outcomes: Vec<Outcome>,
    /// Why; empty only for a `none` that gives no reason.
    pub because: Template,
    /// The arm in the policy's text.
    pub span: Span,
}

/// The left side of an arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum When {
    /// A condition, of type bool.
    Expr(Expr),
    /// Where an arm above was undetermined.
    Unknown,
    /// Where nothing above fired.
    Otherwise,
}

/// One outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What is decided.
    pub kind: OutcomeKind,
    /// The deadline, a duration constant or param.
    pub within: Option<Expr>,
    /// Obligations.
    pub with: Vec<(Name, Obligation)>,
}

/// What an obligation says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Obligation {
    /// A value.
    Value(Expr),
    /// A text with holes; without [`TemplatePart::Missing`], and free of `now`.
    Text(Template),
}

impl Obligation {
    /// The expressions in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (value, text) = match self {
            Self::Value(value) => (Some(value), None),
            Self::Text(text) => (None, Some(text.exprs())),
        };
        value.into_iter().chain(text.into_iter().flatten())
    }
}

/// The four outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OutcomeKind {
    /// Orders work.
    Rank {
        /// A member of an ordered enum, the greatest the most urgent.
        tier: Expr,
        /// The order inside a tier.
        keys: Vec<RankKey>,
    },
    /// Tells somebody now.
    Alert {
        /// A member of `assize.core.Severity`.
        severity: Expr,
    },
    /// Acts on the identity plane.
    Revoke {
        /// A reference to a fact; a list of them where `each`.
        target: Expr,
        /// Whether the certain members of the list are the targets.
        each: bool,
        /// How.
        by: Stage,
    },
    /// Acts on the path.
    Block {
        /// A reference to a fact.
        target: Expr,
        /// How long the effect lasts, a duration constant or param; open without one.
        lasting: Option<Expr>,
    },
}

/// One key of a rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankKey {
    /// What is compared.
    pub expr: Expr,
    /// Greatest first. Booleans: true last unless descending. Unknown, then absent, are last either way.
    pub descending: bool,
}

/// How a revocation is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A change is opened with the exact targets.
    Stage,
    /// Reversibly disabled.
    #[default]
    Quarantine,
    /// Replaced.
    Rotate,
    /// Deleted.
    Destroy,
}

/// A message with holes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

impl Template {
    /// The expressions in its holes.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Expr(expr) => Some(expr),
            TemplatePart::Text(_) | TemplatePart::Missing => None,
        })
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TemplatePart {
    /// Plain text.
    Text(String),
    /// A value. Here alone `now` is a value like any other: the text is rendered when shown.
    Expr(Expr),
    /// The list of the evidence that is missing.
    Missing,
}
