//! Why facts were not taken.

/// Why something is not on disk, or cannot be read from there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("{file}: the disk is full; make room, and send it again")]
    Full {
        /// The file.
        file: String,
    },
    /// Another process has the file.
    #[error("{file}: another process has it open; one process serves one store")]
    InUse {
        /// The file.
        file: String,
    },
    /// It is no file of ours, or one that was damaged.
    #[error("{file}: it is damaged: {reason}; put a copy in its place, or move it away to begin without it")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refuses.
    #[error("{file}: {reason}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        reason: String,
    },
}

/// Why facts that were sent were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They cannot be read as lines.
    #[error("{0}")]
    Unreadable(String),
    /// They are too much for one request.
    #[error("{0}")]
    TooLarge(String),
    /// They do not follow what was taken before.
    #[error(
        "the feed `{feed}` stands at {position}, and these lines begin at {from}: send from {position} on"
    )]
    Gap {
        /// Whose lines.
        feed: String,
        /// How many lines of it were taken.
        position: u64,
        /// Where the sender said that these begin.
        from: u64,
    },
    /// The key was used for other lines.
    #[error("the idempotency key was used before, with other lines; take another key for them")]
    KeyReused,
    /// The feed says everything anew each time.
    #[error(
        "the feed `{0}` says everything anew each time: send all of it with `whole=true`, or take another name"
    )]
    Whole(String),
    /// The feed adds to what it said.
    #[error("the feed `{0}` adds to what it said: take another name for one that says everything anew")]
    Added(String),
    /// A name that files and transmitters have.
    #[error("`{0}` begins like the feeds of files and transmitters: take another name")]
    Reserved(String),
    /// A name that cannot be one.
    #[error("`{name}` cannot be a {what}: up to 200 letters, digits and `._:/@-`")]
    Name {
        /// What was to be named.
        what: &'static str,
        /// The beginning of the name.
        name: String,
    },
    /// More wait to be written than there is room for.
    #[error("too many facts wait to be written; send them again later")]
    Busy,
    /// They could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is ending.
    #[error("the server is ending; send them again")]
    Ending,
}
