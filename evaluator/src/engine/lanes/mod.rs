//! Many heads at once: conditions and outcomes step by step, each step for all heads that are still in
//! question.
//!
//! What is plain of most heads is found here, and in the words that single decisions are written down in. A
//! head of which anything is not known, or not there, is set aside for whoever looks at heads one by one.

mod compile;
mod run;

use std::collections::BTreeMap;

use assize_lang::plan::{BindingSource, Expr, Name, Policy, Program, When};

pub(super) use compile::Shape;
use compile::{Code, Compiler, Operand, Val};
pub(super) use run::cell;
use run::{Bench, Flats};

use super::plain::{Spoken, spoken};
use super::sieve::beside;
use crate::value::Value;
use crate::world::{Layout, Row, TypeId, World};

/// A policy whose heads can be decided many at once.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Whether it is a case.
    case: Test,
    /// The same where all that single fields say of that is sure; nothing where they never say enough.
    beside: Option<Test>,
    arms: Vec<Arm>,
}

/// A condition.
#[derive(Debug)]
struct Test {
    code: Code,
    holds: Operand,
}

#[derive(Debug)]
struct Arm {
    /// Nothing for the last.
    when: Option<Test>,
    decides: bool,
    says: Option<Says>,
}

/// What an arm says.
#[derive(Debug)]
struct Says {
    arm: u16,
    code: Code,
    values: Vec<(Operand, Shape)>,
}

/// What an arm decided, by head in the order of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub(super) arm: u16,
    pub(super) rows: Vec<Row>,
    /// By value said, what it is, and for each head which.
    pub(super) says: Vec<(Shape, Vec<i64>)>,
}

impl Lanes {
    /// Nothing where the policy is not for many heads at once.
    pub(super) fn of(
        program: &Program,
        layout: &Layout,
        params: &BTreeMap<Name, Value>,
        policy: &Policy,
        head: TypeId,
    ) -> Option<Self> {
        let [binding] = policy.bindings.as_slice() else { return None };
        let waived = program.waivers.iter().any(|waiver| waiver.policy == policy.name);
        if policy.sequence.is_some() || !matches!(binding.source, BindingSource::Type) || waived {
            return None;
        }
        let compiler = || {
            let lets = policy.lets.iter().map(|one| &one.expr).collect();
            let mut compiler = Compiler::new(layout, params, lets, (binding.slot, head));
            policy.wheres.iter().for_each(|one| compiler.names(&one.expr));
            policy.lets.iter().for_each(|one| compiler.names(&one.expr));
            compiler
        };
        let wheres: Vec<(&Expr, bool)> = policy.wheres.iter().map(|one| (&one.expr, true)).collect();
        let case = Test::all(compiler(), &wheres)?;
        let beside = match beside(layout, params, policy) {
            Some(beside) => Some(Test::all(compiler(), &beside)?),
            None => None,
        };
        let mut arms = Vec::new();
        for (place, arm) in policy.arms.iter().enumerate() {
            let when = match &arm.when {
                // It is passed where nothing is unknown.
                When::Unknown => continue,
                When::Otherwise => None,
                When::Expr(condition) => Some(Test::all(compiler(), &[(condition, true)])?),
            };
            let last = when.is_none();
            let says = Says::of(compiler(), policy, place);
            arms.push(Arm { when, decides: !arm.outcomes.is_empty(), says });
            if last {
                break;
            }
        }
        Some(Self { case, beside, arms })
    }
}

impl Test {
    /// That each of these is, or is not.
    fn all<'a>(mut compiler: Compiler<'a>, parts: &[(&'a Expr, bool)]) -> Option<Self> {
        let mut holds = Operand::Same(1);
        for (part, wanted) in parts {
            let part = compiler.test(part)?;
            holds = compiler.and(holds, part, *wanted);
        }
        Some(Self { code: compiler.code, holds })
    }
}

impl Says {
    fn of<'a>(mut compiler: Compiler<'a>, policy: &'a Policy, place: usize) -> Option<Self> {
        let arm = policy.arms.get(place)?;
        let mut values = Vec::new();
        for part in spoken(compiler.layout, compiler.params, policy, arm) {
            let Spoken::One(expr, takes) = part else { return None };
            let Val::Of(operand, shape) = compiler.value(expr)? else { return None };
            values.push((operand, shape));
            if !takes.shape(shape) {
                return None;
            }
        }
        Some(Self { arm: u16::try_from(place).ok()?, code: compiler.code, values })
    }
}

/// Heads, on their way through a policy.
#[derive(Debug)]
pub(super) struct Way<'a> {
    lanes: &'a Lanes,
    case: &'a Test,
    bench: Bench<'a>,
    whens: Vec<Option<Bench<'a>>>,
    says: Vec<Option<Bench<'a>>>,
    /// By arm.
    columns: Vec<Column>,
    /// Those to be looked at one by one.
    aside: Vec<Row>,
    /// How many were decided, or known to come to nothing.
    done: u64,
}

/// What became of heads.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) columns: Vec<Column>,
    /// Those to be looked at one by one, in the order of rows.
    pub(super) aside: Vec<Row>,
    /// How many were decided, or known to come to nothing.
    pub(super) done: u64,
}

