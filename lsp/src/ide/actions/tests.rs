use super::*;
use crate::ide::fixture::{self, Fixture};

/// What can be done where the text is marked, `<CURSOR>` alone or around a selection.
fn offered(text: &str) -> (Fixture, Vec<Action>) {
    let mut fixture = Fixture::new(&text.replacen("<END>", "", 1));
    let end = text.find("<END>").map_or(fixture.cursor, |end| {
        let cursor = text.find("<CURSOR>").expect("a cursor");
        fixture.cursor + (end - cursor - "<CURSOR>".len()) as u32
    });
    let span = Span::new(fixture.cursor, end);
    fixture.cursor = end;
    let found = actions(&fixture.db, fixture::PATH, span);
    (fixture, found)
}

/// The text after the action of this title.
fn done(text: &str, title: &str) -> String {
    let (fixture, found) = offered(text);
    let titles: Vec<&str> = found.iter().map(|action| action.title.as_str()).collect();
    let action = found.iter().find(|action| action.title == title);
    let action = action.unwrap_or_else(|| panic!("{titles:?} for {text}"));
    let mut out = fixture.text.clone();
    for edit in action.edits.iter().rev() {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    // A clone would wait for ever for the one that it is of.
    let mut db = fixture.db;
    db.set_source(fixture::PATH, &out, false);
    let left: Vec<String> = crate::ide::diagnostics::diagnostics(&db, fixture::PATH)
        .iter()
        .filter(|found| found.severity == assize_lang::diagnostic::Severity::Error)
        .map(|found| format!("{} {}", found.code, found.message))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "{out}");
    out
}

const POLICY: &str =
    "policy q {\n  for s: Secret\n  decide {\n    s.stat<CURSOR>ic => revoke s because \"x\"\n  }\n}\n";

