//! A server's process: where it listens, and how much processor time it took.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::estate::Estate;

/// A server that ends with its measurement.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Process {
    /// Ours.
    pub fn ours(estate: &Estate) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env("ASSIZE_BENCH_SERVER", estate.path("gateway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(address) = line.strip_prefix("listening on ") {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// OPA's, where its program is there.
    pub fn opa(estate: &Estate) -> Option<Self> {
        let program = std::env::var("OPA").unwrap_or_else(|_| "opa".to_owned());
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = Command::new(program)
            .args(["run", "--server", "--disable-telemetry", "--log-level", "error", "--addr", &address])
            .args([estate.path("gw.rego"), estate.path("data.json")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let process = Self { child, address };
        for _ in 0..600 {
            if TcpStream::connect(&process.address).is_ok() {
                return Some(process);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("OPA does not listen");
    }

    /// The processor time of the process so far, in microseconds.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name may hold anything; what follows its bracket does not.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        // A hundredth of a second each, on Linux.
        ticks * 10_000.0
    }
}
