//! What other files can see of a file.

use std::collections::BTreeSet;

use super::items::params;
use super::policy::policy;
use super::resolve::{self, DeclKind, Header};
use crate::db::{self, Db, SourceFile};
use crate::plan::{Name, Type};

/// Everything of a file that a look from another file can meet. While it stays as it was, no edit of the
/// file changes what is said of any other or what any other compiles to.
///
/// What policies, tests, waivers and envelopes say inside is not in it, but for what has its own line here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Face {
    header: Header,
    declared: Vec<(DeclKind, String)>,
    /// The texts of what others read into: types, params, functions, tables, relations, catalogs.
    texts: Vec<String>,
    /// A waiver reads what a policy binds, and whether it decides anything.
    waivable: Vec<Option<Waivable>>,
    /// A param that nothing reads is warned of where it is declared, unless something is broken.
    reads: BTreeSet<Name>,
    whole: bool,
}

/// Whether a policy decides anything, and what it binds.
type Waivable = (bool, Vec<(Name, Type)>);

impl Face {
    /// Where the two differ in names of policies and in nothing else: the names that only one of them has.
    pub(crate) fn renamed<'f>(&'f self, other: &'f Self) -> Option<BTreeSet<&'f str>> {
        let is_policy = |(kind, _): &&(DeclKind, String)| *kind == DeclKind::Policy;
        let others = |face: &'f Self| face.declared.iter().filter(|one| !is_policy(one)).collect::<Vec<_>>();
        let policies = |face: &'f Self| -> BTreeSet<&'f str> {
            face.declared.iter().filter(is_policy).map(|(_, name)| name.as_str()).collect()
        };
        let same = self.header == other.header
            && others(self) == others(other)
            && self.texts == other.texts
            && self.waivable == other.waivable
            && self.reads == other.reads
            && self.whole == other.whole;
        let names = policies(self).symmetric_difference(&policies(other)).copied().collect();
        same.then_some(names)
    }
}

/// The face of a file.
pub(crate) fn face(db: &dyn Db, file: SourceFile) -> Face {
    let outline = resolve::outline(db, file);
    let mut face = Face {
        header: outline.header.clone(),
        declared: Vec::new(),
        texts: Vec::new(),
        waivable: Vec::new(),
        reads: BTreeSet::new(),
        whole: true,
    };
    for (name, kind, item) in &outline.declared {
        face.declared.push((*kind, name.clone()));
        if *kind == DeclKind::Policy {
            let value = policy(db, *item).value.as_ref();
            face.waivable.push(value.map(|policy| {
                let decides = policy.arms.iter().any(|arm| !arm.outcomes.is_empty());
                let bound = policy.bindings.iter().map(|bound| (bound.name.clone(), bound.ty.clone()));
                (decides, bound.collect())
            }));
        }
    }
    for &item in db::items(db, file) {
        if params::may_read(db, item) {
            face.reads.extend(params::read_by(db, item).iter().cloned());
            face.whole &= !params::is_broken(db, item);
        }
        let word = item.head(db).split(' ').next().unwrap_or_default();
        if !matches!(word, "package" | "use" | "policy" | "test" | "waive" | "envelope") {
            face.texts.push(item.text(db).to_owned());
        }
    }
    face
}
