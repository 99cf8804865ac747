//! What policies come to on real facts, while they are written.
//!
//! Facts come from whoever starts the server ([`Estates`]); it has to know projects, tools' formats and snapshots,
//! and nothing here does. One thread owns a database of its own, the facts and the counts (`lab.rs`, `worker.rs`): the
//! main loop sends it texts and never waits for it. A policy that an edit did not touch is not counted again; counting
//! is called off by the next key, and by a budget of time. No value of a sensitive field is ever in what it says.

mod case;
mod count;
mod lab;
mod show;
mod worker;

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Builder, Snapshot};
use assize_lang::plan::Program;

pub use count::{Count, Example};
pub(crate) use show::{arm_lens, changes, number, policy_lens, policy_page};
pub(crate) use worker::{Job, Lenses, Wish};

/// Where facts come from.
pub trait Estates: Debug + Send + Sync {
    /// Whether the project in the folder `root` names any facts; where it does not, nothing is compiled for counting.
    fn any(&self, root: &Path) -> bool;

    /// Reads the facts of the project in the folder `root`, or those at `chosen` instead, by the types of `program`.
    ///
    /// # Errors
    /// Why there are none, for people: one line.
    fn open(&self, root: &Path, chosen: Option<&Path>, program: &Arc<Program>) -> Result<Opened, String>;
}

/// Facts, and how a project decides on them.
#[derive(Debug)]
pub struct Opened {
    /// The project's settings, without any texts.
    pub builder: Builder,
    /// The facts.
    pub snapshot: Snapshot,
    /// The instant to decide at.
    pub now: Instant,
    /// What they are, for people: the name of a file, or how many.
    pub name: String,
}
