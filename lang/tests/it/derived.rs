//! Relations, sequences, waivers and envelopes.

use assize_lang::plan::{ExprKind, Verb};

use crate::support::check;

const RELATIONS: &str = r#"package p
use model.*

/// Who may act as whom.
relation can_act_as(a: Identity, b: Identity) {
  case for t: Trust where t.source == a && t.target == b
  case for t: Trust, via: Identity where can_act_as(a, via) && t.source == via && t.target == b
}

relation powerful(i: Identity) {
  case where i.level == Level.total
  case for o: Identity where can_act_as(i, o) && o.level == Level.total
}

relation harmless(i: Identity) {
  case where !powerful(i) && i.name != ""
}

policy reach {
  for (i, admin) in can_act_as
  where admin.level == Level.total && !harmless(i)
  decide { can_act_as(admin, i) => alert high because "{i.name} and {admin.name} act as one another" otherwise => alert low because "{i.name}" }
}
"#;

#[test]
fn relations_are_stratified_and_joined() {
    let (program, lines) = check(RELATIONS);
    assert_eq!(lines, Vec::<String>::new());
    let strata: Vec<(&str, u32)> =
        program.relations.values().map(|relation| (relation.name.short(), relation.stratum)).collect();
    assert_eq!(strata, [("can_act_as", 0), ("harmless", 1), ("powerful", 0)]);
    let policy = &program.policies["p.reach"];
    assert_eq!(policy.bindings.len(), 2);
    assert!(policy.wheres[0].join && matches!(policy.wheres[0].expr.kind, ExprKind::Related(..)));
    // `via` is pinned by `t.source == via`: the one quantifier left is over the trusts.
    let recursive = &program.relations["p.can_act_as"].cases[1].condition;
    let ExprKind::Quantified { list, window, body, .. } = &recursive.kind else { panic!("a quantifier") };
    assert!(matches!(&list.kind, ExprKind::All(name) if name.short() == "Trust"));
    assert!(matches!(body.kind, ExprKind::And(..)));
    assert_eq!(window.fixed.len(), 1, "{window:?}");
}

#[test]
fn relations_that_cannot_be_settled_are_refused() {
    let lines = |text: &str| check(&format!("package p\nuse model.*\n{text}")).1;
    let codes = |text: &str| lines(text).iter().map(|line| line[..5].to_owned()).collect::<Vec<_>>();
    assert_eq!(
        codes(
            "relation odd(i: Identity) {\n  case where !even(i) && i.name == \"a\"\n}\nrelation even(i: Identity) {\n  case where !odd(i)\n}\n"
        ),
        ["E0606"]
    );
    assert_eq!(
        codes("relation free(a: Identity, b: Identity) {\n  case where a.name == \"x\"\n}\n"),
        ["E0605"]
    );
    assert_eq!(codes("relation r(a: string) {\n  case where a == \"x\"\n}\n"), ["E0301"]);
    assert!(lines("relation r(a: Identity) {\n  case where r(a, a)\n}\n")[0].starts_with("E0304"));
}

#[test]
fn a_sequence_stands_in_the_place_of_for() {
    let sequence = |head: &str, steps: &str| {
        check(&format!(
            "package p\nuse model.*\npolicy q {{\n  {head} {{\n{steps}\n  }}\n  decide {{ otherwise => alert high because \"{{first.action}} then {{second.action}}\" }}\n}}\n"
        ))
    };
    let steps = "    first: SecretUse where first.action == \"a\" && first.at > now - 7d\n    second: SecretUse where second.action == \"b\"";
    let (program, lines) = sequence("sequence by secret within 1h", steps);
    assert_eq!(lines, Vec::<String>::new());
    let policy = &program.policies["p.q"];
    let sequence_plan = policy.sequence.as_ref().expect("a sequence");
    assert_eq!(sequence_plan.by.as_ref().map(|name| name.as_str()), Some("secret"));
    assert!(sequence_plan.within.is_some());
    assert_eq!(sequence_plan.steps.len(), 2);
    assert!(sequence("sequence by nope", steps).1[0].starts_with("E0202"));
    assert!(sequence("sequence", "    first: SecretUse\n    second: Secret").1[0].starts_with("E0301"));
    assert!(sequence("sequence", "    first: SecretUse\n    second: SecretUse").1[0].starts_with("W0503"));
}

const POLICY: &str = "package p\nuse model.*\npolicy q {\n  for s: Secret\n  decide { s.static => alert low because \"x\" }\n}\n";

