use serde_json::{Value, json};

use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const LINES: &[u8] = include_bytes!("../../../../fixtures/kubernetes-audit/audit.jsonl");
const EKS: &[u8] = include_bytes!("../../../../fixtures/kubernetes-audit/eks.json");
const LIST: &[u8] = include_bytes!("../../../../fixtures/kubernetes-audit/list_v1beta1.json");

fn read(input: &[u8]) -> Output {
    KubernetesAudit.ingest(input, "audit.log", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// A complete event of a service account, with other fields.
fn event(id: &str, at: &str, more: Value) -> Value {
    let mut event = json!({
        "auditID": id, "stage": "ResponseComplete", "verb": "get",
        "user": {"username": "system:serviceaccount:arm:api"}, "responseStatus": {"code": 200},
        "objectRef": {"resource": "pods", "namespace": "arm", "name": "api-0"},
        "requestReceivedTimestamp": at, "stageTimestamp": at,
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn holes(output: &Output) -> Vec<(String, String)> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let all = facts(output, "Coverage").into_iter().filter(|it| it["hole"] == true);
    all.map(|it| (text(&it, "from"), text(&it, "until"))).collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("lines", show(&read(LINES)));
    insta::assert_snapshot!("eks", show(&read(EKS)));
    insta::assert_snapshot!("list", show(&read(LIST)));
}

#[test]
fn bodies_and_commands_are_never_read() {
    for input in [LINES, LIST] {
        let told = show(&read(input));
        assert!(!told.contains("canary") && !told.contains("Y2FuYXJ5"), "{told}");
    }
}

#[test]
fn a_request_that_is_told_of_at_every_stage_is_one_call_with_its_last_outcome() {
    let at = "2026-06-01T08:00:00Z";
    let stage = |stage: &str, code: Value| event("a", at, json!({"stage": stage, "responseStatus": code}));
    let stages = [
        stage("RequestReceived", Value::Null),
        stage("ResponseStarted", json!({"code": 200})),
        stage("Panic", json!({"code": 500})),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let events: Vec<Value> = order.iter().map(|n| stages[*n].clone()).collect();
        let calls = facts(&lines(&events), "ApiCall");
        assert_eq!(calls.len(), 1, "{order:?}");
        assert_eq!(calls[0]["outcome"], "error", "{order:?}");
    }
    let call = &facts(&lines(&stages[..1]), "ApiCall")[0];
    assert!(call.get("outcome").is_none(), "what became of it is not told yet");
}

#[test]
fn what_may_not_be_done_is_denied_and_what_fails_is_an_error() {
    for (more, outcome) in [
        (json!({"responseStatus": {"code": 403}}), json!("denied")),
        (json!({"responseStatus": {"code": 401}}), json!("denied")),
        (json!({"responseStatus": {"code": 101}}), json!("success")),
        (json!({"responseStatus": {"code": 409}}), json!("error")),
        (json!({"responseStatus": {}}), Value::Null),
        (
            json!({"responseStatus": {}, "annotations": {"authorization.k8s.io/decision": "forbid"}}),
            json!("denied"),
        ),
    ] {
        let output = lines(&[event("a", "2026-06-01T08:00:00Z", more.clone())]);
        assert_eq!(facts(&output, "ApiCall")[0].get("outcome").unwrap_or(&Value::Null), &outcome, "{more}");
    }
}

#[test]
fn an_action_is_written_as_grants_are() {
    let url = json!({"objectRef": null, "requestURI": "/healthz?verbose=1"});
    for (more, action, resource) in [
        (json!({}), "pods:get", json!("arm/api-0")),
        (
            json!({"objectRef": {"resource": "deployments", "subresource": "scale", "apiGroup": "apps", "namespace": "arm"}}),
            "deployments/scale.apps:get",
            json!("arm/*"),
        ),
        (json!({"objectRef": {"resource": "nodes", "name": "n1"}}), "nodes:get", json!("/n1")),
        (json!({"objectRef": {"resource": "nodes"}}), "nodes:get", json!("*")),
        (url, "url:/healthz:get", Value::Null),
    ] {
        let call = &facts(&lines(&[event("a", "2026-06-01T08:00:00Z", more)]), "ApiCall")[0];
        assert_eq!(call["action"], action);
        assert_eq!(call.get("resource").unwrap_or(&Value::Null), &resource, "{action}");
    }
}

#[test]
fn whoever_acts_as_somebody_else_is_named_beside_whose_rights_are_used() {
    let call = fact(&read(LINES), "ApiCall", "000000000005");
    assert_eq!(call["identity"], "k8s:prod-eu/arm/release");
    assert_eq!(call["impersonated_by"], "k8s:prod-eu/ci/deployer");
    let call = fact(&read(LINES), "ApiCall", "000000000001");
    assert_eq!(call["impersonated_by"], Value::Null);
    assert_eq!(call["workload"], "k8s:prod-eu/arm/pod/fleet-api-6c9f7d5b8-x2x7k");
}

#[test]
fn in_eks_a_user_is_trusted_to_a_role_and_the_key_is_the_one_that_cloudtrail_names() {
    let output = read(EKS);
    let trust = &facts(&output, "Trust")[1];
    assert_eq!(trust["source"], "arn:aws:iam::111122223333:role/platform-admin");
    assert_eq!(trust["target"], "k8s:prod-eu/user:platform-admin");
    assert_eq!(fact(&output, "SecretUse", "000000000001")["secret"], "ASIAQEXAMPLE00000EKS");
    let alias = output.lines.iter().find_map(|line| match line {
        assize::facts::Line::SameAs(it) => Some((it.alias.as_str(), it.is.as_str())),
        _ => None,
    });
    let ci = ("AROAQEXAMPLE000READER", "arn:aws:iam::111122223333:role/ci-reader");
    assert_eq!(alias, Some(ci), "the one and only name of what has a path elsewhere");
}

#[test]
fn a_key_id_that_is_none_is_a_reject_and_is_not_repeated() {
    let user = json!({"user": {"username": "x", "extra": {"accessKeyId": ["not a key"]}}});
    let output = lines(&[
        event("a", "2026-06-01T08:00:00Z", json!({})),
        event("b", "2026-06-01T08:30:00Z", user),
        event("c", "2026-06-01T09:00:00Z", json!({})),
    ]);
    assert_eq!(output.rejects.len(), 1);
    assert!(!show(&output).contains("not a key"));
    let hole = ("2026-06-01T08:30:00Z".to_owned(), "2026-06-01T08:30:01Z".to_owned());
    assert_eq!(holes(&output), [hole]);
}

#[test]
fn a_stage_that_nobody_knows_is_a_reject_and_a_hole() {
    let output = read(LIST);
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(output.rejects[0].field.as_deref(), Some("stage"));
    assert_eq!(holes(&output).len(), 1);
}

#[test]
fn a_broken_line_is_a_hole_between_its_neighbours() {
    let text = format!(
        "{}\n{{\"auditID\": \"b\n{}\n",
        event("a", "2026-06-01T08:00:00Z", json!({})),
        event("c", "2026-06-01T09:00:00Z", json!({}))
    );
    let output = read(text.as_bytes());
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(holes(&output), [("2026-06-01T07:59:00Z".to_owned(), "2026-06-01T09:01:00Z".to_owned())]);
}

#[test]
fn without_a_cluster_it_asks_for_one() {
    let mut context = context();
    context.cluster = None;
    let error = KubernetesAudit.ingest(LINES, "audit.log", &context).unwrap_err().to_string();
    assert!(error.contains("`--cluster`"), "{error}");
}

#[test]
fn create_configmap_sensitive_values_has_two_events_one_after_the_other() {
    let two = [event("a", "2026-06-01T08:00:00Z", json!({})), event("b", "2026-06-01T08:01:00Z", json!({}))];
    let text = two.map(|event| serde_json::to_string_pretty(&event).unwrap()).concat();
    let output = read(text.as_bytes());
    assert_eq!((facts(&output, "ApiCall").len(), output.rejects.len()), (2, 0));
}

#[test]
fn attach_cluster_admin_role_has_no_api_version_and_times_of_an_older_format() {
    let older = json!({
        "kind": "Event", "requestReceivedTimestamp": null, "stageTimestamp": null,
        "timestamp": "2026-06-01T08:00:00Z", "metadata": {"creationTimestamp": "2026-06-01T08:00:00Z"},
    });
    let output = lines(&[event("a", "2026-06-01T09:00:00Z", older)]);
    assert_eq!(facts(&output, "ApiCall")[0]["at"], "2026-06-01T08:00:00Z");
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [LINES, EKS, LIST] {
        survives_damage(&KubernetesAudit, input);
    }
}

#[test]
fn real_logs_are_read_without_a_reject() {
    for (path, bytes) in samples("k8s_audit", &[".json"]) {
        // One file there is no audit event: it is for a test of what is none.
        if bytes.starts_with(b"{\"kind\": 0}") {
            assert!(KubernetesAudit.ingest(&bytes, "x", &context()).is_err());
            continue;
        }
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "ApiCall").is_empty(), "{}", path.display());
    }
}

const RIGHTS: &[u8] = include_bytes!("../../../../fixtures/kubernetes-audit/rights_and_secrets.jsonl");

#[test]
fn role_bindings_say_whom_they_give_what() {
    let told =
        |it: &Value| {
            let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            it["action"].as_str().unwrap().contains("bindings").then(|| {
                format!("{} {} {} {}", text("action"), text("identity"), text("grantee"), text("gives"))
            })
        };
    let calls = facts(&read(RIGHTS), "ApiCall");
    insta::assert_snapshot!(calls.iter().filter_map(told).collect::<Vec<_>>().join("\n"), @"
    clusterrolebindings.rbac.authorization.k8s.io:create k8s:prod-eu/user:ana@northwind.example k8s:prod-eu/user:ana@northwind.example total
    rolebindings.rbac.authorization.k8s.io:create k8s:prod-eu/user:ana@northwind.example k8s:prod-eu/arm/ci elevated
    rolebindings.rbac.authorization.k8s.io:update k8s:prod-eu/user:ana@northwind.example - -
    rolebindings.rbac.authorization.k8s.io:create k8s:prod-eu/user:ana@northwind.example - -
    ");
}

#[test]
fn a_secrets_value_is_read_by_get_list_and_watch() {
    let told = |it: &Value| format!("{} {} {} {}", it["identity"], it["holder"], it["secret"], it["outcome"]);
    let reads = facts(&read(RIGHTS), "SecretRead");
    insta::assert_snapshot!(reads.iter().map(told).collect::<Vec<_>>().join("\n"), @r#"
    "k8s:prod-eu/user:ana@northwind.example" "k8s:prod-eu" "k8s:prod-eu/arm/secret/db" "success"
    "k8s:prod-eu/user:ana@northwind.example" "k8s:prod-eu" null "success"
    "k8s:prod-eu/arm/ci" "k8s:prod-eu" "k8s:prod-eu/kube-system/secret/root" "denied"
    "#);
    let watched = |output: &Output| {
        facts(output, "Coverage").iter().filter(|it| it["signal"] == "secret_access").count()
    };
    assert_eq!(watched(&read(RIGHTS)), 1);
    let silent =
        [event("a", "2026-06-01T08:00:00Z", json!({})), event("b", "2026-06-01T09:00:00Z", json!({}))];
    assert_eq!(watched(&lines(&silent)), 0, "the audit policy may leave reads of Secrets out");
}
