//! Whoever asks: connections that are kept, each asking again as soon as it is answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assize_gateway::proto::ext_authz::authorization_client::AuthorizationClient;
use assize_gateway::proto::ext_authz::{AttributeContext, CheckRequest, HttpRequest, Request};

use crate::estate::{AGENTS, TOKEN, line};
use crate::process::Process;

/// What is asked.
#[derive(Clone)]
pub enum Target {
    /// `POST` with an input, in OPA's shape.
    Data(String),
    /// As nginx and Caddy ask.
    Forward,
    /// As Envoy asks.
    Grpc,
}

impl Target {
    pub fn data(path: &str) -> Self {
        Self::Data(path.to_owned())
    }

    /// The request of a number; most are no case of any policy, as in life.
    fn http(&self, number: usize) -> String {
        let (agent, path) = (number % AGENTS, path(number));
        match self {
            Self::Data(at) => {
                let body = format!(
                    "{{\"input\": {{\"id\": \"r{number}\", \"method\": \"POST\", \"path\": \"{path}\", \"agent\": \"a{agent}\"}}}}"
                );
                format!(
                    "POST {at} HTTP/1.1\r\nhost: pdp\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Self::Forward | Self::Grpc => format!(
                "GET /v1/authz/edge HTTP/1.1\r\nhost: pdp\r\nx-forwarded-uri: {path}\r\nx-forwarded-method: POST\r\nx-agent: a{agent}\r\n\r\n"
            ),
        }
    }
}

fn path(number: usize) -> String {
    match number % 10 {
        0 => format!("/area{}/admin/{number}", number % 20),
        _ => format!("/area{}/items/{number}", number % 20),
    }
}

/// What came out; times in microseconds.
#[derive(Clone, Debug)]
pub struct Load {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    /// Of the server's process, a request.
    pub cpu: f64,
}

impl Load {
    /// Asks a server so often, after it is warm.
    pub fn run(server: &Process, target: &Target, connections: usize, requests: usize) -> Self {
        ask(&server.address, target, connections, requests / 10);
        let (cpu, begun) = (server.cpu(), Instant::now());
        let mut times = ask(&server.address, target, connections, requests);
        let took = begun.elapsed().as_secs_f64();
        let cpu = (server.cpu() - cpu) / times.len() as f64;
        times.sort_unstable();
        let micros = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e6;
        Self { per_second: times.len() as f64 / took, p50: micros(50), p99: micros(99), cpu }
    }
}

/// How long each answer took.
pub fn ask(address: &str, target: &Target, connections: usize, requests: usize) -> Vec<Duration> {
    if matches!(target, Target::Grpc) {
        return by_grpc(address, connections, requests);
    }
    let one = |place: usize| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut room = Vec::with_capacity(8 << 10);
        let numbers = (place..requests).step_by(connections);
        numbers.map(|number| exchange(&mut stream, &target.http(number), &mut room)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..connections).map(|place| scope.spawn(move || one(place))).collect();
        asking.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

fn exchange(stream: &mut TcpStream, request: &str, room: &mut Vec<u8>) -> Duration {
    let begun = Instant::now();
    stream.write_all(request.as_bytes()).unwrap();
    room.clear();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "the server hung up");
        room.extend_from_slice(&part[..read]);
        if let Some(head) = room.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let text = std::str::from_utf8(&room[..head]).unwrap().to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if room.len() >= head + 4 + length.unwrap_or(0) {
                let status = text.get(9..12).unwrap_or_default();
                assert!(status == "200" || status == "403", "{text}");
                return begun.elapsed();
            }
        }
    }
}

fn by_grpc(address: &str, connections: usize, requests: usize) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for place in 0..connections {
            let mut client = AuthorizationClient::connect(format!("http://{address}")).await.unwrap();
            tasks.spawn(async move {
                let mut times = Vec::new();
                for number in (place..requests).step_by(connections) {
                    let request = check(number);
                    let begun = Instant::now();
                    let answer = client.check(request).await.unwrap().into_inner();
                    times.push(begun.elapsed());
                    assert!([0, 7].contains(&answer.status.unwrap().code));
                }
                times
            });
        }
        tasks.join_all().await.concat()
    })
}

fn check(number: usize) -> CheckRequest {
    let headers = [("x-agent".to_owned(), format!("a{}", number % AGENTS))].into();
    let http = HttpRequest {
        id: format!("r{number}"),
        method: "POST".to_owned(),
        path: path(number),
        host: "shop.test".to_owned(),
        headers,
        size: -1,
        ..HttpRequest::default()
    };
    let request = Some(Request { time: None, http: Some(http) });
    let context_extensions = [("entry".to_owned(), "edge".to_owned())].into();
    let attributes = AttributeContext { request, context_extensions, ..AttributeContext::default() };
    CheckRequest { attributes: Some(attributes) }
}

/// The same while somebody sends facts; also how many batches a second were acknowledged.
pub fn with_updates(
    server: &Process,
    target: &Target,
    connections: usize,
    requests: usize,
    pause: Option<Duration>,
) -> (Load, f64) {
    let (over, batches) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // Also where an answer was not as expected: else the sender would never end.
        let _over = Raised(&over);
        if let Some(pause) = pause {
            let (over, batches) = (&over, &batches);
            scope.spawn(move || {
                let mut stream = TcpStream::connect(&server.address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut room = Vec::new();
                for batch in 0_usize.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let agents = (0..10).map(|one| (batch * 10 + one) % AGENTS);
                    let body: String = agents.map(|agent| line(agent, (agent + batch) % 100, batch + 1)).collect();
                    let request = format!(
                        "POST /v1/facts?feed=bench HTTP/1.1\r\nhost: pdp\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    exchange(&mut stream, &request, &mut room);
                    batches.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(pause);
                }
            });
        }
        let begun = Instant::now();
        let load = Load::run(server, target, connections, requests);
        let per_second = batches.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
        (load, per_second)
    })
}

/// Set when it goes out of scope.
struct Raised<'a>(&'a AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
