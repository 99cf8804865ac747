//! What the exceptions are good for: which cover nothing, which cover too much, which end soon.

use assize_lang::plan::{Policy, Type, Waiver};

use super::eval::{Eval, Evaluator};
use super::run::Run;
use super::waive::covers;
use crate::decision::{Anchor, Bound, Decision, Undetermined};
use crate::evaluation::{WaiverNote, WaiverUse};
use crate::facts::Instant;
use crate::value::Value;

/// How long before its end a waiver is said to lapse.
const SOON: i64 = 14 * 24 * 3_600_000_000;

/// More decisions than this are no exception.
const MOST: usize = 20;

/// Each waiver of the policies, with what it does to these decisions.
pub(crate) fn usage(
    run: &Run<'_>,
    policies: &[&Policy],
    decisions: &[Decision],
    undetermined: &[Undetermined],
) -> Vec<WaiverUse> {
    let mut out = Vec::new();
    for waiver in &run.program.waivers {
        let Some(policy) = policies.iter().find(|policy| policy.name == waiver.policy) else { continue };
        let evaluator = run.evaluator(policy);
        let own = |name: &str| name == policy.name.as_str();
        let covered = |anchor: &Anchor| match bound(policy, waiver, anchor) {
            Some(bound) => truth(&evaluator, waiver, &bound) == Some(true),
            None => false,
        };
        let mine = decisions.iter().filter(|one| own(&one.policy));
        let open = undetermined.iter().filter(|one| own(&one.policy));
        let of = mine.clone().count();
        let waived = mine.filter(|one| covered(&one.anchor)).count();
        let open = open.filter(|one| covered(&one.anchor)).count();
        let now = run.view.now();
        let mut notes = Vec::new();
        if now >= waiver.until {
            notes.push(WaiverNote::Ended);
        } else {
            if waived == 0 && open == 0 {
                notes.push(WaiverNote::Unused);
            }
            if waived > MOST || covers_every_fact(&evaluator, policy, waiver) {
                notes.push(WaiverNote::OverBroad);
            }
            if waiver.until.saturating_sub(now) <= SOON {
                notes.push(WaiverNote::Lapsing);
            }
        }
        let condition = waiver.condition.span.text(&waiver.text);
        let ended = now >= waiver.until;
        out.push(WaiverUse {
            policy: policy.name.to_string(),
            condition: condition.split_whitespace().collect::<Vec<_>>().join(" "),
            until: Instant(waiver.until),
            because: waiver.because.clone(),
            by: waiver.by.clone(),
            file: waiver.file.clone(),
            line: waiver.line,
            waived: if ended { 0 } else { waived },
            undetermined: if ended { 0 } else { open },
            of,
            notes,
        });
    }
    out
}

/// What the waiver's binding is bound to.
fn bound(policy: &Policy, waiver: &Waiver, anchor: &Anchor) -> Option<Value> {
    let at = usize::try_from(waiver.binding).ok()?;
    let binding = policy.bindings.get(at)?;
    match (&binding.ty, anchor.0.get(at)?) {
        (Type::Fact(ty), (_, Bound::Fact(fact))) => {
            Some(Value::Fact(ty.clone(), std::sync::Arc::from(fact.key.as_str())))
        }
        _ => None,
    }
}

fn truth<'a>(evaluator: &Evaluator<'a>, waiver: &'a Waiver, bound: &Value) -> Option<bool> {
    let covers: Eval = covers(evaluator, bound, waiver);
    covers.possible.truth()
}

/// Whether the waiver is known to cover every fact of its type, of which there are two or more.
fn covers_every_fact<'a>(evaluator: &Evaluator<'a>, policy: &Policy, waiver: &'a Waiver) -> bool {
    let at = usize::try_from(waiver.binding).ok();
    let Some(Type::Fact(ty)) = at.and_then(|at| policy.bindings.get(at)).map(|binding| &binding.ty) else {
        return false;
    };
    let facts = evaluator.view.all(ty);
    facts.len() > 1
        && facts
            .iter()
            .all(|fact| truth(evaluator, waiver, &Value::Fact(ty.clone(), fact.key.clone())) == Some(true))
}
