//! From what was touched to the tuples that look at it.

use std::collections::BTreeSet;

use super::grade::{Dep, Ground, Walker};
use super::tables::Derived;
use crate::engine::todo::{Case, Why};
use crate::world::{Cell, Change, Touched};

impl Derived {
    /// Takes in what was touched and what the clock brought. Returns who has to be asked again, and why.
    pub(in crate::engine) fn take_in(
        &mut self,
        ground: &Ground<'_>,
        touched: &Touched,
        why: impl Fn(&Change) -> Why,
        told: Why,
    ) -> Vec<(Case, Why)> {
        self.collect();
        let mut out = Vec::new();
        for change in &touched.rows {
            if self.flips.take_in(ground, change) {
                self.moved_on();
            }
            if !change.fields.is_empty() || change.was_present != change.is_present {
                let tuples = self.touched_by(ground, change);
                self.look_again(ground, &tuples, why(change), &mut out);
            } else if change.renewed && self.by_dep.contains_key(&Dep::Row(change.ty, change.row)) {
                self.moved_on();
            }
        }
        let mut lists: BTreeSet<(u32, u32)> = self.opens.due(ground.world.now()).into_iter().collect();
        for (signal, scope) in &touched.coverage {
            self.moved_on();
            let concerned =
                |of: &str| scope.as_deref().is_none_or(|scope| scope == "*" || of == "*" || of == scope);
            let known = self.opens.known.iter();
            let concerned =
                known.filter(|(_, seen)| seen.watched.iter().any(|(of, on)| of == signal && concerned(on)));
            lists.extend(concerned.map(|(key, _)| *key));
        }
        let tuples = self.opened(ground, lists);
        self.look_again(ground, &tuples, told, &mut out);
        out
    }

    fn look_again(&mut self, ground: &Ground<'_>, tuples: &[u32], why: Why, out: &mut Vec<(Case, Why)>) {
        if tuples.is_empty() {
            return;
        }
        self.moved_on();
        for id in self.refresh(ground, tuples) {
            out.extend(self.heads.get(&id).into_iter().flatten().map(|case| (*case, why)));
        }
    }

    /// The tuples that looked at a fact, or would now.
    fn touched_by(&mut self, ground: &Ground<'_>, change: &Change) -> Vec<u32> {
        if self.by_dep.is_empty() && self.opens.scopes.is_empty() {
            return Vec::new();
        }
        let (ty, row, world) = (change.ty, change.row, ground.world);
        let mut deps = vec![Dep::Row(ty, row), Dep::Type(ty)];
        deps.extend(world.key_sym(ty, row).map(|key| Dep::Key(ty, key)));
        if world.present(ty, row) {
            for (of, field) in ground.rules.pins.iter().filter(|(of, _)| *of == ty) {
                match world.cell(ty, row, *field) {
                    Cell::Fact(target) => {
                        deps.push(Dep::Pin(*of, *field, target));
                        let to = world.layout().target(*of, *field);
                        let key = to.and_then(|to| Some(Dep::Key(to, world.key_sym(to, target)?)));
                        deps.extend(key);
                    }
                    Cell::Absent => {}
                    _ => deps.push(Dep::Doubtful(*of, *field)),
                }
            }
        }
        // What a scope hangs on.
        let lists: BTreeSet<(u32, u32)> = self
            .opens
            .scopes
            .iter()
            .filter(|((_, on), of)| *on == row.0 && **of == Some(ty))
            .map(|(key, _)| *key)
            .collect();
        let mut tuples: BTreeSet<u32> =
            deps.iter().filter_map(|dep| self.by_dep.get(dep)).flatten().copied().collect();
        tuples.extend(self.opened(ground, lists));
        tuples.into_iter().collect()
    }

    /// The tuples that look at lists which are complete and were not, or the other way round.
    fn opened(&mut self, ground: &Ground<'_>, lists: BTreeSet<(u32, u32)>) -> Vec<u32> {
        let mut tuples: BTreeSet<u32> = BTreeSet::new();
        for (list, on) in lists {
            let was = self.opens.forget((list, on));
            let looking = self.by_dep.get(&Dep::Open(list, on)).cloned().unwrap_or_default();
            // Whoever looks at it sees the same: the first one is asked.
            if let Some(goal) = looking.first().and_then(|id| self.tuple(*id)).map(|tuple| tuple.goal) {
                Walker::new(ground, &mut self.opens).leads(&goal);
            }
            let is = self.opens.known.get(&(list, on)).map(|seen| seen.open);
            if is.is_none() || was != is {
                tuples.extend(looking);
            }
        }
        tuples.into_iter().collect()
    }
}
