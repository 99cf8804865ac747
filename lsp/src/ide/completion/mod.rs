//! What can be written at the cursor, best first.
//!
//! Two sources. The words that stand before the cursor say where the grammar wants one of its own words
//! (`context.rs`, `keywords.rs`); and a name put there says what may stand in its place (`values.rs`), which works
//! in texts that are not finished, as far as a tree can be made of them.

mod context;
mod keywords;
mod members;
mod names;
mod snippets;
mod values;

#[cfg(test)]
mod tests;

use assize_lang::Database;
use assize_lang::diagnostic::Span;
use assize_lang::plan::Type;

use super::format::Edit;
use context::Context;

/// What a proposal is, for the picture in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the thing that its name says")]
pub enum Kind {
    Local,
    Param,
    Field,
    List,
    Method,
    Function,
    Member,
    Enum,
    Type,
    Package,
    Control,
    Policy,
    Word,
    Snippet,
}

/// One thing that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is shown, and what the typed letters are compared with.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Its type, or what it belongs to.
    pub detail: String,
    /// What it means, as Markdown.
    pub docs: String,
    /// What is written; with `$1`, `${1:name}` and `$0` where `snippet`.
    pub insert: String,
    /// Whether `insert` has places to fill in.
    pub snippet: bool,
    /// The less, the further ahead.
    pub rank: u16,
    /// A `use` that has to be written as well.
    pub import: Option<Edit>,
    /// The type of the value that it is, or gives.
    ty: Option<Type>,
}

impl Proposal {
    fn new(label: impl Into<String>, kind: Kind, rank: u16) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            detail: String::new(),
            docs: String::new(),
            snippet: false,
            rank,
            import: None,
            ty: None,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn docs(mut self, docs: impl Into<String>) -> Self {
        self.docs = docs.into();
        self
    }

    /// Written as text with places to fill in.
    fn snippet(mut self, insert: impl Into<String>) -> Self {
        self.insert = insert.into();
        self.snippet = true;
        self
    }
}

/// What can be written, and in the place of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The name under the cursor, or the empty place of one.
    pub replaced: Span,
    /// Best first.
    pub proposals: Vec<Proposal>,
    /// Whether further letters may bring up others.
    pub incomplete: bool,
}

/// The most proposals of one answer.
const MOST: usize = 400;

/// What can be written at `offset` of the file at `path`.
#[must_use]
pub fn completion(db: &Database, path: &str, offset: u32) -> Completion {
    let Some(text) = db.file(path).map(|file| file.text(db)) else { return Completion::default() };
    let word = word_at(text, offset);
    let typed = Span::new(word.start, offset.max(word.start)).text(text);
    let mut out = Completion { replaced: word, ..Completion::default() };
    let context = Context::new(db, path, text, word);
    if context.is_quiet() {
        return out;
    }
    let mut proposals = keywords::proposals(&context);
    // Where the grammar wants one of its own words, a name would be a mistake.
    if !context.is_closed()
        && let Some(probed) = db.probe(path, word.start, word.end)
    {
        proposals.extend(values::proposals(db, path, &probed, typed, &context));
    }
    proposals.retain(|one| fits(&one.label, typed));
    proposals.sort_by(|a, b| {
        let key = |one: &Proposal| (closeness(&one.label, typed), one.rank);
        key(a).cmp(&key(b)).then_with(|| a.label.cmp(&b.label))
    });
    proposals.dedup_by(|a, b| a.label == b.label && a.kind == b.kind && a.import == b.import);
    out.incomplete = proposals.len() > MOST || typed.len() < 2;
    proposals.truncate(MOST);
    out.proposals = proposals;
    out
}

/// The word that holds the byte at `offset`, or ends there; empty where there is none.
pub(super) fn word_at(text: &str, offset: u32) -> Span {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let at = (offset as usize).min(bytes.len());
    let before = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| is_word(**byte)).count();
    let behind = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| is_word(**byte)).count();
    let start = u32::try_from(at.saturating_sub(before)).unwrap_or(u32::MAX);
    let end = u32::try_from(at.saturating_add(behind)).unwrap_or(u32::MAX);
    // A number is no name.
    if Span::new(start, end).text(text).starts_with(|c: char| c.is_ascii_digit()) {
        return Span::new(offset, offset);
    }
    Span::new(start, end)
}

/// Whether the letters of `typed` stand in `label` in their order; behind a dot of the label they may begin.
fn fits(label: &str, typed: &str) -> bool {
    let mut letters = label.chars().map(|c| c.to_ascii_lowercase());
    typed.chars().map(|c| c.to_ascii_lowercase()).all(|wanted| letters.any(|letter| letter == wanted))
}

/// How close a label is to what was typed: it, its beginning, the beginning of a part, its letters.
fn closeness(label: &str, typed: &str) -> u8 {
    if typed.is_empty() || label.starts_with(typed) {
        return 0;
    }
    let (label, typed) = (label.to_ascii_lowercase(), typed.to_ascii_lowercase());
    if label.starts_with(&typed) {
        1
    } else if label.split(['.', '_', ' ']).any(|part| part.starts_with(&typed)) {
        2
    } else {
        3
    }
}
