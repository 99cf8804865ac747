//! A server on this machine, and clients that say exactly what they are told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assize_gateway::config::Address;
use assize_gateway::observe::http::Server as Observed;
use assize_gateway::point::Keeper;
use assize_gateway::server::Certificates;
use assize_gateway::{Config, Gateway};
use tokio::sync::watch;

/// Where the tests' policies and facts lie.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The configuration that most tests have.
pub const PLAIN: &str = r#"
now = "2026-06-01T00:00:00Z"

[policies]
paths = ["shop.assize"]
stdlib = false

[facts]
paths = ["shop.ndjson"]

[admission]
cluster = "prod-eu"

[authzen]
actions = ["read", "write", "delete"]

[entry.access]
request = "AccessRequest"
fields.role = "{subject.properties.role?}"
fields.status = "{resource.properties.status?}"
fields.soft = "{action.properties.soft?}"

[[listen]]
address = "127.0.0.1:0"
"#;

/// A server that runs until it is dropped.
pub struct Server {
    pub addresses: Vec<Address>,
    pub keeper: Arc<Keeper>,
    pub observed: Arc<Observed>,
    pub certificates: Vec<Arc<Certificates>>,
    end: watch::Sender<bool>,
    runtime: Option<tokio::runtime::Runtime>,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl Server {
    pub fn plain() -> Self {
        Self::of(PLAIN)
    }

    /// With a configuration whose paths are from the fixtures.
    pub fn of(config: &str) -> Self {
        Self::at(&fixtures().join("gateway.toml"), config)
    }

    pub fn at(path: &Path, config: &str) -> Self {
        let config = Config::parse(path, config).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(16 << 20)
            .enable_all()
            .build()
            .unwrap();
        let gateway = runtime.block_on(Gateway::prepare(config)).unwrap();
        let addresses = gateway.addresses().cloned().collect();
        let keeper = Arc::clone(gateway.keeper());
        let (observed, certificates) = (Arc::clone(gateway.observed()), gateway.certificates());
        let (end, told) = watch::channel(false);
        let running = Some(runtime.spawn(gateway.run(told)));
        Self { addresses, keeper, observed, certificates, end, runtime: Some(runtime), running }
    }

    /// The first address.
    pub fn tcp(&self) -> SocketAddr {
        let found = self.addresses.iter().find_map(|address| match address {
            Address::Tcp(address) => Some(*address),
            Address::Unix(_) => None,
        });
        found.unwrap()
    }

    /// Tells it to end, and waits until it has.
    pub fn end(&mut self) {
        self.end.send(true).unwrap();
        if let (Some(runtime), Some(running)) = (&self.runtime, self.running.take()) {
            runtime.block_on(running).unwrap();
        }
    }

    /// Tells it to end, and waits until nothing of it is left: the store is free then.
    pub fn gone(mut self) {
        self.end();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(20));
        }
    }

    /// Runs what has to wait.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().unwrap().block_on(future)
    }

    /// Sends a request with a body of JSON; gives back status and body, names of answers made alike.
    pub fn post(&self, path: &str, body: &str) -> String {
        self.send("POST", path, &[("Content-Type", "application/json")], body).shown()
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut stream = self.connect();
        exchange(&mut stream, method, path, headers, body)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.tcp()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One request over a connection, and its answer.
pub fn exchange(
    stream: &mut (impl Read + Write),
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: pdp.test\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(text.as_bytes());
    read(stream)
}

/// Reads an answer to its end.
pub fn read(stream: &mut impl Read) -> Reply {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// 0 where there was none.
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| {
            let (found, _) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(())
        };
        let found = self.head.lines().find(|text| line(text).is_some())?;
        found.split_once(':').map(|(_, value)| value.trim())
    }

    /// Status and body, with what differs from run to run made alike.
    pub fn shown(&self) -> String {
        format!("{} {}", self.status, alike(self.body.trim_end()))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Names of answers and of policies, made alike.
pub fn alike(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_hexdigit() && !letter.is_ascii_uppercase() {
            run.push(letter);
            continue;
        }
        match run.len() {
            32 => out.push_str("ID"),
            16 => out.push_str("REVISION"),
            _ => out.push_str(&run),
        }
        run.clear();
        out.push(letter);
    }
    out.pop();
    out
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
/// Whether a program is there; where it has to be, it is a failure if not.
pub fn program(name: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    if !found {
        assert!(std::env::var_os("ASSIZE_REQUIRE").is_none(), "`{name}` is not on the PATH");
        eprintln!("skipped: `{name}` is not on the PATH");
    }
    found
}
