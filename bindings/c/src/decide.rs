//! Requests: answers, reasons, explanations.

use std::ffi::c_char;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Ask, Keeper, Scratch, Standing};

use crate::engine::Engine;
use crate::pointers::{give, shared, sized, slice, take_back, text, unique, write};
use crate::status::{Failure, guard, guarded};
use crate::types::{Decision, Outcome, Status, Text, Verdict};

/// A type of request, and the engine that decides it. Used by any number of threads at once.
#[derive(Debug)]
pub struct Entry {
    keeper: Keeper,
    ty: Arc<str>,
}

/// Room for an answer, to be used again and again: once it is warm, a plain request allocates nothing. Used by one
/// thread at a time. It holds on to the facts of its last answer until it is used again or freed.
#[derive(Debug, Default)]
pub struct Answer {
    ask: Ask,
    scratch: Scratch,
    on: Option<On>,
    verdict: Verdict,
    until: Option<i64>,
    fired: Vec<Fired>,
    /// Names of policies, each ended by a zero byte.
    names: Vec<u8>,
    /// What was last shown, ended by a zero byte.
    shown: Vec<u8>,
}

/// What the answer rests on.
#[derive(Debug)]
struct On {
    standing: Arc<Standing>,
    ty: Arc<str>,
    now: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Fired {
    name: usize,
    arm: u32,
    outcome: Outcome,
    enforced: bool,
}

impl Answer {
    fn clear(&mut self) {
        (self.verdict, self.until, self.on) = (Verdict::Undetermined, None, None);
        self.fired.clear();
        self.names.clear();
    }

    fn decide(
        &mut self,
        entry: &Entry,
        standing: Arc<Standing>,
        json: &str,
        now: i64,
    ) -> Result<(), Failure> {
        self.clear();
        let now = Instant(now);
        let desk = standing.desk(&entry.ty)?;
        desk.read(json, &mut self.ask)?;
        let reply = desk.decide(&self.ask, now, &mut self.scratch)?;
        for fired in reply.fired() {
            let name = self.names.len();
            self.names.extend_from_slice(fired.policy.as_bytes());
            self.names.push(0);
            let arm = u32::try_from(fired.arm).unwrap_or(u32::MAX);
            let enforced = fired.is_enforced();
            self.fired.push(Fired { name, arm, outcome: outcome(fired.outcome), enforced });
        }
        self.until = reply.valid_until.map(|until| until.0);
        self.verdict = match reply.verdict {
            assize::Answer::Allow => Verdict::Allow,
            assize::Answer::Block => Verdict::Block,
            assize::Answer::Undetermined => Verdict::Undetermined,
        };
        self.on = Some(On { standing, ty: Arc::clone(&entry.ty), now });
        Ok(())
    }

    /// Shows something of the last request, as JSON.
    fn show(&mut self, show: impl FnOnce(&assize::Desk, &Ask, Instant) -> Shown) -> Result<Text, Failure> {
        let nothing =
            || Failure::new(Status::Argument, "nothing was decided in `result`: call `assize_decide` before");
        let on = self.on.as_ref().ok_or_else(nothing)?;
        self.shown = show(on.standing.desk(&on.ty)?, &self.ask, on.now)?;
        let length = self.shown.len();
        self.shown.push(0);
        Ok(Text { at: self.shown.as_ptr().cast(), length })
    }
}

type Shown = Result<Vec<u8>, Failure>;

fn bug(error: serde_json::Error) -> Failure {
    Failure::new(Status::Internal, format!("a bug in the library: {error}"))
}

fn outcome(word: &str) -> Outcome {
    match word {
        "block" => Outcome::Block,
        "revoke" => Outcome::Revoke,
        "alert" => Outcome::Alert,
        "rank" => Outcome::Rank,
        _ => Outcome::None,
    }
}

/// Resolves a type of request, `ToolCall` or `nhi.model.ToolCall`, and makes everything ready that is the same for all
/// requests. Free it with `assize_entry_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_entry_new(
    engine: *const Engine,
    request_type: *const c_char,
    out: *mut *mut Entry,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (engine, ty) = unsafe { (shared("engine", engine)?, text("request_type", request_type)?) };
        let make = || {
            engine.keeper.read(|standing| standing.desk(ty).map(drop))?;
            Ok(Entry { keeper: engine.keeper.clone(), ty: Arc::from(ty) })
        };
        // SAFETY: the header's rules.
        unsafe { give(out, make) }
    })
}

/// Frees it; null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_entry_free(entry: *mut Entry) {
    // SAFETY: the header's rules.
    guarded((), || unsafe { take_back(entry) });
}

/// Makes room for an answer. Free it with `assize_result_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_new(out: *mut *mut Answer) -> Status {
    // SAFETY: the header's rules.
    guard(|| unsafe { give(out, || Ok(Answer::default())) })
}

