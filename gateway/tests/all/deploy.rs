//! The files that the server is run by say what it reads.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use assize_gateway::Config;
use serde_json::Value;

use crate::support::program;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_configurations_are_sound() {
    let parse = |text: &str| Config::parse(Path::new("/etc/assize/gateway.toml"), text).unwrap();
    assert!(parse(&file("gateway.toml")).ui.enabled);
    let manifests = documents();
    let text =
        manifests.iter().find(|one| one["kind"] == "ConfigMap").unwrap()["data"]["gateway.toml"].as_str();
    let config = parse(text.unwrap());
    assert_eq!((config.listen.len(), config.bundle.need, config.bundle.keys.len()), (2, 1, 1));
}

fn documents() -> Vec<Value> {
    serde_saphyr::from_multiple(&file("kubernetes.yaml")).unwrap()
}

#[test]
fn the_pod_is_one_that_restricted_namespaces_admit_and_is_asked_where_it_answers() {
    let manifests = documents();
    let kinds: Vec<&str> = manifests.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Namespace", "ConfigMap", "StatefulSet", "Service"]);
    let pod = &manifests[2]["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/health/live");
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/health/ready");
    let volumes: Vec<&str> =
        pod["volumes"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    for mount in container["volumeMounts"].as_array().unwrap() {
        let name = mount["name"].as_str().unwrap();
        assert!(volumes.contains(&name) || name == "store", "nothing is mounted at {mount}");
    }
}

#[test]
fn the_unit_is_one_of_a_service_that_tells_when_it_is_ready() {
    let unit = file("assize.service");
    let mut section = "";
    let mut found: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name,
            None => {
                let (key, value) = line.split_once('=').expect(line);
                assert!(found.insert((section, key), value).is_none(), "`{key}` is set twice");
            }
        }
    }
    for ((section, key), value) in [
        (("Service", "Type"), "notify"),
        (("Service", "DynamicUser"), "yes"),
        (("Service", "ProtectSystem"), "strict"),
        (("Service", "NoNewPrivileges"), "yes"),
        (("Service", "StateDirectory"), "assize"),
        (("Install", "WantedBy"), "multi-user.target"),
    ] {
        assert_eq!(found.get(&(section, key)), Some(&value), "{key}");
    }
    assert!(found[&("Service", "ExecStart")].ends_with("serve --config /etc/assize/gateway.toml"));
}

/// What systemd itself says of the unit, with a program in its place that is there.
#[test]
fn systemd_has_nothing_to_say_about_the_unit() {
    if !program("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("assize.service");
    let own = std::env::current_exe().unwrap();
    let text = file("assize.service");
    let line = text.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let program = line.trim_start_matches("ExecStart=").split(' ').next().unwrap();
    std::fs::write(&unit, text.replace(program, own.to_str().unwrap())).unwrap();
    let said = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr);
    // Of other units on this machine it may say what it likes.
    let ours: Vec<&str> = words.lines().filter(|line| line.contains("assize")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}
