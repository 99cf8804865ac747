//! What an edit runs again, and that edits and a fresh start agree.

use crate::support::MODEL;
use assize_lang::Database;

const FIRST: &str = "package a
use model.*
param limit: duration = 45d
policy one {
  for s: Secret
  decide { s.created_at < now - limit => alert low because \"old\" }
}
";
const SECOND: &str = "package b
use model.*
policy two {
  for s: Secret
  decide { s.static => alert low because \"static\" }
}
";

fn database() -> Database {
    let mut db = Database::remembering();
    db.set_source("model.assize", MODEL, true);
    db.set_source("a.assize", FIRST, false);
    db.set_source("b.assize", SECOND, false);
    assert!(db.diagnostics().is_empty(), "{:?}", db.diagnostics());
    let _ = db.program();
    let _ = db.take_executed();
    db
}

/// The names of the queries that an edit of `path` runs again, each once.
fn executed(db: &mut Database, path: &str, text: &str) -> Vec<String> {
    db.set_source(path, text, false);
    let _ = db.diagnostics();
    let _ = db.program();
    let mut names: Vec<String> =
        db.take_executed().iter().map(|key| key.split('(').next().expect("a name").to_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_equal_text_runs_nothing() {
    let mut db = database();
    assert_eq!(executed(&mut db, "b.assize", SECOND), Vec::<String>::new());
}

#[test]
fn a_blank_line_above_an_item_parses_and_checks_nothing() {
    let mut db = database();
    let moved = SECOND.replace("policy two", "\n\npolicy two");
    let names = executed(&mut db, "b.assize", &moved);
    for kept in ["parsed", "policy", "fact_type", "schema", "index", "catalog"] {
        assert!(!names.iter().any(|name| name == kept), "{kept} ran again: {names:?}");
    }
}

#[test]
fn an_edit_inside_a_policy_checks_that_policy_alone() {
    let mut db = database();
    let edited = SECOND.replace("s.static", "!s.static");
    let names = executed(&mut db, "b.assize", &edited);
    assert_eq!(names.iter().filter(|name| *name == "parsed").count(), 1, "{names:?}");
    assert_eq!(names.iter().filter(|name| *name == "policy").count(), 1, "{names:?}");
    for kept in ["fact_type", "enum_type", "schema", "index", "catalog"] {
        assert!(!names.iter().any(|name| name == kept), "{kept} ran again: {names:?}");
    }
}

#[test]
fn edits_and_a_fresh_start_agree() {
    let mut db = database();
    let edits = [
        ("b.assize", SECOND.replace("s.static", "s.nope")),
        ("a.assize", FIRST.replace("45d", "\"x\"")),
        ("b.assize", SECOND.replace("two", "three")),
        ("model.assize", MODEL.replace("static: bool", "static: bool?")),
        ("a.assize", FIRST.to_owned()),
        ("model.assize", MODEL.to_owned()),
    ];
    let mut texts = std::collections::BTreeMap::from([
        ("model.assize", MODEL.to_owned()),
        ("a.assize", FIRST.to_owned()),
        ("b.assize", SECOND.to_owned()),
    ]);
    for (path, text) in edits {
        db.set_source(path, &text, path == "model.assize");
        texts.insert(path, text);
        let mut fresh = Database::default();
        for (path, text) in &texts {
            fresh.set_source(path, text, *path == "model.assize");
        }
        assert_eq!(db.diagnostics(), fresh.diagnostics(), "after an edit of {path}");
        assert_eq!(db.program(), fresh.program(), "after an edit of {path}");
    }
}
