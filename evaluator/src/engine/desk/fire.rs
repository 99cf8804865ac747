//! What arms come to where it is plain that they fire.

use assize_lang::plan::{Arm, Expr, ExprKind, Mode, OutcomeKind, Policy};
use rustc_hash::FxHashMap;

use crate::engine::sieve::Sieve;
use crate::facts::Instant;
use crate::judge::children;
use crate::request::{Answer, Verdict};

/// The answer to a request, without its reasons.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'s> {
    /// The answer.
    pub verdict: Answer,
    /// Until when the clock alone changes nothing about it; it may be early, and is never late. `None` is:
    /// until a fact changes.
    pub valid_until: Option<Instant>,
    pub(super) fired: &'s [(u32, u32)],
    pub(super) fires: &'s Fires,
}

/// A policy that decides something about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fired<'s> {
    /// Its qualified name.
    pub policy: &'s str,
    /// Which of its arms, from 1.
    pub arm: usize,
    /// The strongest of the outcomes: `block`, `revoke`, `alert` or `rank`.
    pub outcome: &'static str,
    /// Whether it is carried out.
    pub mode: Mode,
}

impl Fired<'_> {
    /// Whether it is carried out; else its policy is only watched.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.mode == Mode::Enforce
    }
}

impl<'s> Reply<'s> {
    /// What is decided, in the order of the policies' names.
    pub fn fired(&self) -> impl Iterator<Item = Fired<'s>> + use<'s> {
        let fires = self.fires;
        self.fired.iter().filter_map(|(policy, arm)| {
            let policy = fires.policies.get(usize::try_from(*policy).ok()?)?;
            let arm = usize::try_from(*arm).ok()?;
            let outcome = policy.arms.get(arm)?.outcome;
            Some(Fired { policy: &policy.name, arm: arm.saturating_add(1), outcome, mode: policy.mode })
        })
    }

    /// The first policy that blocks it.
    #[must_use]
    pub fn blocked_by(&self) -> Option<Fired<'s>> {
        self.fired().find(|one| one.outcome == "block" && one.mode == Mode::Enforce)
    }
}

/// All arms of all policies of one type of request.
#[derive(Debug)]
pub(super) struct Fires {
    policies: Vec<OfPolicy>,
    by_name: FxHashMap<String, u32>,
    /// By the policy's place in the sieve, where it has one arm that it comes to.
    sole: Box<[Option<Shot>]>,
}

/// That an arm fires, of which that says which outcomes there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shot {
    /// The policy's number, and the arm's.
    pub(super) is: (u32, u32),
    pub(super) blocks: bool,
}

#[derive(Debug)]
struct OfPolicy {
    name: String,
    mode: Mode,
    arms: Vec<OfArm>,
}

#[derive(Debug)]
struct OfArm {
    outcome: &'static str,
    /// Whether that it fires says which outcomes there are.
    plain: bool,
}

impl Fires {
    pub(super) fn new<'p>(sieve: &Sieve, policies: impl Iterator<Item = &'p Policy>) -> Self {
        let policies: Vec<OfPolicy> = policies
            .map(|policy| OfPolicy {
                name: policy.name.to_string(),
                mode: policy.mode,
                arms: policy.arms.iter().map(|arm| of_arm(policy, arm)).collect(),
            })
            .collect();
        let by_name = policies.iter().zip(0..).map(|(policy, at)| (policy.name.clone(), at)).collect();
        let mut out = Self { policies, by_name, sole: Box::default() };
        let sole = |place| out.shot(sieve.number(place)?, sieve.arm(place)?);
        out.sole = (0_u32..).zip(&out.policies).map(|(place, _)| sole(place)).collect();
        out
    }

    fn arm(&self, policy: usize, arm: usize) -> Option<(&OfPolicy, &OfArm)> {
        let policy = self.policies.get(policy)?;
        Some((policy, policy.arms.get(arm)?))
    }

    /// That an arm of a policy fires.
    pub(super) fn shot(&self, policy: usize, arm: usize) -> Option<Shot> {
        let (of, fires) = self.arm(policy, arm).filter(|(_, arm)| arm.plain)?;
        let is = (u32::try_from(policy).ok()?, u32::try_from(arm).ok()?);
        Some(Shot { is, blocks: of.mode == Mode::Enforce && fires.outcome == "block" })
    }

    /// That the one arm fires of a policy, by its place in the sieve.
    pub(super) fn sole(&self, place: u32) -> Option<Shot> {
        *self.sole.get(usize::try_from(place).ok()?)?
    }

    /// What the judge decided.
    pub(super) fn take_in(&self, verdict: &Verdict, fired: &mut Vec<(u32, u32)>) {
        for decision in &verdict.decisions {
            if let Some(policy) = self.by_name.get(&decision.policy) {
                fired.push((*policy, u32::try_from(decision.arm.saturating_sub(1)).unwrap_or(u32::MAX)));
            }
        }
    }
}

fn of_arm(policy: &Policy, arm: &Arm) -> OfArm {
    let word = |kind: &OutcomeKind| match kind {
        OutcomeKind::Block { .. } => (0, "block"),
        OutcomeKind::Revoke { .. } => (1, "revoke"),
        OutcomeKind::Alert { .. } => (2, "alert"),
        OutcomeKind::Rank { .. } => (3, "rank"),
    };
    let outcome = arm.outcomes.iter().map(|outcome| word(&outcome.kind)).min();
    let mut plain = true;
    for outcome in &arm.outcomes {
        let mut part = |expr: &Expr| plain = plain && ranges_over_nothing(policy, expr);
        outcome.within.iter().for_each(&mut part);
        outcome.with.iter().flat_map(|(_, says)| says.exprs()).for_each(&mut part);
        match &outcome.kind {
            OutcomeKind::Rank { tier, keys } => {
                part(tier);
                keys.iter().for_each(|key| part(&key.expr));
            }
            OutcomeKind::Alert { severity } => part(severity),
            OutcomeKind::Revoke { target, each, .. } => {
                part(target);
                plain = plain && !each;
            }
            OutcomeKind::Block { target, lasting } => {
                part(target);
                lasting.iter().for_each(&mut part);
            }
        }
    }
    OfArm { outcome: outcome.map_or("none", |(_, word)| word), plain }
}

/// Whether what it takes to work it out is the same for all facts: then no budget runs out over it.
fn ranges_over_nothing(policy: &Policy, expr: &Expr) -> bool {
    let mut out = match &expr.kind {
        ExprKind::Let(at) => {
            let named = usize::try_from(*at).ok().and_then(|at| policy.lets.get(at));
            return named.is_some_and(|named| ranges_over_nothing(policy, &named.expr));
        }
        ExprKind::Const(_)
        | ExprKind::Param(_)
        | ExprKind::Var(_)
        | ExprKind::Field(..)
        | ExprKind::Not(_)
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::Conditional(..)
        | ExprKind::Compare(..)
        | ExprKind::NowCompare(..)
        | ExprKind::Neg(_)
        | ExprKind::Arith(..)
        | ExprKind::Has(_)
        | ExprKind::OrValue(..)
        | ExprKind::Assume(..)
        | ExprKind::Bind { .. }
        | ExprKind::Table(..)
        | ExprKind::Shift { .. } => true,
        _ => false,
    };
    children(expr, &mut |part| out = out && ranges_over_nothing(policy, part));
    out
}
