//! From lines to facts: what every source said ([`Loader`], [`Snapshot`]), and what that amounts to at an
//! instant ([`View`]).
//!
//! A snapshot is a function of the set of its lines, not of their order.

mod at;
mod canon;
mod changes;
mod cited;
mod compare;
mod coverage;
mod cursor;
mod fact;
mod joined;
mod limits;
mod loader;
mod merge;
mod plain;
mod raw;
mod read;
mod reject;
mod remark;
mod report;
mod scope;
mod sizes;
mod snapshot;
mod standing;
mod telemetry;
mod tell;
mod typed;
mod view;
mod waiting;

pub(crate) use at::{Facts, Listed, Seen};
pub(crate) use canon::Canon;
pub(crate) use changes::Changes;
pub(crate) use cited::{Cited, Reported};
pub use compare::{FactChange, FactChangeKind};
pub use coverage::{BEGINNING, Strand, Track};
pub(crate) use coverage::{CoverageIndex, Hole, Said as CoverageSaid, coverage_type, of_fact, of_run, parts};
pub use fact::Fact;
pub(crate) use fact::Ground;
pub use joined::Joined;
pub use limits::{LimitError, Limits};
pub use loader::Loader;
pub use merge::Merged;
pub use plain::{PlainLines, PlainReport, PlainValue};
pub(crate) use raw::{Raw, Read, Said as ReadField, enum_name};
pub use reject::Reject;
pub(crate) use remark::Remark;
pub use remark::{Conflict, Said as SaidBy, SaidAs, SaidValue};
pub use report::{Evidence, Witness};
pub(crate) use report::{Lost, Origin, State, Stored, Withdrawn};
pub(crate) use scope::{Said, Scopes, text as scope_text, values};
pub use snapshot::Snapshot;
pub(crate) use snapshot::{Alias, Inner};
pub(crate) use standing::{harms, keep_newest, proves};
pub use telemetry::{Telemetry, Watch, Watched};
pub use tell::{FactForm, FieldHandle, FieldValue, SourceHandle, TellError};
pub(crate) use typed::read_report;
pub use view::{Trust, View};
pub(crate) use view::{ambiguous, holes, targets};
