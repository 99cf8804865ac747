//! What logs of activity are for: with an inventory beside them they decide, and without they do not.

use assize::{Decision, Engine};
use assize_ingest::ingest;
use serde_json::{Value, json};

use crate::inputs::context;

const NOW: &str = "2026-06-01T12:00:00Z";
const TENANT: &str = "7e000000-0000-4000-8000-0000000000ff";

/// What a policy decides at [`NOW`]: anchors with their outcomes. An input of the tool `facts` is facts already.
fn decided(policies: &str, policy: &str, inputs: &[(&str, String)]) -> Vec<String> {
    let text = format!("package t\n\nuse nhi.model.*\n\n{policies}");
    let engine = Engine::builder().stdlib().source("t.assize", text).build().unwrap();
    let mut loader = engine.loader();
    let mut context = context();
    context.account = Some(TENANT.to_owned());
    for (tool, text) in inputs {
        if *tool == "facts" {
            for (number, line) in (1..).zip(text.lines()) {
                loader.line("facts", number, line);
            }
            continue;
        }
        let output = ingest(tool, text.as_bytes(), tool, &context).unwrap();
        assert_eq!(output.rejects, [], "{tool}");
        for (number, line) in output.lines.into_iter().enumerate() {
            loader.add(tool, &number.to_string(), line);
        }
    }
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects().len(), 0, "{:?}", snapshot.rejects());
    let evaluation = engine.evaluate(&snapshot, NOW.parse().unwrap());
    let show = |decision: &Decision| {
        let outcomes: Vec<&str> = decision.outcomes.iter().map(|it| it.kind.word()).collect();
        format!("{} {}", decision.anchor.keys().join(" "), outcomes.join(" "))
    };
    evaluation.decisions.iter().filter(|it| it.policy == policy).map(show).collect()
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// A fact that an inventory reported an hour ago.
fn fact(ty: &str, fields: Value) -> Value {
    json!({ty: fields, "source": {"tool": "inventory"}, "observed_at": "2026-06-01T11:00:00Z"})
}

#[test]
fn a_right_in_a_cluster_is_unused_only_where_the_audit_log_says_so() {
    const UNUSED: &str = r#"policy unused {
  for g: Grant
  where g.dangerous && g.effect == Effect.allow
  decide {
    !g.subject.calls.exists(c, c.action.glob(g.action) && c.at > now - 30d) => revoke g by quarantine because "unused"
    unknown   => alert low because "cannot tell: {missing}"
    otherwise => none
  }
}
"#;
    let cluster = json!({"kind": "List", "items": [
        {"kind": "ServiceAccount", "metadata": {"namespace": "arm", "name": "deployer", "creationTimestamp": "2025-01-01T00:00:00Z"}},
        {"kind": "Role", "metadata": {"namespace": "arm", "name": "shell"}, "rules": [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}]},
        {"kind": "RoleBinding", "metadata": {"namespace": "arm", "name": "shell"}, "roleRef": {"kind": "Role", "name": "shell"},
         "subjects": [{"kind": "ServiceAccount", "namespace": "arm", "name": "deployer"}]},
    ]});
    let request = |id: &str, at: &str, name: &str, part: Value| {
        json!({"auditID": id, "stage": "ResponseComplete", "verb": "create", "responseStatus": {"code": 101},
            "user": {"username": format!("system:serviceaccount:arm:{name}")},
            "objectRef": {"resource": "pods", "subresource": part, "namespace": "arm", "name": "api-0"},
            "requestReceivedTimestamp": at, "stageTimestamp": at})
    };
    let first = request("a", "2026-04-01T00:00:00Z", "other", Value::Null);
    let last = request("z", "2026-06-01T11:55:00Z", "other", Value::Null);
    let used = request("m", "2026-05-20T00:00:00Z", "deployer", json!("exec"));
    let log = |events: &[Value]| ("kubernetes-audit", lines(events));
    let of = |inputs: &[(&str, String)]| {
        let told = decided(UNUSED, "t.unused", inputs);
        told.into_iter()
            .map(|it| it.rsplit_once(' ').map(|(_, outcome)| outcome.to_owned()).unwrap())
            .collect::<Vec<_>>()
    };
    let inventory = ("kubernetes", cluster.to_string());
    assert_eq!(of(&[inventory.clone(), log(&[first.clone(), last.clone()])]), ["revoke"]);
    assert_eq!(of(&[inventory.clone(), log(&[first.clone(), used, last.clone()])]), Vec::<String>::new());
    assert_eq!(of(&[inventory.clone(), log(&[last])]), ["alert"], "the log does not go back far enough");
    assert_eq!(of(&[inventory]), ["alert"]);
}

