//! Kleene's connectives, with horizons (T1) and leftmost witnesses.

use crate::value::{Causes, Gather, Horizon, Possible};

use super::eval::Eval;

/// `!a`
pub(crate) fn not(mut of: Eval) -> Eval {
    if let Some(truth) = of.possible.truth() {
        of.possible = Possible::bool(!truth);
    }
    of
}

/// All of them: false as soon as one is; then any false one keeps it so.
pub(crate) fn all(of: &[Eval]) -> Eval {
    connect(of, false)
}

/// Any of them: true as soon as one is; then any true one keeps it so.
pub(crate) fn any(of: &[Eval]) -> Eval {
    connect(of, true)
}

/// `decisive` is the truth that one operand alone gives to the whole.
fn connect(of: &[Eval], decisive: bool) -> Eval {
    let mut deciding = of.iter().filter(|eval| eval.possible.truth() == Some(decisive));
    if let Some(first) = deciding.next() {
        let horizon = deciding.fold(first.horizon, |horizon, eval| horizon.max(eval.horizon));
        return Eval { possible: Possible::bool(decisive), horizon, reads: first.reads.clone() };
    }
    let unknown = of.iter().filter(|eval| eval.possible.truth().is_none());
    let causes: Vec<Causes> = unknown.clone().map(|eval| eval.possible.causes.clone()).collect();
    let possible =
        if unknown.count() == 0 { Possible::bool(!decisive) } else { Possible::maybe(Causes::all(causes)) };
    Eval {
        possible,
        horizon: Horizon::all(of.iter().map(|eval| eval.horizon)),
        reads: Gather::all(of.iter().map(|eval| eval.reads.clone())),
    }
}
