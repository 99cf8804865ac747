//! The one place that decides: policies and facts as they stand, and a question at a time.

mod answer;
mod clock;
mod id;
mod keeper;
mod policies;
mod question;
mod record;
mod standing;

use std::sync::Arc;

use arc_swap::ArcSwap;
use assize::{Desk, Indexed, Scratch};

pub use answer::{Allow, Answer, Block, Mark, Undetermined, Why};
pub use clock::Clock;
pub use id::DecisionId;
pub use keeper::{Delta, Facts, Keeper};
pub use policies::{LoadError, Policies, PolicySource, ReloadStatus};
pub use question::{Question, Request};
pub use record::{Record, Recorder, Unrecorded};
pub use standing::{Standing, Watermark};

use crate::binding::Bindings;

/// Decides requests. Shared by everything that serves; readers wait for nobody.
#[derive(Debug)]
pub struct Point {
    standing: ArcSwap<Standing>,
    clock: Clock,
    ids: id::Ids,
    recorders: Vec<Arc<dyn Recorder>>,
}

thread_local! {
    /// What one thread decides in, again and again.
    static ROOM: std::cell::RefCell<Room> = std::cell::RefCell::default();
}

#[derive(Default)]
struct Room {
    ask: assize::Ask,
    scratch: Scratch,
    text: Vec<u8>,
}

impl Point {
    /// A point that answers by these policies and facts.
    #[must_use]
    pub fn new(standing: Standing, clock: Clock, recorders: Vec<Arc<dyn Recorder>>) -> Self {
        Self { standing: ArcSwap::from_pointee(standing), clock, ids: id::Ids::default(), recorders }
    }

    /// Policies and facts as they stand: what is kept of it does not change any more.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        self.standing.load_full()
    }

    /// The clock that it decides by.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Answers by these facts from now on.
    pub fn publish(&self, facts: &Indexed, sequence: u64) {
        self.standing.rcu(|standing| standing.with_facts(facts.clone(), sequence));
    }

    /// Answers by these policies and facts from now on, both at once.
    pub(crate) fn replace(
        &self,
        policies: &Policies,
        bindings: &Arc<Bindings>,
        facts: &Indexed,
        sequence: u64,
    ) {
        let standing = Standing::new(policies.clone(), Arc::clone(bindings), facts.clone(), sequence);
        self.standing.store(Arc::new(standing));
    }

    /// Answers a question, now. Whatever stands in the way of an answer makes it undetermined.
    pub fn decide(&self, question: &Question<'_>) -> Answer {
        self.decide_on(&self.standing.load(), question)
    }

    /// Answers a question on what stood at some time: all the questions of one batch are answered alike.
    pub fn decide_on(&self, standing: &Standing, question: &Question<'_>) -> Answer {
        let begun = std::time::Instant::now();
        let mark = self.mark(standing, question);
        let answer = ROOM.with_borrow_mut(|room| match standing.desk(question.entry) {
            Some(desk) => room.decide(&desk, question, mark.clone()),
            None => Answer::undetermined(mark.clone(), Why::NoEntry(question.entry.to_owned())),
        });
        self.record(question, answer, begun)
    }

    /// Says why a question cannot even be asked. As every answer, it is recorded.
    pub fn refuse(&self, question: &Question<'_>, why: Why) -> Answer {
        self.told(question, |mark| Answer::undetermined(mark, why))
    }

    /// Blocks what the protocol itself says must not pass. As every answer, it is recorded.
    pub fn block(&self, question: &Question<'_>, rule: String) -> Answer {
        self.told(question, |mark| Answer::blocked(mark, rule))
    }

    /// Lets pass what the protocol itself says nobody is asked about. As every answer, it is recorded.
    pub fn pass(&self, question: &Question<'_>) -> Answer {
        self.told(question, Answer::allow)
    }

    fn told(&self, question: &Question<'_>, answer: impl FnOnce(Mark) -> Answer) -> Answer {
        let begun = std::time::Instant::now();
        let mark = self.mark(&self.standing.load(), question);
        self.record(question, answer(mark), begun)
    }

    fn mark(&self, standing: &Standing, question: &Question<'_>) -> Mark {
        Mark {
            id: self.ids.next(),
            entry: Arc::from(question.entry),
            revision: standing.policies().revision_arc(),
            watermark: standing.watermark(),
            watermark_text: standing.watermark_text(),
            now: self.clock.now(),
            valid_until: None,
        }
    }

    fn record(&self, question: &Question<'_>, answer: Answer, begun: std::time::Instant) -> Answer {
        let record = Record { question, answer: &answer, took: begun.elapsed() };
        for recorder in &self.recorders {
            if let Err(Unrecorded(reason)) = recorder.decided(&record) {
                return Answer::undetermined(answer.mark().clone(), Why::NotRecorded(reason));
            }
        }
        answer
    }
}

impl Room {
    fn decide(&mut self, desk: &Desk, question: &Question<'_>, mut mark: Mark) -> Answer {
        let Self { ask, scratch, text } = self;
        let now = mark.now;
        let text = match question.request {
            Request::Json(text) => text,
            Request::Fields(fields) => {
                text.clear();
                // Writing JSON into memory cannot fail, and its text is UTF-8.
                drop(serde_json::to_writer(&mut *text, fields));
                std::str::from_utf8(text).unwrap_or_default()
            }
        };
        if let Err(error) = desk.read(text, ask) {
            return Answer::undetermined(mark, Why::Unreadable(error.to_string()));
        }
        let plain = match desk.decide(ask, now, scratch) {
            Ok(reply) => {
                mark.valid_until = reply.valid_until;
                reply.verdict == assize::Answer::Allow && reply.fired().next().is_none()
            }
            Err(error) => return Answer::undetermined(mark, Why::Unreadable(error.to_string())),
        };
        if plain {
            return Answer::allow(mark);
        }
        match desk.verdict(ask, now) {
            Ok(verdict) => Answer::of(verdict, mark),
            Err(error) => Answer::undetermined(mark, Why::Unreadable(error.to_string())),
        }
    }
}
