//! What an edit can reach: whom to ask again.
//!
//! Salsa runs again only what it must. To find that out it looks at every query that it is asked about, and
//! in a project of two thousand files these are tens of thousands. So after an edit only the edited file is
//! asked, unless its [`Face`] has changed: what other files can see of it. Where only names of policies have,
//! whoever says one of them is asked too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Database, FileDiagnostics, file_diagnostics, file_program};
use crate::diagnostic::Diagnostic;
use crate::plan::{Name, Program};
use crate::sema;
use crate::sema::face::{Face, face};

/// More edits than these at once are more than somebody typing: everything is asked again.
const MOST_EDITED: usize = 8;

/// What a program has by name.
type Named<T> = BTreeMap<Name, Arc<T>>;

/// What is known about every file since it was last asked.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<Known>);

/// A clone goes its own way, and asks for itself.
impl Clone for Reach {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Debug, Default)]
struct Known {
    /// By path; `None` where everything has to be asked.
    files: Option<BTreeMap<String, Told>>,
    /// The files that were edited since, with their faces before.
    edited: BTreeMap<String, Face>,
    /// The files that were not edited and look different from elsewhere.
    seen: BTreeSet<String>,
    /// What the files' parts make together, where somebody wanted it.
    program: Option<Arc<Program>>,
}

/// What is known about a file.
#[derive(Debug)]
struct Told {
    diagnostics: Vec<Diagnostic>,
    part: Arc<Program>,
}

impl Reach {
    fn lock(&self) -> MutexGuard<'_, Known> {
        // Salsa unwinds out of a query whose answer nobody needs any more: start over.
        self.0.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            self.0.clear_poison();
            let mut known = poisoned.into_inner();
            *known = Known::default();
            known
        })
    }

    /// Files came or went.
    pub(super) fn forget(&self) {
        *self.lock() = Known::default();
    }

    /// The file at `path` is about to be edited.
    pub(super) fn note_edit(&self, db: &Database, path: &str) {
        let mut known = self.lock();
        let Some(files) = &known.files else { return };
        if known.edited.contains_key(path) {
            return;
        }
        match db.file(path).filter(|_| files.contains_key(path)) {
            Some(file) if known.edited.len() < MOST_EDITED => {
                let before = face(db, file);
                known.edited.insert(path.to_owned(), before);
            }
            _ => *known = Known::default(),
        }
    }

    /// An edit elsewhere changed what is said of the file at `path`.
    pub(super) fn note_seen(&self, path: &str) {
        self.lock().seen.insert(path.to_owned());
    }

    /// What is said about every file of which anything is said, by path.
    pub(super) fn diagnostics(&self, db: &Database) -> Vec<FileDiagnostics> {
        let known = self.refreshed(db);
        let said = known.files.iter().flatten().filter(|(_, told)| !told.diagnostics.is_empty());
        said.map(|(path, told)| FileDiagnostics { path: path.clone(), diagnostics: told.diagnostics.clone() })
            .collect()
    }

    /// What all texts compile to.
    pub(super) fn program(&self, db: &Database) -> Arc<Program> {
        let mut known = self.refreshed(db);
        let Known { files, program, .. } = &mut *known;
        let whole = program.get_or_insert_with(|| Arc::new(together(db, files.get_or_insert_default())));
        Arc::clone(whole)
    }

    fn refreshed(&self, db: &Database) -> MutexGuard<'_, Known> {
        let mut known = self.lock();
        let edited = std::mem::take(&mut known.edited);
        let seen = std::mem::take(&mut known.seen);
        let known_now = &mut *known;
        let files = known_now.files.as_mut();
        match files.and_then(|files| Some((reached(db, files, &edited, &seen)?, files))) {
            Some((reached, files)) => {
                let told = |path: &String| Some((path.clone(), tell(db, path)?));
                let told: Vec<(String, Told)> = reached.iter().filter_map(told).collect();
                if let Some(program) = known_now.program.as_mut().filter(|_| !told.is_empty()) {
                    let program = Arc::make_mut(program);
                    // A name may have moved from one of the files to another.
                    let before = told.iter().filter_map(|(path, _)| files.get(path));
                    before.for_each(|before| take(program, &before.part));
                    told.iter().for_each(|(_, now)| put(program, &now.part));
                    files.extend(told);
                    list(program, files);
                } else {
                    files.extend(told);
                }
            }
            None => {
                let all = db.files.keys().filter_map(|path| Some((path.clone(), tell(db, path)?)));
                *known_now = Known { files: Some(all.collect()), ..Known::default() };
            }
        }
        known
    }
}

