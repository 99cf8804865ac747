//! The incremental database: texts go in, diagnostics and plans come out.
//!
//! file → items → trees → names → types → plans, each a salsa query. An item's place in its file is a
//! field of its own, so that an edit above it re-runs nothing inside it. After an edit only the files that
//! it can reach are asked again (`reach.rs`). Facts, evaluation, clocks and rendering stay out of here.

mod inputs;
mod reach;
mod said;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashSet;
use salsa::{Durability, Setter};

use crate::diagnostic::Diagnostic;
use crate::plan::Program;
use crate::syntax::{self, ParsedItem};

pub use inputs::{Gist, Item, QualifiedName, SourceFile, Workspace};

/// What the queries need of a database.
#[salsa::db]
pub trait Db: salsa::Database {}

/// The database itself. Clones are handles on the same data.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    files: BTreeMap<String, SourceFile>,
    reach: reach::Reach,
    said: Arc<said::Said>,
    /// What salsa did, where somebody wants to know.
    work: Option<Arc<Mutex<Work>>>,
}

/// What salsa did since somebody last asked.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The queries that ran.
    pub executed: Vec<String>,
    /// How many answers were found to hold still, by a look at what they rest on.
    pub confirmed: usize,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("files", &self.files.keys()).finish_non_exhaustive()
    }
}

/// The path under which diagnostics name the prelude.
pub const PRELUDE_PATH: &str = "assize/core.assize";

impl Default for Database {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Database {
    /// A database that remembers what salsa did, for tests of incrementality: see [`Self::take_work`].
    #[must_use]
    pub fn remembering() -> Self {
        Self::new(Some(Arc::default()))
    }

    fn new(work: Option<Arc<Mutex<Work>>>) -> Self {
        let log = work.clone();
        let callback = log.map(|log| -> Box<dyn Fn(salsa::Event) + Send + Sync> {
            Box::new(move |event: salsa::Event| {
                let Ok(mut log) = log.lock() else { return };
                match event.kind {
                    salsa::EventKind::WillExecute { database_key } => {
                        log.executed.push(format!("{database_key:?}"));
                    }
                    salsa::EventKind::DidValidateMemoizedValue { .. } => {
                        log.confirmed = log.confirmed.saturating_add(1);
                    }
                    _ => {}
                }
            })
        });
        let mut db = Self {
            storage: salsa::Storage::new(callback),
            files: BTreeMap::new(),
            reach: reach::Reach::default(),
            said: Arc::default(),
            work,
        };
        let prelude = SourceFile::builder(
            PRELUDE_PATH.to_owned(),
            include_str!("../prelude.assize").to_owned(),
            true,
            Gist::default(),
            Vec::new(),
        )
        .durability(Durability::HIGH)
        .new(&db);
        db.files.insert(PRELUDE_PATH.to_owned(), prelude);
        let _: Workspace = Workspace::builder(vec![prelude], false).durability(Durability::MEDIUM).new(&db);
        db.note_gist(prelude);
        db
    }

    /// Adds a text, or replaces the one with its path. An equal text changes nothing.
    pub fn set_source(&mut self, path: &str, text: &str, library: bool) {
        let Some(file) = self.files.get(path).copied() else {
            self.set_sources([(path, text, library)]);
            return;
        };
        if file.text(self) != text {
            self.reach.note_edit(self, path);
            file.set_text(self).to(text.to_owned());
            self.note_gist(file);
            self.note_said(&[file]);
        }
    }

    /// Adds texts, each with its path and whether it is a library's, or replaces those with their paths. What they
    /// ask of one another is found out once, and not for each.
    pub fn set_sources<'t>(&mut self, texts: impl IntoIterator<Item = (&'t str, &'t str, bool)>) {
        let mut added = Vec::new();
        for (path, text, library) in texts {
            if self.files.contains_key(path) {
                self.set_source(path, text, library);
                continue;
            }
            let durability = if library { Durability::HIGH } else { Durability::LOW };
            let file =
                SourceFile::builder(path.to_owned(), text.to_owned(), library, Gist::default(), Vec::new())
                    .durability(durability)
                    .new(self);
            self.note_gist(file);
            self.files.insert(path.to_owned(), file);
            added.push(file);
        }
        if !added.is_empty() {
            self.publish();
            self.note_said(&added);
        }
    }

