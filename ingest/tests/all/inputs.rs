//! The inputs that the tests read.

use std::path::{Path, PathBuf};

use assize_ingest::connector::recognise;
use assize_ingest::{Context, SiteKey, connectors};

/// One file.
pub struct Input {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// The connector that it is for.
    pub tool: &'static str,
}

impl Input {
    pub fn name(&self) -> String {
        self.path.iter().rev().take(2).map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" in ")
    }
}

/// Whose outputs lie in which folder, or file, of `shared/samples` beside the checkout. What lies elsewhere is nobody's.
const FOLDERS: &[(&str, &str)] = &[
    ("trivy", "trivy"),
    ("grype", "grype"),
    ("osv_scanner", "osv-scanner"),
    ("sarif", "sarif"),
    ("semgrep", "semgrep"),
    ("bandit", "bandit"),
    ("checkov", "checkov"),
    ("asff", "asff"),
    ("aws_inspector2", "aws-inspector"),
    ("guardduty/asff_Unusual_Behaviors_User_Persistence_IAMUser_NetworkPermissions.json", "asff"),
    ("guardduty", "aws-guardduty"),
    ("aws_access_analyzer", "aws-access-analyzer"),
    ("prowler_ocsf", "ocsf"),
    ("kube_bench", "kube-bench"),
    ("kubescape", "kubescape"),
    ("trivy_operator", "trivy"),
    ("kev", "kev"),
    ("vulnrichment", "ssvc"),
    ("epss", "epss"),
    ("cyclonedx", "cyclonedx"),
    ("openvex", "openvex"),
    ("gitleaks", "gitleaks"),
    ("trufflehog", "trufflehog"),
    ("detect_secrets", "detect-secrets"),
    ("github_secret_scanning", "github-secret-scanning"),
    ("github_webhooks/secret_scanning_alert_reopened.payload.json", "github-secret-scanning"),
    ("ggshield", "ggshield"),
    ("noseyparker", "noseyparker"),
    ("aws_credential_report", "aws-credential-report"),
    ("aws_account_authorization_details", "aws-authorization-details"),
    ("aws_iam_misc", "aws-access-keys"),
    ("entra", "entra"),
    ("gcp_iam", "gcp-iam"),
    ("spire", "spire"),
    ("github_webhooks/dependabot_alert_created.payload.json", "github-dependabot"),
    ("github_webhooks/repository_vulnerability_alert_create.payload.json", "github-dependabot"),
    ("github_webhooks/code_scanning_alert_created.payload.json", "github-code-scanning"),
    ("github_webhooks/deploy_key_created.payload.json", "github"),
    ("github_webhooks/installation_created.payload.json", "github"),
    ("github_webhooks/installation_new_permissions_accepted.payload.json", "github"),
    ("github_webhooks/installation_suspend.payload.json", "github"),
    ("cloudtrail", "cloudtrail"),
    ("k8s_rbac", "kubernetes"),
    ("k8s_audit", "kubernetes-audit"),
    ("gcp_audit", "gcp-audit"),
    ("hubble", "hubble"),
    ("otel_genai/envoy_ai_gateway_mcp_access_log.json", "envoy"),
    ("otel_genai/agentgateway_a2a_access_log.txt", "envoy"),
    ("otel_genai", "otel"),
    ("falco", "falco"),
    ("tetragon", "tetragon"),
    ("tracee", "tracee"),
    ("caep", "shared-signals"),
];

/// Files there in which nothing says whose they are, and which their connector reads all the same.
const SHAPELESS: &[&str] = &["gitleaks/no_findings.json"];

/// Files there that are no output of the tool: two reports inside an object of another project, and the
/// catalog's schema.
pub const NOT_OUTPUT: &[&str] =
    &["trivy/cartography_trivy_trivy_sample.json", "kev/known_exploited_vulnerabilities_schema.json"];

/// A context that says all that a caller can say.
pub fn context() -> Context {
    let mut context = Context::new(SiteKey::from_bytes(b"0123456789abcdef").unwrap());
    context.cluster = Some("prod-eu".to_owned());
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    context.commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
    context.account = Some("111122223333".to_owned());
    context.visibility = Some("org".to_owned());
    context.observed_at = Some("2026-06-01T12:00:00Z".parse().unwrap());
    context
}

/// The fixtures of all connectors.
pub fn fixtures() -> Vec<Input> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    for connector in connectors() {
        let before = found.len();
        read_folder(&folder.join(connector.name()), connector.name(), &mut found);
        assert!(found.len() > before, "`{}` has no fixture", connector.name());
    }
    found
}

/// A file of `shared/samples`.
pub struct Sample {
    /// Its path there.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whose folder it is in.
    pub tool: Option<&'static str>,
}

/// All files of `shared/samples`. None, said aloud, where it is not at hand; with `ASSIZE_REQUIRE` that is a
/// failure.
pub fn all_samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(folder) = root.ancestors().map(|it| it.join("shared/samples")).find(|it| it.is_dir()) else {
        assert!(
            std::env::var_os("ASSIZE_REQUIRE").is_none(),
            "no ../shared/samples, and ASSIZE_REQUIRE is set"
        );
        skip();
        return Vec::new();
    };
    let mut found = Vec::new();
    read_folder(&folder, "", &mut found);
    let named = found.into_iter().map(|input| {
        let name = input.path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let tool = FOLDERS
            .iter()
            .find(|(below, _)| name.starts_with(&format!("{below}/")) || name == *below)
            .map(|(_, tool)| *tool);
        Sample { name, bytes: input.bytes, tool }
    });
    named.collect()
}

/// The real outputs that a connector reads.
pub fn samples() -> Vec<Input> {
    let read = all_samples().into_iter().filter_map(|sample| {
        let tool = connectors().iter().map(|it| it.name()).find(|name| Some(*name) == sample.tool)?;
        let known = recognise(&sample.bytes, "").is_ok_and(|it| it.name() == tool);
        let wanted = known || SHAPELESS.contains(&sample.name.as_str());
        wanted.then(|| Input { path: PathBuf::from(sample.name), bytes: sample.bytes, tool })
    });
    read.collect()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip() {
    eprintln!("skipped: no ../shared/samples");
}

fn read_folder(folder: &Path, tool: &'static str, found: &mut Vec<Input>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_folder(&path, tool, found);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push(Input { path, bytes, tool });
        }
    }
}
