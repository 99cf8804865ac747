//! Assize, at a desk: principals and resources are facts, and a request names them.

use std::cell::RefCell;

use assize::facts::{Instant, Line, Report, Source};
use assize::{Answer, Ask, Desk, Engine, Reply, Scratch};

use super::corpus::Corpus;

const POLICIES: &str = include_str!("../../../../evaluator/benches/engine/requests.assize");

pub struct Ours {
    desk: Desk,
    now: Instant,
    asks: Vec<Ask>,
    room: RefCell<(Ask, Scratch)>,
}

impl Ours {
    pub fn new(corpus: &Corpus) -> Self {
        let engine = Engine::builder().source("requests.assize", POLICIES).build().expect("policies");
        let now: Instant = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let mut loader = engine.loader();
        let all = corpus.principals.iter().map(|one| ("Principal", one));
        for (ty, one) in all.chain(corpus.resources.iter().map(|one| ("Resource", one))) {
            let source = Source { tool: "bench".to_owned(), ..Source::default() };
            let mut report = Report::new(ty, source, now);
            for (name, value) in one.as_object().expect("an object") {
                report = report.with(name, value.clone());
            }
            loader.add("bench", "", Line::Report(report));
        }
        let facts = engine.index(&loader.finish(), now);
        let desk = engine.entry("Access").expect("a request type").desk(&facts);
        let read = |text: &str| {
            let mut ask = Ask::default();
            desk.read(text, &mut ask).expect("a request");
            ask
        };
        let asks = corpus.requests.iter().map(|one| read(&one.text)).collect();
        Self { desk, now, asks, room: RefCell::default() }
    }

    /// Something permits, and nothing forbids.
    fn is_allowed(reply: &Reply<'_>) -> bool {
        reply.verdict != Answer::Block && reply.fired().next().is_some()
    }

    pub fn answer(&self, at: usize) -> bool {
        let (_, scratch) = &mut *self.room.borrow_mut();
        Self::is_allowed(&self.desk.decide(&self.asks[at], self.now, scratch).expect("a reply"))
    }

    pub fn answer_json(&self, corpus: &Corpus, at: usize) -> bool {
        let (ask, scratch) = &mut *self.room.borrow_mut();
        self.desk.read(&corpus.requests[at].text, ask).expect("a request");
        Self::is_allowed(&self.desk.decide(ask, self.now, scratch).expect("a reply"))
    }
}
