//! What an edit can reach: whom to ask again.
//!
//! Salsa runs again only what it must. To find that out it looks at every query that it is asked about, and
//! in a project of two thousand files these are tens of thousands. So after an edit only the edited file is
//! asked, unless its [`Face`] has changed: what other files can see of it.

use std::collections::BTreeMap;
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
        // What is said of one file may show a place in another: places are in no face.
        let labels = files.values().flat_map(|told| &told.diagnostics).flat_map(|said| &said.labels);
        let tied = labels.into_iter().any(|label| label.file.is_some());
        match db.file(path) {
            Some(file) if known.edited.len() < MOST_EDITED && !tied => {
                let before = face(db, file);
                known.edited.insert(path.to_owned(), before);
            }
            _ => *known = Known::default(),
        }
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
        let known_now = &mut *known;
        match &mut known_now.files {
            Some(files) if edited.iter().all(|(path, before)| is_faced(db, files, path, before)) => {
                for path in edited.keys() {
                    let Some(now) = tell(db, path) else { continue };
                    if let Some(program) = &mut known_now.program {
                        put(Arc::make_mut(program), files.get(path).map(|told| &*told.part), &now.part);
                    }
                    files.insert(path.clone(), now);
                }
                if let Some(program) = known_now.program.as_mut().filter(|_| !edited.is_empty()) {
                    list(Arc::make_mut(program), files);
                }
            }
            _ => {
                let all = db.files.keys().filter_map(|path| Some((path.clone(), tell(db, path)?)));
                *known_now = Known { files: Some(all.collect()), ..Known::default() };
            }
        }
        known
    }
}

/// Whether nobody else can see what the edit of a file changed: its face is as it was, but perhaps for the
/// names of policies that no other text has.
fn is_faced(db: &Database, files: &BTreeMap<String, Told>, path: &str, before: &Face) -> bool {
    let Some(file) = db.file(path) else { return false };
    let now = face(db, file);
    if now == *before {
        return true;
    }
    let Some(names) = now.renamed(before) else { return false };
    let mut others = files.iter().filter(|(other, _)| *other != path);
    others.all(|(other, told)| {
        // An error may be about a name that is not there, and suggest one that is.
        let text = db.file(other).map_or("", |file| file.text(db));
        told.diagnostics.is_empty() && !names.iter().any(|name| text.contains(name))
    })
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
        put(&mut whole, None, &told.part);
    }
    list(&mut whole, files);
    whole
}

/// Puts a file's part, as it is now, in the place of what it was: what has a name.
fn put(whole: &mut Program, was: Option<&Program>, now: &Program) {
    fn named<T>(whole: &mut Named<T>, was: Option<&Named<T>>, now: &Named<T>) {
        for name in was.into_iter().flat_map(BTreeMap::keys) {
            whole.remove(name);
        }
        whole.extend(now.iter().map(|(name, value)| (name.clone(), Arc::clone(value))));
    }
    named(&mut whole.params, was.map(|part| &part.params), &now.params);
    named(&mut whole.tables, was.map(|part| &part.tables), &now.tables);
    named(&mut whole.relations, was.map(|part| &part.relations), &now.relations);
    named(&mut whole.policies, was.map(|part| &part.policies), &now.policies);
    for name in was.into_iter().flat_map(|part| part.places.keys()) {
        whole.places.remove(name);
    }
    whole.places.extend(now.places.iter().map(|(name, place)| (name.clone(), place.clone())));
}

/// Lists what has no name, in the order of files and places.
fn list(whole: &mut Program, files: &BTreeMap<String, Told>) {
    let parts = || files.values().map(|told| &told.part);
    whole.waivers = parts().flat_map(|part| part.waivers.iter().cloned()).collect();
    whole.envelopes = parts().flat_map(|part| part.envelopes.iter().cloned()).collect();
    whole.tests = parts().flat_map(|part| part.tests.iter().cloned()).collect();
}
