//! Names, types, evidence and time: what the checker says, and what it makes.

use crate::support::{check, condition};
use assize_lang::plan::{BindingSource, CompareOp, ExprKind, Mode, OutcomeKind, Stage, When};

const FLAGSHIP: &str = r#"package nhi.lifecycle

use model.*

/// How long a static secret may stay idle before it is revoked.
param idle_after: duration = 45d in 7d..400d source "CIS"
param max_age: duration = 90d in 1d..400d source "CIS"

/// A static secret that nobody uses is revoked.
policy idle_static_secret {
  maps csf.DE_CM_03

  for secret: Secret
  where secret.static && secret.status == SecretStatus.active && secret.created_at < now - idle_after

  let used = secret.uses.exists(u, u.at > now - idle_after)

  decide {
    !used                             => revoke secret by quarantine within 24h
      because "not used in {idle_after}; created {secret.created_at}"
    now - secret.created_at > max_age => revoke secret by rotate within 7d, alert high
      because "{secret.identity.name}: {now - secret.created_at} old and in use"
    unknown                           => alert medium
      because "cannot tell whether it is used: {missing}"
  }
}

test "an idle key is revoked only where somebody watched" {
  now 2026-06-01T00:00:00Z
  given Secret { id: "AKIA1", static: true, status: SecretStatus.active, created_at: now - 400d, account: "a1" }
  expect alert medium on "AKIA1" by idle_static_secret
  given Coverage { signal: Signal.cloud_mgmt, scope: "a1", from: now - 100d, until: now }
  expect revoke "AKIA1" by quarantine by idle_static_secret
  given SecretUse { id: "e1", secret: "AKIA1", at: now - 3d }
  expect revoke "AKIA1" by rotate by idle_static_secret
  expect nothing on "AKIA2" by idle_static_secret
}
"#;

#[test]
fn the_flagship_compiles_to_what_it_says() {
    let (program, lines) = check(FLAGSHIP);
    assert_eq!(lines, Vec::<String>::new());
    let policy = &program.policies["nhi.lifecycle.idle_static_secret"];
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!(policy.maps[0].id, "nist-csf-2.0/DE.CM-03");
    assert_eq!(policy.wheres.len(), 3);
    assert!(policy.wheres.iter().all(|clause| !clause.join && clause.after == 0));
    assert!(matches!(policy.bindings[0].source, BindingSource::Type));

    // `u.at > now - idle_after` is `now < u.at + idle_after`, and bounds the window from below.
    let ExprKind::Quantified { body, window, .. } = &policy.lets[0].expr.kind else { panic!("a quantifier") };
    assert!(matches!(&body.kind, ExprKind::NowCompare(CompareOp::Lt, _)));
    assert_eq!(window.bounds.len(), 1);
    assert_eq!(window.bounds[0].op, CompareOp::Gt);

    // `now - created > max_age` is `now > created + max_age`.
    let When::Expr(age) = &policy.arms[1].when else { panic!("a condition") };
    assert!(matches!(&age.kind, ExprKind::NowCompare(CompareOp::Gt, _)));
    assert!(matches!(
        policy.arms[1].outcomes[0].kind,
        OutcomeKind::Revoke { by: Stage::Rotate, each: false, .. }
    ));
    assert!(matches!(policy.arms[2].when, When::Unknown));
    assert_eq!(program.tests.len(), 1);
    assert_eq!(program.tests[0].steps.len(), 8);
}