/// The files of which something may have become different by edits: the edited ones, and whoever can see what
/// changed in them. `None` is everybody.
fn reached(
    db: &Database,
    files: &BTreeMap<String, Told>,
    edited: &BTreeMap<String, Face>,
    seen: &BTreeSet<String>,
) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (path, before) in edited {
        let now = face(db, db.file(path)?);
        if now != *before {
            names.extend(now.renamed(before)?.into_iter().map(str::to_owned));
        }
    }
    let sees = |(path, told): &(&String, &Told)| {
        // What is said of one file may show a place in another: places are in no face.
        let shown = || {
            let labels = told.diagnostics.iter().flat_map(|said| &said.labels);
            labels.filter_map(|label| label.file.as_ref()).any(|file| edited.contains_key(file))
        };
        // An error may be about a name that is not there, and suggest one that is.
        let named = || {
            let text = db.file(path).map_or("", |file| file.text(db));
            !told.diagnostics.is_empty() || names.iter().any(|name| text.contains(name))
        };
        edited.contains_key(*path) || seen.contains(*path) || shown() || (!names.is_empty() && named())
    };
    Some(files.iter().filter(sees).map(|(path, _)| path.clone()).collect())
}

/// Asks about one file.
fn tell(db: &Database, path: &str) -> Option<Told> {
    let file = db.file(path)?;
    let diagnostics = file_diagnostics(db, file).clone();
    Some(Told { diagnostics, part: Arc::clone(file_program(db, file)) })
}

/// The parts of a program as one.
fn together(db: &Database, files: &BTreeMap<String, Told>) -> Program {
    let mut whole = Program { schema: Arc::clone(sema::schema(db)), ..Program::default() };
    for told in files.values() {
        put(&mut whole, &told.part);
    }
    list(&mut whole, files);
    whole
}

/// Takes away what a file's part has by name.
fn take(whole: &mut Program, part: &Program) {
    fn named<T>(whole: &mut Named<T>, part: &Named<T>) {
        part.keys().for_each(|name| drop(whole.remove(name)));
    }
    named(&mut whole.params, &part.params);
    named(&mut whole.tables, &part.tables);
    named(&mut whole.relations, &part.relations);
    named(&mut whole.policies, &part.policies);
    part.places.keys().for_each(|name| drop(whole.places.remove(name)));
}

/// Puts in what a file's part has by name.
fn put(whole: &mut Program, part: &Program) {
    fn named<T>(whole: &mut Named<T>, part: &Named<T>) {
        whole.extend(part.iter().map(|(name, value)| (name.clone(), Arc::clone(value))));
    }
    named(&mut whole.params, &part.params);
    named(&mut whole.tables, &part.tables);
    named(&mut whole.relations, &part.relations);
    named(&mut whole.policies, &part.policies);
    whole.places.extend(part.places.iter().map(|(name, place)| (name.clone(), place.clone())));
}

/// Lists what has no name, in the order of files and places.
fn list(whole: &mut Program, files: &BTreeMap<String, Told>) {
    let parts = || files.values().map(|told| &told.part);
    whole.waivers = parts().flat_map(|part| part.waivers.iter().cloned()).collect();
    whole.envelopes = parts().flat_map(|part| part.envelopes.iter().cloned()).collect();
    whole.tests = parts().flat_map(|part| part.tests.iter().cloned()).collect();
}
