//! When the first fact that a relation looks at goes stale.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{Name, Schema};
use rustc_hash::FxHashMap;

use super::grade::Ground;
use crate::judge::Steady;
use crate::store::Facts;
use crate::value::{Horizon, NEVER};
use crate::world::{Change, Lens, Row, TypeId};

/// The horizons of some fields of all facts of a type.
#[derive(Debug, Default)]
struct Column {
    by_row: FxHashMap<Row, Horizon>,
    clock: BTreeMap<i64, u32>,
    first: BTreeMap<i64, u32>,
}

impl Column {
    fn set(&mut self, row: Row, horizon: Horizon) {
        let old = if horizon == Horizon::NEVER {
            self.by_row.remove(&row)
        } else {
            self.by_row.insert(row, horizon)
        };
        let mut count = |of: fn(Horizon) -> i64, all: fn(&mut Self) -> &mut BTreeMap<i64, u32>| {
            if let Some(old) = old.map(of).filter(|at| *at != NEVER)
                && let Some(count) = all(self).get_mut(&old)
            {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    all(self).remove(&old);
                }
            }
            if of(horizon) != NEVER {
                let count = all(self).entry(of(horizon)).or_default();
                *count = count.saturating_add(1);
            }
        };
        count(|horizon| horizon.clock, |column| &mut column.clock);
        count(|horizon| horizon.first, |column| &mut column.first);
    }

    fn horizon(&self) -> Horizon {
        let least = |of: &BTreeMap<i64, u32>| of.first_key_value().map_or(NEVER, |(at, _)| *at);
        Horizon { clock: least(&self.clock), first: least(&self.first) }
    }
}

/// Columns, by type and fields; made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Flips(BTreeMap<(TypeId, BTreeSet<Name>), Column>);

impl Flips {
    /// Until when none of the facts that a relation looks at goes stale, nor what proves its lists complete.
    pub(super) fn until(&mut self, ground: &Ground<'_>, steady: &Steady) -> Horizon {
        let schema: &Schema = ground.world.layout().schema();
        let lens = Lens::new(ground.world, None);
        let mut out = Horizon::NEVER;
        for (name, fields) in &steady.reads {
            let fresh = schema.facts.get(name).is_some_and(|ty| ty.fresh_for.is_some());
            let Some(ty) = ground.world.layout().type_id(name).filter(|_| fresh) else { continue };
            let column = self.0.entry((ty, fields.clone())).or_insert_with(|| {
                let mut column = Column::default();
                for row in ground.world.in_order(ty).iter() {
                    column.set(*row, of_row(&lens, ty, *row, fields));
                }
                column
            });
            out = out.min(column.horizon());
        }
        for ty in steady.lists.iter().filter_map(|ty| schema.facts.get(ty)) {
            out = out.min(Horizon::evidence(lens.listed_until(ty)));
        }
        out
    }

    /// Takes in that a fact was touched; says whether anything holds until another instant now.
    pub(super) fn take_in(&mut self, ground: &Ground<'_>, change: &Change) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut moved = false;
        let lens = Lens::new(ground.world, None);
        for ((_, fields), column) in self.0.iter_mut().filter(|((ty, _), _)| *ty == change.ty) {
            let before = column.horizon();
            column.set(change.row, of_row(&lens, change.ty, change.row, fields));
            moved |= column.horizon() != before;
        }
        moved
    }
}

fn of_row(lens: &Lens<'_>, ty: TypeId, row: Row, fields: &BTreeSet<Name>) -> Horizon {
    let Some(fact) = lens.at(ty, row) else { return Horizon::NEVER };
    Horizon::all(fields.iter().filter_map(|field| fact.field(field.as_str())).map(|merged| merged.horizon))
}
