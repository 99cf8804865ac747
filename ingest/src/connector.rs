//! What a connector is, and the list of them.

use crate::stream::{self, Streaming};
use crate::{Context, Head, IngestError, Input, Output, json};

/// Reads what one tool writes.
pub trait Connector: Sync {
    /// Its name on the command line, which is also the tool of its facts' source: `trivy`.
    fn name(&self) -> &'static str;

    /// What it reads, in a few words.
    fn title(&self) -> &'static str;

    /// The exact command that makes its input. It reads only.
    fn command(&self) -> &'static str;

    /// Whether an input looks like this tool's, by its shape and never by its file's name alone.
    fn detect(&self, head: &Head<'_>) -> bool;

    /// Reads an input. `file` is its name for messages.
    ///
    /// # Errors
    /// [`IngestError`] where the input as a whole cannot be read. A record that cannot be read is no error
    /// but a [`Reject`](crate::Reject) in the output.
    fn ingest(&self, input: &[u8], file: &str, context: &Context) -> Result<Output, IngestError>;

    /// How it reads a log record by record, where its tool writes one that may have any length. What comes out
    /// is the same as of [`Self::ingest`].
    fn streaming(&self) -> Option<&dyn Streaming> {
        None
    }
}

impl std::fmt::Debug for dyn Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connector").field(&self.name()).finish()
    }
}

/// All connectors, findings first, then secrets, clouds, clusters and runtime.
static CONNECTORS: &[&dyn Connector] = &[
    // Findings.
    &crate::connectors::findings::trivy::Trivy,
    &crate::connectors::findings::grype::Grype,
    &crate::connectors::findings::osv_scanner::OsvScanner,
    &crate::connectors::findings::sarif::Sarif,
    &crate::connectors::findings::semgrep::Semgrep,
    &crate::connectors::findings::bandit::Bandit,
    &crate::connectors::findings::checkov::Checkov,
    &crate::connectors::findings::asff::Asff,
    &crate::connectors::findings::aws_inspector::AwsInspector,
    &crate::connectors::findings::aws_guardduty::AwsGuardDuty,
    &crate::connectors::findings::aws_access_analyzer::AwsAccessAnalyzer,
    &crate::connectors::findings::cloudsplaining::Cloudsplaining,
    &crate::connectors::findings::ocsf::Ocsf,
    &crate::connectors::findings::kube_bench::KubeBench,
    &crate::connectors::findings::kubescape::Kubescape,
    &crate::connectors::intelligence::kev::Kev,
    &crate::connectors::intelligence::ssvc::Ssvc,
    &crate::connectors::intelligence::epss::Epss,
    &crate::connectors::intelligence::cyclonedx::CycloneDx,
    &crate::connectors::intelligence::openvex::OpenVex,
    // Secrets.
    &crate::connectors::secrets::gitleaks::Gitleaks,
    &crate::connectors::secrets::trufflehog::TruffleHog,
    &crate::connectors::secrets::detect_secrets::DetectSecrets,
    &crate::connectors::secrets::github_secret_scanning::GithubSecretScanning,
    &crate::connectors::secrets::ggshield::Ggshield,
    &crate::connectors::secrets::noseyparker::NoseyParker,
    // Clouds, clusters and runtime.
    &crate::connectors::identities::aws_credential_report::AwsCredentialReport,
    &crate::connectors::identities::aws_authorization_details::AwsAuthorizationDetails,
    &crate::connectors::identities::aws_access_keys::AwsAccessKeys,
    &crate::connectors::identities::entra::Entra,
    &crate::connectors::identities::gcp_iam::GcpIam,
    &crate::connectors::identities::spire::Spire,
    &crate::connectors::identities::github::Github,
    &crate::connectors::runtime::vault_audit::VaultAudit,
    &crate::connectors::runtime::cloudtrail::CloudTrail,
    &crate::connectors::runtime::gcp_audit::GcpAudit,
    &crate::connectors::runtime::entra_sign_ins::EntraSignIns,
    &crate::connectors::identities::kubernetes::Kubernetes,
    &crate::connectors::runtime::kubernetes_audit::KubernetesAudit,
    &crate::connectors::runtime::falco::Falco,
    &crate::connectors::runtime::tetragon::Tetragon,
    &crate::connectors::runtime::tracee::Tracee,
    &crate::connectors::runtime::hubble::Hubble,
    &crate::connectors::runtime::vpc_flow_logs::VpcFlowLogs,
    &crate::connectors::runtime::envoy::Envoy,
    &crate::connectors::runtime::otel::Otel,
    // Signals.
    &crate::connectors::runtime::shared_signals::SharedSignals,
];

