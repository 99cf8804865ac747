//! The plan: what an evaluator runs.
//!
//! A plan is a typed expression tree with every name resolved, every `fn` inlined and every comparison
//! with `now` brought into one form. It owns its data, is `Send + Sync`, and can be written to disk and
//! read back. It says nothing about how it is run: lowering is the engine's.

mod expr;
mod governance;
mod policy;
mod relation;
mod schema;
mod test;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Span;

pub use expr::{ArithOp, Bound, Builtin, CompareOp, Const, Expr, ExprKind, ListFn, Quantifier, Slot, Window};
pub use governance::{Envelope, Verb, Waiver};
pub use policy::{
    Arm, Binding, BindingSource, Control, Let, Mode, Obligation, Outcome, OutcomeKind, Policy, RankKey,
    Sequence, SequenceStep, Stage, Template, TemplatePart, When, Where,
};
pub use relation::{Case, Relation};
pub use schema::{
    Basis, Cell, Coverage, CoveredBy, EnumType, FactKind, FactType, Field, Inverse, Member, Param, Row,
    Schema, Signal, Table, Type,
};
pub use test::{Check, Expect, ExpectKind, Given, Said, Step, Test};

/// A name that the plan refers to: a type, field, policy or signal.
///
/// Types, params, tables and policies are qualified by their package: `nhi.model.Secret`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the last dot: `Secret` of `nhi.model.Secret`.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Name {
    fn from(text: &T) -> Self {
        Self(Arc::from(text.as_ref()))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Where its text starts in the file: the spans of its parts count from here.
    pub start: u32,
    /// The line of that, from 1.
    pub line: usize,
    /// Its name, in its text.
    pub name: Span,
}

impl Place {
    /// The line, from 1, of what stands at `at` in the item's `text`.
    #[must_use]
    pub fn line_of(&self, text: &str, at: Span) -> usize {
        self.line.saturating_add(newlines(text, at.start))
    }
}

/// The line ends before a byte.
pub(crate) fn newlines(text: &str, before: u32) -> usize {
    let bytes = text.as_bytes().get(..before as usize).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// Everything that a set of sources compiles to. Items with errors are left out of it; the rest stays
/// usable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The types that facts are checked against.
    pub schema: Arc<Schema>,
    /// The thresholds, by qualified name.
    pub params: BTreeMap<Name, Arc<Param>>,
    /// The decision tables, by qualified name.
    pub tables: BTreeMap<Name, Arc<Table>>,
    /// The derived relations, by qualified name.
    pub relations: BTreeMap<Name, Arc<Relation>>,
    /// The policies, by qualified name.
    pub policies: BTreeMap<Name, Arc<Policy>>,
    /// Where the policies stand: what their spans count from.
    #[serde(default)]
    pub places: BTreeMap<Name, Place>,
    /// The exceptions, in the order of their files and places.
    pub waivers: Vec<Arc<Waiver>>,
    /// The limits on carrying out, in the order of their files and places.
    pub envelopes: Vec<Arc<Envelope>>,
    /// The tests, in the order of their files and places.
    pub tests: Vec<Arc<Test>>,
}
