//! What must not be read in a log is replaced by its fingerprint: the same secret is still seen to be the same.
//!
//! Masked by default are members called `authorization`, `proxy-authorization`, `cookie`, `set-cookie`, `x-api-key`,
//! `password`, whatever has `token`, `secret` or `credential` in its name, and the fields that the schema marks
//! `sensitive`; besides, in any text, what looks like a bearer token or carries one in an address. Names are compared
//! without case, `-` and `_` being one.

use std::collections::BTreeSet;

use assize::Engine;
use assize_lang::plan::Type;
use ring::hmac;
use serde_json::Value;

use crate::facts::body::hex;
use crate::secret::Secret;

/// Names that are masked whole.
const NAMES: [&str; 9] = [
    "authorization",
    "proxy_authorization",
    "cookie",
    "set_cookie",
    "x_api_key",
    "api_key",
    "apikey",
    "password",
    "private_key",
];

/// Parts of names that are masked.
const PARTS: [&str; 3] = ["token", "secret", "credential"];

/// Names that only count what they seem to hold.
const HARMLESS: [&str; 4] = ["max_tokens", "total_tokens", "prompt_tokens", "completion_tokens"];

/// How deep values are looked into; what lies deeper is masked whole.
const DEPTH: usize = 64;

/// Masks values.
#[derive(Clone)]
pub struct Masker {
    key: hmac::Key,
    names: BTreeSet<String>,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Masker {
    /// Masks the usual names and these, with a key for fingerprints; without one they hold for this process alone.
    #[must_use]
    pub fn new(key: Option<&Secret>, names: &[String]) -> Self {
        let random = ring::rand::SystemRandom::new();
        let key = match key {
            Some(key) => hmac::Key::new(hmac::HMAC_SHA256, key.expose()),
            // Without randomness a fingerprint could be guessed; an empty key is no worse than none.
            None => hmac::Key::generate(hmac::HMAC_SHA256, &random)
                .unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &[])),
        };
        let names = NAMES.iter().map(|name| (*name).to_owned()).chain(names.iter().map(|name| plain(name)));
        Self { key, names: names.collect() }
    }

    /// The same, with the fields that an engine's schema marks `sensitive`.
    #[must_use]
    pub fn with_schema(mut self, engine: &Engine) -> Self {
        let types = engine.program().schema.facts.values();
        let fields = types.flat_map(|ty| &ty.fields);
        let sensitive = fields.filter(|field| matches!(field.ty, Type::Sensitive(_)));
        self.names.extend(sensitive.map(|field| plain(field.name.as_str())));
        self
    }

    /// Masks what is to be masked in a value; the pointers of what was.
    #[must_use]
    pub fn mask(&self, value: &mut Value) -> Vec<String> {
        let mut masked = Vec::new();
        self.walk(value, "", 0, &mut masked);
        masked
    }

    /// The fingerprint of a text.
    #[must_use]
    pub fn fingerprint(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, text.as_bytes());
        format!("hmac:{}", hex(tag.as_ref().get(..16).unwrap_or_default()))
    }

    fn walk(&self, value: &mut Value, pointer: &str, depth: usize, masked: &mut Vec<String>) {
        if depth > DEPTH {
            return self.hide(value, pointer, masked);
        }
        let below = depth.saturating_add(1);
        match value {
            Value::Object(members) => {
                // Headers also come as a list of names and values.
                let named = members.get("name").or_else(|| members.get("key")).and_then(Value::as_str);
                let named = named.is_some_and(|name| self.is_secret(name));
                for (name, member) in members.iter_mut() {
                    let escaped = name.replace('~', "~0").replace('/', "~1");
                    let pointer = format!("{pointer}/{escaped}");
                    if self.is_secret(name) || named && matches!(name.as_str(), "value" | "raw_value") {
                        self.hide(member, &pointer, masked);
                    } else {
                        self.walk(member, &pointer, below, masked);
                    }
                }
            }
            Value::Array(list) => {
                for (place, member) in list.iter_mut().enumerate() {
                    self.walk(member, &format!("{pointer}/{place}"), below, masked);
                }
            }
            Value::String(text) => {
                if let Some(clean) = self.clean(text) {
                    *text = clean;
                    masked.push(pointer.to_owned());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn hide(&self, value: &mut Value, pointer: &str, masked: &mut Vec<String>) {
        if value.is_null() {
            return;
        }
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *value = Value::String(self.fingerprint(&text));
        masked.push(pointer.to_owned());
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = plain(name);
        self.names.contains(&name)
            || PARTS.iter().any(|part| name.contains(part)) && !HARMLESS.contains(&name.as_str())
    }

    /// A text without the tokens in it; nothing where there is none.
    #[must_use]
    pub fn clean(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let (mut rest, mut found) = (text, false);
        while !rest.is_empty() {
            let word = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at_checked(word).unwrap_or((rest, ""));
            let bearer = out.trim_end().to_ascii_lowercase();
            let said = bearer.ends_with("bearer") || bearer.ends_with("basic") || self.asks(&out);
            if said && word.len() >= 8 {
                out.push_str(&self.fingerprint(word));
                found = true;
            } else {
                for (place, part) in word.split('/').enumerate() {
                    out.push_str(if place > 0 { "/" } else { "" });
                    if looks_secret(part) {
                        out.push_str(&self.fingerprint(part));
                        found = true;
                    } else {
                        out.push_str(part);
                    }
                }
            }
            let gap = behind.find(is_token).unwrap_or(behind.len());
            let (gap, behind) = behind.split_at_checked(gap).unwrap_or((behind, ""));
            out.push_str(gap);
            rest = behind;
        }
        found.then_some(out)
    }

    /// Whether what stands before is the name of a secret and `=` or `:`, as in addresses and settings.
    fn asks(&self, before: &str) -> bool {
        let Some(name) = before.trim_end_matches(['"', '\'', ' ']).strip_suffix(['=', ':']) else {
            return false;
        };
        let name = name.trim_end_matches(['"', '\'', ' ']);
        let start = name.rfind(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
        let name = start.and_then(|at| name.get(at..)).unwrap_or(name);
        let name = name.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric()));
        !name.is_empty() && self.is_secret(name)
    }
}

/// Names are compared without case, `-` and `_` being one.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~+/".contains(c)
}

/// How the tokens of well known issuers begin, and signed tokens.
fn looks_secret(word: &str) -> bool {
    const BEGINNINGS: [&str; 16] = [
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "xoxa-",
        "xapp-",
        "sk-",
        "hvs.",
        "npm_",
        "pypi-",
        "eyJ",
    ];
    word.len() >= 20 && BEGINNINGS.iter().any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    fn masker() -> Masker {
        Masker::new(Some(&Secret::new("0123456789abcdef")), &["X-Internal-Pass".to_owned()])
            .with_schema(&testing::engine())
    }

    #[test]
    fn secrets_are_fingerprints_and_everything_else_is_as_it_was() {
        let canary = testing::canary();
        let mut value = json!({
            "headers": {
                "Authorization": format!("Bearer {canary}"), "cookie": "a=b", "x-request-id": "r1",
                "X-Api-Key": "k", "x-internal-pass": "p", "accept": "*/*"
            },
            "header_map": {"headers": [{"key": "set-cookie", "value": "sid=1"}, {"key": "host", "value": "h"}]},
            "access_token": {"deep": ["x"]}, "material": "marked in the schema", "max_tokens": 5,
            "path": format!("/a?x=1&token={canary}&y=2"),
            "body": format!("curl -H 'Authorization: Bearer {canary}' https://x/{canary}"),
            "null_token": null,
        });
        let masked = masker().mask(&mut value);
        assert!(!value.to_string().contains(&canary), "{value}");
        assert_eq!(
            masked,
            [
                "/access_token",
                "/body",
                "/header_map/headers/0/value",
                "/headers/Authorization",
                "/headers/X-Api-Key",
                "/headers/cookie",
                "/headers/x-internal-pass",
                "/material",
                "/path"
            ]
        );
        assert_eq!(value["headers"]["x-request-id"], "r1");
        assert_eq!(value["header_map"]["headers"][1]["value"], "h");
        assert_eq!(value["max_tokens"], 5);
        let path = value["path"].as_str().unwrap();
        assert!(path.starts_with("/a?x=1&token=hmac:") && path.ends_with("&y=2"), "{path}");
        // The same secret is still seen to be the same.
        let body = value["body"].as_str().unwrap();
        assert_eq!(body.matches(&masker().fingerprint(&canary)).count(), 2, "{body}");
    }

    #[test]
    fn plain_words_are_left_alone() {
        for text in
            ["the bearer of bad news", "a basic rule", "/repos/acme/tokenizer", "sha256:00ff", "skip it"]
        {
            assert_eq!(masker().clean(text), None, "{text}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_masked_whole() {
        let mut value = json!("end");
        for _ in 0..200 {
            value = json!({"a": value});
        }
        assert_eq!(masker().mask(&mut value).len(), 1);
    }
}