/// Frees it; null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_free(result: *mut Answer) {
    // SAFETY: the header's rules.
    guarded((), || unsafe { take_back(result) });
}

/// Decides a request, a JSON object with its fields: one left out was not collected, `null` is known to be absent.
/// Where this fails, the result is undetermined.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_decide(
    entry: *const Entry,
    request: *const c_char,
    length: usize,
    now: i64,
    result: *mut Answer,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let result = unsafe { unique("result", result) }?;
        result.clear();
        // SAFETY: the header's rules.
        let (entry, request) = unsafe { (shared("entry", entry)?, sized("request", request, length)?) };
        result.decide(entry, entry.keeper.standing(), request, now)
    })
}

/// Decides several requests on the same policies and facts: `results[n]` is that of `requests[n]`, and no two of them
/// are the same. All are decided, whatever is wrong with some: these are undetermined, and the status and the message
/// are those of the first of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_decide_many(
    entry: *const Entry,
    requests: *const Text,
    count: usize,
    now: i64,
    results: *const *mut Answer,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let results = unsafe { slice("results", results, count) }?;
        for result in results {
            // SAFETY: the header's rules; each is let go of before the next.
            unsafe { unique("results[]", *result) }?.clear();
        }
        // SAFETY: the header's rules.
        let (entry, requests) = unsafe { (shared("entry", entry)?, slice("requests", requests, count)?) };
        let standing = entry.keeper.standing();
        let mut first = Ok(());
        for (number, (request, result)) in requests.iter().zip(results).enumerate() {
            // SAFETY: the header's rules; each is let go of before the next.
            let done = unsafe { sized("request", request.at, request.length) }.and_then(|json| {
                // SAFETY: as above.
                unsafe { unique("results[]", *result) }?.decide(entry, Arc::clone(&standing), json, now)
            });
            if let Err(failure) = done
                && first.is_ok()
            {
                let message = format!("requests[{number}]: {}", failure.message);
                first = Err(Failure { message, ..failure });
            }
        }
        first
    })
}

/// The answer; undetermined where nothing was decided.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_verdict(result: *const Answer) -> Verdict {
    guarded(Verdict::Undetermined, || {
        // SAFETY: the header's rules.
        unsafe { result.as_ref() }.map_or(Verdict::Undetermined, |one| one.verdict)
    })
}

/// Whether the clock alone can change the answer, and until when it does not: it may be early, and is never late.
/// `until` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_valid_until(result: *const Answer, until: *mut i64) -> bool {
    guarded(false, || {
        // SAFETY: the header's rules.
        let Some(at) = unsafe { result.as_ref() }.and_then(|one| one.until) else { return false };
        // SAFETY: the header's rules.
        unsafe { crate::pointers::write_some(until, at) };
        true
    })
}

/// How many policies decide something about the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_count(result: *const Answer) -> usize {
    // SAFETY: the header's rules.
    guarded(0, || unsafe { result.as_ref() }.map_or(0, |one| one.fired.len()))
}

/// One of these, in the order of the policies' names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_decision(
    result: *const Answer,
    at: usize,
    out: *mut Decision,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let result = unsafe { shared("result", result) }?;
        let missing = || {
            let count = result.fired.len();
            Failure::new(
                Status::Argument,
                format!("there is no decision {at}: they are counted from 0, and are {count}"),
            )
        };
        let fired = result.fired.get(at).ok_or_else(missing)?;
        let name = result.names.get(fired.name..).ok_or_else(missing)?;
        let Fired { arm, outcome, enforced, .. } = *fired;
        let shown = Decision { policy: name.as_ptr().cast(), arm, outcome, enforced };
        // SAFETY: the header's rules.
        unsafe { write("out", out, shown) }
    })
}

/// The answer with its reasons, as JSON: the verdict, every decision with its outcomes, deadlines (`within`),
/// obligations (`with`), message and evidence, what could not be decided, and the evidence that is wanted. It is worked
/// out when this is called, on the facts that the answer rests on. `out` is good until the result is used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_result_json(result: *mut Answer, out: *mut Text) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let result = unsafe { unique("result", result) }?;
        let shown =
            result.show(|desk, ask, now| serde_json::to_vec(&desk.verdict(ask, now)?).map_err(bug))?;
        // SAFETY: the header's rules.
        unsafe { write("out", out, shown) }
    })
}

/// Why, as a JSON list: of each policy that decides something, or cannot tell, its table with what every condition came
/// to, the values and the evidence that were read, and what would change the decision. `out` as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_explain(result: *mut Answer, out: *mut Text) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let result = unsafe { unique("result", result) }?;
        let shown =
            result.show(|desk, ask, now| serde_json::to_vec(&desk.explain(ask, now)?).map_err(bug))?;
        // SAFETY: the header's rules.
        unsafe { write("out", out, shown) }
    })
}
