//! Scanners that install anywhere are really run on a small tree, and their output is decided on: what they
//! find, and that it is gone when it is mended.

use std::path::{Path, PathBuf};

use crate::support::{Sandbox, command};

const TOOLS: [&str; 5] = ["bandit", "semgrep", "checkov", "detect-secrets", "cloudsplaining"];

/// A weakness and a password; without them, clean code.
const CODE: &str = "import subprocess\n\nPASSWORD = \"northwind-gripper-7\"\n\n\ndef move(arm):\n    subprocess.call(\"arm \" + arm, shell=True)\n";
const MENDED: &str = "def move(arm):\n    return arm\n";

const RULES: &str = r#"rules:
  - id: northwind-shell
    languages: [python]
    severity: ERROR
    message: a shell is started with what the caller gives
    metadata: {category: security}
    pattern: subprocess.call(..., shell=True)
"#;

const INFRASTRUCTURE: &str = r#"resource "aws_security_group" "arm" {
  name        = "arm"
  description = "the arm's"
  ingress {
    description = "by hand"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#;

/// A user who can make keys for others.
const ACCOUNT: &str = r#"{
  "UserDetailList": [{
    "Path": "/automation/", "UserName": "ci-deploy", "UserId": "AIDAQEXAMPLE00CIDEPL",
    "Arn": "arn:aws:iam::111122223333:user/automation/ci-deploy", "CreateDate": "2025-01-01T00:00:00+00:00",
    "UserPolicyList": [{"PolicyName": "make-keys", "PolicyDocument": {"Version": "2012-10-17",
      "Statement": [{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}]}}],
    "GroupList": [], "AttachedManagedPolicies": [], "Tags": []
  }],
  "GroupDetailList": [], "RoleDetailList": [], "Policies": []
}
"#;

const POLICY: &str = r#"package northwind.scanners

use nhi.model.*

/// What the scanners have found, by who is to mend it.
policy found {
  for f: Finding
  where f.status == FindingStatus.open
  decide {
    f.class == FindingClass.weakness && f.rule in ["B602", "rules.northwind-shell"] => alert high because "code {f.rule} {f.path}"
    f.rule == "CKV_AWS_24" => alert high because "infrastructure {f.rule} {f.resource}"
    f.rule == "PrivilegeEscalation:CreateAccessKey" => alert high because "access {f.rule} {f.identity.name}"
    otherwise => none
  }
}

/// A secret that stands in the code.
policy leaked {
  for s: Sighting
  decide { otherwise => alert high because "secret {s.detector} {s.path}" }
}
"#;

const PROJECT: &str = "now = \"2026-06-01T12:00:00Z\"\nsite_key_file = \"site.key\"\npolicies = [\"found.assize\"]\n\n\
    [defaults]\nrepo = \"github.com/northwind-robotics/arm\"\naccount = \"111122223333\"\nvisibility = \"org\"\n";

/// Whether all scanners are there. With `ASSIZE_REQUIRE` they must be.
fn ready() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let missing: Vec<&str> =
        TOOLS.into_iter().filter(|tool| !folders.iter().any(|folder| folder.join(tool).is_file())).collect();
    let required = std::env::var_os("ASSIZE_REQUIRE").is_some();
    assert!(missing.is_empty() || !required, "not on PATH, and ASSIZE_REQUIRE is set: {missing:?}");
    if !missing.is_empty() {
        skipped(&missing);
    }
    missing.is_empty()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(missing: &[&str]) {
    eprintln!("skipped: not on PATH: {missing:?}");
}

/// Runs a scanner in the sandbox; what it prints goes to a file. Most end with 1 where they find something.
#[track_caller]
fn scan(sandbox: &Sandbox, line: &str, out: Option<&str>) {
    let mut words = line.split_whitespace();
    let mut run = command(Path::new(words.next().unwrap()));
    run.args(words).current_dir(sandbox.path(""));
    run.env("HOME", sandbox.path("")).env("SEMGREP_SEND_METRICS", "off").env("LC_ALL", "C.UTF-8");
    let output = run.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{line}: {:?}\n{said}", output.status);
    if let Some(out) = out {
        assert!(!output.stdout.is_empty(), "{line}: {said}");
        sandbox.write(out, output.stdout);
    }
}

