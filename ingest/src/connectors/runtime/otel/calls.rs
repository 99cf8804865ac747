//! The spans of one call made one, and the agent behind it.

use std::collections::{BTreeMap, HashMap, HashSet};

use assize::facts::Instant;

use super::span::{Call, Side, Span};
use crate::Collector;
use crate::keys;
use crate::logbook::Logbook;

/// How many spans up the agent is looked for, and how many spans of one call are read.
const REACH: usize = 64;

/// All spans of an input.
#[derive(Debug, Default)]
pub struct Calls {
    spans: Vec<(String, Span)>,
    index: HashMap<(String, String), usize>,
    /// The calls right within each span.
    within: HashMap<(String, String), Vec<usize>>,
    /// Before how many spans each loss was.
    losses: Vec<usize>,
}

impl Calls {
    /// A span. Ends come before beginnings in a file, so nothing is told before all are there.
    pub fn add(&mut self, place: String, span: Span) {
        // An exporter that tries again sends a span twice.
        if let std::collections::hash_map::Entry::Vacant(free) = self.index.entry(span.id.clone()) {
            let number = self.spans.len();
            free.insert(number);
            if let (Some(parent), true) = (&span.parent, span.call.is_some()) {
                self.within.entry((span.id.0.clone(), parent.clone())).or_default().push(number);
            }
            self.spans.push((place, span));
        }
    }

    /// Something that cannot be read.
    pub fn lost(&mut self) {
        self.losses.push(self.spans.len());
    }

    fn parent(&self, span: &Span) -> Option<&Span> {
        let id = (span.id.0.clone(), span.parent.clone()?);
        self.index.get(&id).and_then(|index| self.spans.get(*index)).map(|(_, span)| span)
    }

    /// The span of the same call that this one is within, on the agent's side.
    fn outer(&self, span: &Span, call: &Call) -> Option<&Span> {
        let parent = self.parent(span)?;
        let outer = parent.call.as_ref()?;
        let circle = parent.parent.as_ref() == Some(&span.id.1);
        (outer.tool == call.tool && outer.side == Side::Caller && !circle).then_some(parent)
    }

    /// The agent that a span is of: what it says, else what the nearest span around it says, else its service.
    fn agent(&self, span: &Span) -> Option<String> {
        let mut at = Some(span);
        for _ in 0..REACH {
            let Some(here) = at else { break };
            if let Some(agent) = &here.agent {
                return Some(agent.clone());
            }
            at = self.parent(here);
        }
        span.service.as_ref().map(|service| format!("service:{service}"))
    }

    /// Adds the tool calls, the tools, and the coverage where the spans prove it.
    pub fn finish(self, facts: &mut Collector) {
        let mut tools: BTreeMap<String, (String, String, Instant, String)> = BTreeMap::new();
        for (place, span) in &self.spans {
            let Some(call) = &span.call else { continue };
            if let Some(outer) = self.outer(span, call) {
                self.same_tool(outer, call, place, facts);
                continue;
            }
            let inner = self.inner(span, call);
            let tool = self.tool_use(place, span, call, &inner, facts);
            if let (Some(tool), Some(server)) = (tool, server(span, call, &inner)) {
                let newest = tools.get(&tool).is_none_or(|(_, _, at, _)| *at <= span.at);
                if newest {
                    tools.insert(tool, (call.tool.clone(), server, span.at, place.clone()));
                }
            }
        }
        for (id, (name, server, at, place)) in tools {
            let report = facts.report("Tool", &id, &place, at).with("name", name).with("server", server);
            facts.push(report);
        }
        self.coverage(facts);
    }

    /// The spans of the same call within this one.
    fn inner(&self, span: &Span, call: &Call) -> Vec<&Call> {
        let (mut open, mut found) = (vec![&span.id], Vec::new());
        while let Some(id) = open.pop() {
            let numbers = self.within.get(id).map_or(&[][..], Vec::as_slice);
            for (_, within) in numbers.iter().filter_map(|number| self.spans.get(*number)) {
                let same = within.call.as_ref().filter(|it| it.tool == call.tool);
                if let Some(same) = same.filter(|_| found.len() < REACH) {
                    found.push(same);
                    open.push(&within.id);
                }
            }
        }
        found
    }

    fn tool_use(
        &self,
        place: &str,
        span: &Span,
        call: &Call,
        inner: &[&Call],
        facts: &mut Collector,
    ) -> Option<String> {
        let first = |field: fn(&Call) -> Option<&String>| {
            field(call).or_else(|| inner.iter().find_map(|it| field(it))).cloned()
        };
        let server = server(span, call, inner);
        let tool = server.as_ref().map(|server| format!("{server}/{}", call.tool));
        // By the server's side alone nobody knows who called.
        let agent = match call.side {
            Side::Caller => self.agent(span),
            Side::Server => span.agent.clone(),
        };
        let outcome = std::iter::once(call).chain(inner.iter().copied()).map(|it| it.outcome).max();
        let report = facts
            .report("ToolUse", &keys::natural(&[&span.id.0, &span.id.1]), place, span.at)
            .with("at", span.at.to_string())
            .with_known("agent", agent)
            .with_known("tool", tool.clone())
            .with_known("server", server)
            .with_known("outcome", outcome.map(crate::outcome::Outcome::member))
            .with_known("session", first(|it| it.session.as_ref()))
            .with_known("arguments", first(|it| it.arguments.as_ref()));
        facts.push(report);
        tool
    }

    /// The server's own name and its address are one server's, where one call holds both.
    fn same_tool(&self, outer: &Span, call: &Call, place: &str, facts: &mut Collector) {
        let Some(by_caller) = &outer.call else { return };
        if let (Side::Server, Some(name), Some(address)) = (call.side, &call.server, &by_caller.server) {
            let (alias, is) = (format!("{address}/{}", call.tool), format!("{name}/{}", call.tool));
            facts.same_as("Tool", &alias, &is, place, outer.at);
        }
    }

    /// From the first to the last span of each agent, where each of them says that none was left out.
    fn coverage(&self, facts: &mut Collector) {
        let of: Vec<Option<String>> = self.spans.iter().map(|(_, span)| self.agent(span)).collect();
        let mut sampled: HashSet<&str> = HashSet::new();
        for (agent, (_, span)) in of.iter().zip(&self.spans) {
            if let (Some(agent), false) = (agent, span.unsampled) {
                sampled.insert(agent);
            }
        }
        let mut book = Logbook::default();
        let mut losses = self.losses.iter().peekable();
        for (number, (agent, (_, span))) in of.iter().zip(&self.spans).enumerate() {
            while losses.next_if(|before| **before <= number).is_some() {
                book.lost(None, None);
            }
            match agent {
                Some(agent) if !sampled.contains(agent.as_str()) => book.seen(agent, span.at),
                _ => book.passed(span.at),
            }
        }
        for _ in losses {
            book.lost(None, None);
        }
        if !sampled.is_empty() {
            facts.note(format!(
                "the spans of {} agents do not say that none was left out by sampling, so nothing is concluded from \
                 silence; see the connector's page",
                sampled.len()
            ));
        }
        book.finish("tool_use", facts);
    }
}

/// The server of a call: what its own span calls it, else its address; a tool without a server of its own is the
/// service's.
fn server(span: &Span, call: &Call, inner: &[&Call]) -> Option<String> {
    let own = inner.iter().find(|it| it.side == Side::Server).and_then(|it| it.server.clone());
    let address = || inner.iter().find_map(|it| it.server.clone());
    own.or_else(|| call.server.clone()).or_else(address).or_else(|| span.service.clone())
}
