//! Everything decided of all facts of a type at once: which policies are open for which heads by the sieve,
//! what they come to by lanes, and who is left for whoever looks at heads one by one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Engine;
use super::lanes::{Column, Room, Shared, Way};
use super::lowered::Policies;
use super::sieve::Sieve;
use crate::world::{Row, TypeId, World};

/// As many heads go through a policy at once.
const BATCH: usize = 4096;

/// What of a policy is settled for all of its heads, and what is not.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The heads to be looked at, in the order of rows; nothing is to be done for any other.
    pub(super) rows: Vec<Row>,
    /// What is decided of others.
    pub(super) columns: Vec<Column>,
    /// How many others single fields show to be nothing to the policy.
    pub(super) shut: u64,
    /// Of how many others it was found out what is decided of them, if anything.
    pub(super) plain: u64,
}

/// Looks at all heads of policies, by their numbers, that have to be decided for all of their heads; `whole` are
/// those of which nothing stands and nobody is told. Says nothing of a policy for which all heads have to be
/// looked at.
pub(super) fn scan(
    engine: &Engine,
    world: &World,
    policies: &Policies,
    numbers: impl IntoIterator<Item = usize>,
    whole: impl Fn(usize) -> bool,
) -> HashMap<usize, Scanned> {
    let mut by_head: BTreeMap<TypeId, Vec<usize>> = BTreeMap::new();
    for number in numbers {
        if let Some(lowered) = policies.all.get(number) {
            by_head.entry(lowered.head).or_default().push(number);
        }
    }
    let mut out = HashMap::new();
    for (head, numbers) in by_head {
        let one = |number: &usize| Some((*number, &*policies.all.get(*number)?.policy));
        let sieve = Sieve::new(&engine.layout, &engine.params, numbers.iter().filter_map(one));
        let bounded = |number: usize| {
            let lowered = policies.all.get(number);
            lowered.is_some_and(|one| one.plain.is_bounded(world, engine.budget.reach))
        };
        let mut shared = Shared::default();
        let mut ways: Vec<Option<Way<'_>>> = Vec::new();
        for (place, number) in (0_u32..).zip(&numbers) {
            let lanes = policies.all.get(*number).and_then(|lowered| lowered.lanes.as_ref());
            let lanes = lanes.filter(|_| whole(*number) && bounded(*number));
            let way = |lanes| Way::new(lanes, sieve.is_sure(place), world, world.rows(head), &mut shared);
            ways.push(lanes.map(way));
        }
        let open: HashSet<u32> = sieve.open(bounded).into_iter().collect();
        let mut rows: Vec<Vec<Row>> = vec![Vec::new(); numbers.len()];
        let mut room = Room::default();
        sieve.strain(world, head, |place, found| {
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            let (Some(way), Some(rows)) = (ways.get_mut(at), rows.get_mut(at)) else { return };
            match way {
                _ if open.contains(&place) => {}
                Some(way) => {
                    way.take(&found.rows, &mut room);
                    way.leave(&found.doubtful);
                }
                None => {
                    rows.extend(&found.rows);
                    rows.extend(&found.doubtful);
                }
            }
        });
        let mut present = Vec::new();
        let all = u64::try_from(world.count(head)).unwrap_or(u64::MAX);
        for (((place, number), way), mut rows) in (0_u32..).zip(numbers).zip(ways).zip(rows) {
            if open.contains(&place) {
                let Some(mut way) = way else { continue };
                if present.is_empty() {
                    present =
                        (0..world.rows(head)).map(Row).filter(|row| world.present(head, *row)).collect();
                }
                present.chunks(BATCH).for_each(|heads| way.take(heads, &mut room));
                out.insert(number, Scanned::of(way, 0));
                continue;
            }
            let scanned = match way {
                Some(way) => Scanned::of(way, all),
                None => {
                    rows.sort_unstable();
                    let left = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                    Scanned { rows, shut: all.saturating_sub(left), ..Scanned::default() }
                }
            };
            out.insert(number, scanned);
        }
    }
    out
}

impl Scanned {
    /// What became of heads, of which there are so many besides.
    fn of(way: Way<'_>, all: u64) -> Self {
        let arrived = way.finish();
        let left = u64::try_from(arrived.aside.len()).unwrap_or(u64::MAX);
        let shut = all.saturating_sub(left).saturating_sub(arrived.done);
        Self { rows: arrived.aside, columns: arrived.columns, shut, plain: arrived.done }
    }
}
