//! gRPC's health protocol, for whoever watches over the server by it: as `/health/ready`, on any port.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::sync::Semaphore;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::http::Server;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::{Health, HealthServer};
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// How often is looked whether something has changed for those who wait.
const LOOK: Duration = Duration::from_millis(500);

/// The services that are known by name; the empty name is the server.
const SERVICES: [&str; 3] = ["", "envoy.service.auth.v3.Authorization", "agentgateway.dev.ext_mcp.ExtMcp"];

/// How many may wait at once: everybody may ask.
const WAITING: usize = 64;

/// Answers by what the server knows of itself.
#[derive(Debug)]
struct Watched {
    server: Arc<Server>,
    room: Arc<Semaphore>,
}

/// The service.
pub fn routes(server: Arc<Server>) -> Router {
    // Of any other path nothing is known here.
    let service = HealthServer::new(Watched { server, room: Arc::new(Semaphore::new(WAITING)) });
    Router::new().route_service("/grpc.health.v1.Health/{method}", service)
}

async fn status(server: Arc<Server>) -> ServingStatus {
    let unready = tokio::task::spawn_blocking(move || server.unready()).await;
    if unready.is_ok_and(|unready| unready.is_empty()) {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

fn is_known(service: &str) -> bool {
    SERVICES.contains(&service)
}

#[tonic::async_trait]
impl Health for Watched {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !is_known(&request.get_ref().service) {
            return Err(Status::not_found("no such service is served"));
        }
        Ok(Response::new(response(status(Arc::clone(&self.server)).await)))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            return Err(Status::resource_exhausted("too many wait to be told"));
        };
        let (tell, told) = tokio::sync::mpsc::channel(1);
        let (server, known) = (Arc::clone(&self.server), is_known(&request.get_ref().service));
        tokio::spawn(async move {
            let _permit = permit;
            let mut last = None;
            loop {
                let ending = server.ending.load(Ordering::Relaxed);
                let now =
                    if known { status(Arc::clone(&server)).await } else { ServingStatus::ServiceUnknown };
                if last != Some(now) && tell.send(Ok(response(now))).await.is_err() {
                    return;
                }
                if ending {
                    return;
                }
                last = Some(now);
                tokio::select! {
                    () = tell.closed() => return,
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }
}
