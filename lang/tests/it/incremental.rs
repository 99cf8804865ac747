//! What an edit runs again, and that edits and a fresh start agree.

use std::collections::BTreeMap;

use crate::support::MODEL;
use assize_lang::Database;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

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
    let _ = db.take_work();
    db
}

/// The names of the queries that an edit of `path` runs again, each once.
fn executed(db: &mut Database, path: &str, text: &str) -> Vec<String> {
    db.set_source(path, text, false);
    let _ = db.diagnostics();
    let _ = db.program();
    let executed = db.take_work().executed;
    let mut names: Vec<String> =
        executed.iter().map(|key| key.split('(').next().expect("a name").to_owned()).collect();
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
    for kept in ["parsed", "policy", "fact_type", "schema", "packages", "outline", "catalog"] {
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
    for kept in ["fact_type", "enum_type", "schema", "packages", "catalog"] {
        assert!(!names.iter().any(|name| name == kept), "{kept} ran again: {names:?}");
    }
}

/// A project of two thousand files, one of which has everything that an edit here changes.
const MANY: usize = 2_000;

fn many() -> Database {
    let mut db = Database::remembering();
    db.set_source("model.assize", MODEL, false);
    for file in 0..MANY {
        let text = format!(
            "package p{file}\nuse model.{{Level}}\ncatalog c{file} \"C\" version \"1\" prefix \"c{file}\" {{ A \"A\" \"a\" }}\n"
        );
        db.set_source(&format!("{file}.assize"), &text, false);
    }
    db.set_source("long.assize", LONG, false);
    assert!(db.diagnostics().is_empty(), "{:?}", db.diagnostics());
    let _ = db.program();
    let _ = db.take_work();
    db
}

const LONG: &str = r#"package long
use model.*

fn old(s: Secret): bool = s.created_at < now - 90d

policy first {
  for s: Secret
  let used = s.uses.exists(u, u.at > now - 7d)
  decide {
    s.old() && used => alert low because "old and in use"
  }
}

policy second {
  for s: Secret
  decide { s.static => alert low because "static" }
}

policy third {
  for s: Secret
  decide { s.old() => alert low because "old" }
}
"#;

/// How often each query runs for an edit of the long file among two thousand, and how many answers salsa looks
/// at besides.
fn among_many(db: &mut Database, text: &str) -> String {
    db.set_source("long.assize", text, false);
    let _ = db.diagnostics();
    let _ = db.program();
    let work = db.take_work();
    let mut counts = BTreeMap::<&str, usize>::new();
    for key in &work.executed {
        *counts.entry(key.split('(').next().expect("a name")).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!("{}; {} confirmed", counts.join(", "), work.confirmed)
}

#[test]
fn one_edit_among_two_thousand_files_runs_only_what_it_must() {
    let mut db = many();
    let mut edit = |from: &str, to: &str| {
        let ran = among_many(&mut db, &LONG.replace(from, to));
        among_many(&mut db, LONG);
        ran
    };
    edit("s.static", "!s.static");
    // A line of a condition, a text, the name of a `let`: one policy is parsed and checked.
    for (from, to) in [
        ("s.static", "!s.static"),
        ("\"static\"", "\"lives for ever\""),
        ("used", "seen"),
        ("now - 7d", "now - 8d"),
    ] {
        let ran = edit(from, to);
        insta::allow_duplicates! { insta::assert_snapshot!(ran, @"file_diagnostics 1, file_program 1, items 1, parsed 1, policy 1, read_by 1; 59 confirmed") };
    }
    // A blank line between items, and a comment above one.
    insta::assert_snapshot!(edit("policy second", "\n\npolicy second"), @"file_diagnostics 1, file_program 1, items 1; 62 confirmed");
    insta::assert_snapshot!(edit("policy second", "// so\npolicy second"), @"file_diagnostics 1, file_program 1, items 1, parsed 1, policy 1, read_by 1; 59 confirmed");
    // The inside of a function: the function, and the two policies that call it. Everybody is asked, for others
    // may call it as well.
    insta::assert_snapshot!(edit("- 90d", "- 91d"), @"file_diagnostics 1, file_program 1, function 1, items 1, parsed 1, policy 2, read_by 3, signature 1; 20090 confirmed");
    // The name of a policy that no other file says: the names of its package are listed again, no other package's,
    // and nothing that is made of types, signals and relations.
    insta::assert_snapshot!(edit("policy second", "policy another"), @"decls 1, file_diagnostics 1, file_program 1, header 1, items 1, lookup 3, names 1, outline 1, parsed 1, policy 1, read_by 1; 52 confirmed");
}

#[test]
fn a_name_that_nobody_says_any_more_asks_the_file_that_declares_it() {
    let mut db = many();
    let declared = "package helpers\nuse model.*\nfn young(s: Secret): bool = s.static\n";
    db.set_source("helpers.assize", declared, false);
    let uses =
        LONG.replace("use model.*", "use model.*\nuse helpers.*").replace("{ s.static =>", "{ s.young() =>");
    among_many(&mut db, &uses);
    assert!(db.diagnostics().is_empty(), "{:?}", db.diagnostics());
    let _ = db.take_work();
    // Nothing of the file that declares it runs again but what is said of it.
    insta::assert_snapshot!(among_many(&mut db, &uses.replace("s.young()", "s.static")), @"file_diagnostics 2, file_program 1, items 1, parsed 1, policy 1, read_by 5; 75 confirmed");
    assert_eq!(
        db.diagnostics().iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["helpers.assize"]
    );
    insta::assert_snapshot!(among_many(&mut db, &uses), @"file_diagnostics 2, file_program 1, items 1, parsed 1, policy 1, read_by 1; 78 confirmed");
    assert!(db.diagnostics().is_empty(), "{:?}", db.diagnostics());
}

/// What the files of a small project may say: each list is one file's texts, the first the one to start with.
/// What one file says shows in others: a param that only another file reads, a waiver on another's policy, a
/// function's body, a name that stands twice, a policy with errors.
const VARIANTS: &[(&str, &[&str])] = &[
    (
        "limits.assize",
        &[
            "package limits\nuse model.*\nparam days: duration = 45d\n",
            "package limits\nuse model.*\n\n\nparam days: duration = 46d\n",
            "package limits\nuse model.*\nparam days: int = 45\n",
            "package limits\nuse model.*\nparam days: duration = 45d\nfn old(s: Secret): bool = s.static\n",
            "package limits\n",
        ],
    ),
    (
        "functions.assize",
        &[
            "package functions\nuse model.*\nfn old(s: Secret): bool = s.created_at < now - 90d\n",
            "package functions\nuse model.*\nfn old(s: Secret): bool = s.static\n",
            "package functions\nuse model.*\nfn old(s: Secret, x: int): bool = s.static\n",
            "package functions\nuse model.{Secret}\nfn old(s: Secret): bool = s.status == SecretStatus.active\n",
            "package functions\nuse model.*\nfn old(s: Secret): bool = s.nope\nfn young(s: Secret): bool = s.static\n",
        ],
    ),
    (
        "one.assize",
        &[
            "package one\nuse model.*\nuse limits.*\nuse functions.{old}\npolicy p {\n  for s: Secret\n  where s.old() && s.created_at < now - days\n  decide { s.static => alert low because \"x\" }\n}\n",
            "package one\nuse model.*\nuse limits.*\nuse functions.{old}\npolicy p {\n  for s: Secret\n  where s.old()\n  decide { s.static => alert low because \"x\" }\n}\n",
            "package one\nuse model.*\nuse limits.*\nuse functions.{old}\npolicy p {\n  for t: Secret\n  where t.created_at < now - days\n  decide { t.static => alert high because \"y\" }\n}\n",
            "package one\nuse model.*\nuse limits.*\npolicy p {\n  for i: Identity\n  decide { i.nope => alert low because \"x\" }\n}\n",
            "package one\nuse model.*\nuse functions.*\nenum Extra { a, b }\nfn first(s: Secret): bool = functions.young(s)\n",
        ],
    ),
    (
        "two.assize",
        &[
            "package one\nuse model.*\nwaive p for s where s.id == \"x\" until 2027-01-31T00:00:00Z because \"y\" by \"z\"\n",
            "package one\nuse model.*\n\nenum Extra { a, b }\nwaive p for t where t.id == \"x\" until 2027-01-31T00:00:00Z because \"y\" by \"z\"\n",
            "package one\nuse model.*\n\npolicy p {\n  for s: Secret\n  decide { s.static => alert low because \"again\" }\n}\n",
            "package two\n\ntest \"t\" {\n  now 2026-06-01T00:00:00Z\n  set limits.days = 3d\n  expect nothing on \"a\" by one.p\n}\n",
            "package one\nuse nowhere.*\n",
        ],
    ),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: RngSeed::Fixed(20_260_601), ..ProptestConfig::default() })]

    #[test]
    fn any_edits_and_a_fresh_start_agree(edits in prop::collection::vec((0..VARIANTS.len(), 0_usize..5, any::<bool>()), 1..10)) {
        let mut texts: BTreeMap<&str, &str> =
            VARIANTS.iter().map(|(path, variants)| (*path, variants[0])).collect();
        texts.insert("model.assize", MODEL);
        let started = |texts: &BTreeMap<&str, &str>| {
            let mut db = Database::default();
            texts.iter().for_each(|(path, text)| db.set_source(path, text, *path == "model.assize"));
            db
        };
        let mut db = started(&texts);
        let _ = db.program();
        for (file, variant, look) in edits {
            let (path, variants) = VARIANTS[file];
            texts.insert(path, variants[variant]);
            db.set_source(path, variants[variant], false);
            if look {
                let fresh = started(&texts);
                prop_assert_eq!(db.diagnostics(), fresh.diagnostics());
                prop_assert_eq!(db.program(), fresh.program());
            }
        }
    }
}
