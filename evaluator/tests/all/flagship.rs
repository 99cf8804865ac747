//! The example that the language is introduced with.

use serde_json::json;

use crate::support::{NOW, at, coverage, engine_with_stdlib, evaluate, fact, load_clean};

const TEXT: &str = r#"
package acme.lifecycle

use assize.core.*
use nhi.model.*
use nhi.controls.{owasp_nhi, csf}

/// How long a static secret may stay idle before it is revoked.
param idle_after: duration = 45d in 7d..400d source "CIS AWS Foundations: unused access keys"

/// How old a static secret may grow while it is in use.
param max_age: duration = 90d in 1d..400d source "CIS AWS Foundations: access key rotation"

/// A static secret that nobody uses is revoked; one that is in use and old is rotated.
policy idle {
  maps owasp_nhi.NHI7, owasp_nhi.NHI1, csf.DE_CM_03

  for secret: Secret
  where secret.static && secret.status == SecretStatus.active && secret.created_at < now - idle_after

  let used = secret.uses.exists(u, u.at > now - idle_after)

  decide {
    !used                             => revoke secret by quarantine within 24h
      because "not used in {idle_after}; created {secret.created_at}"
    now - secret.created_at > max_age => revoke secret by rotate within 7d, alert high
      because "{secret.identity.name}: {now - secret.created_at} old and in use; issue short-lived credentials instead"
    unknown                           => alert medium
      because "cannot tell whether it is used: {missing}"
  }
}

test "an idle key is revoked only where somebody watched" {
  now 2026-06-01T00:00:00Z
  given Secret { id: "AKIA1", static: true, status: SecretStatus.active, created_at: now - 400d, account: "a1" }
  expect alert medium on "AKIA1" by idle

  given Coverage { signal: Signal.cloud_mgmt, scope: "a1", from: now - 100d, until: now }
  expect revoke "AKIA1" by quarantine by idle

  given SecretUse { id: "e1", secret: "AKIA1", at: now - 3d }
  expect revoke "AKIA1" by rotate by idle

  given Secret { id: "AKIA2", static: true, status: SecretStatus.active, created_at: now - 1m, account: "a1" }
  expect nothing on "AKIA2" by idle
}
"#;

fn key() -> serde_json::Value {
    fact(
        "Secret",
        json!({"id": "AKIA1", "static": true, "status": "active", "created_at": "2025-04-27T00:00:00Z",
               "account": "111122223333", "identity": "arn:aws:iam::111122223333:user/ci"}),
    )
}

fn watched() -> serde_json::Value {
    coverage("cloud_mgmt", "111122223333", "2026-02-21T00:00:00Z", NOW)
}

#[test]
fn its_own_test_passes() {
    let engine = engine_with_stdlib(TEXT);
    let reports = engine.run_tests(Some("idle key is revoked only where somebody watched"));
    let reports: Vec<_> = reports.into_iter().filter(|one| one.file == "test.assize").collect();
    assert_eq!(reports[0].expectations, 4);
    assert_eq!(reports[0].failures, []);
}

#[test]
fn the_decision_as_json() {
    let engine = engine_with_stdlib(TEXT);
    let evaluation = evaluate(&engine, &[key(), watched()], NOW);
    let decision = evaluation.decisions.iter().find(|one| one.policy == "acme.lifecycle.idle").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(decision).unwrap(), @r#"
    {
      "id": "dec_e4690a0678999c4f",
      "policy": "acme.lifecycle.idle",
      "anchor": {
        "secret": {
          "Secret": "AKIA1"
        }
      },
      "arm": 1,
      "mode": "enforce",
      "outcomes": [
        {
          "id": "out_4bcea6e22e131627",
          "kind": "revoke",
          "target": {
            "Secret": "AKIA1"
          },
          "by": "quarantine",
          "within": "24h"
        }
      ],
      "because": "not used in 45d; created 2025-04-27T00:00:00Z",
      "maps": [
        "owasp-nhi/NHI7:2025",
        "owasp-nhi/NHI1:2025",
        "nist-csf-2.0/DE.CM-03"
      ],
      "missing": [],
      "could_be": [],
      "assumed": [],
      "waived_by": null,
      "as_of": "2026-05-31T23:45:00Z",
      "valid_until": null,
      "evidence_until": "2026-06-01T00:15:00.000001Z",
      "evidence": [
        {
          "Secret": "AKIA1",
          "source": {
            "tool": "test"
          }
        },
        {
          "Coverage": "cloud_mgmt 111122223333 2026-02-21T00:00:00Z",
          "source": {
            "tool": "test"
          }
        }
      ]
    }
    "#);
}

