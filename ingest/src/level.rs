//! The model's `Level`, computed.

use serde_json::Value;

/// How far an identity or a grant reaches, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Some actions.
    Limited,
    /// Sensitive actions.
    Elevated,
    /// Everything, or the means to get it.
    Total,
}

impl Level {
    /// The enum's member.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Limited => "limited",
            Self::Elevated => "elevated",
            Self::Total => "total",
        }
    }
}

impl From<Level> for Value {
    fn from(level: Level) -> Self {
        Self::from(level.member())
    }
}
