//! Streams of lines in order, made one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::error::SnapshotError;
use super::sorter::Record;

/// Lines in order.
pub type Stream<'a> = Box<dyn Iterator<Item = Result<Record, SnapshotError>> + 'a>;

/// All lines of the streams in order, each once. Ends with the first error.
pub fn merged<'a>(streams: Vec<Stream<'a>>) -> Stream<'a> {
    let mut merge = Merge { streams, heads: BinaryHeap::new(), failed: None, last: None };
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
    last: Option<Record>,
}

impl Merge<'_> {
    fn pull(&mut self, stream: usize) {
        match self.streams.get_mut(stream).and_then(Iterator::next) {
            Some(Ok(record)) => self.heads.push(Reverse((record, stream))),
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Record, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(error) = self.failed.take() {
                self.heads.clear();
                return Some(Err(error));
            }
            let Reverse((record, stream)) = self.heads.pop()?;
            self.pull(stream);
            if self.last.as_ref() != Some(&record) {
                self.last = Some(record.clone());
                return Some(Ok(record));
            }
        }
    }
}
