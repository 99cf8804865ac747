//! `[[listen]]`: where to listen. Each address serves HTTP/1.1, HTTP/2 and gRPC.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de::Error};

use super::Auth;

/// One place to listen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// `127.0.0.1:8181`, `[::1]:8181`, or `unix:/run/assize/assize.sock`.
    pub address: Address,
    /// TLS; without it whoever is between may read and change.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Anybody who reaches the address may ask for decisions (never write).
    #[serde(default)]
    pub open: bool,
}

/// Where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket in the file system: whoever may open it may ask.
    Unix(PathBuf),
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let wrong = || {
            let forms = "`127.0.0.1:8181`, `[::1]:8181` or `unix:/run/assize.sock`";
            Error::custom(format!("`{text}` is no address; write it as {forms}"))
        };
        text.parse().map(Self::Tcp).map_err(|_| wrong())
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The certificate that is shown, and which ones are asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
    /// Who signs clients' certificates, PEM: then every client has to show one, and may write.
    #[serde(default)]
    pub clients: Option<PathBuf>,
    /// Lists of clients' certificates that are revoked, PEM.
    #[serde(default)]
    pub revoked: Option<PathBuf>,
}

impl Listen {
    pub(super) fn rebase(&mut self, folder: &Path) {
        if let Address::Unix(path) = &mut self.address {
            super::rebase(path, folder);
        }
        if let Some(tls) = &mut self.tls {
            super::rebase(&mut tls.certificate, folder);
            super::rebase(&mut tls.key, folder);
            tls.clients.iter_mut().chain(&mut tls.revoked).for_each(|path| super::rebase(path, folder));
        }
    }

    /// Whether only this machine reaches it.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        match &self.address {
            Address::Tcp(address) => address.ip().is_loopback(),
            Address::Unix(_) => true,
        }
    }

    /// Whether everybody who reaches it may ask for decisions.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open || self.is_local()
    }

    /// Beyond this machine nobody asks unknown, unless it is said so.
    pub(super) fn check(&self, auth: &Auth) -> Result<(), String> {
        if self.tls.as_ref().is_some_and(|tls| tls.revoked.is_some() && tls.clients.is_none()) {
            return Err(format!(
                "`{}`: `tls.revoked` says who is none of `tls.clients`, which is not set",
                self.address
            ));
        }
        let names_clients = self.tls.as_ref().is_some_and(|tls| tls.clients.is_some());
        if self.is_open() || names_clients || auth.readers.is_some() || auth.writers.is_some() {
            return Ok(());
        }
        Err(format!(
            "`{}` is reached from other machines, and nobody has to say who he is; set `[auth] readers`, give \
             the listener `tls.clients`, or say `open = true`",
            self.address
        ))
    }
}
