//! The standard library of Assize: the fact model, the control catalogs and the bundled policies, as
//! text. Everything in it is `.assize`; this crate only carries it into the binary.

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$((concat!("stdlib/", $path), include_str!(concat!("../", $path))),)*]
    };
}

static SOURCES: &[(&str, &str)] = embedded! {
    "agents/agent_holds_key.assize"
    "agents/agent_holds_key_test.assize"
    "agents/agent_strays.assize"
    "agents/agent_strays_test.assize"
    "agents/freeze.assize"
    "agents/freeze_test.assize"
    "agents/long_lived_agent_key.assize"
    "agents/long_lived_agent_key_test.assize"
    "agents/ownerless_agent.assize"
    "agents/ownerless_agent_test.assize"
    "agents/shared_execution_role.assize"
    "agents/shared_execution_role_test.assize"
    "agents/trifecta_gate.assize"
    "agents/trifecta_gate_test.assize"
    "agents/trifecta_seen.assize"
    "agents/trifecta_seen_test.assize"
    "agents/unapproved_prod_write.assize"
    "agents/unapproved_prod_write_test.assize"
    "agents/unasked_agent.assize"
    "agents/unasked_agent_test.assize"
    "agents/unbounded_agent.assize"
    "agents/unbounded_agent_test.assize"
    "agents/unused_tool.assize"
    "agents/unused_tool_test.assize"
    "authentication/new_credential_gate.assize"
    "authentication/new_credential_gate_test.assize"
    "authentication/secret_of_the_powerful.assize"
    "authentication/secret_of_the_powerful_test.assize"
    "authentication/static_beside_federation.assize"
    "authentication/static_beside_federation_test.assize"
    "authentication/weak_way_in.assize"
    "authentication/weak_way_in_test.assize"
    "cicd/ci_credential_elsewhere.assize"
    "cicd/ci_credential_elsewhere_test.assize"
    "cicd/job_calls_stranger.assize"
    "cicd/job_calls_stranger_test.assize"
    "cicd/open_ci_trust.assize"
    "cicd/open_ci_trust_test.assize"
    "cicd/package_burst.assize"
    "cicd/package_burst_test.assize"
    "cicd/pipeline_gate.assize"
    "cicd/pipeline_gate_test.assize"
    "cicd/risky_pipeline.assize"
    "cicd/risky_pipeline_test.assize"
    "cicd/runner_and_workflow.assize"
    "cicd/runner_and_workflow_test.assize"
    "cicd/static_key_in_ci.assize"
    "cicd/static_key_in_ci_test.assize"
    "cicd/trust_gate.assize"
    "cicd/trust_gate_test.assize"
    "controls/agentic.assize"
    "controls/ai_rmf.assize"
    "controls/cisa.assize"
    "controls/csf.assize"
    "controls/owasp_nhi.assize"
    "controls/sp800_53.assize"
    "data/data_deletes_itself.assize"
    "data/data_deletes_itself_test.assize"
    "data/mass_clone.assize"
    "data/mass_clone_test.assize"
    "data/ransom_encryption.assize"
    "data/ransom_encryption_test.assize"
    "gateway/deploy_gate.assize"
    "gateway/deploy_gate_test.assize"
    "gateway/tool_scope.assize"
    "gateway/tool_scope_test.assize"
    "human_use/outside_its_network.assize"
    "human_use/outside_its_network_test.assize"
    "human_use/person_signs_in.assize"
    "human_use/person_signs_in_test.assize"
    "human_use/person_then_machine.assize"
    "human_use/person_then_machine_test.assize"
    "isolation/cross_environment.assize"
    "isolation/cross_environment_grant.assize"
    "isolation/cross_environment_grant_test.assize"
    "isolation/cross_environment_test.assize"
    "isolation/default_account.assize"
    "isolation/default_account_test.assize"
    "isolation/environment_gate.assize"
    "isolation/environment_gate_test.assize"
    "isolation/prod_grant_gate.assize"
    "isolation/prod_grant_gate_test.assize"
    "isolation/reused_identity.assize"
    "isolation/reused_identity_test.assize"
    "isolation/secret_in_two_environments.assize"
    "isolation/secret_in_two_environments_test.assize"
    "leaks/canary_used.assize"
    "leaks/canary_used_test.assize"
    "leaks/compromised_by_notice.assize"
    "leaks/compromised_by_notice_test.assize"
    "leaks/copied_secret.assize"
    "leaks/copied_secret_test.assize"
    "leaks/image_gate.assize"
    "leaks/image_gate_test.assize"
    "leaks/leaked_secret.assize"
    "leaks/leaked_secret_test.assize"
    "leaks/leaked_secret_used.assize"
    "leaks/leaked_secret_used_test.assize"
    "leaks/push_gate.assize"
    "leaks/push_gate_test.assize"
    "leaks/quarantined_identity.assize"
    "leaks/quarantined_identity_test.assize"
    "lifecycle/dormant_identity_used.assize"
    "lifecycle/dormant_identity_used_test.assize"
    "lifecycle/ending_secret.assize"
    "lifecycle/ending_secret_test.assize"
    "lifecycle/idle_static_secret.assize"
    "lifecycle/idle_static_secret_test.assize"
    "lifecycle/leaver_knew_secret.assize"
    "lifecycle/leaver_knew_secret_test.assize"
    "lifecycle/leaver_signs_in.assize"
    "lifecycle/leaver_signs_in_test.assize"
    "lifecycle/long_lived_secret.assize"
    "lifecycle/long_lived_secret_test.assize"
    "lifecycle/new_secret_gate.assize"
    "lifecycle/new_secret_gate_test.assize"
    "lifecycle/orphaned_identity.assize"
    "lifecycle/orphaned_identity_test.assize"
    "lifecycle/stale_identity.assize"
    "lifecycle/stale_identity_test.assize"
    "lifecycle/supplier_ended.assize"
    "lifecycle/supplier_ended_test.assize"
    "lifecycle/workload_gone.assize"
    "lifecycle/workload_gone_test.assize"
    "model/activity.assize"
    "model/behaviour.assize"
    "model/findings.assize"
    "model/functions.assize"
    "model/holders.assize"
    "model/identities.assize"
    "model/requests.assize"
    "model/secrets.assize"
    "model/signals.assize"
    "model/ways_in.assize"
    "model/workloads.assize"
    "privilege/dangerous_right_awakes.assize"
    "privilege/dangerous_right_awakes_test.assize"
    "privilege/escalation_path.assize"
    "privilege/escalation_path_test.assize"
    "privilege/exposed_powerful_identity.assize"
    "privilege/exposed_powerful_identity_test.assize"
    "privilege/grant_gate.assize"
    "privilege/grant_gate_test.assize"
    "privilege/self_grant.assize"
    "privilege/self_grant_test.assize"
    "privilege/unused_dangerous_grant.assize"
    "privilege/unused_dangerous_grant_test.assize"
    "ranking/credentials.assize"
    "ranking/credentials_test.assize"
    "ranking/grants.assize"
    "ranking/grants_test.assize"
    "ranking/tier.assize"
    "reach/holders.assize"
    "reach/identities.assize"
    "reach/network.assize"
    "reach/privilege.assize"
    "response/incomplete_rotation.assize"
    "response/incomplete_rotation_test.assize"
    "response/late_end.assize"
    "response/late_end_test.assize"
    "response/late_rotation.assize"
    "response/late_rotation_test.assize"
    "response/revoked_but_used.assize"
    "response/revoked_but_used_test.assize"
    "runtime/attacked_workload.assize"
    "runtime/attacked_workload_test.assize"
    "runtime/entered_and_used.assize"
    "runtime/entered_and_used_test.assize"
    "runtime/made_and_empowered.assize"
    "runtime/made_and_empowered_test.assize"
    "runtime/new_program.assize"
    "runtime/new_program_test.assize"
    "runtime/nobody_writes.assize"
    "runtime/nobody_writes_test.assize"
    "runtime/opened_and_used.assize"
    "runtime/opened_and_used_test.assize"
    "runtime/refused_in_bulk.assize"
    "runtime/refused_in_bulk_test.assize"
    "runtime/searched_and_commanded.assize"
    "runtime/searched_and_commanded_test.assize"
    "runtime/secrets_in_bulk.assize"
    "runtime/secrets_in_bulk_test.assize"
    "runtime/sensitive_call.assize"
    "runtime/sensitive_call_test.assize"
    "runtime/signs_together.assize"
    "runtime/signs_together_test.assize"
    "runtime/unwatched_workload.assize"
    "runtime/unwatched_workload_test.assize"
    "scenarios/beyondtrust_test.assize"
    "scenarios/circleci_test.assize"
    "scenarios/cloudflare_after_okta_test.assize"
    "scenarios/codecov_test.assize"
    "scenarios/codefinger_test.assize"
    "scenarios/data_platform_test.assize"
    "scenarios/echoleak_test.assize"
    "scenarios/key_vault_contributor_test.assize"
    "scenarios/leaked_access_key_test.assize"
    "scenarios/leaked_model_key_test.assize"
    "scenarios/midnight_blizzard_test.assize"
    "scenarios/one_identity_for_all_test.assize"
    "scenarios/replit_test.assize"
    "scenarios/s1ngularity_test.assize"
    "scenarios/salesloft_drift_test.assize"
    "scenarios/shai_hulud_test.assize"
    "scenarios/tj_actions_test.assize"
    "telemetry/kill_switch.assize"
    "telemetry/kill_switch_test.assize"
    "telemetry/lost_records.assize"
    "telemetry/lost_records_test.assize"
    "telemetry/no_trap.assize"
    "telemetry/no_trap_test.assize"
    "telemetry/recording_stopped.assize"
    "telemetry/recording_stopped_test.assize"
    "telemetry/silent_sensor.assize"
    "telemetry/silent_sensor_test.assize"
    "telemetry/unlogged_identity.assize"
    "telemetry/unlogged_identity_test.assize"
    "telemetry/unwatched_agent.assize"
    "telemetry/unwatched_agent_test.assize"
    "telemetry/unwatched_network.assize"
    "telemetry/unwatched_network_test.assize"
    "telemetry/unwatched_supplier.assize"
    "telemetry/unwatched_supplier_test.assize"
    "third_party/consent_gate.assize"
    "third_party/consent_gate_test.assize"
    "third_party/cross_account_trust.assize"
    "third_party/cross_account_trust_test.assize"
    "third_party/malicious_component.assize"
    "third_party/malicious_component_test.assize"
    "third_party/malware_gate.assize"
    "third_party/malware_gate_test.assize"
    "third_party/support_session.assize"
    "third_party/support_session_test.assize"
    "third_party/vendor_rights.assize"
    "third_party/vendor_rights_test.assize"
    "third_party/vendor_token_misused.assize"
    "third_party/vendor_token_misused_test.assize"
    "vulnerabilities/bod_26_04.assize"
    "vulnerabilities/moves_test.assize"
    "vulnerabilities/vex.assize"
    "vulnerabilities/vex_test.assize"
    "vulnerabilities/vulnerability_by_runtime.assize"
    "vulnerabilities/vulnerability_by_runtime_test.assize"
};

/// Every file of the standard library: its path (`stdlib/model/secrets.assize`) and its text, in the
/// order of the paths. A policy's tests lie beside it in `…_test.assize`.
#[must_use]
pub fn sources() -> &'static [(&'static str, &'static str)] {
    SOURCES
}

/// Whether the file at this path of the library holds tests, and nothing else.
#[must_use]
pub fn is_test(path: &str) -> bool {
    path.ends_with("_test.assize")
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
