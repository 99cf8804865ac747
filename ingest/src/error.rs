//! Why an input as a whole cannot be read.

/// Why nothing at all was read from an input. The caller names the file. No value from the input is in the
/// message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// Nothing but white space.
    #[error("the input is empty; did the tool that wrote it fail?")]
    Empty,
    /// Bytes that are no UTF-8.
    #[error("the input is not UTF-8 (byte {offset}){}", .hint.map_or(String::new(), |hint| format!("; {hint}")))]
    NotUtf8 {
        /// The first byte that does not belong, from 0.
        offset: usize,
        /// What it looks like, and what to do.
        hint: Option<&'static str>,
    },
    /// It could not be read to its end.
    #[error("it cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// Longer than what is read as a whole.
    #[error("longer than {limit} bytes; what is no log is read as a whole, split it")]
    TooLarge {
        /// The greatest length read.
        limit: u64,
    },
    /// Packed so that it unpacks to far more than any tool's output does.
    #[error("it unpacks to more than {ratio} times its size; no tool writes this, look at the file")]
    Bomb {
        /// The greatest ratio read.
        ratio: u64,
    },
    /// Nested deeper than any tool nests.
    #[error(
        "line {line}, column {column}: nested deeper than {limit}; no tool writes this, look at the file"
    )]
    TooDeep {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// The greatest depth read.
        limit: usize,
    },
    /// The input ends in the middle.
    #[error(
        "line {line}, column {column}: the input ends in the middle of a value; it was cut off, write it again"
    )]
    Truncated {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// No JSON or no CSV.
    #[error("line {line}, column {column}: {reason}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong, without values.
        reason: String,
    },
    /// Well formed, but not what the named tool writes.
    #[error("this is not the output of `{tool}`: {expected}")]
    NotThisFormat {
        /// The connector's name.
        tool: &'static str,
        /// What was looked for and not found.
        expected: String,
    },
    /// `auto`, and no connector knows it.
    #[error(
        "no connector recognises this input; name its tool instead of `auto`, one of {known}: `assize doc` lists them"
    )]
    Unrecognised {
        /// How many connectors there are.
        known: usize,
    },
    /// `auto`, and there is nothing in it to know it by.
    #[error(
        "it is empty JSON, as many tools write it where they have found nothing: name the tool instead of `auto`, or in the \
         file's name (`gitleaks.json`)"
    )]
    Nothing,
    /// `auto`, and several connectors know it.
    #[error("the input could be from {tools}; name its tool instead of `auto`")]
    Ambiguous {
        /// Their names.
        tools: String,
    },
    /// No such connector.
    #[error("no connector is called `{tool}`; there are {known}")]
    UnknownTool {
        /// The name asked for.
        tool: String,
        /// The names of the connectors.
        known: String,
    },
    /// The input lacks what the caller can give.
    #[error("the input does not say {what}; give `{flag}`")]
    NeedsFlag {
        /// The command line's name for it: `--observed-at`.
        flag: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// What the caller gave does not fit.
    #[error("`{flag}` must be {expected}")]
    BadFlag {
        /// The command line's name for it.
        flag: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

impl IngestError {
    /// An input that the named tool did not write.
    pub(crate) fn not_of(tool: &'static str, expected: &str) -> Self {
        Self::NotThisFormat { tool, expected: expected.to_owned() }
    }
}