/// Room for heads, to be used again.
#[derive(Debug, Default)]
pub(super) struct Room {
    lanes: run::Lanes,
    rows: Vec<Row>,
    next: Vec<Row>,
}

/// What policies read of facts that are referred to.
#[derive(Debug, Default)]
pub(super) struct Shared(Flats);

impl<'a> Way<'a> {
    /// For heads of which there are so many; `sure` where all that single fields say of any of them is.
    pub(super) fn new(
        lanes: &'a Lanes,
        sure: bool,
        world: &'a World,
        heads: u32,
        shared: &mut Shared,
    ) -> Self {
        let mut bench = |code: &'a Code| Bench::new(world, code, heads, &mut shared.0);
        let case = lanes.beside.as_ref().filter(|_| sure).unwrap_or(&lanes.case);
        let first = bench(&case.code);
        let whens = lanes.arms.iter().map(|arm| arm.when.as_ref().map(|when| bench(&when.code))).collect();
        let says = lanes.arms.iter().map(|arm| arm.says.as_ref().map(|says| bench(&says.code))).collect();
        let column = |arm: &Arm| {
            let Some(says) = &arm.says else { return Column::default() };
            let values = says.values.iter().map(|(_, shape)| (*shape, Vec::new())).collect();
            Column { arm: says.arm, rows: Vec::new(), says: values }
        };
        let columns = lanes.arms.iter().map(column).collect();
        Self { lanes, case, bench: first, whens, says, columns, aside: Vec::new(), done: 0 }
    }

    /// Sets heads aside.
    pub(super) fn leave(&mut self, heads: &[Row]) {
        self.aside.extend(heads);
    }

    /// Takes heads, in the order of rows and after those that it took before.
    pub(super) fn take(&mut self, heads: &[Row], room: &mut Room) {
        if heads.is_empty() {
            return;
        }
        self.done = self.done.saturating_add(u64::try_from(heads.len()).unwrap_or(0));
        let before = self.aside.len();
        let Room { lanes, rows, next } = room;
        rows.clear();
        split(&mut self.bench, self.case, heads, lanes, |row, met| match met {
            Some(true) => rows.push(row),
            Some(false) => {}
            None => self.aside.push(row),
        });
        let arms =
            self.lanes.arms.iter().zip(&mut self.whens).zip(self.says.iter_mut().zip(&mut self.columns));
        for ((arm, when), (says, column)) in arms {
            next.clear();
            if let (Some(bench), Some(test)) = (when, &arm.when) {
                let mut met = std::mem::take(&mut lanes.met);
                met.clear();
                split(bench, test, rows, lanes, |row, is| match is {
                    Some(true) => met.push(row),
                    Some(false) => next.push(row),
                    None => self.aside.push(row),
                });
                lanes.met = met;
            } else {
                std::mem::swap(&mut lanes.met, rows);
            }
            if arm.decides {
                let met = std::mem::take(&mut lanes.met);
                match (says, &arm.says) {
                    (Some(bench), Some(says)) => column.take(bench, says, &met, lanes, &mut self.aside),
                    _ => self.aside.extend(&met),
                }
                lanes.met = met;
            }
            std::mem::swap(rows, next);
        }
        let aside = u64::try_from(self.aside.len().saturating_sub(before)).unwrap_or(0);
        self.done = self.done.saturating_sub(aside);
    }

    /// What became of all that were taken.
    pub(super) fn finish(mut self) -> Arrived {
        self.columns.retain(|column| !column.rows.is_empty());
        self.aside.sort_unstable();
        Arrived { columns: self.columns, aside: self.aside, done: self.done }
    }
}

/// Says of each head whether a condition is met; nothing where that is for others to say.
fn split(
    bench: &mut Bench<'_>,
    test: &Test,
    heads: &[Row],
    lanes: &mut run::Lanes,
    mut take: impl FnMut(Row, Option<bool>),
) {
    if test.code.is_empty() {
        let met = test.holds == Operand::Same(1);
        heads.iter().for_each(|row| take(*row, Some(met)));
        return;
    }
    bench.run(heads, lanes);
    for ((row, odd), holds) in heads.iter().zip(&lanes.odd).zip(lanes.values(test.holds, heads.len())) {
        take(*row, (!odd).then_some(holds != 0));
    }
}

impl Column {
    fn take(
        &mut self,
        bench: &mut Bench<'_>,
        says: &Says,
        heads: &[Row],
        lanes: &mut run::Lanes,
        aside: &mut Vec<Row>,
    ) {
        bench.run(heads, lanes);
        let plain = lanes.odd.iter().all(|odd| !odd);
        for (row, odd) in heads.iter().zip(&lanes.odd) {
            if *odd { aside.push(*row) } else { self.rows.push(*row) }
        }
        for ((_, out), (operand, _)) in self.says.iter_mut().zip(&says.values) {
            let values = lanes.values(*operand, heads.len());
            if plain {
                out.extend(values);
            } else {
                out.extend(values.zip(&lanes.odd).filter(|(_, odd)| !**odd).map(|(value, _)| value));
            }
        }
    }
}
