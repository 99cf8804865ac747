use super::*;
use crate::ide::fixture::{self, Fixture};

/// What is proposed at the cursor.
fn proposed(text: &str) -> Vec<Proposal> {
    let fixture = Fixture::new(text);
    completion(&fixture.db, fixture::PATH, fixture.cursor).proposals
}

/// The first labels.
fn first(text: &str, count: usize) -> Vec<String> {
    proposed(text).into_iter().take(count).map(|one| one.label).collect()
}

#[test]
fn fields_and_methods_stand_behind_a_dot_by_type() {
    for (text, expected) in [
        (
            "fn f(s: Secret): bool = s.<CURSOR>",
            vec!["id", "static", "status", "created_at", "rotated_at", "uses"],
        ),
        // In the middle of a text that goes on, and in one that is not closed.
        (
            "policy q { for s: Secret where s.st<CURSOR> decide { s.static => alert low because \"x\" } }",
            vec!["static", "status"],
        ),
        ("policy q {\n  for s: Secret\n  where s.uses.exists(u, u.<CURSOR>", vec!["id", "secret", "at"]),
        (
            "policy q {\n  for s: Secret\n  decide {\n    s.static => alert low because \"{s.<CURSOR>}\"\n  }\n}",
            vec!["id", "static", "status"],
        ),
        (
            "policy q {\n  for s: Secret\n  let u = s.uses\n  where u.<CURSOR>\n",
            vec!["all", "exists", "filter", "size"],
        ),
        ("fn f(s: Secret): bool = s.status == Status.<CURSOR>", vec!["active", "revoked"]),
        ("fn f(s: Secret): bool = s.id.<CURSOR>", vec!["size", "charAt"]),
    ] {
        assert_eq!(first(text, expected.len()), expected, "{text}");
    }
}

