//! Decision tables over sets, and tiers that move.

use assize_lang::plan::{Cell, Const, Expr, Name, Table};

use super::eval::{Eval, Evaluator};
use crate::value::{Causes, Domain, Possible, from_const};

impl<'a> Evaluator<'a> {
    /// A table of sets: the results of every row that can match.
    pub(super) fn table(&self, expr: &Expr, name: &Name, inputs: &'a [Expr]) -> Eval {
        let inputs: Vec<Eval> = inputs.iter().map(|input| self.condition_or_member(input)).collect();
        let operands: Vec<&Eval> = inputs.iter().collect();
        let Some(table) = self.program.tables.get(name) else {
            return Eval::from(self.error(expr, "no such table"), &operands);
        };
        let causes = Causes::all(inputs.iter().map(|input| input.possible.causes.clone()));
        let columns: Vec<Input> = inputs
            .iter()
            .enumerate()
            .map(|(at, input)| Input::new(table, at, &input.possible, self))
            .collect();
        let results = table
            .rows
            .iter()
            .filter(|row| columns.iter().zip(&row.cells).all(|(input, cell)| input.may_match(*cell)))
            .map(|row| &row.result);
        let possible = match (Domain::of(&expr.ty), results) {
            (Some(domain), results) => {
                let mask = results.filter_map(mask_of).fold(0, |mask, bit| mask | bit);
                Possible::members(domain, mask, false, causes)
            }
            (None, mut results) => match (results.next(), results.next()) {
                (Some(only), None) => Possible::known(from_const(only)),
                _ => self.unknown(expr, causes),
            },
        };
        let possible = if possible.is_known() { possible } else { possible.because(&Causes::NONE) };
        Eval::from(possible, &operands)
    }

    fn condition_or_member(&self, input: &'a Expr) -> Eval {
        let eval = self.eval(input);
        if eval.possible.is_absent() {
            let possible = Possible { absent: false, ..self.error(input, "no value for a table") };
            return Eval { possible, ..eval };
        }
        eval
    }

    /// `base.shift(up, down, max_up, max_down)`: every tier that some number of moves leads to.
    pub(super) fn shift(
        &self,
        expr: &Expr,
        base: &'a Expr,
        (up, max_up): (&'a [Expr], u8),
        (down, max_down): (&'a [Expr], u8),
    ) -> Eval {
        let base = self.eval(base);
        let ups: Vec<Eval> = up.iter().map(|condition| self.condition(condition)).collect();
        let downs: Vec<Eval> = down.iter().map(|condition| self.condition(condition)).collect();
        let operands: Vec<&Eval> = [&base].into_iter().chain(&ups).chain(&downs).collect();
        let causes = Causes::all(operands.iter().map(|operand| operand.possible.causes.clone()));
        let (Some(domain), Some(mask)) =
            (Domain::of(&expr.ty), base.possible.mask().filter(|mask| *mask != 0))
        else {
            return Eval::from(self.unknown(expr, causes), &operands);
        };
        let top = 63_i64.saturating_sub(i64::from(domain.full(self.view.schema()).leading_zeros()));
        let mut out = 0_u64;
        for bit in (0..64_u8).filter(|bit| (mask >> bit) & 1 == 1) {
            for up in count(&ups, max_up) {
                for down in count(&downs, max_down) {
                    let moved = i64::from(bit).saturating_add(up).saturating_sub(down).clamp(0, top.max(0));
                    out |= u32::try_from(moved).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
                }
            }
        }
        Eval::from(Possible::members(domain, out, base.possible.absent, causes), &operands)
    }
}

/// The numbers of moves that are possible, capped.
fn count(conditions: &[Eval], max: u8) -> std::ops::RangeInclusive<i64> {
    let sure = conditions.iter().filter(|eval| eval.possible.truth() == Some(true)).count();
    let maybe = conditions.iter().filter(|eval| eval.possible.truth() != Some(false)).count();
    let cap = |count: usize| i64::try_from(count).unwrap_or(i64::MAX).min(i64::from(max));
    cap(sure)..=cap(maybe)
}

/// What a column is asked about.
struct Input {
    mask: u64,
    full: u64,
    /// The input is not known, and the table has a row for that.
    as_unknown: bool,
}

impl Input {
    fn new(table: &Table, column: usize, possible: &Possible, evaluator: &Evaluator<'_>) -> Self {
        let full = table
            .columns
            .get(column)
            .and_then(|(_, ty)| Domain::of(ty))
            .map_or(u64::MAX, |domain| domain.full(evaluator.view.schema()));
        let asked = table.rows.iter().any(|row| row.cells.get(column).is_some_and(|cell| cell.unknown));
        let mask = possible.mask().filter(|mask| *mask != 0).unwrap_or(full);
        Self { mask, full, as_unknown: asked && !possible.is_known() }
    }

    const fn may_match(&self, cell: Cell) -> bool {
        if self.as_unknown {
            cell.unknown || cell.values & self.full == self.full
        } else {
            cell.values & self.mask != 0
        }
    }
}

fn mask_of(result: &Const) -> Option<u64> {
    Possible::known(from_const(result)).mask()
}
