//! Functions about evidence itself, and the ways to act on a gap in the open.

use assize_lang::plan::{CompareOp, Expr};

use super::eval::{Eval, Evaluator, Read};
use super::list::List;
use super::window::{Edge, Window};
use crate::value::{Cause, Gather, Possible, Value, describe};

impl<'a> Evaluator<'a> {
    /// `unknown`, `known`, `conflict`: always known, with the flips of what they ask about (V10).
    pub(super) fn about(&self, of: &'a Expr, ask: impl Fn(&Possible) -> bool) -> Eval {
        let of = self.eval(of);
        Eval::from(Possible::bool(ask(&of.possible)), &[&of])
    }

    /// `covered(list, from)`
    pub(super) fn covered(&self, list: &'a Expr, from: &'a Expr) -> Eval {
        let start = self.eval(from);
        let mut window = Window::default();
        match start.possible.value() {
            Some(Value::Timestamp(at)) => window.lower.push(Edge { at: *at, moving: self.moves(from) }),
            _ => return Eval::from(Possible::bool(false), &[&start]),
        }
        let open = self.list(list, &window).open;
        Eval::from(Possible::bool(open.possible.truth() == Some(false)), &[&open, &start])
    }

    /// `e.orValue(d)`: absence only (V3).
    pub(super) fn or_value(&self, of: &'a Expr, default: &'a Expr) -> Eval {
        let of = self.eval(of);
        if !of.possible.absent {
            return of;
        }
        let default = self.eval(default);
        let possible = if of.possible.is_absent() {
            default.possible.clone()
        } else {
            let there = Possible { absent: false, ..of.possible.clone() };
            let there = match (&there.values, there.mask()) {
                // A set that had absence as its only doubt is known once that is settled.
                (crate::value::Values::One(_), _) => Possible { causes: Gather::NONE, ..there },
                _ => there,
            };
            there.union(&default.possible, &of.possible.causes)
        };
        Eval::from(possible, &[&of, &default])
    }

    /// `e.assume(d)`: ignorance only, and the decision says so.
    pub(super) fn assume(&self, expr: &Expr, of: &'a Expr, default: &'a Expr) -> Eval {
        let known = self.eval(of);
        if known.possible.is_known() {
            return known;
        }
        let default = self.eval(default);
        let taken = describe(&default.possible, &expr.ty, self.view.schema());
        let assumed = Gather::one(Read::Assumed(self.text(of), taken));
        let mut eval = Eval::from(default.possible.clone(), &[&known, &default]);
        eval.reads = eval.reads.and(&assumed);
        eval
    }

    pub(super) fn assume_list(&self, expr: &Expr, of: &'a Expr, default: &'a Expr, window: &Window) -> List {
        let list = self.list(of, window);
        if list.is_closed() && list.possible().next().is_none() {
            return list;
        }
        let whole = list.whole();
        let mut taken = self.list(default, window);
        let text = describe(&taken.as_value().possible, &expr.ty, self.view.schema());
        let assumed = Gather::one(Read::Assumed(self.text(of), text));
        taken.open.horizon = taken.open.horizon.min(whole.horizon);
        taken.open.reads = taken.open.reads.and(&assumed);
        taken
    }

    /// `worst(e)`, `best(e)`: an end of what is possible, and the decision says so.
    pub(super) fn end(&self, expr: &Expr, of: &'a Expr, worst: bool) -> Eval {
        let eval = self.eval(of);
        if eval.possible.is_known() {
            return eval;
        }
        let Some(mask) = eval.possible.mask().filter(|mask| *mask != 0) else {
            return Eval::from(self.unknown(expr, eval.possible.causes.clone()), &[&eval]);
        };
        let bit = if worst { 63_u32.saturating_sub(mask.leading_zeros()) } else { mask.trailing_zeros() };
        let mask = 1_u64.checked_shl(bit).unwrap_or(mask);
        let possible = match crate::value::Domain::of(&expr.ty) {
            Some(domain) => Possible::members(domain, mask, false, Gather::NONE),
            None => self.unknown(expr, eval.possible.causes.clone()),
        };
        let taken = describe(&possible, &expr.ty, self.view.schema());
        let mut end = Eval::from(possible, &[&eval]);
        end.reads = end.reads.and(&Gather::one(Read::Assumed(self.text(of), taken)));
        end
    }

    /// `a in b`: the fold of `==` over a list (V9), or a key of a map.
    pub(super) fn contained(&self, expr: &Expr, a: &'a Expr, b: &'a Expr) -> Eval {
        let wanted = self.eval(a);
        if !super::eval::is_list(&b.ty) {
            let of = self.eval(b);
            match (of.possible.value(), wanted.possible.value()) {
                (Some(Value::Map(entries)), Some(key)) => {
                    let truth = Possible::bool(entries.contains_key(key));
                    return Eval::from(truth, &[&wanted, &of]);
                }
                (Some(Value::List(_)), _) => {}
                (Some(_), _) => {
                    return Eval::from(self.error(expr, "neither a list nor a map"), &[&wanted, &of]);
                }
                (None, _) => {
                    let causes = wanted.possible.causes.and(&of.possible.causes);
                    return Eval::from(Possible::maybe(causes), &[&wanted, &of]);
                }
            }
        }
        let mut list = self.list(b, &Window::default());
        self.ranged(list.members.len());
        for member in &mut list.members {
            let equal = self.compare_sets(expr, CompareOp::Eq, &wanted.possible, &member.value.possible);
            let equal = Eval::from(equal, &[&wanted, &member.value]);
            member.inside = super::logic::all(&[member.inside.clone(), equal]);
        }
        let found = list.at_least(1);
        Eval { horizon: found.horizon.min(wanted.horizon), reads: wanted.reads.and(&found.reads), ..found }
    }
}

/// Whether sources disagree.
pub(super) fn in_conflict(possible: &Possible) -> bool {
    let mut found = false;
    possible.causes.each(&mut |missing| found |= missing.cause == Cause::Conflict);
    found && !possible.is_known()
}
