//! Where facts go: into a loader, or into a snapshot that is being written.

use std::collections::BTreeMap;
use std::path::Path;

use assize::facts::Line;
use assize_snapshots::InputEntry;

/// Takes facts.
pub trait Sink {
    /// One line of a fact file, not yet read. Lines count from 1.
    fn line(&mut self, file: &str, number: u64, text: &str);

    /// Whether fact files may be growing, so that it has to be told how far each was read.
    fn follows(&self) -> bool {
        false
    }

    /// Whether an input of this content was read already, the same way: then it is not read again.
    fn knows(&self, input: &InputEntry) -> bool {
        let _ = input;
        false
    }

    /// An input was read to its end.
    fn read(&mut self, input: InputEntry) {
        let _ = input;
    }

    /// Whether it is to be told of inputs, and whether it knows any.
    fn keeps_inputs(&self) -> (bool, bool) {
        (false, false)
    }

    /// What came since this was asked last: lines by type, and how many lines were none. Only who counts knows.
    fn tally(&mut self) -> (BTreeMap<String, u64>, u64) {
        Default::default()
    }

    /// A snapshot that what comes is added to.
    fn earlier(&self) -> Option<&Path> {
        None
    }

    /// How many bytes of a fact file are to be read now: all, unless it is still being written.
    fn extent(&mut self, file: &Path, bytes: &[u8]) -> usize {
        let _ = file;
        bytes.len()
    }

    /// One fact that a connector has made.
    fn add(&mut self, file: &str, line: Line);
}
