//! OpenTelemetry traces of agents: which tools they call, after the semantic conventions for generative AI and
//! the Model Context Protocol.
//!
//! | file | holds |
//! | --- | --- |
//! | `attributes.rs` | OTLP's spelling of attributes |
//! | `span.rs` | one span, and the tool call that it may be |
//! | `calls.rs` | the spans of one call made one, and the agent behind it |

mod attributes;
mod calls;
mod span;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, SiteKey, json};
use attributes::Attributes;
use calls::Calls;
use span::Span;

/// The connector.
#[derive(Debug)]
pub struct Otel;

const NAME: &str = "otel";

impl Connector for Otel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "OpenTelemetry traces: the tools that agents call"
    }

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "cat /var/lib/otelcol/traces.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has("resourceSpans") || head.has("[].resourceSpans")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Otel {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(Box::new(Log {
            facts: Collector::new(NAME, context),
            site_key: context.site_key.clone(),
            calls: Calls::default(),
            known: false,
            others: 0,
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    site_key: SiteKey,
    calls: Calls,
    known: bool,
    others: usize,
}

impl Reading for Log {
    fn record(&mut self, record: json::Record) {
        let read = match &record.value {
            Ok(value) => self.request(&record.place, value),
            Err(reason) => Err(Bad::record(reason.as_str())),
        };
        if let Err(bad) = read {
            self.calls.lost();
            self.facts.reject(record.place, bad);
        }
        self.calls.settle(&mut self.facts);
    }

    fn held(&self) -> usize {
        self.facts.held()
    }

    fn take(&mut self) -> Output {
        self.facts.take()
    }

    fn finish(mut self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        if !self.known {
            let expected = "no line has `resourceSpans`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        if self.others > 0 {
            self.facts.note(format!("spans that are no tool calls: {}", self.others));
        }
        self.calls.finish(&mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    /// Reads an export: the spans of some resources.
    fn request(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let fields = Fields::of(value)?;
        // Logs and metrics may go to the same file.
        if fields.has("resourceLogs") || fields.has("resourceMetrics") {
            return Ok(());
        }
        if !fields.has("resourceSpans") {
            return Err(Bad::field("resourceSpans", "is missing"));
        }
        self.known = true;
        for (r, resource) in fields.list("resourceSpans")?.iter().enumerate() {
            let resource = Fields::of(resource)?;
            let about = Attributes::of(resource.object("resource")?)?;
            for (s, scope) in resource.list("scopeSpans")?.iter().enumerate() {
                for (n, span) in Fields::of(scope)?.list("spans")?.iter().enumerate() {
                    let place = format!("{place}.resourceSpans[{r}].scopeSpans[{s}].spans[{n}]");
                    self.span(place, span, about);
                }
            }
        }
        Ok(())
    }

    fn span(&mut self, place: String, value: &Value, resource: Attributes<'_>) {
        match Fields::of(value).and_then(|fields| Span::read(fields, resource, &self.site_key)) {
            Ok(span) => {
                if span.call.is_none() {
                    self.others = self.others.saturating_add(1);
                }
                self.calls.add(place, span);
            }
            Err(bad) => {
                self.calls.lost();
                self.facts.reject(place, bad);
            }
        }
    }
}

#[cfg(test)]
mod tests;
