//! The server under load, beside OPA's where its program is on the `PATH` (or `OPA=…` names it).
//!
//! `cargo bench -p assize-gateway --bench serving [-- REQUESTS]`
//!
//! Processor time is the server process's own, from `/proc`: it holds on a machine that does something else as well.
//! Everything is on this machine, over connections that are kept.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a measurement that goes wrong may abort, and is there to be read"
)]

mod estate;
mod load;
mod process;

use std::time::Duration;

use assize_gateway::{Config, Gateway};
use assize_heap::{Counting, counted};
use estate::Estate;
use load::{Load, Target};
use process::Process;
use tokio::sync::watch;

#[global_allocator]
static MEMORY: Counting = Counting;

/// How many connections ask at once, each again as soon as it is answered.
const CONNECTIONS: usize = 8;

fn main() {
    if let Ok(config) = std::env::var("ASSIZE_BENCH_SERVER") {
        let config = Config::read(config.as_ref()).unwrap();
        assize_gateway::run(config, |text| println!("{text}")).unwrap();
        return;
    }
    let requests = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(20_000);
    beside(requests);
    under_updates(requests);
    growth(requests);
    allocations();
}

/// Requests a second and processor time a request, by protocol, in turns with OPA.
fn beside(requests: usize) {
    let estate = Estate::new(20);
    let ours = Process::ours(&estate);
    let opa = Process::opa(&estate);
    let mut rows = vec![
        ("assize, OPA's /v1/data", &ours, Target::data("/v1/data/Call/allow")),
        ("assize, forward-auth", &ours, Target::Forward),
        ("assize, ext_authz gRPC", &ours, Target::Grpc),
    ];
    match &opa {
        Some(opa) => rows.push(("OPA, /v1/data", opa, Target::data("/v1/data/gw/allow"))),
        None => println!("OPA is not there: nothing is put beside it"),
    }
    println!(
        "\n20 policies, 1,000 agents, {CONNECTIONS} connections, {requests} requests, the best of 3 rounds:"
    );
    println!("{:<26} {:>10} {:>10} {:>10} {:>14}", "", "requests/s", "p50", "p99", "CPU a request");
    let mut best: Vec<Option<Load>> = vec![None; rows.len()];
    for _ in 0..3 {
        for (row, best) in rows.iter().zip(&mut best) {
            let load = Load::run(row.1, &row.2, CONNECTIONS, requests);
            if best.as_ref().is_none_or(|best| load.cpu < best.cpu) {
                *best = Some(load);
            }
        }
    }
    for (row, best) in rows.iter().zip(&best) {
        let load = best.as_ref().unwrap();
        println!(
            "{:<26} {:>10.0} {:>9.0}µ {:>9.0}µ {:>13.1}µ",
            row.0, load.per_second, load.p50, load.p99, load.cpu
        );
    }
}

/// How long answers take while facts change, beside while none does.
fn under_updates(requests: usize) {
    let estate = Estate::new(20);
    let ours = Process::ours(&estate);
    let target = Target::data("/v1/data/Call/allow");
    println!("\nwhile facts change (ten lines a batch, on disk before they are acknowledged):");
    println!("{:<26} {:>10} {:>10} {:>10} {:>12}", "", "requests/s", "p50", "p99", "batches/s");
    for (name, pause) in
        [("none", None), ("one batch every 20 ms", Some(20)), ("as fast as they go", Some(0))]
    {
        let (load, batches) =
            load::with_updates(&ours, &target, CONNECTIONS, requests, pause.map(Duration::from_millis));
        println!(
            "{name:<26} {:>10.0} {:>9.0}µ {:>9.0}µ {batches:>12.0}",
            load.per_second, load.p50, load.p99
        );
    }
}

/// What more policies cost.
fn growth(requests: usize) {
    println!("\nprocessor time a request, by the number of policies (/v1/data):");
    for policies in [1, 20, 200, 1_000] {
        let estate = Estate::new(policies);
        let target = Target::data("/v1/data/Call/allow");
        let load = Load::run(&Process::ours(&estate), &target, CONNECTIONS, requests);
        let opa = Process::opa(&estate).map(|opa| {
            let target = Target::data("/v1/data/gw/allow");
            Load::run(&opa, &target, CONNECTIONS, requests.min(5_000)).cpu
        });
        let opa = opa.map(|cpu| format!(", OPA {cpu:.1}µ")).unwrap_or_default();
        println!("{policies:>6} policies: {:.1}µ{opa}", load.cpu);
    }
}

/// How often memory is asked for, a request, on the thread that serves; the decision itself asks for none.
fn allocations() {
    let estate = Estate::new(20);
    let asked = |target: &Target, requests: usize| -> u64 {
        let config = Config::read(&estate.path("gateway.toml")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let gateway = runtime.block_on(Gateway::prepare(config)).unwrap();
        let address = gateway.addresses().next().unwrap().to_string();
        let (end, ended) = watch::channel(false);
        let target = target.clone();
        let client = std::thread::spawn(move || {
            load::ask(&address, &target, 1, requests);
            end.send_replace(true);
        });
        let (asked, ()) = counted(|| runtime.block_on(gateway.run(ended)));
        client.join().unwrap();
        asked
    };
    println!("\nallocations a request:");
    for (name, target) in [
        ("/v1/data", Target::data("/v1/data/Call/allow")),
        ("forward-auth", Target::Forward),
        ("ext_authz gRPC", Target::Grpc),
    ] {
        let (few, many) = (asked(&target, 1_000), asked(&target, 11_000));
        println!("{name:<16} {:.1}", many.saturating_sub(few) as f64 / 10_000.0);
    }
}
