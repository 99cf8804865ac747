//! Bundles built, signed and verified.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::{self, Files};
use super::manifest::{Entry, FORMAT, Manifest, Tests};
use super::{BundleError, PublicKey, SecretKey};
use crate::facts::body::hex;
use crate::point::PolicySource;

const MANIFEST: &str = "manifest.json";
const SIGNATURES: &str = "signatures.json";

/// What is signed begins with this, so that no signature of something else is one of a bundle.
const DOMAIN: &[u8] = b"assize bundle 1\n";

/// A bundle, as it was built or read.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it says about itself.
    pub manifest: Manifest,
    /// The bytes of that.
    signed: Vec<u8>,
    signatures: Vec<Signature>,
    files: Files,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which key has signed.
    pub key: String,
    /// By which algorithm: `ed25519`.
    pub algorithm: String,
    /// In base 64.
    pub signature: String,
}

#[derive(Serialize, Deserialize)]
struct Signatures {
    signatures: Vec<Signature>,
}

/// Whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// These keys.
    pub keys: Vec<PublicKey>,
    /// So many of them have to have signed.
    pub need: usize,
}

impl Bundle {
    /// Builds a bundle of texts, each with its path below `policies/`, once they compile and their tests pass.
    ///
    /// # Errors
    /// [`BundleError::Files`] where they do not, with what the checker says.
    pub fn build(
        name: &str,
        sequence: u64,
        created_at: Instant,
        source: &PolicySource,
    ) -> Result<Self, BundleError> {
        let policies = source.load().map_err(|error| BundleError::Files(error.to_string()))?;
        let program = policies.engine().program();
        let own: BTreeSet<&str> = source.texts.iter().map(|(path, _)| path.as_str()).collect();
        let passed = program.tests.iter().filter(|test| own.contains(test.file.as_str())).count();
        let file = |(path, text): &(String, String)| (format!("policies/{path}"), text.clone().into_bytes());
        let files: Files = source.texts.iter().map(file).collect();
        let manifest = Manifest {
            format: FORMAT,
            name: name.to_owned(),
            sequence,
            revision: policies.revision().to_owned(),
            created_at,
            needs: env!("CARGO_PKG_VERSION").to_owned(),
            stdlib: source.stdlib,
            params: source.params.iter().cloned().collect(),
            schema: hash_of(&program.schema)?,
            plan: hash_of(program)?,
            tests: Tests { passed },
            files: files.iter().map(|(name, bytes)| (name.clone(), entry(bytes))).collect(),
        };
        let signed = serde_json::to_vec_pretty(&manifest);
        let signed = signed.map_err(|error| BundleError::Manifest(error.to_string()))?;
        Ok(Self { manifest, signed, signatures: Vec::new(), files })
    }

    /// Signs it. A signature of the same key is replaced.
    pub fn sign(&mut self, key: &SecretKey) {
        let id = key.public().id();
        self.signatures.retain(|signature| signature.key != id);
        let signature = key.sign(&self.message());
        self.signatures.push(Signature { key: id, algorithm: "ed25519".to_owned(), signature });
    }

    /// Its bytes.
    ///
    /// # Errors
    /// [`BundleError::Archive`] where a file has a name that cannot be written.
    pub fn pack(&self) -> Result<Vec<u8>, BundleError> {
        let signatures = Signatures { signatures: self.signatures.clone() };
        let signatures = serde_json::to_vec_pretty(&signatures);
        let signatures = signatures.map_err(|error| BundleError::Manifest(error.to_string()))?;
        let own = [(MANIFEST, self.signed.as_slice()), (SIGNATURES, signatures.as_slice())];
        archive::pack(own.into_iter().chain(self.files.iter().map(|(name, bytes)| (name.as_str(), &**bytes))))
    }

