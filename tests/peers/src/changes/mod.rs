//! Facts that change, one by one and in batches: what has to be said of it, and when.

mod estate;
mod flow;
mod ours;

use std::time::{Duration, Instant};

use estate::{Change, Estate};

/// An engine that is told of changes and knows what holds.
trait Engine {
    /// Takes in one change, not yet acted on.
    fn take(&mut self, change: Change);
    /// Acts on what was taken in.
    fn commit(&mut self);
    /// How many cases of each of the three policies hold.
    fn standing(&mut self) -> [usize; 3];
}

/// Prints what a change costs each engine, with so many findings and what belongs to them.
pub fn measure(findings: u32) {
    let estate = Estate::of(findings);
    println!("facts that change: {} facts, 3 policies", estate.total());
    let (ours, first) = run("assize", estate, |estate| ours::Ours::new(estate));
    let (flow, second) = timely::execute_directly(move |worker| {
        run("differential-dataflow 0.26", estate, |estate| flow::Flow::new(worker, estate))
    });
    assert_eq!(first, second, "both know the same in the end");
    println!(
        "  differential-dataflow / assize: one change {:.2} ×, batches of 1,000 {:.2} ×",
        flow.0 / ours.0,
        flow.1 / ours.1
    );
}

/// Loads, changes, and prints; what one change takes, alone and in a batch, and what holds in the end.
fn run<E: Engine>(name: &str, estate: Estate, load: impl FnOnce(Estate) -> E) -> ((f64, f64), [usize; 3]) {
    let start = Instant::now();
    let mut engine = load(estate);
    let loaded = start.elapsed();
    let mut times: Vec<Duration> = Vec::new();
    let mut changes = estate.changes();
    for change in changes.by_ref().take(20_000) {
        let start = Instant::now();
        engine.take(change);
        engine.commit();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let share = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e6;
    let mut batches: Vec<f64> = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        changes.by_ref().take(1_000).for_each(|change| engine.take(change));
        engine.commit();
        batches.push(start.elapsed().as_secs_f64() * 1e6 / 1e3);
    }
    batches.sort_by(f64::total_cmp);
    println!(
        "  {name:<28} loaded and decided {:>8.0} ms; one change p50 {:.2} µs, p99 {:.1} µs; of 1,000 {:.2} µs",
        loaded.as_secs_f64() * 1e3,
        share(0.5),
        share(0.99),
        batches[5],
    );
    ((share(0.5), batches[5]), engine.standing())
}
