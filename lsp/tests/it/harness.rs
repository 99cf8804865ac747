//! An editor over a pipe in this process. Every message of the server must be read by its test: one that
//! is left over fails it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use assize_lsp::{Estates, Options};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::runtime::Runtime;

/// A session with a server that runs on a thread of its own.
pub struct Session {
    runtime: Runtime,
    input: WriteHalf<DuplexStream>,
    output: BufReader<ReadHalf<DuplexStream>>,
    server: Option<JoinHandle<bool>>,
    /// What came while something else was waited for.
    waiting: VecDeque<Value>,
    /// What `initialize` answered.
    pub initialized: Value,
    requests: i64,
}

impl Session {
    /// A session with an editor that counts bytes, on the folder `root`.
    pub fn on(root: &Path) -> Self {
        Self::with(root, json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}))
    }

    /// A session with an editor of other capabilities.
    pub fn with(root: &Path, capabilities: Value) -> Self {
        Self::with_facts(root, capabilities, None)
    }

    /// The same with facts.
    pub fn with_facts(root: &Path, capabilities: Value, estates: Option<Arc<dyn Estates>>) -> Self {
        Self::start(root, capabilities, estates, Duration::from_millis(1))
    }

    /// The same, with texts resting as long as they do in a server that is shipped.
    pub fn as_shipped(root: &Path, capabilities: Value, estates: Option<Arc<dyn Estates>>) -> Self {
        Self::start(root, capabilities, estates, Options::default().quiet)
    }

    fn start(root: &Path, capabilities: Value, estates: Option<Arc<dyn Estates>>, quiet: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (here, there) = tokio::io::duplex(1 << 16);
        let options = Options { quiet, cache: Some(root.join(".cache")), estates };
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let (input, output) = tokio::io::split(there);
            runtime.block_on(assize_lsp::serve_with(input, output, options)).expect("a server")
        });
        let (output, input) = tokio::io::split(here);
        let mut session = Self {
            runtime,
            input,
            output: BufReader::new(output),
            server: Some(server),
            waiting: VecDeque::new(),
            initialized: Value::Null,
            requests: 0,
        };
        let folder = json!({"uri": uri(root), "name": "root"});
        session.initialized = session.request(
            "initialize",
            json!({"processId": null, "rootUri": uri(root), "workspaceFolders": [folder], "capabilities": capabilities}),
        );
        session.notify("initialized", json!({}));
        session
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request without waiting for its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.requests += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": self.requests, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        self.requests
    }

    /// Waits for the answer to a request: its result.
    pub fn answer(&mut self, id: i64) -> Value {
        let message = self.wait(|message| message["id"] == id && message.get("method").is_none());
        assert!(message.get("error").is_none(), "{message}");
        message["result"].clone()
    }

    /// Waits for the refusal of a request: its message.
    pub fn refusal(&mut self, id: i64) -> String {
        let message = self.wait(|message| message["id"] == id && message.get("method").is_none());
        message["error"]["message"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
    }

    /// Waits for the answer to a request that was called off: either it came in time or it did not.
    pub fn cancelled_or_answered(&mut self, id: i64) {
        let message = self.wait(|message| message["id"] == id && message.get("method").is_none());
        let code = message["error"]["code"].as_i64();
        assert!(code.is_none_or(|code| code == -32800), "{message}");
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Waits for a message of the server that is no answer.
    pub fn told(&mut self, method: &str) -> Value {
        self.wait(|message| message["method"] == method)
    }

    pub fn open(&mut self, uri: &str, version: i32, text: &str) {
        let document = json!({"uri": uri, "languageId": "assize", "version": version, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces the whole text.
    pub fn replace(&mut self, uri: &str, version: i32, text: &str) {
        self.change(uri, version, json!([{"text": text}]));
    }

    pub fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let params = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// Reads the diagnostics of a document up to those of `version`: earlier versions may be skipped.
    pub fn diagnostics(&mut self, uri: &str, version: i32) -> Vec<Value> {
        loop {
            let params = self.published(uri);
            let at = params["version"].as_i64().expect("a version");
            assert!(at <= i64::from(version), "{params} is newer than {version}");
            if at == i64::from(version) {
                return params["diagnostics"].as_array().expect("diagnostics").clone();
            }
        }
    }

    /// The next diagnostics of a document.
    pub fn published(&mut self, uri: &str) -> Value {
        let message = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
        });
        message["params"].clone()
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at).expect("it is there");
        }
        loop {
            let message = self.read().expect("the server has gone");
            if wanted(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        let input = &mut self.input;
        self.runtime.block_on(async {
            input.write_all(head.as_bytes()).await.expect("a pipe");
            input.write_all(body.as_bytes()).await.expect("a pipe");
        });
    }

    fn read(&mut self) -> Option<Value> {
        let output = &mut self.output;
        self.runtime.block_on(async {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if output.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                match line.trim().split_once(": ") {
                    Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                    Some(_) => {}
                    None => break,
                }
            }
            let mut body = vec![0; length];
            output.read_exact(&mut body).await.expect("a body");
            Some(serde_json::from_slice(&body).expect("JSON"))
        })
    }

    /// Ends the session as the protocol wants, and gives back what the server said and nobody read.
    fn end(&mut self) -> Vec<Value> {
        let shutdown = self.ask("shutdown", Value::Null);
        assert_eq!(self.answer(shutdown), Value::Null);
        self.notify("exit", Value::Null);
        let mut left: Vec<Value> = self.waiting.drain(..).collect();
        while let Some(message) = self.read() {
            left.push(message);
        }
        let orderly = self.server.take().expect("a server").join().expect("no panic");
        assert!(orderly, "`shutdown` was asked for");
        left
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left = self.end();
            assert!(left.is_empty(), "nobody read {left:#?}");
        }
    }
}

/// A folder with a project that does not use the library: a session on it is quick.
pub fn project() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("assize.toml"), "stdlib = false\n").expect("a file");
    root
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Where `part` first stands in a text of single-byte characters, as a position.
pub fn position(text: &str, part: &str) -> Value {
    let at = text.find(part).unwrap_or_else(|| panic!("no `{part}`"));
    let line_start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    json!({"line": text[..at].matches('\n').count(), "character": at - line_start})
}

/// The parameters of a request about a place.
pub fn place(uri: &str, position: Value) -> Value {
    json!({"textDocument": {"uri": uri}, "position": position})
}