    /// Reads one and holds its files against what it says: all of them, and no other. Who has signed it is not
    /// looked at.
    ///
    /// # Errors
    /// [`BundleError`], with what does not fit.
    pub fn read(packed: &[u8]) -> Result<Self, BundleError> {
        let mut files = archive::unpack(packed)?;
        let missing = |name: &str| BundleError::Files(format!("there is no `{name}`"));
        let signed = files.remove(MANIFEST).ok_or_else(|| missing(MANIFEST))?;
        let signatures = files.remove(SIGNATURES).ok_or_else(|| missing(SIGNATURES))?;
        let signatures: Signatures = serde_json::from_slice(&signatures)
            .map_err(|_| BundleError::Files(format!("`{SIGNATURES}` cannot be read")))?;
        let manifest = Manifest::read(&signed)?;
        for (name, wanted) in &manifest.files {
            let bytes = files.get(name).ok_or_else(|| missing(name))?;
            if entry(bytes) != *wanted {
                return Err(BundleError::Files(format!("`{name}` is not what the manifest says that it is")));
            }
        }
        if let Some(name) = files.keys().find(|name| !manifest.files.contains_key(*name)) {
            return Err(BundleError::Files(format!("the manifest does not name `{name}`")));
        }
        Ok(Self { manifest, signed, signatures: signatures.signatures, files })
    }

    /// The trusted keys that have signed it, by their ids.
    ///
    /// # Errors
    /// [`BundleError::Unsigned`] where these are fewer than needed.
    pub fn verify(&self, trust: &Trust) -> Result<Vec<String>, BundleError> {
        let message = self.message();
        let signed = |key: &&PublicKey| {
            let id = key.id();
            let by = |it: &Signature| it.key == id && it.algorithm == "ed25519";
            self.signatures.iter().any(|it| by(it) && key.verifies(&message, &it.signature))
        };
        let keys: BTreeSet<&PublicKey> = trust.keys.iter().collect();
        let good: Vec<String> = keys.into_iter().filter(signed).map(PublicKey::id).collect();
        let need = trust.need.max(1);
        if good.len() >= need {
            return Ok(good);
        }
        let list = |ids: Vec<String>| {
            if ids.is_empty() { "nobody".to_owned() } else { format!("`{}`", ids.join("`, `")) }
        };
        let by = list(self.signatures.iter().map(|signature| signature.key.clone()).collect());
        let trusted = list(trust.keys.iter().map(PublicKey::id).collect());
        let good = good.len();
        Err(BundleError::Unsigned(format!(
            "the bundle needs {need} of the signatures of {trusted}, and {good} verify; it says that it is signed by {by}"
        )))
    }

    /// Who has signed it, as it says.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Where its policies come from, with the settings of a deployment that are not its own.
    ///
    /// # Errors
    /// [`BundleError::Files`] where a policy is no text.
    pub fn source(&self, base: &PolicySource) -> Result<PolicySource, BundleError> {
        let text = |(name, bytes): (&String, &Vec<u8>)| {
            let text = String::from_utf8(bytes.clone());
            let text = text.map_err(|_| BundleError::Files(format!("`{name}` is no UTF-8 text")))?;
            Ok((name.strip_prefix("policies/").unwrap_or(name).to_owned(), text))
        };
        let mut params: BTreeMap<String, String> = self.manifest.params.clone();
        // A deployment's own word is the last.
        params.extend(base.params.iter().cloned());
        Ok(PolicySource {
            paths: Vec::new(),
            texts: self.files.iter().map(text).collect::<Result<_, BundleError>>()?,
            stdlib: self.manifest.stdlib,
            params: params.into_iter().collect(),
            ..base.clone()
        })
    }

    fn message(&self) -> Vec<u8> {
        [DOMAIN, &self.signed].concat()
    }
}

