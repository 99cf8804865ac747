//! One connection: HTTP/1.1 or HTTP/2, whichever the client speaks, within the limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use super::Peer;
use crate::config::Limits;

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) router: Router,
    pub(super) graceful: Arc<GracefulShutdown>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) limits: Limits,
}

impl Connections {
    /// Room for one more.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Serves it to its end.
    pub(super) async fn serve<S>(&self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Arc::new(AtomicBool::new(false));
        let service = {
            let (router, asked) = (self.router.clone(), Arc::clone(&asked));
            hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                asked.store(true, Ordering::Relaxed);
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                router.clone().oneshot(request)
            })
        };
        let builder = self.builder();
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = self.graceful.watch(connection);
        tokio::pin!(connection);
        tokio::select! {
            // However it ends, there is nobody to tell.
            _ = &mut connection => return,
            () = tokio::time::sleep(self.limits.head_time) => {}
        }
        // Which version it is takes some bytes to tell, and nothing else limits how long these may take.
        if asked.load(Ordering::Relaxed) {
            drop(connection.await);
        }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let limits = &self.limits;
        let head = limits.head;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(head.max(8 << 10));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(u32::try_from(limits.requests).unwrap_or(u32::MAX))
            .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10));
        builder
    }
}
