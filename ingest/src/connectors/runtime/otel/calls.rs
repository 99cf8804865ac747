//! The spans of one call made one, and the agent behind it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use assize::facts::Instant;

use super::span::{Call, Side, Span};
use crate::Collector;
use crate::keys;
use crate::logbook::Logbook;

/// How many spans up the agent is looked for, and how many spans of one call are read.
const REACH: usize = 64;

/// How many spans are held at most while a log is read.
const MOST: usize = 65_536;

/// The spans that are held, by trace, and what they came to.
#[derive(Debug, Default)]
pub struct Calls {
    traces: HashMap<String, Trace>,
    /// How many spans are held, and how many came so far.
    held: usize,
    count: usize,
    /// The newest of each tool: its name, its server, when and where.
    tools: BTreeMap<String, (String, String, Instant, String)>,
    book: Logbook,
    /// Agents of which a span does not say that none was left out by sampling.
    sampled: HashSet<String>,
}

impl Calls {
    /// A span. Ends come before beginnings in a file, and the parts of a trace from several programs, so nothing is
    /// told of a trace before all of it is there.
    pub fn add(&mut self, place: String, span: Span) {
        self.book.passed(span.at);
        let number = self.count;
        self.count = number.saturating_add(1);
        let fresh = || Trace { first: number, ..Trace::default() };
        let trace = self.traces.entry(span.id.0.clone()).or_insert_with(fresh);
        trace.last = number;
        if trace.add(place, span) {
            self.held = self.held.saturating_add(1);
        }
    }

    /// Something that cannot be read.
    pub fn lost(&mut self) {
        self.book.lost(None, None);
    }

    /// Tells, while too many spans are held, of the traces of which no span has come for the longest time. What comes of
    /// them later is told by itself.
    pub fn settle(&mut self, facts: &mut Collector) {
        if self.held <= MOST {
            return;
        }
        let mut quiet: Vec<(usize, String)> =
            self.traces.iter().map(|(id, trace)| (trace.last, id.clone())).collect();
        quiet.sort_unstable();
        for (_, id) in quiet {
            if self.held <= MOST / 2 {
                break;
            }
            if let Some(trace) = self.traces.remove(&id) {
                self.tell(&trace, facts);
            }
        }
    }

    fn tell(&mut self, trace: &Trace, facts: &mut Collector) {
        self.held = self.held.saturating_sub(trace.spans.len());
        trace.tell(&mut self.tools, facts);
        for (_, span) in &trace.spans {
            let Some(agent) = trace.agent(span) else { continue };
            self.book.turns_out(&agent, span.at);
            if !span.unsampled {
                self.sampled.insert(agent);
            }
        }
    }

    /// Adds the tool calls, the tools, and the coverage where the spans prove it: from the first to the last span of
    /// each agent, where each of them says that none was left out.
    pub fn finish(mut self, facts: &mut Collector) {
        let mut traces: Vec<Trace> = std::mem::take(&mut self.traces).into_values().collect();
        traces.sort_unstable_by_key(|trace| trace.first);
        traces.iter().for_each(|trace| self.tell(trace, facts));
        for (id, (name, server, at, place)) in self.tools {
            let report = facts.report("Tool", &id, &place, at).with("name", name).with("server", server);
            facts.push(report);
        }
        if !self.sampled.is_empty() {
            facts.note(format!(
                "the spans of {} agents do not say that none was left out by sampling, so nothing is concluded from \
                 silence; see the connector's page",
                self.sampled.len()
            ));
        }
        self.sampled.iter().for_each(|agent| self.book.forget(agent));
        self.book.finish("tool_use", facts);
    }
}

/// The spans of one trace.
#[derive(Debug, Default)]
struct Trace {
    /// Before how many other spans its first one came, and its last one.
    first: usize,
    last: usize,
    spans: Vec<(String, Span)>,
    index: HashMap<String, usize>,
    /// The calls right within each span.
    within: HashMap<String, Vec<usize>>,
}

impl Trace {
    /// Whether the span is new: an exporter that tries again sends one twice.
    fn add(&mut self, place: String, span: Span) -> bool {
        let Entry::Vacant(free) = self.index.entry(span.id.1.clone()) else { return false };
        let number = self.spans.len();
        free.insert(number);
        if let (Some(parent), true) = (&span.parent, span.call.is_some()) {
            self.within.entry(parent.clone()).or_default().push(number);
        }
        self.spans.push((place, span));
        true
    }

    fn parent(&self, span: &Span) -> Option<&Span> {
        self.index.get(span.parent.as_ref()?).and_then(|index| self.spans.get(*index)).map(|(_, span)| span)
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

    /// Adds the tool calls.
    fn tell(&self, tools: &mut BTreeMap<String, (String, String, Instant, String)>, facts: &mut Collector) {
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
    }

    /// The spans of the same call within this one.
    fn inner(&self, span: &Span, call: &Call) -> Vec<&Call> {
        let (mut open, mut found) = (vec![&span.id.1], Vec::new());
        while let Some(id) = open.pop() {
            let numbers = self.within.get(id).map_or(&[][..], Vec::as_slice);
            for (_, within) in numbers.iter().filter_map(|number| self.spans.get(*number)) {
                let same = within.call.as_ref().filter(|it| it.tool == call.tool);
                if let Some(same) = same.filter(|_| found.len() < REACH) {
                    found.push(same);
                    open.push(&within.id.1);
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
}

/// The server of a call: what its own span calls it, else its address; a tool without a server of its own is the
/// service's.
fn server(span: &Span, call: &Call, inner: &[&Call]) -> Option<String> {
    let own = inner.iter().find(|it| it.side == Side::Server).and_then(|it| it.server.clone());
    let address = || inner.iter().find_map(|it| it.server.clone());
    own.or_else(|| call.server.clone()).or_else(address).or_else(|| span.service.clone())
}
