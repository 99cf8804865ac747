//! Values of the rows of one chunk, of which most often all are the same.
#![expect(
    clippy::indexing_slicing,
    reason = "a slot is given out by the chunk, of which this has the length"
)]

/// A value a slot.
#[derive(Clone, Debug)]
pub(super) enum Even<T> {
    /// All slots hold this; so many there are.
    Same(T, usize),
    Each(Vec<T>),
}

impl<T: Copy + PartialEq + Default> Even<T> {
    pub(super) fn new() -> Self {
        Self::Same(T::default(), 0)
    }

    /// Adds a slot that nobody reads before it is set.
    pub(super) fn push(&mut self) {
        match self {
            Self::Same(_, count) => *count = count.saturating_add(1),
            Self::Each(all) => all.push(T::default()),
        }
    }

    /// Adds a slot that holds this.
    pub(super) fn add(&mut self, value: T) {
        match self {
            Self::Each(all) => all.push(value),
            Self::Same(same, count) if *same == value || *count == 0 => {
                (*same, *count) = (value, count.saturating_add(1));
            }
            Self::Same(same, count) => {
                let mut all = Vec::with_capacity(count.saturating_add(1).next_power_of_two());
                all.resize(*count, *same);
                all.push(value);
                *self = Self::Each(all);
            }
        }
    }

    pub(super) fn get(&self, slot: usize) -> T {
        match self {
            Self::Same(value, _) => *value,
            Self::Each(all) => all[slot],
        }
    }

    /// Sets a slot; says whether that changed it.
    pub(super) fn set(&mut self, slot: usize, value: T) -> bool {
        match self {
            Self::Each(all) => return std::mem::replace(&mut all[slot], value) != value,
            Self::Same(same, _) if *same == value => return false,
            Self::Same(same, 1) => *same = value,
            Self::Same(same, count) => {
                let mut all = Vec::with_capacity(count.next_power_of_two());
                all.resize(*count, *same);
                all[slot] = value;
                *self = Self::Each(all);
            }
        }
        true
    }

    /// By slot, whether anybody reads it or not.
    pub(super) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        let count = match self {
            Self::Same(_, count) => *count,
            Self::Each(all) => all.len(),
        };
        (0..count).map(|slot| self.get(slot))
    }

    /// Takes no more room than it must, given which slots are read.
    pub(super) fn trim(&mut self, read: impl Fn(usize) -> bool) {
        let Self::Each(all) = self else { return };
        let mut values = all.iter().enumerate().filter(|(slot, _)| read(*slot)).map(|(_, value)| *value);
        let first = values.next().unwrap_or_default();
        if values.all(|value| value == first) {
            *self = Self::Same(first, all.len());
        } else {
            all.shrink_to_fit();
        }
    }

    /// How many bytes it takes besides itself.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Same(..) => 0,
            Self::Each(all) => all.capacity().saturating_mul(size_of::<T>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_that_are_the_same_take_no_room() {
        let mut even = Even::<u8>::new();
        let mut model = Vec::new();
        for slot in 0..300_usize {
            even.push();
            even.set(slot, 7);
            model.push(7);
        }
        assert_eq!(even.bytes(), 0);
        even.set(9, 3);
        model[9] = 3;
        assert!(even.iter().eq(model));
        assert!(even.bytes() >= 300);
        even.trim(|slot| slot != 9);
        assert_eq!((even.bytes(), even.get(9), even.iter().count()), (0, 7, 300));
    }
}
