//! What connectors write is what policies decide on: several tools' outputs, joined by their keys.

use assize::{Engine, Snapshot};
use assize_ingest::{Context, ingest};
use serde_json::{Value, json};

use crate::inputs::{context, fixtures, samples};

const NOW: &str = "2026-06-01T12:00:00Z";

/// The standard library over the outputs of these tools; the fixtures' paths.
fn load(inputs: &[(&str, &str)], context: &Context) -> (Engine, Snapshot) {
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut loader = engine.loader();
    for (tool, file) in inputs {
        let path = format!("{}/fixtures/{tool}/{file}", env!("CARGO_MANIFEST_DIR"));
        let output = ingest(tool, &std::fs::read(path).unwrap(), file, context).unwrap();
        for line in output.lines {
            loader.add(file, "", line);
        }
    }
    (engine, loader.finish())
}

/// The kinds of outcome of the decisions of a policy about a fact, whatever its anchor's binding is called.
fn outcomes(decisions: &[Value], policy: &str, about: &str) -> Vec<String> {
    let of =
        |decision: &&Value| decision["policy"] == policy && decision["anchor"].to_string().contains(about);
    let mut kinds: Vec<String> = decisions
        .iter()
        .filter(of)
        .flat_map(|decision| decision["outcomes"].as_array().unwrap().clone())
        .map(|outcome| outcome["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn no_line_is_rejected() {
    let engine = Engine::builder().stdlib().build().unwrap();
    for input in fixtures().into_iter().chain(samples()) {
        let output = ingest(input.tool, &input.bytes, "input", &context()).unwrap();
        let mut loader = engine.loader();
        for (number, line) in output.lines.into_iter().enumerate() {
            loader.add(&input.name(), &number.to_string(), line);
        }
        let snapshot = loader.finish();
        assert!(snapshot.rejects().is_empty(), "{}: {:?}", input.name(), snapshot.rejects());
    }
}

#[test]
fn a_public_key_that_works_is_revoked_and_a_canary_is_left_alone() {
    let mut context = context();
    context.visibility = Some("public".to_owned());
    let (engine, snapshot) = load(&[("trufflehog", "git.jsonl"), ("gitleaks", "version_8.json")], &context);
    let evaluation = serde_json::to_value(engine.evaluate(&snapshot, NOW.parse().unwrap())).unwrap();
    let decisions = evaluation["decisions"].as_array().unwrap().clone();
    let leaked = |about| outcomes(&decisions, "nhi.leaks.leaked_secret", about);
    assert_eq!(leaked("#AWS#AKIARTX3GSDS2VNORTHW"), ["alert", "revoke"]);
    assert_eq!(leaked("#AWS#AKIAIOSFODNN7EXAMPLE"), ["alert"]);
    // Gitleaks cannot tell whether it works; TruffleHog has tried the same key.
    assert_eq!(leaked("#aws-access-token#AKIARTX3GSDS2VNORTHW"), ["alert", "revoke"]);
}

/// What the gate for vulnerabilities says of an exposed deployment of the image, by what the tools say of it.
fn deploy(inputs: &[(&str, &str)]) -> String {
    deploy_of("c", inputs)
}

/// The same of the image whose digest is this digit.
fn deploy_of(digit: &str, inputs: &[(&str, &str)]) -> String {
    let (engine, snapshot) = load(inputs, &context());
    let request = json!({
        "image": format!("sha256:{}", digit.repeat(64)), "cluster": "prod-eu", "namespace": "robots",
        "identity": "k8s:prod-eu/robots/arm", "env": "prod", "internet_exposed": true, "at": NOW,
    });
    let fields = request.as_object().unwrap();
    let verdict = engine.decide(&snapshot, "Deploy", fields, NOW.parse().unwrap()).unwrap();
    let verdict = serde_json::to_value(&verdict).unwrap();
    let decisions = verdict["decisions"].as_array().unwrap();
    let told = decisions.iter().find(|it| it["policy"] == "nhi.gateway.deploy_gate");
    told.map_or("allow: ".to_owned(), |it| {
        format!("{}: {}", it["outcomes"][0]["kind"].as_str().unwrap(), it["because"].as_str().unwrap())
    })
}

#[test]
fn an_image_asked_for_by_its_id_is_held_for_what_a_scan_of_its_digest_found() {
    // CVE-2026-20001: found by the scanner, listed by CISA, automatable and total by SSVC.
    let (kev, ssvc) = (("kev", "catalog.json"), ("ssvc", "cve_records.json"));
    for scanner in [("trivy", "image.json"), ("grype", "image.json")] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(deploy(&[scanner, kev, ssvc]), @"block: ghcr.io/northwind-robotics/arm-controller has an open vulnerability that is due within 3 days, and would run as ? (not collected) (? (not collected)); exposed: true");
        }
    }
    insta::assert_snapshot!(deploy(&[kev, ssvc]), @"block: cannot tell whether ? (not collected) may go to robots: no class_scan coverage of `sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc/vuln`; no vuln_scan coverage of `sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc`");
    insta::assert_snapshot!(deploy(&[("trivy", "clean_image.json"), kev, ssvc]), @"allow:");
}

#[test]
fn a_hash_joins_the_key_that_another_tool_saw_and_tried() {
    let mut context = context();
    context.visibility = Some("public".to_owned());
    let decide = |inputs: &[(&str, &str)]| {
        let (engine, snapshot) = load(inputs, &context);
        let evaluation = serde_json::to_value(engine.evaluate(&snapshot, NOW.parse().unwrap())).unwrap();
        let decisions = evaluation["decisions"].as_array().unwrap().clone();
        outcomes(&decisions, "nhi.leaks.leaked_secret", "#AWS Access Key#fp-sha1:")
    };
    let hashes = ("detect-secrets", "baseline.json");
    assert_eq!(decide(&[hashes]), ["alert"], "nobody knows whether it works");
    assert_eq!(decide(&[hashes, ("trufflehog", "git.jsonl")]), ["alert", "revoke"]);
}

