//! Lines that wait to be read together.

/// How many lines wait at most, and how many bytes they have together: what is asked of memory for them stays in a
/// processor's own caches.
const LINES: usize = 64;
const BYTES: usize = 1 << 15;

/// Lines of one file, in their order.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    file: String,
    text: String,
    /// The number of each, and where it ends.
    ends: Vec<(u64, usize)>,
}

impl Waiting {
    /// Whether a line is one of those that wait.
    pub(super) const fn has_place_for(line: &str) -> bool {
        line.len() < BYTES
    }

    /// Whether those that wait are of this file.
    pub(super) fn is_of(&self, file: &str) -> bool {
        self.file == file
    }

    /// From now on they are of this file.
    pub(super) fn begin(&mut self, file: &str) {
        self.file.clear();
        self.file.push_str(file);
    }

    pub(super) fn push(&mut self, number: u64, line: &str) {
        self.text.push_str(line);
        self.ends.push((number, self.text.len()));
    }

    pub(super) fn is_full(&self) -> bool {
        self.ends.len() >= LINES || self.text.len() >= BYTES
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) const fn count(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The lines with their numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        let mut from = 0;
        self.ends.iter().map(move |(number, end)| {
            let line = self.text.get(std::mem::replace(&mut from, *end)..*end);
            (*number, line.unwrap_or_default())
        })
    }

    /// None of them, with the same room and of the same file.
    pub(super) fn emptied(mut self) -> Self {
        self.text.clear();
        self.ends.clear();
        self
    }
}
