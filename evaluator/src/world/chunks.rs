//! A long row of chunks: a copy shares all of them, and a write copies one chunk and the way to it.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "places are taken apart by the branches' own width"
)]

use std::sync::Arc;

/// How many chunks share one branch.
const WIDTH: usize = 64;

/// Chunks by number.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    branches: Arc<Vec<Arc<Vec<Arc<T>>>>>,
    /// How many there are in the branches.
    count: usize,
    /// The one behind them, which most is written to: whether it is shared is asked of it alone.
    last: Option<Arc<T>>,
    /// All of them instead, while nothing is shared: a copy copies them.
    own: Vec<T>,
    owning: bool,
}

impl<T: Clone> Clone for Chunks<T> {
    fn clone(&self) -> Self {
        Self {
            branches: Arc::clone(&self.branches),
            count: self.count,
            last: self.last.clone(),
            own: self.own.clone(),
            owning: self.owning,
        }
    }
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { branches: Arc::default(), count: 0, last: None, own: Vec::new(), owning: false }
    }
}

impl<T: Clone> Chunks<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count + usize::from(self.last.is_some()) + self.own.len()
    }

    /// Shares nothing until [`Self::share`], and asks of nothing whether it is shared: for many writes before the first copy.
    pub(super) fn hold(&mut self) {
        if !self.owning {
            let own = self.iter().cloned().collect();
            *self = Self { own, owning: true, ..Self::default() };
        }
    }

    /// Whether nothing is shared.
    pub(super) const fn is_held(&self) -> bool {
        self.owning
    }

    /// From now on copies share.
    pub(super) fn share(&mut self) {
        self.owning = false;
        std::mem::take(&mut self.own).into_iter().for_each(|chunk| self.push(chunk));
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        match &self.last {
            Some(last) if at == self.count => Some(last),
            _ => match self.branches.get(at / WIDTH) {
                Some(branch) => branch.get(at % WIDTH).map(AsRef::as_ref),
                None => self.own.get(at),
            },
        }
    }

    /// The chunk of this number, which there is.
    pub(super) fn at(&self, at: usize) -> &T {
        match &self.last {
            Some(last) if at == self.count => last,
            _ => match self.branches.get(at / WIDTH) {
                Some(branch) => &branch[at % WIDTH],
                None => &self.own[at],
            },
        }
    }

    /// The chunk of this number, which there is, to be written.
    pub(super) fn at_mut(&mut self, at: usize) -> &mut T {
        match &mut self.last {
            Some(last) if at == self.count => Arc::make_mut(last),
            _ if self.owning => &mut self.own[at],
            _ => {
                let branch = Arc::make_mut(&mut Arc::make_mut(&mut self.branches)[at / WIDTH]);
                Arc::make_mut(&mut branch[at % WIDTH])
            }
        }
    }

    pub(super) fn push(&mut self, chunk: T) {
        if self.owning {
            return self.own.push(chunk);
        }
        let Some(before) = self.last.replace(Arc::new(chunk)) else { return };
        let branches = Arc::make_mut(&mut self.branches);
        if self.count.is_multiple_of(WIDTH) {
            branches.push(Arc::default());
        }
        Arc::make_mut(&mut branches[self.count / WIDTH]).push(before);
        self.count += 1;
    }

    /// Writes to every chunk.
    pub(super) fn each_mut(&mut self, mut write: impl FnMut(&mut T)) {
        for branch in Arc::make_mut(&mut self.branches) {
            Arc::make_mut(branch).iter_mut().for_each(|chunk| write(Arc::make_mut(chunk)));
        }
        self.last.iter_mut().for_each(|chunk| write(Arc::make_mut(chunk)));
        self.own.iter_mut().for_each(write);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.branches
            .iter()
            .flat_map(|branch| branch.iter())
            .chain(&self.last)
            .map(AsRef::as_ref)
            .chain(&self.own)
    }
}

impl<T: Clone> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(chunks: I) -> Self {
        let mut out = Self::default();
        chunks.into_iter().for_each(|chunk| out.push(chunk));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_to_a_copy_leaves_the_original() {
        let mut chunks: Chunks<usize> = (0..300).collect();
        let copy = chunks.clone();
        *chunks.at_mut(200) = 7;
        chunks.push(300);
        assert_eq!((copy.get(200), copy.len(), copy.get(300)), (Some(&200), 300, None));
        assert_eq!((chunks.get(200), chunks.len(), chunks.get(300)), (Some(&7), 301, Some(&300)));
        assert!(copy.iter().copied().eq(0..300));
    }

    #[test]
    fn what_is_held_is_what_is_shared_afterwards() {
        let mut chunks: Chunks<usize> = (0..70).collect();
        chunks.hold();
        (70..300).for_each(|number| chunks.push(number));
        *chunks.at_mut(0) = 7;
        let copy = chunks.clone();
        *chunks.at_mut(1) = 8;
        chunks.each_mut(|chunk| *chunk += 1);
        for chunks in [&chunks, &copy] {
            assert_eq!((chunks.len(), chunks.get(299).is_some(), chunks.get(300)), (300, true, None));
        }
        let before: Vec<usize> = chunks.iter().copied().collect();
        chunks.share();
        assert!(!chunks.is_held() && copy.is_held());
        assert!(chunks.iter().eq(&before) && (0..300).all(|at| *chunks.at(at) == before[at]));
        assert_eq!((before[0], before[1], *copy.at(1)), (8, 9, 1));
    }
}
