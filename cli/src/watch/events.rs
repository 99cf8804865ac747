//! What wakes `assize watch`: the disk, and whoever ends it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::error::CliError;

/// How long the disk must be quiet before it is looked at: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// How long it may be unquiet, at most.
const UNQUIET: Duration = Duration::from_millis(500);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something on disk may have changed.
    Disk,
    /// It is to end.
    Stop,
    /// Nothing, for as long as was asked for.
    Quiet,
}

/// The events of a run.
#[derive(Debug)]
pub struct Events {
    watcher: RecommendedWatcher,
    receiver: Receiver<Event>,
}

impl Events {
    /// Listens to the keyboard's Ctrl-C and to the system's request to end; to the disk where it is told to.
    pub fn new() -> Result<Self, CliError> {
        let (sender, receiver) = channel();
        let stop = sender.clone();
        // One that cannot be sent finds nobody to end any more.
        let stop = move || stop.send(Event::Stop).unwrap_or_default();
        ctrlc::set_handler(stop)
            .map_err(|error| CliError::Engine(format!("Ctrl-C cannot be listened to: {error}")))?;
        let watcher = notify::recommended_watcher(listener(sender))
            .map_err(|error| CliError::Engine(format!("the disk cannot be watched: {error}")))?;
        Ok(Self { watcher, receiver })
    }

    /// Listens to these files and folders, and to what stands beside them: what is written anew under the same
    /// name is another file. Doing it again finds the new ones.
    pub fn listen(&mut self, paths: &[PathBuf]) -> Result<(), CliError> {
        for path in paths {
            if path.is_dir() {
                self.add(path, RecursiveMode::Recursive)?;
            }
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            self.add(parent.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, mode: RecursiveMode) -> Result<(), CliError> {
        self.watcher.watch(path, mode).map_err(|error| {
            // The library's own words repeat the path.
            let reason = match error.kind {
                notify::ErrorKind::MaxFilesWatch => "the system watches no more files".to_owned(),
                notify::ErrorKind::PathNotFound => "there is no such file or folder".to_owned(),
                kind => format!("{kind:?}"),
            };
            CliError::Engine(format!("{}: cannot be watched: {reason}", path.display()))
        })
    }

    /// Waits for the next event, for the disk to be quiet after it, or for the time to pass.
    pub fn next(&self, wait: Duration) -> Event {
        match self.receiver.recv_timeout(wait) {
            Ok(Event::Disk) => self.settle(),
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Quiet,
            Err(RecvTimeoutError::Disconnected) => Event::Stop,
        }
    }

    fn settle(&self) -> Event {
        let began = Instant::now();
        while began.elapsed() < UNQUIET {
            match self.receiver.recv_timeout(QUIET) {
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return Event::Stop,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        Event::Disk
    }
}

/// Sends every event that may mean a change. What was missed is found by looking, so that errors are events.
fn listener(sender: Sender<Event>) -> impl Fn(notify::Result<notify::Event>) {
    move |event| {
        let read = event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
        if !read {
            // One that cannot be sent finds nobody to look any more.
            sender.send(Event::Disk).unwrap_or_default();
        }
    }
}
