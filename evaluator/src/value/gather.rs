//! Collections that grow by union many times and are looked at once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A bag of `T` in order of collection. Uniting two is constant work; equal entries are dropped only when
/// it is read.
pub struct Gather<T>(Option<Arc<Node<T>>>);

enum Node<T> {
    One(T),
    Many(Vec<Gather<T>>),
}

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
        }
    }
}

impl<T: Ord> Gather<T> {
    /// The distinct entries, least first.
    #[must_use]
    pub fn sorted(&self) -> Vec<&T> {
        let mut seen = BTreeSet::new();
        self.each(&mut |entry| {
            seen.insert(entry);
        });
        seen.into_iter().collect()
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
}
