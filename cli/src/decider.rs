//! Which engine decides.

use assize::Evaluation;
use assize::facts::Instant;
use clap::ValueEnum;

use crate::estate::{Estate, Loaded};

/// What decides. Both decide the same; the second says what that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Decider {
    // No doc comments: each would be a paragraph in the command's help.
    #[default]
    Fast,
    Reference,
}

impl Decider {
    /// Decides everything.
    pub fn evaluate(self, estate: &Estate, loaded: &Loaded, now: Instant) -> Evaluation {
        match self {
            Self::Fast => estate.engine.evaluate(&loaded.snapshot, now),
            Self::Reference => estate.engine.evaluate_reference(&loaded.snapshot, now),
        }
    }

    /// The one that it is compared with.
    pub const fn other(self) -> Self {
        match self {
            Self::Fast => Self::Reference,
            Self::Reference => Self::Fast,
        }
    }
}
