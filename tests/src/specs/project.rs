//! The project of a section: its files and its facts.

use assize::{Engine, Snapshot};
use assize_lang::FileDiagnostics;

/// What a section's blocks add up to.
#[derive(Clone, Debug, Default)]
pub struct Project {
    files: Vec<String>,
    facts: String,
}

/// How far a project had come: what stands behind it is new.
#[derive(Clone, Debug, Default)]
pub struct Mark(Vec<usize>);

/// Where a block went: its file, and how many lines of it stand before the block.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub file: usize,
    pub lines: usize,
}

/// A project, compiled.
pub struct Built {
    pub engine: Option<Engine>,
    pub diagnostics: Vec<FileDiagnostics>,
}

/// The path of a file, by its number.
fn path(file: usize) -> String {
    format!("page/{file}.assize")
}

impl Project {
    /// Adds a block of policies: a file of its own where it starts with `package`, else more of the last.
    pub fn add(&mut self, block: &str) -> Place {
        let code = |line: &&str| !line.trim().is_empty() && !line.starts_with("//");
        let starts = block.lines().find(code).is_some_and(|line| line.starts_with("package "));
        match self.files.last_mut() {
            Some(last) if !starts => {
                last.push('\n');
                let lines = last.lines().count();
                last.push_str(block);
                Place { file: self.files.len().saturating_sub(1), lines }
            }
            _ => {
                self.files.push(block.to_owned());
                Place { file: self.files.len().saturating_sub(1), lines: 0 }
            }
        }
    }

    /// Adds lines of facts.
    pub fn add_facts(&mut self, lines: &str) {
        self.facts.push_str(lines);
    }

    /// How far it has come.
    pub fn mark(&self) -> Mark {
        Mark(self.files.iter().map(String::len).collect())
    }

    /// The text of a file.
    pub fn text(&self, file: usize) -> &str {
        self.files.get(file).map(String::as_str).unwrap_or_default()
    }

    /// The `package` and `use` lines of the last file.
    pub fn head(&self) -> String {
        let head = |line: &&str| line.starts_with("package ") || line.starts_with("use ");
        let last = self.files.last().map(String::as_str).unwrap_or("package page\n");
        last.lines().filter(head).map(|line| format!("{line}\n")).collect()
    }

    /// Compiles it, with the standard library where a file uses it, and with further files.
    pub fn build(&self, more: &[(String, String)]) -> Built {
        let mut builder = Engine::builder();
        if self.files.iter().any(|text| text.contains("use nhi.")) {
            builder = builder.stdlib();
        }
        for (file, text) in self.files.iter().enumerate() {
            builder = builder.source(path(file), text.clone());
        }
        for (path, text) in more {
            builder = builder.source(path.clone(), text.clone());
        }
        let (engine, diagnostics) = builder.build_partial();
        Built { engine, diagnostics }
    }

    /// Its facts, with further lines.
    pub fn snapshot(&self, engine: &Engine, more: &str) -> Snapshot {
        let mut loader = engine.loader();
        for (number, line) in (1_u64..).zip(self.facts.lines().chain(more.lines())) {
            loader.line("facts", number, line);
        }
        loader.finish()
    }
}

impl Mark {
    /// Whether a place in a file is new since the mark.
    pub fn is_new(&self, file: &str, start: u32) -> bool {
        let number = file.strip_prefix("page/").and_then(|file| file.strip_suffix(".assize"));
        let known =
            number.and_then(|number| number.parse().ok()).and_then(|number: usize| self.0.get(number));
        known.is_none_or(|length| start as usize >= *length)
    }
}

impl Place {
    /// Whether diagnostics of a path are about this block's file.
    pub fn is_in(&self, of: &str) -> bool {
        path(self.file) == of
    }
}
