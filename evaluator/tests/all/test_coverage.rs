//! What of the policies the tests exercise.

use assize::{ConditionKind, Engine, Truth};

const TEXT: &str = r#"package t

entity Key {
  key id: string
  leaked: bool
  static: bool
  owner: string
} closed

entity Team {
  key id: string
} closed

fn loose(k: Key): bool = k.static && k.leaked

/// Of which the tests show little.
policy leak {
  for k: Key, t: Team
  where k.owner == t.id && k.loose()
  let listed = Team.exists(x, x.id == "core")
  decide {
    k.static || listed => revoke k because "a"
    k.id == "never"    => none
    unknown            => alert low because "{missing}"
  }
}

test "one" {
  now 2026-06-01T00:00:00Z
  given Team { id: "web" }
  given Team { id: "lab" }
  given Key { id: "a", leaked: true, static: true, owner: "web" }
  expect revoke "a" by leak
}
"#;

#[test]
fn every_arm_and_every_value_is_accounted_for() {
    let engine = Engine::builder().source("t.assize", TEXT).build().unwrap();
    let (reports, coverage) = engine.test_coverage(None);
    assert!(reports.iter().all(assize::TestReport::passed));
    let [policy] = coverage.policies.as_slice() else { panic!("one policy") };
    assert_eq!((policy.file.as_str(), policy.line), ("t.assize", 17));
    let arms: Vec<(usize, usize, &str)> =
        policy.arms.iter().map(|arm| (arm.line, arm.decided, arm.text.as_str())).collect();
    assert_eq!(arms, [(22, 1, "k.static || listed"), (23, 0, "k.id == \"never\""), (24, 0, "unknown")]);
    let words = |truths: &[Truth]| truths.iter().map(|it| it.word()).collect::<Vec<_>>().join(" ");
    let shown: Vec<String> = policy
        .conditions
        .iter()
        .map(|one| {
            let (seen, never, cannot) = (words(&one.seen), words(&one.never), words(&one.cannot));
            format!("{:?} {} `{}`: {seen}; never {never}; cannot {cannot}", one.kind, one.line, one.text)
        })
        .collect();
    // The join is judged for both teams, although an index would leave one of them. The list is closed and
    // its members' keys are known: whether it has one is never unknown.
    assert_eq!(
        shown,
        [
            "Where 19 `k.owner == t.id`: true false; never unknown; cannot ",
            "Where 19 `k.loose() (1 of 2)`: true; never false unknown; cannot ",
            "Where 19 `k.loose() (2 of 2)`: true; never false unknown; cannot ",
            "Let 20 `Team.exists(x, x.id == \"core\")`: false; never true; cannot unknown",
            "Arm 22 `k.static || listed`: true; never false unknown; cannot ",
            "Operand 22 `k.static`: true; never false unknown; cannot ",
            "Operand 22 `listed`: false; never true; cannot unknown",
            "Arm 23 `k.id == \"never\"`: ; never true false; cannot unknown",
        ]
    );
    assert_eq!((policy.total.arms.covered, policy.total.arms.of), (1, 3));
    assert_eq!((coverage.total.values.covered, coverage.total.values.of), (8, 21));
    assert!(policy.conditions.iter().all(|one| (one.kind == ConditionKind::Let) == one.name.is_some()));
}

#[test]
fn a_test_that_is_left_out_shows_nothing() {
    let engine = Engine::builder().source("t.assize", TEXT).build().unwrap();
    let (reports, coverage) = engine.test_coverage(Some("no such test"));
    assert!(reports.is_empty());
    assert!(!coverage.policies[0].touched());
    assert_eq!(coverage.only(|_| false).total, assize::CoverageTotal::default());
}
