//! Up to 64 ways of coming to anything, and which of them each value leaves open.

use std::collections::BTreeSet;

use assize_lang::plan::CompareOp;

use super::atoms::Test;
use super::column::{Class, Classes, UNKNOWN};

/// How many clauses one word tells apart.
pub(super) const WIDTH: usize = 64;
/// Up to how many classes a table has an entry for each.
const DENSE: u32 = 72;

/// A clause, its fields by the places of their columns; each column once.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The policy, by its place in the sieve.
    pub(super) policy: u32,
    pub(super) tests: Vec<(usize, Test)>,
}

/// Clauses, with a table for each field that any of them reads.
#[derive(Debug)]
pub(super) struct Block {
    policies: Box<[u32]>,
    /// By column; those that leave least open come first.
    tables: Box<[(usize, Table)]>,
}

/// From the class of a value to the clauses that it leaves open.
#[derive(Debug)]
enum Table {
    Dense(Box<[u64]>),
    /// From the class at one place up to that at the next.
    Steps(Box<[Class]>, Box<[u64]>),
}

impl Block {
    pub(super) fn new(columns: &[(&Classes, u32)], clauses: &[Placed]) -> Self {
        let used: BTreeSet<usize> = clauses.iter().flat_map(|one| &one.tests).map(|(at, _)| *at).collect();
        let mut tables: Vec<(u32, usize, Table)> = used
            .into_iter()
            .filter_map(|at| {
                let (classes, count) = columns.get(at)?;
                let table = Table::new(classes, *count, at, clauses);
                Some((table.openness(), at, table))
            })
            .collect();
        tables.sort_by_key(|(open, at, _)| (*open, *at));
        Self {
            policies: clauses.iter().map(|one| one.policy).collect(),
            tables: tables.into_iter().map(|(_, at, table)| (at, table)).collect(),
        }
    }

    /// The clauses that values of these classes leave open.
    pub(super) fn open(&self, mut class: impl FnMut(usize) -> Class) -> u64 {
        let mut open = self.all();
        for (at, table) in &self.tables {
            open &= table.mask(class(*at));
            if open == 0 {
                break;
            }
        }
        open
    }

    /// All of its clauses.
    pub(super) fn all(&self) -> u64 {
        let unused = u32::try_from(WIDTH.saturating_sub(self.policies.len())).unwrap_or(0);
        u64::MAX.checked_shr(unused).unwrap_or(0)
    }

    /// Calls `visit` with the policy of each clause that is open.
    pub(super) fn each(&self, mut open: u64, visit: &mut impl FnMut(u32)) {
        while open != 0 {
            let bit = usize::try_from(open.trailing_zeros()).unwrap_or(0);
            if let Some(policy) = self.policies.get(bit) {
                visit(*policy);
            }
            open &= open.wrapping_sub(1);
        }
    }
}

impl Table {
    fn new(classes: &Classes, count: u32, column: usize, clauses: &[Placed]) -> Self {
        let tests: Vec<(u32, &Test)> = (0_u32..)
            .zip(clauses)
            .filter_map(|(bit, one)| {
                let (_, test) = one.tests.iter().find(|(at, _)| *at == column)?;
                Some((bit, test))
            })
            .collect();
        let mask = |class: Class| {
            let shut = tests.iter().filter(|(_, test)| !classes.may(test, class));
            !shut.fold(0_u64, |shut, (bit, _)| shut | 1_u64.checked_shl(*bit).unwrap_or(0))
        };
        if count <= DENSE {
            return Self::Dense((0..count).map(mask).collect());
        }
        let mut steps = BTreeSet::from([UNKNOWN, 1]);
        tests.iter().for_each(|(_, test)| classes.steps(test, &mut steps));
        let masks = steps.iter().map(|class| mask(*class)).collect();
        Self::Steps(steps.into_iter().collect(), masks)
    }

    fn mask(&self, class: Class) -> u64 {
        let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        match self {
            Self::Dense(masks) => masks.get(at(class)).copied().unwrap_or(u64::MAX),
            Self::Steps(from, masks) => {
                let place = from.partition_point(|from| *from <= class).saturating_sub(1);
                masks.get(place).copied().unwrap_or(u64::MAX)
            }
        }
    }

    /// How much it leaves open on the whole, in parts of 64 clauses of 1,024.
    fn openness(&self) -> u32 {
        let (Self::Dense(masks) | Self::Steps(_, masks)) = self;
        let open: u32 = masks.iter().skip(1).map(|mask| mask.count_ones()).sum();
        let count = u32::try_from(masks.len().saturating_sub(1)).unwrap_or(1).max(1);
        open.saturating_mul(1024).checked_div(count).unwrap_or(0)
    }
}

/// The classes of which a test may be true, where they are few and known without trying all.
pub(super) fn points(classes: &Classes, count: u32, test: &Test) -> Option<Vec<Class>> {
    if count <= DENSE {
        return Some((1..count).filter(|class| classes.may(test, *class)).collect());
    }
    match test {
        Test::Compare(CompareOp::Eq, value) => Some(vec![classes.of_constant(value)]),
        Test::In(values) => {
            let all: BTreeSet<Class> = values.iter().map(|value| classes.of_constant(value)).collect();
            Some(all.into_iter().collect())
        }
        _ => None,
    }
    .filter(|points| points.iter().all(|class| *class != UNKNOWN))
}
