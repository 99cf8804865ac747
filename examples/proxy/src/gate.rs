//! One question, one answer.

use std::cell::RefCell;

use assize::facts::Instant;
use assize::{Answer, Ask, DecideError, Decision, Keeper, Scratch, Verdict};
use serde::Serialize;

/// The fields of a `Call`. One that is left out was not collected.
#[derive(Debug, Serialize)]
pub struct Call<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'r str>,
    pub method: &'r str,
    pub path: &'r str,
}

/// What is done with a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on; what is to be written down about it, if the policies say.
    Pass { audit: Option<String> },
    /// It is stopped, and why.
    Stop(String),
    /// Nobody can tell, and why: whether that is open or closed is for whoever runs the proxy to choose.
    Open(String),
}

thread_local! {
    /// What one thread decides in, again and again.
    static ROOM: RefCell<(Ask, Scratch, Vec<u8>)> = RefCell::default();
}

/// Decides a call on policies and facts as they stand.
pub fn decide(keeper: &Keeper, call: &Call<'_>, now: Instant) -> Fate {
    ROOM.with_borrow_mut(|room| asked(keeper, call, now, room))
        .unwrap_or_else(|error| Fate::Open(error.to_string()))
}

fn asked(
    keeper: &Keeper,
    call: &Call<'_>,
    now: Instant,
    (ask, scratch, text): &mut (Ask, Scratch, Vec<u8>),
) -> Result<Fate, DecideError> {
    text.clear();
    // Writing JSON into memory cannot fail, and its text is UTF-8.
    drop(serde_json::to_writer(&mut *text, call));
    keeper.read(|standing| {
        let desk = standing.desk("Call")?;
        desk.read(std::str::from_utf8(text).unwrap_or_default(), ask)?;
        let reply = desk.decide(ask, now, scratch)?;
        if reply.verdict == Answer::Allow && reply.fired().next().is_none() {
            return Ok(Fate::Pass { audit: None });
        }
        // Only now are reasons and obligations worked out.
        Ok(fate(&desk.verdict(ask, now)?))
    })
}

fn fate(verdict: &Verdict) -> Fate {
    let because = |decisions: &[Decision]| {
        let all: Vec<&str> = decisions.iter().map(|one| one.because.as_str()).collect();
        all.join("; ")
    };
    match verdict.verdict {
        Answer::Block => Fate::Stop(because(verdict.decisions.get(..1).unwrap_or_default())),
        Answer::Undetermined => Fate::Open(because(&verdict.decisions)),
        Answer::Allow => {
            let outcomes = verdict.decisions.iter().flat_map(|one| &one.outcomes);
            let audit = outcomes.filter_map(|outcome| outcome.with.get("audit")?.as_str()).next();
            Fate::Pass { audit: audit.map(str::to_owned) }
        }
    }
}
