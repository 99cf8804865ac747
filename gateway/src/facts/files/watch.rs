//! The thread that looks, when the disk says so or after a while.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Files;

/// Looks at files until it is stopped.
#[derive(Debug)]
pub struct Watch {
    end: Arc<AtomicBool>,
    wake: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins.
    ///
    /// # Errors
    /// A sentence where the system has no thread for it.
    pub fn start(files: Arc<Files>) -> Result<Self, String> {
        let (wake, woken) = channel();
        let end = Arc::new(AtomicBool::new(false));
        let (ended, waker) = (Arc::clone(&end), wake.clone());
        let thread = std::thread::Builder::new()
            .name("files".to_owned())
            .stack_size(64 << 20)
            .spawn(move || run(&files, &ended, waker, &woken))
            .map_err(|error| format!("there is no thread to look at files: {error}"))?;
        Ok(Self { end, wake, thread: Some(thread) })
    }

    /// Looks now.
    pub fn look(&self) {
        // One that cannot be sent finds nobody to look any more.
        self.wake.send(()).unwrap_or_default();
    }

    /// Ends after what is being read. Blocks.
    pub fn stop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        self.look();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            thread.join().unwrap_or_default();
        }
    }
}

fn run(files: &Files, end: &AtomicBool, wake: Sender<()>, woken: &Receiver<()>) {
    let mut ears = Ears::new(wake);
    while !end.load(Ordering::Relaxed) {
        files.deaf(ears.listen(files).err());
        let soon = files.look();
        let pace = files.pace();
        let wait = if soon { pace.quiet } else { pace.every };
        match woken.recv_timeout(wait) {
            // What else happens at the same time is seen at the same look.
            Ok(()) => while woken.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Who hears of the disk.
struct Ears {
    watcher: Result<RecommendedWatcher, String>,
    /// What is listened to.
    heard: Vec<(PathBuf, bool)>,
}

impl Ears {
    fn new(wake: Sender<()>) -> Self {
        let told = move |event: notify::Result<notify::Event>| {
            // Reading a file is no change; what was missed is found by looking.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                wake.send(()).unwrap_or_default();
            }
        };
        let watcher = notify::recommended_watcher(told).map_err(|error| error.to_string());
        Self { watcher, heard: Vec::new() }
    }

    /// Listens to folders that were not there before.
    fn listen(&mut self, files: &Files) -> Result<(), String> {
        let watcher = self.watcher.as_mut().map_err(|reason| reason.clone())?;
        let places = files.places();
        self.heard.retain(|place| place.0.is_dir());
        for place in places.into_iter().filter(|place| place.0.is_dir()) {
            if self.heard.contains(&place) {
                continue;
            }
            let mode = if place.1 { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            watcher.watch(&place.0, mode).map_err(|error| match error.kind {
                notify::ErrorKind::MaxFilesWatch => "the system watches no more files".to_owned(),
                kind => format!("{}: {kind:?}", place.0.display()),
            })?;
            self.heard.push(place);
        }
        Ok(())
    }
}
