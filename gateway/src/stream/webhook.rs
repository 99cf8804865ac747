//! Changes delivered: one task a receiver, in order, each at least once.
//!
//! What a receiver has taken is noted on disk after it said so. One that does not answer is asked again, ever less
//! often, and the others do not wait for it. Only what no repetition can mend is passed over, counted and said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use serde::Serialize;
use tokio::sync::watch;

use super::bodies;
use super::outbox::{Event, Outbox};
use super::route::{Form, Levels, Meaning, Receiver};
use super::sign::SigningKey;
use crate::client::{Client, host};
use crate::facts::clock;
use crate::secret::Secret;

/// How many changes are read at once.
const PAGE: usize = 128;

/// How much of an answer is read.
const ANSWER: usize = 64 << 10;

/// How often a receiver that says that it cannot read something is asked again.
const REFUSALS: u32 = 5;

/// How long is waited before a receiver is asked again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// After the first failure; twice as long after each further one.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(300) }
    }
}

/// How deliveries go.
#[derive(Debug, Default)]
pub struct Progress {
    delivered: AtomicU64,
    failed: AtomicU64,
    passed_over: AtomicU64,
    cursor: AtomicU64,
    last_error: Mutex<Option<String>>,
}

/// The same, to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The receiver.
    pub name: String,
    /// How many it has taken since the server began.
    pub delivered: u64,
    /// How often it did not.
    pub failed: u64,
    /// How many it will never take.
    pub passed_over: u64,
    /// How many changes it has not heard of, wanted or not.
    pub behind: u64,
    /// Why the last attempt failed, where none went well since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A receiver that is told.
#[derive(Debug)]
pub struct Delivery {
    receiver: Receiver,
    url: Secret,
    key: Option<SigningKey>,
    routing_key: Option<Secret>,
    source: String,
    /// How it goes.
    pub progress: Arc<Progress>,
}

impl Delivery {
    /// Makes ready what a receiver needs. `source` says which server tells.
    ///
    /// # Errors
    /// A sentence where something that it needs is missing, or a secret cannot be read.
    pub fn new(receiver: Receiver, source: &str) -> Result<Self, String> {
        let odd = |reason: String| format!("receiver `{}`: {reason}", receiver.name);
        let url = match (&receiver.url, &receiver.url_secret) {
            (Some(url), None) => Secret::new(url.as_str()),
            (None, Some(place)) => place.read().map_err(odd)?,
            _ => return Err(odd("one of `url` and `url_secret` says where it is".to_owned())),
        };
        let uri: Option<Uri> = url.expose_text().and_then(|url| url.parse().ok());
        if !uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        {
            return Err(odd("its address does not begin with `http://` or `https://` and a host".to_owned()));
        }
        let secret = receiver.secret.as_ref().map(|place| place.read().map_err(odd)).transpose()?;
        let (key, routing_key) = match (receiver.form, secret) {
            (Form::Cloudevents, Some(secret)) => (Some(SigningKey::new(&secret).map_err(odd)?), None),
            (Form::Cloudevents, None) => {
                return Err(odd("`secret` names the key of its signatures".to_owned()));
            }
            (Form::Pagerduty, Some(secret)) => (None, Some(secret)),
            (Form::Pagerduty, None) => return Err(odd("`secret` names its routing key".to_owned())),
            (Form::Slack, _) => (None, None),
        };
        Ok(Self { receiver, url, key, routing_key, source: source.to_owned(), progress: Arc::default() })
    }