#[test]
fn conditions_that_are_wrong_are_told_what_to_write() {
    let cases = [
        ("s.creatd_at < now", "E0202 6:7 `Secret` has no field `creatd_at` | did you mean `created_at`?"),
        (
            "s.status == \"active\"",
            "E0301 `SecretStatus` is never equal to `string` | write `SecretStatus.active`",
        ),
        (
            "s.status == SecretStatus.actve",
            "E0206 6:30 `SecretStatus` has no member `actve` | did you mean `active`?",
        ),
        (
            "s.status < SecretStatus.active",
            "E0307 `SecretStatus` has no order | compare with `==` or `in [...]`; an ordered enum separates its members by `<`",
        ),
        (
            "s.rotated_at < now",
            "E0303 this may be absent, and a value is ordered here | ask first (`x != null && …`, `x == null || …`, `has(x) && …`), or say what to take instead: `x.orValue(…)`; a `fn` may take it as `T?`",
        ),
        ("s.created_at", "E0301 expected `bool`, found `timestamp`"),
        ("s.uses", "E0301 expected `bool`, found `list<SecretUse>` | ask `.size() > 0`, or `.exists(x, …)`"),
        (
            "s.created_at < 90d",
            "E0302 `<` does not take `timestamp` and `duration` | compare an age: `now - t`, or an instant: `now - 90d`",
        ),
        ("s.tags.length() > 1", "E0205 6:12 `list<string>` has no method `length` | did you mean `size`?"),
        ("s.value < \"a\"", "E0308 a sensitive value has no order | compare it with `==`"),
        (
            "now.getHours() > 3",
            "E0501 `now` stands where its flips cannot be computed | write a comparison such as `now - t > 90d` or `t < now - 90d`",
        ),
        ("nobody", "E0201 `nobody` is not declared"),
        ("idel(s)", "E0205 no function `idel`"),
        ("len(s.tags) > 1", "E0205 no function `len` | it is a method, and called `size`: write `x.size(…)`"),
        (
            "s.created_at > 5",
            "E0302 `>` does not take `timestamp` and `int` | an instant is written `2026-06-01T00:00:00Z`, and one before now `now - 90d`",
        ),
        ("contains(s.id, \"a\")", "E0205 no function `contains` | it is a method: write `x.contains(…)`"),
        (
            "s.id.matches(\"(?=a)\")",
            "E0309 6:18 not a regular expression in RE2's syntax | RE2 has no look-around and no back-references; for `*` and `?` alone use `.glob(…)`",
        ),
        (
            "s.identity == \"a\"",
            "E0301 `Identity` is never equal to `string` | compare the key: a reference's field, as in `x.id`",
        ),
        (
            "s.uses[0].at < now",
            "E0408 a list of facts has no fixed positions | ask `.exists(x, …)`, or `.latest()` and `.earliest()` of events",
        ),
        (
            "s.uses.exists(s, true)",
            "E0211 6:19 `s` is bound already | choose another name: both would be read as one",
        ),
        (
            "Level.total > 3",
            "E0302 `>` does not take `Level` and `int` | compare it with a member of `Level`: `Level.…`",
        ),
        (
            "Secret == s",
            "E0301 `Secret` (entity or event) is no value by itself | ask about them: `Secret.exists(x, …)`, `Secret.size()`",
        ),
        (
            "s.tags.size() + 1.5 > 2.0",
            "E0302 `+` does not take `int` and `double` | convert one side: `int(…)`, `uint(…)`, `double(…)`",
        ),
    ];
    for (expr, expected) in cases {
        let lines = condition(expr);
        assert!(
            lines.iter().any(|line| line == expected),
            "{expr}\n  expected {expected}\n  found    {lines:#?}"
        );
    }
}

