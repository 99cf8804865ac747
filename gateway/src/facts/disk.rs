//! The file that everything durable is in, opened again after the disk has failed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, StorageError, WriteTransaction};

use super::StoreError;

/// How many bytes of the file are kept in memory.
const CACHE: usize = 64 << 20;

type Opener = Box<dyn Fn() -> Result<Database, DatabaseError> + Send + Sync>;

/// The durable file. Nothing is written to it after a failure until it has been closed and opened again, which
/// the next write tries; what was written before stays.
pub struct Disk {
    path: PathBuf,
    open: Opener,
    state: Mutex<State>,
}

struct State {
    database: Option<Arc<Database>>,
    failure: Option<StoreError>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Disk {
    /// Opens the file, or makes it; folders above it are made too.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be opened: another process has it, it is no such file, the disk fails.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| StoreError::io(path, &error))?;
        }
        let file = path.to_owned();
        Self::with(path, Box::new(move || Database::builder().set_cache_size(CACHE).create(&file)))
    }

    /// No file: what is written is there while the process is.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn memory() -> Result<Self, StoreError> {
        let open = || Database::builder().create_with_backend(redb::backends::InMemoryBackend::new());
        Self::with(Path::new("memory"), Box::new(open))
    }

    /// A file that is opened in another way: tests put one underneath whose writes fail.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn with(path: &Path, open: Opener) -> Result<Self, StoreError> {
        let database = open().map_err(|error| StoreError::of(path, error.into()))?;
        let state = State { database: Some(Arc::new(database)), failure: None };
        Ok(Self { path: path.to_owned(), open, state: Mutex::new(state) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the file has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    /// Why the last write failed, where nothing was written since.
    #[must_use]
    pub fn failure(&self) -> Option<StoreError> {
        self.lock().failure.clone()
    }

    /// Writes: all of what `work` does or none of it, on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails. Whether what was written is there can then only be told after it has
    /// been opened again: it may be.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let done = self.database().and_then(|database| {
            let written = (|| {
                let transaction = database.begin_write()?;
                let out = work(&transaction)?;
                transaction.commit()?;
                Ok(out)
            })();
            written.map_err(|error| StoreError::of(&self.path, error))
        });
        let mut state = self.lock();
        match &done {
            Ok(_) => state.failure = None,
            Err(error) => {
                state.failure = Some(error.clone());
                // It refuses every further write until it is opened again.
                state.database = None;
            }
        }
        done
    }

    /// Reads one state of it, whatever is written meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] where the disk fails.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let database = self.database()?;
        let read = (|| work(&database.begin_read()?))();
        read.map_err(|error| StoreError::of(&self.path, error))
    }

    fn database(&self) -> Result<Arc<Database>, StoreError> {
        let mut state = self.lock();
        if let Some(database) = &state.database {
            return Ok(Arc::clone(database));
        }
        let opened = (self.open)().map_err(|error| StoreError::of(&self.path, error.into()))?;
        Ok(Arc::clone(state.database.insert(Arc::new(opened))))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        let file = path.display().to_string();
        match error.kind() {
            std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge => Self::Full { file },
            _ => Self::Io { file, reason: error.to_string() },
        }
    }

    fn of(path: &Path, error: redb::Error) -> Self {
        let file = path.display().to_string();
        match error {
            redb::Error::Io(error) => Self::io(path, &error),
            redb::Error::PreviousIo => Self::Io {
                file,
                reason: "a write failed before, and it was not opened again since".to_owned(),
            },
            redb::Error::DatabaseAlreadyOpen => Self::InUse { file },
            error @ (redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_)) => {
                Self::Damaged { file, reason: error.to_string() }
            }
            error => Self::Io { file, reason: error.to_string() },
        }
    }

    /// For a value in the file that is none of ours.
    pub(crate) fn odd(what: &str) -> redb::Error {
        redb::Error::from(StorageError::Corrupted(format!("{what} cannot be read")))
    }
}
