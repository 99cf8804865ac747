//! Tests of policies.

use serde::{Deserialize, Serialize};

use super::{Const, Expr, Name, Stage};
use crate::diagnostic::{Severity, Span};

/// A `test` item: steps that add up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// Its place in the file.
    pub span: Span,
    /// The steps, with their places in the file.
    pub steps: Vec<(Step, Span)>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// The clock is set, in microseconds since 1970.
    Now(i64),
    /// A fact is given, observed at the step's `now`.
    Given(Given),
    /// Given facts of a type are taken away: all, or the one with this key.
    Without(Name, Option<String>),
    /// A param gets another value.
    Set(Name, Const),
    /// The decisions are compared.
    Expect(Expect),
    /// What the checker says of a text is compared.
    Check(Check),
}

/// What the checker is expected to say of a text that stands beside the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The diagnostics; none is that it says nothing at all.
    pub said: Vec<Said>,
    /// The text.
    pub text: String,
    /// The literal that holds the text, quotes included, in the test's file.
    pub literal: Span,
}

/// A diagnostic that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Error or warning.
    pub severity: Severity,
    /// The code, such as `E0203`; `None` is any of that severity.
    pub code: Option<String>,
    /// What its message, or what stands below it, must contain.
    pub because: Vec<String>,
}

/// A fact of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The qualified type.
    pub ty: Name,
    /// The fields given: constant expressions, which may hold `now`. A field of a reference's type is the
    /// key, a string. Where the key field is left out, the evaluator makes one from the place of the step.
    pub fields: Vec<(Name, Expr)>,
}

/// What is expected of the decisions at this step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expect {
    /// What is expected.
    pub kind: ExpectKind,
    /// The keys of the anchor's bindings; empty is any anchor.
    pub on: Vec<String>,
    /// The policy, by qualified name; `None` is any.
    pub by: Option<Name>,
    /// Texts that the reason must contain.
    pub because: Vec<String>,
    /// Outcome words (`rank`, `alert`, `revoke`, `block`) that must be possible.
    pub could_be: Vec<String>,
    /// The expected `valid_until`: microseconds since 1970, `Some(None)` for none.
    pub valid_until: Option<Option<i64>>,
}

/// The kinds of expectation. With `by`, the outcomes of that policy on that anchor or target must hold
/// the expected one; `Nothing` means that the policy decides nothing there and is not undetermined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExpectKind {
    /// An alert, of this severity where given.
    Alert(Option<String>),
    /// A rank, of this tier where given.
    Rank(Option<String>),
    /// A revocation of the target with this key, by this stage.
    Revoke(Option<String>, Option<Stage>),
    /// A block of the target with this key.
    Block(Option<String>),
    /// No decision, and not undetermined.
    Nothing,
    /// No decision because evidence is missing.
    Undetermined,
}
