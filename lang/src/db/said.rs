//! Who says what: which items nobody can mean.
//!
//! An item is idle where no other item says its name and may mean it. What is compared are words: those of a file
//! that sees the item's package may be about it, whatever they turn out to be. So an item that is called idle
//! is, and the checker need not read a file to know it. Kept beside salsa, whose answers would all hang on all
//! texts: after an edit the words of one file are compared, and only what comes out is written down.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Db, SourceFile, items};
use crate::sema::{self, DeclKind};
use crate::syntax;

/// The facts that tell of every signal.
const COVERAGE: &str = "Coverage";
/// From so many files at once on, everybody is asked, instead of looking for those that these tell of.
const MANY: usize = 16;

/// What the files of a project say; libraries know nothing of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    files: FxHashMap<SourceFile, OfFile>,
    /// By a word: the files that say it.
    sayers: FxHashMap<String, Vec<SourceFile>>,
    /// By a word: the files with an item that goes by it.
    declarers: FxHashMap<String, Vec<SourceFile>>,
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfFile {
    package: String,
    /// Whether it decides anything: a project that decides nothing is there for others.
    judges: bool,
    words: BTreeSet<String>,
    /// The items that could be idle, by name.
    declared: BTreeMap<String, Declared>,
}

/// An item that could be idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Declared {
    is_signal: bool,
    /// Whether another item of its own file says its name.
    beside: bool,
}

impl Declared {
    /// The words that say it.
    fn names(self, name: &str) -> impl Iterator<Item = &str> {
        std::iter::once(name).chain(self.is_signal.then_some(COVERAGE))
    }
}

impl OfFile {
    fn read(db: &dyn Db, file: SourceFile) -> Self {
        let gist = file.gist(db);
        let mut out = Self {
            package: gist.package.clone(),
            judges: gist.declares(DeclKind::Policy),
            ..Self::default()
        };
        let items = items(db, file);
        // By a word: how many items say it, and the last of them.
        let mut count: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
        for (at, item) in items.iter().enumerate() {
            let is_test = item.head(db).starts_with("test ");
            syntax::words(item.text(db), &mut |word| {
                // Tests give coverage; whatever else asks about it may ask about every signal's.
                if is_test && word == COVERAGE {
                    return;
                }
                let (count, last) = count.entry(word).or_insert((0, usize::MAX));
                if *last != at {
                    (*count, *last) = (count.saturating_add(1), at);
                }
            });
        }
        for (name, kind, _) in sema::declared(db, file) {
            if !may_be_idle(*kind) {
                continue;
            }
            let is_signal = *kind == DeclKind::Signal;
            let beside = count.get(name.as_str()).is_some_and(|(count, _)| *count > 1);
            let beside = beside || (is_signal && count.contains_key(COVERAGE));
            out.declared.insert(name.clone(), Declared { is_signal, beside });
        }
        if items.is_empty() {
            // Too large to be read: it may say anything that stands in it.
            syntax::words(file.text(db), &mut |word| {
                count.insert(word, (1, 0));
            });
        }
        out.words = count.into_keys().map(str::to_owned).collect();
        out
    }

    /// Whether a word of this file may mean something of a package.
    fn sees(&self, package: &str) -> bool {
        self.package == package || package.split('.').all(|part| self.words.contains(part))
    }

    fn goes_by(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().flat_map(|(name, declared)| declared.names(name))
    }
}

/// Params have a warning of their own. Types say what comes in, catalogs what others publish, and policies decide:
/// nobody needs to name them.
const fn may_be_idle(kind: DeclKind) -> bool {
    match kind {
        DeclKind::Enum | DeclKind::Signal | DeclKind::Fn | DeclKind::Table | DeclKind::Relation => true,
        DeclKind::Fact | DeclKind::Request | DeclKind::Catalog | DeclKind::Param | DeclKind::Policy => false,
    }
}

impl Said {
    /// Takes note of what files say now: the files of which other items may be idle than before.
    pub(super) fn note(&mut self, db: &dyn Db, files: &[SourceFile]) -> FxHashSet<SourceFile> {
        let mut touched = FxHashSet::default();
        let mut changed = Vec::new();
        for &file in files {
            let now = OfFile::read(db, file);
            if self.files.get(&file) == Some(&now) {
                continue;
            }
            touched.extend(self.forget(file));
            for word in &now.words {
                self.sayers.entry(word.clone()).or_default().push(file);
            }
            for name in now.goes_by() {
                let files = self.declarers.entry(name.to_owned()).or_default();
                if !files.contains(&file) {
                    files.push(file);
                }
            }
            self.files.insert(file, now);
            changed.push(file);
        }
        if changed.len() > MANY {
            touched.extend(self.files.keys());
            return touched;
        }
        for file in &changed {
            if let Some(now) = self.files.get(file) {
                self.told_by(now, &mut touched);
            }
        }
        touched.extend(changed);
        touched
    }

    /// Takes back what a file said: the files of which other items may be idle than before.
    pub(super) fn forget(&mut self, file: SourceFile) -> FxHashSet<SourceFile> {
        let mut touched = FxHashSet::default();
        let Some(before) = self.files.remove(&file) else { return touched };
        for word in &before.words {
            leave(&mut self.sayers, word, file);
        }
        for name in before.goes_by() {
            leave(&mut self.declarers, name, file);
        }
        self.told_by(&before, &mut touched);
        touched
    }

    /// The files with an item that a file may mean.
    fn told_by(&self, of: &OfFile, touched: &mut FxHashSet<SourceFile>) {
        for declarer in of.words.iter().filter_map(|word| self.declarers.get(word)).flatten() {
            if self.files.get(declarer).is_some_and(|declarer| of.sees(&declarer.package)) {
                touched.insert(*declarer);
            }
        }
        if of.words.contains(COVERAGE) {
            touched.extend(self.declarers.get(COVERAGE).into_iter().flatten());
        }
    }

    /// The names of a file's items that nobody means.
    pub(super) fn idle(&self, file: SourceFile) -> Vec<String> {
        let Some(of) = self.files.get(&file) else { return Vec::new() };
        let elsewhere = |name: &str| {
            let mut sayers = self.sayers.get(name).into_iter().flatten().filter(|sayer| **sayer != file);
            sayers.any(|sayer| {
                name == COVERAGE || self.files.get(sayer).is_some_and(|sayer| sayer.sees(&of.package))
            })
        };
        let idle = of.declared.iter().filter(|(name, it)| !it.beside && !it.names(name).any(elsewhere));
        idle.map(|(name, _)| name.clone()).collect()
    }

    /// Whether any file decides anything.
    pub(super) fn judges(&self) -> bool {
        self.files.values().any(|file| file.judges)
    }
}

fn leave(all: &mut FxHashMap<String, Vec<SourceFile>>, word: &str, file: SourceFile) {
    if let Some(files) = all.get_mut(word) {
        files.retain(|one| *one != file);
        if files.is_empty() {
            all.remove(word);
        }
    }
}
