//! Keys that bundles are signed and verified with: Ed25519, in the files that `openssl genpkey -algorithm ed25519`
//! writes.

use ring::rand::SystemRandom;
use ring::signature::{self, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::BundleError;
use crate::base64;
use crate::facts::body::hex;

/// What stands before the 32 bytes of a public key in its file.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that signs. It cannot be printed.
pub struct SecretKey(Ed25519KeyPair);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SecretKey").field(&self.public().id()).finish()
    }
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl SecretKey {
    /// Reads PKCS #8 in PEM.
    ///
    /// # Errors
    /// [`BundleError::Key`] where it is no such key. The text is never shown.
    pub fn read(pem: &str) -> Result<Self, BundleError> {
        let der = body(pem, "PRIVATE KEY")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
        pair.map(Self).map_err(|_| BundleError::Key("this is no private key of Ed25519".to_owned()))
    }

    /// Makes one; its file's text.
    ///
    /// # Errors
    /// [`BundleError::Key`] where the system has no randomness.
    pub fn make() -> Result<String, BundleError> {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
        let made = made.map_err(|_| BundleError::Key("the system has no randomness for a key".to_owned()))?;
        Ok(pem(made.as_ref(), "PRIVATE KEY"))
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(self.0.public_key().as_ref()) {
            *place = *byte;
        }
        PublicKey(bytes)
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> String {
        base64::encode(self.0.sign(message).as_ref())
    }
}

impl PublicKey {
    /// Reads a public key in PEM.
    ///
    /// # Errors
    /// [`BundleError::Key`] where it is none.
    pub fn read(pem: &str) -> Result<Self, BundleError> {
        let der = body(pem, "PUBLIC KEY")?;
        let key = der.strip_prefix(&SPKI).and_then(|key| key.try_into().ok());
        key.map(Self).ok_or_else(|| BundleError::Key("this is no public key of Ed25519".to_owned()))
    }

    /// Its file's text.
    #[must_use]
    pub fn pem(&self) -> String {
        pem(&[&SPKI[..], &self.0].concat(), "PUBLIC KEY")
    }

    /// What it is called by: the beginning of its hash.
    #[must_use]
    pub fn id(&self) -> String {
        hex(Sha256::digest(self.0).get(..8).unwrap_or_default())
    }

    /// Whether it verifies a signature.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let tag = base64::decode(signature);
        tag.is_some_and(|tag| {
            UnparsedPublicKey::new(&signature::ED25519, self.0).verify(message, &tag).is_ok()
        })
    }
}

fn body(pem: &str, what: &str) -> Result<Vec<u8>, BundleError> {
    let inner = pem.split_once(&format!("-----BEGIN {what}-----")).map(|(_, rest)| rest);
    let inner =
        inner.and_then(|rest| rest.split_once(&format!("-----END {what}-----"))).map(|(inner, _)| inner);
    inner.and_then(base64::decode).ok_or_else(|| BundleError::Key(format!("there is no {what} in PEM")))
}

fn pem(der: &[u8], what: &str) -> String {
    let text = base64::encode(der);
    let mut out = format!("-----BEGIN {what}-----\n");
    for (place, letter) in text.chars().enumerate() {
        if place > 0 && place.is_multiple_of(64) {
            out.push('\n');
        }
        out.push(letter);
    }
    out.push_str(&format!("\n-----END {what}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_ours_and_of_openssl_sign_and_verify() {
        // The form that openssl writes: without the public half.
        let head =
            [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let openssl = pem(&[&head[..], &[7; 32]].concat(), "PRIVATE KEY");
        for text in [openssl, SecretKey::make().unwrap()] {
            let secret = SecretKey::read(&text).unwrap();
            let public = PublicKey::read(&secret.public().pem()).unwrap();
            let signature = secret.sign(b"message");
            assert!(public.verifies(b"message", &signature));
            assert!(!public.verifies(b"massage", &signature));
            assert_eq!(public.id().len(), 16);
            assert!(!format!("{secret:?}").contains("PRIVATE"));
        }
        assert!(SecretKey::read("nothing").is_err());
        assert!(PublicKey::read("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").is_err());
    }
}
