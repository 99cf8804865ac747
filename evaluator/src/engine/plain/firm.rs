//! What is plainly decided: as much as tells one decision of a head from another.
//!
//! The outcomes of an arm differ from head to head, and from one moment to the next, only in what their
//! expressions come to. Where all of that is plainly known, and so is which waiver applies, nothing is
//! missing, nothing else could be, and every outcome has its target: the decision is the same as long as
//! these cells are.

use std::collections::BTreeMap;

use assize_lang::plan::{
    Arm, Expr, ExprKind, Name, Obligation, OutcomeKind, Policy, Program, Type, Waiver, When,
};

use super::compile::{Compiler, Scalar, Test};
use super::frame::{Frame, Truth};
use super::list::List;
use crate::engine::lanes::Shape;
use crate::judge::children;
use crate::value::Value;
use crate::world::{Cell, Layout};

/// A decision, as far as it can be another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Firm {
    /// The arm's place; of several cases of one head nothing, as each has its own.
    arm: u16,
    /// The place of the waiver that applies, from 1; 0 where none does.
    waiver: u16,
    says: Says,
}

/// What the expressions of the outcomes came to, less those that are the same for ever.
#[derive(Clone, Debug, PartialEq)]
enum Says {
    Nothing,
    One(Cell),
    More(Box<[Cell]>),
}

impl Says {
    fn of(cells: &[Cell]) -> Self {
        match cells {
            [] => Self::Nothing,
            [one] => Self::One(*one),
            more => Self::More(more.into()),
        }
    }
}

/// The outcomes of an arm, compiled.
pub(super) struct Outcomes {
    arm: u16,
    parts: Vec<Part>,
}

/// One expression of an outcome, or one list of targets.
enum Part {
    One(Scalar, Kind),
    Each(List),
}

/// What an expression has to come to.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Kind {
    /// A member of an enum.
    Level,
    /// A fact.
    Target,
    Span,
    /// Anything that a cell can hold, absence included.
    Any,
}

impl Kind {
    const fn takes(self, cell: Cell) -> bool {
        match self {
            Self::Level => matches!(cell, Cell::Enum(_)),
            Self::Target => matches!(cell, Cell::Fact(_)),
            Self::Span => matches!(cell, Cell::Span(_)),
            Self::Any => !matches!(cell, Cell::Unknown | Cell::Other),
        }
    }

    /// Whether it takes whatever has this shape.
    pub(in crate::engine) const fn shape(self, shape: Shape) -> bool {
        match self {
            Self::Level => matches!(shape, Shape::Enum),
            Self::Target => matches!(shape, Shape::Fact(_)),
            Self::Span => matches!(shape, Shape::Span),
            Self::Any => true,
        }
    }
}

/// A waiver, compiled.
pub(super) struct Exception {
    /// The slot of the binding whose facts are excepted, and the one under which the condition knows them.
    bound: usize,
    slot: usize,
    until: i64,
    condition: Test,
}

impl Outcomes {
    /// Nothing where what the arm decides cannot be plain.
    pub(super) fn of<'a>(compiler: &mut Compiler<'a>, policy: &'a Policy, place: usize) -> Option<Self> {
        let arm = policy.arms.get(place)?;
        let mut parts = Vec::new();
        for part in spoken(compiler.layout, compiler.params, policy, arm) {
            parts.push(match part {
                Spoken::One(expr, kind) => Part::One(compiler.scalar(expr), kind),
                Spoken::Each(list) => Part::Each(compiler.list(list, Vec::new())?),
            });
        }
        Some(Self { arm: u16::try_from(place).ok()?, parts })
    }

    /// What is decided of the head that is bound; nothing where that is not plain.
    pub(super) fn decide(&self, frame: &mut Frame<'_>, exceptions: &[Exception]) -> Option<Firm> {
        let mut cells = std::mem::take(&mut frame.says);
        cells.clear();
        let plain = self.parts.iter().all(|part| part.say(frame, &mut cells));
        let says = plain.then(|| Says::of(&cells));
        frame.says = cells;
        let says = says?;
        let waiver = waived(frame, exceptions)?;
        Some(Firm { arm: self.arm, waiver, says })
    }

    /// The same of one of several cases, added to `cells`; says whether it is plain.
    pub(super) fn add(&self, frame: &mut Frame<'_>, exceptions: &[Exception], cells: &mut Vec<Cell>) -> bool {
        cells.push(Cell::Uint(self.arm.into()));
        if !self.parts.iter().all(|part| part.say(frame, cells)) {
            return false;
        }
        let slots = frame.slots.clone();
        let waiver = waived(frame, exceptions);
        // The waivers' slots are their own.
        frame.slots = slots;
        cells.push(Cell::Uint(waiver.unwrap_or_default().into()));
        waiver.is_some()
    }
}

