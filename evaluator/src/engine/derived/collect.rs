//! Tuples that nobody asks about any more, forgotten.

use rustc_hash::FxHashSet;

use super::grade::Dep;
use super::tables::Derived;

/// How many tuples there may be more than twice those that were asked about when they were last counted.
const LOOSE: usize = 1024;

impl Derived {
    /// Forgets what neither a head asks about, nor a tuple that one does, once there may be as much of that as
    /// of the rest. What is forgotten is found out again when somebody asks.
    pub(super) fn collect(&mut self) {
        if self.tuples.len() <= self.asked_about.saturating_mul(2).saturating_add(LOOSE) {
            return;
        }
        self.heads.retain(|_, cases| !cases.is_empty());
        let mut todo: Vec<u32> = self.heads.keys().copied().collect();
        let mut alive = vec![false; self.tuples.len()];
        while let Some(id) = todo.pop() {
            let Some(seen) = usize::try_from(id).ok().and_then(|at| alive.get_mut(at)) else { continue };
            if !std::mem::replace(seen, true) {
                todo.extend(self.tuple(id).into_iter().flat_map(|tuple| &tuple.asks));
            }
        }
        // The new number of each that stays.
        let mut next = 0_u32;
        let numbers: Vec<Option<u32>> = alive
            .iter()
            .map(|alive| {
                let number = alive.then_some(next);
                next = next.saturating_add(u32::from(*alive));
                number
            })
            .collect();
        let number = |id: u32| usize::try_from(id).ok().and_then(|at| numbers.get(at).copied().flatten());
        let renumber = |ids: &mut Vec<u32>| {
            ids.retain_mut(|id| number(*id).inspect(|new| *id = *new).is_some());
        };
        let tuples = std::mem::take(&mut self.tuples);
        self.ids.clear();
        for (mut tuple, new) in tuples.into_iter().zip(&numbers) {
            let Some(new) = new else { continue };
            renumber(&mut tuple.asks);
            renumber(&mut tuple.askers);
            self.ids.insert(tuple.goal, *new);
            self.tuples.push(tuple);
        }
        self.by_dep.retain(|_, of| {
            renumber(of);
            !of.is_empty()
        });
        self.heads = std::mem::take(&mut self.heads)
            .into_iter()
            .filter_map(|(id, cases)| Some((number(id)?, cases)))
            .collect();
        self.asked.values_mut().for_each(renumber);
        let open = |dep: &Dep| match dep {
            Dep::Open(list, on) => Some((*list, *on)),
            _ => None,
        };
        let open: FxHashSet<(u32, u32)> = self.by_dep.keys().filter_map(open).collect();
        let unused: Vec<(u32, u32)> =
            self.opens.known.keys().filter(|list| !open.contains(list)).copied().collect();
        for list in unused {
            self.opens.forget(list);
            self.opens.scopes.remove(&list);
        }
        self.ids.shrink_to_fit();
        self.asked_about = self.tuples.len();
    }
}