#[test]
fn a_waiver_that_can_never_match_is_told() {
    let codes = |condition: &str| {
        let (program, lines) = check(&format!(
            "{POLICY}waive q for s where {condition} until 2027-01-31T00:00:00Z because \"a\" by \"b\"\n"
        ));
        assert_eq!(program.waivers.len(), 1, "it stays a waiver: {condition}");
        lines.into_iter().map(|line| line.chars().take(5).collect()).collect::<Vec<String>>()
    };
    for never in [
        "false",
        "!true",
        "s.static && false",
        "s.id == \"a\" && s.id == \"b\"",
        "s.id == \"a\" && (s.static && \"b\" == s.id)",
        "(s.id == \"a\" && s.id == \"b\") || false",
        "\"a\" == \"b\"",
        "1 != 1",
    ] {
        assert_eq!(codes(never), ["W0414"], "{never}");
    }
    for may in [
        "s.static",
        "s.id == \"a\" || s.id == \"b\"",
        "s.id == \"a\" && s.id == \"a\"",
        "s.id == \"a\" && s.static == true",
        "!(s.id == \"a\" && s.id == \"b\")",
        "1 == 1 && s.static",
    ] {
        assert_eq!(codes(may), [""; 0], "{may}");
    }
    let nothing = POLICY_OF_NONE;
    let (_, lines) = check(&format!(
        "{nothing}waive n for s where s.static until 2027-01-31T00:00:00Z because \"a\" by \"b\"\n"
    ));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].starts_with("W0414") && lines[1].contains("`n` decides nothing"), "{lines:?}");
}

/// A policy that only ever decides nothing.
const POLICY_OF_NONE: &str = "package p\nuse model.*\npolicy n {\n  for s: Secret\n  decide { s.static => none because \"known\" }\n}\n";

#[test]
fn a_waiver_is_complete_and_narrow() {
    let waive = |text: &str| check(&format!("{POLICY}{text}\n"));
    let (program, lines) = waive(
        "waive q for s where s.id == \"a\"\n  until 2027-01-31T00:00:00Z\n  because \"moved in spring\"\n  by \"ops\"",
    );
    assert_eq!(lines, Vec::<String>::new());
    assert_eq!((program.waivers[0].by.as_str(), program.waivers[0].binding), ("ops", 0));
    let (_, lines) = waive("waive q for s where s.id == \"a\"");
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("E0412")), "{lines:#?}");
    let rest = "until 2027-01-31T00:00:00Z because \"b\" by \"o\"";
    assert!(waive(&format!("waive q for s where true {rest}")).1[0].starts_with("E0412"));
    assert!(waive(&format!("waive q for s where s.identity.name == \"a\" {rest}")).1[0].starts_with("E0412"));
    assert!(waive(&format!("waive q for t where t.id == \"a\" {rest}")).1[0].starts_with("E0201"));
    assert!(waive(&format!("waive nope for s where s.id == \"a\" {rest}")).1[0].starts_with("E0201"));
}

#[test]
fn an_envelope_limits_something() {
    let envelope = |text: &str| check(&format!("package p\nuse model.*\n{text}\n"));
    let (program, lines) =
        envelope("envelope revoke Secret at most 5% or 20 per 1h never where secret.static");
    assert_eq!(lines, Vec::<String>::new());
    let plan = &program.envelopes[0];
    assert_eq!(
        (plan.verb, plan.share, plan.count, plan.per),
        (Verb::Revoke, Some(50_000), Some(20), 3_600_000_000)
    );
    assert!(plan.never.is_some());
    assert!(envelope("envelope revoke Secret").1[0].starts_with("E0413"));
    assert!(envelope("envelope alert Secret at most 3 per 1h").1[0].starts_with("E0413"));
    assert!(envelope("envelope revoke SecretUse at most 3 per 1h").1[0].starts_with("E0413"));
    assert!(envelope("envelope revoke Secret at most 3").1[0].starts_with("E0413"));
}

#[test]
fn a_circle_through_a_negation_is_shown_whole() {
    let relation = |name: &str, leans: &str| {
        format!("relation {name}(i: Identity) {{\n  case where {leans}(i) && i.name == \"x\"\n}}\n")
    };
    let text = [
        "package p\nuse model.*\n".to_owned(),
        relation("first", "second"),
        relation("second", "third"),
        relation("third", "!first"),
        // It stands above the circle and in none.
        relation("above", "!first"),
    ];
    let lines = check(&text.concat()).1;
    assert_eq!(
        lines,
        [
            "E0606 9:10 `third` leans on the absence of `first`, and `first` leads back to `third` | move what is negated into a relation of its own that does not lead back here"
        ]
    );
}

#[test]
fn whatever_reads_a_param_counts() {
    let model = "package p
entity Key { key id: string n: int } closed
event Use { key id: string secret: Key inverse uses at: timestamp } closed
param in_relation: int = 1
param in_sequence: int = 1
param in_within: duration = 1h
param in_waiver: int = 1
param in_envelope: int = 1
param nowhere: int = 1
relation big(k: Key) { case where k.n > in_relation }
policy one { for k: Key where big(k) decide { k.n > 5 => alert low because \"x\" } }
policy two {
  sequence by secret within in_within { a: Use where a.secret.n > in_sequence b: Use }
  decide { otherwise => alert low because \"{b.id} behind {a.id}\" }
}
waive one for k where k.n > in_waiver until 2027-01-31T00:00:00Z because \"x\" by \"y\"
envelope revoke Key at most 5 per 1h never where key.n > in_envelope
";
    let lines = check(model).1;
    let unread: Vec<&str> =
        lines.iter().filter(|line| line.starts_with("W0602")).map(String::as_str).collect();
    assert_eq!(
        unread,
        ["W0602 9:7 nothing reads param `nowhere` | read it where its value is meant, or remove it"],
        "{lines:#?}"
    );
}
