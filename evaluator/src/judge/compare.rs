//! Comparisons of sets (V9), of intervals, and with the clock.

use std::cmp::Ordering;

use assize_lang::plan::{CompareOp, Expr, ExprKind, ListFn};

use super::eval::{Eval, Evaluator};
use super::logic;
use super::path::presence;
use super::window::Window;
use crate::value::{Horizon, NEVER, Possible, Value, Values};

/// Which truths are left, and whether an error is possible.
#[derive(Default)]
struct Outcomes {
    yes: bool,
    no: bool,
    error: bool,
}

impl Outcomes {
    fn add(&mut self, truth: Option<bool>) {
        match truth {
            Some(true) => self.yes = true,
            Some(false) => self.no = true,
            None => self.error = true,
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn compare(&self, expr: &Expr, op: CompareOp, a: &'a Expr, b: &'a Expr) -> Eval {
        if let Some(counted) = self.compare_size(op, a, b) {
            return counted;
        }
        if let Some(counted) = self.compare_size(op.mirrored(), b, a) {
            return counted;
        }
        let (left, right) = (self.eval(a), self.eval(b));
        let possible = self.compare_sets(expr, op, &left.possible, &right.possible);
        Eval::from(possible, &[&left, &right])
    }

    /// `list.size() op n`: at least *n* of the members, with the horizon that this has.
    fn compare_size(&self, op: CompareOp, a: &'a Expr, b: &'a Expr) -> Option<Eval> {
        let ExprKind::ListFn(ListFn::Size, list) = &self.behind(a).kind else { return None };
        let bound = self.eval(b);
        let count = match bound.possible.value()? {
            Value::Int(count) => *count,
            Value::Uint(count) => i64::try_from(*count).unwrap_or(i64::MAX),
            _ => return None,
        };
        let list = self.list(list, &Window::default());
        let at_least = |count: i64| list.at_least(usize::try_from(count.max(0)).unwrap_or(usize::MAX));
        let next = count.saturating_add(1);
        let eval = match op {
            CompareOp::Ge => at_least(count),
            CompareOp::Gt => at_least(next),
            CompareOp::Lt => logic::not(at_least(count)),
            CompareOp::Le => logic::not(at_least(next)),
            CompareOp::Eq | CompareOp::Ne => {
                let exactly = if count < 0 {
                    Eval::truth(false)
                } else {
                    logic::all(&[at_least(count), logic::not(at_least(next))])
                };
                if op == CompareOp::Eq { exactly } else { logic::not(exactly) }
            }
        };
        Some(Eval { horizon: eval.horizon.min(bound.horizon), reads: eval.reads.and(&bound.reads), ..eval })
    }

    /// What a comparison of two sets can come to.
    pub(super) fn compare_sets(&self, expr: &Expr, op: CompareOp, a: &Possible, b: &Possible) -> Possible {
        let outcomes = self.outcomes(op, a, b);
        let causes = a.causes.and(&b.causes);
        match (outcomes.yes, outcomes.no, outcomes.error) {
            (true, false, false) => Possible::bool(true),
            (false, true, false) => Possible::bool(false),
            (false, false, _) => {
                let what = if a.is_absent() || b.is_absent() {
                    "no value to compare"
                } else {
                    "values without an order"
                };
                self.error(expr, what).because(&causes)
            }
            _ => Possible::maybe(causes),
        }
    }

    /// Whether two sets hold one value that is the same.
    pub(super) fn equal(&self, a: &Possible, b: &Possible) -> Possible {
        let outcomes = self.outcomes(CompareOp::Eq, a, b);
        match (outcomes.yes, outcomes.no) {
            (true, false) => Possible::bool(true),
            (false, _) => Possible::bool(false),
            (true, true) => Possible::maybe(a.causes.and(&b.causes)),
        }
    }

    fn outcomes(&self, op: CompareOp, a: &Possible, b: &Possible) -> Outcomes {
        let mut out = Outcomes::default();
        if let (Some(a), Some(b)) = (a.value(), b.value()) {
            out.add(self.leaves.compare(op, a, b));
            return out;
        }
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && (a.is_absent() || b.is_absent()) {
            let other = if a.is_absent() { b } else { a };
            let equal = presence(other).map(|there| there != (op == CompareOp::Eq));
            match equal {
                Some(truth) => out.add(Some(truth)),
                None => out = Outcomes { yes: true, no: true, error: false },
            }
            return out;
        }
        match (finite(a), finite(b)) {
            (Some(left), Some(right)) => {
                for a in &left {
                    for b in &right {
                        out.add(self.leaves.compare(op, a, b));
                    }
                }
            }
            _ => by_ends(op, a, b, &mut out),
        }
        // An absent value equals nothing but another one, and has no order.
        if a.absent || b.absent {
            match op {
                CompareOp::Eq | CompareOp::Ne => {
                    let both = a.absent && b.absent;
                    out.yes |= (op == CompareOp::Ne) || both;
                    out.no |= (op == CompareOp::Eq) || both;
                }
                _ => out.error = true,
            }
        }
        out
    }

    /// `now op at`
    pub(super) fn now_compare(&self, expr: &Expr, op: CompareOp, at: &'a Expr) -> Eval {
        let at = self.eval(at);
        let now = Value::Timestamp(self.now());
        let possible = self.compare_sets(expr, op, &Possible::known(now), &at.possible);
        let (low, high) = at.possible.ends();
        let flip = [low, high].into_iter().filter_map(|end| self.flip(op, end?)).min().unwrap_or(NEVER);
        let mut eval = Eval::from(possible, &[&at]);
        eval.horizon = eval.horizon.min(Horizon::clock(flip));
        eval
    }

    /// The next instant at which `now op at` has another truth.
    fn flip(&self, op: CompareOp, at: &Value) -> Option<i64> {
        let Value::Timestamp(at) = at else { return None };
        let after = at.saturating_add(1);
        let flips = match op {
            CompareOp::Lt | CompareOp::Ge => [*at, *at],
            CompareOp::Le | CompareOp::Gt => [after, after],
            CompareOp::Eq | CompareOp::Ne => [*at, after],
        };
        flips.into_iter().filter(|flip| *flip > self.now()).min()
    }
}

/// The values that can be there, where they can be counted off.
fn finite(possible: &Possible) -> Option<Vec<Value>> {
    match &possible.values {
        Values::None => Some(Vec::new()),
        Values::One(value) => Some(vec![value.clone()]),
        Values::Members(domain, mask) => {
            Some((0..64_u8).filter(|bit| (mask >> bit) & 1 == 1).map(|bit| domain.value(bit)).collect())
        }
        Values::Range(..) | Values::Any => None,
    }
}

/// Compares by the ends between which the values lie.
fn by_ends(op: CompareOp, a: &Possible, b: &Possible, out: &mut Outcomes) {
    let ((a_low, a_high), (b_low, b_high)) = (a.ends(), b.ends());
    let order = |x: Option<&Value>, y: Option<&Value>| Some(x?.cmp(y?));
    let below = order(a_high, b_low);
    let above = order(a_low, b_high);
    let surely_less = below == Some(Ordering::Less);
    let surely_not_more = matches!(below, Some(Ordering::Less | Ordering::Equal));
    let surely_more = above == Some(Ordering::Greater);
    let surely_not_less = matches!(above, Some(Ordering::Greater | Ordering::Equal));
    let truth = match op {
        CompareOp::Lt => settle(surely_less, surely_not_less),
        CompareOp::Le => settle(surely_not_more, surely_more),
        CompareOp::Gt => settle(surely_more, surely_not_more),
        CompareOp::Ge => settle(surely_not_less, surely_less),
        CompareOp::Eq => settle(false, surely_less || surely_more),
        CompareOp::Ne => settle(surely_less || surely_more, false),
    };
    match truth {
        Some(truth) => out.add(Some(truth)),
        None => {
            out.yes = true;
            out.no = true;
        }
    }
}

const fn settle(yes: bool, no: bool) -> Option<bool> {
    match (yes, no) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}
