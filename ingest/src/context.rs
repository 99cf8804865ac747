//! What an input does not say and the caller must.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize::facts::Instant;

use crate::{IngestError, SiteKey, keys};

/// What is known of an input from outside. What the input itself says is stronger.
#[derive(Clone, Debug)]
pub struct Context {
    /// The Kubernetes cluster that it is about. Hardly any tool names it, and those that do disagree.
    pub cluster: Option<String>,
    /// The repository that was scanned, in any spelling of a remote.
    pub repo: Option<String>,
    /// The commit that was scanned.
    pub commit: Option<String>,
    /// The cloud account that it is about.
    pub account: Option<String>,
    /// Who can read the repository: `team`, `org` or `public`.
    pub visibility: Option<String>,
    /// When the tool ran, for inputs that do not say.
    pub observed_at: Option<Instant>,
    /// Which installation of the tool it is from; part of the source's identity.
    pub instance: Option<String>,
    /// The vulnerabilities that the facts name, by their canonical ids: of a feed of all there are, only
    /// these are wanted. `None` where nobody knows, and all are.
    pub asked: Option<Arc<BTreeSet<String>>>,
    /// The key for fingerprints.
    pub site_key: SiteKey,
}

impl Context {
    /// A context that knows nothing but the key.
    #[must_use]
    pub const fn new(site_key: SiteKey) -> Self {
        Self {
            cluster: None,
            repo: None,
            commit: None,
            account: None,
            visibility: None,
            observed_at: None,
            instance: None,
            asked: None,
            site_key,
        }
    }

    /// When the tool ran: what the input says, else what the caller said.
    ///
    /// # Errors
    /// [`IngestError::NeedsFlag`] where neither says it.
    pub fn time(&self, said: Option<Instant>) -> Result<Instant, IngestError> {
        said.or(self.observed_at)
            .ok_or(IngestError::NeedsFlag { flag: "--observed-at", what: "when the tool ran" })
    }

    /// The repository as a key, where the caller said one.
    ///
    /// # Errors
    /// [`IngestError::BadFlag`] where it is no remote.
    pub fn repo_key(&self) -> Result<Option<String>, IngestError> {
        let bad = IngestError::BadFlag {
            flag: "--repo",
            expected: "a remote such as `https://github.com/org/name`",
        };
        self.repo.as_deref().map(|repo| keys::repo(repo).ok_or(bad)).transpose()
    }

    /// Who can read the repository, where the caller said it.
    ///
    /// # Errors
    /// [`IngestError::BadFlag`] where it is none of the model's words.
    pub fn visibility_word(&self) -> Result<Option<&str>, IngestError> {
        match self.visibility.as_deref() {
            None | Some("team" | "org" | "public") => Ok(self.visibility.as_deref()),
            Some(_) => Err(IngestError::BadFlag {
                flag: "--visibility",
                expected: "one of `team`, `org` and `public`",
            }),
        }
    }

    /// The cluster.
    ///
    /// # Errors
    /// [`IngestError::NeedsFlag`] where the caller did not say it.
    pub fn need_cluster(&self) -> Result<&str, IngestError> {
        self.cluster
            .as_deref()
            .ok_or(IngestError::NeedsFlag { flag: "--cluster", what: "which cluster it is about" })
    }

    /// The account: what the input says, else what the caller said.
    ///
    /// # Errors
    /// [`IngestError::NeedsFlag`] where neither says it.
    pub fn need_account<'a>(&'a self, said: Option<&'a str>) -> Result<&'a str, IngestError> {
        said.or(self.account.as_deref())
            .ok_or(IngestError::NeedsFlag { flag: "--account", what: "which account it is about" })
    }
}
