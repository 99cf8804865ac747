//! The one HTTP client: for webhooks, log uploads and bundles.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// Why there is no answer. It names no header and no query: either may hold a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers, or not as one should.
    #[error("{host}: {reason}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// Why.
        reason: String,
    },
    /// Not in time.
    #[error("{host}: no answer within {seconds} s")]
    Late {
        /// Who was asked.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The certificates to trust cannot be used.
    #[error("{0}")]
    Certificates(String),
}

/// Sends requests and reads bounded answers. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that waits so long for an answer. With certificates, in PEM, only what they sign is trusted;
    /// without, what browsers trust.
    ///
    /// # Errors
    /// [`ClientError::Certificates`] where these are none.
    pub fn new(timeout: Duration, roots: Option<&[u8]>) -> Result<Self, ClientError> {
        let builder = hyper_rustls::HttpsConnectorBuilder::new();
        let connector = match roots {
            None => builder.with_webpki_roots().https_or_http().enable_http1().build(),
            Some(pem) => builder.with_tls_config(trusting(pem)?).https_or_http().enable_http1().build(),
        };
        Ok(Self { pool: Pool::builder(TokioExecutor::new()).build(connector), timeout })
    }

    /// Sends a request; the answer's body may have so many bytes.
    ///
    /// # Errors
    /// [`ClientError`] where there is no answer in time. An answer that says that something went wrong is an answer.
    pub async fn send(&self, request: Request<Bytes>, most: usize) -> Result<Response<Bytes>, ClientError> {
        let host = host(request.uri());
        let unreachable = |reason: String| ClientError::Unreachable { host: host.clone(), reason };
        let (parts, body) = request.into_parts();
        let exchange = async {
            let answer = self.pool.request(Request::from_parts(parts, Full::new(body))).await;
            let (head, body) = answer.map_err(|error| unreachable(reason(&error)))?.into_parts();
            let body = Limited::new(body, most).collect().await;
            let body = body
                .map_err(|_| unreachable(format!("its answer is broken off, or longer than {most} bytes")))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let late = |_| ClientError::Late { host: host.clone(), seconds: self.timeout.as_secs() };
        tokio::time::timeout(self.timeout, exchange).await.map_err(late)?
    }
}

/// The scheme and the host of an address: nothing of its path or query.
#[must_use]
pub fn host(uri: &Uri) -> String {
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
}

fn reason(error: &hyper_util::client::legacy::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if error.is_connect() { format!("no connection: {deepest}") } else { deepest.to_string() }
}

fn trusting(pem: &[u8]) -> Result<rustls::ClientConfig, ClientError> {
    let odd = |error: String| {
        ClientError::Certificates(format!("the certificates to trust cannot be used: {error}"))
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| odd(error.to_string()))?;
        roots.add(certificate).map_err(|error| odd(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(odd("there are none".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| odd(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
