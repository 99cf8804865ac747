//! The project of a section: its files and its facts.

use assize_lang::FileDiagnostics;

use crate::builder::Builder;
use crate::engine::Engine;
use crate::store::Snapshot;

/// What a section's blocks add up to.
#[derive(Clone, Debug, Default)]
pub(super) struct Project {
    /// What the page is called.
    page: String,
    /// The files. A block stands in its file on the lines that it has on the page.
    files: Vec<String>,
    facts: String,
}

/// How far a project had come: what stands behind it is new.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark(Vec<usize>);

/// Where a block went: its file, and how many lines of it stand before the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    file: usize,
    pub(super) lines: usize,
}

/// A project, compiled.
pub(super) struct Built {
    pub(super) engine: Option<Engine>,
    pub(super) diagnostics: Vec<FileDiagnostics>,
}

impl Project {
    /// The empty project of a page.
    pub(super) fn of(page: &str) -> Self {
        Self { page: page.to_owned(), ..Self::default() }
    }

    /// Adds a block of policies, whose fence stands on a line of the page: a file of its own where it starts
    /// with `package`, else more of the last.
    pub(super) fn add(&mut self, block: &str, line: usize) -> Place {
        let code = |line: &&str| !line.trim().is_empty() && !line.starts_with("//");
        let starts = block.lines().find(code).is_some_and(|line| line.starts_with("package "));
        if starts || self.files.is_empty() {
            self.files.push(String::new());
        }
        let place = Place { file: self.files.len().saturating_sub(1), lines: line };
        if let Some(file) = self.files.last_mut() {
            let above = file.matches('\n').count();
            file.push_str(&"\n".repeat(line.saturating_sub(above)));
            file.push_str(block);
        }
        place
    }

    /// The path of a file: the page's name, with a number from the second on.
    fn path(&self, file: usize) -> String {
        match file {
            0 => self.page.clone(),
            _ => format!("{} ({})", self.page, file.saturating_add(1)),
        }
    }

    fn number(&self, path: &str) -> Option<usize> {
        (0..self.files.len()).find(|file| self.path(*file) == path)
    }

    /// Whether a path is of one of its files.
    pub(super) fn has(&self, path: &str) -> bool {
        self.number(path).is_some()
    }

    /// Adds lines of facts.
    pub(super) fn add_facts(&mut self, lines: &str) {
        self.facts.push_str(lines);
    }

    /// How far it has come.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.files.iter().map(String::len).collect())
    }

    /// The text of a file, by its path.
    pub(super) fn text(&self, path: &str) -> &str {
        self.number(path).and_then(|number| self.files.get(number)).map(String::as_str).unwrap_or_default()
    }

    /// The line of the page on which a byte of a file stands.
    pub(super) fn line(&self, path: &str, byte: u32) -> Option<usize> {
        let before = self.text(path).as_bytes().get(..usize::try_from(byte).ok()?)?;
        Some(before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1))
    }

    /// The `package` and `use` lines of the last file.
    pub(super) fn head(&self) -> String {
        let head = |line: &&str| line.starts_with("package ") || line.starts_with("use ");
        let last = self.files.last().map_or("package page\n", String::as_str);
        last.lines().filter(head).map(|line| format!("{line}\n")).collect()
    }

    /// Compiles it beside `base`, with further files.
    pub(super) fn build(&self, base: &dyn Fn(&[&str]) -> Builder, more: &[(String, String)]) -> Built {
        let texts: Vec<&str> = self.files.iter().map(String::as_str).collect();
        let mut builder = base(&texts);
        for (file, text) in texts.iter().enumerate() {
            builder = builder.source(self.path(file), *text);
        }
        for (path, text) in more {
            builder = builder.source(path.clone(), text.clone());
        }
        let (engine, diagnostics) = builder.build_partial();
        Built { engine, diagnostics }
    }

    /// Its facts, with further lines.
    pub(super) fn snapshot(&self, engine: &Engine, more: &str) -> Snapshot {
        let mut loader = engine.loader();
        for (number, line) in (1_u64..).zip(self.facts.lines().chain(more.lines())) {
            loader.line("facts", number, line);
        }
        loader.finish()
    }

    /// Whether a place in a file is new since a mark.
    pub(super) fn is_new(&self, mark: &Mark, file: &str, start: u32) -> bool {
        let known = self.number(file).and_then(|number| mark.0.get(number));
        known.is_none_or(|length| usize::try_from(start).is_ok_and(|start| start >= *length))
    }

    /// Whether diagnostics of a path are about a block's file.
    pub(super) fn is_in(&self, place: Place, of: &str) -> bool {
        self.path(place.file) == of
    }
}
