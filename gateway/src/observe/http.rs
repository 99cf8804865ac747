//! What whoever watches over the server asks it: health, metrics, how it is, what stands.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Moment};

use assize::{Bound, Evaluation};
use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::coverage::Coverage;
use super::metrics::{Metrics, Page};
use super::spans::Spans;
use crate::bundle::BundleSource;
use crate::facts::{Files, Intake, Upkeep, clock, staleness};
use crate::log::DecisionLog;
use crate::point::Keeper;
use crate::stream::Outbox;
use crate::stream::teller::Told;
use crate::stream::webhook::Delivery;

/// How long what stands is shown as it was put together last.
const FRESH: Duration = Duration::from_secs(2);

/// How many decisions are shown at once at most.
const SHOWN: usize = 1_000;

/// Everything that can be asked about.
#[derive(Debug)]
pub struct Server {
    /// Who keeps the facts.
    pub keeper: Arc<Keeper>,
    /// Counters of answers.
    pub metrics: Arc<Metrics>,
    /// Who takes facts in, where facts are taken.
    pub intake: Option<Intake>,
    /// The files that are followed.
    pub files: Option<Arc<Files>>,
    /// Who keeps the store small.
    pub upkeep: Option<Arc<Upkeep>>,
    /// The changes.
    pub outbox: Outbox,
    /// What was written of them.
    pub told: Arc<Told>,
    /// Who is told.
    pub deliveries: Vec<Arc<Delivery>>,
    /// The decision log.
    pub log: Option<DecisionLog>,
    /// Decisions as spans, where somebody collects them.
    pub spans: Option<Spans>,
    /// Where policies come from, where that is a bundle.
    pub bundle: Option<Arc<BundleSource>>,
    /// Who watched what.
    pub coverage: Arc<Mutex<Coverage>>,
    /// How long feeds may be silent.
    pub silence: Option<Duration>,
    /// Whether it is ending.
    pub ending: AtomicBool,
    /// What stands, as it was put together last.
    pub stands: Mutex<Option<(Moment, u64, Arc<Evaluation>)>>,
}

/// What everybody may see.
pub fn open(server: Arc<Server>) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({})) }))
        .route("/health/ready", get(ready))
        .with_state(Arc::clone(&server))
        .merge(super::health::routes(server))
}

/// What whoever may ask for decisions may see.
pub fn ask(server: Arc<Server>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/v1/server", get(status))
        .route("/v1/decisions", get(decisions))
        .route("/v1/decisions/{id}/explanation", get(explanation))
        .route("/v1/coverage", get(coverage))
        .with_state(server)
}

impl Server {
    /// Why it is not ready; nothing where it is.
    #[must_use]
    pub fn unready(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.ending.load(Ordering::Relaxed) {
            out.push("the server is ending".to_owned());
        }
        if let Some(log) = self.log.as_ref().map(DecisionLog::status).filter(|log| log.required && !log.up) {
            out.push(format!("the decision log ({}) cannot be written", log.sink));
        }
        if let Some(intake) = &self.intake {
            out.extend(intake.status().store_failure);
            let limit = self.silence.and_then(|limit| i64::try_from(limit.as_secs()).ok());
            let feeds = intake.log().feeds().unwrap_or_default();
            // A file says something when it is written, and nothing in between.
            for (name, feed) in feeds.into_iter().filter(|(_, feed)| !feed.whole) {
                let silent = staleness::silent_seconds(&feed, clock::wall());
                if limit.is_some_and(|limit| silent > limit) {
                    out.push(format!("the feed `{name}` is silent for {silent} s"));
                }
            }
        }
        out
    }

    fn stands(&self) -> Arc<Evaluation> {
        let sequence = self.keeper.point().standing().watermark().sequence;
        let mut stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stands {
            Some((at, of, shown)) if *of == sequence && at.elapsed() < FRESH => Arc::clone(shown),
            _ => {
                let shown = Arc::new(self.keeper.evaluation());
                *stands = Some((Moment::now(), sequence, Arc::clone(&shown)));
                shown
            }
        }
    }

