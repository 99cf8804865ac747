//! `[store]`, `[stream]`, `[[receiver]]`, `[log]`, `[trace]`, `[bundle]`, `[[ssf]]`, `[ready]`, `[ui]`: facts at run time,
//! and how the server is run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::facts::ssf::Transmitter;
use crate::facts::upkeep::Rules;
use crate::secret::SecretPlace;
use crate::stream::route::Receiver;

/// Where facts that are sent are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// A folder of the server's own. Without it no facts are taken, and changes are remembered only while it runs.
    pub path: Option<PathBuf>,
    /// The key that secrets are fingerprinted with, where facts come from tools.
    pub site_key: Option<SecretPlace>,
    /// How long facts are kept; for ever where it is not set.
    #[serde(deserialize_with = "optional")]
    pub keep: Option<Duration>,
    /// How long idempotency keys are known.
    #[serde(deserialize_with = "super::text::duration")]
    pub keys: Duration,
    /// After how many bytes of lines the log is compacted.
    #[serde(deserialize_with = "super::text::bytes")]
    pub compact_over: usize,
    /// After how long it is, where anything came.
    #[serde(deserialize_with = "super::text::duration")]
    pub compact_every: Duration,
}

impl Default for Store {
    fn default() -> Self {
        let Rules { over, every, keep, keys } = Rules::default();
        let compact_over = usize::try_from(over).unwrap_or(usize::MAX);
        Self { path: None, site_key: None, keep, keys, compact_over, compact_every: every }
    }
}

/// The stream of changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    /// Which server tells: `source` of CloudEvents.
    pub source: String,
    /// How many changes are kept for those who come late.
    pub kept: u64,
    /// Certificates that receivers' servers are signed with, PEM; those that browsers trust where it is not set.
    pub roots: Option<PathBuf>,
}

impl Default for Stream {
    fn default() -> Self {
        Self { source: "urn:assize".to_owned(), kept: crate::stream::outbox::KEPT, roots: None }
    }
}

/// The decision log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Where it goes: `stdout`, a file's path, or an address that takes it by `POST`. Nowhere where it is not set.
    pub to: Option<String>,
    /// The bearer token for an address.
    pub token: Option<SecretPlace>,
    /// Give no answer that cannot be logged.
    pub require: bool,
    /// How many answers may wait to be logged.
    pub room: usize,
    /// Members to mask besides the usual ones.
    pub mask: Vec<String>,
    /// The key of fingerprints; without it they hold while the server runs.
    pub mask_key: Option<SecretPlace>,
    /// What the server is called in it.
    pub id: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            to: None,
            token: None,
            require: false,
            room: 10_000,
            mask: Vec::new(),
            mask_key: None,
            id: "assize".to_owned(),
        }
    }
}

/// Decisions as spans of traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tracing {
    /// The collector that takes them, by OTLP over HTTP: `http://127.0.0.1:4318/v1/traces`. None are made without it.
    pub url: Option<String>,
    /// The bearer token for it.
    pub token: Option<SecretPlace>,
    /// Of requests that bring no `traceparent`, the share that is kept: 0 to 1.
    pub share: f64,
    /// What the server is called in them.
    pub name: String,
}

impl Default for Tracing {
    fn default() -> Self {
        Self { url: None, token: None, share: 0.01, name: "assize".to_owned() }
    }
}

impl Tracing {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.token.iter_mut().for_each(|place| place.rebase(folder));
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if (0.0..=1.0).contains(&self.share) {
            return Ok(());
        }
        Err(format!("`trace.share` is {}, and a share is between 0 and 1", self.share))
    }
}

/// Policies that come as a signed bundle, in place of `[policies] paths`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bundle {
    /// A file, or a folder of `*.tar.gz` of which the highest sequence counts.
    pub path: Option<PathBuf>,
    /// The same by HTTP.
    pub url: Option<String>,
    /// The bearer token for it.
    pub token: Option<SecretPlace>,
    /// Public keys, PEM: who may sign.
    pub keys: Vec<PathBuf>,
    /// How many of them have to have signed.
    pub need: usize,
    /// How often it is looked at.
    #[serde(deserialize_with = "super::text::duration")]
    pub every: Duration,
}

impl Default for Bundle {
    fn default() -> Self {
        let every = Duration::from_secs(30);
        Self { path: None, url: None, token: None, keys: Vec::new(), need: 1, every }
    }
}

/// When the server is ready.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ready {
    /// How long feeds may be silent; no matter where it is not set: a source that is down need not take the gateway
    /// with it.
    #[serde(deserialize_with = "optional")]
    pub silence: Option<Duration>,
}

fn optional<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    super::text::duration(from).map(Some)
}

/// The page.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ui {
    /// Whether it is served, at `/ui/`.
    pub enabled: bool,
}

impl Store {
    /// When the store is looked after, and what is let go of.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let over = u64::try_from(self.compact_over).unwrap_or(u64::MAX);
        Rules { over, every: self.compact_every, keep: self.keep, keys: self.keys }
    }

    pub(super) fn rebase(&mut self, folder: &Path) {
        self.path.iter_mut().for_each(|path| super::rebase(path, folder));
        self.site_key.iter_mut().for_each(|place| place.rebase(folder));
    }
}

impl Stream {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.roots.iter_mut().for_each(|path| super::rebase(path, folder));
    }
}

impl Log {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.token.iter_mut().chain(&mut self.mask_key).for_each(|place| place.rebase(folder));
        if let Some(to) = self.to.as_mut().filter(|to| !to.contains("://") && *to != "stdout") {
            *to = folder.join(&*to).display().to_string();
        }
    }
}

impl Bundle {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.path.iter_mut().chain(&mut self.keys).for_each(|path| super::rebase(path, folder));
        self.token.iter_mut().for_each(|place| place.rebase(folder));
    }
}

/// Receivers and transmitters.
pub(super) fn rebase(receivers: &mut [Receiver], transmitters: &mut [Transmitter], folder: &Path) {
    for receiver in receivers {
        receiver.secret.iter_mut().chain(&mut receiver.url_secret).for_each(|place| place.rebase(folder));
    }
    transmitters.iter_mut().for_each(|one| super::rebase(&mut one.keys, folder));
}