#[test]
fn a_missing_unknown_arm_is_written() {
    insta::assert_snapshot!(done(POLICY, "add an `unknown` arm"), @r#"
    package p
    use model.*
    policy q {
      for s: Secret
      decide {
        s.static => revoke s because "x"
        unknown => alert medium
          because "cannot tell: {missing}"
      }
    }
    "#);
    let closed = "policy q {\n  for s: Secret\n  decide {\n    s.stat<CURSOR>ic => revoke s because \"x\"\n    otherwise => alert low because \"y\"\n  }\n}\n";
    insta::assert_snapshot!(done(closed, "add an `unknown` arm"), @r#"
    package p
    use model.*
    policy q {
      for s: Secret
      decide {
        s.static => revoke s because "x"
        unknown => alert medium
          because "cannot tell: {missing}"
        otherwise => alert low because "y"
      }
    }
    "#);
}

#[test]
fn names_of_other_packages_are_taken() {
    let (fixture, _) = offered("fn f(s: Secret): bool = s.sta<CURSOR>tic\n");
    let mut db = fixture.db;
    db.set_source("o.assize", "package other.things\nenum Tier { low < high }\nparam most: int = 3\n", false);
    db.set_source(
        fixture::PATH,
        "package p\nuse model.{Secret}\n\nfn f(t: Tier, n: int): bool = n > most\n",
        false,
    );
    let text = db.file(fixture::PATH).expect("it").text(&db).to_owned();
    for (name, edited) in [
        ("Tier", "package p\nuse model.{Secret}\nuse other.things.{Tier}\n"),
        ("most", "package p\nuse model.{Secret}\nuse other.things.{most}\n"),
    ] {
        let at = text.find(name).expect("it") as u32;
        let found = actions(&db, fixture::PATH, Span::new(at, at));
        let title = format!("add `use other.things.{{{name}}}`");
        let action = found.iter().find(|action| action.title == title).expect("an import");
        let mut out = text.clone();
        for edit in action.edits.iter().rev() {
            out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
        }
        assert!(out.starts_with(edited), "{out}");
    }
}

#[test]
fn what_is_not_there_is_asked_about_first() {
    let absent = "fn f(s: Secret): bool = s.static && s.rotat<CURSOR>ed_at < now - 3d\n";
    insta::assert_snapshot!(done(absent, "ask first whether `s.rotated_at` is there").lines().last().expect("a line"), @"fn f(s: Secret): bool = s.static && s.rotated_at != null && s.rotated_at < now - 3d");
    let vacuous = "policy q {\n  for s: Secret\n  decide {\n    s.uses.a<CURSOR>ll(u, u.at < now - 3d) => revoke s because \"x\"\n    unknown => alert low because \"x\"\n  }\n}\n";
    insta::assert_snapshot!(done(vacuous, "ask first whether there is any of `s.uses`"), @r#"
    package p
    use model.*
    policy q {
      for s: Secret
      decide {
        s.uses.size() > 0 && s.uses.all(u, u.at < now - 3d) => revoke s because "x"
        unknown => alert low because "x"
      }
    }
    "#);
}

#[test]
fn what_nobody_reads_is_removed() {
    let text = "policy q {\n  for s: Secret\n  let a = s.static\n  let us<CURSOR>ed = s.uses.size() > 0\n  decide {\n    a => alert low because \"x\"\n  }\n}\n";
    let out = done(text, "remove `let used`");
    assert!(!out.contains("used") && out.contains("let a = s.static\n  decide"), "{out}");
    let out = done("param nev<CURSOR>er: int = 1\nfn f(): int = 1\n", "remove param `never`");
    assert_eq!(out, "package p\nuse model.*\nfn f(): int = 1\n");
}

#[test]
fn small_things_are_put_right() {
    for (text, title, expected) in [
        (
            "entity K<CURSOR> { key id: string }\n",
            "say that the list is complete: `closed`",
            "entity K { key id: string } closed\n",
        ),
        ("policy q { for s: Secret decide { s.static => ale<CURSOR>rt low } }\n", "say why", "because \"…\""),
    ] {
        let out = done(text, title);
        assert!(out.contains(expected), "{out}");
    }
    let mut db = Database::default();
    db.set_source("acme/x.assize", "package acme.rules\n", false);
    db.set_source("acme/y.assize", "fn f(): int = 1\n", false);
    let found = actions(&db, "acme/y.assize", Span::new(0, 0));
    assert_eq!(found[0].title, "start with `package acme.rules`");
}

#[test]
fn a_part_gets_a_name() {
    let text = "policy q {\n  for s: Secret\n  where <CURSOR>s.created_at < now - 90d<END> && s.static\n  decide {\n    s.uses.size() > 3 => alert low because \"x\"\n  }\n}\n";
    insta::assert_snapshot!(done(text, "name it with `let`"), @r#"
    package p
    use model.*
    policy q {
      for s: Secret
      let extracted = s.created_at < now - 90d
      where extracted && s.static
      decide {
        s.uses.size() > 3 => alert low because "x"
      }
    }
    "#);
    insta::assert_snapshot!(done(text, "make it a `fn`"), @r#"
    package p
    use model.*
    fn extracted(s: Secret): bool = s.created_at < now - 90d

    policy q {
      for s: Secret
      where extracted(s) && s.static
      decide {
        s.uses.size() > 3 => alert low because "x"
      }
    }
    "#);
    let text = "policy q {\n  for s: Secret\n  decide {\n    s.uses.size() > <CURSOR>3 => alert low because \"x\"\n  }\n}\n";
    insta::assert_snapshot!(done(text, "make it a `param`"), @r#"
    package p
    use model.*
    param threshold: int = 3

    policy q {
      for s: Secret
      decide {
        s.uses.size() > threshold => alert low because "x"
      }
    }
    "#);
    // What a macro binds is known inside of it alone: a `fn` takes it, a `let` cannot.
    let text = "policy q {\n  for s: Secret\n  decide {\n    s.uses.exists(u, <CURSOR>u.at > now - 3d<END>) => alert low because \"x\"\n  }\n}\n";
    let (_, found) = offered(text);
    assert!(!found.iter().any(|action| action.title == "name it with `let`"));
    assert!(done(text, "make it a `fn`").contains("fn extracted(u: SecretUse): bool = u.at > now - 3d\n"));
}

#[test]
fn uses_are_sorted_and_a_test_is_begun() {
    let mut db = Database::default();
    db.set_source("m.assize", "package b.m\nenum B { a }\nenum A { a }\n", false);
    db.set_source("n.assize", "package a.n\nenum C { a }\n", false);
    db.set_source(
        "p.assize",
        "package p\nuse b.m.{B, A}\nuse a.n.*\n\nfn f(a: A, b: B, c: C): int = 1\n",
        false,
    );
    let found = actions(&db, "p.assize", Span::new(0, 0));
    let sort = found.iter().find(|action| action.kind == Kind::Organize).expect("an order");
    assert_eq!(sort.edits, [Edit { span: Span::new(10, 34), text: "use a.n.*\nuse b.m.{A, B}".to_owned() }]);

    let text = "policy q<CURSOR> { for s: Secret decide { s.static => alert low because \"x\" } }\n";
    assert!(done(text, "write a test of `q`").ends_with(
        "test \"q: …\" {\n  now 2026-06-01T00:00:00Z\n  given Secret { id: \"a\" }\n  expect nothing on \"a\" by q\n}\n"
    ));
}
