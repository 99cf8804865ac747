//! The key that secrets are fingerprinted with.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::Path;

use assize_ingest::SiteKey;

use crate::error::CliError;

/// What is said where there is no key file.
pub const NOTE: &str = "no site key: fingerprints of secrets hold for this run alone and join no other; \
                        `openssl rand -hex 32 > site.key`, then `site_key_file = \"site.key\"`";

/// The key in `file`, or one for this run alone. The second is whether it is the file's.
pub fn load(file: Option<&Path>) -> Result<(SiteKey, bool), CliError> {
    let Some(file) = file else {
        // The standard library seeds each process from the system's randomness; nothing else here needs any.
        let state = RandomState::new();
        let bytes: Vec<u8> = (0_u8..4).flat_map(|part| state.hash_one(part).to_le_bytes()).collect();
        let key = SiteKey::from_bytes(&bytes).map_err(|error| CliError::Engine(error.to_string()))?;
        return Ok((key, false));
    };
    let bytes = std::fs::read(file).map_err(|error| CliError::read(file, &error))?;
    let key = SiteKey::from_bytes(bytes.trim_ascii())
        .map_err(|error| CliError::Engine(format!("{}: {error}", file.display())))?;
    Ok((key, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_that_is_too_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "short\n").unwrap();
        assert!(load(Some(&file)).unwrap_err().to_string().contains("has 5 bytes"));
        std::fs::write(&file, "0123456789abcdef\n").unwrap();
        assert!(load(Some(&file)).unwrap().1);
        assert!(!load(None).unwrap().1);
    }
}