    /// Writes down what everybody asks of a file, where its text says something else than before.
    fn note_gist(&mut self, file: SourceFile) {
        let gist = crate::sema::gist(self, file);
        if *file.gist(self) != gist {
            file.set_gist(self).with_durability(Durability::MEDIUM).to(gist);
        }
    }

    /// Takes a text away.
    pub fn remove_source(&mut self, path: &str) {
        if path == PRELUDE_PATH {
            return;
        }
        if let Some(file) = self.files.remove(path) {
            self.publish();
            let touched = Arc::make_mut(&mut self.said).forget(file);
            self.note_idle(touched);
        }
    }

    /// Writes down which items nobody means any more, or somebody again, by what files say now.
    fn note_said(&mut self, files: &[SourceFile]) {
        let own: Vec<SourceFile> = files.iter().copied().filter(|file| !file.library(self)).collect();
        if own.is_empty() {
            return;
        }
        let mut said = std::mem::take(&mut self.said);
        let touched = Arc::make_mut(&mut said).note(self, &own);
        self.said = said;
        self.note_idle(touched);
    }

    fn note_idle(&mut self, touched: FxHashSet<SourceFile>) {
        for file in touched {
            let idle = self.said.idle(file);
            if *file.idle(self) != idle {
                self.reach.note_seen(file.path(self));
                file.set_idle(self).to(idle);
            }
        }
        let judges = self.said.judges();
        let workspace = Workspace::get(self);
        if workspace.judges(self) != judges {
            self.reach.forget();
            workspace.set_judges(self).with_durability(Durability::MEDIUM).to(judges);
        }
    }

    /// The file at `path`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<SourceFile> {
        self.files.get(path).copied()
    }

    /// The texts, by path.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file.text(self)))
    }

    /// The diagnostics of every file that has any, by path.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<FileDiagnostics> {
        self.reach.diagnostics(self)
    }

    /// What the texts compile to; items with errors are left out.
    #[must_use]
    pub fn program(&self) -> Arc<Program> {
        self.reach.program(self)
    }

    /// What salsa did since the last call, of a database that remembers it.
    #[must_use]
    pub fn take_work(&self) -> Work {
        let work = self.work.as_ref().and_then(|work| work.lock().ok());
        work.map(|mut work| std::mem::take(&mut *work)).unwrap_or_default()
    }

    fn publish(&mut self) {
        self.reach.forget();
        let files: Vec<SourceFile> = self.files.values().copied().collect();
        let workspace = Workspace::get(self);
        workspace.set_files(self).with_durability(Durability::MEDIUM).to(files);
    }
}

/// The diagnostics of one file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiagnostics {
    /// The file.
    pub path: String,
    /// What is said about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// The items of a file; none of one that is over a limit.
#[salsa::tracked]
pub fn items<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Item<'db>> {
    syntax::cut_file(file.text(db))
        .into_iter()
        .map(|raw| Item::new(db, file, head(&raw.text), raw.text, raw.start))
        .collect()
}

/// An item's tree.
#[salsa::tracked]
pub fn parsed<'db>(db: &'db dyn Db, item: Item<'db>) -> ParsedItem {
    syntax::parse_item(item.text(db))
}

/// The first two words of an item, past its comments: what it is and what it is called.
pub(crate) fn head(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.split("//").next());
    let mut words = lines
        .flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')))
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    format!("{first} {second}")
}

/// The diagnostics of a file, in the order of their places.
#[salsa::tracked]
pub fn file_diagnostics(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let mut out = crate::sema::file_diagnostics(db, file);
    out.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    out.dedup();
    out
}

/// What the items of one file compile to. The schema is made of all files, and is left out.
#[salsa::tracked]
pub fn file_program(db: &dyn Db, file: SourceFile) -> Arc<Program> {
    Arc::new(crate::sema::file_program(db, file))
}
