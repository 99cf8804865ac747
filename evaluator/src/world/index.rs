//! Where a number is by the hash of what it stands for: shared between copies, copied where written.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "places are taken modulo the table's own power of two, and counts are of entries in memory"
)]

use super::chunks::Chunks;

/// How many entries a shard holds before shards are doubled.
const FULL: usize = 768;
/// The places of a shard: a power of two, more than it ever holds.
const PLACES: usize = 1024;
const FREE: u32 = u32::MAX;

/// Numbers by hash. Two numbers may have one hash: who asks compares.
#[derive(Clone, Debug)]
pub(super) struct Index {
    shards: Chunks<Shard>,
}

#[derive(Clone, Debug)]
struct Shard {
    /// Hash and number; the number `FREE` is an empty place.
    places: Box<[(u32, u32)]>,
    used: usize,
}

impl Shard {
    fn new(places: usize) -> Self {
        Self { places: vec![(0, FREE); places].into_boxed_slice(), used: 0 }
    }

    fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (of, number) = self.places[at];
            if number == FREE {
                return None;
            }
            if of == hash && is(number) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    fn put(&mut self, hash: u32, number: u32) {
        // Small tables start small.
        if self.used + self.used / 4 + 1 >= self.places.len() {
            let mut wider = Self::new(self.places.len() * 2);
            for (hash, number) in self.places.iter().filter(|(_, number)| *number != FREE) {
                wider.put(*hash, *number);
            }
            *self = wider;
        }
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while self.places[at].1 != FREE {
            at = (at + 1) & mask;
        }
        self.places[at] = (hash, number);
        self.used += 1;
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { shards: std::iter::once(Shard::new(8)).collect() }
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

    /// Adds a number that is not there yet.
    pub(super) fn put(&mut self, hash: u32, number: u32) {
        if self.shards.at(self.shard(hash)).used >= FULL && self.shards.len() < 1 << 20 {
            self.split();
        }
        let shard = self.shard(hash);
        self.shards.at_mut(shard).put(hash, number);
    }

    fn split(&mut self) {
        let count = self.shards.len() * 2;
        let mut wider = Self { shards: (0..count).map(|_| Shard::new(PLACES)).collect() };
        let bits = count.trailing_zeros();
        for shard in self.shards.iter() {
            for (hash, number) in shard.places.iter().filter(|(_, number)| *number != FREE) {
                wider.shards.at_mut((hash >> (32 - bits)) as usize).put(*hash, *number);
            }
        }
        *self = wider;
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
            index.put(hash(number), number);
        }
        let copy = index.clone();
        index.put(hash(5_000), 5_000);
        for number in 0..5_000 {
            assert_eq!(copy.find(hash(number), |found| found == number), Some(number));
        }
        assert_eq!(copy.find(hash(5_000), |found| found == 5_000), None);
    }
}