    fn status(&self) -> Value {
        let standing = self.keeper.point().standing();
        let reload = self.keeper.reload_status();
        let (off, jumps) = clock::off();
        let deliveries: Vec<_> = self.deliveries.iter().map(|one| one.shown(&self.outbox)).collect();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "now": self.keeper.point().clock().now(),
            "policies": {"revision": standing.policies().revision(), "reload": reload},
            "bundle": self.bundle.as_ref().map(|bundle| bundle.status()),
            "facts": {
                "watermark": standing.watermark(),
                "intake": self.intake.as_ref().map(Intake::status),
                "store": self.upkeep.as_ref().map(|upkeep| upkeep.status()),
                "files": self.files.as_ref().map(|files| files.status()),
            },
            "clock": {"off_seconds": off, "jumps": jumps},
            "changes": self.told.changes(),
            "changes_unwritten": self.told.failures(),
            "latest_change": self.outbox.latest(),
            "receivers": deliveries,
            "log": self.log.as_ref().map(DecisionLog::status),
            "trace": self.spans.as_ref().map(Spans::status),
            "unready": self.unready(),
        })
    }

    /// The page of metrics.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = Page::default();
        self.metrics.write(&mut page);
        let standing = self.keeper.point().standing();
        page.head("assize_bundle_active_info", "gauge", "The policies in force, by the hash of their texts.");
        page.line("assize_bundle_active_info", &[("revision", standing.policies().revision())], 1);
        page.head("assize_facts_watermark_seconds", "gauge", "The instant that facts are of, since 1970.");
        let at = standing.watermark().at.0.div_euclid(1_000_000);
        page.text("assize_facts_watermark_seconds", &[], &at.to_string());
        self.write_facts(&mut page);
        let changes = self.told.changes();
        page.head(
            "assize_decision_changes_total",
            "counter",
            "Changes of decisions, by what became of them.",
        );
        let kinds = [("made", changes.made), ("changed", changes.changed), ("withdrawn", changes.withdrawn)];
        for (kind, count) in kinds.into_iter().chain([("lost", changes.lost)]) {
            page.line("assize_decision_changes_total", &[("change", kind)], count);
        }
        page.head("assize_changes_unwritten_total", "counter", "Times that changes could not be written.");
        page.line("assize_changes_unwritten_total", &[], self.told.failures());
        page.head("assize_receiver_behind", "gauge", "Changes that a receiver has not heard of.");
        let shown: Vec<_> = self.deliveries.iter().map(|one| one.shown(&self.outbox)).collect();
        for one in &shown {
            page.line("assize_receiver_behind", &[("receiver", &one.name)], one.behind);
        }
        page.head("assize_receiver_failures_total", "counter", "Deliveries that a receiver did not take.");
        for one in &shown {
            page.line("assize_receiver_failures_total", &[("receiver", &one.name)], one.failed);
        }
        if let Some(log) = self.log.as_ref().map(DecisionLog::status) {
            page.head(
                "assize_log_dropped_total",
                "counter",
                "Answers that found no room in the decision log.",
            );
            page.line("assize_log_dropped_total", &[], log.dropped);
            page.head("assize_log_up", "gauge", "Whether the decision log can be written.");
            page.line("assize_log_up", &[], u64::from(log.up));
        }
        if let Some(spans) = self.spans.as_ref().map(Spans::status) {
            page.head("assize_spans_total", "counter", "Spans, by what became of them.");
            page.line("assize_spans_total", &[("fate", "sent")], spans.sent);
            page.line("assize_spans_total", &[("fate", "dropped")], spans.dropped);
        }
        let (off, jumps) = clock::off();
        page.head("assize_clock_off_seconds", "gauge", "How far the wall clock is from the time gone by.");
        page.text("assize_clock_off_seconds", &[], &off.to_string());
        page.head("assize_clock_jumps_total", "counter", "How often the wall clock jumped.");
        page.line("assize_clock_jumps_total", &[], jumps);
        page.finish()
    }

    fn write_facts(&self, page: &mut Page) {
        let Some(intake) = &self.intake else { return };
        let status = intake.status();
        for (name, help, value) in [
            ("assize_facts_lines_total", "Lines taken.", status.lines),
            ("assize_facts_rejected_total", "Lines that do not fit the schema.", status.rejected),
            ("assize_facts_unwritten_total", "Requests whose facts could not be written.", status.failed),
        ] {
            page.head(name, "counter", help);
            page.line(name, &[], value);
        }
        page.head("assize_store_bytes", "gauge", "The size of the store.");
        page.line("assize_store_bytes", &[], intake.log().disk().bytes());
        self.write_store(page);
        let feeds = intake.log().feeds().unwrap_or_default();
        page.head("assize_facts_silent_seconds", "gauge", "How long ago a feed sent anything.");
        for (name, feed) in &feeds {
            let silent = staleness::silent_seconds(feed, clock::wall());
            page.text("assize_facts_silent_seconds", &[("feed", name)], &silent.to_string());
        }
        page.head(
            "assize_facts_lag_seconds",
            "gauge",
            "How far what a feed sent last was behind what it tells of.",
        );
        for (name, feed) in &feeds {
            if let Some(lag) = staleness::lag_seconds(feed) {
                page.text("assize_facts_lag_seconds", &[("feed", name)], &lag.to_string());
            }
        }
    }
}

