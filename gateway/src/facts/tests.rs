//! What is answered is on disk, what is on disk is decided on, and nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assize::Evaluation;
use redb::StorageBackend;
use redb::backends::FileBackend;
use tokio::sync::watch;

use super::sent::Way;
use super::upkeep::{Rules, Upkeep};
use super::{Answer, BodyLimits, Checked, Disk, Intake, Log, Refused, Sent, StoreError};
use crate::point::{Keeper, PolicySource};
use crate::stream::outbox::Outbox;
use crate::stream::teller::{self, Told};
use crate::testing;

/// Where a disk can be made to fail.
#[derive(Debug)]
struct Failing {
    inner: FileBackend,
    full: Arc<AtomicBool>,
    /// Fails once everything is written, when it is to be made durable.
    late: Arc<AtomicBool>,
}

impl Failing {
    fn room(&self) -> std::io::Result<()> {
        if self.full.load(Ordering::SeqCst) { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl StorageBackend for Failing {
    fn len(&self) -> std::io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.room()?;
        self.inner.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.inner.sync_data()?;
        if self.late.swap(false, Ordering::SeqCst) {
            Err(std::io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.room()?;
        self.inner.write(offset, data)
    }
}

pub(super) struct Bench {
    pub(super) folder: tempfile::TempDir,
    full: Arc<AtomicBool>,
    late: Arc<AtomicBool>,
}

/// A server, as far as facts go.
pub(super) struct Server {
    pub(super) keeper: Arc<Keeper>,
    pub(super) intake: Intake,
    outbox: Outbox,
    told: Arc<Told>,
    runtime: tokio::runtime::Runtime,
    end: watch::Sender<bool>,
}

impl Server {
    pub(super) fn take(&self, sent: Sent) -> Result<Answer, Refused> {
        self.intake.take_blocking(sent)
    }

    pub(super) fn stands(&self) -> Evaluation {
        self.keeper.evaluation()
    }

    /// Waits until so many changes were told since the server began.
    fn told(&self, wanted: u64) {
        for _ in 0..5_000 {
            let changes = self.told.changes();
            if [changes.made, changes.changed, changes.withdrawn, changes.lost].iter().sum::<u64>() >= wanted
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("{:?} was told of {wanted} changes", self.told);
    }

    pub(super) fn stop(self) {
        self.intake.stop();
        self.end.send_replace(true);
        drop(self.runtime);
    }
}

impl Bench {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), full: Arc::default(), late: Arc::default() }
    }

    fn disk(&self) -> Disk {
        let (full, late) = (Arc::clone(&self.full), Arc::clone(&self.late));
        let file = self.folder.path().join("facts.redb");
        let open = move || {
            let file =
                std::fs::File::options().read(true).write(true).create(true).truncate(false).open(&file);
            let inner = FileBackend::new(file.map_err(redb::StorageError::from)?)?;
            let failing = Failing { inner, full: Arc::clone(&full), late: Arc::clone(&late) };
            redb::Database::builder().create_with_backend(failing)
        };
        Disk::with(&self.folder.path().join("facts.redb"), Box::new(open)).unwrap()
    }

    pub(super) fn server(&self) -> Server {
        let disk = Arc::new(self.disk());
        let outbox = Outbox::new(Arc::clone(&disk), 10_000).unwrap();
        let log = Log::new(disk).unwrap();
        let texts = vec![("shop.assize".to_owned(), testing::POLICIES.to_owned())];
        let source = PolicySource { texts, ..PolicySource::default() };
        let kept = log.clone();
        let keeper = Keeper::start(
            source,
            crate::binding::BindingSource::default(),
            crate::point::Clock::Fixed(testing::START.parse().unwrap()),
            Vec::new(),
            Box::new(move |policies| {
                let mut loader = policies.engine().loader();
                loader.line("seed", 1, &testing::key("seeded", 100));
                let last = kept.stands(&mut |file, number, line| loader.line(file, number, line)).unwrap();
                Ok((loader.finish(), last))
            }),
        );
        let keeper = Arc::new(keeper.unwrap());
        let last = keeper.snapshot().1;
        let intake = Intake::start(Arc::clone(&keeper), log, last, None).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let (end, ended) = watch::channel(false);
        let told = Arc::new(Told::default());
        runtime.spawn(teller::run(Arc::clone(&keeper), outbox.clone(), Arc::clone(&told), ended));
        Server { keeper, intake, outbox, told, runtime, end }
    }
}

fn sent(feed: &str, from: Option<u64>, key: Option<&str>, lines: &[String]) -> Sent {
    let checked =
        Checked::read(&testing::engine(), lines.join("\n").as_bytes(), BodyLimits::default()).unwrap();
    Sent { feed: feed.to_owned(), from, key: key.map(str::to_owned), checked, note: None, way: Way::Add }
}

pub(super) fn anchors(evaluation: &Evaluation) -> Vec<String> {
    let mut out: Vec<String> = evaluation.decisions.iter().map(|one| one.anchor.keys().concat()).collect();
    out.sort();
    out
}

#[test]
fn what_was_answered_stands_again_when_the_server_does() {
    let bench = Bench::new();
    let server = bench.server();
    let lines = [testing::key("a", 200), "{\"nonsense\": 1}".to_owned(), testing::key("b", 100)];
    let answer = server.take(sent("ci", Some(0), None, &lines)).unwrap();
    assert_eq!((answer.position, answer.taken, answer.rejected), (3, 3, 1));
    assert_eq!(answer.rejects[0].line, 2);
    let before = server.stands();
    assert_eq!(anchors(&before), ["a", "b", "seeded"]);
    server.told(3);
    let told = server.outbox.latest();
    server.stop();

    let server = bench.server();
    assert_eq!(before, server.stands());
    server.take(sent("ci", Some(3), None, &[testing::key("c", 200)])).unwrap();
    server.told(1);
    assert_eq!(server.outbox.latest(), told + 1, "nothing is told twice");
}

#[test]
fn what_changed_before_it_could_be_told_is_told_by_the_next_server() {
    let bench = Bench::new();
    let server = bench.server();
    server.told(1);
    // Whoever tells is gone; who takes facts in is not.
    server.end.send(true).unwrap();
    server.take(sent("ci", None, None, &[testing::key("a", 200)])).unwrap();
    server.stop();
    let server = bench.server();
    server.told(1);
    let (events, _) = server.outbox.after(1, 10).unwrap();
    assert_eq!(events.iter().map(|event| event.change.as_str()).collect::<Vec<_>>(), ["made"]);
}

#[test]
fn what_is_sent_again_is_not_taken_again() {
    let bench = Bench::new();
    let server = bench.server();
    let [a, b, c] = ["a", "b", "c"].map(|id| testing::key(id, 100));
    let take = |one: Sent| server.take(one);
    let short = |answer: Answer| (answer.position, answer.taken, answer.repeated, answer.again);
    let two = [a, b.clone()];
    assert_eq!(short(take(sent("x", Some(0), Some("k1"), &two)).unwrap()), (2, 2, 0, false));
    // By the key, by the position, and by a position in the midst.
    assert_eq!(short(take(sent("x", Some(0), Some("k1"), &two)).unwrap()), (2, 2, 0, true));
    assert_eq!(short(take(sent("x", Some(0), None, &two)).unwrap()), (2, 0, 2, false));
    assert_eq!(short(take(sent("x", Some(1), None, &[b, c.clone()])).unwrap()), (3, 1, 1, false));
    // Another feed is at its own beginning.
    assert_eq!(
        short(take(sent("y", Some(0), Some("k1"), std::slice::from_ref(&c))).unwrap()),
        (1, 1, 0, false)
    );
    assert_eq!(take(sent("x", None, Some("k1"), std::slice::from_ref(&c))).unwrap_err(), Refused::KeyReused);
    let gap = take(sent("x", Some(9), None, &[c])).unwrap_err();
    assert_eq!(gap.to_string(), "the feed `x` stands at 3, and these lines begin at 9: send from 3 on");
    assert!(matches!(take(sent("a b", None, None, &two)).unwrap_err(), Refused::Name { what: "feed", .. }));
    assert_eq!(take(sent("x", None, None, &[])).unwrap().taken, 0);
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let bench = Bench::new();
    let server = bench.server();
    server.take(sent("x", Some(0), None, &[testing::key("a", 100)])).unwrap();
    server.told(2);
    bench.full.store(true, Ordering::SeqCst);
    let many: Vec<String> = (0..2_000).map(|number| testing::key(&format!("many{number}"), 100)).collect();
    for _ in 0..2 {
        let refused = server.take(sent("x", Some(1), None, &many)).unwrap_err();
        assert!(matches!(refused, Refused::Store(StoreError::Full { .. })), "{refused:?}");
        assert_eq!(anchors(&server.stands()), ["a", "seeded"], "decisions go on, on what is on disk");
    }
    assert_eq!(server.intake.status().failed, 2);
    assert!(server.intake.status().store_failure.unwrap().contains("the disk is full"));
    bench.full.store(false, Ordering::SeqCst);
    let answer = server.take(sent("x", Some(1), None, &many)).unwrap();
    assert_eq!((answer.position, answer.taken), (2_001, 2_000));
    assert_eq!(server.intake.status().store_failure, None);
    assert_eq!(server.stands().decisions.len(), 2_002);
    server.told(2_002);
    let told = server.outbox.latest();
    server.stop();
    let server = bench.server();
    assert_eq!((server.stands().decisions.len(), server.outbox.latest()), (2_002, told));
}

#[test]
fn a_write_that_went_through_though_it_seemed_to_fail_is_a_repetition() {
    let bench = Bench::new();
    let server = bench.server();
    server.take(sent("x", Some(0), None, &[testing::key("a", 100)])).unwrap();
    server.told(2);
    bench.late.store(true, Ordering::SeqCst);
    let lines = [testing::key("b", 100)];
    server.take(sent("x", Some(1), None, &lines)).unwrap_err();
    let answer = server.take(sent("x", Some(1), None, &lines)).unwrap();
    // Either way it is there once.
    assert_eq!((answer.position, answer.taken + answer.repeated), (2, 1));
    let answer = server.take(sent("x", Some(2), None, &[testing::key("c", 100)])).unwrap();
    assert_eq!(answer.position, 3);
    assert_eq!(anchors(&server.stands()), ["a", "b", "c", "seeded"]);
}

fn upkeep(server: &Server, keep: Option<Duration>) -> Upkeep {
    let rules = Rules { keep, ..Rules::default() };
    Upkeep::new(server.intake.clone(), Arc::clone(&server.keeper), rules)
}

/// The folders next to the store that hold facts.
fn bases(bench: &Bench) -> Vec<String> {
    let entries = std::fs::read_dir(bench.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "facts.redb").collect();
    names.sort();
    names
}

#[test]
fn what_is_compacted_is_decided_on_as_before_and_goes_on() {
    let bench = Bench::new();
    let server = bench.server();
    let nonsense = "no fact at all".to_owned();
    server
        .take(sent(
            "ci",
            Some(0),
            Some("k"),
            &[testing::key_at("a", 200, "2026-05-31T00:00:00Z"), nonsense, testing::key("b", 100)],
        ))
        .unwrap();
    let later = testing::key("a", 10);
    server.take(sent("ci", Some(3), None, &[later, testing::key("c", 100)])).unwrap();
    let before = server.stands();
    for round in 0..3 {
        let done = upkeep(&server, None).compact().unwrap();
        assert_eq!(done.lines, 4, "round {round}");
        // What is no fact stays where it is.
        assert_eq!(server.intake.log().batches().unwrap(), 1);
        assert_eq!((server.intake.log().since_base(), bases(&bench).len()), (0, 1), "round {round}");
    }
    server.told(2);
    let told = server.outbox.latest();
    server.stop();

    let server = bench.server();
    assert_eq!(before, server.stands());
    // Positions and keys are known as before, and what comes is numbered on.
    let again = server.take(sent("ci", Some(0), Some("k"), &[testing::key("x", 1)]));
    assert_eq!(again.unwrap_err(), Refused::KeyReused);
    assert_eq!(server.take(sent("ci", Some(5), None, &[testing::key("d", 200)])).unwrap().position, 6);
    assert_eq!(anchors(&server.stands()), ["b", "c", "d", "seeded"]);
    server.told(1);
    assert_eq!(server.outbox.latest(), told + 1, "nothing is told twice");
    upkeep(&server, None).compact().unwrap();
    server.stop();
    assert_eq!(anchors(&bench.server().stands()), ["b", "c", "d", "seeded"]);
}

#[test]
fn a_compaction_that_fails_changes_nothing_and_what_it_left_is_removed() {
    let bench = Bench::new();
    let server = bench.server();
    server.take(sent("ci", None, None, &[testing::key("a", 200)])).unwrap();
    bench.full.store(true, Ordering::SeqCst);
    let error = upkeep(&server, None).compact().unwrap_err();
    // The store says either, by whether it noticed at once.
    assert!(error.contains("the disk is full") || error.contains("a write failed"), "{error}");
    bench.full.store(false, Ordering::SeqCst);
    assert_eq!(bases(&bench).len(), 1, "it was written, and never named");
    std::fs::create_dir(bench.folder.path().join(".base-9.new-1")).unwrap();
    server.intake.log().tidy();
    assert!(bases(&bench).is_empty());
    assert_eq!(anchors(&server.stands()), ["a", "seeded"]);
    server.stop();
    assert_eq!(anchors(&bench.server().stands()), ["a", "seeded"]);
}

#[test]
fn what_is_older_than_is_kept_goes_and_so_do_old_keys() {
    let bench = Bench::new();
    let server = bench.server();
    let fresh = super::clock::wall().to_string();
    server.take(sent("ci", None, Some("k"), &[testing::key_at("old", 200, "2001-01-01T00:00:00Z")])).unwrap();
    server.take(sent("ci", None, None, &[testing::key_at("new", 200, &fresh)])).unwrap();
    let year = Duration::from_secs(365 * 86_400);
    assert_eq!(upkeep(&server, Some(year)).compact().unwrap().lines, 1);
    // At once, not only after the next start.
    assert!(!anchors(&server.stands()).contains(&"old".to_owned()));
    let used = |server: &Server| server.intake.log().used("ci", "k").unwrap().is_some();
    upkeep(&server, None).look();
    assert!(used(&server), "it is younger than a week");
    server.intake.log().forget_keys(super::clock::wall()).unwrap();
    assert!(!used(&server));
}

#[test]
fn a_feed_that_says_everything_anew_takes_back_what_it_says_no_more() {
    let bench = Bench::new();
    let server = bench.server();
    let anew = |ids: &[&str]| {
        let lines: Vec<String> = ids.iter().map(|id| testing::key(id, 200)).collect();
        Sent { way: Way::Anew, ..sent("scan", None, None, &lines) }
    };
    server.take(anew(&["a", "b"])).unwrap();
    server.take(sent("other", None, None, &[testing::key("b", 200), testing::key("o", 200)])).unwrap();
    assert_eq!(anchors(&server.stands()), ["a", "b", "o", "seeded"]);
    server.take(anew(&["c"])).unwrap();
    // What another says as well stays.
    assert_eq!(anchors(&server.stands()), ["b", "c", "o", "seeded"]);
    let grown = Sent { way: Way::Grow, ..sent("scan", None, None, &[testing::key("d", 200)]) };
    assert_eq!(server.take(grown).unwrap().position, 4);
    let refused = server.take(sent("scan", None, None, &[testing::key("e", 200)])).unwrap_err();
    assert_eq!(refused, Refused::Whole("scan".to_owned()));
    let refused = server.take(Sent { feed: "other".to_owned(), ..anew(&["e"]) }).unwrap_err();
    assert_eq!(refused, Refused::Added("other".to_owned()));
    let before = server.stands();
    upkeep(&server, None).compact().unwrap();
    assert_eq!(server.intake.log().batches().unwrap(), 2, "the superseded batch is gone, the others stay");
    server.stop();
    let server = bench.server();
    assert_eq!(before, server.stands());
    server.take(anew(&[])).unwrap();
    assert_eq!(anchors(&server.stands()), ["b", "o", "seeded"]);
    server.stop();
    assert_eq!(anchors(&bench.server().stands()), ["b", "o", "seeded"]);
}
