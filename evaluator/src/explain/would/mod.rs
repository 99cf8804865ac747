//! What would change a decision: the cheapest changes of facts after which it is another one.
//!
//! Changes are tried, not derived: values that the policy itself compares with, evidence that is missing, and
//! facts added or taken away are supposed one at a time, then two at a time, and the case is decided again on each.
//! What is told has therefore been seen to change the decision. At most [`TRIES`] are tried, in a fixed
//! order, and the [`SHOWN`] cheapest are told.

mod addition;
mod candidates;
mod suppose;

use std::fmt::{self, Display, Formatter};

use assize_lang::plan::{BindingSource, Policy};
use serde::Serialize;

use crate::decision::{Decision, Outcome, Undetermined};
use crate::engine::{Engine, Supposing};
use crate::facts::Instant;
use crate::judge::{Case, Conclusion, Eval, Run, all};
use crate::test_runner::outcome_words;
use crate::value::{FactRef, Missing, Possible, Value, escape};

use candidates::Candidate;

pub use suppose::{Exactly, Supposed};

/// How many changes are tried at most.
pub(super) const TRIES: usize = 256;

/// How many are told.
pub(super) const SHOWN: usize = 3;

/// Pairs are made of so many candidates, the cheapest.
const PAIRED: usize = 20;

/// Changes of facts that together change a decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WouldChange {
    /// What would have to be so.
    pub suppose: Vec<Supposed>,
    /// What would come of it, in a sentence.
    pub then: String,
}

impl Display for WouldChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (place, one) in self.suppose.iter().enumerate() {
            if place > 0 {
                f.write_str(" and ")?;
            }
            write!(f, "{one}")?;
        }
        write!(f, ": {}", self.then)
    }
}

/// What a case came to, as far as it counts as another one.
#[derive(Debug, PartialEq)]
enum Came {
    Decided(usize, Vec<Outcome>),
    Open,
    Nothing,
}

impl Came {
    fn words(&self) -> String {
        match self {
            Self::Decided(arm, outcomes) => {
                let words: Vec<String> =
                    outcomes.iter().map(|outcome| outcome_words(&outcome.kind)).collect();
                format!("arm {arm} decides: {}", words.join(", "))
            }
            Self::Open => "undetermined".to_owned(),
            Self::Nothing => "nothing is decided".to_owned(),
        }
    }
}

/// What the case with this tuple comes to, and which evidence it lacks.
fn came(run: &Run<'_>, policy: &Policy, tuple: &[Value]) -> (Came, Vec<Missing>) {
    let nothing = (Came::Nothing, Vec::new());
    let plain = policy.sequence.is_none()
        && policy.bindings.iter().all(|binding| matches!(binding.source, BindingSource::Type));
    let open = |open: &Undetermined| (Came::Open, open.missing.clone());
    let decided = |it: &Decision| (Came::Decided(it.arm, it.outcomes.clone()), it.missing.clone());
    if !plain {
        // Whether these belong together is found out as for any case.
        let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
        run.policy(policy, tuple.first().cloned(), None, &mut decisions, &mut undetermined);
        let id = run.id(policy, tuple);
        let found = decisions.iter().find(|one| one.id == id).map(decided);
        let left = undetermined.iter().find(|one| one.id == id || one.incomplete).map(open);
        return found.or(left).unwrap_or(nothing);
    }
    let there = |value: &Value| matches!(value, Value::Fact(ty, key) if run.view.fact(ty, key).is_some());
    if !tuple.iter().all(there) {
        return nothing;
    }
    let evaluator = run.evaluator(policy);
    for (binding, value) in policy.bindings.iter().zip(tuple) {
        evaluator.bind(binding.slot, Eval::constant(Possible::known(value.clone())));
    }
    let judged: Vec<(bool, Eval)> =
        policy.wheres.iter().map(|one| (one.join, evaluator.condition(&one.expr))).collect();
    let condition = all(&judged.iter().map(|(_, eval)| eval.clone()).collect::<Vec<_>>());
    if condition.possible.truth() == Some(false) {
        return nothing;
    }
    if judged.iter().any(|(join, eval)| *join && eval.possible.truth().is_none()) {
        return (Came::Open, condition.possible.causes.sorted().into_iter().cloned().collect());
    }
    let table = evaluator.run_table();
    match run.conclude(&evaluator, &Case { tuple: tuple.to_vec(), condition }, &table) {
        Some(Conclusion::Decided(it)) => decided(&it),
        Some(Conclusion::Open(it)) => open(&it),
        None => nothing,
    }
}