#[test]
fn a_client_secret_is_idle_only_where_the_sign_ins_say_so() {
    const POLICY: &str = "nhi.lifecycle.idle_static_secret";
    let inventory = lines(&[
        fact(
            "Identity",
            json!({"id": "entra:s1", "name": "telemetry", "kind": "service_principal", "account": TENANT, "nonhuman": true}),
        ),
        fact(
            "Secret",
            json!({"id": "entra-key:k1", "kind": "client_secret", "static": true, "status": "active", "identity": "entra:s1",
            "account": TENANT, "created_at": "2025-01-01T00:00:00Z"}),
        ),
    ]);
    let sign_in = |id: &str, at: &str, key: &str| {
        json!({"id": id, "createdDateTime": at, "appId": "a1", "servicePrincipalId": "s2", "servicePrincipalCredentialKeyId": key,
            "signInEventTypes": ["servicePrincipal"], "status": {"errorCode": 0}})
    };
    let (first, last) =
        (sign_in("1", "2026-04-01T00:00:00Z", "k2"), sign_in("9", "2026-06-01T11:30:00Z", "k2"));
    let used = sign_in("5", "2026-05-30T00:00:00Z", "K1");
    let of = |values: &[Value]| {
        let page = ("entra-sign-ins", json!({ "value": values }).to_string());
        decided("", POLICY, &[("facts", inventory.clone()), page])
    };
    assert_eq!(of(&[first.clone(), last.clone()]), ["entra-key:k1 revoke"]);
    assert_eq!(of(&[first, used, last.clone()]), ["entra-key:k1 revoke alert"], "in use, and old");
    assert_eq!(of(&[last]), ["entra-key:k1 alert"], "the log does not go back far enough");
}

#[test]
fn a_service_accounts_key_is_never_idle_by_the_log_of_its_management_calls_alone() {
    let key = "ci@arm-prod.iam.gserviceaccount.com/keys/k1";
    let owner = json!({"id": "ci@arm-prod.iam.gserviceaccount.com", "name": "ci", "kind": "service_account", "account": "arm-prod"});
    let inventory = lines(&[
        fact("Identity", owner),
        fact(
            "Secret",
            json!({"id": key, "kind": "sa_key", "static": true, "status": "active", "identity": "ci@arm-prod.iam.gserviceaccount.com",
            "account": "arm-prod", "created_at": "2025-01-01T00:00:00Z"}),
        ),
    ]);
    let entry = |id: &str, at: &str, more: Value| {
        let mut info = json!({"principalEmail": "other@arm-prod.iam.gserviceaccount.com"});
        info.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"insertId": id, "timestamp": at, "logName": "projects/arm-prod/logs/cloudaudit.googleapis.com%2Fdata_access",
            "protoPayload": {"serviceName": "iam.googleapis.com", "methodName": "ListRoles", "authenticationInfo": info,
                "authorizationInfo": [{"permissionType": "ADMIN_READ", "granted": true}]}})
    };
    let first = entry("1", "2026-04-01T00:00:00Z", json!({}));
    let last = entry("9", "2026-06-01T11:55:00Z", json!({}));
    let name = format!("//iam.googleapis.com/projects/arm-prod/serviceAccounts/{}", key);
    let used = entry("5", "2026-05-30T00:00:00Z", json!({ "serviceAccountKeyName": name }));
    let of = |values: &[Value]| {
        let log = ("gcp-audit", json!(values).to_string());
        decided("", "nhi.lifecycle.idle_static_secret", &[("facts", inventory.clone()), log])
    };
    assert_eq!(
        of(&[first.clone(), last.clone()]),
        [format!("{key} alert")],
        "it may read data, of which nobody tells"
    );
    assert_eq!(of(&[first, used, last]), [format!("{key} revoke alert")], "in use, and old");
}

