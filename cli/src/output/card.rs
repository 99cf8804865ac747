//! How one thing is drawn for people: a title, and labelled rows that wrap.

use super::term::{Term, clean, wrap};

/// The column at which a row's text begins, from the card's left edge.
const LABEL: usize = 10;

/// One thing with what is to be said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The words of the title that stand out: what is decided.
    pub lead: String,
    /// The rest of the title.
    pub title: String,
    /// Label and text; several rows of one label follow each other under it.
    pub rows: Vec<(&'static str, String)>,
}

impl Card {
    /// A card without rows.
    pub fn new(lead: impl Into<String>, title: impl Into<String>) -> Self {
        Self { lead: lead.into(), title: title.into(), rows: Vec::new() }
    }

    /// With a row.
    pub fn row(&mut self, label: &'static str, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.rows.push((label, text));
        }
    }

    /// Draws the card, `indent` columns in; `color` is the lead's.
    pub fn draw(&self, term: Term, indent: usize, color: &str) -> String {
        let mut out = String::new();
        let edge = " ".repeat(indent);
        let inner = term.width.saturating_sub(indent);
        let lead = clean(&self.lead);
        let head =
            if self.title.is_empty() { lead.clone() } else { format!("{lead} {}", clean(&self.title)) };
        let hang = if self.lead.is_empty() { "" } else { "  " };
        let head = if head.is_empty() { Vec::new() } else { wrap(&head, inner.saturating_sub(2)) };
        for (index, line) in head.iter().enumerate() {
            let line = match line.strip_prefix(lead.as_str()) {
                Some(rest) if index == 0 => format!("{}{}", term.paint(color, &lead), term.bold(rest)),
                _ => format!("{hang}{}", term.bold(line)),
            };
            out.push_str(&format!("{edge}{line}\n"));
        }
        let mut last = "";
        for (label, text) in &self.rows {
            let mut shown = if *label == last { "" } else { label };
            last = label;
            for line in wrap(&clean(text), inner.saturating_sub(LABEL).saturating_sub(2)) {
                let padded = format!("{shown:<LABEL$}");
                out.push_str(format!("{edge}  {}{line}", term.dim(&padded)).trim_end());
                out.push('\n');
                shown = "";
            }
        }
        out
    }
}

/// A group's heading over its rule.
pub fn heading(term: Term, text: &str, color: &str) -> String {
    let width = term.width.saturating_sub(text.chars().count()).saturating_sub(1);
    format!("{} {}\n", term.paint(color, text), term.dim(&term.rule(width)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_wrap_under_their_label() {
        let mut card = Card::new("revoke", "Secret AKIA1 by quarantine within 24h");
        card.row("because", "not used in 45d; created 2025-01-01T00:00:00Z and never rotated since then");
        card.row("evidence", "Secret AKIA1: aws-iam, row 7");
        card.row("evidence", "Coverage cov1: cloudtrail, \u{1b}[2J");
        card.row("assumed", "");
        let narrow = Term { width: 60, ..Term::PLAIN };
        insta::assert_snapshot!(card.draw(narrow, 2, "31"), @r"
          revoke Secret AKIA1 by quarantine within 24h
            because   not used in 45d; created 2025-01-01T00:00:00Z
                      and never rotated since then
            evidence  Secret AKIA1: aws-iam, row 7
                      Coverage cov1: cloudtrail, \u{1b}[2J
        ");
    }

    #[test]
    fn a_long_title_wraps_and_colour_changes_no_column() {
        let card = Card::new("revoke", "Secret arn:aws:iam::111122223333:user/ci by quarantine");
        let plain = Term { width: 40, ..Term::PLAIN };
        insta::assert_snapshot!(card.draw(plain, 0, "31"), @r"
        revoke Secret
          arn:aws:iam::111122223333:user/ci by
          quarantine
        ");
        let color = Term { color: true, ..plain };
        let mut drawn = card.draw(color, 0, "31");
        for code in ["\u{1b}[31m", "\u{1b}[1m", "\u{1b}[0m"] {
            drawn = drawn.replace(code, "");
        }
        assert_eq!(drawn, card.draw(plain, 0, "31"));
    }
}
