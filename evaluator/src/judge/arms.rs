//! The decision table (D1 to D9).

use assize_lang::plan::{Arm, When};

use super::eval::{Eval, Evaluator};
use super::outcome::Resolved;
use crate::decision::{Gaps, Outcome, OutcomeKind};
use crate::value::{Causes, Horizon};

/// How many causes a decision shows.
const SHOWN: usize = 8;

/// What became of one arm.
pub(crate) struct Judged<'a> {
    pub(crate) place: usize,
    pub(crate) arm: &'a Arm,
    pub(crate) condition: Eval,
    pub(crate) fate: Fate,
}

/// Why an arm decided, or did not.
pub(crate) enum Fate {
    /// Known false.
    Passed,
    /// Not known: it might decide this.
    Undetermined(Resolved),
    /// True, but an arm above it might have decided otherwise (D1): it might decide this.
    HeldBack(Resolved),
    /// It decides this.
    Fired(Resolved),
}

/// What became of the whole table.
pub(crate) struct Tabled<'a> {
    /// The arms that were looked at: those behind the one that fired are not.
    pub(crate) arms: Vec<Judged<'a>>,
}

impl<'a> Tabled<'a> {
    pub(crate) fn fired(&self) -> Option<(&Judged<'a>, &Resolved)> {
        self.arms.iter().find_map(|judged| match &judged.fate {
            Fate::Fired(resolved) => Some((judged, resolved)),
            _ => None,
        })
    }

    /// The arms that might have decided.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&Judged<'a>, &Resolved)> {
        self.arms.iter().filter_map(|judged| match &judged.fate {
            Fate::Undetermined(resolved) | Fate::HeldBack(resolved) => Some((judged, resolved)),
            Fate::Passed | Fate::Fired(_) => None,
        })
    }

    /// What would settle the arms that might have decided.
    pub(crate) fn causes(&self) -> Causes {
        Causes::all(self.open().map(|(judged, _)| judged.condition.possible.causes.clone()))
    }

    pub(crate) fn horizon(&self) -> Horizon {
        Horizon::all(self.arms.iter().map(|judged| {
            let outcomes = match &judged.fate {
                Fate::Passed => None,
                Fate::Undetermined(resolved) | Fate::HeldBack(resolved) | Fate::Fired(resolved) => {
                    resolved.horizon
                }
            };
            judged.condition.horizon.min(outcomes.unwrap_or(Horizon::NEVER))
        }))
    }

    /// What could be decided besides what is.
    pub(crate) fn could_be(&self) -> Vec<Outcome> {
        let decided: &[Outcome] = self.fired().map_or(&[], |(_, resolved)| &resolved.outcomes);
        let mut out: Vec<Outcome> = Vec::new();
        let open = self.open().flat_map(|(_, resolved)| resolved.outcomes.iter().chain(&resolved.possible));
        let more = self.fired().into_iter().flat_map(|(_, resolved)| &resolved.possible);
        for outcome in open.chain(more) {
            if !decided.contains(outcome) && !out.contains(outcome) {
                out.push(outcome.clone());
            }
        }
        out
    }
}

impl<'a> Evaluator<'a> {
    /// Runs the arms top to bottom until one decides.
    pub(crate) fn run_table(&self) -> Tabled<'a> {
        let mut table = Tabled { arms: Vec::new() };
        for (place, arm) in self.policy.arms.iter().enumerate() {
            let condition = match &arm.when {
                When::Expr(expr) => self.condition(expr),
                When::Unknown => Eval::truth(table.open().next().is_some()),
                When::Otherwise => Eval::truth(true),
            };
            let fate = match condition.possible.truth() {
                Some(false) => Fate::Passed,
                None => Fate::Undetermined(self.resolve(arm)),
                Some(true) => {
                    let resolved = self.resolve(arm);
                    let may = matches!(arm.when, When::Unknown) || may_fire(arm, &resolved, &table);
                    if may { Fate::Fired(resolved) } else { Fate::HeldBack(resolved) }
                }
            };
            let fired = matches!(fate, Fate::Fired(_));
            table.arms.push(Judged { place, arm, condition, fate });
            if fired {
                break;
            }
        }
        table
    }
}

/// D1: what acts, and what decides nothing for good, fires only where every arm above it is known false
/// or would decide the same.
fn may_fire(arm: &Arm, resolved: &Resolved, above: &Tabled<'_>) -> bool {
    if arm.outcomes.is_empty() {
        return above.open().all(|(judged, _)| judged.arm.outcomes.is_empty());
    }
    if !resolved.acts() {
        return true;
    }
    let acting = || resolved.outcomes.iter().filter(|outcome| outcome.kind.acts());
    let settled = resolved.unresolved.is_empty();
    above.open().all(|(_, other)| {
        settled
            && acting()
                .all(|outcome| other.outcomes.iter().any(|same| same_action(&outcome.kind, &same.kind)))
    })
}

/// Whether two outcomes do the same to the same target; deadlines and obligations may differ.
fn same_action(a: &OutcomeKind, b: &OutcomeKind) -> bool {
    a.acts() && a == b
}

/// The causes that a decision shows.
pub(crate) fn gaps(causes: &Causes) -> Gaps {
    let (least, count) = causes.least(SHOWN);
    Gaps { first: least.into_iter().cloned().collect(), more: count.saturating_sub(SHOWN) }
}