#[test]
fn exposure_is_measured_where_the_internet_got_through() {
    const REACHED: &str = r#"policy reached {
  for w: Workload
  let reached = w.connections.exists(c, c.internet && c.direction == Direction.ingress
    && c.outcome == Outcome.success && c.at > now - 1h)
  decide {
    reached   => alert high because "reached"
    unknown   => alert low because "cannot tell: {missing}"
    otherwise => rank Severity.none by w.id because "not reached"
  }
}
"#;
    let workload = fact(
        "Workload",
        json!({"id": "k8s:prod-eu/shop/pod/web", "name": "web", "cluster": "prod-eu", "started_at": "2026-05-01T00:00:00Z"}),
    );
    let flow = |at: &str, from: &str, verdict: &str| {
        json!({"time": at, "node_name": "n", "flow": {"time": at, "node_name": "n", "verdict": verdict, "drop_reason": 133,
            "IP": {"source": from, "destination": "10.0.0.2"}, "l4": {"TCP": {"source_port": 40000, "destination_port": 443}},
            "source": {"labels": ["reserved:world"]}, "destination": {"namespace": "shop", "pod_name": "web", "labels": []},
            "traffic_direction": "INGRESS"}})
    };
    let first = flow("2026-06-01T10:30:00Z", "10.9.9.9", "FORWARDED");
    let last = flow("2026-06-01T11:55:00Z", "10.9.9.9", "FORWARDED");
    let of = |flows: &[Value]| {
        let told = decided(
            REACHED,
            "t.reached",
            &[("facts", lines(std::slice::from_ref(&workload))), ("hubble", lines(flows))],
        );
        told.into_iter()
            .map(|it| it.rsplit_once(' ').map(|(_, outcome)| outcome.to_owned()).unwrap())
            .collect::<Vec<_>>()
    };
    let through = flow("2026-06-01T11:30:00Z", "203.0.113.7", "FORWARDED");
    let dropped = flow("2026-06-01T11:30:00Z", "203.0.113.7", "DROPPED");
    assert_eq!(of(&[first.clone(), through, last.clone()]), ["alert"]);
    assert_eq!(of(&[first.clone(), dropped, last.clone()]), ["rank"]);
    assert_eq!(of(&[first, last.clone()]), ["rank"]);
    assert_eq!(of(&[last]), ["alert"], "nobody watched for the whole hour");
}

#[test]
fn an_interface_that_a_record_ties_to_an_instance_is_watched_for_the_instance() {
    const QUIET: &str = r#"policy quiet {
  for w: Workload
  decide {
    !w.connections.exists(c, c.direction == Direction.egress && c.internet && c.at > now - 1h) => rank Severity.none by w.id because "quiet"
    unknown   => alert low because "cannot tell: {missing}"
    otherwise => alert high because "talks"
  }
}
"#;
    let arn = "arn:aws:ec2:eu-central-1:111122223333:instance/i-1";
    let workload = fact("Workload", json!({"id": arn, "name": "i-1", "started_at": "2026-05-01T00:00:00Z"}));
    let header = "account-id interface-id srcaddr dstaddr srcport dstport protocol bytes start end action log-status instance-id region";
    // From 10:30 on, five minutes each, the last one at 11:55.
    let record = |n: i64| {
        let (start, action) = (1_780_309_800 + n * 300, if n % 2 == 0 { "ACCEPT" } else { "REJECT" });
        format!(
            "111122223333 eni-1 10.0.9.{n} 10.0.0.1 40000 443 6 100 {start} {} {action} OK i-1 eu-central-1",
            start + 290
        )
    };
    let talk = "111122223333 eni-1 10.0.0.1 203.0.113.9 40001 443 6 100 1780313400 1780313410 ACCEPT OK i-1 eu-central-1";
    let quiet: Vec<String> = std::iter::once(header.to_owned()).chain((0..18).map(record)).collect();
    let of = |lines: &[String]| {
        let log = ("vpc-flow-logs", lines.join("\n"));
        decided(QUIET, "t.quiet", &[("facts", format!("{workload}\n")), log])
    };
    assert_eq!(of(&quiet), [format!("{arn} rank")]);
    let talks: Vec<String> = quiet.iter().cloned().chain([talk.to_owned()]).collect();
    assert_eq!(of(&talks), [format!("{arn} alert")]);
    assert_eq!(of(&quiet[..8]), [format!("{arn} alert")], "the log ends too early");
}