#[test]
fn what_fits_comes_first() {
    let head = "param idle: duration = 9d\nparam most: int = 3\nfn old(s: Secret): bool = s.created_at < now - idle\n";
    for (text, expected) in [
        // A member where an enum is wanted, before everything else.
        ("fn f(s: Secret): bool = s.status == <CURSOR>", vec!["Status.active", "Status.revoked", "s"]),
        ("fn f(s: Secret, n: int): bool = s.uses.size() > <CURSOR>", vec!["n", "most"]),
        ("fn f(s: Secret, n: int): bool = <CURSOR>", vec!["s", "f", "old"]),
        ("policy q { for s: Secret let a = s.static where <CURSOR> decide { a => none } }", vec!["a"]),
        ("fn f(s: Secret): bool = s.created_at < <CURSOR>", vec!["now"]),
        ("fn f(s: Secret): bool = old(<CURSOR>", vec!["s"]),
        (
            "policy q { for s: Secret decide { s.static => alert <CURSOR> because \"x\" } }",
            vec!["none", "low", "medium", "high"],
        ),
    ] {
        let found = first(&format!("{head}{text}"), expected.len());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn the_grammar_s_words_stand_where_they_can() {
    for (text, expected) in [
        ("<CURSOR>", vec!["policy", "test", "param"]),
        ("policy q {\n  <CURSOR>\n}", vec!["for", "maps", "mode", "sequence"]),
        ("policy q {\n  for s: Secret\n  <CURSOR>\n}", vec!["where", "let", "decide"]),
        ("policy q {\n  mode <CURSOR>\n  for s: Secret\n}", vec!["enforce", "monitor"]),
        (
            "policy q {\n  for s: Secret\n  decide {\n    s.static => <CURSOR>\n  }\n}",
            vec!["alert", "revoke", "block", "rank", "none"],
        ),
        (
            "policy q {\n  for s: Secret\n  decide {\n    s.static => revoke s by <CURSOR>\n  }\n}",
            vec!["stage", "quarantine", "rotate", "destroy"],
        ),
        (
            "policy q {\n  for s: Secret\n  decide {\n    s.static => revoke s <CURSOR>\n  }\n}",
            vec!["because", "by", "within", "with"],
        ),
        ("test \"t\" {\n  <CURSOR>\n}", vec!["given", "expect", "now", "set", "without"]),
        (
            "test \"t\" {\n  expect <CURSOR>\n}",
            vec!["alert", "revoke", "block", "rank", "nothing", "undetermined"],
        ),
        ("signal s { lag 1m <CURSOR> }", vec!["lag", "gap", "loss", "basis"]),
        ("signal s { basis <CURSOR> }", vec!["heartbeat", "run", "proven", "declared"]),
        ("entity K { key id: string } <CURSOR>", vec!["fresh for", "lives", "covered by", "closed"]),
        ("param a: int = 1 <CURSOR>", vec!["in", "source"]),
    ] {
        assert_eq!(first(text, expected.len()), expected, "{text}");
    }
    let arms = first("policy q {\n  for s: Secret\n  decide {\n    <CURSOR>\n  }\n}", 60);
    for wanted in ["s", "unknown =>", "otherwise =>"] {
        assert!(arms.iter().any(|label| label == wanted), "{wanted} in {arms:?}");
    }
}

#[test]
fn controls_packages_policies_and_given_facts_are_proposed() {
    for (text, expected) in [
        ("policy q {\n  maps <CURSOR>\n  for s: Secret\n}", vec!["csf.DE_CM_03", "csf"]),
        ("policy q {\n  maps csf.<CURSOR>\n  for s: Secret\n}", vec!["DE_CM_03"]),
        ("use mod<CURSOR>", vec!["model"]),
        ("use model.{Secret, Sec<CURSOR>}", vec!["SecretUse"]),
        ("policy q { for s: Secret }\ntest \"t\" { expect nothing on \"a\" by <CURSOR> }", vec!["q"]),
        (
            "test \"t\" { given Secret { id: \"a\", <CURSOR> } }",
            vec!["created_at", "static", "rotated_at", "status"],
        ),
        ("test \"t\" { given Sec<CURSOR> }", vec!["Secret", "SecretUse"]),
        ("policy q { for s: Sec<CURSOR> }", vec!["Secret", "SecretUse"]),
        ("fn f(s: Sec<CURSOR>): bool = true", vec!["Secret", "SecretUse"]),
        ("event E { key id: string at: timestamp } covered by cl<CURSOR>", vec!["cloud_mgmt"]),
    ] {
        assert_eq!(first(text, expected.len()), expected, "{text}");
    }
}

#[test]
fn nothing_is_proposed_in_comments_and_texts() {
    for text in [
        "// a <CURSOR>",
        "/// a <CURSOR>\nfn f(): int = 1",
        "param a: int = 1 source \"a <CURSOR>\"",
        "policy q { for s: Secret decide { s.static => alert low because \"a <CURSOR>\" } }",
    ] {
        assert_eq!(first(text, 3), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_name_of_another_package_brings_its_use() {
    let mut fixture = Fixture::new("fn f(t: Ti<CURSOR>): bool = true");
    fixture.db.set_source("o.assize", "package other.things\nenum Tier { low < high }\n", false);
    let found = completion(&fixture.db, fixture::PATH, fixture.cursor).proposals;
    let tier = found.iter().find(|one| one.label == "Tier").expect("the enum");
    let import = tier.import.as_ref().expect("a use");
    assert_eq!(import.text, "\nuse other.things.{Tier}");
    // What is typed may be any letters in their order; what starts with it comes first.
    assert_eq!(first("fn f(s: Secret): bool = s.ct<CURSOR>", 1), ["created_at"]);
}

#[test]
fn a_call_has_places_to_fill_in() {
    let found =
        proposed("fn old(s: Secret, age: duration): bool = true\nfn f(s: Secret): bool = s.uses.exi<CURSOR>");
    assert_eq!(found[0].insert, "exists(${1:s}, ${2:condition})");
    let found =
        proposed("fn old(s: Secret, age: duration): bool = true\nfn f(s: Secret): bool = s.ol<CURSOR>");
    assert_eq!(
        (found[0].insert.as_str(), found[0].detail.as_str()),
        ("old(${1:age})", "(age: duration): bool")
    );
}

/// How far down the wanted one stands, over a set of places: what a change of ranks is judged by.
#[test]
fn the_wanted_one_is_near_the_top() {
    let head = "param idle_after: duration = 45d\nparam max_age: duration = 90d\nfn old(s: Secret): bool = s.created_at < now - idle_after\n";
    let places = [
        ("policy q { for s: Secret where s.<CURSOR> }", "static"),
        ("policy q { for s: Secret where s.stat<CURSOR> }", "status"),
        ("policy q { for s: Secret where s.status == <CURSOR> }", "Status.active"),
        ("policy q { for s: Secret where s.created_at < now - <CURSOR> }", "idle_after"),
        ("policy q { for s: Secret where s.u<CURSOR> }", "uses"),
        ("policy q { for s: Secret where s.uses.<CURSOR> }", "exists"),
        ("policy q { for s: Secret let used = s.static decide { <CURSOR> } }", "used"),
        (
            "policy q { for s: Secret let used = s.static decide { used => revoke <CURSOR> because \"x\" } }",
            "s",
        ),
        ("policy q { for <CURSOR> }", "s"),
        ("policy q { for s: <CURSOR> }", "Secret"),
        ("policy q { for s: Secret where ol<CURSOR> }", "old"),
        ("policy q { for s: Secret where s.uses.exists(u, u.<CURSOR> }", "at"),
        ("policy q { for s: Secret where s.uses.exists(u, <CURSOR> }", "u"),
    ];
    let mut total = 0.0;
    let mut count = 0.0;
    for (text, wanted) in places.iter().filter(|(text, _)| !text.contains("for <CURSOR>")) {
        let found = first(&format!("{head}{text}"), usize::MAX);
        let rank = found
            .iter()
            .position(|label| label == wanted)
            .unwrap_or_else(|| panic!("no {wanted} for {text}: {found:?}"));
        total += 1.0 / (rank as f64 + 1.0);
        count += 1.0;
    }
    let mean: f64 = total / count;
    assert!(mean > 0.6, "the mean reciprocal rank is {mean:.2}");
}
