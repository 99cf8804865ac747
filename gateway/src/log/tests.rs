//! What was promised to be logged is, and what cannot be is not given, or counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::queue::LogStatus;
use super::sink::Taker;
use super::{DecisionLog, Masker, Sink};
use crate::log::queue::LogWriter;
use crate::point::{Answer, Clock, Keeper, PolicySource, Question, Request};
use crate::testing;

/// What a log's server has taken, while it is there.
#[derive(Default)]
struct Taken {
    lines: Mutex<Vec<String>>,
    down: AtomicBool,
}

fn log(room: usize, required: bool) -> (DecisionLog, LogWriter, Arc<Taken>) {
    let taken = Arc::new(Taken::default());
    let there = Arc::clone(&taken);
    let take: Taker = Arc::new(move |lines: &[String]| {
        if there.down.load(Ordering::SeqCst) {
            return Err("nobody is there".to_owned());
        }
        there.lines.lock().unwrap().extend_from_slice(lines);
        Ok(())
    });
    let (log, writer) = DecisionLog::new(Sink::Test(take), room, required, Masker::new(None, &[]), "test");
    (log, writer.waiting(Duration::from_millis(1)), taken)
}

fn keeper(log: &DecisionLog) -> Keeper {
    let texts = vec![("shop.assize".to_owned(), testing::POLICIES.to_owned())];
    let source = PolicySource { texts, ..PolicySource::default() };
    let clock = Clock::Fixed(testing::START.parse().unwrap());
    let facts = Box::new(|policies: &crate::point::Policies| {
        let mut loader = policies.engine().loader();
        loader.line("x", 1, &testing::key("fresh", 3));
        Ok((loader.finish(), 0))
    });
    Keeper::start(source, crate::binding::BindingSource::default(), clock, vec![Arc::new(log.clone())], facts)
        .unwrap()
}

/// Asks by number; the answer's word.
fn ask(keeper: &Keeper, number: usize) -> &'static str {
    let fields = json!({"id": format!("u{number}"), "of": "fresh"});
    let request = Request::Fields(fields.as_object().unwrap());
    let question = Question { protocol: "test", entry: "Use", request, request_id: None, trace: None };
    let answer: Answer = keeper.point().decide(&question);
    answer.word()
}

fn numbers(taken: &Taken) -> Vec<String> {
    let lines = taken.lines.lock().unwrap();
    let id = |line: &String| {
        serde_json::from_str::<Value>(line).unwrap()["input"]["id"].as_str().unwrap().to_owned()
    };
    lines.iter().map(id).collect()
}

fn wanted(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("u{number}")).collect()
}

async fn until(log: &DecisionLog, done: impl Fn(&LogStatus) -> bool) -> LogStatus {
    for _ in 0..5_000 {
        let status = log.status();
        if done(&status) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{:?}", log.status());
}

#[tokio::test]
async fn what_finds_no_room_is_counted_and_answered_all_the_same() {
    let (log, writer, taken) = log(3, false);
    let keeper = keeper(&log);
    assert!((0..5).all(|number| ask(&keeper, number) == "allow"));
    let status = log.status();
    assert_eq!((status.waiting, status.dropped), (3, 2));
    let (end, ended) = watch::channel(false);
    let writing = tokio::spawn(writer.run(ended));
    until(&log, |status| status.written == 3 && status.waiting == 0).await;
    assert_eq!(ask(&keeper, 5), "allow");
    end.send_replace(true);
    writing.await.unwrap();
    assert_eq!(numbers(&taken), wanted([0, 1, 2, 5]));
}

#[tokio::test]
async fn where_every_answer_has_to_be_logged_what_finds_no_room_is_not_given() {
    let (log, writer, taken) = log(3, true);
    let keeper = keeper(&log);
    let said: Vec<&str> = (0..5).map(|number| ask(&keeper, number)).collect();
    assert_eq!(said, ["allow", "allow", "allow", "undetermined", "undetermined"]);
    let (end, ended) = watch::channel(false);
    end.send_replace(true);
    writer.run(ended).await;
    assert_eq!(numbers(&taken), wanted([0, 1, 2]), "exactly what was given");
}

#[tokio::test]
async fn what_was_promised_while_the_sink_was_down_is_written_once_it_is_up() {
    let (log, writer, taken) = log(10_000, true);
    let keeper = keeper(&log);
    taken.down.store(true, Ordering::SeqCst);
    let (end, ended) = watch::channel(false);
    let writing = tokio::spawn(writer.run(ended));
    let mut given = Vec::new();
    for number in 0..20 {
        if ask(&keeper, number) == "allow" {
            given.push(number);
        }
        tokio::task::yield_now().await;
    }
    until(&log, |status| !status.up).await;
    // Now it is known that nothing can be written, and nothing more is promised.
    assert_eq!(ask(&keeper, 20), "undetermined");
    let status = log.status();
    assert_eq!(status.last_error.as_deref(), Some("nobody is there"));
    taken.down.store(false, Ordering::SeqCst);
    until(&log, |status| status.up && status.waiting == 0).await;
    assert_eq!(ask(&keeper, 21), "allow");
    given.push(21);
    end.send_replace(true);
    writing.await.unwrap();
    assert!(given.len() > 1, "{given:?}");
    assert_eq!(numbers(&taken), wanted(given));
}

#[tokio::test]
async fn what_is_lost_at_the_end_is_counted() {
    let (log, writer, taken) = log(10, false);
    let keeper = keeper(&log);
    taken.down.store(true, Ordering::SeqCst);
    assert!((0..4).all(|number| ask(&keeper, number) == "allow"));
    let (end, ended) = watch::channel(false);
    let writing = tokio::spawn(writer.run(ended));
    until(&log, |status| status.failures > 0).await;
    end.send_replace(true);
    writing.await.unwrap();
    let status = log.status();
    assert_eq!((status.written, status.dropped, status.waiting), (0, 4, 0));
}
