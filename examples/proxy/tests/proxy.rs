//! The proxy from outside, over HTTP: what passes, what is stopped, and files that change meanwhile.

#![expect(clippy::unwrap_used, reason = "a test that goes wrong may abort")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A service that answers with the head of what it was asked.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|length| length > 2) {}
    let length = head.len();
    let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{head}");
}

/// A proxy in a folder of its own.
struct Proxy {
    folder: tempfile::TempDir,
    process: Child,
    address: SocketAddr,
    news: Mutex<Receiver<String>>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Proxy {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        for file in ["policies/gate.assize", "facts.ndjson"] {
            std::fs::copy(own.join(file), folder.path().join(file)).unwrap();
        }
        let mut process = Command::new(env!("CARGO_BIN_EXE_assize-example-proxy"))
            .args(["127.0.0.1:0", &upstream().to_string(), "policies", "facts.ndjson"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on ").unwrap().parse().unwrap();
        let (told, news) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        Self { folder, process, address, news: Mutex::new(news) }
    }

    /// The status, and the body.
    fn ask(&self, method: &str, path: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{headers}\r\n")
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
        (status, reply.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    fn by(&self, client: &str, method: &str, path: &str) -> (u16, String) {
        self.ask(method, path, &format!("x-client: {client}\r\n"))
    }

    /// Changes a file, whole.
    fn change(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.folder.path().join(file);
        let new = self.folder.path().join("new");
        std::fs::write(&new, change(std::fs::read_to_string(&path).unwrap())).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    /// Waits until it says something that begins so.
    fn hears(&self, beginning: &str) {
        loop {
            let line = self.news.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
            if line.starts_with(beginning) {
                return;
            }
        }
    }
}

/// Says that it is over, also where a test goes wrong.
struct Ends<'o>(&'o AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const GATE: &str = "policies/gate.assize";

#[test]
fn requests_pass_are_stopped_or_cannot_be_told() {
    let proxy = Proxy::start();
    let (status, seen) = proxy.by("shop", "POST", "/orders?all=1");
    assert!(status == 200 && seen.starts_with("POST /orders?all=1 HTTP/1.1\r\n"), "{status} {seen}");
    assert_eq!(proxy.by("old-shop", "GET", "/orders"), (403, "old-shop is frozen\n".to_owned()));
    assert_eq!(proxy.by("crawler", "POST", "/orders"), (403, "crawler may only read\n".to_owned()));
    let (status, why) = proxy.by("nobody", "GET", "/orders");
    assert!(status == 503 && why.starts_with("cannot tell who calls: "), "{status} {why}");
    assert_eq!(proxy.ask("GET", "/orders", "").0, 503);
    // An obligation goes along, and nobody else can say it.
    let audited = |seen: String| seen.contains("x-audit: full");
    assert!(audited(proxy.by("shop", "GET", "/admin/users").1));
    assert!(!audited(proxy.ask("GET", "/orders", "x-client: shop\r\nx-audit: full\r\n").1));
    for path in ["/orders/../admin/users", "//admin/users", "/%61dmin/users", "/admin;a/users"] {
        assert_eq!(proxy.by("shop", "GET", path).0, 400, "{path}");
    }
}

#[test]
fn files_change_under_requests() {
    let proxy = Proxy::start();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _ends = Ends(&over);
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Whatever changes, this is decided the same all the time.
                    assert_eq!(proxy.by("shop", "GET", "/orders").0, 200);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        assert_eq!(proxy.by("crawler", "GET", "/").0, 200);
        proxy.change("facts.ndjson", |facts| {
            let crawler =
                facts.lines().nth(1).unwrap().replace("false", "true").replace("00:00:00Z", "01:00:00Z");
            facts + &crawler + "\nno fact\n"
        });
        proxy.hears("facts: facts.ndjson: line 5: not JSON");
        proxy.hears("facts: read again");
        assert_eq!(proxy.by("crawler", "GET", "/").0, 403);

        // One whose own test fails, one that does not compile: the former ones stay.
        proxy.change(GATE, |text| text.replace("call.client.frozen =>", "!call.client.frozen =>"));
        proxy.hears("policies: the former ones stay: 1 of the policies' own tests failed");
        proxy.hears("policies/gate.assize:48: `who is frozen, and who only reads`");
        assert_eq!(proxy.by("old-shop", "GET", "/").0, 403);
        proxy.change(GATE, |text| text.replace("!call.client.frozen =>", "call.client.frosen =>"));
        proxy.hears("policies: the former ones stay: 1 error(s) in the policies");
        assert_eq!(proxy.by("old-shop", "GET", "/").0, 403);

        // One that passes, then one with another type of fact.
        proxy.change(GATE, |text| {
            let shut = "call.client.frozen || call.path == \"/shut\" =>";
            text.replace("call.client.frosen =>", shut)
        });
        proxy.hears("policies: replaced");
        assert_eq!(proxy.by("shop", "GET", "/shut"), (403, "shop is frozen\n".to_owned()));
        proxy.change(GATE, |text| text.replace("  writes: bool\n", "  writes: bool\n  team: string?\n"));
        proxy.hears("policies: replaced");
        assert_eq!(proxy.by("crawler", "GET", "/").0, 403);
    });
    assert!(asked.load(Ordering::Relaxed) > 0);
}

/// The commands of the README, on addresses of this test.
#[test]
fn the_readme_says_what_happens() {
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var_os("ASSIZE_REQUIRE").is_none(), "no curl, and ASSIZE_REQUIRE is set");
        return skip();
    }
    let proxy = Proxy::start();
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let start = "cargo run -p assize-example-proxy -- 127.0.0.1:8080 127.0.0.1:9000 examples/proxy/policies examples/proxy/facts.ndjson &";
    assert!(readme.contains(start));
    let mut commands = 0;
    for line in readme.lines().filter(|line| line.starts_with("curl ")) {
        let (command, expected) = line.split_once("   # ").unwrap();
        let command = command.replace("127.0.0.1:8080", &proxy.address.to_string());
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), expected, "{line}");
        commands += 1;
    }
    assert_eq!(commands, 4);
}

#[expect(clippy::print_stderr, reason = "a skip has to be seen")]
fn skip() {
    eprintln!("skipped: no curl here");
}
