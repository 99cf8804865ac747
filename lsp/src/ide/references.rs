//! Every place that means the same as the name under the cursor.

use assize_lang::Database;
use assize_lang::diagnostic::Span;
use assize_lang::sema::at::{Meaning, Reference};

/// Every place that means what the name at `offset` means, its declaration among them.
#[must_use]
pub fn references(db: &Database, path: &str, offset: u32) -> Vec<Reference> {
    db.at(path, offset).map(|at| db.references(path, &at)).unwrap_or_default()
}

/// The same in this file alone; the language's own words too, as far as they are in one item.
#[must_use]
pub fn highlights(db: &Database, path: &str, offset: u32) -> Vec<Reference> {
    db.at(path, offset).map(|at| db.references_in(path, &at)).unwrap_or_default()
}

/// The places of a name that its item binds: they can be written anew all at once. None of any other name: its
/// places are in other items and files.
#[must_use]
pub fn linked(db: &Database, path: &str, offset: u32) -> Vec<Span> {
    let Some(at) = db.at(path, offset) else { return Vec::new() };
    let Meaning::Local(local) = &at.meaning else { return Vec::new() };
    let places = db.references_in(path, &at);
    let text = db.file(path).map(|file| file.text(db)).unwrap_or_default();
    // In a waiver or an envelope the name is somebody else's.
    if !places.iter().all(|one| one.span.text(text) == local.name) {
        return Vec::new();
    }
    places.into_iter().map(|one| one.span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    fn shown(text: &str, find: fn(&Database, &str, u32) -> Vec<Reference>) -> Vec<String> {
        let fixture = Fixture::new(text);
        let found = find(&fixture.db, fixture::PATH, fixture.cursor);
        let line = |one: &Reference| {
            format!("{}{}", if one.declares { "+ " } else { "  " }, fixture.marked(&one.path, one.span))
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn what_means_the_same_is_found_and_what_is_called_the_same_is_not() {
        let text = "fn f(s: Secret): bool = s.sta<CURSOR>tic\npolicy q { for static_: Secret where static_.static && f(static_) }\n// static\n";
        insta::assert_snapshot!(shown(text, references).join("\n"), @r"
        + model:   [static]: bool
          fn f(s: Secret): bool = s.[static]
          policy q { for static_: Secret where static_.[static] && f(static_) }
        ");
        let text = "fn f(s: Secret): bool = s.uses.exists(u, u.at > now) && s.u<CURSOR>ses.size() > 0\nfn g(s: Secret): bool = s.uses.size() > 0\n";
        insta::assert_snapshot!(shown(text, references).join("\n"), @r"
        + model:   secret: Secret inverse [uses]
          fn f(s: Secret): bool = s.[uses].exists(u, u.at > now) && s.uses.size() > 0
          fn f(s: Secret): bool = s.uses.exists(u, u.at > now) && s.[uses].size() > 0
          fn g(s: Secret): bool = s.[uses].size() > 0
        ");
        insta::assert_snapshot!(shown(text, highlights).join("\n"), @r"
        fn f(s: Secret): bool = s.[uses].exists(u, u.at > now) && s.uses.size() > 0
        fn f(s: Secret): bool = s.uses.exists(u, u.at > now) && s.[uses].size() > 0
        fn g(s: Secret): bool = s.[uses].size() > 0
        ");
    }

    #[test]
    fn a_local_name_is_looked_for_in_its_item() {
        let text = "policy q { for s<CURSOR>: Secret where s.static decide { s.uses.exists(u, u.secret == s) => alert low because \"{s.id}\" } }\nfn g(s: Secret): bool = s.static\n";
        assert_eq!(shown(text, references).len(), 5);
        let fixture = Fixture::new(text);
        assert_eq!(linked(&fixture.db, fixture::PATH, fixture.cursor).len(), 5);
        let fixture = Fixture::new("fn g(s: Secret): bool = s.sta<CURSOR>tic\n");
        assert_eq!(linked(&fixture.db, fixture::PATH, fixture.cursor), Vec::new());
    }

    #[test]
    fn a_control_is_found_by_all_its_names() {
        let text = "policy a { maps csf.DE_C<CURSOR>M_03 for s: Secret }\npolicy b { maps csf.DE_CM_3 for s: Secret }\n";
        insta::assert_snapshot!(shown(text, references).join("\n"), @r#"
        + model:   [DE_CM_03] "DE.CM-03" "Personnel activity" alias DE_CM_3
          model:   DE_CM_03 "DE.CM-03" "Personnel activity" alias [DE_CM_3]
          policy a { maps csf.[DE_CM_03] for s: Secret }
          policy b { maps csf.[DE_CM_3] for s: Secret }
        "#);
    }
}
