//! What the bundled policies decide on recorded attacks, and on what only looks like one: hits, misses and false
//! alarms. The table is `docs/detection.md`; `UPDATE_DOCS=1` writes it. Without `../shared/samples` it says that it
//! skips.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use assize::{Decision, Engine, OutcomeKind};
use assize_ingest::{Context, ingest};
use serde_json::{Value, json};

use crate::inputs::{Sample, all_samples};

/// What a record shows, judged by what is in it and not by its file's name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Attack,
    Benign,
}

use Label::{Attack, Benign};

/// Files of samples, by the ends of their names; several of one row are one story.
const ROWS: &[(&str, Label, &str, &[&str])] = &[
    (
        "cloudtrail",
        Attack,
        "Windows passwords asked for, thirty times, refused",
        &["ec2-get-password-data.json"],
    ),
    ("cloudtrail", Attack, "secrets read in batches", &["secretsmanager-batch-retrieve-secrets.json"]),
    ("cloudtrail", Attack, "parameters decrypted in batches", &["ssm-retrieve-securestring-parameters.json"]),
    ("cloudtrail", Attack, "a trail's selectors narrowed", &["cloudtrail-event-selectors.json"]),
    ("cloudtrail", Attack, "DNS query logging deleted", &["dns-delete-logs.json"]),
    ("cloudtrail", Attack, "flow logs deleted", &["vpc-remove-flow-logs.json"]),
    ("cloudtrail", Attack, "unusual machines asked for, refused", &["ec2-launch-unusual-instances.json"]),
    ("cloudtrail", Attack, "machines looked for, then a command on them", &["ssm-send-command.json"]),
    ("cloudtrail", Attack, "port 22 opened", &["ec2-security-group-open-port-22-ingress.json"]),
    ("cloudtrail", Attack, "a disk's snapshot shared", &["ec2-share-ebs-snapshot.json"]),
    ("cloudtrail", Attack, "models agreed to, and used", &["bedrock-invoke-model.json"]),
    ("cloudtrail", Attack, "a console sign-in without a second factor", &["console-login-without-mfa.json"]),
    (
        "cloudtrail",
        Attack,
        "serial consoles opened, and keys sent to them",
        &["ec2-serial-console-send-ssh-public-key.json"],
    ),
    ("cloudtrail", Attack, "a key made for another user", &["iam-backdoor-user.json"]),
    ("cloudtrail", Attack, "a role made, and given every right", &["iam-create-backdoor-role.json"]),
    ("cloudtrail", Attack, "a function opened to another account", &["lambda-backdoor-function.json"]),
    ("cloudtrail", Attack, "a function's code replaced", &["lambda-overwrite-code.json"]),
    ("cloudtrail", Attack, "a session made that outlives its key", &["sts-federation-token.json"]),
    (
        "kubernetes-audit",
        Attack,
        "somebody without a name makes a namespace",
        &["anonymous_creates_namespace_foo.json"],
    ),
    ("kubernetes-audit", Attack, "cluster-admin bound", &["attach_cluster_admin_role.json"]),
    ("kubernetes-audit", Attack, "a role that may enter pods", &["create_cluster_role_pod_exec.json"]),
    (
        "kubernetes-audit",
        Attack,
        "a role that may do everything",
        &["create_cluster_role_wildcard_resources.json"],
    ),
    (
        "kubernetes-audit",
        Attack,
        "a role that may write everywhere",
        &["create_cluster_role_write_privileges.json"],
    ),
    (
        "kubernetes-audit",
        Attack,
        "a system role changed",
        &["modify_cluster_role_node_problem_detector.json"],
    ),
    ("kubernetes-audit", Attack, "a pod entered", &["exec_pod.json"]),
    ("kubernetes-audit", Attack, "a privileged pod", &["create_nginx_pod_privileged_2nd_container.json"]),
    (
        "kubernetes-audit",
        Attack,
        "a pod that mounts the host's files",
        &["create_nginx_pod_sensitive_mount.json"],
    ),
    ("kubernetes-audit", Benign, "a plain role", &["create_clusterrole.json"]),
    ("kubernetes-audit", Benign, "a role deleted", &["delete_clusterrole.json"]),
    ("kubernetes-audit", Benign, "a config map", &["create_configmap_no_sensitive_values.json"]),
    ("kubernetes-audit", Benign, "a config map deleted", &["delete_configmap.json"]),
    ("kubernetes-audit", Benign, "a deployment", &["create_deployment.json"]),
    ("kubernetes-audit", Benign, "a deployment deleted", &["delete_deployment.json"]),
    (
        "kubernetes-audit",
        Benign,
        "a pod without the host's network",
        &["create_nginx_pod_nohostnetwork.json"],
    ),
    ("kubernetes-audit", Benign, "an unprivileged pod", &["create_nginx_pod_unprivileged.json"]),
    ("kubernetes-audit", Benign, "a kubelet reads a pod", &["create_nginx_pod_unsensitive_mount.json"]),
    ("kubernetes-audit", Benign, "a service", &["create_nginx_service_nonodeport.json"]),
    ("kubernetes-audit", Benign, "another service", &["create_service.json"]),
    ("kubernetes-audit", Benign, "a service deleted", &["delete_service.json"]),
    ("kubernetes-audit", Benign, "a secret written", &["create_secret.json"]),
    ("kubernetes-audit", Benign, "a secret deleted", &["delete_secret.json"]),
    ("kubernetes-audit", Benign, "a service account", &["create_serviceaccount.json"]),
    ("kubernetes-audit", Benign, "a user makes a namespace", &["some-user_creates_namespace_foo.json"]),
    ("falco", Attack, "a shell, and a search for keys, in one pod", &["captured_alerts.jsonl"]),
    (
        "tetragon",
        Attack,
        "a shell in a privileged pod, and from it to the machine",
        &[
            "__nginx-execution.json",
            "__privileged-pod-init.json",
            "__privileged-pod-bash.json",
            "__privileged-pod-nsenter.json",
            "__host-namespace-bash.json",
        ],
    ),
    (
        "tetragon",
        Attack,
        "a pod's definition written for the kubelet to start",
        &["__merlin-agent-insert-pod-spec.json"],
    ),
    (
        "tetragon",
        Benign,
        "a pod starts what it is built to run",
        &["__nginx-execution.json", "__privileged-pod-init.json"],
    ),
    ("tetragon", Benign, "servers of a demonstration start", &["testdata_events.jsonl"]),
    ("aws-credential-report", Attack, "keys that nobody uses", &["test_iam_user_unused_keys.csv"]),
];

