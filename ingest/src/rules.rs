//! What an analyser's rule is about, by the analyser's name, the rule's id and its tags.

use crate::keys;

/// Analysers that look for secrets only.
const SECRET_SCANNERS: [&str; 5] = ["gitleaks", "trufflehog", "ggshield", "detect-secrets", "noseyparker"];

/// Analysers that look at configuration only.
const CONFIG_SCANNERS: [&str; 9] =
    ["checkov", "tfsec", "terrascan", "kics", "dockle", "hadolint", "kubescape", "kube-linter", "kubelinter"];

/// Parts of tags that say that a rule is about security.
const SECURITY_TAGS: [&str; 5] = ["security", "cwe", "owasp", "vulnerability", "secret"];

/// Tags that say that a rule is about something else.
const QUALITY_TAGS: [&str; 7] = [
    "correctness",
    "maintainability",
    "performance",
    "readability",
    "reliability",
    "best-practice",
    "portability",
];

/// Whether tags, in lower case, say that the rule is about security.
pub fn is_security(tags: &[String]) -> bool {
    tags.iter().any(|tag| SECURITY_TAGS.iter().any(|part| tag.contains(part)))
}

/// Whether tags, in lower case, say that the rule is about something else.
pub fn is_quality(tags: &[String]) -> bool {
    !is_security(tags) && tags.iter().any(|tag| QUALITY_TAGS.contains(&tag.as_str()))
}

/// The class of a finding: of a vulnerability by its id, else by what the tool looks for, else by the
/// rule's tags, in lower case.
pub fn class(tool: &str, id: &str, tags: &[String]) -> &'static str {
    let tool = tool.to_ascii_lowercase();
    let is = |all: &[&str]| all.iter().any(|name| tool.contains(name));
    let tagged = |word: &str| tags.iter().any(|tag| tag == word || tag.strip_suffix('s') == Some(word));
    if vulnerability(id).is_some() {
        "vuln"
    } else if id.starts_with("MAL-") {
        "malware"
    } else if is(&SECRET_SCANNERS) || tagged("secret") {
        "secret"
    } else if is(&CONFIG_SCANNERS) || tagged("misconfiguration") || tagged("iac") {
        "misconfig"
    } else if tagged("license") {
        "license"
    } else {
        "weakness"
    }
}

/// The vulnerability that a rule is named after: `CVE-2026-0001`, `CVE-2026-0001-libssl3`, `GHSA-…`.
pub fn vulnerability(id: &str) -> Option<String> {
    let id = keys::vulnerability(id);
    let parts: Vec<&str> = id.splitn(5, '-').collect();
    match parts.as_slice() {
        ["CVE", year, number, ..] => Some(format!("CVE-{year}-{number}")).filter(|id| keys::is_cve(id)),
        ["GHSA", a, b, c, ..] if [a, b, c].iter().all(|part| part.len() == 4) => {
            Some(format!("GHSA-{a}-{b}-{c}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_named_after_a_vulnerability_is_about_it() {
        for (id, known) in [
            ("CVE-2026-0001", Some("CVE-2026-0001")),
            ("CVE-2026-0001-libssl3", Some("CVE-2026-0001")),
            ("ghsa-ABCD-efgh-jkmn-left-arm", Some("GHSA-abcd-efgh-jkmn")),
            ("CVE-numbering", None),
            ("GHSA-x", None),
            ("py/sql-injection", None),
        ] {
            assert_eq!(vulnerability(id).as_deref(), known, "{id}");
        }
    }
}
