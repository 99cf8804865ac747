//! Up to 63 ways of coming to anything, and which of them each value leaves open.

use std::collections::BTreeSet;

use assize_lang::plan::CompareOp;

use super::atoms::Test;
use super::column::{Class, Classes, UNKNOWN};

/// How many clauses one word tells apart. One bit is left over, by which a word that is known is told from none.
pub(super) const WIDTH: usize = 63;
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

/// What a field's values leave open, and in doubt: open though the field alone does not say that its test is
/// true.
#[derive(Debug)]
pub(super) struct Table {
    open: Masks,
    doubt: Masks,
}

/// From the class of a value to clauses.
#[derive(Debug)]
enum Masks {
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
            open &= table.open(class(*at));
            if open == 0 {
                break;
            }
        }
        open
    }

    /// A table by its place, with its column.
    pub(super) fn table(&self, place: usize) -> Option<(usize, &Table)> {
        self.tables.get(place).map(|(at, table)| (*at, table))
    }

    /// By column.
    pub(super) fn tables(&self) -> impl Iterator<Item = (usize, &Table)> {
        self.tables.iter().map(|(at, table)| (*at, table))
    }

    /// By clause, the policy's place in the sieve.
    pub(super) const fn policies(&self) -> &[u32] {
        &self.policies
    }

    /// All of its clauses.
    pub(super) fn all(&self) -> u64 {
        let unused = 64_usize.saturating_sub(self.policies.len());
        u64::MAX.checked_shr(u32::try_from(unused).unwrap_or(u32::MAX)).unwrap_or(0)
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
        let bits = |class: Class, is: &dyn Fn(&Test) -> bool| {
            let all = tests.iter().filter(|(_, test)| class == UNKNOWN || is(test));
            all.fold(0_u64, |all, (bit, _)| all | 1_u64.checked_shl(*bit).unwrap_or(0))
        };
        let used = bits(UNKNOWN, &|_| true);
        let open = |class| bits(class, &|test| classes.may(test, class)) | !used;
        let doubt = |class| bits(class, &|test| classes.may(test, class) && !classes.must(test, class));
        if count <= DENSE {
            let all = || 0..count;
            return Self {
                open: Masks::Dense(all().map(open).collect()),
                doubt: Masks::Dense(all().map(doubt).collect()),
            };
        }
        let mut steps = BTreeSet::from([UNKNOWN, 1]);
        tests.iter().for_each(|(_, test)| classes.steps(test, &mut steps));
        let from: Box<[Class]> = steps.into_iter().collect();
        Self {
            open: Masks::Steps(from.clone(), from.iter().copied().map(open).collect()),
            doubt: Masks::Steps(from.clone(), from.iter().copied().map(doubt).collect()),
        }
    }

    /// The clauses that a value of the class leaves open.
    pub(super) fn open(&self, class: Class) -> u64 {
        self.open.get(class).unwrap_or(u64::MAX)
    }

    /// Those of them of which the value does not say that what they ask of the field is so.
    pub(super) fn doubt(&self, class: Class) -> u64 {
        self.doubt.get(class).unwrap_or(u64::MAX)
    }

    /// Whether it has an entry for each class.
    pub(super) const fn is_dense(&self) -> bool {
        matches!(self.open, Masks::Dense(_))
    }

    /// How much it leaves open on the whole, in parts of 64 bits of 1,024.
    fn openness(&self) -> u32 {
        let (Masks::Dense(masks) | Masks::Steps(_, masks)) = &self.open;
        let open: u32 = masks.iter().skip(1).map(|mask| mask.count_ones()).sum();
        let count = u32::try_from(masks.len().saturating_sub(1)).unwrap_or(1).max(1);
        open.saturating_mul(1024).checked_div(count).unwrap_or(0)
    }
}

impl Masks {
    fn get(&self, class: Class) -> Option<u64> {
        let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        match self {
            Self::Dense(masks) => masks.get(at(class)).copied(),
            Self::Steps(from, masks) => {
                let place = from.partition_point(|from| *from <= class).saturating_sub(1);
                masks.get(place).copied()
            }
        }
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