impl Firm {
    /// What is decided of a head by an arm, where no waiver applies.
    pub(in crate::engine) fn said(arm: u16, cells: &[Cell]) -> Self {
        Self { arm, waiver: 0, says: Says::of(cells) }
    }

    /// The arm's place, of a head with one case.
    pub(in crate::engine) fn arm(&self) -> usize {
        self.arm.into()
    }

    /// What is decided of several cases.
    pub(super) fn of_all(cells: &[Cell]) -> Self {
        Self { arm: 0, waiver: 0, says: Says::of(cells) }
    }
}

impl Part {
    fn say(&self, frame: &mut Frame<'_>, cells: &mut Vec<Cell>) -> bool {
        match self {
            Self::One(value, kind) => {
                let cell = value(frame);
                cells.push(cell);
                kind.takes(cell)
            }
            Self::Each(list) => {
                let place = cells.len();
                cells.push(Cell::Unknown);
                let before = cells.len();
                let plain = list.members(frame, &mut |row| cells.push(Cell::Fact(row)));
                let count = cells.len().saturating_sub(before);
                if let Some(cell) = cells.get_mut(place) {
                    *cell = Cell::Uint(u64::try_from(count).unwrap_or(u64::MAX));
                }
                // An outcome that has no target may be no outcome.
                plain && count > 0
            }
        }
    }
}

/// The place of the first waiver that covers the case, from 1; nothing where that is not plain.
fn waived(frame: &mut Frame<'_>, exceptions: &[Exception]) -> Option<u16> {
    let bound: Vec<Cell> = exceptions.iter().map(|exception| frame.slot(exception.bound)).collect();
    for ((exception, bound), place) in exceptions.iter().zip(bound).zip(1_u16..) {
        if frame.now >= exception.until {
            continue;
        }
        frame.bind(exception.slot, bound);
        match (exception.condition)(frame) {
            Truth::No => {}
            Truth::Yes => {
                frame.flips(exception.until);
                return Some(place);
            }
            Truth::Perhaps => return None,
        }
    }
    Some(0)
}

impl Exception {
    /// The waivers of a policy, and how many slots they use.
    pub(super) fn all<'a>(
        program: &'a Program,
        compiler: &Compiler<'a>,
        policy: &Policy,
    ) -> Option<(Vec<Self>, usize)> {
        let mut out = Vec::new();
        let mut slots = 0;
        for waiver in program.waivers.iter().filter(|waiver| waiver.policy == policy.name) {
            let bound = policy.bindings.get(usize::try_from(waiver.binding).ok()?)?;
            let bound = usize::try_from(bound.slot.0).ok()?;
            let mut own = compiler.alone();
            let slot = usize::try_from(waiver.slot.0).ok()?;
            slots = slots.max(slot.saturating_add(1)).max(used(waiver));
            out.push(Self { bound, slot, until: waiver.until, condition: own.test(&waiver.condition) });
        }
        u16::try_from(out.len()).ok()?;
        Some((out, slots))
    }
}

