//! Where a number is by the hash of what it stands for: shared between copies, copied where written.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "places are taken modulo the table's own power of two, and counts are of entries in memory"
)]

use super::chunks::Chunks;

/// How many numbers a bucket holds: with their tags they fill one line of a processor's cache, which is then all
/// that is read of the index to find one.
const WAYS: usize = 12;
/// The buckets of a shard: a power of two.
const BUCKETS: usize = 64;
/// How many entries a shard holds before shards are doubled.
const FULL: usize = 640;

/// Numbers by hash. Two numbers may have one hash: who asks compares. Hashes are not kept: who adds says how
/// to make them again.
#[derive(Clone, Debug)]
pub(super) struct Index {
    shards: Chunks<Shard>,
    /// How many bits of a hash tell the shard.
    bits: u32,
    /// How many numbers there are.
    count: u32,
}

#[derive(Clone, Debug)]
struct Shard {
    /// A power of two of them. What has no room in one is in the next.
    buckets: Box<[Bucket]>,
    used: usize,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Bucket {
    /// Some bits of the hash of each number.
    tags: [u8; WAYS],
    used: u32,
    numbers: [u32; WAYS],
}

/// Bits of the hash that neither the bucket nor, short of 262,144 of them, the shard is chosen by. Zero is no tag: it is
/// where there is no number.
const fn tag(hash: u32) -> u8 {
    let tag = (hash >> 6) as u8;
    if tag == 0 { 1 } else { tag }
}

impl Bucket {
    /// The number of this tag of which `is` is true.
    fn find(&self, tag: u8, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut found = alike(&self.tags, tag);
        while found != 0 {
            let number = self.numbers[(found.trailing_zeros() >> 3) as usize];
            if is(number) {
                return Some(number);
            }
            found &= found - 1;
        }
        None
    }
}

/// The highest bit of each byte where a tag is this one, and perhaps those of others behind the first.
const fn alike(tags: &[u8; WAYS], tag: u8) -> u128 {
    const ONES: u128 = u128::from_le_bytes([1; 16]);
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *tags;
    let tags = u128::from_le_bytes([a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, 0]);
    let differ = tags ^ ONES.wrapping_mul(tag as u128);
    differ.wrapping_sub(ONES) & !differ & (ONES << 7) & (u128::MAX >> 32)
}

impl Shard {
    fn new(buckets: usize) -> Self {
        Self { buckets: vec![Bucket::default(); buckets].into_boxed_slice(), used: 0 }
    }

    /// The bucket that numbers of this hash are in, where it has room for them.
    fn first(&self, hash: u32) -> &Bucket {
        &self.buckets[hash as usize & (self.buckets.len() - 1)]
    }

    fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.buckets.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let bucket = &self.buckets[at];
            let found = bucket.find(tag(hash), &is);
            if found.is_some() || (bucket.used as usize) < WAYS {
                return found;
            }
            at = (at + 1) & mask;
        }
    }

    fn put(&mut self, hash: u32, number: u32, again: &impl Fn(u32) -> u32) {
        // Small tables start small.
        if self.used + 1 >= self.buckets.len() * WAYS {
            let mut wider = Self::new(self.buckets.len() * 2);
            self.each(|number| wider.put(again(number), number, again));
            *self = wider;
        }
        let mask = self.buckets.len() - 1;
        let mut at = hash as usize & mask;
        while self.buckets[at].used as usize == WAYS {
            at = (at + 1) & mask;
        }
        let bucket = &mut self.buckets[at];
        let slot = bucket.used as usize;
        (bucket.tags[slot], bucket.numbers[slot]) = (tag(hash), number);
        bucket.used += 1;
        self.used += 1;
    }

    fn each(&self, mut of: impl FnMut(u32)) {
        self.buckets.iter().flat_map(|bucket| &bucket.numbers[..bucket.used as usize]).for_each(|it| of(*it));
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { shards: std::iter::once(Shard::new(1)).collect(), bits: 0, count: 0 }
    }
}

impl Index {
    /// The shard is chosen by the hash's upper bits, the bucket in it by the lower ones.
    fn shard(&self, hash: u32) -> usize {
        (u64::from(hash) << self.bits >> 32) as usize
    }

    /// Makes ready for many, before this is copied.
    pub(super) fn hold(&mut self) {
        self.shards.hold();
    }

    /// From now on copies share.
    pub(super) fn share(&mut self) {
        self.shards.share();
    }

    /// The number of this hash of which `is` is true.
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.shards.at(self.shard(hash)).find(hash, is)
    }

    /// Has the bucket of a hash brought here from memory, and tells something of it.
    pub(super) fn fetch(&self, hash: u32) -> u32 {
        self.shards.at(self.shard(hash)).first(hash).used
    }

    /// A number that most likely has this hash.
    pub(super) fn likely(&self, hash: u32) -> Option<u32> {
        self.shards.at(self.shard(hash)).first(hash).find(tag(hash), |_| true)
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
        let bits = count.trailing_zeros();
        let mut shards: Vec<Shard> = (0..count).map(|_| Shard::new(BUCKETS)).collect();
        let put = |number: u32| {
            let hash = again(number);
            shards[(hash >> (32 - bits)) as usize].put(hash, number, again);
        };
        if self.count == next {
            (0..next).for_each(put);
        } else {
            let mut all = Vec::new();
            self.shards.iter().for_each(|shard| shard.each(|number| all.push(number)));
            all.sort_unstable();
            all.into_iter().for_each(put);
        }
        let held = self.shards.is_held();
        self.shards = shards.into_iter().collect();
        if held {
            self.shards.hold();
        }
        self.bits = bits;
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| size_of_val(&*shard.buckets) + size_of::<Shard>() + 24).sum()
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