#[test]
fn of_tools_that_contradict_each_other_about_a_secret_none_is_believed() {
    let because = |file| {
        let inputs = [("github-secret-scanning", "alerts.json"), ("ggshield", file)];
        let (engine, snapshot) = load(&inputs, &context());
        let evaluation = serde_json::to_value(engine.evaluate(&snapshot, NOW.parse().unwrap())).unwrap();
        let decisions = evaluation["decisions"].as_array().unwrap().clone();
        let ours = |it: &&Value| {
            it["policy"] == "nhi.leaks.leaked_secret"
                && it["anchor"].to_string().contains("#adafruit_io_key#")
        };
        decisions.iter().find(ours).unwrap()["because"].as_str().unwrap().to_owned()
    };
    // GitHub has tried it, and what it opens is all that is missing.
    assert!(
        because("clean.json")
            .ends_with("`identity` of Secret `fp:56febb53376f23b52801b485907fc58e` was not collected")
    );
    // ggshield has tried it too, with the other result.
    assert!(because("path_shown.json").ends_with("find out whether it works, and replace it"));
}

#[test]
fn an_image_that_inspector_watches_and_finds_nothing_in_is_known_to_be_clean() {
    let all = [("aws-inspector", "coverage.json"), ("kev", "catalog.json"), ("ssvc", "cve_records.json")];
    assert_eq!(deploy_of("d", &all), "allow: ");
    // Of this one the scans have ended.
    let ended = deploy_of("e", &all);
    assert!(ended.starts_with("block: ") && ended.contains("class_scan"), "{ended}");
}

/// The anchors that a policy decides about, with the kinds of outcome, from the outputs of several tools.
fn decided(inputs: &[(&str, &str)], policy: &str, context: &Context) -> Vec<String> {
    let (engine, snapshot) = load(inputs, context);
    let evaluation = serde_json::to_value(engine.evaluate(&snapshot, NOW.parse().unwrap())).unwrap();
    let all = evaluation["decisions"].as_array().unwrap().clone();
    let ours = all.iter().filter(|decision| decision["policy"] == policy);
    let mut shown: Vec<String> =
        ours.map(|it| format!("{}: {}", it["anchor"], it["because"].as_str().unwrap())).collect();
    shown.sort();
    shown
}

#[test]
fn a_key_of_the_credential_report_is_known_by_the_id_that_another_answer_gives_it() {
    let report = "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_service\nci-deploy,arn:aws:iam::111122223333:user/automation/ci-deploy,2025-01-01T00:00:00+00:00,false,true,2025-03-01T09:00:00+00:00,N/A,N/A\n";
    let keys = r#"{"AccessKeyMetadata": [{"UserName": "ci-deploy", "AccessKeyId": "AKIARTX3GSDS2VNORTHW", "Status": "Active", "CreateDate": "2025-03-01T09:00:00Z"}]}"#;
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut loader = engine.loader();
    for (tool, text) in [("aws-credential-report", report), ("aws-access-keys", keys)] {
        for line in ingest(tool, text.as_bytes(), tool, &context()).unwrap().lines {
            loader.add(tool, "", line);
        }
    }
    let evaluation = engine.evaluate(&loader.finish(), NOW.parse().unwrap());
    let idle = evaluation.decisions.iter().filter(|it| it.policy == "nhi.lifecycle.idle_static_secret");
    let keys: Vec<String> = idle.map(|it| it.anchor.keys().join(" ")).collect();
    assert_eq!(keys, ["AKIARTX3GSDS2VNORTHW"], "one key, though only the report knows the path");
}

#[test]
fn idle_tokens_of_github_are_decided_from_its_answers_alone() {
    let mut context = context();
    context.account = Some("northwind-robotics".to_owned());
    let idle = decided(&[("github", "tokens.json")], "nhi.lifecycle.idle_static_secret", &context);
    insta::assert_snapshot!(idle.join("\n"), @r#"
    {"secret":{"Secret":"github:token/98716"}}: Robin: 135d20h12m51s old and in use; issue short-lived credentials instead
    {"secret":{"Secret":"github:token/98717"}}: not used in 45d; created 2026-01-16T15:47:09Z
    "#);
}

#[test]
fn a_service_account_leads_to_the_role_that_trusts_its_subject() {
    let objects = r#"{"kind": "ServiceAccountList", "items": [{"metadata": {"name": "arm-api", "namespace": "arm", "creationTimestamp": "2026-01-01T00:00:00Z"}}]}
{"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE", "jwks_uri": "x"}"#;
    let details = include_bytes!("../../fixtures/aws-authorization-details/details.json");
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut loader = engine.loader();
    let inputs: [(&str, &[u8]); 2] =
        [("kubernetes", objects.as_bytes()), ("aws-authorization-details", details)];
    let mut sources = Vec::new();
    for (tool, bytes) in inputs {
        for line in ingest(tool, bytes, tool, &context()).unwrap().lines {
            let json = line.to_json();
            sources.extend(json["Trust"]["source"].as_str().map(str::to_owned));
            sources.extend(json["same_as"]["Identity"].as_str().map(str::to_owned));
            loader.add(tool, "", line);
        }
    }
    assert!(loader.finish().rejects().is_empty());
    let subject = "oidc:oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE#system:serviceaccount:arm:arm-api";
    assert_eq!(
        sources.iter().filter(|it| *it == subject).count(),
        2,
        "trusted by the role, and an alias of the account"
    );
}
