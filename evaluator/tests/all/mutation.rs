//! Which changes to a policy its tests notice.

use assize::{Engine, Mutation};

const POLICY: &str = r#"package t

param limit: int = 5 in 1..9

entity Key {
  key id: string
  leaked: bool
  uses: int
  at: timestamp
} closed

entity Call {
  key id: string
  of: Key inverse calls
  at: timestamp
} closed

policy p {
  for k: Key
  where k.uses > limit
  decide {
    k.leaked && k.at < now - 10d => revoke k by rotate, alert high because "x"
    unknown                      => alert low because "{missing}"
  }
}

policy called {
  for k: Key
  where k.calls.exists(c, c.at > now - 2h && c.at < now)
  decide alert high because "called"
}
"#;

fn mutate(tests: &str) -> Mutation {
    let engine = Engine::builder().source("t.assize", format!("{POLICY}\n{tests}")).build().unwrap();
    assert!(engine.run_tests(None).iter().all(assize::TestReport::passed));
    engine.mutate(&|policy, file| policy.starts_with("t.") && file == "t.assize")
}

fn survivors(mutation: &Mutation, policy: &str) -> Vec<String> {
    let policy = mutation.policies.iter().find(|one| one.policy == policy).unwrap();
    policy.survivors.iter().map(|mutant| format!("{} {}", mutant.line, mutant.change)).collect()
}

const ONE: &str = r#"
test "one" {
  now 2026-06-01T00:00:00Z
  given Key { id: "a", leaked: true, uses: 9, at: now - 20d }
  expect revoke "a" by rotate by p
}"#;

#[test]
fn what_one_test_does_not_hold() {
    let mutation = mutate(ONE);
    assert_eq!(
        survivors(&mutation, "t.p"),
        [
            "20 `k.uses > limit`: `>` made `>=`",
            "20 where `k.uses > limit`: dropped",
            "20 `limit` made `limit - 1`",
            "20 `limit` made `limit + 1`",
            "22 `k.leaked && k.at < now - 10d`: `&&` made `||`",
            "22 arm 1 `k.leaked && k.at < now - 10d`: `alert high` dropped",
            "22 arm 1 `k.leaked && k.at < now - 10d`: `alert high` made `alert medium`",
            "22 `10d` made `9d`",
            "22 `10d` made `11d`",
            "23 arm 2 `unknown`: removed",
            "23 arm 2 `unknown`: `alert low` made `alert none`",
        ]
    );
    let policy = &mutation.policies[1];
    assert_eq!((policy.policy.as_str(), policy.line, policy.tests, policy.untried), ("t.p", 18, 1, 0));
    assert_eq!((policy.killed, policy.survivors.len()), (6, 11));
    // No test is about the other one, so nothing is noticed there.
    assert_eq!((mutation.policies[0].tests, mutation.policies[0].killed), (0, 0));
    assert_eq!(mutation.killed, 6);
    assert_eq!(mutation, mutate(ONE), "two runs try the same");
}

#[test]
fn tests_at_the_edges_hold_everything() {
    let mutation = mutate(
        r#"
test "edges" {
  now 2026-06-01T00:00:00Z
  given Key { id: "a", leaked: true, uses: 6, at: now - 11d + 1us }
  given Key { id: "b", leaked: true, uses: 5, at: now - 20d }
  given Key { id: "c", leaked: true, uses: 9, at: now - 10d }
  given Key { id: "d", leaked: false, uses: 9, at: now - 20d }
  given Key { id: "e", uses: 9, at: now - 20d }
  expect revoke "a" by rotate by p
  expect alert high on "a" by p
  expect nothing on "b" by p
  expect nothing on "c" by p
  expect nothing on "d" by p
  expect alert low on "e" by p
}"#,
    );
    assert_eq!(survivors(&mutation, "t.p"), [""; 0]);
}

#[test]
fn conditions_on_members_are_changed_with_their_windows() {
    let mutation = mutate(
        r#"
test "members" {
  now 2026-06-01T00:00:00Z
  given Key { id: "a" }
  given Call { id: "x", of: "a", at: now - 1h - 1us }
  expect alert high on "a" by called
  now 2026-06-01T01:00:00Z
  expect nothing on "a" by called
  given Key { id: "b" }
  given Call { id: "y", of: "b", at: now - 2h + 1us }
  expect alert high on "b" by called
}"#,
    );
    assert_eq!(survivors(&mutation, "t.called"), [""; 0]);
}
