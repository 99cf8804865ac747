//! Secrets at the door: a value is fingerprinted here and never leaves a connector.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{forms, public_id, sha1};

/// The fewest bytes of a site key. Fewer could be guessed, and with them the values.
pub const SITE_KEY_MIN: usize = 16;

/// The key of this site's fingerprints. Two runs join on a secret only under the same key; without the key
/// a fingerprint says nothing about the value.
#[derive(Clone)]
pub struct SiteKey(Vec<u8>);

/// A site key with too few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the site key has {given} bytes and needs at least {SITE_KEY_MIN}; make one with `openssl rand -hex 32`"
)]
pub struct SiteKeyError {
    /// How many bytes were given.
    pub given: usize,
}

impl SiteKey {
    /// A key from the bytes of a file or of a random source.
    ///
    /// # Errors
    /// [`SiteKeyError`] for fewer than [`SITE_KEY_MIN`] bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SiteKeyError> {
        if bytes.len() < SITE_KEY_MIN {
            return Err(SiteKeyError { given: bytes.len() });
        }
        Ok(Self(bytes.to_vec()))
    }

    /// `fp:` and the first 128 bits of the value's HMAC-SHA256, in hex.
    #[must_use]
    pub fn fingerprint(&self, value: &Plaintext<'_>) -> String {
        self.keyed("fp:", value.0)
    }

    /// The key of a secret that a tool names by a hash of its own, `scheme` being the hash's name: that hash,
    /// keyed. A hash without a key could be tried against lists of passwords, so it goes nowhere either.
    #[must_use]
    pub fn of_hash(&self, scheme: &str, hash: &str) -> String {
        self.keyed(&format!("fp-{scheme}:"), &hash.to_ascii_lowercase())
    }

    /// What tools that name secrets by their SHA-1 call this one, keyed.
    #[must_use]
    pub fn sha1_alias(&self, value: &Plaintext<'_>) -> String {
        self.of_hash("sha1", &sha1::hex(value.0.as_bytes()))
    }

    /// A scheme, and the first 128 bits of a text's HMAC-SHA256.
    fn keyed(&self, scheme: &str, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut text = scheme.to_owned();
        // HMAC takes keys of any length, so the error arm cannot be reached; without a MAC there would be
        // no fingerprint, never a plain value.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(bytes);
            for byte in mac.finalize().into_bytes().iter().take(16) {
                text.push_str(&format!("{byte:02x}"));
            }
        }
        text
    }

    /// The key of the `Secret` with this value: its public id where the value has one
    /// ([`crate::public_id`]), else its fingerprint.
    #[must_use]
    pub fn secret_key(&self, value: &Plaintext<'_>) -> String {
        public_id::of(value.0).unwrap_or_else(|| self.fingerprint(value))
    }
}

impl SiteKey {
    /// What tells the key from others and says nothing about it.
    #[must_use]
    pub fn id(&self) -> String {
        Plaintext::new("which key is this?").map(|question| self.fingerprint(&question)).unwrap_or_default()
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(***)")
    }
}

/// A secret's value on its way to a fingerprint. It cannot be printed, compared with text or taken out.
#[derive(Clone, Copy)]
pub struct Plaintext<'a>(&'a str);

impl<'a> Plaintext<'a> {
    /// Takes a value from a record, without the white space around it. `None` where there is none, or
    /// where the tool has masked it (`REDACTED`, `***`, `AKIA****`): a mask has no fingerprint.
    #[must_use]
    pub fn new(value: &'a str) -> Option<Self> {
        let value = value.trim();
        let masked = value.is_empty()
            || value.eq_ignore_ascii_case("redacted")
            || value.contains("***")
            || value.contains("REDACTED")
            || value.ends_with("...");
        (!masked).then_some(Self(value))
    }

    /// The value, where it is no secret but a provider's public id of one: an AWS access key id.
    #[must_use]
    pub fn provider_id(&self) -> Option<&'a str> {
        is_access_key_id(self.0).then_some(self.0)
    }

    /// Whether the value is a private key as OpenSSH writes it.
    #[must_use]
    pub fn is_openssh_key(&self) -> bool {
        self.0.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----")
    }

    /// Whether the value is a Google service account's key file.
    #[must_use]
    pub fn is_google_key(&self) -> bool {
        public_id::of(self.0).is_some_and(|id| id.contains("/keys/"))
    }

    /// Whether the value has the form that a provider gives its secrets.
    #[must_use]
    pub fn has_providers_form(&self) -> bool {
        forms::is_one(self.0) || self.is_google_key()
    }

    /// Whether the plain value occurs in a text that is about to be kept.
    #[must_use]
    pub fn occurs_in(&self, text: &str) -> bool {
        text.contains(self.0)
    }
}