#[test]
fn conditions_that_are_right_say_nothing() {
    for expr in [
        "s.rotated_at != null && s.rotated_at < now - 90d",
        "s.rotated_at == null || s.rotated_at < now - 90d",
        "has(s.rotated_at) && s.rotated_at < now - 90d",
        "has(s.rotated_at) ? s.rotated_at < now - 90d : true",
        "s.rotated_at.orValue(s.created_at) < now - 90d",
        "s.identity.owner == null || s.identity.owner.level >= Level.elevated",
        "s.uses.size() > 3 && s.uses.filter(u, u.action.startsWith(\"s3:\")).map(u, u.action).distinct().size() > 2",
        "s.uses.filter(u, u.at > now - 24h).peak(6m) >= 20",
        "s.uses.latest().at.orValue(s.created_at) < now - 30d",
        "\"a\" in s.tags && s.labels[\"env\"] == \"prod\" && s.labels.env == \"prod\"",
        "Secret.exists(other, other != s && other.identity == s.identity)",
        "s.identity.level in [Level.total, Level.elevated]",
        "s.id.glob(\"AKIA*\") && s.id.matches(\"^AKIA[A-Z0-9]{16}$\")",
        "unknown(s.status) || conflict(s.status) || !known(s.identity)",
        "covered(s.uses, now - 24h) && s.value == \"x\" && s.value.size() > 8",
        "s.created_at + 90d < now && now < s.created_at + 400d && now - s.created_at > 90d",
        "s.identity.level.shift([s.static], [], 2, 1) >= Level.elevated",
        "s.static.assume(true) && s.identity.level.worst() == Level.total",
        "double(s.uses.size()) / 2.0 > 1.5 && 1 < 2u",
        "s.created_at.getDayOfWeek() in [0, 6]",
    ] {
        assert_eq!(condition(expr), Vec::<String>::new(), "{expr}");
    }
}

#[test]
fn functions_are_put_in_place_with_their_windows() {
    let (program, lines) = check(
        r#"package p
use model.*
fn used_since(s: Secret, window: duration): bool = s.uses.exists(u, u.at > now - window)
fn idle(s: Secret): bool = !s.used_since(45d)
policy q {
  for s: Secret
  where s.created_at < now - 45d
  decide {
    s.idle() => revoke s because "idle"
    unknown  => alert low because "{missing}"
  }
}
"#,
    );
    assert_eq!(lines, Vec::<String>::new());
    let policy = &program.policies["p.q"];
    let When::Expr(condition) = &policy.arms[0].when else { panic!("a condition") };
    let ExprKind::Not(inner) = &condition.kind else { panic!("a negation") };
    let ExprKind::Quantified { window, slot, .. } = &inner.kind else { panic!("a quantifier") };
    assert_eq!(window.bounds.len(), 1);
    assert!(slot.0 < policy.slots);
}

#[test]
fn a_circle_of_functions_is_reported_at_each() {
    let (_, lines) = check(
        "package p\nuse model.*\nfn a(s: Secret): bool = b(s)\nfn b(s: Secret): bool = a(s)\nfn c(s: Secret): bool = s.static\n",
    );
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("E0213")), "{lines:#?}");
}

#[test]
fn a_policy_says_what_it_does_on_a_gap() {
    let policy = |arms: &str| {
        check(&format!(
            "package p\nuse model.*\npolicy q {{\n  for s: Secret\n  decide {{\n{arms}\n  }}\n}}\n"
        ))
        .1
    };
    let codes = |arms: &str| policy(arms).iter().map(|line| line[..5].to_owned()).collect::<Vec<_>>();
    assert_eq!(codes("s.static => revoke s because \"x\""), ["E0401"]);
    assert_eq!(
        codes("s.static => revoke s because \"x\"\nunknown => alert low because \"x\""),
        Vec::<String>::new()
    );
    assert_eq!(codes("unknown => alert low because \"x\"\ns.static => revoke s because \"x\""), ["E0401"]);
    assert_eq!(codes("s.static => alert low because \"x\"\nunknown => revoke s because \"x\""), ["E0402"]);
    assert_eq!(
        codes("s.static => alert low because \"x\"\nunknown => revoke s by stage because \"x\""),
        Vec::<String>::new()
    );
    assert_eq!(
        codes("otherwise => alert low because \"x\"\ns.static => alert high because \"x\""),
        ["E0403"]
    );
    assert_eq!(
        codes(
            "s.uses.all(u, u.action == \"a\") => revoke s because \"x\"\nunknown => alert low because \"x\""
        ),
        ["W0410"]
    );
    assert_eq!(
        codes(
            "!s.uses.exists(u, u.at > now - 45d) => revoke s because \"x\"\nunknown => alert low because \"x\""
        ),
        ["W0409"]
    );
    assert_eq!(codes("s.uses.exists(u, u.at > now - 5m) => alert low because \"x\""), ["W0502"]);
    assert_eq!(
        codes(
            "s.static => alert low because \"x\"\nunknown => alert low because \"x\"\ns.static => alert high because \"y\""
        ),
        ["W0411"]
    );
    assert_eq!(codes("s.static => alert low because \"{s.value}\""), ["E0308"]);
}

