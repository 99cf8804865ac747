//! Every place that means the same.

use super::{At, Local, Meaning, names};
use crate::db::{self, Database, SourceFile};
use crate::diagnostic::Span;

/// A place that means something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The file.
    pub path: String,
    /// The name, counted from the file's start.
    pub span: Span,
    /// Whether it is declared there.
    pub declares: bool,
}

impl Database {
    /// Every place that means what `at`, of the file at `path`, means, its declaration among them, in the order of
    /// files and places. What the language itself declares stands everywhere, and is not looked for.
    #[must_use]
    pub fn references(&self, path: &str, at: &At) -> Vec<Reference> {
        let mut out = Vec::new();
        match &at.meaning {
            Meaning::Word(_) | Meaning::Code(_) => {}
            Meaning::Local(local) => {
                if let Some(file) = self.file(path) {
                    self.of_local(file, at.span.start, local, &mut out);
                }
            }
            meaning => {
                let said = words(self, meaning);
                for (path, text) in self.sources() {
                    if said.iter().any(|word| text.contains(word.as_str()))
                        && let Some(file) = self.file(path)
                    {
                        self.of_file(file, meaning, &said, &mut out);
                    }
                }
            }
        }
        if let Some(place) = &at.place {
            for one in &mut out {
                one.declares = one.path == place.path && one.span == place.span;
            }
        }
        out.sort();
        out.dedup();
        out
    }

    /// The same inside one file.
    #[must_use]
    pub fn references_in(&self, path: &str, at: &At) -> Vec<Reference> {
        let mut out = Vec::new();
        let Some(file) = self.file(path) else { return out };
        match &at.meaning {
            Meaning::Word(_) | Meaning::Code(_) => {}
            Meaning::Local(local) => self.of_local(file, at.span.start, local, &mut out),
            meaning => self.of_file(file, meaning, &words(self, meaning), &mut out),
        }
        for one in &mut out {
            one.declares =
                at.place.as_ref().is_some_and(|place| place.path == path && place.span == one.span);
        }
        out.sort();
        out.dedup();
        out
    }

    fn of_local(&self, file: SourceFile, offset: u32, local: &Local, out: &mut Vec<Reference>) {
        let Some(item) = self.item(file.path(self), offset) else { return };
        let start = item.start(self);
        for named in names(self, item) {
            if let Meaning::Local(other) = &named.meaning
                && other.name == local.name
                && other.declared.shifted(start) == local.declared
            {
                out.push(reference(file.path(self), named.span.shifted(start)));
            }
        }
    }

    fn of_file(&self, file: SourceFile, meaning: &Meaning, said: &[String], out: &mut Vec<Reference>) {
        for &item in db::items(self, file) {
            let text = item.text(self);
            if !said.iter().any(|word| text.contains(word.as_str())) {
                continue;
            }
            for named in names(self, item) {
                if same(&named.meaning, meaning, said) {
                    out.push(reference(file.path(self), named.span.shifted(item.start(self))));
                }
            }
        }
    }
}

fn reference(path: &str, span: Span) -> Reference {
    Reference { path: path.to_owned(), span, declares: false }
}

/// The words that say it: of a control all its names.
fn words(db: &Database, meaning: &Meaning) -> Vec<String> {
    let short = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    match meaning {
        Meaning::Package(name) => vec![short(name)],
        Meaning::Item(name) => vec![name.short().to_owned()],
        Meaning::Field { field, .. } => vec![field.clone()],
        Meaning::Inverse { list, .. } => vec![list.clone()],
        Meaning::Member { member, .. } => vec![member.clone()],
        Meaning::Control { catalog, entry } => {
            let listed = db.catalog(catalog);
            let found = listed
                .into_iter()
                .flat_map(|catalog| &catalog.entries)
                .find(|listed| listed.name == *entry || listed.aliases.iter().any(|alias| alias == entry));
            let Some(found) = found else { return vec![entry.clone()] };
            std::iter::once(&found.name).chain(&found.aliases).cloned().collect()
        }
        Meaning::Local(local) => vec![local.name.clone()],
        Meaning::Code(_) | Meaning::Word(_) => Vec::new(),
    }
}

fn same(one: &Meaning, other: &Meaning, said: &[String]) -> bool {
    match (one, other) {
        (Meaning::Control { catalog, entry }, Meaning::Control { catalog: of, .. }) => {
            catalog == of && said.contains(entry)
        }
        _ => one == other,
    }
}
