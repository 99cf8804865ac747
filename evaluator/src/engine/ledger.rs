//! What stands of one policy, by head.
//!
//! What was decided of all heads at once stays as it came, in columns by row. What is decided since, or was told
//! or shown, stands by itself.

use super::held::{ByHead, Held, Judged};
use super::lanes::{Column, cell};
use super::plain::Firm;
use crate::world::{Cell, Row};

/// As many rows share an entry of where they begin.
const ROWS: usize = 512;

/// What stands of one policy.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    some: ByHead<Held>,
    columns: Vec<Decided>,
}

/// What an arm decided of all heads at once.
#[derive(Debug)]
struct Decided {
    column: Column,
    /// Where the heads of so many rows begin, by rows.
    starts: Vec<u32>,
    /// By place, those of which it does not stand any more; 64 in a word, as far as there are any.
    gone: Vec<u64>,
    /// How many it stands of.
    left: usize,
}

impl Ledger {
    /// Takes what was decided of heads of which nothing stands.
    pub(super) fn fill(&mut self, columns: Vec<Column>) {
        self.columns.extend(columns.into_iter().map(Decided::of));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.some.is_empty() && self.columns.iter().all(|decided| decided.left == 0)
    }

    /// The heads that anything stands of.
    pub(super) fn rows(&self) -> Vec<Row> {
        let columns = self.columns.iter().flat_map(Decided::rows);
        self.some.keys().copied().chain(columns).collect()
    }

    /// Whether this is what stands of a head already; then it has to be rendered again when it is shown.
    pub(super) fn stands(&mut self, row: Row, firm: &Firm) -> bool {
        if let Some(held) = self.some.get_mut(&row) {
            let stands = held.stands(firm);
            if stands {
                held.outdate();
            }
            return stands;
        }
        let found = self.columns.iter().find_map(|decided| Some((decided, decided.find(row)?)));
        found.is_some_and(|(decided, at)| decided.firm(at) == *firm)
    }

    /// Takes away what stands of a head.
    pub(super) fn remove(&mut self, row: Row) -> Option<Held> {
        let held = if self.some.is_empty() { None } else { self.some.remove(&row) };
        held.or_else(|| {
            let (decided, at) =
                self.columns.iter_mut().find_map(|decided| decided.find(row).map(|at| (decided, at)))?;
            let firm = decided.firm(at);
            decided.strike(at);
            Some(Held { firm: Some(firm), judged: None })
        })
    }

    /// Puts down what stands of a head of which nothing does.
    pub(super) fn insert(&mut self, row: Row, held: Held) {
        self.some.insert(row, held);
    }

    /// Shows everything that stands, in no order.
    pub(super) fn look(&self, each: &mut dyn FnMut(Row, &Held)) {
        self.some.iter().for_each(|(row, held)| each(*row, held));
        for decided in &self.columns {
            // Of a column only the arm is asked: what it says is not put together.
            let held = Held { firm: Some(Firm::said(decided.column.arm, &[])), judged: None };
            decided.rows().for_each(|row| each(row, &held));
        }
    }

    /// What the judge said, of whatever it was asked about.
    pub(super) fn judged(&self) -> impl Iterator<Item = &Judged> {
        self.some.values().filter_map(|held| held.judged.as_deref())
    }

    /// The same, for whoever asks no more.
    pub(super) fn into_judged(self) -> impl Iterator<Item = Judged> {
        self.some.into_values().filter_map(|held| held.judged).map(|judged| *judged)
    }

    /// Everything that stands, each by itself from now on.
    pub(super) fn each(&mut self) -> &mut ByHead<Held> {
        for decided in std::mem::take(&mut self.columns) {
            let rows =
                decided.all().map(|(at, row)| (row, Held { firm: Some(decided.firm(at)), judged: None }));
            self.some.extend(rows);
        }
        &mut self.some
    }
}

