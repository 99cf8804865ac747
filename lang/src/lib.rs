//! The Assize policy language: text becomes checked plans.
//!
//! [`compile`] is the whole of it for those who have texts and want a [`plan::Program`]; [`db::Database`]
//! is the same, incrementally, for editors and watchers.
//!
//! Nothing here reads facts, files or clocks.

pub mod cost;
pub mod db;
pub mod diagnostic;
pub mod expression;
pub mod library;
pub mod plan;
pub mod sema;
pub mod syntax;
pub mod trial;

use std::sync::Arc;

pub use db::{Database, FileDiagnostics};
use plan::Program;

/// A source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its path, as diagnostics name it.
    pub path: String,
    /// The text.
    pub text: String,
    /// Whether it belongs to a library.
    pub library: bool,
}

impl SourceText {
    /// As [`Database::set_sources`] takes it.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, bool) {
        (&self.path, &self.text, self.library)
    }
}

/// What a set of texts compiles to.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// Everything that has no errors.
    pub program: Arc<Program>,
    /// What is wrong with the rest, by file.
    pub diagnostics: Vec<FileDiagnostics>,
}

/// Compiles texts once.
#[must_use]
pub fn compile(sources: &[SourceText]) -> Compiled {
    let mut db = Database::default();
    db.set_sources(sources.iter().map(SourceText::parts));
    Compiled { program: db.program(), diagnostics: db.diagnostics() }
}