fn used(waiver: &Waiver) -> usize {
    fn walk(expr: &Expr, most: &mut usize) {
        if let ExprKind::Var(slot) = &expr.kind {
            *most = (*most).max(usize::try_from(slot.0).unwrap_or(0).saturating_add(1));
        }
        children(expr, &mut |part| walk(part, most));
    }
    let mut most = 0;
    walk(&waiver.condition, &mut most);
    most
}

/// What tells one decision of an arm from another.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Spoken<'a> {
    One(&'a Expr, Kind),
    /// A list of targets.
    Each(&'a Expr),
}

/// What tells one decision of an arm from another, in the order in which it is written down: what its outcomes
/// say, less what is the same for a head for ever.
pub(in crate::engine) fn spoken<'a>(
    layout: &Layout,
    params: &BTreeMap<Name, Value>,
    policy: &'a Policy,
    arm: &'a Arm,
) -> Vec<Spoken<'a>> {
    let head = policy.bindings.first();
    let of_head = |expr: &Expr| matches!(&expr.kind, ExprKind::Var(slot) if head.is_some_and(|head| head.slot == *slot));
    let key = head.and_then(|head| match &head.ty {
        Type::Fact(name) => Some(layout.ty(layout.type_id(name)?).key.clone()),
        _ => None,
    });
    let same = |expr: &Expr| match &expr.kind {
        ExprKind::Const(_) => true,
        ExprKind::Param(name) => params.contains_key(name),
        ExprKind::Field(base, name) => of_head(base) && key.as_ref() == Some(name),
        _ => of_head(expr),
    };
    let mut out = Vec::new();
    let one = Spoken::One;
    for outcome in &arm.outcomes {
        for (_, obligation) in &outcome.with {
            match obligation {
                Obligation::Value(expr) => out.push(one(expr, Kind::Any)),
                Obligation::Text(template) => out.extend(template.exprs().map(|expr| one(expr, Kind::Any))),
            }
        }
        out.extend(outcome.within.as_ref().map(|within| one(within, Kind::Span)));
        match &outcome.kind {
            OutcomeKind::Alert { severity } => out.push(one(severity, Kind::Level)),
            OutcomeKind::Rank { tier, keys } => {
                out.push(one(tier, Kind::Level));
                out.extend(keys.iter().map(|key| one(&key.expr, Kind::Any)));
            }
            OutcomeKind::Revoke { target, each: true, .. } => out.push(Spoken::Each(target)),
            OutcomeKind::Revoke { target, .. } => out.push(one(target, Kind::Target)),
            OutcomeKind::Block { target, lasting } => {
                out.push(one(target, Kind::Target));
                out.extend(lasting.as_ref().map(|lasting| one(lasting, Kind::Span)));
            }
        }
    }
    out.retain(|part| !matches!(part, Spoken::One(expr, _) if same(expr)));
    out
}

/// Everything that the outcomes of an arm say.
pub(super) fn said(arm: &Arm) -> Vec<&Expr> {
    let mut out = Vec::new();
    for outcome in &arm.outcomes {
        out.extend(outcome.with.iter().flat_map(|(_, says)| says.exprs()));
        out.extend(&outcome.within);
        match &outcome.kind {
            OutcomeKind::Rank { tier, keys } => {
                out.push(tier);
                out.extend(keys.iter().map(|key| &key.expr));
            }
            OutcomeKind::Alert { severity: expr } | OutcomeKind::Revoke { target: expr, .. } => {
                out.push(expr)
            }
            OutcomeKind::Block { target, lasting } => {
                out.push(target);
                out.extend(lasting);
            }
        }
    }
    out
}

/// When an arm fires; nothing for `unknown`, which is passed where nothing is.
pub(super) fn when<'a>(compiler: &mut Compiler<'a>, arm: &'a Arm) -> Option<Test> {
    match &arm.when {
        When::Expr(condition) => Some(compiler.test(condition)),
        When::Unknown => None,
        When::Otherwise => Some(Box::new(|_| Truth::Yes)),
    }
}
