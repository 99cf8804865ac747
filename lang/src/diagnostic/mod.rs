//! What the front end says about a source text: plain data, rendered at the edge.

mod code;
mod render;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use code::Code;
pub use render::{Sources, render};

/// A half-open range of byte offsets: into one item's text while an item is worked on, into the whole
/// file once a diagnostic is assembled for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`; an `end` before `start` gives the empty span at `start`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// The same place counted from a text that begins `offset` bytes earlier.
    #[must_use]
    pub const fn shifted(self, offset: u32) -> Self {
        Self { start: self.start.saturating_add(offset), end: self.end.saturating_add(offset) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text under the span, or `""` where it does not fit `text`.
    #[must_use]
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The item does not compile.
    Error,
    /// The item compiles and probably does not say what its author means.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A second place that a diagnostic speaks about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label {
    /// The file, where it is not the diagnostic's own.
    pub file: Option<String>,
    /// Where.
    pub span: Span,
    /// What to see there.
    pub message: String,
}

/// A replacement of text that would settle the diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fix {
    /// What the replacement does, as an instruction: "write `==`".
    pub message: String,
    /// What is replaced, in the diagnostic's own file.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// One thing that is wrong, or looks wrong, with a source text.
///
/// `message` starts in lower case, names the author's text in backticks and ends without a full stop.
/// `note` says why, `help` what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Diagnostic {
    /// The stable code, such as `E0203`; each has a page (`assize doc E0203`).
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where: relative to the item inside the front end, to the file once assembled.
    pub span: Span,
    /// What to see there.
    pub label: Option<String>,
    /// Further places.
    pub labels: Vec<Label>,
    /// Why it matters.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Replacements that an editor can apply.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic of the code's own severity at `span`.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span,
            label: None,
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// With what to see at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// With a second place in the same file.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: None, span, message: text.into() });
        self
    }

    /// With the reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// With a replacement that an editor can apply.
    #[must_use]
    pub fn fix(mut self, message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { message: message.into(), span, replacement: replacement.into() });
        self
    }

    /// The same diagnostic with every place of its own file counted from a text that begins `offset`
    /// bytes earlier.
    #[must_use]
    pub fn shifted(mut self, offset: u32) -> Self {
        self.span = self.span.shifted(offset);
        for label in self.labels.iter_mut().filter(|label| label.file.is_none()) {
            label.span = label.span.shifted(offset);
        }
        for fix in &mut self.fixes {
            fix.span = fix.span.shifted(offset);
        }
        self
    }
}
