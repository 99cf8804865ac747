//! Takes down what conditions come to while tests run.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{Expr, Name, Policy, Program};

use super::{Truth, sites};
use crate::judge::{Judged, Observer};

/// What the conditions of a program's policies came to. A condition is known by where its plan lies in
/// memory: the program outlives the recorder's use, and nothing moves in it.
pub(in crate::test_runner) struct Recorder {
    seen: RefCell<BTreeMap<usize, BTreeSet<Truth>>>,
    decided: RefCell<BTreeMap<(Name, usize), usize>>,
}

impl Recorder {
    pub(super) fn new(program: &Program) -> Self {
        let sites = program.policies.values().flat_map(|policy| sites::of(policy));
        let seen = sites.map(|site| (address(site.expr), BTreeSet::new())).collect();
        Self { seen: RefCell::new(seen), decided: RefCell::default() }
    }

    pub(super) fn seen(&self, condition: &Expr) -> BTreeSet<Truth> {
        self.seen.borrow().get(&address(condition)).cloned().unwrap_or_default()
    }

    /// How many cases the arm at this place decided.
    pub(super) fn decisions(&self, policy: &Policy, place: usize) -> usize {
        self.decided.borrow().get(&(policy.name.clone(), place)).copied().unwrap_or(0)
    }
}

impl Observer for Recorder {
    fn judged(&self, condition: &Expr, truth: Option<bool>) {
        if let Some(seen) = self.seen.borrow_mut().get_mut(&address(condition)) {
            seen.insert(match truth {
                Some(true) => Truth::True,
                Some(false) => Truth::False,
                None => Truth::Unknown,
            });
        }
    }

    fn decided(&self, policy: &Policy, arm: &Judged<'_>) {
        let mut decided = self.decided.borrow_mut();
        let count = decided.entry((policy.name.clone(), arm.place)).or_default();
        *count = count.saturating_add(1);
    }
}

fn address(expr: &Expr) -> usize {
    std::ptr::from_ref(expr).addr()
}
