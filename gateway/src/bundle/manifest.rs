//! What a bundle says about itself. It is what is signed: a signature of it is one of every file that it names.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde::{Deserialize, Serialize};

use super::BundleError;

/// The format of this file.
pub const FORMAT: u32 = 1;

/// What a bundle says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this file: 1.
    pub format: u32,
    /// What it is called: bundles of one name follow one another.
    pub name: String,
    /// Its place among them: later ones are greater.
    pub sequence: u64,
    /// A hash of everything that its decisions depend on but the facts.
    pub revision: String,
    /// When it was built.
    pub created_at: Instant,
    /// The version of the engine that it needs at least.
    pub needs: String,
    /// Whether the standard library decides too.
    pub stdlib: bool,
    /// Params, by qualified name, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// A hash of the types of facts.
    pub schema: String,
    /// A hash of the compiled policies.
    pub plan: String,
    /// How its tests went when it was built.
    pub tests: Tests,
    /// Its files, by name.
    pub files: BTreeMap<String, Entry>,
}

/// How tests went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// How many passed. None failed, or there were no bundle.
    pub passed: usize,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The hash of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// How many these are.
    pub bytes: u64,
}

impl Manifest {
    /// Reads it, of this format and for an engine of this version or an earlier one.
    ///
    /// # Errors
    /// [`BundleError`] where it cannot be read or is for another one.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| BundleError::Manifest(error.to_string()))?;
        if manifest.format != FORMAT {
            let reason = format!("it has format {}, and this version reads {FORMAT}", manifest.format);
            return Err(BundleError::Manifest(reason));
        }
        let have = env!("CARGO_PKG_VERSION");
        let (needed, own) = (version(&manifest.needs), version(have));
        if needed.is_none() || needed > own {
            return Err(BundleError::Engine { needed: manifest.needs, have: have.to_owned() });
        }
        Ok(manifest)
    }
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}