#[test]
fn bindings_are_joined() {
    let policy = |clause: &str| {
        check(&format!(
            "package p\nuse model.*\npolicy q {{\n  for s: Secret, i: Identity\n{clause}\n  decide {{ i.level == Level.total => alert low because \"x\" }}\n}}\n"
        ))
    };
    assert!(policy("").1[0].starts_with("E0601"));
    assert!(policy("where s.created_at > now - 1d && i.level == Level.none").1[0].starts_with("E0601"));
    let (program, lines) = policy("where s.identity == i && s.static");
    assert_eq!(lines, Vec::<String>::new());
    let wheres = &program.policies["p.q"].wheres;
    assert_eq!(
        wheres.iter().map(|clause| (clause.join, clause.after)).collect::<Vec<_>>(),
        [(true, 1), (false, 0)]
    );
}

#[test]
fn tables_have_no_holes_and_do_not_disagree() {
    let table = |rows: &str| {
        check(&format!("package p\nuse model.*\ntable t(a: bool, l: Level): Level {{\n{rows}\n}}\n")).1
    };
    assert_eq!(
        table("true, _ => total\nfalse, >= elevated => limited\nfalse, none | limited => none"),
        Vec::<String>::new()
    );
    assert_eq!(
        table("true, _ => total\nfalse, >= elevated => limited\nfalse, none => none"),
        [
            "E0404 3:7 no row for 1 of 8 combinations, such as a: false, l: limited | add the rows, or one with `_` in the columns that do not matter"
        ]
    );
    let lines = table("true, _ => total\n_, none => none\nfalse, > none => limited");
    assert_eq!(lines, ["E0405 5:1 two rows disagree on a: true, l: none | narrow one of the two"]);
}

#[test]
fn a_param_has_a_full_name() {
    let policy = |name: &str| {
        check(&format!(
            "package p\nuse model.*\nparam old: duration = 90d\npolicy q {{\n  for s: Secret\n  decide {{ s.created_at < now - {name} => alert low because \"x\" }}\n}}\n"
        ))
        .1
    };
    assert_eq!(policy("p.old"), Vec::<String>::new());
    assert_eq!(policy("old"), Vec::<String>::new());
    assert!(policy("p.young").iter().any(|line| line.starts_with("E0201")));
}

#[test]
fn one_broken_policy_leaves_the_others_usable() {
    let (program, lines) = check(
        "package p\nuse model.*\npolicy broken {\n  for s: Secret\n  decide { s.nope => alert low because \"x\" }\n}\n\npolicy fine {\n  for s: Secret\n  decide { s.static => alert low because \"x\" }\n}\n",
    );
    assert_eq!(lines.len(), 1);
    assert_eq!(program.policies.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["p.fine"]);
}

#[test]
fn a_file_has_one_package() {
    let (program, lines) = check(
        "package p\nuse model.*\npackage q\n\npolicy static_secret {\n  for s: Secret\n  decide { s.static => alert low because \"x\" }\n}\n",
    );
    assert_eq!(
        lines,
        ["E0107 3:9 a second package `q` in one file | move what belongs to it to a file of its own"]
    );
    assert_eq!(program.policies.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["p.static_secret"]);
}

