//! What a log tells of in several records, held until it is whole: of many things at once, and of no more than so
//! many.

use std::collections::{HashMap, HashSet, VecDeque};

/// How many are held at most, and of how many it is remembered that they were whole.
const MOST: usize = 65_536;

/// Things by name, the longest held first.
#[derive(Debug)]
pub struct Pending<T> {
    held: HashMap<String, (u64, T)>,
    /// In the order in which they came; some of them are not held any more.
    order: VecDeque<(u64, String)>,
    next: u64,
    most: usize,
    done: HashSet<String>,
    /// In the order in which they were whole.
    past: VecDeque<String>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl<T> Pending<T> {
    /// Of at most so many.
    fn of(most: usize) -> Self {
        Self {
            held: HashMap::new(),
            order: VecDeque::new(),
            next: 0,
            most,
            done: HashSet::new(),
            past: VecDeque::new(),
        }
    }

    /// What is held under a name.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.held.get_mut(name).map(|(_, held)| held)
    }

    /// Whether it was whole not long ago.
    #[must_use]
    pub fn is_done(&self, name: &str) -> bool {
        self.done.contains(name)
    }

    /// Holds something new.
    pub fn hold(&mut self, name: &str, held: T) {
        self.held.insert(name.to_owned(), (self.next, held));
        self.order.push_back((self.next, name.to_owned()));
        self.next = self.next.saturating_add(1);
    }

    /// It is whole: what is held of it, where anything is.
    pub fn done(&mut self, name: &str) -> Option<T> {
        if self.done.insert(name.to_owned()) {
            self.past.push_back(name.to_owned());
        }
        if self.past.len() > self.most
            && let Some(oldest) = self.past.pop_front()
        {
            self.done.remove(&oldest);
        }
        self.held.remove(name).map(|(_, held)| held)
    }

    /// What was held the longest, while too many are held.
    pub fn overdue(&mut self) -> Vec<T> {
        let mut out = Vec::new();
        while self.held.len() > self.most {
            out.extend(self.oldest());
        }
        // Names of what was whole long ago.
        if self.order.len() > self.most.saturating_mul(2) {
            let held = &self.held;
            self.order.retain(|(number, name)| held.get(name).is_some_and(|(of, _)| of == number));
        }
        out
    }

    /// All that is held, in the order in which it came.
    pub fn rest(mut self) -> Vec<T> {
        let mut out = Vec::new();
        while !self.held.is_empty() {
            out.extend(self.oldest());
        }
        out
    }

    fn oldest(&mut self) -> Option<T> {
        let (number, name) = self.order.pop_front()?;
        let is = self.held.get(&name).is_some_and(|(of, _)| *of == number);
        if is { self.held.remove(&name).map(|(_, held)| held) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_held_is_let_go_of_first() {
        let mut pending = Pending::of(2);
        for (n, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            pending.hold(name, n);
        }
        assert_eq!(pending.done("b"), Some(1));
        assert_eq!(pending.overdue(), [0]);
        pending.hold("b", 9);
        *pending.get_mut("c").unwrap() = 7;
        assert_eq!(pending.rest(), [7, 3, 9]);
    }

    #[test]
    fn what_was_whole_is_remembered_for_a_while() {
        let mut pending = Pending::<()>::of(2);
        for name in ["a", "a", "b", "c"] {
            assert_eq!(pending.done(name), None);
        }
        assert_eq!(["a", "b", "c"].map(|name| pending.is_done(name)), [false, true, true]);
    }
}
