//! Streams of lines in order, made one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::error::SnapshotError;
use super::sorter::Record;

/// Lines in order.
pub type Stream<'a> = Box<dyn Iterator<Item = Result<Record, SnapshotError>> + 'a>;

/// All lines of the streams in order, each once. Ends with the first error.
pub fn merged<'a>(streams: Vec<Stream<'a>>) -> Stream<'a> {
    let mut merge = Merge { streams, heads: BinaryHeap::new(), failed: None };
    for stream in 0..merge.streams.len() {
        merge.pull(stream);
    }
    Box::new(merge)
}

struct Merge<'a> {
    streams: Vec<Stream<'a>>,
    /// The next line of each stream.
    heads: BinaryHeap<Reverse<(Record, usize)>>,
    failed: Option<SnapshotError>,
}

impl Merge<'_> {
    fn pull(&mut self, stream: usize) {
        match self.streams.get_mut(stream).and_then(Iterator::next) {
            Some(Ok(record)) => self.heads.push(Reverse((record, stream))),
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
    }

    /// The first of all heads; the next of its stream takes its place.
    fn take(&mut self) -> Option<Record> {
        let mut head = self.heads.peek_mut()?;
        let stream = head.0.1;
        match self.streams.get_mut(stream).and_then(Iterator::next) {
            Some(Ok(next)) => return Some(std::mem::replace(&mut head.0.0, next)),
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
        Some(PeekMut::pop(head).0.0)
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Record, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.heads.clear();
            return Some(Err(error));
        }
        let record = self.take()?;
        while self.heads.peek().is_some_and(|Reverse((next, _))| *next == record) {
            self.take();
        }
        Some(Ok(record))
    }
}
