//! Several ways to do the same, in turns, so that whatever else the machine does bears on all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each is run before the next has its turn.
const TURN: Duration = Duration::from_millis(25);

/// One way to do it, from the case with this number on, for so long: the nanoseconds that a case took.
type Way<'a> = Box<dyn FnMut(usize, Duration) -> f64 + 'a>;

/// Several ways.
#[derive(Default)]
pub struct Rounds<'a> {
    ways: Vec<(String, Way<'a>, Vec<f64>)>,
    cases: usize,
}

impl<'a> Rounds<'a> {
    /// Over so many cases.
    pub fn over(cases: usize) -> Self {
        Self { cases, ..Self::default() }
    }

    /// Adds one: for the case with this number, something that comes out.
    pub fn add(&mut self, name: &str, mut way: impl FnMut(usize) -> bool + 'a) {
        let cases = self.cases;
        self.add_timed(name, move |mut at, long| {
            let mut done: u32 = 0;
            let start = Instant::now();
            while start.elapsed() < long {
                for _ in 0..64 {
                    black_box(way(black_box(at % cases)));
                    at += 1;
                }
                done += 64;
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(done)
        });
    }

    /// Adds one that measures by itself.
    pub fn add_timed(&mut self, name: &str, way: impl FnMut(usize, Duration) -> f64 + 'a) {
        self.ways.push((name.to_owned(), Box::new(way), Vec::new()));
    }

    /// Runs each in turns, and prints the median of what a case took, and how many times the first one's that is.
    pub fn run(mut self) {
        for round in 0..15 {
            for (_, way, times) in &mut self.ways {
                times.push(way(round * 977 % self.cases, TURN));
            }
        }
        let mut first = None;
        for (name, _, times) in &mut self.ways {
            times.sort_by(f64::total_cmp);
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let first = *first.get_or_insert(median);
            println!("  {name:<44} {median:>10.0} ns {:>8.1} ×", median / first);
        }
    }
}