/// Looks for what would change what `policy` makes of the case with this tuple, which `run` is about.
pub(super) fn search(
    engine: &Engine,
    supposing: &Supposing<'_>,
    run: &Run<'_>,
    policy: &Policy,
    tuple: &[Value],
) -> Vec<WouldChange> {
    let (is, missing) = came(run, policy, tuple);
    let every = candidates::of(run, policy, tuple, missing.iter());
    let mut tries = 0_usize;
    // What would change it, and whether nothing is missing any more then.
    let mut attempt = |suppose: Vec<Supposed>| -> Option<(WouldChange, bool)> {
        if tries >= TRIES {
            return None;
        }
        tries = tries.saturating_add(1);
        let changes = suppose::changes(engine, run, &suppose)?;
        let (came, missing) = supposing.with(changes, |run| came(run, policy, tuple));
        (came != is).then(|| (WouldChange { suppose, then: came.words() }, missing.is_empty()))
    };
    let mut found: Vec<WouldChange> = Vec::new();
    // Of what is missing, one thing that settles it is told, though others are cheaper.
    let mut settled = missing.is_empty();
    let tell = |found: &mut Vec<WouldChange>, (one, settles): (WouldChange, bool)| {
        if found.len() >= SHOWN {
            if !settles {
                return false;
            }
            found.pop();
        }
        found.push(one);
        settles
    };
    for Candidate { one, evidence } in &every {
        let full = found.len() >= SHOWN;
        if full && settled {
            return found;
        }
        // Another value of what was found already is no news.
        let known = found.iter().any(|known| known.suppose.iter().any(|known| known.place() == one.place()));
        if known || full && !evidence {
            continue;
        }
        if let Some((told, settles)) = attempt(vec![one.clone()]) {
            settled |= tell(&mut found, (told, settles && *evidence));
        }
    }
    let watched = |one: &&Candidate| matches!(one.one, Supposed::Watched { .. });
    let watched: Vec<Supposed> = every.iter().filter(watched).map(|one| one.one.clone()).collect();
    if !settled
        && watched.len() > 1
        && let Some(told) = attempt(watched)
    {
        tell(&mut found, told);
    }
    if !found.is_empty() {
        return found;
    }
    for (at, one) in every.iter().take(PAIRED).enumerate() {
        for other in every.iter().take(PAIRED).skip(at.saturating_add(1)) {
            if one.one.place() != other.one.place()
                && let Some((both, _)) = attempt(vec![one.one.clone(), other.one.clone()])
            {
                return vec![both];
            }
        }
    }
    found
}

impl Engine {
    /// The facts of a snapshot as they would be if all of that were so at `now`: what
    /// [`WouldChange::suppose`] says, to be looked at as a whole. Nothing where it cannot be so, because
    /// somebody reports otherwise at that very instant.
    #[must_use]
    pub fn suppose(
        &self,
        snapshot: &crate::store::Snapshot,
        now: Instant,
        suppose: &[Supposed],
    ) -> Option<crate::store::Snapshot> {
        let facts = self.index(snapshot, now);
        let view = crate::world::Lens::new(facts.world(), None);
        let leaves = crate::judge::Leaves::native();
        let run = Run {
            program: &self.program,
            params: &self.params,
            view: &view,
            leaves: &leaves,
            budget: self.budget,
            asked: None,
            access: None,
            tables: None,
            shared: None,
        };
        let more = suppose::changes(self, &run, suppose)?;
        let mut all = crate::store::Inner::of(snapshot, &self.layout);
        all.add(more);
        Some(crate::store::Snapshot::new(all))
    }
}

fn shown(fact: &FactRef) -> String {
    format!("{} `{}`", fact.ty, escape(&fact.key))
}
