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
}

impl<T> Clone for Chunks<T> {
    fn clone(&self) -> Self {
        Self { branches: Arc::clone(&self.branches), count: self.count, last: self.last.clone() }
    }
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { branches: Arc::default(), count: 0, last: None }
    }
}

impl<T: Clone> Chunks<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count + usize::from(self.last.is_some())
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        if at == self.count {
            return self.last.as_deref();
        }
        self.branches.get(at / WIDTH)?.get(at % WIDTH).map(AsRef::as_ref)
    }

    /// The chunk of this number, which there is.
    pub(super) fn at(&self, at: usize) -> &T {
        match &self.last {
            Some(last) if at == self.count => last,
            _ => &self.branches[at / WIDTH][at % WIDTH],
        }
    }

    /// The chunk of this number, which there is, to be written.
    pub(super) fn at_mut(&mut self, at: usize) -> &mut T {
        match &mut self.last {
            Some(last) if at == self.count => Arc::make_mut(last),
            _ => {
                let branch = Arc::make_mut(&mut Arc::make_mut(&mut self.branches)[at / WIDTH]);
                Arc::make_mut(&mut branch[at % WIDTH])
            }
        }
    }

    pub(super) fn push(&mut self, chunk: T) {
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
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.branches.iter().flat_map(|branch| branch.iter()).chain(&self.last).map(AsRef::as_ref)
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
}
