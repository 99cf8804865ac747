//! Decisions as spans of traces, by OTLP over HTTP in JSON: to a collector, many at once, and never in anybody's way.
//!
//! A request that brings a `traceparent` is a part of that trace, and kept as it says. Of the others a share is kept,
//! each under a trace of its decision's own name. A span says what was asked and answered, nothing of what was in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::trace::Trace;
use crate::client::Client;
use crate::facts::clock;
use crate::point::{Answer, DecisionId, Record, Recorder, Unrecorded, Why};
use crate::secret::Secret;

/// How many spans may wait.
const ROOM: usize = 8_192;

/// How many are sent together.
const TOGETHER: usize = 512;

/// How long is waited for more of them.
const GATHER: Duration = Duration::from_millis(500);

/// How much of an answer is read.
const ANSWER: usize = 16 << 10;

/// How often one batch is tried.
const TRIES: u32 = 3;

/// How it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SpansStatus {
    /// How many spans were sent.
    pub sent: u64,
    /// How many were let go of: there was no room, or nobody took them.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    dropped: AtomicU64,
}

/// Where spans go, and how many.
#[derive(Clone, Debug)]
pub struct Collector {
    /// The address that takes them: `http://127.0.0.1:4318/v1/traces`.
    pub url: String,
    /// The bearer token for it.
    pub token: Option<Secret>,
    /// Of requests that bring no trace, the share that is kept: 0 to 1.
    pub share: f64,
    /// What the server is called.
    pub name: String,
}

/// What is known of a span when it is made.
#[derive(Clone, Debug)]
struct Span {
    id: DecisionId,
    parent: Option<Trace>,
    name: Arc<str>,
    protocol: &'static str,
    outcome: &'static str,
    why: Option<&'static str>,
    revision: Arc<str>,
    watermark: u64,
    end: i64,
    took: Duration,
}

/// Takes spans down.
#[derive(Clone, Debug)]
pub struct Spans {
    sender: mpsc::Sender<Span>,
    counts: Arc<Counts>,
    share: f64,
}

/// Who sends them.
#[derive(Debug)]
pub struct SpanSender {
    receiver: mpsc::Receiver<Span>,
    counts: Arc<Counts>,
    collector: Collector,
    client: Client,
}

