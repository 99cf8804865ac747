//! Which files are there, other, or gone, and what of them is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Moment;

use assize::facts::Instant;
use assize_ingest::{Context, SiteKey};
use serde::Serialize;

use super::known::{Known, Sign, feed, hash};
use super::{FEED, MOST, Pace, Source};
use crate::facts::{Checked, Intake, Sent, StoreError, clock, read, sent::Way};
use crate::point::Keeper;

/// How many files are shown one by one.
const SHOWN: usize = 200;

/// A file, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// Its source.
    pub source: String,
    /// Where it lies.
    pub path: PathBuf,
    /// The feed of its facts.
    pub feed: String,
    /// What it was taken for, where it was ever read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// How many facts it says.
    pub lines: u64,
    /// How many records could not be read.
    pub rejected: u64,
    /// When it was read last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Instant>,
    /// Why what it says now is not taken: what it said before stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How files are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FilesStatus {
    /// How many there are.
    pub files: u64,
    /// How many of them cannot be read.
    pub unreadable: u64,
    /// How often one was read.
    pub reads: u64,
    /// Sources that cannot be looked at, and why.
    pub errors: BTreeMap<String, String>,
    /// The files, those that cannot be read first.
    pub shown: Vec<FileStatus>,
}

/// A file that is followed.
#[derive(Debug, Default)]
struct File {
    known: Known,
    /// Its sign when it was read last.
    read: Option<Sign>,
    /// What is there in place of what was read.
    other: Option<Other>,
    /// When it was tried last.
    tried: Option<Moment>,
    /// Whether anything of it is in the store.
    stored: bool,
    when: Option<Instant>,
    error: Option<String>,
}

/// A file that is not as it was when it was read.
#[derive(Clone, Copy, Debug)]
struct Other {
    /// As it is now; none where it is gone.
    sign: Option<Sign>,
    /// Since when it is so.
    since: Moment,
    /// Since when it is other than it was.
    first: Moment,
}

/// All sources, and what was read of them.
#[derive(Debug)]
pub struct Files {
    sources: Vec<(Source, Context, String)>,
    pace: Pace,
    intake: Intake,
    keeper: Arc<Keeper>,
    /// By source and path.
    files: Mutex<BTreeMap<(String, PathBuf), File>>,
    /// Why the disk cannot be listened to.
    deaf: Mutex<Option<String>>,
    status: Mutex<FilesStatus>,
}

impl Files {
    /// Follows these sources; what the store remembers of them is what they said last.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read.
    pub fn new(
        sources: Vec<Source>,
        pace: Pace,
        key: &SiteKey,
        intake: Intake,
        keeper: Arc<Keeper>,
    ) -> Result<Self, StoreError> {
        let mut files = BTreeMap::new();
        for (name, of) in
            intake.log().feeds()?.into_iter().filter(|(name, of)| name.starts_with(FEED) && of.position > 0)
        {
            let source =
                name.strip_prefix(FEED).and_then(|rest| rest.split_once(':')).map(|(source, _)| source);
            let noted = intake.log().meta(&name)?;
            let known: Option<Known> = noted.and_then(|noted| serde_json::from_slice(&noted).ok());
            if let (Some(source), Some(known)) = (source, known) {
                let when = Some(Instant(of.received));
                let key = (source.to_owned(), known.path.clone());
                files.insert(key, File { stored: known.lines > 0, known, when, ..File::default() });
            }
        }
        let sources = sources.into_iter().map(|source| {
            let context = source.context(key);
            let how = format!(
                "{} {:?}",
                source.tool,
                (&source.cluster, &source.repo, &source.account, &source.visibility, &source.instance)
            );
            (source, context, hash(how.as_bytes()))
        });
        let sources = sources.collect();
        Ok(Self {
            sources,
            pace,
            intake,
            keeper,
            files: Mutex::new(files),
            deaf: Mutex::default(),
            status: Mutex::default(),
        })
    }

