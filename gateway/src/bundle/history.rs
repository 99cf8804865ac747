//! Which bundles were in force: none is taken back by an older one unless somebody says so, and there is one to go
//! back to.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Bundle, BundleError};
use crate::facts::body::hex;

/// How many bundles are kept to go back to.
const KEPT: usize = 5;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// The highest sequence that was in force.
    highest: u64,
    /// The hash of that bundle.
    hash: String,
    /// Where somebody went back: this one is in force until a higher one than ever comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back_to: Option<u64>,
}

/// The bundles that were in force, in a folder.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

impl History {
    /// The history in a folder, which is made where it is not there.
    ///
    /// # Errors
    /// [`BundleError::Disk`] where it cannot be made.
    pub fn new(folder: &Path) -> Result<Self, BundleError> {
        std::fs::create_dir_all(folder).map_err(|error| disk(folder, &error))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Whether a bundle may come into force. One that is in force already may.
    ///
    /// # Errors
    /// [`BundleError::Replay`] and [`BundleError::SameSequence`] where it may not.
    pub fn admit(&self, bundle: &Bundle, packed: &[u8]) -> Result<(), BundleError> {
        let state = self.state()?;
        let found = bundle.manifest.sequence;
        if found < state.highest {
            return Err(BundleError::Replay { found, highest: state.highest });
        }
        if found == state.highest && !state.hash.is_empty() && state.hash != hash(packed) {
            return Err(BundleError::SameSequence(found));
        }
        Ok(())
    }

    /// Notes that a bundle is in force, and keeps it.
    ///
    /// # Errors
    /// [`BundleError::Disk`] where that cannot be written.
    pub fn activated(&self, bundle: &Bundle, packed: &[u8]) -> Result<(), BundleError> {
        let state = self.state()?;
        let sequence = bundle.manifest.sequence;
        if sequence == state.highest && state.hash == hash(packed) {
            return Ok(());
        }
        write(&self.kept(sequence), packed)?;
        self.remember(&State { highest: sequence, hash: hash(packed), back_to: None })?;
        let numbers = self.numbers()?;
        for old in numbers.iter().take(numbers.len().saturating_sub(KEPT)) {
            std::fs::remove_file(self.kept(*old)).map_err(|error| disk(&self.kept(*old), &error))?;
        }
        Ok(())
    }

    /// Goes back to the bundle before the one in force, or to the one of this sequence. It stays until a higher one
    /// than ever was in force comes.
    ///
    /// # Errors
    /// [`BundleError::NoWayBack`] where there is none.
    pub fn roll_back(&self, to: Option<u64>) -> Result<u64, BundleError> {
        let mut state = self.state()?;
        let now = state.back_to.unwrap_or(state.highest);
        let numbers = self.numbers()?;
        let found = match to {
            Some(to) => numbers.iter().copied().find(|number| *number == to && to < state.highest),
            None => numbers.iter().copied().rfind(|number| *number < now),
        };
        let Some(found) = found else {
            let kept: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let reason = format!("there is no such earlier bundle; kept are {}", kept.join(", "));
            return Err(BundleError::NoWayBack(reason));
        };
        state.back_to = Some(found);
        self.remember(&state)?;
        Ok(found)
    }

    /// The bundle that somebody went back to, where that holds against one of this sequence.
    ///
    /// # Errors
    /// [`BundleError::Disk`] where it cannot be read.
    pub fn instead_of(&self, sequence: u64) -> Result<Option<Vec<u8>>, BundleError> {
        let state = self.state()?;
        match state.back_to.filter(|_| sequence <= state.highest) {
            Some(back) => self.read(back).map(Some),
            None => Ok(None),
        }
    }

    /// The last bundle that was in force, or that somebody went back to: for a start without its source.
    ///
    /// # Errors
    /// [`BundleError::Disk`] where it cannot be read.
    pub fn last(&self) -> Result<Option<Vec<u8>>, BundleError> {
        let state = self.state()?;
        if state.hash.is_empty() {
            Ok(None)
        } else {
            self.read(state.back_to.unwrap_or(state.highest)).map(Some)
        }
    }

    fn read(&self, sequence: u64) -> Result<Vec<u8>, BundleError> {
        let path = self.kept(sequence);
        std::fs::read(&path).map_err(|error| disk(&path, &error))
    }

    fn kept(&self, sequence: u64) -> PathBuf {
        self.folder.join(format!("{sequence}.tar.gz"))
    }

    fn numbers(&self) -> Result<Vec<u64>, BundleError> {
        let entries = std::fs::read_dir(&self.folder).map_err(|error| disk(&self.folder, &error))?;
        let number = |entry: std::fs::DirEntry| {
            let name = entry.file_name();
            name.to_str()?.strip_suffix(".tar.gz")?.parse().ok()
        };
        let mut numbers: Vec<u64> = entries.flatten().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn state(&self) -> Result<State, BundleError> {
        let path = self.folder.join("state.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|_| BundleError::Disk(format!("{}: it is damaged", path.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::default()),
            Err(error) => Err(disk(&path, &error)),
        }
    }

    fn remember(&self, state: &State) -> Result<(), BundleError> {
        let bytes = serde_json::to_vec_pretty(state).unwrap_or_default();
        write(&self.folder.join("state.json"), &bytes)
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let new = path.with_extension("new");
    let written = std::fs::File::create(&new).and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    });
    written.map_err(|error| disk(path, &error))
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn disk(path: &Path, error: &std::io::Error) -> BundleError {
    BundleError::Disk(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::PolicySource;
    use crate::testing;

    fn bundle(sequence: u64) -> (Bundle, Vec<u8>) {
        let texts = vec![("shop.assize".to_owned(), testing::POLICIES.to_owned())];
        let source = PolicySource { texts, ..PolicySource::default() };
        let bundle = Bundle::build("shop", sequence, testing::START.parse().unwrap(), &source).unwrap();
        let packed = bundle.pack().unwrap();
        (bundle, packed)
    }

    #[test]
    fn an_older_bundle_comes_back_only_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(&folder.path().join("bundles")).unwrap();
        assert_eq!(history.last().unwrap(), None);
        let all: Vec<_> = (1..=8).map(bundle).collect();
        for (bundle, packed) in &all {
            history.admit(bundle, packed).unwrap();
            history.activated(bundle, packed).unwrap();
            // Again is nothing new.
            history.admit(bundle, packed).unwrap();
            history.activated(bundle, packed).unwrap();
        }
        let replay = history.admit(&all[6].0, &all[6].1).unwrap_err();
        assert_eq!(replay, BundleError::Replay { found: 7, highest: 8 });
        assert_eq!(history.admit(&all[7].0, b"other"), Err(BundleError::SameSequence(8)));
        assert_eq!(history.last().unwrap().as_ref(), Some(&all[7].1));

        assert_eq!(history.roll_back(None).unwrap(), 7);
        assert_eq!(history.roll_back(None).unwrap(), 6);
        assert_eq!(history.instead_of(8).unwrap().as_ref(), Some(&all[5].1));
        assert_eq!(history.last().unwrap().as_ref(), Some(&all[5].1));
        assert_eq!(history.roll_back(Some(4)).unwrap(), 4);
        let none = history.roll_back(None).unwrap_err();
        assert_eq!(none.to_string(), "there is no such earlier bundle; kept are 4, 5, 6, 7, 8");
        // A higher one than ever ends it.
        let (next, packed) = bundle(9);
        assert_eq!(history.instead_of(9).unwrap(), None);
        history.admit(&next, &packed).unwrap();
        history.activated(&next, &packed).unwrap();
        assert_eq!(history.instead_of(9).unwrap(), None);
        assert_eq!(history.last().unwrap(), Some(packed));
    }
}
