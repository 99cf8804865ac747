//! Items that nothing uses: said where it is certain, and nowhere else.

use assize_lang::Database;
use assize_lang::diagnostic::Code;

use crate::support::MODEL;

const POLICY: &str =
    "policy p {\n  for s: Secret\n  decide { s.static => alert low because \"static\" }\n}\n";

/// What is said to be idle in the files of a project, each a package of its own beside the model.
fn idle(files: &[&str]) -> Vec<String> {
    let mut db = Database::default();
    db.set_source("model.assize", MODEL, true);
    for (at, text) in files.iter().enumerate() {
        db.set_source(&format!("{at}.assize"), text, false);
    }
    said(&db)
}

/// What is said to be idle; that nothing else is wrong is the caller's care.
fn said(db: &Database) -> Vec<String> {
    let all = db.diagnostics().into_iter().flat_map(|file| file.diagnostics);
    all.filter(|one| one.code == Code::UnusedItem).map(|one| one.message).collect()
}

#[test]
fn every_kind_of_item_that_nothing_says_is_named() {
    for (item, message) in [
        ("enum Level { low < high }", "nothing uses enum `Level`"),
        ("signal ears { lag 1m gap 1m loss 0% basis run }", "nothing uses signal `ears`"),
        ("fn old(s: Secret): bool = s.static", "nothing uses fn `old`"),
        ("table t(a: bool): bool { true => true  false => false }", "nothing uses table `t`"),
        (
            "relation r(a: Identity, b: Identity) { case for s: Secret where s.identity == a && s.identity == b }",
            "nothing uses relation `r`",
        ),
    ] {
        let alone = format!("package a\nuse model.*\n\n{item}\n\n");
        assert_eq!(idle(&[&format!("{alone}{POLICY}")]), [message], "{item}");
        // Nobody judges: it is there for others.
        assert_eq!(idle(&[&alone]), Vec::<String>::new(), "{item}");
        // A comment says nothing.
        let name = message.split('`').nth(1).expect("a name");
        assert_eq!(idle(&[&format!("{alone}// {name}\n{POLICY}")]), [message], "{item}");
    }
}

#[test]
fn what_may_be_meant_is_used() {
    let own = |more: &str| {
        format!("package a\nuse model.*\n\nfn old(s: Secret): bool = s.static\n\n{more}{POLICY}")
    };
    let other = |text: &str| format!("package b\n{text}\n");
    for (files, idle_ones) in [
        (
            vec![own(
                "test \"t\" {\n  now 2026-06-01T00:00:00Z\n  expect error in \"\"\"policy q { where s.old() }\"\"\"\n}\n",
            )],
            0,
        ),
        (vec![own("fn told(s: Secret): string = \"{s.old()}\"\n")], 1),
        (vec![own(""), "package a\nuse model.*\nfn more(s: Secret): bool = s.old()\n".to_owned()], 1),
        (vec![own(""), other("use a.{old}")], 0),
        (
            vec![
                own(""),
                other(
                    "use model.*\nuse a.*\nwaive a.p for s where s.old() until 2027-01-01T00:00:00Z because \"x\" by \"y\"",
                ),
            ],
            0,
        ),
        (
            vec![
                own(""),
                other(
                    "use model.*\nwaive a.p for s where a.old(s) until 2027-01-01T00:00:00Z because \"x\" by \"y\"",
                ),
            ],
            0,
        ),
        // The same name in a package that cannot see it.
        (
            vec![
                own(""),
                other(
                    "use model.*\nfn old(s: Secret): bool = s.static\nwaive c.p for s where s.old() until 2027-01-01T00:00:00Z because \"x\" by \"y\"",
                ),
            ],
            1,
        ),
    ] {
        let texts: Vec<&str> = files.iter().map(String::as_str).collect();
        let said = idle(&texts);
        assert_eq!(said.len(), idle_ones, "{files:?} {said:?}");
    }
}

#[test]
fn types_say_what_comes_in() {
    let types = "package a\nuse model.*\n\nentity Box { key id: string } closed\n\nrequest Ask { key id: string  at: timestamp }\n\n";
    assert_eq!(idle(&[&format!("{types}{POLICY}")]), Vec::<String>::new());
}

#[test]
fn whoever_asks_about_coverage_asks_about_every_signal() {
    let signal = "package a\nuse model.*\n\nsignal ears { lag 1m gap 1m loss 0% basis run }\n\n";
    let down = "policy down {\n  for c: Coverage\n  decide { c.until < now - 1h => alert low because \"{c.scope}\" }\n}\n";
    assert_eq!(idle(&[&format!("{signal}{down}")]), Vec::<String>::new());
    assert_eq!(idle(&[&format!("{signal}{POLICY}"), &format!("package b\n{down}")]), Vec::<String>::new());
    let test = "test \"t\" {\n  now 2026-06-01T00:00:00Z\n  given Coverage { signal: Signal.audit, scope: \"*\", from: now - 1d, until: now }\n  expect nothing\n}\n";
    assert_eq!(idle(&[&format!("{signal}{POLICY}{test}")]), ["nothing uses signal `ears`"]);
}

#[test]
fn the_fix_takes_the_item_and_its_comments() {
    let text = format!("package a\nuse model.*\n\n/// Old.\nfn old(s: Secret): bool = s.static\n\n{POLICY}");
    let mut db = Database::default();
    db.set_source("model.assize", MODEL, true);
    db.set_source("a.assize", &text, false);
    let said = db.diagnostics();
    let fix =
        said.iter().flat_map(|file| &file.diagnostics).flat_map(|one| &one.fixes).next().expect("a fix");
    let mut mended = text.clone();
    mended.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
    assert_eq!(mended, format!("package a\nuse model.*\n\n\n\n{POLICY}"));
}

#[test]
fn an_edit_elsewhere_makes_an_item_idle_and_used_again() {
    let mut db = Database::default();
    db.set_source("model.assize", MODEL, true);
    db.set_source(
        "a.assize",
        &format!("package a\nuse model.*\nfn old(s: Secret): bool = s.static\n{POLICY}"),
        false,
    );
    let user = "package b\nuse model.*\nuse a.{old}\n";
    db.set_source("b.assize", user, false);
    assert_eq!(said(&db), Vec::<String>::new());
    db.set_source("b.assize", "package b\n", false);
    assert_eq!(said(&db), ["nothing uses fn `old`"]);
    db.set_source("b.assize", user, false);
    assert_eq!(said(&db), Vec::<String>::new());
    db.remove_source("b.assize");
    assert_eq!(said(&db), ["nothing uses fn `old`"]);
    db.set_source("a.assize", "package a\nuse model.*\nfn old(s: Secret): bool = s.static\n", false);
    assert_eq!(said(&db), Vec::<String>::new());
}