/// All connectors.
#[must_use]
pub fn connectors() -> &'static [&'static dyn Connector] {
    CONNECTORS
}

/// Reads an input with the connector of that name, or, for `auto`, with the one that recognises it.
///
/// # Errors
/// [`IngestError`] where there is no such connector, none or several recognise the input, or the input as
/// a whole cannot be read.
pub fn ingest(tool: &str, input: &[u8], file: &str, context: &Context) -> Result<Output, IngestError> {
    if input.iter().all(u8::is_ascii_whitespace) {
        return Err(IngestError::Empty);
    }
    find(tool, input, file)?.ingest(input, file, context)
}

/// The same of an input of any length: what its connector makes of it goes to `sink` piece by piece, of a log
/// while it is still being read; the connector's name. What is an error then was not read to its end: what was said before it
/// stands, and nothing is concluded from what was not.
///
/// # Errors
/// As [`ingest`], or the input cannot be unpacked, or is too long to be read as a whole.
pub fn ingest_from(
    tool: &str,
    input: Input<'_>,
    file: &str,
    context: &Context,
    sink: &mut dyn FnMut(Output),
) -> Result<&'static str, IngestError> {
    if input.head().iter().all(u8::is_ascii_whitespace) {
        // Nothing can be told from it; what nobody can be is read to its end, or to a limit.
        let blank = input.whole()?.iter().all(u8::is_ascii_whitespace);
        return Err(if blank {
            IngestError::Empty
        } else {
            IngestError::Unrecognised { known: connectors().len() }
        });
    }
    let connector = find(tool, input.head(), file)?;
    match connector.streaming() {
        Some(streaming) => stream::run(streaming, input, context, sink)?,
        None => sink(connector.ingest(&input.whole()?, file, context)?),
    }
    Ok(connector.name())
}

/// The connector of a name, or, for `auto`, the one that recognises the input's beginning.
fn find(tool: &str, input: &[u8], file: &str) -> Result<&'static dyn Connector, IngestError> {
    if tool == "auto" {
        return recognise(input, file);
    }
    let named = connectors().iter().copied().find(|connector| connector.name() == tool);
    named.ok_or_else(|| IngestError::UnknownTool { tool: tool.to_owned(), known: names(connectors()) })
}

/// The one connector that recognises an input.
///
/// # Errors
/// [`IngestError::Unrecognised`] and [`IngestError::Ambiguous`]; [`IngestError::NotUtf8`] for what is no text
/// at all.
pub fn recognise(input: &[u8], file: &str) -> Result<&'static dyn Connector, IngestError> {
    let head = Head::new(input, file);
    let found: Vec<&'static dyn Connector> =
        connectors().iter().copied().filter(|connector| connector.detect(&head)).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            json::text(input)?;
            Err(IngestError::Unrecognised { known: connectors().len() })
        }
        several => Err(IngestError::Ambiguous { tools: names(several) }),
    }
}

fn names(connectors: &[&dyn Connector]) -> String {
    let names: Vec<String> = connectors.iter().map(|connector| format!("`{}`", connector.name())).collect();
    names.join(", ")
}
