use serde_json::{Value, json};

use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/kubernetes/objects.json");

fn read(input: &[u8]) -> Output {
    Kubernetes.ingest(input, "objects.json", &context()).unwrap()
}

fn list(items: &[Value]) -> Output {
    read(json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string().as_bytes())
}

fn object(kind: &str, namespace: &str, name: &str, more: Value) -> Value {
    let mut object =
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}});
    let fields = object.as_object_mut().unwrap();
    let mut more = more.as_object().unwrap().clone();
    if let Some(Value::Object(meta)) = more.remove("metadata") {
        fields["metadata"].as_object_mut().unwrap().extend(meta);
    }
    fields.extend(more);
    object
}

fn pod(more: Value) -> Value {
    let mut spec = json!({"containers": [{"name": "main", "image": "api:1"}]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object("Pod", "arm", "api", json!({"spec": spec, "metadata": {"labels": {"app": "api"}}}))
}

/// The level of `k8s:prod-eu/arm/api` where a rule is bound to it, in the namespace or in the cluster.
fn level(limited: bool, rule: Value) -> Value {
    let (role, binding) =
        if limited { ("Role", "RoleBinding") } else { ("ClusterRole", "ClusterRoleBinding") };
    let other = if limited { "ClusterRoleBinding" } else { "RoleBinding" };
    let bind = |kind: &str, role: &str, name: &str| {
        object(
            kind,
            "arm",
            "b",
            json!({"roleRef": {"kind": role, "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "arm"}]}),
        )
    };
    let output = list(&[
        object("ServiceAccount", "arm", "api", json!({})),
        object("ServiceAccount", "ops", "x", json!({})),
        object(role, "arm", "r", json!({"rules": [rule]})),
        bind(binding, role, "api"),
        bind(other, "ClusterRole", "nobody"),
    ]);
    fact(&output, "Identity", "/arm/api")["level"].clone()
}

fn run(output: &Output) -> Option<&assize::facts::Run> {
    output.lines.iter().find_map(|line| match line {
        assize::facts::Line::Run(run) => Some(run),
        _ => None,
    })
}

#[test]
fn the_fixture_as_facts() {
    insta::assert_snapshot!(show(&read(FIXTURE)));
}

#[test]
fn no_secret_of_an_object_or_an_environment_gets_out() {
    let text = show(&read(FIXTURE));
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"));
}

#[test]
fn a_bare_image_id_is_the_configs_digest_and_names_no_image() {
    let output = read(FIXTURE);
    assert!(fact(&output, "Container", "/worker-5d/main").get("image").is_none());
    let pullable = fact(&output, "Container", "/migrate-1/main");
    assert_eq!(pullable["image"], format!("sha256:{}", "a".repeat(64)));
    assert_eq!(fact(&output, "Image", &"a".repeat(64))["tag"], "2.4.1");
}

#[test]
fn a_pod_that_shares_the_host_is_privileged() {
    for more in [
        json!({"hostPID": true}),
        json!({"hostNetwork": true}),
        json!({"volumes": [{"name": "h", "hostPath": {"path": "/"}}]}),
        json!({"containers": [{"name": "m", "securityContext": {"privileged": true}}]}),
        json!({"containers": [{"name": "m", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}),
        json!({"initContainers": [{"name": "m", "securityContext": {"privileged": true}}]}),
    ] {
        assert_eq!(facts(&list(&[pod(more.clone())]), "Workload")[0]["privileged"], true, "{more}");
    }
    let plain = json!({"hostPID": false, "containers": [{"name": "m", "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}]});
    assert_eq!(facts(&list(&[pod(plain)]), "Workload")[0]["privileged"], false);
}

#[test]
fn not_exposed_is_known_only_where_services_and_ingresses_are_listed() {
    let service = |more: Value| object("Service", "arm", "s", more);
    let ingress =
        object("Ingress", "arm", "i", json!({"spec": {"defaultBackend": {"service": {"name": "s"}}}}));
    let open = json!({"spec": {"type": "LoadBalancer", "selector": {"app": "api"}}});
    let inner = json!({"spec": {"selector": {"app": "api"}}});
    let elsewhere = json!({"spec": {"type": "NodePort", "selector": {"app": "other"}}});
    let kept_in = json!({"metadata": {"annotations": {"networking.gke.io/load-balancer-type": "Internal"}}, "spec": {"type": "LoadBalancer", "selector": {"app": "api"}}});
    let by_aws = json!({"spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "selector": {"app": "api"}}});
    let ingress_list = json!({"kind": "IngressList", "apiVersion": "networking.k8s.io/v1", "items": []});
    let reached = |items: &[Value]| facts(&list(items), "Workload")[0].get("internet_exposed").cloned();
    for (items, expected) in [
        (vec![service(open)], Some(true)),
        (vec![service(inner.clone())], None),
        (vec![service(inner.clone()), ingress], Some(true)),
        (vec![service(inner), ingress_list.clone()], Some(false)),
        (vec![service(elsewhere), ingress_list.clone()], Some(false)),
        (vec![service(kept_in), ingress_list.clone()], Some(false)),
        (vec![service(by_aws), ingress_list], Some(false)),
        (vec![], None),
    ] {
        let all = [vec![pod(json!({}))], items].concat();
        assert_eq!(reached(&all), expected.map(Value::Bool), "{all:?}");
    }
}

#[test]
fn an_internal_alb_ingress_leads_nobody_in() {
    let service = object("Service", "arm", "s", json!({"spec": {"selector": {"app": "api"}}}));
    let ingress = |more: Value| {
        let annotations = json!({"annotations": more});
        object(
            "Ingress",
            "arm",
            "i",
            json!({"metadata": annotations, "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": [{"backend": {"serviceName": "s"}}]}}]}}),
        )
    };
    for (annotations, expected) in
        [(json!({}), false), (json!({"alb.ingress.kubernetes.io/scheme": "internet-facing"}), true)]
    {
        let output = list(&[pod(json!({})), service.clone(), ingress(annotations)]);
        assert_eq!(facts(&output, "Workload")[0]["internet_exposed"], expected);
    }
}

#[test]
fn only_words_that_we_know_name_an_environment() {
    for (label, value, env) in [
        ("env", "prod", Some("prod")),
        ("environment", "Production", Some("prod")),
        ("app.kubernetes.io/environment", "staging", Some("test")),
        ("env", "blue", None),
        ("stage", "prod", None),
    ] {
        let mut pod = pod(json!({}));
        pod["metadata"]["labels"] = json!({label: value});
        assert_eq!(
            facts(&list(&[pod]), "Workload")[0].get("env"),
            env.map(Value::from).as_ref(),
            "{label}={value}"
        );
    }
}

#[test]
fn a_finished_pod_has_ended_and_a_running_one_has_not() {
    let output = read(FIXTURE);
    assert_eq!(fact(&output, "Workload", "/pod/migrate-1")["ended_at"], "2026-05-22T08:03:00Z");
    assert_eq!(fact(&output, "Workload", "/pod/api-7c9")["ended_at"], Value::Null);
    assert!(
        facts(&list(&[pod(json!({}))]), "Workload")[0].get("ended_at").is_none(),
        "a manifest says nothing"
    );
}

#[test]
fn levels_follow_what_the_rules_reach() {
    let rule = |group: &str, resource: &str, verb: &str| json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]});
    for (limited, rule, expected) in [
        (false, rule("*", "*", "*"), "total"),
        (false, rule("", "secrets", "list"), "total"),
        (false, rule("rbac.authorization.k8s.io", "clusterroles", "escalate"), "total"),
        (false, rule("", "users", "impersonate"), "total"),
        (true, rule("", "secrets", "get"), "elevated"),
        (true, rule("", "pods/exec", "create"), "elevated"),
        (true, rule("", "pods", "create"), "elevated"),
        (true, rule("*", "*", "*"), "elevated"),
        (false, rule("", "configmaps", "get"), "limited"),
        (false, json!({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}), "limited"),
        (
            false,
            json!({"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"], "verbs": ["get"]}),
            "elevated",
        ),
    ] {
        assert_eq!(level(limited, rule.clone()), expected, "{rule}");
    }
}

#[test]
fn a_group_of_all_accounts_gives_to_each_of_them() {
    let output = read(FIXTURE);
    let held: Vec<_> = facts(&output, "Grant")
        .into_iter()
        .filter(|it| it["action"] == "configmaps:get")
        .map(|it| it["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        held,
        [
            "k8s:prod-eu/arm/arm-api",
            "k8s:prod-eu/arm/default",
            "k8s:prod-eu/arm/migrator",
            "k8s:prod-eu/group:system:serviceaccounts:arm"
        ]
    );
}

#[test]
fn an_account_bound_by_its_user_name_is_the_account() {
    let output = read(FIXTURE);
    assert_eq!(fact(&output, "Identity", "/ops/node-agent")["level"], "total");
    assert!(
        facts(&output, "Identity")
            .iter()
            .all(|it| !it["id"].as_str().unwrap().contains("user:system:serviceaccount"))
    );
}

#[test]
fn a_level_is_not_known_where_a_binding_or_its_role_is_not_in_the_input() {
    let account = object("ServiceAccount", "arm", "api", json!({}));
    assert!(facts(&list(std::slice::from_ref(&account)), "Identity")[0].get("level").is_none());
    let binding = |kind: &str| {
        object(
            kind,
            "ops",
            "b",
            json!({"roleRef": {"kind": "ClusterRole", "name": "gone"}, "subjects": [{"kind": "ServiceAccount", "name": "api", "namespace": "arm"}]}),
        )
    };
    let output = list(&[account, binding("RoleBinding"), binding("ClusterRoleBinding")]);
    assert!(facts(&output, "Identity")[0].get("level").is_none());
    assert_eq!(output.notes.len(), 2);
}

#[test]
fn a_role_that_no_full_list_holds_gives_nothing() {
    let rule = json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]});
    let bind = |kind: &str, name: &str| {
        object(
            kind,
            "ops",
            "b",
            json!({"roleRef": {"kind": "ClusterRole", "name": name}, "subjects": [{"kind": "ServiceAccount", "name": "api", "namespace": "arm"}]}),
        )
    };
    let output = list(&[
        object("ServiceAccount", "arm", "api", json!({})),
        object("Role", "ops", "r", json!({"rules": [rule]})),
        object("ClusterRole", "", "there", json!({"rules": [rule]})),
        bind("RoleBinding", "gone"),
        bind("ClusterRoleBinding", "there"),
    ]);
    assert_eq!((facts(&output, "Identity")[0]["level"].as_str(), output.notes.len()), (Some("limited"), 0));
}

#[test]
fn a_list_of_one_namespace_proves_no_absence() {
    let output = list(&[pod(json!({}))]);
    assert!(!run(&output).unwrap().complete);
    insta::assert_snapshot!(output.notes[0], @"every object is of namespace `arm`: this is no list of the whole cluster, so nothing is concluded from what is not in it; list with `-A`");
    let whole = read(FIXTURE);
    let run = run(&whole).unwrap();
    assert!(run.complete);
    assert_eq!(
        (run.types.join(" ").as_str(), run.scope.as_str(), run.rejected),
        ("Workload Container Identity Grant", "prod-eu", 2)
    );
}

#[test]
fn every_shape_of_a_list_holds_the_same_pods() {
    let one = pod(json!({}));
    let mut bare = one.clone();
    bare.as_object_mut().unwrap().remove("kind");
    for text in [
        json!({"apiVersion": "v1", "kind": "List", "items": [one]}).to_string(),
        json!({"apiVersion": "v1", "kind": "PodList", "items": [bare]}).to_string(),
        one.to_string(),
        json!([one]).to_string(),
        format!("{one}\n{one}"),
    ] {
        assert!(Kubernetes.detect(&Head::new(text.as_bytes(), "")), "{text}");
        assert_eq!(facts(&read(text.as_bytes()), "Workload").len(), 1, "{text}");
    }
}

#[test]
fn what_is_no_list_of_objects_is_refused() {
    let refuse = |text: &str| Kubernetes.ingest(text.as_bytes(), "x", &context()).unwrap_err().to_string();
    insta::assert_snapshot!(refuse("apiVersion: \"v1\n"), @"line 2, column 1: this is no YAML that can be read: wrong syntax, too deep, or too large");
    insta::assert_snapshot!(refuse("{\"a\": 1}"), @"this is not the output of `kubernetes`: there is no object with `kind` in it, alone or in the `items` of a list");
    let mut nowhere = context();
    nowhere.cluster = None;
    insta::assert_snapshot!(Kubernetes.ingest(FIXTURE, "x", &nowhere).unwrap_err(), @"the input does not say which cluster it is about; give `--cluster`");
}

#[test]
fn damage_never_panics() {
    survives_damage(&Kubernetes, FIXTURE);
}

#[test]
fn every_real_list_loads_whole() {
    for (path, bytes) in samples("k8s_rbac/kubehound/collector", &[".json"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
    }
}

#[test]
fn what_another_tools_tests_made_of_the_api_is_refused() {
    for (path, bytes) in
        samples("k8s_rbac", &["cartography_kubernetes_pods.json", "cartography_kubernetes_rbac.json"])
    {
        let refused = Kubernetes.ingest(&bytes, "x", &context());
        assert!(matches!(refused, Err(IngestError::NotThisFormat { .. })), "{} {refused:?}", path.display());
    }
}

/// Two objects, a list, and one that is empty.
const MANIFEST: &str = "\
# what a repository keeps
apiVersion: v1
kind: ServiceAccount
metadata:
  name: builder
  namespace: ci
---
---
apiVersion: v1
kind: Pod
metadata:
  name: build
  namespace: ci
spec:
  serviceAccountName: builder
  hostPID: true
  containers:
    - name: main
      image: ghcr.io/northwind-robotics/build:1
";

#[test]
fn a_manifest_is_read_and_proves_nothing_about_the_rest() {
    assert!(Kubernetes.detect(&Head::new(MANIFEST.as_bytes(), "")));
    let output = read(MANIFEST.as_bytes());
    assert_eq!(output.rejects, []);
    let pod = &facts(&output, "Workload")[0];
    assert_eq!((&pod["privileged"], &pod["identity"]), (&json!(true), &json!("k8s:prod-eu/ci/builder")));
    assert!(!output.lines.iter().any(|line| matches!(line, assize::facts::Line::Run(_))));
}

#[test]
fn a_list_in_yaml_is_a_list() {
    let body = MANIFEST.split("---\n").last().unwrap().replace('\n', "\n  ");
    let text = format!("apiVersion: v1\nkind: PodList\nitems:\n- {}", body.trim_end());
    let output = read(text.as_bytes());
    assert_eq!(facts(&output, "Workload").len(), 1);
    assert!(output.lines.iter().any(|line| matches!(line, assize::facts::Line::Run(_))));
}

#[test]
fn real_manifests_load_whole() {
    for (path, bytes) in samples("k8s_rbac/kubehound/attacks", &[".yaml"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!output.lines.is_empty(), "{}", path.display());
    }
}

#[test]
fn a_service_account_is_the_subject_that_its_clusters_issuer_names() {
    let objects = r#"{"kind": "ServiceAccount", "metadata": {"name": "arm-api", "namespace": "arm"}}
{"issuer": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE", "jwks_uri": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE/keys"}"#;
    let output = Kubernetes.ingest(objects.as_bytes(), "", &context()).unwrap();
    assert_eq!(output.rejects, []);
    let alias = r#"{"Identity":"oidc:oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE#system:serviceaccount:arm:arm-api","is":"k8s:prod-eu/arm/arm-api"}"#;
    assert!(show(&output).contains(alias));
}