impl Spans {
    /// Spans for a collector, and who sends them.
    #[must_use]
    pub fn new(collector: Collector, client: Client) -> (Self, SpanSender) {
        let (sender, receiver) = mpsc::channel(ROOM);
        let counts = Arc::<Counts>::default();
        let share = collector.share;
        (
            Self { sender, counts: Arc::clone(&counts), share },
            SpanSender { receiver, counts, collector, client },
        )
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> SpansStatus {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SpansStatus { sent: of(&self.counts.sent), dropped: of(&self.counts.dropped) }
    }

    /// Whether a decision without a trace is kept: by its name, so that whoever asks again is told the same.
    fn keeps(&self, id: DecisionId) -> bool {
        // Names count up; their hash does not.
        let spread = id.low().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let limit = 4_294_967_296.0 * self.share;
        u32::try_from(spread).is_ok_and(|spread| f64::from(spread) < limit)
    }
}

impl Recorder for Spans {
    fn decided(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        let (question, mark) = (record.question, record.answer.mark());
        let parent = question.trace.and_then(Trace::parse);
        if !parent.as_ref().map_or_else(|| self.keeps(mark.id), |parent| parent.sampled) {
            return Ok(());
        }
        let why = if let Answer::Undetermined(open) = record.answer { Some(open.why()) } else { None };
        // A name that nobody configured is the caller's, and may be anything.
        let unknown = matches!(why, Some(Why::NoEntry(_)));
        let span = Span {
            id: mark.id,
            parent,
            name: if unknown { Arc::from("unknown") } else { Arc::clone(&mark.entry) },
            protocol: question.protocol,
            outcome: record.answer.word(),
            why: why.map(Why::word),
            revision: Arc::clone(&mark.revision),
            watermark: mark.watermark.sequence,
            end: clock::wall().0,
            took: record.took,
        };
        if self.sender.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Span {
    fn shown(&self) -> Value {
        let text = |name: &str, value: &str| json!({"key": name, "value": {"stringValue": value}});
        let took = i64::try_from(self.took.as_nanos()).unwrap_or(i64::MAX);
        let end = self.end.saturating_mul(1_000);
        let mut attributes = vec![
            text("assize.entry", &self.name),
            text("assize.protocol", self.protocol),
            text("assize.outcome", self.outcome),
            text("assize.decision_id", &self.id.to_string()),
            text("assize.policy_revision", &self.revision),
            json!({"key": "assize.fact_watermark", "value": {"intValue": self.watermark.to_string()}}),
        ];
        attributes.extend(self.why.map(|why| text("assize.undetermined", why)));
        let own = self.id.to_string();
        let mut span = json!({
            "traceId": self.parent.as_ref().map_or(own.as_str(), |parent| &parent.trace_id),
            "spanId": self.id.span(),
            "name": format!("decide {}", self.name),
            "kind": 2,
            "startTimeUnixNano": end.saturating_sub(took).to_string(),
            "endTimeUnixNano": end.to_string(),
            "attributes": attributes,
            // A block is an answer; only none is an error.
            "status": {"code": if self.why.is_some() { 2 } else { 0 }},
        });
        if let (Value::Object(span), Some(parent)) = (&mut span, &self.parent) {
            span.insert("parentSpanId".to_owned(), json!(parent.span_id));
        }
        span
    }
}

impl SpanSender {
    /// Sends until it is told to end, and then what still waits.
    pub async fn run(mut self, mut end: watch::Receiver<bool>) {
        let mut spans = Vec::with_capacity(TOGETHER);
        loop {
            tokio::select! {
                got = self.receiver.recv_many(&mut spans, TOGETHER) => if got == 0 { return },
                _ = end.wait_for(|over| *over) => break,
            }
            if spans.len() < TOGETHER {
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    _ = end.wait_for(|over| *over) => {}
                }
                while spans.len() < TOGETHER {
                    match self.receiver.try_recv() {
                        Ok(span) => spans.push(span),
                        Err(_) => break,
                    }
                }
            }
            self.send(&mut spans, TRIES).await;
        }
        self.receiver.close();
        while self.receiver.recv_many(&mut spans, TOGETHER).await > 0 {
            self.send(&mut spans, 1).await;
        }
    }

    async fn send(&self, spans: &mut Vec<Span>, tries: u32) {
        let many = u64::try_from(spans.len()).unwrap_or(u64::MAX);
        let body = self.body(spans);
        spans.clear();
        let mut sent = false;
        for number in 0..tries {
            if number > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let mut request =
                Request::post(&self.collector.url).header(header::CONTENT_TYPE, "application/json");
            if let Some(token) = self.collector.token.as_ref().and_then(Secret::expose_text) {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let Ok(request) = request.body(body.clone()) else { break };
            sent = self.client.send(request, ANSWER).await.is_ok_and(|answer| answer.status().is_success());
            if sent {
                break;
            }
        }
        let count = if sent { &self.counts.sent } else { &self.counts.dropped };
        count.fetch_add(many, Ordering::Relaxed);
    }

    fn body(&self, spans: &[Span]) -> Bytes {
        let text = |name: &str, value: &str| json!({"key": name, "value": {"stringValue": value}});
        let spans: Vec<Value> = spans.iter().map(Span::shown).collect();
        let version = env!("CARGO_PKG_VERSION");
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": [
                text("service.name", &self.collector.name),
                text("service.version", version),
            ]},
            "scopeSpans": [{"scope": {"name": "assize", "version": version}, "spans": spans}],
        }]});
        Bytes::from(body.to_string())
    }
}
