//! What is said about a text, short enough to read in a test.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::{cut, parse_item};

/// Every diagnostic of a file, with places as `line:column`.
pub(super) fn said(text: &str) -> String {
    let mut out = String::new();
    for raw in cut(text) {
        for diagnostic in parse_item(&raw.text).diagnostics {
            write_one(&mut out, text, &diagnostic.shifted(raw.start));
        }
    }
    if out.is_empty() { "nothing".to_owned() } else { out }
}

/// The text with the first fix of every diagnostic applied, the last ones first.
pub(super) fn fixed(text: &str) -> String {
    let mut fixes: Vec<(Span, String)> = Vec::new();
    for raw in cut(text) {
        for diagnostic in parse_item(&raw.text).diagnostics {
            let first = diagnostic.shifted(raw.start).fixes.into_iter().next();
            fixes.extend(first.map(|fix| (fix.span, fix.replacement)));
        }
    }
    fixes.sort();
    let mut text = text.to_owned();
    for (span, replacement) in fixes.into_iter().rev() {
        text.replace_range(span.start as usize..span.end as usize, &replacement);
    }
    text
}

fn write_one(out: &mut String, text: &str, diagnostic: &Diagnostic) {
    let shown = diagnostic.span.text(text).escape_debug();
    let place = place(text, diagnostic.span.start);
    writeln!(out, "{} {place} {:?}: {}", diagnostic.code, shown.to_string(), diagnostic.message).unwrap();
    if let Some(label) = &diagnostic.label {
        writeln!(out, "    label: {label}").unwrap();
    }
    for label in &diagnostic.labels {
        writeln!(out, "    also {}: {}", self::place(text, label.span.start), label.message).unwrap();
    }
    for note in &diagnostic.notes {
        writeln!(out, "    note: {note}").unwrap();
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "    help: {help}").unwrap();
    }
    for fix in &diagnostic.fixes {
        let old = fix.span.text(text);
        let at = self::place(text, fix.span.start);
        writeln!(out, "    fix: {} ({at} {old:?} to {:?})", fix.message, fix.replacement).unwrap();
    }
}

fn place(text: &str, at: u32) -> String {
    let before = Span::new(0, at).text(text);
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().chain(['_']).count();
    format!("{line}:{column}")
}