#[test]
fn what_is_missing_is_named() {
    let engine = engine_with_stdlib(TEXT);
    let evaluation = evaluate(&engine, &[key()], NOW);
    let decision = evaluation.decisions.iter().find(|one| one.policy == "acme.lifecycle.idle").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(decision).unwrap(), @r#"
    {
      "id": "dec_e4690a0678999c4f",
      "policy": "acme.lifecycle.idle",
      "anchor": {
        "secret": {
          "Secret": "AKIA1"
        }
      },
      "arm": 3,
      "mode": "enforce",
      "outcomes": [
        {
          "id": "out_dfd930e8430a5ae4",
          "kind": "alert",
          "severity": "medium"
        }
      ],
      "because": "cannot tell whether it is used: `kind` of Identity `arn:aws:iam::111122223333:user/ci` was not collected; no cloud_mgmt coverage of `111122223333` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z; no key_last_used coverage of `AKIA1` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z",
      "maps": [
        "owasp-nhi/NHI7:2025",
        "owasp-nhi/NHI1:2025",
        "nist-csf-2.0/DE.CM-03"
      ],
      "missing": [
        {
          "cause": "not collected",
          "fact": {
            "Identity": "arn:aws:iam::111122223333:user/ci"
          },
          "field": "kind"
        },
        {
          "cause": "not covered",
          "signal": "cloud_mgmt",
          "scope": "111122223333",
          "from": "2026-04-17T00:00:00.000001Z",
          "until": "2026-06-01T00:00:00Z"
        },
        {
          "cause": "not covered",
          "signal": "key_last_used",
          "scope": "AKIA1",
          "from": "2026-04-17T00:00:00.000001Z",
          "until": "2026-06-01T00:00:00Z"
        }
      ],
      "could_be": [
        {
          "kind": "revoke",
          "target": {
            "Secret": "AKIA1"
          },
          "by": "quarantine",
          "within": "24h"
        },
        {
          "kind": "revoke",
          "target": {
            "Secret": "AKIA1"
          },
          "by": "rotate",
          "within": "7d"
        },
        {
          "kind": "alert",
          "severity": "high"
        }
      ],
      "assumed": [],
      "waived_by": null,
      "valid_until": null,
      "evidence_until": "2026-06-01T23:59:00Z",
      "evidence": [
        {
          "Secret": "AKIA1",
          "source": {
            "tool": "test"
          }
        }
      ]
    }
    "#);
}

