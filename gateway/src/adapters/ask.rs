//! From a protocol's document to an answer: what all adapters have in common.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::point::{Answer, Point, Question, Request, Standing, Why};

/// Asks the point, for one protocol.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) point: Arc<Point>,
    pub(super) protocol: &'static str,
}

/// What a caller says of his request, for the record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Caller<'a> {
    pub(super) request_id: Option<&'a str>,
    pub(super) trace: Option<&'a str>,
}

impl Asker {
    pub(super) fn new(point: &Arc<Point>, protocol: &'static str) -> Self {
        Self { point: Arc::clone(point), protocol }
    }

    /// Asks an entry, on what stood at some time, with what the document says.
    pub(super) fn ask(
        &self,
        standing: &Standing,
        entry: &str,
        mut document: Value,
        caller: Caller<'_>,
    ) -> Answer {
        let Some(binding) = standing.bindings().get(entry) else {
            return self.refuse(entry, Why::NoEntry(entry.to_owned()), caller);
        };
        if let Value::Object(object) = &mut document {
            if binding.is_timed() {
                object.entry("now").or_insert_with(|| json!(self.point.clock().now().to_string()));
            }
            object.entry("id").or_insert_with(|| json!(caller.request_id.unwrap_or("request")));
        }
        let fields = binding.fill(&document);
        self.point.decide_on(standing, &self.question(entry, &fields, caller))
    }

    /// No answer, and why.
    pub(super) fn refuse(&self, entry: &str, why: Why, caller: Caller<'_>) -> Answer {
        self.point.refuse(&self.question(entry, &Map::new(), caller), why)
    }

    /// What the protocol itself says must not pass.
    pub(super) fn block(&self, entry: &str, rule: String, caller: Caller<'_>) -> Answer {
        self.point.block(&self.question(entry, &Map::new(), caller), rule)
    }

    /// What the protocol itself says nobody is asked about.
    pub(super) fn pass(&self, entry: &str, caller: Caller<'_>) -> Answer {
        self.point.pass(&self.question(entry, &Map::new(), caller))
    }

    fn question<'a>(
        &self,
        entry: &'a str,
        fields: &'a Map<String, Value>,
        caller: Caller<'a>,
    ) -> Question<'a> {
        let Caller { request_id, trace } = caller;
        Question { protocol: self.protocol, entry, request: Request::Fields(fields), request_id, trace }
    }
}

/// The entry for requests of a type, or the type's name, under which nothing is asked.
pub(super) fn about<'s>(standing: &'s Standing, ty: &'s str) -> &'s str {
    standing.bindings().about(ty).unwrap_or(ty)
}
