//! Several ways to do the same, in turns, so that whatever else the machine does bears on all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// One way to do it: for the case with this number, something that comes out.
type Way<'a> = Box<dyn FnMut(usize) -> bool + 'a>;

/// Several ways.
#[derive(Default)]
pub struct Rounds<'a> {
    ways: Vec<(&'static str, Way<'a>, Vec<f64>)>,
}

impl<'a> Rounds<'a> {
    /// Adds one.
    pub fn add(&mut self, name: &'static str, way: impl FnMut(usize) -> bool + 'a) {
        self.ways.push((name, Box::new(way), Vec::new()));
    }

    /// Runs each for some milliseconds in turns, and prints the median of what a case took, and how many times
    /// the first one's that is.
    pub fn run(mut self, cases: usize) {
        for round in 0..15 {
            for (_, way, times) in &mut self.ways {
                let mut at = round * 977;
                let mut done: u32 = 0;
                let start = Instant::now();
                while start.elapsed() < Duration::from_millis(25) {
                    for _ in 0..64 {
                        black_box(way(black_box(at % cases)));
                        at += 1;
                    }
                    done += 64;
                }
                times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(done));
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
