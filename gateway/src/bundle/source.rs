//! Where bundles come from, again and again: a file, a folder, a server. What cannot be taken changes nothing and is
//! said.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assize::facts::Instant;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde::Serialize;
use tokio::sync::watch;

use super::archive::PACKED;
use super::{Bundle, BundleError, History, PublicKey, Trust};
use crate::client::Client;
use crate::facts::clock;
use crate::point::{Keeper, PolicySource};
use crate::secret::Secret;

/// How bundles are, in the words that OPA's status has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BundleStatus {
    /// What the bundle in force is called.
    pub name: String,
    /// Its revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_revision: Option<String>,
    /// Its sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Who has signed it, of those who are trusted.
    pub signed_by: Vec<String>,
    /// When somebody looked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_request: Option<Instant>,
    /// When that went well last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_request: Option<Instant>,
    /// When a bundle came into force last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_activation: Option<Instant>,
    /// `bundle_error` where the last one could not be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Where bundles come from.
#[derive(Debug)]
enum Place {
    Path(PathBuf),
    Url { url: String, token: Option<Secret>, client: Box<Client> },
}

/// Who looks for bundles, and brings them into force.
#[derive(Debug)]
pub struct BundleSource {
    place: Place,
    trust: Trust,
    history: History,
    base: PolicySource,
    status: Mutex<BundleStatus>,
    etag: Mutex<Option<String>>,
    /// The hash of what was looked at last.
    seen: Mutex<Option<Vec<u8>>>,
}

