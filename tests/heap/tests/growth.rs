//! What cannot be told costs what there is, and not each with each: of twice as many facts of which nobody knows how
//! they hang together, twice as much is allocated.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test that goes wrong may abort")]

use assize::facts::Instant;
use assize::{Engine, Snapshot};
use assize_heap::{Counting, counted};

#[global_allocator]
static COUNTING: Counting = Counting;

const MODEL: &str = r#"
package t
use assize.core.*

signal listing { lag 0s gap 24h loss 0% basis run }

entity Image { key id: string } closed
entity Owner { key id: string  team: string } closed
entity Pod {
  key id: string
  name: string
  live: bool
  owner: Owner inverse pods
} covered by listing
entity Container { key id: string  pod: Pod inverse containers  image: Image? } covered by listing
entity Finding { key id: string  rule: string  image: Image? } fresh for 30d closed
"#;

/// So many of each.
fn snapshot(engine: &Engine, count: usize, containers: bool) -> Snapshot {
    let mut loader = engine.loader();
    let mut line = |number: usize, fact: String| {
        let line = format!(r#"{{{fact}, "source": {{"tool": "t"}}, "observed_at": "2026-05-31T23:00:00Z"}}"#);
        loader.line("facts.ndjson", number as u64, &line);
    };
    for at in 0..count {
        line(at, format!(r#""Image": {{"id": "i{at}"}}"#));
        line(at, format!(r#""Owner": {{"id": "o{at}", "team": "t"}}"#));
        // Nobody says whose it is.
        line(at, format!(r#""Pod": {{"id": "p{at}", "name": "n{at}"}}"#));
        if containers {
            line(at, format!(r#""Container": {{"id": "c{at}", "pod": "p{at}", "image": "i{at}"}}"#));
        }
        // Every other one says of what it is.
        let image = if at % 2 == 0 { format!(r#", "image": "i{}""#, at + count) } else { String::new() };
        line(at, format!(r#""Finding": {{"id": "f{at}", "rule": "r"{image}}}"#));
    }
    loader.finish()
}

/// How much more is allocated for so many times as much.
fn growth(policy: &str, containers: bool) -> f64 {
    let engine = Engine::builder().source("t.assize", format!("{MODEL}{policy}")).build().unwrap();
    let now: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
    let [few, many] = [100, 400].map(|count| {
        let snapshot = snapshot(&engine, count, containers);
        let (allocated, evaluation) = counted(|| engine.evaluate(&snapshot, now));
        assert_eq!(evaluation.undetermined.len(), count, "{policy}");
        assert!(evaluation.undetermined.iter().all(|one| one.missing.len() + one.missing_more > 0));
        allocated
    });
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let growth = many as f64 / few as f64;
    growth
}

#[test]
fn a_join_of_which_nothing_is_known_is_asked_about_once() {
    let policy = r#"
policy p {
  for f: Finding, pod: Pod
  where f.rule == "r"
  where pod.containers.exists(c, c.image == f.image)
  decide { otherwise => alert low because "runs" }
}"#;
    for containers in [false, true] {
        let growth = growth(policy, containers);
        assert!(growth < 6.0, "{growth} times for four times as much");
    }
}

#[test]
fn what_may_be_in_any_list_is_asked_about_once() {
    for condition in [
        r#"o.pods.exists(p, p.live && p.name.startsWith("n"))"#,
        r#"!o.pods.filter(p, p.live).all(p, p.name == "n1")"#,
    ] {
        let policy =
            format!("policy p {{ for o: Owner decide {{ {condition} => alert low because \"lives\" }} }}");
        let growth = growth(&policy, false);
        assert!(growth < 6.0, "{condition}: {growth} times for four times as much");
    }
}
