//! Exceptions that somebody should look at.

use crate::support::Sandbox;

const POLICY: &str = r#"package acme

entity Key {
  key id: string
  leaked: bool
} closed

policy leak {
  for k: Key
  decide { k.leaked => alert high because "{k.id} is leaked" }
}

waive leak for k where k.id == "gone" until 2027-01-31T00:00:00Z because "replaced in spring" by "platform"
waive leak for k where k.id == "lab" until 2026-06-10T00:00:00Z because "bait for a course" by "lab lead"
waive leak for k where k.leaked || !k.leaked until 2027-01-31T00:00:00Z because "we know" by "nobody in particular"
waive leak for k where k.id == "web" until 2027-01-31T00:00:00Z because "moves in June" by "web lead"
"#;

const FACTS: &str = r#"{"Key": {"id": "lab", "leaked": true}, "source": {"tool": "scan"}, "observed_at": "2026-06-01T00:00:00Z"}
{"Key": {"id": "web", "leaked": true}, "source": {"tool": "scan"}, "observed_at": "2026-06-01T00:00:00Z"}
"#;

#[test]
fn unused_over_broad_and_lapsing_waivers_are_said() {
    let sandbox = Sandbox::new();
    sandbox.write("leak.assize", POLICY);
    sandbox.write("facts.ndjson", FACTS);
    let eval = "eval --no-stdlib --policies leak.assize --facts facts.ndjson --now 2026-06-01T00:00:00Z";
    let text = sandbox.run(&format!("{eval} --fail-on alert")).expect(0).stdout;
    let waivers = text.split_once("WAIVERS (3)").unwrap().1.split_once('\n').unwrap().1;
    let shown = waivers.split_once("SUMMARY").unwrap().0;
    insta::assert_snapshot!(shown, @r#"
    unused acme.leak where k.id == "gone"
      at        leak.assize:13
      why       it covers none of the policy's 2 decisions
      because   replaced in spring
      by        platform

    lapsing acme.leak where k.id == "lab"
      at        leak.assize:14
      why       it ends at 2026-06-10T00:00:00Z: what it covers is carried out from then on
      because   bait for a course
      by        lab lead

    over-broad acme.leak where k.leaked || !k.leaked
      at        leak.assize:15
      why       it covers 2 of 2 decisions: every fact of its type, or more than twenty decisions
      because   we know
      by        nobody in particular
    "#);

    let json = sandbox.run(&format!("{eval} --format json")).expect(0).json();
    let notes: Vec<String> =
        json["waivers"].as_array().unwrap().iter().map(|one| one["notes"].to_string()).collect();
    assert_eq!(notes, [r#"["unused"]"#, r#"["lapsing"]"#, r#"["over_broad"]"#, "[]"]);
    assert_eq!(
        json["waivers"][1],
        serde_json::json!({
            "policy": "acme.leak",
            "condition": "k.id == \"lab\"",
            "until": "2026-06-10T00:00:00Z",
            "because": "bait for a course",
            "by": "lab lead",
            "file": "leak.assize",
            "line": 14,
            "waived": 1,
            "undetermined": 0,
            "of": 2,
            "notes": ["lapsing"],
        })
    );
}

#[test]
fn a_waiver_that_can_never_match_is_told_by_check() {
    let sandbox = Sandbox::new();
    let waiver = "waive leak for k where k.id == \"a\" && k.id == \"b\" until 2027-01-31T00:00:00Z because \"x\" by \"y\"";
    sandbox.write("leak.assize", format!("{POLICY}{waiver}\n"));
    let run = sandbox.run("check --no-stdlib leak.assize");
    assert!(run.stdout.contains("W0414") || run.stderr.contains("W0414"), "{}{}", run.stdout, run.stderr);
    assert!(sandbox.run("doc W0414").expect(0).stdout.contains("can never mark a decision"));
}
