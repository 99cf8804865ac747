//! The plain case: conditions compiled to closures over typed columns.
//!
//! Most facts are no case of most policies, and that is plain to see: a status is another, a use was seen
//! yesterday. What is plainly nothing is done with here. Whatever decides something, and whatever is not
//! known, disputed or open, goes to the judge, which knows about evidence and gives reasons.

mod cells;
mod compile;
mod frame;
mod list;
mod reach;

use assize_lang::plan::{BindingSource, Policy, Program, When};

pub(crate) use frame::Asked;

use compile::{Compiler, Test};
use frame::{Frame, Truth};
use reach::Reach;

use crate::value::Value;
use crate::world::{Cell, Layout, Row, World};

/// A policy, compiled.
pub(crate) struct Plain {
    /// The slot of the first binding, and how many there are.
    head: usize,
    slots: usize,
    lets: usize,
    /// Conditions on the head alone.
    wheres: Vec<Test>,
    /// The arms, where the head is all that the policy binds.
    arms: Option<Vec<Arm>>,
    reach: Reach,
}

struct Arm {
    /// `None` for `unknown`, which is passed where nothing is.
    when: Option<Test>,
    decides: bool,
}

/// What compiled conditions say of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plainly {
    /// It is no case, or one that decides nothing, until this instant.
    Nothing(i64),
    /// It is for the judge.
    Perhaps,
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plain").field("wheres", &self.wheres.len()).finish_non_exhaustive()
    }
}

impl Plain {
    /// Compiles a policy.
    pub(crate) fn new(
        program: &Program,
        layout: &Layout,
        params: &std::collections::BTreeMap<assize_lang::plan::Name, Value>,
        policy: &Policy,
    ) -> Self {
        let mut compiler = Compiler {
            program,
            layout,
            params,
            lets: policy.lets.iter().map(|one| &one.expr).collect(),
            lists: std::collections::BTreeMap::new(),
        };
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let head = policy.bindings.first().map_or(0, |first| size(first.slot.0));
        let single = policy.bindings.len() == 1
            && policy.sequence.is_none()
            && policy.bindings.iter().all(|binding| matches!(binding.source, BindingSource::Type));
        let mut wheres = Vec::new();
        if policy.sequence.is_none() {
            for one in policy.wheres.iter().filter(|one| one.after == 0) {
                wheres.push(compiler.test(&one.expr));
            }
        }
        let arms = single.then(|| {
            policy
                .arms
                .iter()
                .map(|arm| Arm {
                    when: match &arm.when {
                        When::Expr(condition) => Some(compiler.test(condition)),
                        When::Unknown => None,
                        When::Otherwise => Some(Box::new(|_| Truth::Yes)),
                    },
                    decides: !arm.outcomes.is_empty(),
                })
                .collect()
        });
        Self {
            head,
            slots: size(policy.slots),
            lets: policy.lets.len(),
            wheres,
            arms,
            reach: Reach::of(layout, policy),
        }
    }

    /// Whether no case of it can range over more than `limit` on these facts. One that may has to be counted,
    /// and that is the judge's.
    pub(crate) fn is_bounded(&self, world: &World, limit: u64) -> bool {
        self.reach.most(world) <= limit
    }

    /// Judges one head, as far as that is plain; of a policy that is not `bounded` no more than whether it is
    /// a case.
    pub(crate) fn head(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Plainly {
        let frame = &mut run.0;
        frame.reset(self.slots, self.lets);
        frame.bind(self.head, Cell::Fact(row));
        let mut case = Truth::Yes;
        for condition in &self.wheres {
            match condition(frame) {
                Truth::No => return Plainly::Nothing(frame.wake),
                Truth::Yes => {}
                Truth::Perhaps => case = Truth::Perhaps,
            }
        }
        let Some(arms) = self.arms.as_ref().filter(|_| bounded) else { return Plainly::Perhaps };
        if case == Truth::Perhaps {
            return Plainly::Perhaps;
        }
        for arm in arms {
            let Some(when) = &arm.when else { continue };
            match when(frame) {
                Truth::No => {}
                Truth::Yes if !arm.decides => return Plainly::Nothing(frame.wake),
                Truth::Yes | Truth::Perhaps => return Plainly::Perhaps,
            }
        }
        Plainly::Nothing(frame.wake)
    }
}

/// Runs compiled policies over one state of the facts.
pub(crate) struct Runner<'w>(Frame<'w>);

impl<'w> Runner<'w> {
    pub(crate) fn new(world: &'w World, now: i64, asked: Option<Asked<'w>>) -> Self {
        Self(Frame::new(world, now, asked))
    }
}