impl fmt::Debug for Plaintext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(***)")
    }
}

/// Whether a text is an AWS access key id: `AKIA` (long-lived) or `ASIA` (a session's) and sixteen capital
/// letters and digits. Anonymised data is not base32, so neither is this.
#[must_use]
pub fn is_access_key_id(text: &str) -> bool {
    text.strip_prefix("AKIA").or_else(|| text.strip_prefix("ASIA")).is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// The account that an access key id names, in the keys of since 2019. `None` for older ones, and for what
/// is no base32 (anonymised data); a hint for those who have no inventory, which knows better.
#[must_use]
pub fn access_key_account(id: &str) -> Option<String> {
    if !is_access_key_id(id) {
        return None;
    }
    // Ten symbols hold fifty bits: a flag that the account is there, forty bits of it, nine that count up.
    let mut bits: u64 = 0;
    for byte in id.bytes().skip(4).take(10) {
        let value = match byte {
            b'A'..=b'Z' => byte.checked_sub(b'A')?,
            b'2'..=b'7' => byte.checked_sub(b'2')?.checked_add(26)?,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(value);
    }
    let account = (bits >> 9) & 0xff_ffff_ffff;
    (bits >> 49 == 1 && account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SiteKey {
        SiteKey::from_bytes(b"0123456789abcdef").unwrap()
    }

    #[test]
    fn a_fingerprint_is_the_keyed_hash_cut_to_128_bits() {
        // RFC 4231, test case 2, with its key padded to our least length: HMAC pads with zeros itself.
        let rfc = SiteKey::from_bytes(b"Jefe\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
        let value = Plaintext::new("what do ya want for nothing?").unwrap();
        assert_eq!(rfc.fingerprint(&value), "fp:5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn another_tools_hash_is_keyed_too() {
        let value = Plaintext::new("hunter2").unwrap();
        let theirs = sha1::hex(b"hunter2");
        assert_eq!(key().sha1_alias(&value), key().of_hash("sha1", &theirs.to_uppercase()));
        assert!(
            key().sha1_alias(&value).starts_with("fp-sha1:") && !key().sha1_alias(&value).contains(&theirs)
        );
        let other = SiteKey::from_bytes(b"fedcba9876543210").unwrap();
        assert_ne!(key().sha1_alias(&value), other.sha1_alias(&value));
    }

    #[test]
    fn another_site_has_other_fingerprints() {
        let value = Plaintext::new("hunter2").unwrap();
        let other = SiteKey::from_bytes(b"fedcba9876543210").unwrap();
        assert_ne!(key().fingerprint(&value), other.fingerprint(&value));
        assert_eq!(key().fingerprint(&value), key().fingerprint(&Plaintext::new(" hunter2\n").unwrap()));
    }

    #[test]
    fn an_access_key_id_is_its_own_key_and_nothing_else_is() {
        for id in ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"] {
            assert_eq!(key().secret_key(&Plaintext::new(id).unwrap()), id);
        }
        for other in
            ["AKIAIOSFODNN7EXAMPL", "AIDAIOSFODNN7EXAMPLE", "akiaiosfodnn7example", "AKIAIOSFODNN7EXAMPLE1"]
        {
            assert!(key().secret_key(&Plaintext::new(other).unwrap()).starts_with("fp:"));
        }
    }

    #[test]
    fn an_access_key_id_names_its_account() {
        // 111122223333 is 0x19df6690e5 in forty bits.
        for (id, account) in [
            ("AKIARTX3GSDS2VNORTHW", Some("111122223333")),
            ("ASIARTX3GSDS2VNORTHW", Some("111122223333")),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("AKIAQEXAMPLE00CIDEP1", None),
            ("AKIA", None),
        ] {
            assert_eq!(access_key_account(id).as_deref(), account, "{id}");
        }
    }

    #[test]
    fn a_masked_value_has_no_fingerprint() {
        for mask in
            ["", "  ", "REDACTED", "redacted", "******", "AKIA****************", "ghp_...", "key=REDACTED"]
        {
            assert!(Plaintext::new(mask).is_none(), "{mask}");
        }
    }

    #[test]
    fn debug_prints_no_value() {
        assert_eq!(
            format!("{:?} {:?}", key(), Plaintext::new("hunter2")),
            "SiteKey(***) Some(Plaintext(***))"
        );
    }

    #[test]
    fn a_short_key_is_refused() {
        insta::assert_snapshot!(SiteKey::from_bytes(b"short").unwrap_err(), @"the site key has 5 bytes and needs at least 16; make one with `openssl rand -hex 32`");
    }
}
