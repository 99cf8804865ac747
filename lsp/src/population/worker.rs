//! The thread that counts.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assize::{Engine, Halt, Indexed};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::count::Count;
use super::lab::Lab;
use super::{Estates, case};

/// Room for deeply nested texts, in bytes.
const STACK: usize = 32 * 1024 * 1024;
/// How long the counts of one wish may take.
const BUDGET: Duration = Duration::from_secs(5);

/// A text that changed: its path, what it says, whether it is a library's.
pub(crate) type Text = (String, Option<String>, bool);

/// What there is to do.
pub(crate) enum Job {
    /// Texts of a project as they are now; `fresh` is all of them.
    Texts { project: PathBuf, texts: Vec<Text>, fresh: bool },
    /// The policies of these files are looked at: each with whether it is saved.
    Count { project: PathBuf, files: Vec<(String, bool)>, halt: Halt },
    /// A file is on disk as it is.
    Saved { project: PathBuf, path: String },
    /// Other facts, or the project's own.
    Choose { project: PathBuf, facts: Option<PathBuf> },
    /// Somebody waits for an answer.
    Answer { project: PathBuf, wish: Wish, reply: oneshot::Sender<Result<Value, String>> },
}

/// What somebody waits for.
pub(crate) enum Wish {
    /// Why a policy decides what it does about a fact.
    Explain { policy: String, key: String },
    /// A case as a test.
    Draft { policy: String, key: String },
    /// Whether a test comes true.
    Test { path: String, name: String },
}

/// What was counted, by project and policy.
type Counts = BTreeMap<PathBuf, (BTreeMap<String, Count>, Option<String>)>;

/// The main loop's side of the thread.
#[derive(Debug)]
pub(crate) struct Lenses {
    jobs: Sender<Job>,
    counts: Arc<Mutex<Counts>>,
    halt: Halt,
}

impl Lenses {
    /// Starts the thread; `news` is called when there are new counts, and `busy` when facts are read.
    pub(crate) fn start(
        estates: Arc<dyn Estates>,
        news: impl Fn() + Send + 'static,
        busy: impl Fn(bool) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, received) = channel();
        let counts = Arc::new(Mutex::new(Counts::new()));
        let shared = Arc::clone(&counts);
        let (guard, guarded) = channel();
        std::thread::Builder::new().name("assize-watchdog".to_owned()).spawn(move || watch(&guarded))?;
        std::thread::Builder::new().name("assize-lenses".to_owned()).stack_size(STACK).spawn(move || {
            let worker = Worker { labs: BTreeMap::new(), estates, counts: shared, news, busy, guard };
            worker.run(&received);
        })?;
        Ok(Self { jobs, counts, halt: Halt::default() })
    }

    pub(crate) fn send(&self, job: Job) {
        // A thread that has ended counts no more, and nothing else depends on it.
        let _ended = self.jobs.send(job);
    }

    /// What is being counted is not asked for any more.
    pub(crate) fn call_off(&mut self) {
        self.halt.set();
        self.halt = Halt::default();
    }

    /// A sign for the next wish.
    pub(crate) fn halt(&self) -> Halt {
        self.halt.clone()
    }

    /// What a policy was last counted to come to.
    pub(crate) fn count(&self, project: &Path, policy: &str) -> Option<Count> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(project)?.0.get(policy).cloned()
    }

    /// Why there are no counts of a project, or what the facts are.
    pub(crate) fn note(&self, project: &Path) -> Option<String> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(project)?.1.clone()
    }
}