impl BundleSource {
    /// Looks where the configuration says; `folder` remembers which bundles were in force, and `base` has what a
    /// deployment sets itself.
    ///
    /// # Errors
    /// [`BundleError`] where the configuration or a key cannot be used.
    pub fn new(
        config: &crate::config::Bundle,
        folder: &Path,
        base: PolicySource,
        client: Client,
    ) -> Result<Self, BundleError> {
        let key = |path: &PathBuf| {
            let odd = |reason: String| BundleError::Key(format!("{}: {reason}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| odd(error.to_string()))?;
            PublicKey::read(&text).map_err(|error| odd(error.to_string()))
        };
        let keys: Vec<PublicKey> = config.keys.iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() || config.need > keys.len() {
            let reason =
                "`[bundle] keys` names fewer public keys than have to sign: no bundle could be taken";
            return Err(BundleError::Key(reason.to_owned()));
        }
        let place = match (&config.path, &config.url) {
            (Some(path), None) => Place::Path(path.clone()),
            (None, Some(url)) => {
                let token = config.token.as_ref().map(crate::secret::SecretPlace::read).transpose();
                Place::Url {
                    url: url.clone(),
                    token: token.map_err(BundleError::Key)?,
                    client: Box::new(client),
                }
            }
            _ => return Err(BundleError::Disk("`[bundle]` names one of `path` and `url`".to_owned())),
        };
        Ok(Self {
            place,
            trust: Trust { keys, need: config.need },
            history: History::new(folder)?,
            base,
            status: Mutex::default(),
            etag: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    /// The policies to begin with: those of the bundle that is there, or else of the one that was in force last.
    ///
    /// # Errors
    /// [`BundleError`] of the one that is there, where there is no other.
    pub async fn begin(&self) -> Result<PolicySource, BundleError> {
        let found = match self.fetch().await {
            Ok(Some(packed)) => self.take(&packed),
            Ok(None) => Err(BundleError::Disk("there is no bundle".to_owned())),
            Err(error) => Err(error),
        };
        let error = match found {
            Ok((bundle, source, packed)) => match source.load() {
                Ok(_) => {
                    self.activated(&bundle, &packed)?;
                    return Ok(source);
                }
                Err(error) => BundleError::Files(error.to_string()),
            },
            Err(error) => error,
        };
        self.failed(&error);
        let Some(last) = self.history.last()? else { return Err(error) };
        let bundle = Bundle::read(&last)?;
        let signed_by = bundle.verify(&self.trust)?;
        self.note(&bundle, signed_by);
        bundle.source(&self.base)
    }

    /// Looks for a bundle, and brings it into force where it is another one.
    pub async fn look(&self, keeper: &Arc<Keeper>) {
        let packed = match self.fetch().await {
            Ok(Some(packed)) => packed,
            Ok(None) => return,
            Err(error) => return self.failed(&error),
        };
        if let Err(error) = self.activate(&packed, keeper).await {
            self.failed(&error);
        }
    }

    async fn activate(&self, packed: &[u8], keeper: &Arc<Keeper>) -> Result<(), BundleError> {
        let (bundle, source, packed) = self.take(packed)?;
        let keeper = Arc::clone(keeper);
        let replaced = tokio::task::spawn_blocking(move || keeper.replace(source).map(drop)).await;
        match replaced {
            Ok(Ok(())) => self.activated(&bundle, &packed),
            Ok(Err(error)) => Err(BundleError::Files(error.to_string())),
            Err(_) => Err(BundleError::Files(
                "its policies could not be brought into force; this is a bug".to_owned(),
            )),
        }
    }

    /// Looks until it is told to end.
    pub async fn run(self: Arc<Self>, keeper: Arc<Keeper>, every: Duration, mut end: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every.max(Duration::from_millis(100))) => {}
                _ = end.wait_for(|over| *over) => return,
            }
            self.look(&keeper).await;
        }
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> BundleStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is there, where it is not what was looked at last.
    async fn fetch(&self) -> Result<Option<Vec<u8>>, BundleError> {
        self.said(|status| status.last_request = Some(clock::wall()));
        let packed = match &self.place {
            Place::Path(path) => read(path)?,
            Place::Url { url, token, client } => self.download(url, token.as_ref(), client).await?,
        };
        self.said(|status| status.last_successful_request = Some(clock::wall()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A way back that somebody chose counts although nothing new is there.
        let same = packed.as_ref().is_some_and(|packed| {
            seen.as_ref() == Some(packed) && !self.history.instead_of(0).is_ok_and(|back| back.is_some())
        });
        if let Some(packed) = &packed {
            *seen = Some(packed.clone());
        }
        Ok(packed.filter(|_| !same))
    }

    async fn download(
        &self,
        url: &str,
        token: Option<&Secret>,
        client: &Client,
    ) -> Result<Option<Vec<u8>>, BundleError> {
        let etag = self.etag.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut request = Request::get(url);
        if let Some(token) = token.and_then(Secret::expose_text) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let odd = |reason: String| BundleError::Disk(format!("the bundle's server: {reason}"));
        let request = request.body(Bytes::new()).map_err(|_| odd("its address cannot be used".to_owned()))?;
        let answer = client.send(request, PACKED).await.map_err(|error| odd(error.to_string()))?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => Ok(None),
            StatusCode::OK => {
                let etag = answer.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
                *self.etag.lock().unwrap_or_else(PoisonError::into_inner) = etag.map(str::to_owned);
                Ok(Some(answer.into_body().to_vec()))
            }
            status => Err(odd(format!("it answers {status}"))),
        }
    }

    /// Verifies a bundle, or the one that somebody went back to in its place.
    fn take(&self, packed: &[u8]) -> Result<(Bundle, PolicySource, Vec<u8>), BundleError> {
        let mut packed = packed.to_vec();
        let mut bundle = Bundle::read(&packed)?;
        match self.history.instead_of(bundle.manifest.sequence)? {
            Some(back) => {
                bundle = Bundle::read(&back)?;
                packed = back;
            }
            None => self.history.admit(&bundle, &packed)?,
        }
        bundle.verify(&self.trust)?;
        let source = bundle.source(&self.base)?;
        Ok((bundle, source, packed))
    }

    fn activated(&self, bundle: &Bundle, packed: &[u8]) -> Result<(), BundleError> {
        let signed_by = bundle.verify(&self.trust)?;
        if self.history.instead_of(bundle.manifest.sequence)?.is_none() {
            self.history.activated(bundle, packed)?;
        }
        self.note(bundle, signed_by);
        Ok(())
    }

    fn note(&self, bundle: &Bundle, signed_by: Vec<String>) {
        self.said(|status| {
            status.name.clone_from(&bundle.manifest.name);
            status.active_revision = Some(bundle.manifest.revision.clone());
            status.sequence = Some(bundle.manifest.sequence);
            status.signed_by = signed_by;
            status.last_successful_activation = Some(clock::wall());
            (status.code, status.message) = (None, None);
        });
    }

    fn failed(&self, error: &BundleError) {
        self.said(|status| (status.code, status.message) = (Some("bundle_error"), Some(error.to_string())));
    }

    fn said(&self, change: impl FnOnce(&mut BundleStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The bundle in a file, or the one with the highest sequence in a folder.
fn read(path: &Path) -> Result<Option<Vec<u8>>, BundleError> {
    let odd = |path: &Path, error: &std::io::Error| BundleError::Disk(format!("{}: {error}", path.display()));
    if !path.is_dir() {
        return std::fs::read(path).map(Some).map_err(|error| odd(path, &error));
    }
    let entries = std::fs::read_dir(path).map_err(|error| odd(path, &error))?;
    let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    names.retain(|name| name.to_string_lossy().ends_with(".tar.gz"));
    names.sort();
    let mut best: Option<(u64, Vec<u8>)> = None;
    let mut wrong = None;
    for name in names {
        let packed = std::fs::read(&name).map_err(|error| odd(&name, &error))?;
        match Bundle::read(&packed) {
            Ok(bundle) if best.as_ref().is_none_or(|(highest, _)| *highest < bundle.manifest.sequence) => {
                best = Some((bundle.manifest.sequence, packed));
            }
            Ok(_) => {}
            Err(error) => wrong = Some(error),
        }
    }
    match (best, wrong) {
        (Some((_, packed)), _) => Ok(Some(packed)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}
