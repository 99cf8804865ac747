//! The engine beside other engines, in one process and one run: `cargo run --release -- [requests|changes|scan] [size]`.
//!
//! All decide the same things by the same policies, which is asserted before anything is measured. What holds
//! from one machine to another is how many times longer one takes than another, in one run.

mod changes;
mod numbers;
mod requests;
mod rounds;
mod scan;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = |usual: u32| arguments.get(1).and_then(|size| size.parse().ok()).unwrap_or(usual);
    let wanted = |name: &str| arguments.first().is_none_or(|only| only == name);
    if wanted("requests") {
        requests::measure(size(16_384));
    }
    if wanted("changes") {
        changes::measure(size(100_000));
    }
    if wanted("scan") {
        scan::measure(size(100_000));
    }
}
