//! What a connector is, and the list of them.

use crate::connectors::{findings, identities, intelligence, runtime, secrets};
use crate::stream::{self, Streaming};
use crate::{Context, Head, IngestError, Input, Output, json};

/// How a tool knows what it says: what counts where tools disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It is the one that issues, grants or publishes what it tells of: a cloud's own listings and logs, a catalog.
    ControlPlane,
    /// It sees what happens.
    Sensor,
    /// It looks at something from outside and concludes.
    Scanner,
    /// It repeats what people say.
    Declared,
}

impl Basis {
    /// How far such tools are believed unless a deployment says otherwise, 0 to 100.
    #[must_use]
    pub const fn trust(self) -> u8 {
        match self {
            Self::ControlPlane => 95,
            Self::Sensor => 85,
            Self::Scanner => 80,
            Self::Declared => 60,
        }
    }
}

/// Reads what one tool writes.
pub trait Connector: Sync {
    /// Its name on the command line, which is also the tool of its facts' source: `trivy`.
    fn name(&self) -> &'static str;

    /// What it reads, in a few words.
    fn title(&self) -> &'static str;

    /// How it knows what it says.
    fn basis(&self) -> Basis {
        Basis::Scanner
    }

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

/// All connectors, room by room.
static CONNECTORS: &[&dyn Connector] = &[
    &findings::trivy::Trivy,
    &findings::grype::Grype,
    &findings::osv_scanner::OsvScanner,
    &findings::sarif::Sarif,
    &findings::semgrep::Semgrep,
    &findings::bandit::Bandit,
    &findings::checkov::Checkov,
    &findings::github_dependabot::GithubDependabot,
    &findings::github_code_scanning::GithubCodeScanning,
    &findings::asff::Asff,
    &findings::aws_inspector::AwsInspector,
    &findings::aws_guardduty::AwsGuardDuty,
    &findings::aws_access_analyzer::AwsAccessAnalyzer,
    &findings::cloudsplaining::Cloudsplaining,
    &findings::ocsf::Ocsf,
    &findings::kube_bench::KubeBench,
    &findings::kubescape::Kubescape,
    &intelligence::kev::Kev,
    &intelligence::ssvc::Ssvc,
    &intelligence::epss::Epss,
    &intelligence::cyclonedx::CycloneDx,
    &intelligence::openvex::OpenVex,
    &secrets::gitleaks::Gitleaks,
    &secrets::trufflehog::TruffleHog,
    &secrets::detect_secrets::DetectSecrets,
    &secrets::github_secret_scanning::GithubSecretScanning,
    &secrets::ggshield::Ggshield,
    &secrets::noseyparker::NoseyParker,
    &identities::aws_credential_report::AwsCredentialReport,
    &identities::aws_authorization_details::AwsAuthorizationDetails,
    &identities::aws_access_keys::AwsAccessKeys,
    &identities::entra::Entra,
    &identities::gcp_iam::GcpIam,
    &identities::spire::Spire,
    &identities::github::Github,
    &identities::kubernetes::Kubernetes,
    &runtime::vault_audit::VaultAudit,
    &runtime::cloudtrail::CloudTrail,
    &runtime::gcp_audit::GcpAudit,
    &runtime::entra_sign_ins::EntraSignIns,
    &runtime::kubernetes_audit::KubernetesAudit,
    &runtime::falco::Falco,
    &runtime::tetragon::Tetragon,
    &runtime::tracee::Tracee,
    &runtime::hubble::Hubble,
    &runtime::vpc_flow_logs::VpcFlowLogs,
    &runtime::envoy::Envoy,
    &runtime::otel::Otel,
    &runtime::shared_signals::SharedSignals,
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
/// while it is still being read. Gives the connector's name. What is an error then was not read to its end:
/// what was said before it stands, and nothing is concluded from what was not.
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
/// [`IngestError::Unrecognised`], [`IngestError::Nothing`] and [`IngestError::Ambiguous`]; [`IngestError::NotUtf8`] for what is no text
/// at all.
pub fn recognise(input: &[u8], file: &str) -> Result<&'static dyn Connector, IngestError> {
    let head = Head::new(input, file);
    let found: Vec<&'static dyn Connector> =
        connectors().iter().copied().filter(|connector| connector.detect(&head)).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            json::text(input)?;
            if head.is_blank() {
                return Err(IngestError::Nothing);
            }
            Err(IngestError::Unrecognised { known: connectors().len() })
        }
        several => Err(IngestError::Ambiguous { tools: names(several) }),
    }
}

fn names(connectors: &[&dyn Connector]) -> String {
    let names: Vec<String> = connectors.iter().map(|connector| format!("`{}`", connector.name())).collect();
    names.join(", ")
}
