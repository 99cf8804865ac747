//! What a secret scanner's rule says of the kind of secret.

use crate::Plaintext;

/// Parts of a rule's name and the kind that they mean; the first that fits. Compared without case and
/// without what stands between words: `github-fine-grained-pat` and `GitHubFineGrainedPAT` are one name.
const KINDS: &[(&str, &str)] = &[
    ("webhook", "webhook_secret"),
    ("serviceaccount", "sa_key"),
    ("clientsecret", "client_secret"),
    ("finegrainedpat", "pat"),
    ("personalaccesstoken", "pat"),
    ("deploykey", "deploy_key"),
    ("password", "password"),
    ("apikey", "api_key"),
    ("secretkey", "api_key"),
    ("token", "token"),
    ("jwt", "token"),
    ("oauth", "token"),
];

/// The kind of a secret, from its value where that shows it, else from the rule. `None` where neither says
/// it: a `private-key` may be a certificate's, a server's or a person's.
#[must_use]
pub fn kind(rule: &str, value: Option<&Plaintext<'_>>) -> Option<&'static str> {
    match value.and_then(Plaintext::provider_id) {
        Some(id) if id.starts_with("ASIA") => return Some("session"),
        Some(_) => return Some("access_key"),
        None => {}
    }
    if value.is_some_and(Plaintext::is_openssh_key) {
        return Some("ssh_key");
    }
    if value.is_some_and(Plaintext::is_google_key) {
        return Some("sa_key");
    }
    let name = plain(rule);
    // detect-secrets' rule for whatever stands after a word such as `password` or `secret`.
    if name == "secretkeyword" {
        return None;
    }
    if name.ends_with("pat") {
        return Some("pat");
    }
    KINDS.iter().find(|(part, _)| name.contains(part)).map(|(_, kind)| *kind)
}

/// Parts of the names of rules that go by randomness, or by the word that stands before a value.
const GUESSES: [&str; 7] =
    ["generic", "entropy", "secretkeyword", "password", "basicauth", "bearerauth", "connectionstring"];

/// Whether a rule knows the provider's form of what it found: not where its name says that it guesses, and where it does
/// not guess and the value has such a form. `None` where neither shows it.
#[must_use]
pub fn precise(rule: &str, value: Option<&Plaintext<'_>>) -> Option<bool> {
    let name = plain(rule);
    if GUESSES.iter().any(|part| name.contains(part)) {
        return Some(false);
    }
    value.is_some_and(Plaintext::has_providers_form).then_some(true)
}

/// A rule's name without what stands between its words.
fn plain(rule: &str) -> String {
    rule.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_precise_where_it_knows_the_form_of_what_it_found() {
        for (rule, value, is_precise) in [
            ("aws-access-token", "AKIAIOSFODNN7EXAMPLE", Some(true)),
            ("generic-api-key", "AKIAIOSFODNN7EXAMPLE", Some(false)),
            ("Base64 High Entropy String", "nw-sample-0001", Some(false)),
            ("Secret Keyword", "nw-sample-0001", Some(false)),
            ("http_basic_authentication_header", "nw-sample-0001", Some(false)),
            // A rule of its own for something of which no form is known here.
            ("adafruit_io_key", "nw-sample-0001", None),
        ] {
            assert_eq!(precise(rule, Plaintext::new(value).as_ref()), is_precise, "{rule}");
        }
        assert_eq!(precise("aws-access-token", None), None, "the value is not told");
    }

    #[test]
    fn a_rules_name_or_the_value_says_the_kind() {
        for (rule, kind) in [
            ("github-pat", Some("pat")),
            ("github-fine-grained-pat", Some("pat")),
            ("GitHubPersonalAccessToken", Some("pat")),
            ("slack-webhook-url", Some("webhook_secret")),
            ("SlackWebhook", Some("webhook_secret")),
            ("gcp-api-key", Some("api_key")),
            ("Generic API Key", Some("api_key")),
            ("azure-ad-client-secret", Some("client_secret")),
            ("slack-bot-token", Some("token")),
            ("jwt", Some("token")),
            ("private-key", None),
            ("AWS", None),
            ("Secret Keyword", None),
        ] {
            assert_eq!(super::kind(rule, None), kind, "{rule}");
        }
        for (value, kind) in [
            ("AKIAIOSFODNN7EXAMPLE", "access_key"),
            ("ASIAIOSFODNN7EXAMPLE", "session"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3", "ssh_key"),
        ] {
            assert_eq!(super::kind("generic-api-key", Plaintext::new(value).as_ref()), Some(kind), "{value}");
        }
    }
}
