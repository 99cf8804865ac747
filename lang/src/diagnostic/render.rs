//! Diagnostics for a terminal, drawn by ariadne.

use std::collections::BTreeMap;

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind, Source};

use super::{Diagnostic, Severity};

/// The texts that diagnostics point into, by path.
#[derive(Debug, Default)]
pub struct Sources {
    texts: BTreeMap<String, Source<String>>,
}

impl Sources {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(path.into(), Source::from(text.into()));
    }
}

impl ariadne::Cache<String> for &Sources {
    type Storage = String;

    fn fetch(&mut self, id: &String) -> Result<&Source<String>, impl std::fmt::Debug> {
        self.texts.get(id).ok_or_else(|| format!("`{id}` is not loaded"))
    }

    fn display<'a>(&self, id: &'a String) -> Option<impl std::fmt::Display + 'a> {
        Some(id)
    }
}

/// Draws one diagnostic of the file at `path`, ending in a newline.
#[must_use]
pub fn render(sources: &Sources, path: &str, diagnostic: &Diagnostic, color: bool) -> String {
    let place = |file: Option<&String>, span: super::Span| {
        (file.cloned().unwrap_or_else(|| path.to_owned()), span.start as usize..span.end as usize)
    };
    let (kind, paint) = match diagnostic.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let config = Config::default()
        .with_color(color)
        .with_char_set(if color { CharSet::Unicode } else { CharSet::Ascii })
        .with_index_type(IndexType::Byte);
    let main = Label::new(place(None, diagnostic.span)).with_color(paint);
    let main = match &diagnostic.label {
        Some(text) => main.with_message(text),
        None => main.with_message("here"),
    };
    let mut report = Report::build(kind, place(None, diagnostic.span))
        .with_config(config)
        .with_code(diagnostic.code.as_str())
        .with_message(&diagnostic.message)
        .with_label(main);
    for label in &diagnostic.labels {
        let extra = Label::new(place(label.file.as_ref(), label.span));
        report = report.with_label(extra.with_message(&label.message).with_color(Color::Blue));
    }
    for note in &diagnostic.notes {
        report = report.with_note(note);
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help);
    }
    let mut out = Vec::new();
    if report.finish().write(sources, &mut out).is_err() {
        return format!("{}: {} [{}]: {}\n", path, diagnostic.severity, diagnostic.code, diagnostic.message);
    }
    String::from_utf8_lossy(&out).into_owned()
}
