//! `POST /v1/facts`: lines in, and an answer once they are on disk. `GET /v1/facts`: how far each feed is.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{BodyLimits, Checked};
use super::error::{Refused, StoreError};
use super::intake::Intake;
use super::sent::{Sent, Way};
use super::{clock, staleness};
use crate::point::Keeper;

/// The feed of those who name none.
const FEED: &str = "http";

/// What the routes need.
#[derive(Clone, Debug)]
pub struct Room {
    /// Who takes facts in.
    pub intake: Intake,
    /// Who keeps them.
    pub keeper: Arc<Keeper>,
    /// What is too much.
    pub limits: BodyLimits,
}

/// What a sender says beside the lines.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    feed: Option<String>,
    from: Option<u64>,
    /// These lines are all that the feed says.
    #[serde(default)]
    whole: bool,
}

/// How the names of feeds begin that nobody sends to by this route.
const RESERVED: [&str; 2] = [super::files::FEED, "ssf:"];

/// The route that changes facts.
pub fn writing(room: Room) -> Router {
    Router::new().route("/v1/facts", post(take)).with_state(room)
}

/// The route that tells how far feeds are.
pub fn reading(room: Room) -> Router {
    Router::new().route("/v1/facts", get(feeds)).with_state(room)
}

async fn take(
    State(room): State<Room>,
    Query(said): Query<Said>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = match headers.get("idempotency-key").map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => return refused(&Refused::Name { what: "idempotency key", name: String::new() }),
    };
    let feed = said.feed.unwrap_or_else(|| FEED.to_owned());
    if RESERVED.iter().any(|prefix| feed.starts_with(prefix)) {
        return refused(&Refused::Reserved(feed.chars().take(12).collect()));
    }
    let way = if said.whole { Way::Anew } else { Way::Add };
    let engine = room.keeper.point().standing().policies().engine().clone();
    let limits = room.limits;
    // Unpacking and checking take a while where there is much.
    let checked = tokio::task::spawn_blocking(move || Checked::read(&engine, &*body, limits)).await;
    let checked = match checked {
        Ok(Ok(checked)) => checked,
        Ok(Err(error)) => return refused(&error),
        Err(_) => return refused(&Refused::Ending),
    };
    match room.intake.take(Sent { feed, from: said.from, key, checked, note: None, way }).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refused(&error),
    }
}

async fn feeds(State(room): State<Room>, Query(said): Query<Said>) -> Response {
    let intake = room.intake.clone();
    let read = tokio::task::spawn_blocking(move || match said.feed {
        Some(name) => intake.log().feed(&name).map(|feed| staleness::feed(&name, &feed, clock::wall())),
        None => intake.log().feeds().map(|feeds| {
            let now = clock::wall();
            let feeds: Vec<Value> =
                feeds.iter().map(|(name, feed)| staleness::feed(name, feed, now)).collect();
            json!({"feeds": feeds})
        }),
    });
    match read.await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(error)) => refused(&Refused::Store(error)),
        Err(_) => refused(&Refused::Ending),
    }
}

/// What somebody hears whose lines are not taken.
pub(super) fn refused(error: &Refused) -> Response {
    let status = match error {
        Refused::Unreadable(_) | Refused::Name { .. } | Refused::Reserved(_) => StatusCode::BAD_REQUEST,
        Refused::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Refused::Gap { .. } | Refused::Whole(_) | Refused::Added(_) => StatusCode::CONFLICT,
        Refused::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Store(StoreError::Full { .. }) => StatusCode::INSUFFICIENT_STORAGE,
        Refused::Busy | Refused::Ending | Refused::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = match error {
        Refused::Gap { position, .. } => json!({"error": error.to_string(), "position": position}),
        _ => json!({"error": error.to_string()}),
    };
    let mut response = (status, Json(body)).into_response();
    if status.is_server_error() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
