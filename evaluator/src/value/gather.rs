//! Collections that grow by union many times and are looked at once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;

/// A bag of `T` in order of collection. Uniting two is constant work; equal entries are dropped only when
/// it is read.
pub struct Gather<T>(Option<Arc<Node<T>>>);

enum Node<T> {
    One(T),
    Many(Vec<Gather<T>>),
    /// Distinct entries, least first: what many are united with is sorted once.
    Sorted(Vec<T>),
}

/// From so many entries on it is worth sorting them once.
const MANY: usize = 32;

impl<T> Clone for Gather<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Gather<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Gather<T> {
    /// Nothing.
    pub const NONE: Self = Self(None);

    /// One entry.
    #[must_use]
    pub fn one(entry: T) -> Self {
        Self(Some(Arc::new(Node::One(entry))))
    }

    /// All entries of `parts`, in order.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter().filter(|part| !part.is_empty());
        let Some(first) = parts.next() else { return Self(None) };
        // What is gathered of one thing over and over is there once.
        let second = parts.find(|part| !part.is(&first));
        let Some(second) = second else { return first };
        let mut all = vec![first, second];
        all.extend(parts);
        Self(Some(Arc::new(Node::Many(all))))
    }

    fn is(&self, other: &Self) -> bool {
        self.0.as_ref().zip(other.0.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// The entries of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self::all([self.clone(), other.clone()])
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Calls `visit` with each entry in order, repeated ones included.
    pub fn each<'a>(&'a self, visit: &mut impl FnMut(&'a T)) {
        match self.0.as_deref() {
            None => {}
            Some(Node::One(entry)) => visit(entry),
            Some(Node::Many(parts)) => {
                for part in parts {
                    part.each(visit);
                }
            }
            Some(Node::Sorted(entries)) => entries.iter().for_each(visit),
        }
    }
}

impl<T: Ord + Clone> Gather<T> {
    /// The same entries, to be united with others again and again: least first.
    #[must_use]
    pub fn kept_sorted(self) -> Self {
        let sorted = self.sorted();
        if sorted.len() < MANY {
            return self;
        }
        let entries = sorted.into_iter().cloned().collect();
        Self(Some(Arc::new(Node::Sorted(entries))))
    }
}

impl<T: Ord> Gather<T> {
    /// The distinct entries, least first.
    #[must_use]
    pub fn sorted(&self) -> Vec<&T> {
        let (few, many) = self.parts();
        let few: Vec<&T> = few.into_iter().collect();
        many.into_iter().fold(few, |all, more| merge(&all, more))
    }

    /// The least few of the distinct entries, and how many there are.
    #[must_use]
    pub fn least(&self, limit: usize) -> (Vec<&T>, usize) {
        let (few, many) = self.parts();
        let (all, count) = match many.as_slice() {
            // Hardly anything besides what was sorted once: nobody goes over all of that.
            [many] => {
                let more: Vec<&T> = few.into_iter().filter(|one| many.binary_search(one).is_err()).collect();
                let count = many.len().saturating_add(more.len());
                (merge(&more, many.get(..limit.min(many.len())).unwrap_or_default()), count)
            }
            _ => {
                let all = self.sorted();
                let count = all.len();
                (all, count)
            }
        };
        (all.into_iter().take(limit).collect(), count)
    }

    /// The entries that were sorted, and the others. What is there many times is looked at once.
    fn parts(&self) -> (BTreeSet<&T>, Vec<&[T]>) {
        let (mut few, mut many) = (BTreeSet::new(), Vec::new());
        let mut seen: FxHashSet<*const Node<T>> = FxHashSet::default();
        let mut left: Vec<&Self> = vec![self];
        while let Some(next) = left.pop() {
            let Some(node) = next.0.as_ref().filter(|node| seen.insert(Arc::as_ptr(node))) else { continue };
            match &**node {
                Node::One(entry) => drop(few.insert(entry)),
                Node::Many(parts) => left.extend(parts),
                Node::Sorted(entries) => many.push(entries.as_slice()),
            }
        }
        (few, many)
    }

    /// The distinct entries in the order in which they were first collected.
    #[must_use]
    pub fn in_order(&self) -> Vec<&T> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        self.each(&mut |entry| {
            if seen.insert(entry) {
                out.push(entry);
            }
        });
        out
    }
}

/// The entries of both, which are distinct and least first, in the same way.
fn merge<'a, T: Ord>(a: &[&'a T], b: &'a [T]) -> Vec<&'a T> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().peekable());
    let mut out = Vec::with_capacity(a.len().saturating_add(b.len()));
    while let (Some(one), Some(other)) = (a.peek(), b.peek()) {
        let order = one.cmp(other);
        if order.is_le() {
            out.extend(a.next());
        } else {
            out.extend(b.next());
        }
        if order.is_eq() {
            b.next();
        }
    }
    out.extend(a.chain(b));
    out
}

impl<T: Ord + fmt::Debug> fmt::Debug for Gather<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.in_order()).finish()
    }
}

impl<T: Ord> PartialEq for Gather<T> {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl<T: Ord> FromIterator<T> for Gather<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self::all(entries.into_iter().map(Self::one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_distinct_when_read() {
        let some: Gather<i32> = [3, 1, 3].into_iter().collect();
        let more = some.and(&Gather::one(2)).and(&Gather::NONE);
        assert_eq!(more.in_order(), [&3, &1, &2]);
        assert_eq!(more.sorted(), [&1, &2, &3]);
    }

    #[test]
    fn what_is_sorted_once_is_as_if_it_were_not() {
        let of = |range: std::ops::Range<i32>, step: i32| -> Gather<i32> {
            range.rev().map(|at| at.saturating_mul(step)).collect()
        };
        let parts = [of(0..3, 7), of(0..200, 2), of(0..100, 3), of(0..100, 3), of(500..501, 1), of(0..4, 1)];
        for kept in 0..64_u32 {
            let some = |(at, part): (u32, &Gather<i32>)| match kept & (1 << at) {
                0 => part.clone(),
                _ => part.clone().kept_sorted(),
            };
            let all = Gather::all((0..).zip(&parts).map(some));
            let plain = Gather::all(parts.iter().cloned());
            assert_eq!(all.sorted(), plain.sorted());
            for limit in [0, 1, 8, 1000] {
                let (least, count) = all.least(limit);
                let wanted: Vec<&i32> = plain.sorted().into_iter().take(limit).collect();
                assert_eq!((least, count), (wanted, plain.sorted().len()));
            }
        }
    }
}
