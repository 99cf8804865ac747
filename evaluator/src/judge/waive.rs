//! Exceptions (W1): a waiver marks a decision, and never hides it.

use assize_lang::plan::Waiver;

use super::cases::Case;
use super::eval::{Eval, Evaluator};
use crate::decision::Decision;
use crate::facts::Instant;
use crate::value::{Horizon, Possible, Value};

/// Marks the decision where a waiver of its policy covers the case. Unknown does not waive. Says until when
/// that holds.
pub(super) fn waive<'a>(evaluator: &Evaluator<'a>, case: &Case, decision: &mut Decision) -> Horizon {
    let mut all = Horizon::NEVER;
    let now = evaluator.now();
    let waivers = evaluator.program.waivers.iter();
    for waiver in waivers.filter(|waiver| waiver.policy == evaluator.policy.name && now < waiver.until) {
        let bound = usize::try_from(waiver.binding).ok().and_then(|at| case.tuple.get(at));
        let Some(bound) = bound else { continue };
        let covers = covers(evaluator, bound, waiver);
        // Its end is a flip, and so is whatever its condition hangs on.
        let mut horizon = covers.horizon;
        if covers.possible.truth() == Some(true) {
            horizon = horizon.min(Horizon::clock(waiver.until));
            let text = format!("{}, until {}: {}", waiver.by, Instant(waiver.until), waiver.because);
            decision.waived_by.get_or_insert(text);
        }
        decision.valid_until = earlier(decision.valid_until, horizon.valid_until());
        decision.evidence_until = earlier(decision.evidence_until, horizon.evidence_until());
        all = all.min(horizon);
    }
    all
}

/// Whether the waiver's condition is true of what its binding is bound to.
pub(super) fn covers<'a>(evaluator: &Evaluator<'a>, bound: &Value, waiver: &'a Waiver) -> Eval {
    let inside = evaluator.inside(&waiver.text);
    inside.bind(waiver.slot, Eval::constant(Possible::known(bound.clone())));
    inside.condition(&waiver.condition)
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
