//! What copies share, or what is nobody else's.

use std::ops::Deref;
use std::sync::Arc;

/// A copy shares it until either is written to. While it is held it is copied at once, and writing to it asks nobody.
#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    shared: Arc<T>,
    own: Option<Box<T>>,
}

impl<T: Clone> Kept<T> {
    pub(super) const fn new(shared: Arc<T>) -> Self {
        Self { shared, own: None }
    }

    /// Holds it from now on.
    pub(super) fn hold(&mut self) -> &mut T {
        self.own.get_or_insert_with(|| Box::new(T::clone(&self.shared)))
    }

    /// Whether it is held.
    pub(super) const fn is_held(&self) -> bool {
        self.own.is_some()
    }

    /// From now on copies share it.
    pub(super) fn share(&mut self) {
        if let Some(own) = self.own.take() {
            self.shared = Arc::new(*own);
        }
    }

    /// To write to it.
    pub(super) fn to_mut(&mut self) -> &mut T {
        match &mut self.own {
            Some(own) => own,
            None => Arc::make_mut(&mut self.shared),
        }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.own.as_deref().unwrap_or(&self.shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_to_a_copy_leaves_the_original() {
        let mut kept = Kept::new(Arc::new(1));
        let copy = kept.clone();
        *kept.to_mut() = 2;
        *kept.hold() = 3;
        let held = kept.clone();
        *kept.to_mut() = 4;
        kept.share();
        let shared = kept.clone();
        *kept.to_mut() = 5;
        assert_eq!((*copy, *held, *shared, *kept), (1, 3, 4, 5));
    }
}
