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
mod lone;
mod reach;
mod silence;
mod tuple;

use assize_lang::plan::{Policy, Program};

pub(in crate::engine) use cells::{arith, holds};
pub(crate) use firm::Firm;
pub(in crate::engine) use firm::{Spoken, spoken};
pub(crate) use frame::{Asked, Slots, Texts};
pub(crate) use lone::{Condition, Lone, Place};

use compile::{Compiler, Test};
use firm::{Exception, Outcomes};
use frame::{Frame, Truth};
use reach::Reach;
use tuple::Later;

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
    /// The other bindings, and the arms; `None` where a binding cannot be compiled.
    later: Vec<Later>,
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
        let later = Later::all(&mut compiler, policy);
        let arms = later.is_some().then(|| {
            let arms = policy.arms.iter().enumerate();
            arms.map(|(place, arm)| Arm {
                place,
                when: firm::when(&mut compiler, arm),
                decides: !arm.outcomes.is_empty(),
                outcomes: Outcomes::of(&mut compiler, policy, place),
            })
            .collect()
        });
        let exceptions = Exception::all(program, &compiler, policy);
        let used = exceptions.as_ref().map_or(0, |(_, slots)| *slots);
        Self {
            head,
            slots: size(policy.slots).max(used),
            lets: policy.lets.len(),
            wheres,
            later: later.unwrap_or_default(),
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
    /// a case. What is decided is not asked, nor what belongs to the head.
    pub(crate) fn head(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Plainly {
        match self.alone(&mut run.0, row, bounded) {
            Some(None) => Plainly::Nothing(run.0.wake),
            Some(Some(_)) | None => Plainly::Perhaps,
        }
    }

    /// The same, with the arm that it plainly comes to.
    pub(crate) fn arm(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Arrived {
        match self.alone(&mut run.0, row, bounded) {
            Some(None) => Arrived::Nothing(run.0.wake),
            Some(Some(arm)) => Arrived::At(arm.place, run.0.wake),
            None => Arrived::Perhaps,
        }
    }

    /// The arm that fires for a head that is all there is of a case, or that none does.
    fn alone(&self, frame: &mut Frame<'_>, row: Row, bounded: bool) -> Option<Option<&Arm>> {
        match self.case(frame, row) {
            Truth::No => Some(None),
            Truth::Yes if bounded && self.later.is_empty() => self.fires(frame),
            Truth::Yes | Truth::Perhaps => None,
        }
    }

    /// The same, with everything that belongs to the head, and what is decided.
    pub(crate) fn decide(&self, run: &mut Runner<'_>, row: Row, bounded: bool) -> Plainly {
        let frame = &mut run.0;
        match self.case(frame, row) {
            Truth::No => return Plainly::Nothing(frame.wake),
            Truth::Yes if bounded => {}
            Truth::Yes | Truth::Perhaps => return Plainly::Perhaps,
        }
        if !self.later.is_empty() {
            return self.decide_all(frame);
        }
        let outcomes = match self.fires(frame) {
            Some(None) => return Plainly::Nothing(frame.wake),
            Some(Some(arm)) => arm.outcomes.as_ref(),
            None => None,
        };
        let firm = outcomes.zip(self.exceptions.as_ref());
        let firm = firm.and_then(|(outcomes, exceptions)| outcomes.decide(frame, exceptions));
        firm.map_or(Plainly::Perhaps, |firm| Plainly::Decided(firm, frame.wake))
    }

    /// Whether the head is a case, as far as that hangs on it alone.
    fn case(&self, frame: &mut Frame<'_>, row: Row) -> Truth {
        frame.reset(self.slots, self.lets);
        frame.bind(self.head, Cell::Fact(row));
        let mut case = Truth::Yes;
        for condition in &self.wheres {
            match condition(frame) {
                Truth::No => return Truth::No,
                Truth::Yes => {}
                Truth::Perhaps => case = Truth::Perhaps,
            }
        }
        case
    }

    /// The arm that fires and decides something, or that none does; nothing where that is not plain.
    fn fires(&self, frame: &mut Frame<'_>) -> Option<Option<&Arm>> {
        for arm in self.arms.as_ref()? {
            let Some(when) = &arm.when else { continue };
            match when(frame) {
                Truth::No => {}
                Truth::Yes => return Some(arm.decides.then_some(arm)),
                Truth::Perhaps => return None,
            }
        }
        Some(None)
    }

    /// What is decided of everything that belongs to the head.
    fn decide_all(&self, frame: &mut Frame<'_>) -> Plainly {
        let mut cells = Vec::new();
        if !self.tuples(frame, &self.later, &mut cells) {
            return Plainly::Perhaps;
        }
        if cells.is_empty() {
            return Plainly::Nothing(frame.wake);
        }
        Plainly::Decided(Firm::of_all(&cells), frame.wake)
    }

    /// Adds what is decided of every case that these bindings make of those before them; says whether all of
    /// that is plain.
    fn tuples(&self, frame: &mut Frame<'_>, later: &[Later], cells: &mut Vec<Cell>) -> bool {
        if let Some((first, rest)) = later.split_first() {
            return first.each(frame, &mut |frame| self.tuples(frame, rest, cells));
        }
        let Some(arm) = self.fires(frame) else { return false };
        let Some(arm) = arm else { return true };
        let Some((outcomes, exceptions)) = arm.outcomes.as_ref().zip(self.exceptions.as_ref()) else {
            return false;
        };
        cells.extend(self.later.iter().map(|later| frame.slot(later.slot)));
        outcomes.add(frame, exceptions, cells)
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
    pub(super) fn watching(&mut self) -> &mut Watching {
        &mut self.0.heard().watching
    }

    /// Notes what the last head asked about coverage.
    pub(super) fn note(&mut self, case: Case) {
        let asked = std::mem::take(&mut self.0.asked_coverage);
        self.watching().note(case, &asked);
        self.0.asked_coverage = asked;
    }

    /// Notes what the judge asked about coverage.
    pub(super) fn note_judged(&mut self, case: Case, asked: Vec<Asking>) {
        let world = self.0.world;
        let asked = self.watching().resolve(world, asked);
        self.watching().note(case, &asked);
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
