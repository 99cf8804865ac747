//! The words of the language, each list once.

/// The words that start an item in the first column of a line.
pub(crate) const HEADS: [&str; 16] = [
    "package", "use", "enum", "entity", "event", "request", "signal", "catalog", "param", "fn", "table",
    "relation", "policy", "waive", "envelope", "test",
];

/// Words that no name may be, not even behind a dot.
pub(crate) const CONSTANTS: [&str; 4] = ["in", "true", "false", "null"];

/// CEL's reserved words: free behind a dot, no names of their own.
pub(crate) const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Inside `decide` these end an expression and are no variables.
pub(crate) const ARM_WORDS: [&str; 8] =
    ["rank", "alert", "revoke", "block", "none", "because", "unknown", "otherwise"];

/// Words that go on with an item whose braces are closed, at the start of a line as well.
pub(crate) const TAILS: [&str; 21] = [
    "fresh", "lives", "covered", "closed", "by", "on", "and", "or", "for", "in", "source", "version",
    "prefix", "true", "false", "where", "until", "because", "at", "per", "never",
];