#[test]
fn the_explanation_for_people() {
    let engine = engine_with_stdlib(TEXT);
    let snapshot = load_clean(&engine, &[key(), watched()]);
    let why = engine.explain(&snapshot, at(NOW), "idle", &["AKIA1"]).unwrap();
    insta::assert_snapshot!(why.to_string(), @r#"
    acme.lifecycle.idle on Secret `AKIA1`
    at 2026-06-01T00:00:00Z, snapshot snap_f3be09a2ec739531
      A static secret that nobody uses is revoked; one that is in use and old is rotated.

    arm 1 decides: revoke Secret `AKIA1` by quarantine within 24h
      because not used in 45d; created 2025-04-27T00:00:00Z
      holds until a fact changes
      something that it rests on goes stale at 2026-06-01T00:15:00.000001Z unless it is reported again
      speaks as of 2026-05-31T23:45:00Z: later reports are not in yet

    Is it a case?
      true      secret.static
      true      secret.status == SecretStatus.active
      true      secret.created_at < now - idle_after

    What the table's names stand for
      used = false

    The table
      1  !used => revoke secret by quarantine within 24h
         true: decides
      2  now - secret.created_at > max_age => revoke secret by rotate within 7d, alert high
         not reached: an arm above decides
      3  unknown => alert medium
         not reached: an arm above decides

    Values read
      secret.static = true
      secret.status = active
      secret.created_at = 2025-04-27T00:00:00Z

    Evidence
      Secret `AKIA1`, from test
      Coverage `cloud_mgmt 111122223333 2026-02-21T00:00:00Z`, from test

    It would change if
      `static` of Secret `AKIA1` is false, not true: nothing is decided
      `status` of Secret `AKIA1` is inactive, not active: nothing is decided
      `created_at` of Secret `AKIA1` is 2026-04-17T00:00:00Z, not 2025-04-27T00:00:00Z: nothing is decided
    "#);
}

#[test]
fn the_explanation_of_a_gap() {
    let engine = engine_with_stdlib(TEXT);
    let snapshot = load_clean(&engine, &[key()]);
    let why = engine.explain(&snapshot, at(NOW), "acme.lifecycle.idle", &["AKIA1"]).unwrap();
    insta::assert_snapshot!(why.to_string(), @r#"
    acme.lifecycle.idle on Secret `AKIA1`
    at 2026-06-01T00:00:00Z, snapshot snap_5214872f10afce7a
      A static secret that nobody uses is revoked; one that is in use and old is rotated.

    arm 3 decides: alert medium
      because cannot tell whether it is used: `kind` of Identity `arn:aws:iam::111122223333:user/ci` was not collected; no cloud_mgmt coverage of `111122223333` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z; no key_last_used coverage of `AKIA1` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
      missing: `kind` of Identity `arn:aws:iam::111122223333:user/ci` was not collected
      missing: no cloud_mgmt coverage of `111122223333` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
      missing: no key_last_used coverage of `AKIA1` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
      with that evidence it could be: revoke Secret `AKIA1` by quarantine, revoke Secret `AKIA1` by rotate, alert high
      holds until a fact changes
      something that it rests on goes stale at 2026-06-01T23:59:00Z unless it is reported again

    Is it a case?
      true      secret.static
      true      secret.status == SecretStatus.active
      true      secret.created_at < now - idle_after

    What the table's names stand for
      used = ? (not collected)
          `kind` of Identity `arn:aws:iam::111122223333:user/ci` was not collected
          no cloud_mgmt coverage of `111122223333` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
          no key_last_used coverage of `AKIA1` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z

    The table
      1  !used => revoke secret by quarantine within 24h
         not known: it might decide
           `kind` of Identity `arn:aws:iam::111122223333:user/ci` was not collected
           no cloud_mgmt coverage of `111122223333` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
           no key_last_used coverage of `AKIA1` from 2026-04-17T00:00:00Z until 2026-06-01T00:00:00Z
      2  now - secret.created_at > max_age => revoke secret by rotate within 7d, alert high
         true, but held back: an arm above is not settled and might decide otherwise
      3  unknown => alert medium
         decides: not settled above: arm 1, 2

    Values read
      secret.static = true
      secret.status = active
      secret.created_at = 2025-04-27T00:00:00Z

    Evidence
      Secret `AKIA1`, from test

    It would change if
      `static` of Secret `AKIA1` is false, not true: nothing is decided
      `status` of Secret `AKIA1` is inactive, not active: nothing is decided
      cloud_mgmt covers `111122223333` from 2026-04-17T00:00:00.000001Z to 2026-06-01T00:00:00Z: arm 1 decides: revoke Secret `AKIA1` by quarantine
    "#);
}