impl Decided {
    fn of(column: Column) -> Self {
        let mut starts = Vec::new();
        for (row, at) in column.rows.iter().zip(0_u32..) {
            let wanted = (row.index() / ROWS).saturating_add(1);
            if starts.len() < wanted {
                starts.resize(wanted, at);
            }
        }
        let left = column.rows.len();
        Self { column, starts, gone: Vec::new(), left }
    }

    fn find(&self, row: Row) -> Option<usize> {
        let place = row.index() / ROWS;
        let from = usize::try_from(*self.starts.get(place)?).ok()?;
        let to = self.starts.get(place.saturating_add(1)).and_then(|to| usize::try_from(*to).ok());
        let rows = self.column.rows.get(from..to.unwrap_or(self.column.rows.len()))?;
        let at = from.saturating_add(rows.binary_search(&row).ok()?);
        (!self.is_gone(at)).then_some(at)
    }

    fn is_gone(&self, at: usize) -> bool {
        self.gone.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    fn strike(&mut self, at: usize) {
        if self.gone.is_empty() {
            self.gone.resize(self.column.rows.len().div_ceil(64), 0);
        }
        if let Some(word) = self.gone.get_mut(at / 64) {
            *word |= 1 << (at % 64);
            self.left = self.left.saturating_sub(1);
        }
    }

    fn all(&self) -> impl Iterator<Item = (usize, Row)> {
        self.column.rows.iter().copied().enumerate().filter(|(at, _)| !self.is_gone(*at))
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        self.all().map(|(_, row)| row)
    }

    fn firm(&self, at: usize) -> Firm {
        let one = |(shape, values): &(_, Vec<i64>)| {
            values.get(at).map_or(Cell::Unknown, |value| cell(*shape, *value))
        };
        let cells: Vec<Cell> = self.column.says.iter().map(one).collect();
        Firm::said(self.column.arm, &cells)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Shape;
    use super::*;

    fn column(arm: u16, rows: &[u32]) -> Column {
        let says = rows.iter().map(|row| 10_i64.saturating_mul(i64::from(*row))).collect();
        Column { arm, rows: rows.iter().copied().map(Row).collect(), says: vec![(Shape::Int, says)] }
    }

    fn firm(arm: u16, said: i64) -> Firm {
        Firm::said(arm, &[Cell::Int(said)])
    }

    #[test]
    fn what_is_in_columns_comes_and_goes_like_the_rest() {
        let mut ledger = Ledger::default();
        assert!(ledger.is_empty());
        ledger.fill(vec![column(0, &[3, 5, 700, 5000]), column(2, &[4, 701])]);
        assert!(ledger.stands(Row(5), &firm(0, 50)) && ledger.stands(Row(701), &firm(2, 7010)));
        assert!(!ledger.stands(Row(5), &firm(1, 50)) && !ledger.stands(Row(6), &firm(0, 60)));
        assert_eq!(ledger.remove(Row(600)).map(|held| held.firm), None);
        assert_eq!(ledger.remove(Row(5000)).map(|held| held.firm), Some(Some(firm(0, 50_000))));
        assert!(ledger.remove(Row(5000)).is_none() && !ledger.stands(Row(5000), &firm(0, 50_000)));
        ledger.insert(Row(5000), Held { firm: Some(firm(1, 1)), judged: None });
        assert!(ledger.stands(Row(5000), &firm(1, 1)));
        let mut rows = ledger.rows();
        rows.sort_unstable();
        assert_eq!(rows, [3, 4, 5, 700, 701, 5000].map(Row));
        let mut all: Vec<Row> = ledger.each().keys().copied().collect();
        all.sort_unstable();
        assert_eq!(all, rows);
        for row in rows {
            assert!(ledger.remove(row).is_some());
        }
        assert!(ledger.is_empty());
        ledger.fill(vec![column(0, &[9])]);
        assert!(!ledger.is_empty() && ledger.remove(Row(9)).is_some() && ledger.is_empty());
    }
}
