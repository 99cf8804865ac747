//! Many heads at once: everything is decided, or everything of some policies.

use std::collections::{HashMap, HashSet};

use super::{Head, Look, Room, Sieve};
use crate::world::{Row, World};

/// The heads that policies, by their numbers, can come to anything for.
pub(in crate::engine) type Strained = HashMap<usize, Vec<Row>>;

impl Sieve {
    /// Holds heads against the sieve; says of each policy which of them it can come to anything for, in their
    /// order. `bounded` is as in [`Sieve::open`].
    pub(in crate::engine) fn strain(
        &self,
        world: &World,
        rows: &[Row],
        bounded: impl Fn(usize) -> bool,
        out: &mut Strained,
    ) {
        let (syms, open) = (self.syms(|text| world.sym(text)), self.open(bounded));
        // What is open for every head is asked about every head.
        let open: HashSet<u32> = open.into_iter().collect();
        let places = (0_u32..).take(self.numbers.len());
        let shut: Vec<u32> = places.filter(|place| !open.contains(place)).collect();
        let mut found: Vec<Vec<Row>> = self.numbers.iter().map(|_| Vec::new()).collect();
        let look = Look { sieve: self, world, syms: &syms, open: &[] };
        let mut room = Room::default();
        for row in rows {
            look.each(&mut room, Head::Row(*row), |place| {
                if let Some(found) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
                    found.push(*row);
                }
            });
        }
        for place in shut {
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            if let (Some(number), Some(found)) = (self.number(place), found.get_mut(at)) {
                out.insert(number, std::mem::take(found));
            }
        }
    }
}
