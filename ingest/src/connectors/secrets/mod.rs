//! Where secrets were seen.

pub(crate) mod detect_secrets;
pub(crate) mod ggshield;
pub(crate) mod github_secret_scanning;
pub(crate) mod gitleaks;
pub(crate) mod noseyparker;
pub(crate) mod trufflehog;
