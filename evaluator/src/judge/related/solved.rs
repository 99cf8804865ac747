//! Answers of relations, found by their tuples.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::Goal;
use crate::judge::eval::Eval;
use crate::value::Value;

/// Answers by tuple. Comparing two tuples is work, so that they are told apart by a number first.
#[derive(Debug, Default)]
pub(crate) struct Solved(FxHashMap<u64, Vec<(Goal, Eval)>>);

impl Solved {
    pub(crate) fn get(&self, goal: &Goal) -> Option<&Eval> {
        let alike = self.0.get(&number(goal))?;
        alike.iter().find(|(known, _)| known == goal).map(|(_, eval)| eval)
    }

    pub(crate) fn insert(&mut self, goal: Goal, eval: Eval) {
        let alike = self.0.entry(number(&goal)).or_default();
        match alike.iter_mut().find(|(known, _)| *known == goal) {
            Some((_, known)) => *known = eval,
            None => alike.push((goal, eval)),
        }
    }
}

/// The same for tuples that are the same, and seldom for others: columns are facts as a rule.
fn number((name, values): &Goal) -> u64 {
    let mut hasher = FxHasher::default();
    name.as_str().len().hash(&mut hasher);
    for value in values {
        if let Value::Fact(_, key) = value {
            key.hash(&mut hasher);
        }
    }
    hasher.finish()
}
