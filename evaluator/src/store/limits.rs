//! What is too big to be taken in.

/// How big facts may get. What goes beyond becomes a reject that says so; nothing else is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line.
    pub line: usize,
    /// Distinct texts of all facts together, keys among them: never more than 2³² − 1, which is more than
    /// there can be facts of one type.
    pub texts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 16 << 20, texts: u32::MAX }
    }
}

/// A limit that a line goes beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The line is too long.
    #[error("the line has {bytes} bytes and the limit is {limit}; report less in one fact")]
    Line {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Lists and maps lie too deep within each other.
    #[error("lists and objects lie in each other more than {limit} deep; flatten them")]
    Depth {
        /// How deep they may lie.
        limit: usize,
    },
    /// There are too many distinct texts and keys.
    #[error("too many distinct texts and keys: {limit} at most; split the estate, or report fewer fields")]
    Texts {
        /// How many there may be.
        limit: u32,
    },
}

impl Limits {
    /// Whether a line of so many bytes may be taken in, where there are so many texts. A line adds fewer texts
    /// than it has bytes.
    pub(super) fn check(&self, bytes: usize, texts: u64) -> Result<(), LimitError> {
        if bytes > self.line {
            return Err(LimitError::Line { bytes, limit: self.line });
        }
        let grown = texts.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if grown > u64::from(self.texts) { Err(LimitError::Texts { limit: self.texts }) } else { Ok(()) }
    }
}