    /// The receiver's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.receiver.name
    }

    /// How it goes.
    #[must_use]
    pub fn shown(&self, outbox: &Outbox) -> Shown {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Shown {
            name: self.receiver.name.clone(),
            delivered: of(&self.progress.delivered),
            failed: of(&self.progress.failed),
            passed_over: of(&self.progress.passed_over),
            behind: outbox.latest().saturating_sub(of(&self.progress.cursor)),
            last_error: self.progress.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Delivers until it is told to stop.
    pub async fn run(
        self: Arc<Self>,
        outbox: Outbox,
        client: Client,
        levels: Levels,
        backoff: Backoff,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut latest = outbox.watch();
        // A new one hears what comes from now on.
        let mut at = loop {
            match self.begin(&outbox).await {
                Some(at) => break at,
                None if waited(backoff.first, &mut stop).await => return,
                None => {}
            }
        };
        loop {
            latest.mark_unchanged();
            self.progress.cursor.store(at, Ordering::Relaxed);
            let reader = outbox.clone();
            let page = tokio::task::spawn_blocking(move || reader.after(at, PAGE)).await;
            let Ok(Ok((events, gap))) = page else {
                if waited(backoff.first, &mut stop).await {
                    return;
                }
                continue;
            };
            if gap {
                let first = events.first().map_or(at, |event| event.id);
                let gone = first.saturating_sub(at).saturating_sub(1);
                self.progress.passed_over.fetch_add(gone, Ordering::Relaxed);
            }
            for event in &events {
                if let Some(meaning) = self.receiver.meaning(event, &levels) {
                    if !self.deliver(&client, event, meaning, &outbox, backoff, &mut stop).await {
                        return;
                    }
                    self.note(&outbox, event.id).await;
                }
                at = event.id;
                self.progress.cursor.store(at, Ordering::Relaxed);
            }
            if !events.is_empty() {
                self.note(&outbox, at).await;
                continue;
            }
            tokio::select! {
                changed = latest.changed() => if changed.is_err() { return },
                _ = stop.changed() => return,
            }
        }
    }

    async fn begin(&self, outbox: &Outbox) -> Option<u64> {
        let (outbox, name) = (outbox.clone(), self.receiver.name.clone());
        let begun = tokio::task::spawn_blocking(move || {
            let latest = outbox.latest();
            match outbox.cursor(&name)? {
                Some(at) if at <= latest => Ok(at),
                _ => outbox.set_cursor(&name, latest).map(|()| latest),
            }
        });
        begun.await.ok()?.ok()
    }

    /// What cannot be noted is told again after a restart: that is what at least once means.
    async fn note(&self, outbox: &Outbox, at: u64) {
        let (outbox, name) = (outbox.clone(), self.receiver.name.clone());
        drop(tokio::task::spawn_blocking(move || outbox.set_cursor(&name, at)).await);
    }

    /// Delivers one change, however often that has to be tried; whether to go on.
    async fn deliver(
        &self,
        client: &Client,
        event: &Event,
        meaning: Meaning,
        outbox: &Outbox,
        backoff: Backoff,
        stop: &mut watch::Receiver<bool>,
    ) -> bool {
        let (mut wait, mut refusals) = (backoff.first, 0_u32);
        loop {
            let sent = match self.request(event, meaning, outbox.store()) {
                Some(request) => client.send(request, ANSWER).await,
                None => return true,
            };
            let (why, later) = match &sent {
                Ok(answer) if answer.status().is_success() => {
                    self.progress.delivered.fetch_add(1, Ordering::Relaxed);
                    self.say(None);
                    return true;
                }
                Ok(answer) => (format!("{} answers {}", self.host(), answer.status()), retry_after(answer)),
                Err(error) => (error.to_string(), None),
            };
            self.progress.failed.fetch_add(1, Ordering::Relaxed);
            self.say(Some(why));
            // It has been understood, and will not be taken another time either.
            let hopeless =
                [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY];
            if sent.is_ok_and(|answer| hopeless.contains(&answer.status())) {
                refusals = refusals.saturating_add(1);
                if refusals >= REFUSALS {
                    self.progress.passed_over.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
            }
            if waited(jittered(later.unwrap_or(wait).min(backoff.most)), stop).await {
                return false;
            }
            wait = wait.saturating_mul(2).min(backoff.most);
        }
    }

    fn request(&self, event: &Event, meaning: Meaning, store: &str) -> Option<Request<Bytes>> {
        let id = format!("{store}-{}", event.id);
        let body = match self.receiver.form {
            Form::Cloudevents => bodies::cloudevent(event, &id, &self.source),
            Form::Slack => bodies::slack(event, meaning),
            Form::Pagerduty => {
                let key = self.routing_key.as_ref().and_then(Secret::expose_text).unwrap_or_default();
                bodies::pagerduty(event, meaning, key, &self.source)
            }
        };
        let body = serde_json::to_vec(&body).ok()?;
        let kind = match self.receiver.form {
            Form::Cloudevents => "application/cloudevents+json; charset=utf-8",
            Form::Slack | Form::Pagerduty => "application/json",
        };
        let mut request = Request::post(self.url.expose_text()?).header(header::CONTENT_TYPE, kind);
        if let Some(key) = &self.key {
            let seconds = clock::wall().0.div_euclid(1_000_000);
            request = request
                .header("webhook-id", &id)
                .header("webhook-timestamp", seconds)
                .header("webhook-signature", key.sign(&id, seconds, &body));
        }
        request.body(Bytes::from(body)).ok()
    }

    fn host(&self) -> String {
        self.url.expose_text().and_then(|url| url.parse().ok()).map(|uri| host(&uri)).unwrap_or_default()
    }

    fn say(&self, error: Option<String>) {
        *self.progress.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

/// Waits; whether it was told to stop meanwhile.
async fn waited(time: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    if *stop.borrow() {
        return true;
    }
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        _ = stop.changed() => true,
    }
}

fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Between half of it and all of it, so that many who wait do not come back together.
fn jittered(time: Duration) -> Duration {
    let mut byte = [0_u8];
    // Without randomness it is all of it.
    let random = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut byte);
    let share = if random.is_ok() { u32::from(byte.first().copied().unwrap_or(255)) } else { 255 };
    time.saturating_mul(share.saturating_add(255)).checked_div(510).unwrap_or(time)
}

#[cfg(test)]
mod tests;
