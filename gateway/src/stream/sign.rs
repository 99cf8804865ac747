//! Signed webhooks: who receives one can tell that it is from here, whole, and not a repetition of an old one.
//!
//! The form is that of Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds since 1970) and
//! `webhook-signature`: `v1,` and the HMAC with SHA-256 of `ID.TIMESTAMP.BODY`, in base 64. Several signatures stand
//! side by side while a key is being changed.

use ring::hmac;

use crate::base64;
use crate::secret::Secret;

/// How far a timestamp may be from the receiver's clock, in seconds.
pub const WINDOW: i64 = 300;

/// A key for signatures.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Why something is not taken for what we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or cannot be read.
    #[error("a header of the signature is missing or cannot be read")]
    Header,
    /// It is too old, or from the future.
    #[error("the timestamp is more than {WINDOW} s away")]
    Time,
    /// No signature is that of a key.
    #[error("no signature fits")]
    Mismatch,
}

impl SigningKey {
    /// Of a secret as these are handed out: `whsec_` and base 64, or any other bytes as they are.
    ///
    /// # Errors
    /// A sentence where it is shorter than 24 bytes, or `whsec_` is followed by no base 64.
    pub fn new(secret: &Secret) -> Result<Self, String> {
        let bytes = match secret.expose_text().and_then(|text| text.strip_prefix("whsec_")) {
            Some(text) => base64::decode(text).ok_or("behind `whsec_` a webhook's secret has no base 64")?,
            None => secret.expose().to_vec(),
        };
        if bytes.len() < 24 {
            return Err(
                "a webhook's secret has at least 24 bytes; `openssl rand -base64 32` makes one".to_owned()
            );
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature's header.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        format!("v1,{}", base64::encode(hmac::sign(&self.0, &signed(id, timestamp, body)).as_ref()))
    }

    /// Whether a webhook is from whoever has this key too; `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`SignatureError`] where it is not, or too old.
    pub fn verify(
        &self,
        id: &str,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: i64,
    ) -> Result<(), SignatureError> {
        let timestamp: i64 = timestamp.parse().map_err(|_| SignatureError::Header)?;
        if id.is_empty() || id.contains('.') {
            return Err(SignatureError::Header);
        }
        if now.saturating_sub(timestamp).saturating_abs() > WINDOW {
            return Err(SignatureError::Time);
        }
        let message = signed(id, timestamp, body);
        let fits = |one: &str| {
            let tag = one.strip_prefix("v1,").and_then(base64::decode);
            tag.is_some_and(|tag| hmac::verify(&self.0, &message, &tag).is_ok())
        };
        if signature.split(' ').any(fits) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }
}

fn signed(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SigningKey {
        SigningKey::new(&Secret::new(text)).unwrap()
    }

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example that the standard's own libraries are tested with.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let verify = |id: &str, at: &str, signature: &str, body: &[u8], now: i64| {
            key.verify(id, at, signature, body, now)
        };
        let (id, at, now) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", 1_614_265_400);
        assert_eq!(verify(id, at, &signature, body, now), Ok(()));
        assert_eq!(verify(id, at, &format!("v1,AAAA {signature}"), body, now), Ok(()));
        for (id, at, signature, body, now, error) in [
            ("other", at, signature.as_str(), &body[..], now, SignatureError::Mismatch),
            (id, "1614265331", &signature, body, now, SignatureError::Mismatch),
            (id, at, "v1a,AAAA", body, now, SignatureError::Mismatch),
            (id, at, &signature, b"{}", now, SignatureError::Mismatch),
            (id, at, &signature, body, now + 301, SignatureError::Time),
            (id, at, &signature, body, 0, SignatureError::Time),
            (id, "yesterday", &signature, body, now, SignatureError::Header),
            ("", at, &signature, body, now, SignatureError::Header),
        ] {
            assert_eq!(verify(id, at, signature, body, now), Err(error));
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(SigningKey::new(&Secret::new("short")).is_err());
        assert!(SigningKey::new(&Secret::new("whsec_!")).is_err());
    }
}