/// Scans the tree as it is, at an instant: two of the scanners write the clock's, which is later than all that
/// this project knows.
fn scan_code(sandbox: &Sandbox, to: &str, at: &str) {
    std::fs::create_dir_all(sandbox.path(to)).unwrap();
    scan(sandbox, &format!("bandit --recursive app --format json --quiet --output {to}/bandit.json"), None);
    let semgrep = "semgrep scan --config rules --metrics off --disable-version-check --quiet --json";
    scan(sandbox, &format!("{semgrep} --output {to}/semgrep.json app"), None);
    scan(sandbox, "detect-secrets scan --all-files app", Some(&format!("{to}/detect-secrets.json")));
    for name in ["bandit", "detect-secrets"] {
        let file = format!("{to}/{name}.json");
        let mut report: serde_json::Value = serde_json::from_str(&sandbox.read(&file)).unwrap();
        assert!(report["generated_at"].is_string(), "{report}");
        report["generated_at"] = at.into();
        sandbox.write(&file, report.to_string());
    }
}

/// What the policies say of a snapshot, sorted.
fn decided(sandbox: &Sandbox, facts: &str) -> Vec<String> {
    let run = sandbox.run(&format!("eval --facts {facts} --fail-on none --format json")).expect(0);
    let ours = |it: &serde_json::Value| {
        let policy = it["policy"].as_str().unwrap_or("").starts_with("northwind.");
        (policy && it["outcomes"].as_array().is_some_and(|all| !all.is_empty()))
            .then(|| it["because"].as_str().unwrap_or("").to_owned())
    };
    let mut all: Vec<String> = run.json()["decisions"].as_array().unwrap().iter().filter_map(ours).collect();
    all.sort();
    all
}

#[test]
fn what_real_scanners_find_is_decided_on_and_is_gone_when_it_is_mended() {
    if !ready() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("app/move.py", CODE).write("rules/northwind.yaml", RULES);
    sandbox.write("infra/arm.tf", INFRASTRUCTURE).write("account.json", ACCOUNT);
    sandbox.write("found.assize", POLICY).write("assize.toml", PROJECT);
    sandbox.write("site.key", "0123456789abcdef0123456789abcdef");
    let (began, mended) = ("2026-06-01T08:00:00Z", "2026-06-01T10:00:00Z");
    scan_code(&sandbox, "first", began);
    let checkov = "checkov --directory infra --framework terraform --skip-download --quiet --output json";
    scan(&sandbox, checkov, Some("first/checkov.json"));
    scan(&sandbox, "cloudsplaining scan --input-file account.json --output . --skip-open-report", None);
    sandbox.write("first/cloudsplaining.json", sandbox.read("iam-results-account.json"));
    sandbox.write("first/account.json", ACCOUNT);

    sandbox.run(&format!("ingest auto first --observed-at {began} --out estate")).expect(0);
    insta::assert_snapshot!(decided(&sandbox, "estate").join("\n"), @r"
    access PrivilegeEscalation:CreateAccessKey ci-deploy
    code B602 app/move.py
    code rules.northwind-shell app/move.py
    infrastructure CKV_AWS_24 aws_security_group.arm
    secret Secret Keyword app/move.py
    ");

    sandbox.write("app/move.py", MENDED);
    scan_code(&sandbox, "second", mended);
    sandbox.run(&format!("ingest auto second --observed-at {mended} --out later")).expect(0);
    insta::assert_snapshot!(decided(&sandbox, "estate --facts later").join("\n"), @r"
    access PrivilegeEscalation:CreateAccessKey ci-deploy
    infrastructure CKV_AWS_24 aws_security_group.arm
    ");
}
