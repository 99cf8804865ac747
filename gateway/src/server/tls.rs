//! Certificates: the one that is shown, and those that are asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// Why there is no TLS. Never shows what is in a key's file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct TlsError {
    path: PathBuf,
    reason: String,
}

fn wrong(path: &Path, reason: impl Into<String>) -> TlsError {
    TlsError { path: path.to_owned(), reason: reason.into() }
}

/// The certificates of one listener, as they were read last.
pub struct Certificates {
    from: Tls,
    current: ArcSwap<ServerConfig>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Reads them.
    ///
    /// # Errors
    /// [`TlsError`] where one cannot be read or used.
    pub fn new(from: &Tls) -> Result<Self, TlsError> {
        Ok(Self { from: from.clone(), current: ArcSwap::from(Arc::new(read(from)?)) })
    }

    /// Reads them anew: connections that are made from now on go by them.
    ///
    /// # Errors
    /// As [`Certificates::new`]: then the former ones hold.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(read(&self.from)?));
        Ok(())
    }

    /// Whether every client has to show one.
    pub(super) const fn certifies(&self) -> bool {
        self.from.clients.is_some()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }
}

fn read(tls: &Tls) -> Result<ServerConfig, TlsError> {
    let chain = certificates(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|_| wrong(&tls.key, "holds no private key in PEM, or cannot be read"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&tls.certificate, error.to_string()))?;
    let builder = match &tls.clients {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path)? {
                roots.add(authority).map_err(|error| wrong(path, error.to_string()))?;
            }
            let mut verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            if let Some(path) = &tls.revoked {
                // Of whom the lists say nothing is not revoked; one that has run out says nothing.
                verifier = verifier
                    .with_crls(revocations(path)?)
                    .allow_unknown_revocation_status()
                    .enforce_revocation_expiration();
            }
            let verifier = verifier.build().map_err(|error| wrong(path, error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config =
        builder.with_single_cert(chain, key).map_err(|error| wrong(&tls.certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let failed = |_| wrong(path, "holds no list of revoked certificates in PEM, or cannot be read");
    let all: Vec<_> = CertificateRevocationListDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    if all.is_empty() {
        return Err(wrong(path, "holds no list of revoked certificates in PEM"));
    }
    Ok(all)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |_| wrong(path, "holds no certificate in PEM, or cannot be read");
    let all: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    if all.is_empty() {
        return Err(wrong(path, "holds no certificate in PEM"));
    }
    Ok(all)
}
