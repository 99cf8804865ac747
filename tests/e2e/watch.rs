//! `assize watch`: what is written shows up, and nothing waits longer than it must.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Sandbox, binary, command};

/// How long anything may take before the test has failed; it waits no longer than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

const FACTS: &str = "examples/quickstart/facts.ndjson";
const POLICY: &str = "examples/quickstart/idle_key.assize";

/// A running `assize watch`, ended with the test.
struct Watch {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Watch {
    fn start(sandbox: &Sandbox, args: &str) -> Self {
        let mut command = command(binary().as_ref());
        command.args(["watch"]).args(args.split_whitespace()).current_dir(sandbox.path(""));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, out, err }
    }

    /// On the quickstart, a change a line, and ready.
    fn quickstart(sandbox: &Sandbox, more: &str) -> Self {
        let watch = Self::start(sandbox, &format!("-C examples/quickstart --format ndjson {more}"));
        watch.hears("watching 1 policy");
        watch
    }

    /// The next change: what became of whom.
    #[track_caller]
    fn change(&self) -> (String, Value) {
        let line = self.out.recv_timeout(PATIENCE).expect("no change came");
        let json: Value = serde_json::from_str(&line).unwrap();
        let of = if json["decision"].is_null() { &json["was"] } else { &json["decision"] };
        let gist = format!("{} {}", json["change"].as_str().unwrap(), of["anchor"]["secret"]["Key"]);
        (gist, json)
    }

