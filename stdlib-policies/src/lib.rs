//! The standard library of Assize: the fact model, the control catalogs and the bundled policies, as
//! text. Everything in it is `.assize`; this crate only carries it into the binary.

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$((concat!("stdlib/", $path), include_str!(concat!("../", $path))),)*]
    };
}

static SOURCES: &[(&str, &str)] = embedded! {
    "controls/agentic.assize"
    "controls/ai_rmf.assize"
    "controls/csf.assize"
    "controls/owasp_nhi.assize"
    "gateway/deploy_gate.assize"
    "gateway/deploy_gate_test.assize"
    "gateway/tool_scope.assize"
    "gateway/tool_scope_test.assize"
    "leaks/canary_used.assize"
    "leaks/canary_used_test.assize"
    "leaks/leaked_secret.assize"
    "leaks/leaked_secret_test.assize"
    "lifecycle/idle_static_secret.assize"
    "lifecycle/idle_static_secret_test.assize"
    "lifecycle/long_lived_secret.assize"
    "lifecycle/long_lived_secret_test.assize"
    "lifecycle/orphaned_identity.assize"
    "lifecycle/orphaned_identity_test.assize"
    "model/activity.assize"
    "model/findings.assize"
    "model/functions.assize"
    "model/identities.assize"
    "model/requests.assize"
    "model/secrets.assize"
    "model/signals.assize"
    "model/workloads.assize"
    "privilege/exposed_powerful_identity.assize"
    "privilege/exposed_powerful_identity_test.assize"
    "privilege/unused_dangerous_grant.assize"
    "privilege/unused_dangerous_grant_test.assize"
    "ranking/tier.assize"
    "runtime/attacked_workload.assize"
    "runtime/attacked_workload_test.assize"
    "runtime/unwatched_workload.assize"
    "runtime/unwatched_workload_test.assize"
    "vulnerabilities/bod_26_04.assize"
    "vulnerabilities/vulnerability_by_runtime.assize"
    "vulnerabilities/vulnerability_by_runtime_test.assize"
};

/// Every file of the standard library: its path (`stdlib/model/secrets.assize`) and its text, in the
/// order of the paths. A policy's tests lie beside it in `…_test.assize`.
#[must_use]
pub fn sources() -> &'static [(&'static str, &'static str)] {
    SOURCES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn on_disk(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                on_disk(&entry.path(), &name, found);
            } else if name.ends_with(".assize") {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_on_disk_is_embedded_once_and_in_order() {
        let mut disk = BTreeSet::new();
        on_disk(Path::new(env!("CARGO_MANIFEST_DIR")), "stdlib", &mut disk);
        let listed: Vec<&str> = sources().iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, disk.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn a_package_lies_in_the_folder_of_its_last_word() {
        for (path, text) in sources() {
            let folder = path.split('/').nth(1).unwrap();
            assert!(
                text.starts_with(&format!("package nhi.{folder}\n")),
                "{path} starts with another package"
            );
        }
    }

    #[test]
    fn every_policy_has_its_tests_beside_it() {
        for (path, text) in sources() {
            let holds_policy = text.lines().any(|line| line.starts_with("policy "));
            if holds_policy {
                let tests = path.replace(".assize", "_test.assize");
                assert!(sources().iter().any(|(other, _)| *other == tests), "{path} has no {tests}");
            }
        }
    }
}
