//! OPA in a process of its own (`opa/main.go`), made by Go from Debian's packages where both are there.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::corpus::Corpus;

pub struct Opa {
    /// Which OPA, by which Go.
    pub version: String,
    /// What it answered, of each request: ready, and from JSON.
    pub answers: [Vec<bool>; 2],
    child: Child,
    /// Nothing only while it is told that there is no more to do.
    questions: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Opa {
    /// OPA with all requests, or why it is left out.
    pub fn new(corpus: &Corpus) -> Result<Self, String> {
        let program = std::env::temp_dir().join(format!("assize-peers-opa-{}", std::process::id()));
        let out = build(&program).and_then(|()| Self::start(&program, corpus));
        // A process that runs holds its program.
        let _ = std::fs::remove_file(&program);
        out
    }

    fn start(program: &Path, corpus: &Corpus) -> Result<Self, String> {
        let policies = here("policies/requests.rego");
        let child = Command::new(program).arg(policies).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| error.to_string())?;
        let mut questions = child.stdin.take().expect("it is piped");
        let lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut text = format!("{}\n", corpus.requests.len());
        for request in &corpus.requests {
            text.push_str(&request.whole);
            text.push('\n');
        }
        questions.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        let mut out = Self {
            version: String::new(),
            answers: Default::default(),
            child,
            questions: Some(questions),
            lines,
        };
        out.version = out.line();
        out.answers = [(); 2].map(|()| out.line().bytes().map(|byte| byte == b'1').collect());
        Ok(out)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line of OPA's process");
        line.trim_end().to_owned()
    }

    /// Nanoseconds a request, of those from that one on, for so long.
    pub fn measure(&mut self, way: &str, at: usize, long: Duration) -> f64 {
        let questions = self.questions.as_mut().expect("it is still asked");
        writeln!(questions, "{way} {at} {}", long.as_micros()).expect("OPA's process listens");
        self.line().parse().expect("a number")
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        self.questions = None;
        let _ = self.child.wait();
    }
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Go without modules, from where Debian puts its sources, if nothing says otherwise.
fn build(program: &Path) -> Result<(), String> {
    let mut go = Command::new("go");
    go.arg("build").arg("-o").arg(program).arg(here("opa/main.go")).env("GO111MODULE", "off");
    if std::env::var_os("GOPATH").is_none() {
        go.env("GOPATH", "/usr/share/gocode");
    }
    let output = go.output().map_err(|error| format!("no `go` to make it with: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("go build: {}", said.lines().take(2).collect::<Vec<&str>>().join(" ")))
}
