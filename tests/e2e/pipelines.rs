//! What pipelines take in: SARIF, JUnit, annotations, Code Quality; and a settings file that sets everything.

use crate::support::Sandbox;

fn northwind() -> Sandbox {
    Sandbox::with("examples/northwind")
}

#[test]
fn sarif_says_what_was_decided_once_with_a_lasting_fingerprint() {
    let sandbox = northwind();
    let eval = "eval -C examples/northwind -q --fail-on none --format";
    let decided = sandbox.run(&format!("{eval} json")).expect(0).json();
    let sarif = sandbox.run(&format!("{eval} sarif")).expect(0).json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let (results, rules) =
        (run["results"].as_array().unwrap(), run["tool"]["driver"]["rules"].as_array().unwrap());
    let decisions = decided["decisions"].as_array().unwrap();
    assert_eq!(results.len(), decisions.len());
    for (result, decision) in results.iter().zip(decisions) {
        assert_eq!(result["partialFingerprints"]["assizeDecision/v1"], decision["id"]);
        assert_eq!(result["ruleId"], decision["policy"]);
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], decision["policy"]);
        let weight: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&weight));
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains(' '), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
    }
    let levels = |kind: &str| {
        let of = decisions.iter().zip(results).filter(|(it, _)| it["outcomes"][0]["kind"] == kind);
        of.map(|(_, result)| result["level"].as_str().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(levels("block").into_iter().collect::<Vec<_>>(), ["error"]);
    assert_eq!(levels("rank").into_iter().collect::<Vec<_>>(), ["note"]);
    assert!(
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
            .as_str()
            .unwrap()
            .contains("cannot be decided")
    );
}

#[test]
fn junit_fails_what_the_run_fails_on() {
    let sandbox = northwind();
    let junit =
        |more: &str| sandbox.run(&format!("eval -C examples/northwind -q --format junit {more}")).stdout;
    let head = |text: &str| text.lines().nth(1).unwrap().to_owned();
    insta::assert_snapshot!(head(&junit("")), @r#"<testsuites name="assize" tests="48" failures="9" errors="0" skipped="3">"#);
    insta::assert_snapshot!(head(&junit("--fail-on none")), @r#"<testsuites name="assize" tests="48" failures="0" errors="0" skipped="3">"#);
    insta::assert_snapshot!(head(&junit("--fail-on unknown")), @r#"<testsuites name="assize" tests="48" failures="27" errors="3" skipped="0">"#);
}

#[test]
fn annotations_are_few_and_code_quality_has_them_all() {
    let sandbox = northwind();
    let run = |format: &str| {
        sandbox.run(&format!("eval -C examples/northwind -q --fail-on none --format {format}")).expect(0)
    };
    let annotations = run("github").stdout;
    for word in ["error", "warning", "notice"] {
        let count = annotations.lines().filter(|line| line.starts_with(&format!("::{word} file="))).count();
        assert!((1..=10).contains(&count), "{word}: {count}");
    }
    assert!(annotations.lines().all(|line| line.starts_with("::")), "{annotations}");
    let issues = run("gitlab").json();
    let prints: std::collections::BTreeSet<&str> =
        issues.as_array().unwrap().iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.as_array().unwrap().len());
    assert!(
        issues.as_array().unwrap().iter().all(|it| it["location"]["lines"]["begin"].as_u64().unwrap() > 0)
    );
}

#[test]
fn the_settings_file_sets_every_param_to_what_it_is() {
    let sandbox = northwind();
    let text = sandbox.run("doc --format toml").expect(0).stdout;
    let set: String = text
        .lines()
        .map(|line| {
            format!("{}\n", line.strip_prefix("# \"").map_or(line.to_owned(), |rest| format!("\"{rest}")))
        })
        .collect();
    assert!(set.lines().filter(|line| line.starts_with('"')).count() > 20, "{set}");
    let before = sandbox.run("eval -C examples/northwind -q --fail-on none --format json").expect(0).json();
    let file = sandbox.read("examples/northwind/assize.toml");
    sandbox.write("examples/northwind/assize.toml", format!("{file}\n{set}"));
    let after = sandbox.run("eval -C examples/northwind -q --fail-on none --format json").expect(0).json();
    assert_eq!(before["decisions"], after["decisions"]);
}

#[test]
fn what_moved_and_why() {
    let sandbox = northwind();
    let ingest = |out: &str| {
        sandbox.run(&format!(
            "ingest auto examples/northwind/trivy-fleet-api.json examples/northwind/kubernetes.json examples/northwind/ssvc.jsonl \
             examples/northwind/kev.json --out {out} --cluster prod-eu --observed-at 2026-06-01T09:00:00Z -q"
        ))
    };
    ingest("monday").expect(0);
    ingest("tuesday").expect(0);
    let seen = r#"{"Execution": {"id": "x", "workload": "k8s:prod-eu/fleet/pod/fleet-api-84b6cdd5f7-9wz2m", "at": "2026-06-01T10:00:00Z", "path": "/app/tools/importer/lib/log4j-core-2.14.1.jar", "component": "log4j-core"}, "source": {"tool": "falco"}, "observed_at": "2026-06-01T10:00:00Z"}"#;
    sandbox.run("snapshot export tuesday --out tuesday.ndjson").expect(0);
    let tuesday = sandbox.read("tuesday.ndjson");
    sandbox.write("tuesday.ndjson", format!("{tuesday}{seen}\n"));
    let moved = sandbox
        .run("rank diff monday tuesday.ndjson --now 2026-06-01T12:00:00Z -q --format json")
        .expect(0)
        .json();
    let moves = moved["moves"].as_array().unwrap();
    let log4j = moves.iter().find(|it| it["item"].as_str().unwrap().contains("CVE-2021-44228")).unwrap();
    let by = log4j["moved_by"].as_array().unwrap();
    let executing = by.iter().find(|it| it["what"] == "executing").unwrap();
    assert_eq!((&executing["was"], &executing["is"]), (&"? (not covered)".into(), &"true".into()));
    let same =
        sandbox.run("rank diff monday monday --now 2026-06-01T12:00:00Z -q --format json").expect(0).json();
    assert_eq!((same["moves"].as_array().unwrap().len(), &same["pushed"]), (0, &0.into()));
}
