//! Where in an item the cursor stands, by the tokens before it.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::syntax::{self, Lexeme};

use super::super::tokens::significant;

/// What stands before the cursor in its item.
#[derive(Debug)]
pub(super) struct Context {
    /// The item's first word; empty outside of items.
    pub(super) head: String,
    /// The tokens before the cursor, as written.
    pub(super) before: Vec<(Lexeme, String)>,
    /// Of each open bracket: itself, and the number of tokens before it.
    pub(super) open: Vec<(char, usize)>,
    /// Whether the cursor's word is the first of its line.
    pub(super) first_on_line: bool,
    /// Whether it stands in the first column.
    pub(super) first_column: bool,
    quiet: bool,
}

impl Context {
    pub(super) fn new(db: &Database, path: &str, text: &str, word: Span) -> Self {
        let line_start = text.get(..word.start as usize).and_then(|before| before.rfind('\n'));
        let line_start = line_start.map_or(0, |at| at.saturating_add(1));
        let indent = text.get(line_start..word.start as usize).unwrap_or_default();
        let first_on_line = indent.chars().all(char::is_whitespace);
        let mut context = Self {
            head: String::new(),
            before: Vec::new(),
            open: Vec::new(),
            first_on_line,
            first_column: indent.is_empty(),
            quiet: false,
        };
        let Some(file) = db.file(path) else { return context };
        let items = db::items(db, file);
        let Some(item) = items.iter().rev().find(|item| item.start(db) <= word.start) else {
            return context;
        };
        let start = item.start(db);
        let before = text.get(start as usize..word.start as usize).unwrap_or_default();
        context.quiet = in_comment_or_text(before);
        for (lexeme, span) in significant(before) {
            let written = span.text(before);
            let at = context.before.len();
            match written {
                "{" | "(" | "[" => context.open.push((written.chars().next().unwrap_or('{'), at)),
                "}" | ")" | "]" => {
                    context.open.pop();
                }
                _ => {}
            }
            context.before.push((lexeme, written.to_owned()));
        }
        if let Some((Lexeme::Word, head)) = context.before.first() {
            context.head.clone_from(head);
        }
        context
    }

    /// Whether nothing can be proposed: in comments, and in texts where no value stands.
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The token at `back` places before the cursor; 0 is the last.
    pub(super) fn last(&self, back: usize) -> &str {
        let at = self.before.len().checked_sub(back.saturating_add(1));
        at.and_then(|at| self.before.get(at)).map_or("", |(_, text)| text.as_str())
    }

    pub(super) fn last_lexeme(&self) -> Option<Lexeme> {
        self.before.last().map(|(lexeme, _)| *lexeme)
    }

    /// The word before the innermost open brace: `decide`, or the name of what it is the body of.
    pub(super) fn block(&self) -> &str {
        let brace = self.open.iter().rev().find(|(bracket, _)| *bracket == '{');
        let at = brace.and_then(|(_, at)| at.checked_sub(1));
        at.and_then(|at| self.before.get(at)).map_or("", |(_, text)| text.as_str())
    }

    /// How many braces are open.
    pub(super) fn depth(&self) -> usize {
        self.open.iter().filter(|(bracket, _)| *bracket == '{').count()
    }

    /// Whether the innermost open bracket is no brace: the cursor stands inside an expression.
    pub(super) fn in_brackets(&self) -> bool {
        self.open.last().is_some_and(|(bracket, _)| *bracket != '{')
    }

    /// The tokens behind the last of the given ones, or behind the innermost brace.
    pub(super) fn since(&self, marks: &[&str]) -> (&str, &[(Lexeme, String)]) {
        let floor = self.open.last().map_or(0, |(_, at)| at.saturating_add(1));
        let found = self.before.iter().rposition(|(_, text)| marks.contains(&text.as_str()));
        let at = found.filter(|at| *at >= floor);
        let from = at.map_or(floor, |at| at.saturating_add(1));
        let mark = at.and_then(|at| self.before.get(at)).map_or("", |(_, text)| text.as_str());
        (mark, self.before.get(from..).unwrap_or_default())
    }

    /// Whether an operand is wanted: what stands before cannot end an expression.
    pub(super) fn wants_operand(&self) -> bool {
        match self.before.last() {
            None => true,
            Some((Lexeme::Mark, text)) => !matches!(text.as_str(), ")" | "]" | "}" | "*"),
            Some((Lexeme::Word, text)) => {
                matches!(
                    text.as_str(),
                    "in" | "where" | "alert" | "revoke" | "block" | "rank" | "each" | "by"
                )
            }
            Some(_) => false,
        }
    }

    /// Whether only words of the grammar can stand here.
    pub(super) fn is_closed(&self) -> bool {
        self.first_column || (matches!(self.last(0), "mode" | "basis"))
    }
}

/// Whether a text ends inside a comment, or inside a literal at a place where no value stands.
fn in_comment_or_text(before: &str) -> bool {
    let Some((lexeme, span)) = syntax::tokens(before).pop() else { return false };
    let reaches_end = span.end as usize == before.len();
    match lexeme {
        Lexeme::Comment | Lexeme::Docs => reaches_end,
        Lexeme::Text => {
            let written = span.text(before);
            let quote = written.chars().find(|c| matches!(c, '"' | '\''));
            let closed = written.len() > 1 && quote.is_some_and(|quote| written.ends_with(quote));
            let hole = written.rfind('{') > written.rfind('}');
            reaches_end && !closed && !hole
        }
        _ => false,
    }
}
