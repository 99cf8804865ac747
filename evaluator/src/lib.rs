//! Assize, the policy engine: facts in, decisions with reasons out.

mod budget;
#[cfg(feature = "reference")]
mod builder;
mod decision;
#[cfg(feature = "reference")]
mod engine;
mod evaluation;
#[cfg(feature = "reference")]
mod explain;
#[cfg(feature = "reference")]
pub mod expression;
pub mod facts;
#[cfg(feature = "reference")]
mod params;
#[cfg(feature = "reference")]
mod reference;
#[cfg(feature = "reference")]
mod request;
pub mod store;
#[cfg(feature = "reference")]
mod test_runner;
pub mod value;
#[cfg(feature = "reference")]
#[expect(dead_code, reason = "what the engine does not read yet")]
mod world;

pub use budget::Budget;
#[cfg(feature = "reference")]
pub use builder::{BuildError, Builder, SignalOverride};
pub use decision::{Anchor, Assumed, Bound, Decision, Gaps, Outcome, OutcomeKind, Undetermined, Unresolved};
#[cfg(feature = "reference")]
pub use engine::{By, ChangeKind, DecisionChange, DecisionDelta, Engine, Writer};
pub use evaluation::{Evaluation, Summary, WaiverNote, WaiverUse};
#[cfg(feature = "reference")]
pub use explain::{ArmFate, ArmShown, ExplainError, Explanation, Judged, Named, ReadValue};
#[cfg(feature = "reference")]
pub use request::{Answer, DecideError, Verdict};
pub use store::{Reject, Snapshot};
#[cfg(feature = "reference")]
pub use test_runner::{
    ArmCoverage, ConditionCoverage, ConditionKind, CoverageTotal, Failure, Mutant, Mutation, PolicyCoverage,
    PolicyMutants, Share, TestCoverage, TestReport, Truth,
};
