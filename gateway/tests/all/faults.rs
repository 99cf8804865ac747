//! `kill -9` at any time, a disk that fills up: what was acknowledged is there, and nothing was decided by halves.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test may count, and says how it went"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use http::Method;

use crate::server::{Estate, Server, TOKEN};

/// Two facts of which each batch changes both: where they differ, half a change was decided on.
const POLICIES: &str = r#"
package shop
entity Right { key id: string  n: int } closed
entity Left { key id: string  n: int  right: Right } closed
entity Mark { key id: string } closed
policy torn { for l: Left decide { l.n != l.right.n => alert critical because "{l.n} and {l.right.n}" } }
policy there { for m: Mark decide { otherwise => alert low because "it is there" } }
"#;

/// The lines of a step of a feed.
fn step(feed: usize, number: u64) -> String {
    let at = format!("2026-06-01T{:02}:{:02}:{:02}Z", number / 3600 % 24, number / 60 % 60, number % 60);
    let tail = format!(r#""source": {{"tool": "feed{feed}"}}, "observed_at": "{at}"}}"#);
    format!(
        "{{\"Left\": {{\"id\": \"l{feed}\", \"n\": {number}, \"right\": \"r{feed}\"}}, {tail}\n\
         {{\"Mark\": {{\"id\": \"m{feed}-{number}\"}}, {tail}\n\
         {{\"Right\": {{\"id\": \"r{feed}\", \"n\": {number}}}, {tail}\n"
    )
}

/// Small, and the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Sends steps of a feed until the server is gone; how many of all were acknowledged.
fn load(address: &str, feed: usize, mut done: u64) -> u64 {
    use std::io::{Read, Write};
    loop {
        let body = step(feed, done + 1);
        let head = format!(
            "POST /v1/facts?feed=f{feed}&from={} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            done * 3,
            body.len()
        );
        let Ok(mut stream) = std::net::TcpStream::connect(address) else { return done };
        let mut answer = String::new();
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        if sent.and_then(|()| stream.read_to_string(&mut answer)).is_err()
            || !answer.starts_with("HTTP/1.1 200")
        {
            return done;
        }
        done += 1;
    }
}

/// Brings the count of acknowledged steps to what the server has, which may be one more.
fn catch_up(server: &Server, done: &mut [u64]) {
    for (feed, done) in done.iter_mut().enumerate() {
        let position = server.json(&format!("/v1/facts?feed=f{feed}"))["position"].as_u64().unwrap();
        assert_eq!(position % 3, 0, "a batch was taken by halves");
        assert!(
            position / 3 >= *done,
            "feed {feed}: {} acknowledged steps, and {position} lines are there",
            *done
        );
        assert!(position / 3 <= *done + 1, "feed {feed}: more than was sent");
        *done = position / 3;
    }
}

/// How many folders of compacted facts there are, whole ones and begun ones.
fn bases(estate: &Estate) -> usize {
    let entries = std::fs::read_dir(estate.path("state")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("base-")).count()
}

#[test]
fn whatever_kills_it_what_was_acknowledged_is_there_and_nothing_was_decided_by_halves() {
    let rounds: u64 = std::env::var("ASSIZE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let seed: u64 = std::env::var("ASSIZE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    // The log is compacted all the time: a kill may come at any step of it.
    let store = "compact_over = \"1KiB\"\ncompact_every = \"20ms\"\n";
    let estate = Estate::with_store(POLICIES, store, "[stream]\nkept = 10000000\n");
    let mut compacted = 0;
    let mut done = [0_u64; 3];
    let mut killed_at_start = 0;
    for round in 0..rounds {
        let mut server = estate.start();
        catch_up(&server, &mut done);
        if random.next(10) == 0 {
            // While it still reads what was kept.
            killed_at_start += 1;
        } else {
            let wait = Duration::from_micros(random.next(120_000));
            let (starts, address) = (done, server.address.clone());
            std::thread::scope(|scope| {
                let address = &address;
                let loads: Vec<_> = starts
                    .iter()
                    .enumerate()
                    .map(|(feed, at)| scope.spawn(move || load(address, feed, *at)))
                    .collect();
                std::thread::sleep(wait);
                server.child.kill().unwrap();
                for (load, done) in loads.into_iter().zip(&mut done) {
                    *done = load.join().unwrap();
                }
            });
        }
        drop(server);
        compacted += u64::from(bases(&estate) > 0);
        if (round + 1) % 100 == 0 {
            eprintln!("{} rounds, {} steps acknowledged", round + 1, done.iter().sum::<u64>());
        }
    }
    let server = estate.start();
    catch_up(&server, &mut done);
    let steps: u64 = done.iter().sum();
    assert!(steps > 0, "nothing was ever acknowledged");
    assert!(compacted > 0, "nothing was ever compacted");
    assert!(bases(&estate) <= 2, "what is no base any more is removed");
    let summary = &server.json("/v1/decisions?limit=0")["summary"]["by_policy"];
    assert_eq!(summary["shop.there"].as_u64().unwrap_or(0), steps, "each step that is there is decided on");
    // What was told, step by step, comes to what stands; and nothing torn was ever told.
    let mut standing = BTreeSet::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for event in server.changes(0, steps) {
        let about = if event["decision"].is_null() { &event["was"] } else { &event["decision"] };
        assert_eq!(about["policy"], "shop.there", "{event}");
        let id = about["id"].as_str().unwrap().to_owned();
        let kind = event["change"].as_str().unwrap();
        *kinds.entry(kind.to_owned()).or_default() += 1;
        assert!(kind == "made" && standing.insert(id), "told twice: {event}");
    }
    assert_eq!(standing.len() as u64, steps);
    eprintln!("{compacted} of the kills found a compacted log");
    eprintln!("{rounds} kills (seed {seed}, {killed_at_start} before any load): {steps} steps, {kinds:?}");
}

#[test]
fn a_full_disk_refuses_and_says_so_and_decisions_go_on() {
    if !crate::server::has("bash") {
        return;
    }
    let estate = Estate::new(POLICIES, "");
    let server = estate.start();
    assert_eq!(server.facts("feed=f0", &step(0, 1)).0, 200);
    drop(server);
    let kibibytes = std::fs::metadata(estate.path("state/facts.redb")).unwrap().len() / 1024;
    // No file may grow beyond what the store has now, and a little; the signal for it is turned into an error.
    let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kibibytes + 256);
    let server = estate.start_by(&["bash", "-c", &limit, "bash"]);
    let mut taken = 1;
    let started = Instant::now();
    let (status, body) = loop {
        // Random text, so that packing it does not help.
        let mut random = Random(taken + 1);
        let noise: String =
            (0..60_000).map(|_| char::from(b'a' + u8::try_from(random.next(26)).unwrap())).collect();
        let line = format!(
            "{{\"Mark\": {{\"id\": \"{noise}\"}}, \"source\": {{\"tool\": \"t\"}}, \"observed_at\": \"2026-06-01T00:00:00Z\"}}\n"
        );
        let (status, body) = server.facts("feed=big", &line);
        match status {
            200 => taken += 1,
            // That a write failed the store may notice only at the next step: whoever sends again is told why.
            503 => assert!(body["error"].as_str().unwrap().contains("a write failed"), "{body}"),
            _ => break (status, body),
        }
        assert!(taken < 2_000 && started.elapsed() < Duration::from_secs(120), "the disk never filled up");
    };
    assert_eq!(status, 507, "{body}");
    assert!(body["error"].as_str().unwrap().contains("the disk is full"), "{body}");
    let ready = server.send(Method::GET, "/health/ready", &[], "");
    assert_eq!(ready.status().as_u16(), 503);
    assert_eq!(server.send(Method::GET, "/health/live", &[], "").status().as_u16(), 200);
    let there = |server: &Server| {
        server.json("/v1/decisions?limit=0")["summary"]["by_policy"]["shop.there"].as_u64().unwrap_or(0)
    };
    assert_eq!(there(&server), taken);
    drop(server);
    // With room again everything that was acknowledged is there, and more is taken.
    let server = estate.start();
    assert_eq!(there(&server), taken);
    assert_eq!(server.facts("feed=f0&from=3", &step(0, 2)).0, 200);
}
