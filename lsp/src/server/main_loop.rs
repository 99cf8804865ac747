//! The one thread that owns texts and databases.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use tower_lsp_server::jsonrpc::{Error, Result};

use super::event::Event;
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
            let made = isolated(|| state.initialize(&params));
            let _called_off = reply.send(made);
            return false;
        }
        Event::Ask(question) => {
            if !question.is_called_off() {
                question.answer(state);
            }
            return false;
        }
        Event::Initialized => isolated(|| state.initialized()),
        Event::Open(params) => isolated(|| state.open(params)),
        Event::Change(params) => isolated(|| state.change(params)),
        Event::Close(params) => isolated(|| state.close(&params)),
        Event::Save(params) => isolated(|| state.saved(&params)),
        Event::Watched(params) => isolated(|| state.watched(&params)),
        Event::Folders(params) => isolated(|| state.folders_changed(&params)),
    };
    if applied.is_err() {
        state.warn("a change could not be applied: this is a mistake in the server".to_owned());
    }
    true
}

/// What `make` makes, or an error where it panics: a mistake costs its own answer and not the session.
pub(super) fn isolated<T>(make: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|_| Error::internal_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::event::Asked;

    fn state() -> State {
        let (out, _) = tokio::sync::mpsc::unbounded_channel();
        State::new(crate::Options { cache: None, ..crate::Options::default() }, out)
    }

    fn ask<T: Send + 'static>(
        look: impl FnOnce(&mut State) -> Result<T> + Send + 'static,
    ) -> (Event, tokio::sync::oneshot::Receiver<Result<T>>) {
        let (reply, answer) = tokio::sync::oneshot::channel();
        (Event::Ask(Box::new(Asked { look, reply })), answer)
    }

    #[test]
    fn a_panic_costs_one_answer() {
        let mut state = state();
        let (event, mut answered) = ask::<u8>(|_| panic!("as if by mistake"));
        take(&mut state, event);
        assert_eq!(answered.try_recv().expect("an answer"), Err(Error::internal_error()));
        let (event, mut answered) = ask(|_| Ok(7));
        take(&mut state, event);
        assert_eq!(answered.try_recv().expect("an answer"), Ok(7));
    }

    #[test]
    fn what_was_called_off_is_not_looked_at() {
        let looked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&looked);
        let (event, answered) = ask(move |_| {
            seen.store(true, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        });
        drop(answered);
        take(&mut state(), event);
        assert!(!looked.load(std::sync::atomic::Ordering::Relaxed));
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