    /// Waits until standard error says it; gives back the line.
    #[track_caller]
    fn hears(&self, word: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while let Ok(line) = self.err.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(word) {
                return line;
            }
            heard.push(line);
        }
        panic!("never said `{word}`: {heard:#?}");
    }

    /// Ctrl-C; the summary.
    #[track_caller]
    fn end(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let summary = self.hears("watched for");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        assert_eq!(self.out.recv_timeout(PATIENCE).ok(), None, "a change that nobody waited for");
        summary
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The lines of a stream as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn append(sandbox: &Sandbox, file: &str, text: &str) {
    let mut file = std::fs::File::options().append(true).open(sandbox.path(file)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn key(id: &str) -> Value {
    let fields =
        json!({"id": id, "owner": "nobody", "created_at": "2024-01-01T00:00:00Z", "account": "main"});
    json!({"Key": fields, "source": {"tool": "inventory"}, "observed_at": "2026-06-01T11:59:00Z"})
}

#[test]
fn lines_that_are_added_are_read_as_they_come() {
    let sandbox = Sandbox::with("examples/quickstart");
    let watch = Watch::quickstart(&sandbox, "");
    append(&sandbox, FACTS, &format!("{}\n", key("forgotten")));
    let (gist, json) = watch.change();
    assert_eq!((gist.as_str(), &json["by"]), ("made \"forgotten\"", &json!({"fact": {"Key": "forgotten"}})));
    // A line in two pieces is one line; one that does not fit is said, and the next one is read.
    let used = json!({"Use": {"id": "u9", "secret": "forgotten", "at": "2026-06-01T11:59:30Z"}, "source": {"tool": "key-log"}, "observed_at": "2026-06-01T11:59:30Z"}).to_string();
    let (first, rest) = used.split_at(40);
    append(&sandbox, FACTS, &format!("{{\"Key\": {{}}}}\n{first}"));
    let said = watch.hears("rejected");
    assert!(said.contains("facts.ndjson: line 7"), "{said}");
    append(&sandbox, FACTS, &format!("{rest}\n"));
    assert_eq!(watch.change().0, "withdrawn \"forgotten\"");
    assert!(watch.end().contains("1 made, 0 changed, 1 withdrawn, 0 lost"));
}

#[test]
fn policies_that_are_edited_take_their_place_unless_they_are_wrong() {
    let sandbox = Sandbox::with("examples/quickstart");
    let watch = Watch::quickstart(&sandbox, "");
    let policy = sandbox.read(POLICY);
    sandbox.write(POLICY, policy.replace("!used   => revoke", "!used   => revok"));
    watch.hears("the former policies stay in force");
    append(&sandbox, FACTS, &format!("{}\n", key("forgotten")));
    assert_eq!(watch.change().0, "made \"forgotten\"");
    // Only a threshold is another: nobody listened for that long.
    sandbox.write(POLICY, policy.replace("duration = 45d in 1d..400d", "duration = 400d in 1d..4000d"));
    let mut changed: Vec<String> = (0..2)
        .map(|_| watch.change())
        .map(|(gist, json)| {
            assert_eq!(json["by"], json!({"policy": "quickstart.idle_key"}));
            gist
        })
        .collect();
    changed.sort();
    insta::assert_snapshot!(changed.join("\n"), @r#"
    changed "forgotten"
    changed "old-backup"
    "#);
    watch.end();
}

#[test]
fn the_clock_changes_what_it_changes_at_its_instant() {
    let sandbox = Sandbox::with("examples/quickstart");
    // The evidence that `old-backup` rests on ends at 12:13; the clock begins two seconds before.
    let watch = Watch::quickstart(&sandbox, "--now 2026-06-01T12:12:58Z");
    let (gist, json) = watch.change();
    assert_eq!(gist, "changed \"old-backup\"");
    assert_eq!(json["at"], "2026-06-01T12:13:00.000001Z");
    assert_eq!(json["by"], json!({"instant": "2026-06-01T12:13:00.000001Z"}));
    watch.end();
}

#[test]
fn a_file_that_is_another_is_read_again() {
    let sandbox = Sandbox::with("examples/quickstart");
    let watch = Watch::quickstart(&sandbox, "--initial");
    let mut first = [watch.change().0, watch.change().0];
    first.sort();
    assert_eq!(first, ["made \"lab-printer\"", "made \"old-backup\""]);
    let facts = sandbox.read(FACTS);
    let kept = facts
        .lines()
        .filter(|line| !line.contains("old-backup"))
        .fold(String::new(), |all, line| all + line + "\n");
    sandbox.write(FACTS, kept);
    watch.hears("all facts are read again");
    watch.hears("1 line of the former facts are gone");
    assert_eq!(watch.change().0, "withdrawn \"old-backup\"");
    // It is gone for a moment, as where a log is rotated: what was read stays.
    std::fs::remove_file(sandbox.path(FACTS)).unwrap();
    watch.hears("the former ones stay in force");
    sandbox.write(FACTS, facts);
    assert_eq!(watch.change().0, "made \"old-backup\"");
    watch.end();
}

#[test]
fn text_is_for_people_and_a_wrong_beginning_ends_it() {
    let sandbox = Sandbox::with("examples/quickstart");
    let watch = Watch::start(&sandbox, "-C examples/quickstart");
    watch.hears("watching 1 policy");
    append(&sandbox, FACTS, &format!("{}\n", key("forgotten")));
    let first = watch.out.recv_timeout(PATIENCE).unwrap();
    assert!(first.starts_with("MADE (1) ---"), "{first}");
    drop(watch);
    let policy = sandbox.read(POLICY);
    sandbox.write(POLICY, policy.replace("!used   => revoke", "!used   => revok"));
    sandbox.run("watch -C examples/quickstart").expect(2);
    sandbox.write(POLICY, policy);
    sandbox.run("watch -C examples/quickstart --facts nowhere.ndjson").expect(2);
}

#[test]
fn of_a_feed_what_facts_name_is_loaded_and_more_once_they_name_more() {
    let sandbox = Sandbox::new();
    let finding = |id: u32| {
        let fields = json!({"id": format!("f{id}"), "rule": format!("CVE-2026-000{id}")});
        json!({"Finding": fields, "source": {"tool": "scanner"}, "observed_at": "2026-06-01T11:59:00Z"})
    };
    let scores = "#model_version:v2025.03.14,score_date:2026-06-01T00:00:00Z\ncve,epss,percentile\n\
                  CVE-2026-0001,0.25,0.8\nCVE-2026-0002,0.1,0.2\nCVE-2026-0003,0.1,0.2\n";
    let policy = "package p\n\nuse nhi.model.*\n\npolicy likely {\n  for v: Vulnerability\n  \
                  decide { otherwise => alert low because \"{v.id}: {v.epss}\" }\n}\n";
    sandbox.write("p/in/a-epss.csv", scores).write("p/in/b.ndjson", format!("{}\n", finding(1)));
    sandbox.write("p/p.assize", policy).write(
        "p/assize.toml",
        "policies = [\"p.assize\"]\nnow = \"2026-06-01T12:00:00Z\"\nfacts = [{ path = \"in\" }]\n",
    );
    let watch = Watch::start(&sandbox, "-C p --format ndjson --initial");
    watch.hears("scores of vulnerabilities that no fact names are left out: 2");
    watch.hears("watching");
    let next = || loop {
        let (_, json) = watch.change();
        if json["decision"]["policy"] == "p.likely" {
            return json["decision"]["because"].as_str().unwrap().to_owned();
        }
    };
    assert_eq!(next(), "CVE-2026-0001: 0.25");
    append(&sandbox, "p/in/b.ndjson", &format!("{}\n", finding(2)));
    watch.hears("names vulnerabilities that a feed was not asked for; all facts are read again");
    assert_eq!(next(), "CVE-2026-0002: 0.1");
}
