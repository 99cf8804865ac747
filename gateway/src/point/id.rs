//! Names for answers.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::rand::{SecureRandom, SystemRandom};

/// Names one answer of one process: 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecisionId(u64, u64);

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl DecisionId {
    /// The name as text. Every answer is told by it, so it does not go through a formatter.
    #[must_use]
    pub fn text(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bytes = [self.0.to_be_bytes(), self.1.to_be_bytes()].concat();
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// The number of the answer, among those of its process.
    #[must_use]
    pub const fn low(self) -> u64 {
        self.1
    }

    /// A name for it in traces: 16 hexadecimal digits, never all nought.
    #[must_use]
    pub fn span(self) -> String {
        format!("{:016x}", (self.0 ^ self.1.rotate_left(32)) | 1)
    }
}

/// Gives names out: the process by chance, the answer by number.
#[derive(Debug)]
pub(super) struct Ids {
    process: u64,
    next: AtomicU64,
}

impl Default for Ids {
    fn default() -> Self {
        let mut bytes = [0; 8];
        if SystemRandom::new().fill(&mut bytes).is_err() {
            bytes = jiff::Timestamp::now().as_microsecond().to_le_bytes();
        }
        Self { process: u64::from_le_bytes(bytes), next: AtomicU64::new(1) }
    }
}

impl Ids {
    pub(super) fn next(&self) -> DecisionId {
        DecisionId(self.process, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_answers_have_the_same_name() {
        let ids = Ids::default();
        let names: std::collections::BTreeSet<String> = (0..100).map(|_| ids.next().to_string()).collect();
        assert_eq!((names.len(), names.iter().all(|name| name.len() == 32)), (100, true));
        assert_eq!(DecisionId(0x0123_4567_89ab_cdef, 10).to_string(), "0123456789abcdef000000000000000a");
        assert_ne!(Ids::default().next(), Ids::default().next());
    }
}
