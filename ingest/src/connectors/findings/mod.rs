//! What scanners found: in images, code, infrastructure, accounts and clusters.

pub(crate) mod asff;
pub(crate) mod aws_access_analyzer;
pub(crate) mod aws_guardduty;
pub(crate) mod aws_inspector;
pub(crate) mod bandit;
pub(crate) mod checkov;
pub(crate) mod cloudsplaining;
pub(crate) mod github_code_scanning;
pub(crate) mod github_dependabot;
pub(crate) mod grype;
pub(crate) mod kube_bench;
pub(crate) mod kubescape;
pub(crate) mod ocsf;
pub(crate) mod osv_scanner;
pub(crate) mod sarif;
pub(crate) mod semgrep;
pub(crate) mod trivy;
