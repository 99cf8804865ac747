//! What became of a call.

/// What became of a call, in the model's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was carried out.
    Success,
    /// The caller may not do it.
    Denied,
    /// It failed for another reason: intent without effect.
    Error,
}

impl Outcome {
    /// The enum's member in the model.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Error => "error",
        }
    }

    /// What an HTTP status says. `None` for what is no status.
    #[must_use]
    pub const fn of_http(status: i64) -> Option<Self> {
        match status {
            401 | 403 => Some(Self::Denied),
            100..=399 => Some(Self::Success),
            400..=599 => Some(Self::Error),
            _ => None,
        }
    }
}
