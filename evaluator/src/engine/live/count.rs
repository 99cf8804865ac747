//! What stands, counted by arm.

use std::collections::BTreeMap;

use super::Live;
use crate::engine::Engine;
use crate::engine::held::{Held, Judged};
use crate::engine::joins::Joins;
use crate::engine::judge::Judge;
use crate::engine::tally::Halt;
use crate::value::Missing;
use crate::world::{Row, TypeId, World};

/// The cases of one policy.
pub(in crate::engine) struct Counted {
    /// The type of the first binding, and how many facts of it there are.
    pub(in crate::engine) head: TypeId,
    pub(in crate::engine) heads: usize,
    /// The first binding, and the arm that decides it, or nothing where it cannot be told.
    pub(in crate::engine) cases: Vec<(Row, Option<usize>)>,
    /// What is wanted, without the fact that lacks it.
    pub(in crate::engine) gaps: BTreeMap<Missing, usize>,
}

impl Live {
    /// Decides everything on `world`, until somebody calls it off.
    pub(in crate::engine) fn halting(engine: &Engine, world: World, halt: Halt) -> Self {
        Self::begin(engine, world, Some(halt))
    }

    /// What stands of the first policy. Nothing where it was called off.
    pub(in crate::engine) fn count(&mut self, halt: &Halt) -> Option<Counted> {
        let lowered = self.policies.all.first()?;
        let mut out = Counted {
            head: lowered.head,
            heads: self.world.in_order(lowered.head).len(),
            cases: Vec::new(),
            gaps: BTreeMap::new(),
        };
        let ledger = self.standing.held.first_mut()?;
        // What is plain of several cases of one head does not say which arms they are of.
        let several = lowered.policy.bindings.len() > 1;
        let mut open: Vec<Row> = Vec::new();
        ledger.look(&mut |row, held| match held {
            Held { judged: Some(judged), .. } => out.take(row, judged),
            Held { firm: Some(firm), .. } if !several => out.cases.push((row, Some(firm.arm()))),
            _ => open.push(row),
        });
        if !open.is_empty() {
            let access = Joins::new(&self.world, &self.standing.joins);
            let judge = Judge::new(&self.engine, &self.world, Some(&access));
            for row in open {
                if halt.is_set() {
                    return None;
                }
                out.take(row, &judge.head(lowered, row).0);
            }
        }
        (!halt.is_set()).then_some(out)
    }
}

impl Counted {
    fn take(&mut self, row: Row, judged: &Judged) {
        let decided = judged.decisions.iter().map(|one| (one.arm.checked_sub(1), &one.missing));
        let open = judged.undetermined.iter().map(|one| (None, &one.missing));
        for (arm, missing) in decided.chain(open) {
            self.cases.push((row, arm));
            let mut kinds: Vec<Missing> = missing
                .iter()
                .map(|one| Missing { fact: None, from: None, until: None, ..one.clone() })
                .collect();
            kinds.sort();
            kinds.dedup();
            for kind in kinds {
                let count = self.gaps.entry(kind).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
}