/// Calls off what takes longer than its budget.
fn watch(guarded: &Receiver<Option<Halt>>) {
    let mut current: Option<Halt> = None;
    loop {
        let next = match &current {
            None => guarded.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => guarded.recv_timeout(BUDGET),
        };
        match next {
            Ok(halt) => current = halt,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(halt) = current.take() {
                    halt.set();
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Worker<N, B> {
    labs: BTreeMap<PathBuf, Lab>,
    estates: Arc<dyn Estates>,
    counts: Arc<Mutex<Counts>>,
    news: N,
    busy: B,
    guard: Sender<Option<Halt>>,
}

impl<N: Fn(), B: Fn(bool)> Worker<N, B> {
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match jobs.recv() {
                    Ok(job) => waiting.push_back(job),
                    Err(_) => return,
                }
            }
            waiting.extend(jobs.try_iter());
            let Some(job) = waiting.pop_front() else { continue };
            // A wish that a later one replaces is not begun.
            if let Job::Count { project, halt, .. } = &job
                && waiting
                    .iter()
                    .any(|later| matches!(later, Job::Count { project: of, .. } if of == project))
            {
                halt.set();
            }
            // A mistake costs what was asked, and the project begins anew.
            let place = job.project().clone();
            let failed = catch_unwind(AssertUnwindSafe(|| self.take(job))).is_err();
            if let Some(lab) = self.labs.get_mut(&place).filter(|_| failed) {
                lab.forget();
            }
        }
    }

    fn lab(&mut self, project: &Path) -> &mut Lab {
        let estates = &self.estates;
        self.labs
            .entry(project.to_owned())
            .or_insert_with(|| Lab::new(project.to_owned(), Arc::clone(estates)))
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Texts { project, texts, fresh } => {
                if fresh {
                    self.labs.remove(&project);
                }
                self.lab(&project).put(&texts);
            }
            Job::Saved { project, path } => self.lab(&project).mark_saved(&path),
            Job::Choose { project, facts } => {
                self.lab(&project).choose(facts);
                self.tell(&project, None, None);
            }
            Job::Count { project, files, halt } => self.count(&project, &files, &halt),
            Job::Answer { project, wish, reply } => {
                let answer = self.answer(&project, &wish);
                // Nobody waits for what was called off.
                let _called_off = reply.send(answer);
            }
        }
    }

    fn engine(&mut self, project: &Path) -> Result<(Engine, Indexed), String> {
        let reads = self.lab(project).has_to_read();
        if reads {
            (self.busy)(true);
        }
        let found = self.lab(project).engine();
        if reads {
            (self.busy)(false);
        }
        found
    }

    fn count(&mut self, project: &Path, files: &[(String, bool)], halt: &Halt) {
        if halt.is_set() {
            return;
        }
        let (engine, facts) = match self.engine(project) {
            Ok(found) => found,
            Err(why) => return self.tell(project, None, Some(why)),
        };
        let _gone = self.guard.send(Some(halt.clone()));
        let lab = self.lab(project);
        lab.tidy();
        let note = lab.name().map(str::to_owned);
        let mut found = BTreeMap::new();
        let mut names = Vec::new();
        for (path, saved) in files {
            for policy in lab.policies(path) {
                if let Some(count) = lab.count(&engine, &facts, &policy, *saved, halt) {
                    names.push(count.policy.clone());
                    found.insert(count.policy.clone(), count);
                }
            }
        }
        self.tell(project, Some(found), note);
        // Cases take longer than counts: they come when the counts are there.
        let mut cases = BTreeMap::new();
        for name in names {
            if let Some(count) = self.lab(project).exemplify(&engine, &facts, &name, halt) {
                cases.insert(name, count);
            }
        }
        if !cases.is_empty() {
            let note = self.lab(project).name().map(str::to_owned);
            self.tell(project, Some(cases), note);
        }
        let _gone = self.guard.send(None);
    }

    /// Adds counts to what is known of a project; none takes all of it away.
    fn tell(&self, project: &Path, found: Option<BTreeMap<String, Count>>, note: Option<String>) {
        let changed = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let known = counts.entry(project.to_owned()).or_default();
            let before = known.clone();
            match found {
                Some(found) => known.0.extend(found),
                None => known.0.clear(),
            }
            known.1 = note;
            *known != before
        };
        if changed {
            (self.news)();
        }
    }

    fn answer(&mut self, project: &Path, wish: &Wish) -> Result<Value, String> {
        match wish {
            Wish::Explain { policy, key } => {
                let (engine, facts) = self.engine(project)?;
                let why =
                    engine.explain_indexed(&facts, policy, &[key]).map_err(|error| error.to_string())?;
                Ok(json!({"policy": policy, "anchor": key, "text": why.to_string()}))
            }
            Wish::Draft { policy, key } => {
                let (engine, facts) = self.engine(project)?;
                let why =
                    engine.explain_indexed(&facts, policy, &[key]).map_err(|error| error.to_string())?;
                Ok(
                    json!({"policy": policy, "anchor": key, "text": case::test(&engine.program().schema, &why)}),
                )
            }
            Wish::Test { path, name } => {
                let report = self.lab(project).test(path, name)?;
                let failures = report.failures.iter().map(|failure| {
                    json!({
                        "start": failure.span.start, "end": failure.span.end,
                        "expected": failure.expected, "got": failure.got,
                        "without_coverage": failure.without_coverage,
                    })
                });
                Ok(json!({
                    "test": name, "passed": report.passed(), "expectations": report.expectations,
                    "failures": failures.collect::<Vec<_>>(),
                }))
            }
        }
    }
}

impl Job {
    const fn project(&self) -> &PathBuf {
        match self {
            Self::Texts { project, .. }
            | Self::Count { project, .. }
            | Self::Saved { project, .. }
            | Self::Choose { project, .. }
            | Self::Answer { project, .. } => project,
        }
    }
}
