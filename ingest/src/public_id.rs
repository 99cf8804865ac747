//! What a secret's value says of itself in public: the id under which its issuer lists it. A secret with
//! such an id is known by it, so that a leak joins the inventory.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::secret::is_access_key_id;
use crate::{base64, keys};

/// How long a value may be that is looked into.
const LONGEST: usize = 64 * 1024;

/// The public id in a value: an AWS access key id, a Google service account key's id, the fingerprint of
/// an OpenSSH private key's public half.
#[must_use]
pub fn of(value: &str) -> Option<String> {
    if is_access_key_id(value) {
        return Some(value.to_owned());
    }
    if value.len() > LONGEST {
        return None;
    }
    google(value).or_else(|| openssh(value))
}

/// A Google service account's key file: `EMAIL/keys/ID`.
fn google(value: &str) -> Option<String> {
    let file: Value = serde_json::from_str(value).ok().filter(|_| value.starts_with('{'))?;
    let text = |name: &str| file.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    (text("type")? == "service_account").then_some(())?;
    Some(keys::google_key(text("client_email")?, text("private_key_id")?))
}

/// An OpenSSH private key holds its public half in the clear, whether it is encrypted or not.
fn openssh(value: &str) -> Option<String> {
    let body = value.trim().strip_prefix("-----BEGIN OPENSSH PRIVATE KEY-----")?;
    let body = body.strip_suffix("-----END OPENSSH PRIVATE KEY-----")?;
    // Some tools write line breaks as they stand in code.
    let bytes = base64::decode(&body.replace("\\n", "\n"))?;
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    // Cipher, key derivation and its options; then how many keys, and the first one's public half.
    let (_, rest) = field(rest)?;
    let (_, rest) = field(rest)?;
    let (_, rest) = field(rest)?;
    let (_, rest) = rest.split_at_checked(4)?;
    let (public, _) = field(rest)?;
    Some(ssh_key(public))
}

/// One field: its length in four bytes, and its bytes.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    rest.split_at_checked(length)
}

/// A public SSH key as its tools print its fingerprint, with a scheme: `ssh:SHA256:…`.
fn ssh_key(blob: &[u8]) -> String {
    format!("ssh:SHA256:{}", base64::encode(&Sha256::digest(blob)).trim_end_matches('='))
}

/// The key of an SSH key, from its public half as a line: `ssh-ed25519 AAAA… comment`.
#[must_use]
pub fn ssh_public_key(line: &str) -> Option<String> {
    let blob = line.split_ascii_whitespace().find(|word| word.starts_with("AAAA"))?;
    Some(ssh_key(&base64::decode(blob)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made for this test; it opens nothing.
    const PRIVATE: &str = include_str!("../fixtures/keys/unused_ed25519");
    const PUBLIC: &str = include_str!("../fixtures/keys/unused_ed25519.pub");
    const FINGERPRINT: &str = include_str!("../fixtures/keys/fingerprint");

    #[test]
    fn a_private_key_and_its_public_half_have_one_id() {
        let id = format!("ssh:{}", FINGERPRINT.trim());
        assert_eq!(ssh_public_key(PUBLIC).as_deref(), Some(id.as_str()));
        assert_eq!(of(PRIVATE).as_deref(), Some(id.as_str()));
        assert_eq!(of(&PRIVATE.trim().replace('\n', "\\n")).as_deref(), Some(id.as_str()));
        for end in 0..PRIVATE.trim().len() {
            assert_eq!(of(PRIVATE.get(..end).unwrap()), None);
        }
    }

    #[test]
    fn a_google_key_file_says_whose_it_is() {
        let file = r#"{"type": "service_account", "private_key_id": "0a1b", "private_key": "nw-not-a-key",
            "client_email": "ci@northwind.iam.gserviceaccount.com"}"#;
        assert_eq!(of(file).as_deref(), Some("ci@northwind.iam.gserviceaccount.com/keys/0a1b"));
        for other in
            [r#"{"type": "authorized_user", "client_email": "a", "private_key_id": "b"}"#, "{", "ghp_x"]
        {
            assert_eq!(of(other), None);
        }
    }
}
