//! No value of a secret is in any output, whatever is asked for and whatever goes wrong.

use crate::support::Sandbox;

/// Values that stand in what scanners write.
const VALUES: &[&str] = &["nw-example-7c1d0e5a4b9f8d2e6a3c", "hunter2-horse-battery-staple"];

/// A finding of gitleaks with a value in every field that could hold one.
const LEAK: &str = r#"[{
  "RuleID": "generic-api-key", "Description": "key", "StartLine": 1, "EndLine": 1, "StartColumn": 1,
  "EndColumn": 9, "Match": "k = \"hunter2-horse-battery-staple\"", "Secret": "hunter2-horse-battery-staple",
  "File": "a.txt", "SymlinkFile": "", "Commit": "3f1c2a9d7e5b40c68a1f0b2d4c6e8f901a2b3c4d", "Entropy": 4.0,
  "Author": "x", "Email": "x@northwind.example", "Date": "2026-05-31T17:20:11Z",
  "Message": "add hunter2-horse-battery-staple", "Tags": [], "Fingerprint": "f"
}]"#;

const CONTEXT: &str =
    "--repo github.com/northwind-robotics/arm-sdk --visibility public --observed-at 2026-06-01T09:00:00Z";

#[track_caller]
fn clean(text: &str) {
    for value in VALUES {
        assert!(!text.contains(value), "`{value}` in {text}");
    }
}

#[test]
fn no_command_prints_a_value() {
    let sandbox = Sandbox::with("examples/northwind");
    sandbox.write("examples/northwind/gitleaks.json", LEAK);
    for args in [
        "eval -C examples/northwind",
        "eval -C examples/northwind --format json",
        "eval -C examples/northwind --format ndjson",
        "explain -C examples/northwind --policy leaked_secret",
        &format!("ingest gitleaks examples/northwind/gitleaks.json --out out {CONTEXT}"),
        "snapshot info out --format json",
    ] {
        let run = sandbox.run(args);
        clean(&run.stdout);
        clean(&run.stderr);
    }
    clean(&sandbox.snapshot("out"));
}

#[test]
fn no_error_prints_a_value() {
    let sandbox = Sandbox::new();
    let cut = LEAK.find("\"File\"").unwrap();
    let wrong_kind = LEAK.replace("\"StartLine\": 1", "\"StartLine\": \"hunter2-horse-battery-staple\"");
    let wrong_date = LEAK.replace("2026-05-31T17:20:11Z", "hunter2-horse-battery-staple");
    let line = r#"{"Secret": {"id": 5, "hunter2": 1, "created_at": "hunter2-horse-battery-staple"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#;
    for (tool, text) in [
        ("gitleaks", &LEAK[..cut]),
        ("gitleaks", &wrong_kind),
        ("gitleaks", &wrong_date),
        ("trivy", LEAK),
        ("auto", line),
    ] {
        sandbox.write("input.ndjson", text);
        let run = sandbox.run(&format!("ingest {tool} input.ndjson --out out --replace {CONTEXT}"));
        clean(&run.stdout);
        clean(&run.stderr);
    }
}

#[test]
fn without_a_site_key_fingerprints_hold_for_one_run() {
    let sandbox = Sandbox::new();
    sandbox.write("leaks.json", LEAK);
    let key = |out: &str, more: &str| {
        let run = sandbox.run(&format!("ingest gitleaks leaks.json --out {out} {CONTEXT} {more}")).expect(0);
        let text = sandbox.snapshot(out);
        let at = text.find("fp:").expect("a fingerprint");
        (text[at..at + 35].to_owned(), run.stderr)
    };
    let (first, said) = key("one", "");
    assert!(said.contains("no site key"), "{said}");
    assert_ne!(first, key("two", "").0);
    sandbox.write("site.key", "0123456789abcdef0123456789abcdef\n");
    let (kept, said) = key("three", "--site-key-file site.key");
    assert!(!said.contains("no site key"), "{said}");
    assert_eq!(kept, key("four", "--site-key-file site.key").0);
}

/// Policies that ask everything that may be asked about sensitive values, in every place.
const ASKING: &str = r#"package acme

/// The code that opens every vault.
param master: sensitive<string> = "none"

/// How many digits a pin has.
param digits: sensitive<int> = 4 in 1..8

entity Vault {
  key id: string
  account: string
  code: sensitive<string>
  spare: sensitive<string>?
  pin: sensitive<int>
  keys: list<sensitive<string>>
  notes: map<string, sensitive<string>>
} fresh for 24h closed

signal door { lag 15m gap 15m loss 0% basis heartbeat }

event Opened {
  key id: string
  at: timestamp
  account: string
  vault: Vault inverse opened
} covered by door on account

request Open {
  key id: string
  vault: Vault
  code: sensitive<string>
}

