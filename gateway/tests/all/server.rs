//! A server to be tested: its folder, its process, and a client.

#![expect(clippy::print_stderr, reason = "a test may count, and says how it went")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assize_gateway::client::Client;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The server itself, where a test has started this binary to be it.
#[test]
fn child() {
    let Ok(config) = std::env::var("ASSIZE_TEST_SERVER") else { return };
    let config = assize_gateway::Config::read(Path::new(&config)).unwrap();
    let told = assize_gateway::run(config, |text| eprintln!("{text}"));
    if let Err(error) = told {
        eprintln!("error: {error}");
    }
}

/// Who may write.
pub const TOKEN: &str = "a-token-of-the-tests-that-is-long-enough";

/// A folder with a configuration.
pub struct Estate {
    pub folder: tempfile::TempDir,
}

impl Estate {
    pub fn new(policies: &str, more: &str) -> Self {
        Self::with_store(policies, "", more)
    }

    /// The same with more said of the store.
    pub fn with_store(policies: &str, store: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("shop.assize", policies);
        put("writers", &format!("{TOKEN}\n"));
        put(
            "gateway.toml",
            &format!(
                "[policies]\npaths = [\"shop.assize\"]\nstdlib = false\n[store]\npath = \"state\"\n{store}\
                 [auth]\nwriters = \"writers\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n{more}"
            ),
        );
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a server, and waits until it listens.
    pub fn start(&self) -> Server {
        self.start_by(&[])
    }

    /// The same by another program, which is given what to run.
    pub fn start_by(&self, through: &[&str]) -> Server {
        let own = std::env::current_exe().unwrap();
        let own = own.to_str().unwrap();
        let words: Vec<&str> = through
            .iter()
            .copied()
            .chain([own, "--exact", "server::child", "--nocapture", "--test-threads=1"])
            .collect();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .env("ASSIZE_TEST_SERVER", self.path("gateway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            said.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some(address) = line.strip_prefix("listening on ") {
                break address.to_owned();
            }
            assert!(!line.starts_with("error: "), "{line}");
        };
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async { Client::new(Duration::from_secs(60), None).unwrap() });
        Server { child, address, said, runtime, client }
    }
}

/// A process that serves.
pub struct Server {
    pub child: Child,
    pub address: String,
    pub said: Arc<Mutex<String>>,
    runtime: Runtime,
    client: Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    pub fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Method::GET, path, &[], "")
    }

    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert!(answer.status().is_success(), "{path}: {} {:?}", answer.status(), answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
        self.try_send(method, path, headers, body).unwrap()
    }

    pub fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Response<Bytes>, String> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        self.runtime.block_on(self.client.send(request, 256 << 20)).map_err(|error| error.to_string())
    }

    /// Sends lines; what is answered.
    pub fn facts(&self, query: &str, lines: &str) -> (u16, Value) {
        let bearer = format!("Bearer {TOKEN}");
        let answer =
            self.send(Method::POST, &format!("/v1/facts?{query}"), &[("authorization", &bearer)], lines);
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// All changes after a number, as far as they are told by now.
    pub fn changes(&self, after: u64, wanted: u64) -> Vec<Value> {
        let latest = || self.json("/v1/server")["latest_change"].as_u64().unwrap();
        for _ in 0..500 {
            if latest() >= wanted {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let last = latest();
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let request = format!("GET /v1/decisions/stream?after={after} HTTP/1.1\r\nhost: x\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut out = Vec::new();
        if last > after {
            for line in BufReader::new(stream).lines() {
                if let Some(data) = line.unwrap().strip_prefix("data: ") {
                    let event: Value = serde_json::from_str(data).unwrap();
                    let id = event["id"].as_u64();
                    out.push(event);
                    if id == Some(last) {
                        break;
                    }
                }
            }
        }
        out
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

/// Whether a program is there; where tests must not skip, it has to be.
pub fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    assert!(found || std::env::var_os("ASSIZE_REQUIRE").is_none(), "`{program}` is not there");
    if !found {
        eprintln!("skipped: `{program}` is not there");
    }
    found
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