    /// Whether there is anything to follow, or to take back.
    #[must_use]
    pub fn has_any(&self) -> bool {
        !self.sources.is_empty() || !self.files.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Where changes are to be listened for: folders, and whether all below them.
    #[must_use]
    pub fn places(&self) -> Vec<(PathBuf, bool)> {
        let place = |(source, _, _): &(Source, Context, String)| {
            let path = &source.path;
            if path.is_dir() {
                return (path.clone(), true);
            }
            let fixed = read::fixed(path);
            if fixed == *path {
                // What is written anew under the same name is another file.
                let above = path.parent().filter(|above| !above.as_os_str().is_empty());
                return (above.unwrap_or(Path::new(".")).to_owned(), false);
            }
            (fixed, true)
        };
        self.sources.iter().map(place).collect()
    }

    /// Looks at all files, and takes what is new. Whether some are to be looked at again soon. Blocks.
    pub fn look(&self) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut errors = BTreeMap::new();
        let mut there: BTreeSet<(String, PathBuf)> = BTreeSet::new();
        // What cannot be looked at is not gone.
        let mut unseen = BTreeSet::new();
        for (source, _, _) in &self.sources {
            match read::files(&source.path) {
                Ok(found) => there.extend(found.into_iter().map(|path| (source.name.clone(), path))),
                Err(error) => {
                    unseen.insert(source.name.clone());
                    errors.insert(source.name.clone(), error);
                }
            }
        }
        for key in &there {
            files.entry(key.clone()).or_default();
        }
        let (mut soon, mut reads) = (false, 0_u64);
        for (key, file) in files.iter_mut().filter(|(key, _)| !unseen.contains(&key.0)) {
            let sign = if there.contains(key) { Sign::of(&key.1) } else { None };
            match self.due(file, sign) {
                Due::No => {}
                Due::Soon => soon = true,
                Due::Now => {
                    reads = reads.saturating_add(1);
                    let done = match sign {
                        Some(sign) => self.read(key, file, sign),
                        None => self.gone(key, file),
                    };
                    file.error = done.err();
                    (file.read, file.other, file.tried) = (sign, None, Some(Moment::now()));
                }
            }
        }
        files.retain(|key, file| there.contains(key) || file.stored || unseen.contains(&key.0));
        self.show(&files, errors, reads);
        soon
    }

    fn due(&self, file: &mut File, sign: Option<Sign>) -> Due {
        if sign.is_some() && sign == file.read {
            file.other = None;
            // A file that could not be read may be readable though nobody wrote to it: rights, a full disk.
            let again = file.error.is_some() && file.tried.is_none_or(|at| at.elapsed() >= self.pace.every);
            return if again { Due::Now } else { Due::No };
        }
        if sign.is_none() && !file.stored {
            return Due::No;
        }
        if sign.is_some_and(|sign| file.read.is_none() && sign.is_quiet(self.pace.quiet)) {
            return Due::Now;
        }
        let now = Moment::now();
        let other = file.other.get_or_insert(Other { sign, since: now, first: now });
        if other.sign != sign {
            (other.sign, other.since) = (sign, now);
        }
        let quiet = self.pace.quiet;
        // One that is always written to is read in between.
        let settled = other.since.elapsed() >= quiet || other.first.elapsed() >= quiet.saturating_mul(10);
        if settled { Due::Now } else { Due::Soon }
    }

