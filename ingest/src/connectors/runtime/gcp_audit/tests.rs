use serde_json::{Value, json};

use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const ENTRIES: &[u8] = include_bytes!("../../../../fixtures/gcp-audit/entries.json");
const ODD: &[u8] = include_bytes!("../../../../fixtures/gcp-audit/odd.jsonl");

fn read(input: &[u8]) -> Output {
    GcpAudit.ingest(input, "entries.json", &context()).unwrap()
}

/// An entry of a project's log, with other fields of its payload.
fn entry(project: &str, log: &str, at: &str, more: Value) -> Value {
    let mut payload = json!({
        "@type": AUDIT_LOG, "serviceName": "iam.googleapis.com", "methodName": "google.iam.admin.v1.ListRoles",
        "authenticationInfo": {"principalEmail": "ci@arm-prod.iam.gserviceaccount.com"},
    });
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let name = format!("projects/{project}/logs/cloudaudit.googleapis.com%2F{log}");
    json!({"insertId": format!("{project}{at}"), "logName": name, "timestamp": at, "protoPayload": payload})
}

/// That a project records reads of its control plane.
fn admin_read() -> Value {
    json!({"authorizationInfo": [{"permission": "iam.roles.list", "permissionType": "ADMIN_READ", "granted": true}]})
}

fn entries(entries: &[Value]) -> Output {
    read(json!(entries).to_string().as_bytes())
}

fn coverage(output: &Output) -> Vec<String> {
    let text =
        |it: &Value, name: &str| it[name].as_str().unwrap().replace("2026-06-01T", "").replace(":00Z", "");
    let all = facts(output, "Coverage");
    all.iter().map(|it| format!("{} {}-{}", text(it, "scope"), text(it, "from"), text(it, "until"))).collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("entries", show(&read(ENTRIES)));
    insta::assert_snapshot!("odd", show(&read(ODD)));
}

#[test]
fn requests_and_answers_are_never_read() {
    assert!(!show(&read(ENTRIES)).contains("canary"));
}

#[test]
fn the_key_that_signed_is_named_as_the_listing_of_keys_names_it() {
    let used = &facts(&read(ENTRIES), "SecretUse")[0];
    let key = "ci@arm-prod.iam.gserviceaccount.com/keys/0f1e2d3c4b5a69788796a5b4c3d2e1f001122334";
    assert_eq!(used["secret"], key);
    let secret = fact(&read(ENTRIES), "Secret", "2334");
    assert_eq!(secret["identity"], "ci@arm-prod.iam.gserviceaccount.com");
    assert_eq!(secret["account"], "arm-prod");
}

#[test]
fn a_chain_of_delegation_begins_with_who_asked() {
    let call = facts(&read(ENTRIES), "ApiCall").into_iter().find(|it| it["outcome"] == "denied").unwrap();
    assert_eq!(call["identity"], "deploy@arm-prod.iam.gserviceaccount.com");
    assert_eq!(call["impersonated_by"], "ci@arm-prod.iam.gserviceaccount.com");
}

#[test]
fn what_a_cluster_records_with_google_is_the_service_accounts_and_named_as_grants_are() {
    let call =
        facts(&read(ENTRIES), "ApiCall").into_iter().find(|it| it["action"] == "secrets:create").unwrap();
    assert_eq!(
        (&call["identity"], &call["resource"]),
        (&json!("k8s:prod-eu/arm/fleet-api"), &json!("arm/db"))
    );
}

#[test]
fn the_outcome_is_the_codes_of_grpc() {
    for (status, outcome) in [
        (json!({}), "success"),
        (json!({"code": 0}), "success"),
        (json!({"code": 7, "message": "x"}), "denied"),
        (json!({"code": 16}), "denied"),
        (json!({"code": 6}), "error"),
    ] {
        let output =
            entries(&[entry("p", "activity", "2026-06-01T08:00:00Z", json!({"status": status.clone()}))]);
        assert_eq!(facts(&output, "ApiCall")[0]["outcome"], outcome, "{status}");
    }
    let output = entries(&[entry("p", "activity", "2026-06-01T08:00:00Z", json!({"status": {"code": 99}}))]);
    assert_eq!(output.rejects.len(), 1);
}

