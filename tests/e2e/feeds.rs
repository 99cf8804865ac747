//! Feeds of everything there is: of them what facts name is loaded, and what they publish counts before copies of it.

use crate::support::Sandbox;

const SCAN: &str = r#"{"matches": [{"vulnerability": {"id": "CVE-2026-0001", "severity": "High", "fix": {"state": "unknown"},
  "epss": [{"cve": "CVE-2026-0001", "epss": 0.5, "percentile": 0.9}]}, "relatedVulnerabilities": [],
  "matchDetails": [{"type": "exact-direct-match"}], "artifact": {"name": "p", "version": "1", "type": "python"}}],
  "source": {"type": "directory", "target": "."}, "descriptor": {"timestamp": "2026-06-01T10:00:00Z"}}"#;

const SCORES: &str = "#model_version:v2025.03.14,score_date:2026-06-01T00:00:00Z
cve,epss,percentile
CVE-2026-0001,0.25,0.8
CVE-2026-0002,0.1,0.2
CVE-2026-0003,0.1,0.2
";

const POLICY: &str = "package p

use nhi.model.*

policy likely {
  for v: Vulnerability
  decide { otherwise => alert low because \"{v.id}: {v.epss}\" }
}
";

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    // The feed comes first in the folder, and is read last all the same.
    sandbox.write("p/in/a-epss.csv", SCORES).write("p/in/grype.json", SCAN).write("p/p.assize", POLICY);
    sandbox.write(
        "p/assize.toml",
        "policies = [\"p.assize\"]\nnow = \"2026-06-01T12:00:00Z\"\nfacts = [{ path = \"in\", repo = \"github.com/northwind/arm\" }]\n",
    );
    sandbox
}

#[test]
fn of_scores_those_are_loaded_that_facts_name_and_the_publishers_count() {
    let sandbox = project();
    let json = sandbox.run("eval -C p --format json --fail-on none").expect(0).stdout;
    let all: serde_json::Value = serde_json::from_str(&json).unwrap();
    let told: Vec<&str> = all["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["policy"] == "p.likely")
        .map(|it| it["because"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["CVE-2026-0001: 0.25"]);
}

#[test]
fn what_is_added_to_asks_as_well() {
    let sandbox = project();
    sandbox.run("ingest auto p/in/grype.json --repo github.com/northwind/arm --out snap").expect(0);
    let added = sandbox.run("ingest auto p/in/a-epss.csv --out snap").expect(0);
    assert!(
        added.stderr.contains("scores of vulnerabilities that no fact names are left out: 2"),
        "{}",
        added.stderr
    );
    let alone = sandbox.run("ingest auto p/in/a-epss.csv --out alone").expect(0);
    assert!(alone.stderr.contains("left out: 3"), "{}", alone.stderr);
}
