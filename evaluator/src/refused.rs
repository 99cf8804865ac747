//! What is wrong with policies, for people: each place with what stands there.

use std::fmt::Write as _;

use assize_lang::SourceText;
use assize_lang::diagnostic::{Severity, Sources, render};

use crate::builder::BuildError;
use crate::test_runner::TestReport;

/// How many expectations of one test are told.
const TOLD: usize = 3;

/// One place that something is wrong at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named to the builder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong; of a test its name.
    pub message: String,
}

impl BuildError {
    /// Everything that is wrong, in several lines: of policies that do not compile the file, the line and the remedy,
    /// drawn; of tests that fail their place, and what was expected. The first line is that of the error itself.
    #[must_use]
    pub fn told(&self) -> String {
        let mut out = self.to_string();
        match self {
            Self::Policies { diagnostics, texts, .. } => {
                let mut sources = Sources::default();
                for text in texts {
                    sources.insert(text.path.as_str(), text.text.as_str());
                }
                for file in diagnostics {
                    for one in file.diagnostics.iter().filter(|one| one.severity == Severity::Error) {
                        out.push('\n');
                        out.push_str(render(&sources, &file.path, one, false).trim_end());
                    }
                }
            }
            Self::Tests { failed, texts } => failed.iter().for_each(|report| test(&mut out, report, texts)),
            Self::Read { .. } | Self::Param(_) | Self::Signal(_) => {}
        }
        out
    }

    /// The places of all that, for programs: of errors in policies, and of tests that fail.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        match self {
            Self::Policies { diagnostics, texts, .. } => {
                let all =
                    diagnostics.iter().flat_map(|file| file.diagnostics.iter().map(move |one| (file, one)));
                let errors = all.filter(|(_, one)| one.severity == Severity::Error);
                errors.map(|(file, one)| place(texts, &file.path, one.span.start, &one.message)).collect()
            }
            Self::Tests { failed, texts } => failed
                .iter()
                .map(|report| place(texts, &report.file, report.span.start, &report.name))
                .collect(),
            Self::Read { .. } | Self::Param(_) | Self::Signal(_) => Vec::new(),
        }
    }
}

fn place(texts: &[SourceText], file: &str, byte: u32, message: &str) -> Place {
    let text = texts.iter().find(|text| text.path == file).map_or("", |text| &text.text);
    let before = text.get(..usize::try_from(byte).unwrap_or(0)).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.chars().rev().take_while(|one| *one != '\n').count().saturating_add(1);
    Place { file: file.to_owned(), line, column, message: message.to_owned() }
}

fn test(out: &mut String, report: &TestReport, texts: &[SourceText]) {
    let line = |byte: u32| place(texts, &report.file, byte, "").line;
    // A write to a string cannot fail.
    let _ = write!(out, "\n{}:{}: `{}`", report.file, line(report.span.start), report.name);
    for failure in report.failures.iter().take(TOLD) {
        let _ = write!(out, "\n  line {}: expected {}", line(failure.span.start), failure.expected);
    }
    let more = report.failures.len().saturating_sub(TOLD);
    if more > 0 {
        let _ = write!(out, "\n  and {more} more");
    }
}
