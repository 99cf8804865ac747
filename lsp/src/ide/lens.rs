//! Where something stands above a line: policies with their arms, and tests.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::syntax::ast::ItemKind;

/// A policy of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its qualified name.
    pub name: String,
    /// Its name's place.
    pub span: Span,
    /// The start of each arm.
    pub arms: Vec<Span>,
}

/// A test of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// Its name's place.
    pub span: Span,
}

/// The policies and the tests of a file, in the order of its text.
#[must_use]
pub fn lenses(db: &Database, path: &str) -> (Vec<Policy>, Vec<Test>) {
    let (mut policies, mut tests) = (Vec::new(), Vec::new());
    let (Some(file), Some(package)) = (db.file(path), db.package_of(path)) else { return (policies, tests) };
    for &item in db::items(db, file) {
        let start = item.start(db);
        match db::parsed(db, item).item.as_ref().map(|tree| &tree.kind) {
            Some(ItemKind::Policy(policy)) => {
                let arms = policy.decide.iter().flat_map(|decide| &decide.arms);
                policies.push(Policy {
                    name: format!("{package}.{}", policy.name.text),
                    span: policy.name.span.shifted(start),
                    arms: arms.map(|arm| arm.span.shifted(start)).collect(),
                });
            }
            Some(ItemKind::Test(test)) => {
                tests.push(Test { name: test.name.value.clone(), span: test.name.span.shifted(start) });
            }
            _ => {}
        }
    }
    (policies, tests)
}

/// The policy whose name is at `offset`, by qualified name.
#[must_use]
pub fn policy_at(db: &Database, path: &str, offset: u32) -> Option<String> {
    let (policies, _) = lenses(db, path);
    let holds = |policy: &Policy| policy.span.start <= offset && offset <= policy.span.end;
    policies.into_iter().find(holds).map(|policy| policy.name)
}
