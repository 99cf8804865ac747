//! What programs hold on to: the JSON of every command, whole.

use crate::support::Sandbox;

/// The quickstart's JSON, pretty, as it is printed.
fn printed(args: &str, code: i32) -> String {
    let sandbox = Sandbox::with("examples/quickstart");
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    // A key whose age nobody knows is undetermined.
    let ageless = r#"{"Key": {"id": "ageless", "account": "main"}, "source": {"tool": "inventory"}, "observed_at": "2026-06-01T09:00:00Z"}"#;
    sandbox.write("facts.ndjson", format!("{facts}{ageless}\n"));
    let project = "-C examples/quickstart";
    sandbox.run(&format!("{args} {project}")).expect(code).stdout
}

#[test]
fn of_eval() {
    insta::assert_snapshot!(printed("eval --facts facts.ndjson --format json", 1), @r##"
    {
      "version": 1,
      "now": "2026-06-01T12:00:00Z",
      "snapshot": "snap_7293da393dba9429",
      "policies": 1,
      "decisions": [
        {
          "id": "dec_165a8f4e41e1b911",
          "policy": "quickstart.idle_key",
          "anchor": {
            "secret": {
              "Key": "old-backup"
            }
          },
          "arm": 1,
          "mode": "enforce",
          "outcomes": [
            {
              "id": "out_6ebd6a092ee24bd3",
              "kind": "revoke",
              "target": {
                "Key": "old-backup"
              },
              "by": "quarantine",
              "within": "24h"
            }
          ],
          "because": "backup: not used in 45d",
          "maps": [],
          "missing": [],
          "could_be": [],
          "assumed": [],
          "waived_by": null,
          "as_of": "2026-06-01T11:43:00Z",
          "valid_until": null,
          "evidence_until": "2026-06-01T12:13:00.000001Z",
          "evidence": [
            {
              "Key": "old-backup",
              "source": {
                "tool": "inventory"
              }
            },
            {
              "Coverage": "main-log",
              "source": {
                "tool": "key-log"
              }
            }
          ]
        },
        {
          "id": "dec_21b44baf90299ff7",
          "policy": "quickstart.idle_key",
          "anchor": {
            "secret": {
              "Key": "lab-printer"
            }
          },
          "arm": 2,
          "mode": "enforce",
          "outcomes": [
            {
              "id": "out_2f648318f545fe55",
              "kind": "alert",
              "severity": "low"
            }
          ],
          "because": "cannot tell whether it is used: no key_log coverage of `lab` from 2026-04-17T12:00:00Z until 2026-06-01T12:00:00Z",
          "maps": [],
          "missing": [
            {
              "cause": "not covered",
              "signal": "key_log",
              "scope": "lab",
              "from": "2026-04-17T12:00:00.000001Z",
              "until": "2026-06-01T12:00:00Z"
            }
          ],
          "could_be": [
            {
              "kind": "revoke",
              "target": {
                "Key": "lab-printer"
              },
              "by": "quarantine",
              "within": "24h"
            }
          ],
          "assumed": [],
          "waived_by": null,
          "valid_until": null,
          "evidence_until": "2026-06-02T09:00:00Z",
          "evidence": [
            {
              "Key": "lab-printer",
              "source": {
                "tool": "inventory"
              }
            }
          ]
        }
      ],
      "undetermined": [
        {
          "id": "dec_cee3cad3afa32a0c",
          "policy": "quickstart.idle_key",
          "anchor": {
            "secret": {
              "Key": "ageless"
            }
          },
          "mode": "enforce",
          "missing": [
            {
              "cause": "not collected",
              "fact": {
                "Key": "ageless"
              },
              "field": "created_at"
            }
          ],
          "could_be": [
            {
              "kind": "revoke",
              "target": {
                "Key": "ageless"
              },
              "by": "quarantine",
              "within": "24h"
            }
          ],
          "valid_until": null
        }
      ],
      "waivers": [],
      "rejected": 0,
      "incomplete": false,
      "summary": {
        "block": 0,
        "revoke": 1,
        "alert": 1,
        "rank": 0,
        "undetermined": 1,
        "by_policy": {
          "quickstart.idle_key": 2
        }
      }
    }
    "##);
}

#[test]
fn of_explain() {
    let args = "explain --policy idle_key --anchor ageless --facts facts.ndjson --format json";
    insta::assert_snapshot!(printed(args, 0), @r##"
    {
      "policy": "quickstart.idle_key",
      "docs": "A key that nobody uses is revoked, but only where somebody watched.",
      "anchor": {
        "secret": {
          "Key": "ageless"
        }
      },
      "now": "2026-06-01T12:00:00Z",
      "snapshot": "snap_7293da393dba9429",
      "summary": "undetermined: evidence is missing",
      "undetermined": {
        "id": "dec_cee3cad3afa32a0c",
        "policy": "quickstart.idle_key",
        "anchor": {
          "secret": {
            "Key": "ageless"
          }
        },
        "mode": "enforce",
        "missing": [
          {
            "cause": "not collected",
            "fact": {
              "Key": "ageless"
            },
            "field": "created_at"
          }
        ],
        "could_be": [
          {
            "kind": "revoke",
            "target": {
              "Key": "ageless"
            },
            "by": "quarantine",
            "within": "24h"
          }
        ],
        "valid_until": null
      },
      "conditions": [
        {
          "text": "secret.created_at < now - idle_after",
          "value": "? (not collected)",
          "missing": [
            {
              "cause": "not collected",
              "fact": {
                "Key": "ageless"
              },
              "field": "created_at"
            }
          ]
        }
      ],
      "lets": [
        {
          "name": "used",
          "text": "secret.uses.exists(u, u.at > now - idle_after)",
          "value": "false"
        }
      ],
      "arms": [
        {
          "arm": 1,
          "when": "!used",
          "then": "revoke secret by quarantine within 24h",
          "fate": "would_decide",
          "why": "would decide if this were known to be a case",
          "condition": {
            "text": "!used",
            "value": "true"
          }
        },
        {
          "arm": 2,
          "when": "unknown",
          "then": "alert low",
          "fate": "not_reached",
          "why": "not reached: an arm above decides"
        }
      ],
      "values": [
        {
          "path": "secret.created_at",
          "value": "? (not collected)"
        }
      ],
      "evidence": [
        {
          "Key": "ageless",
          "source": {
            "tool": "inventory"
          }
        },
        {
          "Coverage": "main-log",
          "source": {
            "tool": "key-log"
          }
        }
      ],
      "valid_until": null,
      "evidence_until": "2026-06-01T12:13:00.000001Z",
      "would_change_if": [
        {
          "suppose": [
            {
              "kind": "field",
              "fact": {
                "Key": "ageless"
              },
              "field": "created_at",
              "is": "? (not collected)",
              "to": "2026-06-01T11:59:59.999999Z"
            }
          ],
          "then": "nothing is decided"
        }
      ]
    }
    "##);
}

#[test]
fn of_test() {
    insta::assert_snapshot!(printed("test --format json", 0), @r##"
    {
      "version": 1,
      "passed": 1,
      "failed": 0,
      "tests": [
        {
          "file": "examples/quickstart/idle_key.assize",
          "line": 43,
          "name": "silence counts only where somebody listened",
          "failures": []
        }
      ]
    }
    "##);
}

#[test]
fn of_a_verdict() {
    let sandbox = Sandbox::with("examples/quickstart");
    sandbox.write(
        "p.assize",
        r#"package doors

/// Somebody asks for a door to be opened.
request Open {
  key id: string
  armed: bool
}

/// No door is opened while the alarm is armed.
policy door {
  for open: Open
  decide {
    open.armed => block open for 1h because "the alarm is armed"
    unknown    => block open because "cannot tell: {missing}"
  }
}
"#,
    );
    sandbox.write("request.json", r#"{"Open": {"id": "front", "armed": true}}"#);
    let args = "decide --request request.json --policies p.assize --no-stdlib --format json \
                --facts none.ndjson --now 2026-06-01T12:00:00Z";
    sandbox.write(
        "none.ndjson",
        r#"{"Coverage": {"id": "c", "signal": "x", "scope": "*", "from": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}"#,
    );
    insta::assert_snapshot!(sandbox.run(args).stdout, @r##"
    {
      "verdict": "block",
      "decisions": [
        {
          "id": "dec_2827c8f00b462d99",
          "policy": "doors.door",
          "anchor": {
            "open": {
              "Open": "front"
            }
          },
          "arm": 1,
          "mode": "enforce",
          "outcomes": [
            {
              "id": "out_914feda1b05f04e8",
              "kind": "block",
              "target": {
                "Open": "front"
              },
              "for": "1h"
            }
          ],
          "because": "the alarm is armed",
          "maps": [],
          "missing": [],
          "could_be": [],
          "assumed": [],
          "waived_by": null,
          "valid_until": null,
          "evidence_until": null,
          "evidence": [
            {
              "Open": "front",
              "source": {
                "tool": "request"
              }
            }
          ]
        }
      ],
      "undetermined": [],
      "missing": [],
      "snapshot": "snap_accd1dcbd1be5ab0",
      "now": "2026-06-01T12:00:00Z"
    }
    "##);
}
