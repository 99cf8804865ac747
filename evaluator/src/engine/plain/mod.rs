//! The plain case: conditions compiled to closures over typed columns.
//!
//! Most facts are no case of most policies, and that is plain to see: a status is another, a use was seen
//! yesterday. Of others it is plain what is decided of them. Whatever is not known, disputed or open goes to
//! the judge, which knows about evidence; and it alone gives reasons, where something is told or shown.

mod cells;
mod compile;
mod firm;
mod frame;
mod list;
mod reach;
mod silence;

use assize_lang::plan::{Policy, Program};

pub(crate) use firm::Firm;
pub(crate) use frame::{Asked, Slots, Texts};

use compile::{Compiler, Test};
use firm::{Exception, Outcomes};
use frame::{Frame, Truth};
use reach::Reach;

use super::todo::Case;
use super::watching::Watching;
use crate::judge::Asked as Asking;
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
    /// The waivers; `None` where they cannot be compiled.
    exceptions: Option<Vec<Exception>>,
    reach: Reach,
}

struct Arm {
    place: usize,
    /// `None` for `unknown`, which is passed where nothing is.
    when: Option<Test>,
    decides: bool,
    /// What it decides, where that can be plain.
    outcomes: Option<Outcomes>,
}

/// What compiled conditions say of a head.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plainly {
    /// It is no case, or one that decides nothing, until this instant.
    Nothing(i64),
    /// This is decided of it, until this instant, and nothing else.
    Decided(Firm, i64),
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
            moving: std::collections::BTreeMap::new(),
        };
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let head = policy.bindings.first().map_or(0, |first| size(first.slot.0));
        let mut wheres = Vec::new();
        if policy.sequence.is_none() {
            for one in policy.wheres.iter().filter(|one| one.after == 0) {
                wheres.push(compiler.test(&one.expr));
            }
        }
        let arms = firm::is_single(policy).then(|| {
            let arms = policy.arms.iter().enumerate();
            arms.map(|(place, arm)| Arm {
                place,
                when: firm::when(&mut compiler, arm),
                decides: !arm.outcomes.is_empty(),
                outcomes: Outcomes::of(&mut compiler, policy, place),
            })
            .collect()
        });
        let exceptions = Exception::all(program, &compiler, &policy.name);
        let used = exceptions.as_ref().map_or(0, |(_, slots)| *slots);
        Self {
            head,
            slots: size(policy.slots).max(used),
            lets: policy.lets.len(),
            wheres,
            arms,
            exceptions: exceptions.map(|(exceptions, _)| exceptions),
            reach: Reach::of(layout, policy),
        }
    }

    /// Whether no case of it can range over more than `limit` on these facts. One that may has to be counted,
    /// and that is the judge's.
    pub(crate) fn is_bounded(&self, world: &World, limit: u64) -> bool {
        self.reach.most(world) <= limit
    }

    /// Judges one head, as far as that is plain; of a policy that is not `bounded` no more than whether it is
    /// a case. What is decided is not asked.
    pub(crate) fn head(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Plainly {
        match self.fires(&mut run.0, row, bounded) {
            Some(None) => Plainly::Nothing(run.0.wake),
            Some(Some(_)) | None => Plainly::Perhaps,
        }
    }

    /// The same, with the arm that it plainly comes to.
    pub(crate) fn arm(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Arrived {
        match self.fires(&mut run.0, row, bounded) {
            Some(None) => Arrived::Nothing(run.0.wake),
            Some(Some(arm)) => Arrived::At(arm.place, run.0.wake),
            None => Arrived::Perhaps,
        }
    }

    /// The same, with what is decided.
    pub(crate) fn decide(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Plainly {
        let frame = &mut run.0;
        let outcomes = match self.fires(frame, row, bounded) {
            Some(None) => return Plainly::Nothing(frame.wake),
            Some(Some(arm)) => arm.outcomes.as_ref(),
            None => None,
        };
        let firm = outcomes.zip(self.exceptions.as_ref());
        let firm = firm.and_then(|(outcomes, exceptions)| outcomes.decide(frame, exceptions));
        firm.map_or(Plainly::Perhaps, |firm| Plainly::Decided(firm, frame.wake))
    }

    /// The arm that fires and decides something, or that none does; nothing where that is not plain.
    fn fires(&self, frame: &mut Frame<'_>, row: Row, bounded: bool) -> Option<Option<&Arm>> {
        frame.reset(self.slots, self.lets, self.head);
        frame.bind(self.head, Cell::Fact(row));
        let mut case = Truth::Yes;
        for condition in &self.wheres {
            match condition(frame) {
                Truth::No => return Some(None),
                Truth::Yes => {}
                Truth::Perhaps => case = Truth::Perhaps,
            }
        }
        let arms = self.arms.as_ref().filter(|_| bounded && case == Truth::Yes)?;
        for arm in arms {
            let Some(when) = &arm.when else { continue };
            match when(frame) {
                Truth::No => {}
                Truth::Yes => return Some(arm.decides.then_some(arm)),
                Truth::Perhaps => return None,
            }
        }
        Some(None)
    }
}

/// Where compiled conditions lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// It is no case, or one that decides nothing, until this instant.
    Nothing(i64),
    /// At an arm that decides something, until this instant: it is a case, and no arm above is open.
    At(usize, i64),
    /// It is for the judge.
    Perhaps,
}

/// Runs compiled policies over one state of the facts.
pub(crate) struct Runner<'w>(Frame<'w>);

impl<'w> Runner<'w> {
    pub(crate) fn new(world: &'w World, now: i64, asked: Option<Asked<'w>>) -> Self {
        Self(Frame::new(world, now, asked))
    }

    /// Who asked about coverage.
    pub(super) const fn watching(&mut self) -> &mut Watching {
        &mut self.0.watching
    }

    /// Notes what the last head asked about coverage.
    pub(super) fn note(&mut self, case: Case) {
        self.0.watching.note(case, &self.0.asked_coverage);
    }

    /// Notes what the judge asked about coverage.
    pub(super) fn note_judged(&mut self, case: Case, asked: Vec<Asking>) {
        let asked = self.0.watching.resolve(self.0.world, asked);
        self.0.watching.note(case, &asked);
    }

    /// In room that was used before.
    pub(crate) fn inside(world: &'w World, now: i64, asked: Option<Asked<'w>>, room: Slots) -> Self {
        Self(Frame::inside(world, now, asked, room))
    }

    /// Gives the room back.
    pub(crate) fn room(self) -> Slots {
        self.0.room()
    }
}
