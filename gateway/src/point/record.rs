//! Who is told of every answer before it is given.

use std::fmt;
use std::time::Duration;

use super::answer::Answer;
use super::question::Question;

/// One answer, about to be given.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// What was asked; it may hold secrets: mask it before it goes anywhere.
    pub question: &'a Question<'a>,
    /// What is answered.
    pub answer: &'a Answer,
    /// How long deciding took.
    pub took: Duration,
}

/// The answer cannot be recorded, and must not be given unrecorded; says why, without a secret.
#[derive(Clone, Debug)]
pub struct Unrecorded(pub String);

/// Told of every answer: the decision log, counters, traces. Never waits.
pub trait Recorder: Send + Sync + fmt::Debug {
    /// Takes down an answer.
    ///
    /// # Errors
    /// [`Unrecorded`] where no answer may be given that is not recorded: it becomes undetermined.
    fn decided(&self, record: &Record<'_>) -> Result<(), Unrecorded>;
}