/// Parts of one listing of an account: those identities whose ids have one of the words, or all.
const LISTED: &[(Label, &str, &str, &[&str])] = &[
    (
        Attack,
        "users and roles with a way to more rights, among them four that tools commonly miss",
        "s/example.json",
        &["/privesc", "/fn"],
    ),
    (
        Benign,
        "users and roles whose rights only look like one: denied again, or bound to what does not help",
        "s/example.json",
        &["/fp"],
    ),
    (Benign, "an account's roles for the provider's own services", "s/example.json", &["/aws-service-role/"]),
    (
        Benign,
        "roles that a quick setup made in sixteen regions",
        "s/example.json",
        &["/AWS-QuickSetup-EnableCRecording"],
    ),
    (
        Benign,
        "a small account: its administrators, its services, and wide policies",
        "/example-authz-details.json",
        &[],
    ),
    (Benign, "a smaller one", "/example_authz_v2.json", &[]),
];

#[test]
fn what_is_decided_on_recorded_attacks() {
    let samples = all_samples();
    if samples.is_empty() {
        return;
    }
    let engine = Engine::builder().stdlib().build().unwrap();
    let mut rows = String::new();
    let (mut hits, mut attacks, mut alarms, mut benign) = (0, 0, 0, 0);
    let whole: &[&str] = &[];
    let listed = LISTED.iter().map(|(label, what, file, words)| {
        ("aws-authorization-details", *label, *what, std::slice::from_ref(file), *words)
    });
    let told = ROWS.iter().map(|(tool, label, what, files)| (*tool, *label, *what, *files, whole));
    for (tool, label, what, files, words) in told.chain(listed) {
        let found: Vec<&Sample> =
            samples.iter().filter(|it| files.iter().any(|end| it.name.ends_with(end))).collect();
        assert_eq!(found.len(), files.len(), "{what}");
        let strongest = decide(&engine, tool, &found, words);
        let word = strongest.as_ref().map_or("nothing".to_owned(), |(_, words, _)| words.clone());
        let policy = strongest.as_ref().map_or(String::new(), |(_, _, policy)| format!("`{policy}`"));
        let loud = strongest.as_ref().is_some_and(|(strength, _, _)| *strength < 3);
        let verdict = match label {
            Attack => {
                attacks += 1;
                hits += usize::from(loud);
                match (&strongest, loud) {
                    (Some(_), true) => "hit",
                    (Some(_), false) => "ranked",
                    (None, _) => "miss",
                }
            }
            Benign => {
                benign += 1;
                alarms += usize::from(loud);
                if loud { "false alarm" } else { "quiet" }
            }
        };
        let label = if label == Attack { "attack" } else { "benign" };
        writeln!(rows, "| {tool} | {what} | {label} | {word} | {policy} | {verdict} |").unwrap();
    }
    assert_eq!(alarms, 0, "what is benign is at most ranked:\n{rows}");
    let table = format!(
        "{hits} of {attacks} attacks are told to somebody or acted on; {alarms} of {benign} benign records are.\n\n\
         | source | what is in it | is | decided | by | |\n| --- | --- | --- | --- | --- | --- |\n{rows}"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/detection.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- table -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of table -->").unwrap();
    let new = format!("{before}<!-- table -->\n{table}<!-- end of table -->{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &new).unwrap();
    }
    assert!(
        page == new || std::env::var_os("UPDATE_DOCS").is_some(),
        "UPDATE_DOCS=1 writes docs/detection.md\n{table}"
    );
}

/// The strongest decision on the samples an instant after their last event: 0 block, 1 revoke, 2 alert, 3 rank; in
/// words; the policy. Where there are words only what is decided on things whose ids have one of them.
fn decide(
    engine: &Engine,
    tool: &str,
    samples: &[&Sample],
    words: &[&str],
) -> Option<(usize, String, String)> {
    let context = Context {
        cluster: Some("prod".to_owned()),
        account: Some("111122223333".to_owned()),
        ..crate::inputs::context()
    };
    let mut lines: Vec<Value> = Vec::new();
    for sample in samples {
        let output = ingest(tool, &sample.bytes, &sample.name, &context).unwrap();
        lines.extend(output.lines.into_iter().map(|line| line.to_json()));
    }
    let last = lines
        .iter()
        .filter_map(|line| line["observed_at"].as_str())
        .max()
        .unwrap_or("2026-06-01T12:00:00Z")
        .to_owned();
    lines.extend(inventory(&lines, &last, tool));
    let mut loader = engine.loader();
    for (number, line) in (1..).zip(&lines) {
        loader.line("sample", number, &line.to_string());
    }
    let snapshot = loader.finish();
    let now: assize::facts::Instant = last.parse().unwrap();
    let now = assize::facts::Instant(now.0 + 1);
    let result = engine.evaluate(&snapshot, now);
    let about_telemetry = [
        "unlogged_identity",
        "unwatched_agent",
        "unwatched_network",
        "unwatched_supplier",
        "unwatched_workload",
        "silent_sensor",
        "lost_records",
    ];
    let about = |it: &Decision| {
        words.is_empty() || it.anchor.keys().iter().any(|key| words.iter().any(|word| key.contains(word)))
    };
    let loud = |it: &&Decision| about(it) && !about_telemetry.iter().any(|name| it.policy.ends_with(name));
    let first = result.decisions.iter().find(loud)?;
    let (strength, words) = first.outcomes.iter().map(|it| said(&it.kind)).min()?;
    Some((strength, words, first.policy.trim_start_matches("nhi.").to_owned()))
}

fn said(kind: &OutcomeKind) -> (usize, String) {
    match kind {
        OutcomeKind::Block { .. } => (0, "block".to_owned()),
        OutcomeKind::Revoke { .. } => (1, "revoke".to_owned()),
        OutcomeKind::Alert { severity, .. } => (2, format!("alert {severity}")),
        OutcomeKind::Rank { tier, .. } => (3, format!("rank {tier}")),
    }
}

/// What an inventory would say at the least: that whoever acts and whatever runs is there, and that a listed account's
/// identities belong to somebody. And of the one pod whose sensor's records begin with its start: that it is
/// privileged, and that the sensor was alive.
fn inventory(lines: &[Value], at: &str, tool: &str) -> Vec<Value> {
    let mut who: BTreeMap<(&str, String), Value> = BTreeMap::new();
    let mut scopes: BTreeSet<String> = BTreeSet::new();
    for line in lines {
        for call in ["ApiCall", "DataCall"].iter().filter_map(|ty| line.get(*ty)) {
            let id = call["identity"].as_str().unwrap_or_default();
            who.insert(
                ("Identity", id.to_owned()),
                json!({"id": id, "name": id, "account": call["account"]}),
            );
        }
        let owned = line.get("Identity").filter(|_| tool == "aws-authorization-details");
        if let Some(id) = owned.and_then(|it| it["id"].as_str()) {
            who.insert(("Identity", id.to_owned()), json!({"id": id, "owner": "ann"}));
            let ann = json!({"id": "ann", "name": "Ann", "status": "active", "ended_at": null});
            who.insert(("Person", "ann".to_owned()), ann);
        }
        for seen in ["Execution", "RuntimeAlert"].iter().filter_map(|ty| line.get(*ty)) {
            let id = seen["workload"].as_str().unwrap_or_default();
            let mut pod = json!({"id": id, "name": id, "cluster": "prod", "ended_at": null});
            if id.ends_with("/privileged-pod") {
                pod["privileged"] = true.into();
                pod["started_at"] = "2022-01-19T11:05:54Z".into();
                scopes.insert("prod".to_owned());
            }
            who.insert(("Workload", id.to_owned()), pod);
        }
    }
    let mut out: Vec<Value> = who
        .into_iter()
        .map(|((ty, _), fact)| json!({ty: fact, "source": {"tool": "inventory"}, "observed_at": at}))
        .collect();
    for scope in scopes.iter().filter(|_| tool == "tetragon") {
        let watched = json!({"id": "alive", "signal": "process_exec", "scope": scope, "from": "2022-01-19T11:00:00Z", "until": "2022-01-20T00:00:00Z"});
        out.push(json!({"Coverage": watched, "source": {"tool": "sensor-monitor"}, "observed_at": at}));
    }
    out
}