#[test]
fn data_is_data_and_what_a_log_says_of_the_control_plane_is_not() {
    let of = |kind: &str| json!({"authorizationInfo": [{"permissionType": kind}]});
    for (log, more, ty) in [
        ("activity", json!({}), "ApiCall"),
        ("data_access", of("DATA_READ"), "DataCall"),
        ("data_access", of("ADMIN_READ"), "ApiCall"),
        ("data_access", json!({}), "DataCall"),
        ("system_event", json!({}), "ApiCall"),
        ("policy", json!({}), "ApiCall"),
    ] {
        let output = entries(&[entry("p", log, "2026-06-01T08:00:00Z", more)]);
        assert_eq!(facts(&output, ty).len(), 1, "{log} {ty}");
    }
    let other = entries(&[entry("p", "access_transparency", "2026-06-01T08:00:00Z", json!({}))]);
    assert_eq!(other.rejects.len(), 1);
}

#[test]
fn without_reads_of_the_control_plane_nothing_is_concluded_from_silence() {
    let at = |hour: u32| format!("2026-06-01T0{hour}:00:00Z");
    let of = |project: &str, hour, more| entry(project, "data_access", &at(hour), more);
    let output = entries(&[of("a", 1, json!({})), of("a", 5, json!({}))]);
    assert_eq!((coverage(&output), output.notes.len()), (Vec::new(), 1));
    // A service account of one project acts in the other.
    let both =
        [of("a", 1, admin_read()), of("a", 5, json!({})), of("b", 3, admin_read()), of("b", 7, json!({}))];
    assert_eq!(coverage(&entries(&both)), ["a 03:00-05:00", "b 03:00-05:00"]);
    let one = [of("a", 1, admin_read()), of("a", 5, json!({})), of("b", 3, json!({}))];
    assert_eq!(coverage(&entries(&one)), Vec::<String>::new());
}

#[test]
fn an_entry_without_a_time_is_a_reject_and_a_hole_between_its_neighbours() {
    let at = |hour: u32| format!("2026-06-01T0{hour}:00:00Z");
    let mut broken = entry("a", "activity", &at(2), json!({}));
    broken.as_object_mut().unwrap().remove("timestamp");
    let output = entries(&[
        entry("a", "data_access", &at(1), admin_read()),
        broken,
        entry("a", "activity", &at(5), json!({})),
    ]);
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(coverage(&output), ["a 01:00-05:00", "a 00:59-05:01"]);
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [ENTRIES, ODD] {
        survives_damage(&GcpAudit, input);
    }
}

#[test]
fn real_entries_are_read_without_a_reject() {
    for (path, bytes) in samples("gcp_audit", &[".json"]) {
        // One file there is a notification of another service.
        if path.ends_with("custodian_network-finding.json") {
            assert!(GcpAudit.ingest(&bytes, "x", &context()).is_err());
            continue;
        }
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        let calls = facts(&output, "ApiCall").len() + facts(&output, "DataCall").len();
        assert_eq!(calls, 1, "{}", path.display());
    }
}

#[test]
fn policies_that_change_say_whom_they_give_what_and_secrets_who_reads_them() {
    let input = include_bytes!("../../../../fixtures/gcp-audit/rights_and_secrets.json");
    let output = GcpAudit.ingest(input, "x", &context()).unwrap();
    let told = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("action"), text("grantee"), text("gives"))
    };
    let calls: Vec<String> = facts(&output, "ApiCall").iter().map(told).collect();
    insta::assert_snapshot!(calls.join("\n"), @"
    cloudresourcemanager:SetIamPolicy ci@arm-prod.iam.gserviceaccount.com total
    cloudresourcemanager:SetIamPolicy ana@northwind.example limited
    iam:google.iam.admin.v1.ListRoles - -
    ");
    let told = |it: &Value| format!("{} {} {}", it["holder"], it["secret"], it["outcome"]);
    let reads: Vec<String> = facts(&output, "SecretRead").iter().map(told).collect();
    insta::assert_snapshot!(reads.join("\n"), @r#"
    "//secretmanager.googleapis.com/projects/arm-prod" "projects/4711/secrets/arm-db" "success"
    "//secretmanager.googleapis.com/projects/arm-prod" "projects/4711/secrets/arm-cloud" "denied"
    "#);
    let watched = facts(&output, "Coverage").into_iter().filter(|it| it["signal"] == "secret_access");
    let watched: Vec<Value> = watched.map(|it| it["scope"].clone()).collect();
    assert_eq!(watched, ["//secretmanager.googleapis.com/projects/arm-prod"]);
}