#[test]
fn a_text_without_signals_is_whole() {
    let text = "package p\nentity Key {\n  key id: string\n} closed\n";
    let source = assize_lang::SourceText { path: "p".to_owned(), text: text.to_owned(), library: false };
    let said = assize_lang::compile(&[source]).diagnostics;
    assert!(said.iter().all(|file| file.diagnostics.is_empty()), "{said:?}");
}

#[test]
fn what_is_assumed_is_not_destroyed() {
    let policy = |clauses: &str, arms: &str| {
        check(&format!(
            "package p\nuse model.*\npolicy gone {{\n  for s: Secret\n{clauses}\n  decide {{\n{arms}\n    unknown => alert low because \"x\"\n  }}\n}}\n"
        ))
        .1
    };
    let refused = |lines: Vec<String>, line: usize| {
        let [only] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(only.starts_with(&format!("E0407 {line}:")) && only.contains("something assumed"), "{only}");
    };
    let destroy = "s.static => revoke s by destroy because \"x\"";
    assert_eq!(policy("", destroy), [""; 0]);
    assert_eq!(policy("", "s.static.assume(true) => revoke s by rotate because \"x\""), [""; 0]);
    refused(policy("  let a = s.static.assume(true)", "a => revoke s by destroy because \"x\""), 7);
    refused(policy("  where s.static.assume(true)", destroy), 7);
    refused(policy("", &format!("s.static.assume(true) => none\n {destroy}")), 8);
}

#[test]
fn what_lives_is_alive_or_not() {
    let alive = |fields: &str, tail: &str, condition: &str| {
        check(&format!(
            "package p\nentity W {{ key id: string, a: timestamp, z: timestamp?{fields} }} {tail} closed\n\
             entity U {{ key id: string, of: W?, sure: W }} closed\n\
             policy q {{\n  for u: U, w: W\n  where u.sure == w\n  decide {{ {condition} => alert low because \"x\" }}\n}}\n"
        ))
    };
    let codes = |fields: &str, tail: &str, condition: &str| {
        let (_, lines) = alive(fields, tail, condition);
        lines.into_iter().map(|line| line.chars().take(5).collect()).collect::<Vec<String>>()
    };
    assert_eq!(codes("", "lives a .. z", "w.alive"), [""; 0]);
    assert_eq!(codes("", "lives a ..", "w.alive && u.sure.alive"), [""; 0]);
    // Without `lives` there is no such field; a declared one comes first, whatever its type.
    assert_eq!(codes("", "", "w.alive"), ["E0202"]);
    assert_eq!(codes(", alive: string", "lives a .. z", "w.alive == \"yes\""), [""; 0]);
    assert_eq!(codes(", alive: string", "lives a .. z", "w.alive"), ["E0301"]);
    // Through a reference that may be absent it may be absent.
    assert_eq!(codes("", "lives a .. z", "u.of.alive"), ["E0303"]);
    assert_eq!(codes("", "lives a .. z", "u.of != null && u.of.alive"), [""; 0]);
    assert_eq!(codes("", "lives a .. z", "u.of.alive == true"), [""; 0]);
    let (_, lines) = alive("", "lives a .. z", "w.alve");
    assert!(lines[0].contains("alive"), "{lines:?}");
    // It is made of comparisons with `now`, so its flips are known.
    let (program, _) = alive("", "lives a .. z", "w.alive");
    let policy = program.policies.values().next().unwrap();
    let When::Expr(condition) = &policy.arms[0].when else { panic!("{:?}", policy.arms[0]) };
    let ExprKind::And(begun, not_ended) = &condition.kind else { panic!("{condition:?}") };
    assert!(matches!(begun.kind, ExprKind::NowCompare(CompareOp::Ge, _)), "{begun:?}");
    assert!(matches!(not_ended.kind, ExprKind::Or(..)), "{not_ended:?}");
}