policy asks {
  for v: Vault

  let same   = v.code == v.spare.orValue("x") || v.code in v.keys
  let opened = v.opened.exists(o, o.account == v.code && o.at > now - 30d)
  let taken  = v.spare.assume("y") == v.code
  let kept   = v.keys.filter(k, k != v.code)
  let note   = v.notes["a"]

  decide {
    opened                                     => alert low because "{v.id}: {kept.size()} keys, {v.code.size()} letters"
    same || taken || note == "z" || v.pin == digits => alert high because "{v.id}: {same}"
    v.code == master                           => alert low because "{v.id}"
    unknown                                    => alert medium because "{v.id}: {missing}"
  }
}

policy opens {
  for o: Open

  decide {
    o.code != o.vault.code => block o because "a wrong code for {o.vault.id}"
    unknown                => block o because "{missing}"
  }
}

test "a vault" {
  now 2026-06-01T00:00:00Z
  given Vault { id: "v1", account: "a", code: "one", spare: null, pin: 1, keys: ["one"], notes: { "a": "one" } }
  expect alert critical on "v1" by asks
}
"#;

/// Facts with the value in every sensitive field: two sources that disagree, one stale, one with the value
/// where a number belongs.
fn vaults() -> String {
    let vault = |id: &str, code: &str, spare: &str, pin: &str, tool: &str, at: &str| {
        format!(
            r#"{{"Vault": {{"id": "{id}", "account": "a", "code": {code}, "spare": {spare}, "pin": {pin}, "keys": [{code}, "k"], "notes": {{"b": {code}}}}}, "source": {{"tool": "{tool}"}}, "observed_at": "{at}"}}"#
        )
    };
    let canary = format!("\"{}\"", VALUES[1]);
    let other = format!("\"{}-2\"", VALUES[1]);
    let (now, stale) = ("2026-05-31T23:00:00Z", "2026-05-01T00:00:00Z");
    let lines = [
        vault("v1", &canary, "null", "1", "a", now),
        vault("v1", &other, &canary, "2", "b", now),
        vault("v2", &canary, &canary, "2", "a", stale),
        vault("v3", &canary, "null", &canary, "a", now),
        vault("v4", "[1]", &canary, "1", "a", now),
        vault("v5", &other, "null", "1", "a", now),
        r#"{"Opened": {"id": "o", "at": "2026-05-30T00:00:00Z", "account": "a", "vault": "v1"}, "source": {"tool": "a"}, "observed_at": "2026-05-31T00:00:00Z"}"#.to_owned(),
    ];
    lines.join("\n")
}

#[test]
fn no_command_prints_what_is_sensitive() {
    let sandbox = Sandbox::new();
    sandbox.write("p/policies/p.assize", ASKING).write("p/facts.ndjson", vaults());
    sandbox.write(
        "p/assize.toml",
        "policies = [\"policies\"]\nfacts = [\"facts.ndjson\"]\nstdlib = false\nnow = 2026-06-01T00:00:00Z\n",
    );
    let request = format!(r#"{{"Open": {{"id": "r1", "vault": "v1", "code": "{}"}}}}"#, VALUES[1]);
    let wrong = request.replace(&format!("\"{}\"", VALUES[1]), &format!("[\"{}\"]", VALUES[1]));
    sandbox.write("request.json", request).write("wrong.json", wrong);
    let canary = VALUES[1];
    let commands = [
        "check -C p".to_owned(),
        "check -C p --cost --counted --format json".to_owned(),
        "eval -C p --all".to_owned(),
        "eval -C p --format json".to_owned(),
        "eval -C p --format ndjson".to_owned(),
        format!("eval -C p --set acme.master={canary}"),
        format!("eval -C p --set acme.master={canary} --format json"),
        format!("eval -C p --set acme.digits={canary}"),
        "eval -C p --set acme.digits=77777".to_owned(),
        "explain -C p --policy asks".to_owned(),
        "explain -C p --policy asks --anchor v1".to_owned(),
        "explain -C p --policy asks --anchor v1 --format json".to_owned(),
        "explain -C p --policy asks --anchor v2".to_owned(),
        "explain -C p --policy asks --anchor v3".to_owned(),
        "explain -C p --policy asks --anchor v5 --format json".to_owned(),
        "test -C p".to_owned(),
        "test -C p --format json".to_owned(),
        "test -C p --format junit".to_owned(),
        "decide -C p --request request.json".to_owned(),
        "decide -C p --request request.json --format json".to_owned(),
        "decide -C p --request wrong.json".to_owned(),
        "schema -C p".to_owned(),
        "schema -C p --format json".to_owned(),
        "doc -C p asks".to_owned(),
    ];
    let mut decided = 0_usize;
    for command in &commands {
        let run = sandbox.run(command);
        assert_ne!(run.code, 101, "{command}: {}", run.stderr);
        clean(&run.stdout);
        clean(&run.stderr);
        assert!(!run.stderr.contains("77777"), "{command}: {}", run.stderr);
        decided += usize::from(run.stdout.contains("\"v1\"") || run.stdout.contains("Vault v1"));
    }
    assert!(decided > 3, "hardly anything was decided");
}
