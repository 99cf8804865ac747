//! From lines to facts: what every source said ([`Loader`], [`Snapshot`]), and what that amounts to at an
//! instant ([`View`]).
//!
//! A snapshot is a function of the set of its lines, not of their order.

mod at;
mod canon;
mod coverage;
mod loader;
mod merge;
mod reject;
mod report;
mod scope;
mod snapshot;
mod standing;
mod typed;
mod view;

pub(crate) use at::Facts;
pub use coverage::{BEGINNING, Strand, Track};
pub use loader::Loader;
pub use merge::Merged;
pub use reject::Reject;
pub(crate) use report::Stored;
pub use report::{Evidence, Witness};
pub(crate) use scope::text as scope_text;
pub use snapshot::Snapshot;
pub(crate) use typed::read_report;
pub use view::{Fact, Trust, View};