fn entry(bytes: &[u8]) -> Entry {
    Entry { sha256: hex(&Sha256::digest(bytes)), bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
}

fn hash_of<T: Serialize>(value: &T) -> Result<String, BundleError> {
    let bytes = serde_json::to_vec(value).map_err(|error| BundleError::Manifest(error.to_string()))?;
    Ok(hex(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn source(policies: &str) -> PolicySource {
        PolicySource {
            texts: vec![("shop.assize".to_owned(), policies.to_owned())],
            ..PolicySource::default()
        }
    }

    fn bundle() -> Bundle {
        let at = testing::START.parse().unwrap();
        Bundle::build("shop", 7, at, &source(testing::POLICIES)).unwrap()
    }

    fn key() -> SecretKey {
        SecretKey::read(&SecretKey::make().unwrap()).unwrap()
    }

    #[test]
    fn only_what_is_signed_by_those_who_are_trusted_is_taken() {
        let (mine, yours, strange) = (key(), key(), key());
        let mut bundle = bundle();
        let trust =
            |keys: &[&SecretKey], need| Trust { keys: keys.iter().map(|key| key.public()).collect(), need };
        assert!(bundle.verify(&trust(&[&mine], 1)).unwrap_err().to_string().contains("signed by nobody"));
        bundle.sign(&mine);
        bundle.sign(&mine);
        let read = Bundle::read(&bundle.pack().unwrap()).unwrap();
        assert_eq!(read.signatures().len(), 1);
        assert_eq!(read.verify(&trust(&[&mine], 1)).unwrap(), [mine.public().id()]);
        // The same key twice is one key.
        for refused in
            [trust(&[&strange], 1), trust(&[&mine, &yours], 2), trust(&[&mine, &mine], 2), trust(&[], 0)]
        {
            assert!(matches!(read.verify(&refused), Err(BundleError::Unsigned(_))), "{refused:?}");
        }
        bundle.sign(&yours);
        assert_eq!(bundle.verify(&trust(&[&mine, &yours], 2)).unwrap().len(), 2);
        assert_eq!(read.manifest.sequence, 7);
        let loaded = read.source(&PolicySource::default()).unwrap().load().unwrap();
        assert_eq!(loaded.revision(), read.manifest.revision);
    }

    #[test]
    fn what_was_changed_after_it_was_signed_is_refused() {
        let mut bundle = bundle();
        let mine = key();
        bundle.sign(&mine);
        let trust = Trust { keys: vec![mine.public()], need: 1 };
        let again = |files: &Files| {
            let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
            Bundle::read(&archive::pack(files).unwrap())
        };
        let files = archive::unpack(&bundle.pack().unwrap()).unwrap();
        assert!(again(&files).unwrap().verify(&trust).is_ok());
        let with = |name: &str, bytes: Option<&str>| {
            let mut files = files.clone();
            match bytes {
                Some(bytes) => files.insert(name.to_owned(), bytes.as_bytes().to_vec()),
                None => files.remove(name),
            };
            again(&files)
        };
        assert!(matches!(with("policies/shop.assize", Some("package x")), Err(BundleError::Files(_))));
        assert!(matches!(with("policies/shop.assize", None), Err(BundleError::Files(_))));
        assert!(matches!(with("policies/more.assize", Some("package x")), Err(BundleError::Files(_))));
        assert!(matches!(with(SIGNATURES, None), Err(BundleError::Files(_))));
        // Another number under the same signature.
        let manifest = String::from_utf8(files[MANIFEST].clone()).unwrap();
        let higher = with(MANIFEST, Some(&manifest.replace("\"sequence\": 7", "\"sequence\": 8"))).unwrap();
        assert!(matches!(higher.verify(&trust), Err(BundleError::Unsigned(_))));
        let own = format!("\"needs\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let later = manifest.replace(&own, "\"needs\": \"999.0.0\"");
        assert!(matches!(with(MANIFEST, Some(&later)), Err(BundleError::Engine { .. })));
        // A byte of the packed bundle that is changed is noticed, or changes nothing.
        let packed = bundle.pack().unwrap();
        for place in (0..packed.len()).step_by(17) {
            let mut changed = packed.clone();
            changed[place] ^= 0x55;
            if let Ok(read) = Bundle::read(&changed)
                && read.verify(&trust).is_ok()
            {
                assert_eq!((&read.signed, &read.files), (&bundle.signed, &bundle.files), "byte {place}");
            }
        }
    }

    #[test]
    fn policies_that_do_not_compile_make_no_bundle() {
        let at = testing::START.parse().unwrap();
        let broken = Bundle::build("shop", 1, at, &source("package shop\npolicy x {}"));
        assert!(matches!(broken, Err(BundleError::Files(_))));
    }
}
