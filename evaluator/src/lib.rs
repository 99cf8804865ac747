//! Assize, the policy engine: facts in, decisions with reasons out.

mod budget;
mod builder;
mod decision;
mod engine;
mod evaluation;
mod explain;
pub mod expression;
pub mod facts;
mod judge;
mod params;
mod plan_cache;
mod refused;
mod request;
mod scalar;
pub mod specs;
pub mod store;
mod test_runner;
pub mod value;
mod world;

pub use budget::Budget;
pub use builder::{BuildError, Builder, SignalOverride};
pub use decision::{Anchor, Assumed, Bound, Decision, Gaps, Outcome, OutcomeKind, Undetermined, Unresolved};
pub use engine::{
    Ask, By, ChangeKind, DecisionChange, DecisionDelta, Desk, Engine, Entry, Fired, Halt, Indexed, Keeper,
    Needs, OtherTypes, Published, Reply, Reporting, Scratch, Standing, Tally, Work, Writer,
};
pub use evaluation::{Evaluation, Summary, WaiverNote, WaiverUse};
pub use explain::{
    ArmFate, ArmShown, Exactly, ExplainError, Explanation, Judged, Named, ReadValue, Supposed, WouldChange,
};
pub use refused::Place;
pub use request::{Answer, DecideError, Verdict};
pub use store::{Conflict, Joined, Reject, SaidAs, Snapshot, Telemetry, Watch, Watched};
pub use test_runner::{
    ArmCoverage, ConditionCoverage, ConditionKind, CoverageTotal, Failure, Mutant, Mutation, PolicyCoverage,
    PolicyMutants, Share, TestCoverage, TestReport, Truth,
};
