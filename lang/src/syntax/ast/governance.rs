//! Derived relations, exceptions and limits, as written.

use super::{Argument, Binding, Expr, Ident, Path, StringLit};
use crate::diagnostic::Span;

/// `relation can_act_as(a: Identity, b: Identity) { case for … where … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationItem {
    /// Its name.
    pub name: Ident,
    /// Its head: what it relates.
    pub args: Vec<Argument>,
    /// Its cases: a tuple is related where any of them holds.
    pub cases: Vec<RelationCase>,
}

/// `case for t: Trust where t.source == a && t.target == b`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationCase {
    /// Further bindings; may be empty.
    pub bindings: Vec<Binding>,
    /// The condition.
    pub condition: Option<Expr>,
    /// The whole case.
    pub span: Span,
}

/// `waive idle_static_secret for secret where secret.id == "…" until 2027-01-31T00:00:00Z because "…" by "owner"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WaiveItem {
    /// The policy.
    pub policy: Path,
    /// The policy's binding whose facts are excepted.
    pub binding: Ident,
    /// Which of them.
    pub condition: Option<Expr>,
    /// Until when, an instant.
    pub until: Option<Expr>,
    /// Why.
    pub because: Option<StringLit>,
    /// Who answers for it.
    pub by: Option<StringLit>,
}

/// `envelope revoke Secret at most 5% or 20 per 1h never where secret.canary`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvelopeItem {
    /// `revoke` or `block`.
    pub verb: Ident,
    /// The type of the targets.
    pub ty: Path,
    /// At most this share of all facts of the type, in parts per million.
    pub share: Option<(u32, Span)>,
    /// At most so many.
    pub count: Option<(u64, Span)>,
    /// In each period of so many microseconds.
    pub per: Option<(i64, Span)>,
    /// Targets that are never acted on; the fact is named as its type, in lower case.
    pub never: Option<Expr>,
}
