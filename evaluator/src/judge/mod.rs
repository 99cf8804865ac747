//! The judge: sets of possible values, coverage, horizons and witnesses. It defines what decisions are.
//!
//! The engine asks it about the heads that are not plainly nothing, on facts that are kept up to date. Asked
//! about every tuple there is, on facts merged from scratch and with the `cel` crate at the leaves (feature
//! `reference`), it is the reference engine.

mod arms;
mod cases;
mod compare;
mod declared;
mod eval;
mod evidence;
mod fold;
mod leaf;
#[cfg(all(test, feature = "reference"))]
mod leaf_agree;
#[cfg(feature = "reference")]
mod leaf_cel;
mod library;
mod list;
mod logic;
mod nanos;
mod observe;
mod outcome;
mod path;
mod pattern;
mod related;
mod render;
mod run;
mod scalar;
mod sequence;
mod shared;
mod strict;
mod table;
mod time;
mod usage;
mod waive;
mod walk;
mod watch;
mod weight;
mod window;

pub(crate) use arms::{Fate, Judged, Tabled};
pub(crate) use cases::{Access, Candidates, Case, Cases};
pub use declared::Functions;
pub(crate) use eval::{Asked, AskedCoverage, Eval, Evaluator, Read};
pub(crate) use leaf::Leaves;
pub(crate) use logic::all;
pub(crate) use nanos::instant_text;
pub(crate) use observe::Observer;
pub(crate) use pattern::glob;
pub(crate) use related::{Goal, NEVER_IN, Rank, Solved, Steady, Tables, is_path, pin};
pub(crate) use run::{Conclusion, Run, aliases, conflicts, constant, nobody};
pub(crate) use shared::Shared;
pub(crate) use time::seconds_text;
pub(crate) use usage::usage;
pub(crate) use walk::children;
pub(crate) use watch::{Part, Settled, Watch};
pub(crate) use window::{Edge, bounded};
