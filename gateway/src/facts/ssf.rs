//! Shared Signals (CAEP, RISC) by push, RFC 8935: a signed security event token is verified, becomes facts, and is
//! acknowledged once these are on disk.
//!
//! A transmitter's keys are configured, never fetched: `iss`, `aud`, the kind of token and the time are held against
//! the configuration before anything that it says is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize::facts::Instant;
use assize_ingest::{Context, SiteKey};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::body::{Checked, hex};
use super::clock;
use super::http::refused;
use super::intake::Intake;
use super::jwt::{Keys, TokenError};
use super::sent::{Sent, Way};
use crate::point::Keeper;

/// How far in the future a token may be issued, for clocks that differ.
const AHEAD: i64 = 300_000_000;

/// A transmitter, as a deployment describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transmitter {
    /// The last part of the path that it pushes to: `/v1/ssf/NAME`.
    pub name: String,
    /// What its tokens say for `iss`.
    pub issuer: String,
    /// What they say for `aud`.
    pub audience: String,
    /// Its public keys: a file with a JSON Web Key Set.
    pub keys: PathBuf,
}

/// A transmitter whose keys were read.
#[derive(Debug)]
struct Known {
    issuer: String,
    audience: String,
    keys: Keys,
}

/// What the route needs.
#[derive(Clone, Debug)]
pub struct Room {
    intake: Intake,
    keeper: Arc<Keeper>,
    site_key: SiteKey,
    known: Arc<std::collections::BTreeMap<String, Known>>,
}

/// Why a token is not taken: RFC 8935's word for it, and ours.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bad(&'static str, String);

impl Room {
    /// Reads the transmitters' keys.
    ///
    /// # Errors
    /// A sentence that names the file, where one cannot be read.
    pub fn new(
        transmitters: &[Transmitter],
        intake: Intake,
        keeper: Arc<Keeper>,
        site_key: SiteKey,
    ) -> Result<Self, String> {
        let read = |path: &Path| -> Result<Keys, String> {
            let odd = |reason: String| format!("{}: {reason}", path.display());
            let text = std::fs::read(path).map_err(|error| odd(error.to_string()))?;
            Keys::read(&text).map_err(odd)
        };
        let known = transmitters.iter().map(|one| {
            let (issuer, audience) = (one.issuer.clone(), one.audience.clone());
            Ok((one.name.clone(), Known { issuer, audience, keys: read(&one.keys)? }))
        });
        Ok(Self { intake, keeper, site_key, known: Arc::new(known.collect::<Result<_, String>>()?) })
    }

    /// The route.
    pub fn router(self) -> Router {
        Router::new().route("/v1/ssf/{transmitter}", post(take)).with_state(self)
    }
}

async fn take(
    State(room): State<Room>,
    Segment(transmitter): Segment<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(known) = room.known.get(&transmitter) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/secevent+jwt") {
        return bad(&Bad("invalid_request", "the content type is not `application/secevent+jwt`".to_owned()));
    }
    let claims = match known.check(&body, clock::wall()) {
        Ok(claims) => claims,
        Err(error) => return bad(&error),
    };
    let sent = match room.sent(&transmitter, &claims) {
        Ok(sent) => sent,
        Err(error) => return bad(&error),
    };
    match room.intake.take(sent).await {
        Ok(_) => StatusCode::ACCEPTED.into_response(),
        Err(error) => refused(&error),
    }
}

fn bad(error: &Bad) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"err": error.0, "description": error.1}))).into_response()
}

impl Known {
    fn check(&self, token: &[u8], now: Instant) -> Result<Value, Bad> {
        let token = std::str::from_utf8(token).unwrap_or_default().trim();
        let claims = self.keys.verify(token, "secevent+jwt").map_err(|error| match error {
            TokenError::Form(reason) => Bad("invalid_request", reason.to_owned()),
            TokenError::Key => Bad("invalid_key", "no configured key has signed this".to_owned()),
            TokenError::Signature => Bad("authentication_failed", "the signature does not fit".to_owned()),
        })?;
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(Bad("invalid_issuer", "`iss` is not the configured issuer".to_owned()));
        }
        let heard = match claims.get("aud") {
            Some(Value::String(one)) => *one == self.audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(&self.audience)),
            _ => false,
        };
        if !heard {
            return Err(Bad("invalid_audience", "`aud` does not name this receiver".to_owned()));
        }
        let tells = claims.get("events").and_then(Value::as_object).is_some_and(|events| !events.is_empty());
        if !tells {
            return Err(Bad("invalid_request", "`events` tells of none".to_owned()));
        }
        let issued = claims.get("iat").and_then(Value::as_i64).and_then(|at| at.checked_mul(1_000_000));
        match issued {
            Some(at) if at <= now.0.saturating_add(AHEAD) => Ok(claims),
            Some(_) => Err(Bad("invalid_request", "`iat` is in the future".to_owned())),
            None => Err(Bad("invalid_request", "there is no `iat`".to_owned())),
        }
    }
}

impl Room {
    /// The facts that the claims are. A token that comes again is known by its `jti`.
    fn sent(&self, transmitter: &str, claims: &Value) -> Result<Sent, Bad> {
        let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
        let jti = jti.ok_or_else(|| Bad("invalid_request", "there is no `jti`".to_owned()))?;
        let text = claims.to_string();
        let context = Context { observed_at: Some(clock::wall()), ..Context::new(self.site_key.clone()) };
        let output = assize_ingest::ingest("shared-signals", text.as_bytes(), "a pushed token", &context)
            .map_err(|error| Bad("invalid_request", error.to_string()))?;
        if let (true, Some(reject)) = (output.lines.is_empty(), output.rejects.first()) {
            return Err(Bad("invalid_request", reject.reason.clone()));
        }
        let lines: Vec<String> = output.lines.iter().map(|line| line.to_json().to_string()).collect();
        let engine = self.keeper.point().standing().policies().engine().clone();
        let checked = Checked::of_lines(&engine, (1..).zip(lines.iter().map(String::as_str)));
        let key = hex(&Sha256::digest(jti.as_bytes()));
        // The lines tell when they were seen here, so that the key is of the token and not of them.
        let checked = Checked { hash: hex(&Sha256::digest(text.as_bytes())), ..checked };
        Ok(Sent {
            feed: format!("ssf:{transmitter}"),
            from: None,
            key: Some(key),
            checked,
            note: None,
            way: Way::Add,
        })
    }
}
