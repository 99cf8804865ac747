//! The one thread that owns texts and databases.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use tower_lsp_server::jsonrpc::{Error, Result};

use super::event::{Event, Reply};
use super::quiet::Quiet;
use super::state::State;

/// Takes events in their order until nobody can send any more, and publishes diagnostics once the texts
/// have rested.
pub(super) fn run(mut state: State, events: &Receiver<Event>, period: Duration) {
    let mut quiet = Quiet::new(period);
    loop {
        match next(events, quiet.wait(Instant::now())) {
            Next::Event(event) => {
                if take(&mut state, event) {
                    quiet.touch(Instant::now());
                }
            }
            Next::Rest => publish(&mut state, &mut quiet),
            Next::End => return,
        }
        if quiet.overdue(Instant::now()) {
            publish(&mut state, &mut quiet);
        }
    }
}

enum Next {
    Event(Event),
    Rest,
    End,
}

/// The next event, or that none came while waiting. An event that is there already comes first, however
/// late it is.
fn next(events: &Receiver<Event>, wait: Option<Duration>) -> Next {
    let Some(wait) = wait else {
        return events.recv().map_or(Next::End, Next::Event);
    };
    match events.try_recv() {
        Ok(event) => return Next::Event(event),
        Err(TryRecvError::Disconnected) => return Next::End,
        Err(TryRecvError::Empty) => {}
    }
    match events.recv_timeout(wait) {
        Ok(event) => Next::Event(event),
        Err(RecvTimeoutError::Timeout) => Next::Rest,
        Err(RecvTimeoutError::Disconnected) => Next::End,
    }
}

fn publish(state: &mut State, quiet: &mut Quiet) {
    quiet.judged();
    if isolated(|| state.publish()).is_err() {
        state.warn("diagnostics could not be made: this is a mistake in the server".to_owned());
    }
}

/// Answers one event, or applies it; says whether diagnostics may have changed.
fn take(state: &mut State, event: Event) -> bool {
    let applied = match event {
        Event::Initialize(params, reply) => {
            answer(reply, || state.initialize(&params));
            return false;
        }
        Event::Hover(params, reply) => {
            answer(reply, || state.hover(&params));
            return false;
        }
        Event::Definition(params, reply) => {
            answer(reply, || state.definition(&params));
            return false;
        }
        Event::Format(params, reply) => {
            answer(reply, || state.format(&params));
            return false;
        }
        Event::FormatRange(params, reply) => {
            answer(reply, || state.format_range(&params));
            return false;
        }
        Event::Actions(params, reply) => {
            answer(reply, || state.actions(&params));
            return false;
        }
        Event::Initialized => isolated(|| state.initialized()),
        Event::Open(params) => isolated(|| state.open(params)),
        Event::Change(params) => isolated(|| state.change(params)),
        Event::Close(params) => isolated(|| state.close(&params)),
        Event::Watched(params) => isolated(|| state.watched(&params)),
    };
    if applied.is_err() {
        state.warn("a change could not be applied: this is a mistake in the server".to_owned());
    }
    true
}

fn answer<T>(reply: Reply<T>, make: impl FnOnce() -> T) {
    // Nobody waits for the answer to a request that was called off.
    let _called_off = reply.send(isolated(make));
}

/// What `make` makes, or an error where it panics: a mistake costs its own answer and not the session.
fn isolated<T>(make: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|_| Error::internal_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_one_answer() {
        let (reply, mut answered) = tokio::sync::oneshot::channel::<Result<u8>>();
        answer(reply, || panic!("as if by mistake"));
        assert_eq!(answered.try_recv().expect("an answer"), Err(Error::internal_error()));
        let (reply, mut answered) = tokio::sync::oneshot::channel();
        answer(reply, || 7);
        assert_eq!(answered.try_recv().expect("an answer"), Ok(7));
    }

    #[test]
    fn what_is_there_comes_before_a_rest() {
        let (events, received) = std::sync::mpsc::channel();
        events.send(Event::Initialized).expect("a receiver");
        assert!(matches!(next(&received, Some(Duration::ZERO)), Next::Event(Event::Initialized)));
        assert!(matches!(next(&received, Some(Duration::ZERO)), Next::Rest));
        drop(events);
        assert!(matches!(next(&received, Some(Duration::ZERO)), Next::End));
        assert!(matches!(next(&received, None), Next::End));
    }
}