    /// Takes what a file says.
    fn read(&self, key: &(String, PathBuf), file: &mut File, sign: Sign) -> Result<(), String> {
        let (name, path) = key;
        let Some((source, context, how)) = self.sources.iter().find(|(source, _, _)| source.name == *name)
        else {
            return Ok(());
        };
        if sign.length() > MOST {
            let most = MOST >> 20;
            return Err(format!("{}: it is longer than {most} MiB; make a snapshot of it", path.display()));
        }
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let snapshot = path.is_dir();
        let content = if snapshot { path.join(assize_snapshots::MANIFEST) } else { path.clone() };
        let bytes = std::fs::read(content).map_err(failed)?;
        let digest = hash(&bytes);
        if file.known.bytes == digest && file.known.how == *how {
            return Ok(());
        }
        let mut text = String::new();
        let mut each = |_: u64, line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        let found = if snapshot {
            read::file(path, &source.tool, context, &mut each)?
        } else {
            let (name, context) = (path.display().to_string(), read::dated(path, context));
            let read = read::input(bytes.as_slice(), &name, &source.tool, &context, &mut each);
            read.map_err(|error| format!("{name}: {error}"))?
        };
        // Lines of facts are whole, however many more come; of anything else a part may be something else.
        if found.kind != "facts" && Sign::of(path) != Some(sign) {
            return Err(format!("{}: it was written to while it was read", path.display()));
        }
        if found.kind == "facts" && !bytes.ends_with(b"\n") {
            drop_half(&mut text);
        }
        // A tool that found nothing has said so; a file of facts without any has said nothing.
        if text.is_empty() && found.kind == "facts" {
            return Err(format!("{}: it holds no facts", path.display()));
        }
        let known = Known {
            path: path.clone(),
            bytes: digest,
            lines: u64::try_from(text.lines().count()).unwrap_or(u64::MAX),
            said: hash(text.as_bytes()),
            kind: found.kind,
            rejected: found.rejected,
            how: how.clone(),
        };
        let grown = if file.stored && file.known.how == *how { file.known.prefix(&text) } else { None };
        let (way, new) = match grown {
            Some(end) => (Way::Grow, text.get(end..).unwrap_or_default()),
            None => (Way::Anew, text.as_str()),
        };
        self.send(key, way, new, &known)?;
        (file.stored, file.known, file.when) = (known.lines > 0, known, Some(clock::wall()));
        Ok(())
    }

    /// Takes back what a file said that is not there any more.
    fn gone(&self, key: &(String, PathBuf), file: &mut File) -> Result<(), String> {
        let known = Known { path: key.1.clone(), ..Known::default() };
        self.send(key, Way::Anew, "", &known)?;
        (file.known, file.stored, file.when) = (known, false, Some(clock::wall()));
        Ok(())
    }

    fn send(
        &self,
        (source, path): &(String, PathBuf),
        way: Way,
        lines: &str,
        known: &Known,
    ) -> Result<(), String> {
        let feed = feed(source, path);
        let engine = self.keeper.point().standing().policies().engine().clone();
        let checked = Checked::of_lines(&engine, (1..).zip(lines.lines()));
        let note = serde_json::to_vec(known).map_err(|error| error.to_string())?;
        let note = Some((feed.clone(), note));
        let sent = Sent { feed, from: None, key: None, checked, note, way };
        self.intake.take_blocking(sent).map(drop).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn show(&self, files: &BTreeMap<(String, PathBuf), File>, errors: BTreeMap<String, String>, reads: u64) {
        let mut shown: Vec<FileStatus> = files
            .iter()
            .map(|((source, path), file)| FileStatus {
                source: source.clone(),
                path: path.clone(),
                feed: feed(source, path),
                kind: file.known.kind.clone(),
                lines: file.known.lines,
                rejected: file.known.rejected,
                read: file.when,
                error: file.error.clone(),
            })
            .collect();
        shown.sort_by_key(|file| file.error.is_none());
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.files = count(shown.len());
        status.unreadable = count(shown.iter().filter(|file| file.error.is_some()).count());
        status.reads = status.reads.saturating_add(reads);
        status.errors = errors;
        let deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner).clone();
        status.errors.extend(deaf.map(|reason| ("(the disk)".to_owned(), reason)));
        shown.truncate(SHOWN);
        status.shown = shown;
    }

    /// How they are.
    #[must_use]
    pub fn status(&self) -> FilesStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says why the disk cannot be listened to: then changes are found by looking, later.
    pub(super) fn deaf(&self, reason: Option<String>) {
        *self.deaf.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    pub(super) const fn pace(&self) -> Pace {
        self.pace
    }
}

enum Due {
    No,
    Soon,
    Now,
}

/// Leaves out a last line that is only half written: no part of an object is one.
fn drop_half(text: &mut String) {
    let last = text.trim_end_matches('\n');
    let begin = last.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let half = last.get(begin..).is_some_and(|line| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_err()
    });
    if half {
        text.truncate(begin);
    }
}