impl Server {
    /// The store's upkeep, and the files that are followed.
    fn write_store(&self, page: &mut Page) {
        let mut one = |name: &str, kind: &str, help: &str, value: u64| {
            page.head(name, kind, help);
            page.line(name, &[], value);
        };
        if let Some(status) = self.upkeep.as_ref().map(|upkeep| upkeep.status()) {
            let (name, help) = ("assize_store_compactions_total", "Times that the log was compacted.");
            one(name, "counter", help, status.compactions);
            let (name, help) = ("assize_store_compaction_failures_total", "Times that it could not be.");
            one(name, "counter", help, status.failures);
            let (name, help) = ("assize_store_uncompacted_bytes", "Bytes of lines that came since.");
            one(name, "gauge", help, status.since_bytes);
            let (name, help) = ("assize_store_base_lines", "Lines in the base, as it was made last.");
            one(name, "gauge", help, status.base_lines);
        }
        if let Some(status) = self.files.as_ref().map(|files| files.status()) {
            one("assize_files", "gauge", "Files that are followed.", status.files);
            let (name, help) = ("assize_files_unreadable", "Files of which what they said before stands.");
            one(name, "gauge", help, status.unreadable);
            one("assize_file_reads_total", "counter", "Times that a file was read.", status.reads);
            let sources = u64::try_from(status.errors.len()).unwrap_or(u64::MAX);
            let (name, help) = ("assize_file_sources_unseen", "Sources that cannot be looked at.");
            one(name, "gauge", help, sources);
        }
    }
}

async fn ready(State(server): State<Arc<Server>>) -> Response {
    let asked = tokio::task::spawn_blocking(move || server.unready()).await.unwrap_or_default();
    if asked.is_empty() {
        return Json(json!({})).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": asked}))).into_response()
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    let page = tokio::task::spawn_blocking(move || server.page()).await.unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
}

async fn status(State(server): State<Arc<Server>>) -> Response {
    Json(tokio::task::spawn_blocking(move || server.status()).await.unwrap_or_default()).into_response()
}

/// How much of what stands is wanted.
#[derive(Debug, Default, Deserialize)]
struct Part {
    limit: Option<usize>,
}

async fn decisions(State(server): State<Arc<Server>>, Query(part): Query<Part>) -> Response {
    let shown = tokio::task::spawn_blocking(move || {
        let latest = server.outbox.latest();
        let stands = server.stands();
        let limit = part.limit.unwrap_or(200).min(SHOWN);
        let decisions: Vec<_> = stands.decisions.iter().take(limit).collect();
        json!({
            "now": stands.now, "latest_change": latest, "summary": stands.summary,
            "decisions": decisions, "left_out": stands.decisions.len().saturating_sub(limit),
        })
    });
    Json(shown.await.unwrap_or_default()).into_response()
}

async fn explanation(State(server): State<Arc<Server>>, Path(id): Path<String>) -> Response {
    let explained = tokio::task::spawn_blocking(move || {
        let stands = server.stands();
        let decision = stands.decisions.iter().find(|decision| decision.id == id)?;
        let keys: Vec<String> =
            decision.anchor.0.iter().map(|(_, bound): &(String, Bound)| bound.key()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let standing = server.keeper.point().standing();
        let explained =
            standing.policies().engine().explain_indexed(standing.facts(), &decision.policy, &keys);
        Some(explained.map_err(|error| error.to_string()))
    });
    match explained.await {
        Ok(Some(Ok(explanation))) => Json(explanation).into_response(),
        Ok(Some(Err(error))) => (StatusCode::CONFLICT, Json(json!({"error": error}))).into_response(),
        Ok(None) => {
            let error = "no decision of this id stands; it may have been withdrawn";
            (StatusCode::NOT_FOUND, Json(json!({"error": error}))).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn coverage(State(server): State<Arc<Server>>) -> Response {
    let (watched, left_out) = server.coverage.lock().unwrap_or_else(PoisonError::into_inner).shown();
    let now = server.keeper.point().clock().now();
    Json(json!({"now": now, "coverage": watched, "left_out": left_out})).into_response()
}
