//! Values that are never shown.

use std::path::PathBuf;

use serde::Deserialize;

/// A key, a token, a password. It cannot be printed, neither as text nor as JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for whoever signs or sends with them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The text, for whoever sends it; nothing where it is none.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// Where a secret is: never in the configuration itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPlace {
    /// In a file, without the line break at its end.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// In a variable of the environment.
    #[serde(default)]
    pub env: Option<String>,
}

impl SecretPlace {
    /// Its path is from a folder.
    pub(crate) fn rebase(&mut self, folder: &std::path::Path) {
        if let Some(file) = self.file.as_mut().filter(|file| file.is_relative()) {
            *file = folder.join(&*file);
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// A sentence that names the place, where nothing is there, or both or none are named.
    pub fn read(&self) -> Result<Secret, String> {
        let secret = match (&self.file, &self.env) {
            (Some(file), None) => {
                let read = std::fs::read(file);
                let bytes = read.map_err(|error| format!("{}: cannot be read: {error}", file.display()))?;
                Secret::new(bytes.trim_ascii_end())
            }
            (None, Some(name)) => match std::env::var(name) {
                Ok(value) => Secret::new(value),
                Err(_) => return Err(format!("the environment has no `{name}`")),
            },
            _ => return Err("a secret is named by one of `file` and `env`".to_owned()),
        };
        if secret.0.is_empty() {
            return Err(format!("the secret that {self:?} names is empty"));
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_secret_is_read_from_its_place_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, format!("{}\n", testing::canary())).unwrap();
        let place = SecretPlace { file: Some(file), env: None };
        let secret = place.read().unwrap();
        assert_eq!(secret.expose_text(), Some(testing::canary().as_str()));
        assert!(!format!("{secret:?} {place:?}").contains(&testing::canary()));
        let nowhere = SecretPlace { file: None, env: Some("ASSIZE_NO_SUCH_VARIABLE".to_owned()) };
        assert_eq!(nowhere.read().unwrap_err(), "the environment has no `ASSIZE_NO_SUCH_VARIABLE`");
        assert!(SecretPlace { file: None, env: None }.read().is_err());
    }
}
