//! Where a number is by the hash of what it stands for: shared between copies, copied where written.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "places are taken modulo the table's own power of two, and counts are of entries in memory"
)]

use super::chunks::Chunks;

/// How many entries a shard holds before shards are doubled.
const FULL: usize = 896;
/// The places of a shard: a power of two, more than it ever holds.
const PLACES: usize = 1024;
const FREE: u8 = 0;

/// Numbers by hash. Two numbers may have one hash: who asks compares. Hashes are not kept: who adds says how
/// to make them again.
#[derive(Clone, Debug)]
pub(super) struct Index {
    shards: Chunks<Shard>,
    /// How many numbers there are.
    count: u32,
}

#[derive(Clone, Debug)]
struct Shard {
    /// Some bits of the hash, never `FREE`, where a place is taken.
    tags: Box<[u8]>,
    numbers: Box<[u32]>,
    used: usize,
}

/// Bits of the hash that neither the place nor, short of 16,384 of them, the shard is chosen by.
const fn tag(hash: u32) -> u8 {
    (hash >> 10) as u8 | 1
}

impl Shard {
    fn new(places: usize) -> Self {
        let (tags, numbers) = (vec![FREE; places], vec![0; places]);
        Self { tags: tags.into_boxed_slice(), numbers: numbers.into_boxed_slice(), used: 0 }
    }

    fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.tags.len() - 1;
        let (mut at, wanted) = (hash as usize & mask, tag(hash));
        loop {
            let found = self.tags[at];
            if found == FREE {
                return None;
            }
            if found == wanted && is(self.numbers[at]) {
                return Some(self.numbers[at]);
            }
            at = (at + 1) & mask;
        }
    }

    fn put(&mut self, hash: u32, number: u32, again: &impl Fn(u32) -> u32) {
        // Small tables start small.
        if self.used + self.used / 8 + 1 >= self.tags.len() {
            let mut wider = Self::new(self.tags.len() * 2);
            self.each(|number| wider.put(again(number), number, again));
            *self = wider;
        }
        let mask = self.tags.len() - 1;
        let mut at = hash as usize & mask;
        while self.tags[at] != FREE {
            at = (at + 1) & mask;
        }
        (self.tags[at], self.numbers[at]) = (tag(hash), number);
        self.used += 1;
    }

    fn each(&self, mut of: impl FnMut(u32)) {
        let taken = self.tags.iter().zip(&self.numbers).filter(|(tag, _)| **tag != FREE);
        taken.for_each(|(_, number)| of(*number));
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { shards: std::iter::once(Shard::new(8)).collect(), count: 0 }
    }
}

impl Index {
    /// The shard is chosen by the hash's upper bits, the place in it by the lower ones.
    fn shard(&self, hash: u32) -> usize {
        let bits = self.shards.len().trailing_zeros();
        if bits == 0 { 0 } else { (hash >> (32 - bits)) as usize }
    }

    /// The number of this hash of which `is` is true.
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.shards.at(self.shard(hash)).find(hash, is)
    }

    /// Adds a number greater than those that there are; `again` is the hash of one of those.
    pub(super) fn put(&mut self, hash: u32, number: u32, again: impl Fn(u32) -> u32) {
        if self.shards.at(self.shard(hash)).used >= FULL && self.shards.len() < 1 << 20 {
            self.split(number, &again);
        }
        let shard = self.shard(hash);
        self.shards.at_mut(shard).put(hash, number, &again);
        self.count += 1;
    }

    /// Doubles the shards. What numbers stand for lies in their order, and is read in it.
    fn split(&mut self, next: u32, again: &impl Fn(u32) -> u32) {
        let count = self.shards.len() * 2;
        let shards = (0..count).map(|_| Shard::new(PLACES)).collect();
        let mut wider = Self { shards, count: self.count };
        let bits = count.trailing_zeros();
        let mut put = |number: u32| {
            let hash = again(number);
            wider.shards.at_mut((hash >> (32 - bits)) as usize).put(hash, number, again);
        };
        if self.count == next {
            (0..next).for_each(put);
        } else {
            let mut all = Vec::new();
            self.shards.iter().for_each(|shard| shard.each(|number| all.push(number)));
            all.sort_unstable();
            all.into_iter().for_each(&mut put);
        }
        *self = wider;
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.tags.len() * 5 + size_of::<Shard>() + 24).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_by_hash_and_comparison() {
        let mut index = Index::default();
        // Every hash is of two numbers.
        let hash = |number: u32| (number / 2).wrapping_mul(0x9E37_79B9);
        for number in 0..5_000 {
            assert_eq!(index.find(hash(number), |found| found == number), None);
            index.put(hash(number), number, hash);
        }
        let copy = index.clone();
        index.put(hash(5_000), 5_000, hash);
        // Not all numbers there are.
        let mut some = Index::default();
        (0..9_000).step_by(3).for_each(|number| some.put(hash(number), number, hash));
        for number in 0..9_000_u32 {
            let there = number.is_multiple_of(3).then_some(number);
            assert_eq!(some.find(hash(number), |found| found == number), there);
        }
        for number in 0..5_000 {
            assert_eq!(copy.find(hash(number), |found| found == number), Some(number));
        }
        assert_eq!(copy.find(hash(5_000), |found| found == 5_000), None);
    }
}
