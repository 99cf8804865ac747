//! Listening: TCP, TLS and unix sockets, each for HTTP/1.1, HTTP/2 and gRPC; who may do what; what is too much.

mod auth;
mod connection;
mod gate;
mod limits;
mod listener;
mod peer;
mod rooms;
mod tls;

use std::sync::Arc;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::{Semaphore, watch};

pub use auth::{AuthError, Guard};
pub use listener::{Bound, ListenError};
pub use peer::Peer;
pub use rooms::Rooms;
pub use tls::{Certificates, TlsError};

use crate::config::Limits;
use connection::Connections;

/// Serves until told to end, then lets what is in work end, within the limit.
pub async fn serve(
    bound: Vec<Bound>,
    rooms: Rooms,
    guard: Arc<Guard>,
    limits: Limits,
    mut end: watch::Receiver<bool>,
) {
    let router = rooms.router(&guard, &limits);
    let graceful = Arc::new(GracefulShutdown::new());
    let permits = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let mut listening = tokio::task::JoinSet::new();
    for one in bound {
        let connections = Connections {
            router: router.clone(),
            graceful: Arc::clone(&graceful),
            permits: Arc::clone(&permits),
            limits,
        };
        listening.spawn(one.accept(connections, end.clone()));
    }
    // The sender outlives the server; were it gone, that would be the end as well.
    drop(end.wait_for(|over| *over).await);
    // A listener that still held the connections would keep them from being counted down.
    while listening.join_next().await.is_some() {}
    if let Ok(graceful) = Arc::try_unwrap(graceful) {
        drop(tokio::time::timeout(limits.shutdown, graceful.shutdown()).await);
    }
}
