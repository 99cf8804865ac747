//! Sockets that are listened on.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

use super::connection::Connections;
use super::peer::Peer;
use super::tls::{Certificates, TlsError};
use crate::config::{Address, Listen};

/// Why an address is not listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The system refuses.
    #[error("`{address}`: cannot listen: {reason}")]
    Bind {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// There is no TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// An address that is listened on.
#[derive(Debug)]
pub struct Bound {
    socket: Socket,
    address: Address,
    certificates: Option<Arc<Certificates>>,
    open: bool,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Bound {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`ListenError`] where the address is taken or the certificates cannot be read.
    pub async fn new(listen: &Listen) -> Result<Self, ListenError> {
        let certificates =
            listen.tls.as_ref().map(|from| Certificates::new(from).map(Arc::new)).transpose()?;
        let failed = |error: io::Error| ListenError::Bind {
            address: listen.address.to_string(),
            reason: error.to_string(),
        };
        let mut address = listen.address.clone();
        let socket = match &listen.address {
            Address::Tcp(wanted) => {
                let listener = TcpListener::bind(wanted).await.map_err(failed)?;
                // Port 0 is any: say which it became.
                address = Address::Tcp(listener.local_addr().map_err(failed)?);
                Socket::Tcp(listener)
            }
            Address::Unix(path) => Socket::Unix(unix(path).map_err(failed)?),
        };
        Ok(Self { socket, address, certificates, open: listen.is_open() })
    }

    /// The certificates, where there are any.
    #[must_use]
    pub const fn certificates(&self) -> Option<&Arc<Certificates>> {
        self.certificates.as_ref()
    }

    /// Where.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Takes connections until the end.
    pub(super) async fn accept(self, connections: Connections, mut end: watch::Receiver<bool>) {
        loop {
            // A permit first: while there are too many connections, others wait in the system's queue.
            let permit = tokio::select! {
                permit = connections.permit() => permit,
                _ = end.wait_for(|over| *over) => break,
            };
            let Some(permit) = permit else { break };
            let peer = Peer { open: self.open, ..Peer::default() };
            let accepted = tokio::select! {
                accepted = self.one() => accepted,
                _ = end.wait_for(|over| *over) => break,
            };
            match accepted {
                Ok(Stream::Tcp(stream, address)) => {
                    // Answers are small; waiting for more to send would only delay them.
                    drop(stream.set_nodelay(true));
                    let peer = Peer { address: Some(address.ip()), ..peer };
                    self.serve(stream, peer, &connections, permit);
                }
                Ok(Stream::Unix(stream)) => self.serve(stream, peer, &connections, permit),
                // Out of files, most often: it passes, and asking again at once would only burn time.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        if let (Socket::Unix(_), Address::Unix(path)) = (&self.socket, &self.address) {
            drop(std::fs::remove_file(path));
        }
    }

    async fn one(&self) -> io::Result<Stream> {
        match &self.socket {
            Socket::Tcp(listener) => listener.accept().await.map(|(stream, peer)| Stream::Tcp(stream, peer)),
            Socket::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        }
    }

    fn serve<S>(
        &self,
        stream: S,
        peer: Peer,
        connections: &Connections,
        permit: tokio::sync::OwnedSemaphorePermit,
    ) where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let connections = connections.clone();
        let certificates = self.certificates.clone();
        tokio::spawn(async move {
            let _permit = permit;
            match certificates {
                None => connections.serve(stream, peer).await,
                Some(certificates) => {
                    let shaken = certificates.acceptor().accept(stream);
                    let certified = certificates.certifies();
                    // Whoever does not finish the handshake in time, or fails it, is let go.
                    if let Ok(Ok(stream)) = tokio::time::timeout(connections.limits.head_time, shaken).await {
                        connections.serve(stream, Peer { certified, ..peer }).await;
                    }
                }
            }
        });
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream, std::net::SocketAddr),
    Unix(tokio::net::UnixStream),
}

/// Binds a socket file. One that a former process left behind, and that nobody listens on, is replaced.
fn unix(path: &Path) -> io::Result<UnixListener> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}
