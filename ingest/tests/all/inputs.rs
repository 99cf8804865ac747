//! The inputs that the tests read.

use std::path::{Path, PathBuf};

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

/// Where the real outputs of each connector lie, below `shared/samples` beside the checkout.
const SAMPLES: &[(&str, &str)] = &[
    ("trivy", "trivy"),
    ("grype", "grype"),
    ("sarif", "sarif"),
    ("gitleaks", "gitleaks"),
    ("trufflehog", "trufflehog"),
    ("kev", "kev"),
    ("ssvc", "vulnrichment"),
    ("aws-credential-report", "aws_credential_report"),
    ("aws-authorization-details", "aws_account_authorization_details"),
    ("cloudtrail", "cloudtrail"),
    ("kubernetes", "k8s_rbac/kubehound/collector"),
    ("falco", "falco"),
    ("tetragon", "tetragon"),
];

/// Files there that are no output of the tool, with the reason.
const NOT_OUTPUT: &[(&str, &str)] = &[
    ("cartography_trivy_trivy_sample.json", "two reports inside an object of another project"),
    ("namespace-2/endpointslices.discovery.k8s.io.json", "an empty list that does not say of what"),
    ("known_exploited_vulnerabilities_schema.json", "the schema of the catalog"),
];

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

/// The real outputs. None, said aloud, where they are not at hand; with `ASSIZE_REQUIRE` that is a failure.
pub fn samples() -> Vec<Input> {
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
    let built = |tool: &str| connectors().iter().find(|it| it.name() == tool).map(|it| it.name());
    for (tool, below) in SAMPLES {
        if let Some(tool) = built(tool) {
            read_folder(&folder.join(below), tool, &mut found);
        }
    }
    found.retain(|input| NOT_OUTPUT.iter().all(|(name, _)| !input.path.ends_with(name)));
    found
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
