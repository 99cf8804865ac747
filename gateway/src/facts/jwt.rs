//! Signed tokens, verified by configured keys: compact JWS with RS256, PS256, ES256 or EdDSA.
//!
//! A key says by what it may be used; a token that says `none`, or another algorithm than its key's, is refused.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use crate::base64;

/// The longest token that is looked at.
const LONGEST: usize = 256 << 10;

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is no token of the wanted kind.
    Form(&'static str),
    /// No key is meant by it.
    Key,
    /// It was not signed by the key that it names.
    Signature,
}

/// Public keys.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    public: Public,
}

#[derive(Debug)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

impl Keys {
    /// Reads a JSON Web Key Set.
    ///
    /// # Errors
    /// A sentence where it is none, or holds no key that can be used.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let set: Set = serde_json::from_slice(text).map_err(|error| {
            format!("this is no JSON Web Key Set (line {}, column {})", error.line(), error.column())
        })?;
        let keys: Vec<Key> = set.keys.iter().filter_map(Key::of).collect();
        if keys.is_empty() {
            return Err(
                "no key in it can be used: RSA of 2048 bits and more, P-256 and Ed25519 can".to_owned()
            );
        }
        Ok(Self(keys))
    }

    /// The claims of a token of this type, once its signature was verified.
    ///
    /// # Errors
    /// [`TokenError`] where it is not to be believed.
    pub fn verify(&self, token: &str, typ: &str) -> Result<Value, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Form("the token is too long"));
        }
        let mut parts = token.split('.');
        let (Some(head), Some(claims), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Form("a signed token has three parts"));
        };
        let decode =
            |part: &str| base64::decode(part).ok_or(TokenError::Form("a part of the token is no base 64"));
        let header: Header = serde_json::from_slice(&decode(head)?)
            .map_err(|_| TokenError::Form("the token's header cannot be read"))?;
        let of_type = header.typ.as_deref().is_some_and(|found| {
            let found = found.strip_prefix("application/").unwrap_or(found);
            found.eq_ignore_ascii_case(typ)
        });
        if !of_type {
            return Err(TokenError::Form("`typ` is not that of a security event token"));
        }
        if header.crit.is_some() {
            return Err(TokenError::Form("the token has a critical extension that is not known here"));
        }
        let tag = decode(tag)?;
        let signed =
            token.get(..head.len().saturating_add(claims.len()).saturating_add(1)).unwrap_or_default();
        let meant = |key: &&Key| match (&header.kid, &key.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            (Some(_), None) | (None, _) => true,
        };
        let mut any = false;
        for key in self.0.iter().filter(meant) {
            if let Some(good) = key.public.verify(&header.alg, signed.as_bytes(), &tag) {
                any = true;
                if good {
                    return serde_json::from_slice(&decode(claims)?)
                        .map_err(|_| TokenError::Form("the token's claims cannot be read"));
                }
            }
        }
        Err(if any { TokenError::Signature } else { TokenError::Key })
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let part = |part: &Option<String>| part.as_deref().and_then(base64::decode);
        let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Public::Rsa { n: part(&jwk.n).filter(|n| n.len() >= 256)?, e: part(&jwk.e)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (part(&jwk.x)?, part(&jwk.y)?);
                let point = [&[4_u8][..], &x, &y].concat();
                Public::P256(Some(point).filter(|point| point.len() == 65)?)
            }
            ("OKP", Some("Ed25519")) => Public::Ed25519(part(&jwk.x).filter(|x| x.len() == 32)?),
            _ => return None,
        };
        Some(Self { kid: jwk.kid.clone(), public })
    }
}

impl Public {
    /// Whether the signature fits; nothing where the key is not one for this algorithm.
    fn verify(&self, algorithm: &str, signed: &[u8], tag: &[u8]) -> Option<bool> {
        let plain = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(signed, tag).is_ok()
        };
        match (self, algorithm) {
            (Self::Rsa { n, e }, "RS256" | "PS256") => {
                let by = if algorithm == "RS256" {
                    &signature::RSA_PKCS1_2048_8192_SHA256
                } else {
                    &signature::RSA_PSS_2048_8192_SHA256
                };
                Some(RsaPublicKeyComponents { n, e }.verify(by, signed, tag).is_ok())
            }
            (Self::P256(point), "ES256") => Some(plain(&signature::ECDSA_P256_SHA256_FIXED, point)),
            (Self::Ed25519(key), "EdDSA" | "Ed25519") => Some(plain(&signature::ED25519, key)),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    pub(in crate::facts) fn pair(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    pub(in crate::facts) fn set(pair: &Ed25519KeyPair) -> String {
        let x = base64::encode(pair.public_key().as_ref()).replace('+', "-").replace('/', "_");
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x.trim_end_matches('=')}]})
            .to_string()
    }

    pub(in crate::facts) fn token(pair: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
        let part = |bytes: &[u8]| {
            let text = base64::encode(bytes).replace('+', "-").replace('/', "_");
            text.trim_end_matches('=').to_owned()
        };
        let signed =
            format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
        let tag = part(pair.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{tag}")
    }

    #[test]
    fn only_what_a_configured_key_has_signed_is_believed() {
        let (mine, other) = (pair(1), pair(2));
        let keys = Keys::read(set(&mine).as_bytes()).unwrap();
        let header = json!({"alg": "EdDSA", "typ": "secevent+jwt", "kid": "k1"});
        let claims = json!({"iss": "https://idp"});
        let good = token(&mine, &header, &claims);
        assert_eq!(keys.verify(&good, "secevent+jwt"), Ok(claims.clone()));
        let with = |name: &str, value: Value| {
            let mut header = header.clone();
            header[name] = value;
            token(&mine, &header, &claims)
        };
        let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
        for (token, error) in [
            (token(&other, &header, &claims), TokenError::Signature),
            (with("alg", json!("none")), TokenError::Key),
            (with("alg", json!("HS256")), TokenError::Key),
            (with("kid", json!("k2")), TokenError::Key),
            (unsigned, TokenError::Signature),
            (with("typ", json!("JWT")), TokenError::Form("`typ` is not that of a security event token")),
            (
                with("crit", json!(["x"])),
                TokenError::Form("the token has a critical extension that is not known here"),
            ),
            ("a.b".to_owned(), TokenError::Form("a signed token has three parts")),
            ("!.b.c".to_owned(), TokenError::Form("a part of the token is no base 64")),
            ("a".repeat(LONGEST + 1), TokenError::Form("the token is too long")),
        ] {
            assert_eq!(keys.verify(&token, "secevent+jwt"), Err(error), "{token:.60}");
        }
    }

    #[test]
    fn a_set_without_a_usable_key_is_refused() {
        for text in ["", "{}", r#"{"keys": []}"#, r#"{"keys": [{"kty": "oct", "k": "AAAA"}]}"#] {
            assert!(Keys::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
