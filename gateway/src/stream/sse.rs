//! `GET /v1/decisions/stream`: changes as they come, as server-sent events.
//!
//! Each has its number for id. A client that comes back says the last one that it had (`Last-Event-ID`, which browsers
//! send by themselves, or `?after=`) and gets all that came since; where some of these are let go of already it is
//! told so by `reset`, and asks for all that stands.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::outbox::{Event, Outbox};

/// How many changes are read at once.
const PAGE: usize = 256;

/// How often something is said where nothing happens: proxies end connections that are silent.
const PULSE: Duration = Duration::from_secs(15);

/// What a client may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The number of the last change that it had. Without it, and without the header, the stream begins with what
    /// comes next.
    after: Option<u64>,
}

/// Answers.
pub async fn stream(
    State(outbox): State<Outbox>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let header =
        headers.get("last-event-id").map(|id| id.to_str().ok().and_then(|id| id.trim().parse().ok()));
    let after = match (header, asked.after) {
        (Some(None), _) => {
            return (StatusCode::BAD_REQUEST, "`Last-Event-ID` is not the number of a change")
                .into_response();
        }
        (Some(Some(id)), _) => id,
        (None, Some(after)) => after,
        (None, None) => outbox.latest(),
    };
    // A number from another life of the store would be waited for long.
    let after = if after > outbox.latest() { 0 } else { after };
    let (sender, receiver) = mpsc::channel::<Result<Bytes, Infallible>>(16);
    tokio::spawn(send(outbox, after, sender));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(ReceiverStream::new(receiver))).into_response()
}

/// Sends until nobody listens any more. Who listens slowly is waited for, on disk.
async fn send(outbox: Outbox, mut after: u64, sender: mpsc::Sender<Result<Bytes, Infallible>>) {
    let (mut latest, mut over) = (outbox.watch(), outbox.ended());
    let mut text = ": connected\nretry: 2000\n\n".to_owned();
    loop {
        latest.mark_unchanged();
        let reader = outbox.clone();
        let page = tokio::task::spawn_blocking(move || reader.after(after, PAGE)).await;
        let mut waiting = false;
        if let Ok(Ok((events, gap))) = page {
            waiting = events.len() == PAGE;
            if gap {
                text.push_str("event: reset\ndata: {\"read\":\"/v1/decisions\"}\n\n");
            }
            for event in &events {
                after = event.id;
                text.push_str(&frame(event));
            }
        }
        if !text.is_empty() && sender.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
            return;
        }
        if waiting {
            continue;
        }
        tokio::select! {
            changed = latest.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(PULSE) => text.push_str(": still here\n\n"),
            () = sender.closed() => return,
            _ = over.wait_for(|over| *over) => return,
        }
    }
}

/// One change. JSON has no line breaks.
fn frame(event: &Event) -> String {
    let data = serde_json::to_string(event).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.change)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;
    use crate::facts::Disk;

    fn event(id: &str) -> Event {
        let decision = json!({"id": id, "policy": "p", "anchor": {"k": {"Key": id}}});
        serde_json::from_value(
            json!({"change": "made", "at": "2026-06-01T00:00:00Z", "by": {"fact": {"Key": id}},
                                      "decision": decision}),
        )
        .unwrap()
    }

    /// What comes until so many changes did.
    async fn read(outbox: &Outbox, uri: &str, id: Option<&str>, wanted: usize) -> String {
        let app = Router::new().route("/s", get(stream)).with_state(outbox.clone());
        let mut request = Request::builder().uri(uri);
        if let Some(id) = id {
            request = request.header("Last-Event-ID", id);
        }
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let mut body = response.into_body();
        let mut text = String::new();
        while text.matches("\ndata: ").count() < wanted {
            let part = body.frame().await.unwrap().unwrap().into_data().unwrap();
            text.push_str(std::str::from_utf8(&part).unwrap());
        }
        text
    }

    #[tokio::test]
    async fn whoever_comes_back_gets_what_came_since() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::open(&folder.path().join("facts.redb")).unwrap());
        let outbox = Outbox::new(disk, 3).unwrap();
        outbox.tell(&[event("a"), event("b")]).unwrap();
        let all = read(&outbox, "/s?after=0", None, 2).await;
        let data = |id: u64, key: &str| {
            format!(
                "id: {id}\nevent: made\ndata: {{\"id\":{id},\"change\":\"made\",\"at\":\"2026-06-01T00:00:00Z\",\
                 \"by\":{{\"fact\":{{\"Key\":\"{key}\"}}}},\"decision\":{{\"anchor\":{{\"k\":{{\"Key\":\"{key}\"}}}},\
                 \"id\":\"{key}\",\"policy\":\"p\"}}}}\n\n"
            )
        };
        assert_eq!(all, format!(": connected\nretry: 2000\n\n{}{}", data(1, "a"), data(2, "b")));
        assert!(read(&outbox, "/s", Some("1"), 1).await.ends_with(&data(2, "b")));
        // Who listens hears at once.
        let listening = tokio::spawn({
            let outbox = outbox.clone();
            async move { read(&outbox, "/s", Some("2"), 1).await }
        });
        tokio::task::yield_now().await;
        outbox.tell(&[event("c"), event("d"), event("e")]).unwrap();
        assert!(listening.await.unwrap().contains(&data(3, "c")));
        // The first two are let go of.
        let late = read(&outbox, "/s?after=0", None, 4).await;
        assert!(late.contains("event: reset\ndata: {\"read\":\"/v1/decisions\"}\n\n"), "{late}");
    }

    #[tokio::test]
    async fn an_id_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::open(&folder.path().join("facts.redb")).unwrap());
        let app = Router::new().route("/s", get(stream)).with_state(Outbox::new(disk, 3).unwrap());
        let request = Request::builder().uri("/s").header("Last-Event-ID", "x").body(Body::empty());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
}
