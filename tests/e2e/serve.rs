//! The decision point as a process: its configuration checked, its signals, and an agent's hook.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::{Sandbox, binary, command};

const POLICIES: &str = r#"
package shop

entity Agent { key id: string  frozen: bool } closed

request ToolCall { key id: string  agent: Agent  tool: string  on_behalf_of: string? }

policy tools {
  for call: ToolCall
  decide {
    call.agent.frozen => block call because "{call.agent.id} is frozen"
    call.tool == "crm/delete" => block call because "nobody deletes"
    call.tool == "crm/export" => alert high because "an export for {call.on_behalf_of}"
    unknown => alert low because "cannot tell: {missing}"
  }
}
"#;

const FACTS: &str = r#"{"Agent": {"id": "a1", "frozen": false}, "source": {"tool": "test"}, "observed_at": "2026-06-01T00:00:00Z"}
"#;

const CONFIG: &str = r#"
[policies]
paths = ["shop.assize"]
stdlib = false

[facts]
paths = ["facts.ndjson"]

[[listen]]
address = "127.0.0.1:0"
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("shop.assize", POLICIES).write("facts.ndjson", FACTS).write("gateway.toml", CONFIG);
    sandbox
}

#[test]
fn a_configuration_is_checked_before_it_is_served() {
    let sandbox = sandbox();
    let run = sandbox.run("config check gateway.toml").expect(0);
    assert!(run.stderr.contains("gateway.toml: fine; entries: ToolCall, shop.ToolCall"), "{}", run.stderr);
    for (from, to, says) in [
        ("stdlib", "stdlibb", "wrong.toml:4:1: unknown key `stdlibb`, expected one of `paths`"),
        ("shop.assize", "gone.assize", "gone.assize: No such file"),
        ("127.0.0.1:0", "0.0.0.0:0", "is reached from other machines, and nobody has to say who he is"),
        ("[facts]", "[entry.x]\nrequest = \"Call\"\n[facts]", "entry `x`: no request type `Call`"),
    ] {
        sandbox.write("wrong.toml", CONFIG.replacen(from, to, 1));
        let check = sandbox.run("config check wrong.toml").expect(2);
        assert!(check.stderr.contains(says), "{says} in {}", check.stderr);
        let serve = sandbox.run("serve --config wrong.toml").expect(2);
        assert!(serve.stderr.contains(says), "{says} in {}", serve.stderr);
    }
}

/// A server that ends with its test.
struct Serving {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start(sandbox: &Sandbox) -> Self {
        let mut command = command(Path::new(binary()));
        command.args(["serve", "--config", "gateway.toml"]).current_dir(sandbox.path(""));
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines }
    }

    /// Reads what it says until it says this; gives back the rest of that line.
    fn says(&mut self, words: &str) -> String {
        let mut said = String::new();
        loop {
            let before = said.len();
            assert!(self.lines.read_line(&mut said).unwrap() > 0, "`{words}` is not in {said}");
            if let Some((_, rest)) = said[before..].split_once(words) {
                return rest.trim().to_owned();
            }
        }
    }

    fn signal(&self, name: &str) {
        let mut kill = command(Path::new("kill"));
        assert!(kill.args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

#[test]
fn a_server_answers_reloads_and_ends_when_it_is_told_to() {
    let sandbox = sandbox();
    let mut serving = Serving::start(&sandbox);
    let address = serving.says("listening on ");
    serving.says("entries: ToolCall, shop.ToolCall");
    let ask = || {
        let body = r#"{"input": {"agent": "a1", "tool": "crm/read"}}"#;
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = "POST /v1/data/ToolCall/allow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.contains("\"result\":true")
    };
    assert!(ask());
    sandbox.write("shop.assize", POLICIES.replace("\"crm/delete\"", "7"));
    serving.signal("-HUP");
    serving.says("the former policies stand: the policies do not compile");
    assert!(ask());
    sandbox.write("shop.assize", POLICIES.replace("\"crm/delete\"", "\"crm/read\""));
    serving.signal("-HUP");
    serving.says("are in force");
    assert!(!ask());
    serving.signal("-TERM");
    serving.says("ending");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_hook_is_allowed_asked_about_denied_or_stopped() {
    let sandbox = sandbox();
    let hook = |agent: &str, input: &str| {
        let args = format!(
            "decide --hook --agent {agent} -f facts.ndjson -p shop.assize --no-stdlib --now 2026-06-01T00:00:00Z"
        );
        let run = sandbox.run_with(&args, &[], Some(input.as_bytes()));
        if run.code == 0 {
            let answer = run.json();
            let answer = &answer["hookSpecificOutput"];
            return format!("{} {}", answer["permissionDecision"], answer["permissionDecisionReason"]);
        }
        assert!(run.stdout.is_empty(), "{}", run.stdout);
        format!("{} {}", run.code, run.stderr.trim())
    };
    let call = |tool: &str| {
        format!(r#"{{"hook_event_name": "PreToolUse", "tool_name": "{tool}", "tool_input": {{}}}}"#)
    };
    let shown = [
        hook("a1", &call("mcp__crm__read")),
        hook("a1", &call("mcp__crm__export")),
        hook("a1", &call("mcp__crm__delete")),
        hook("stranger", &call("mcp__crm__read")),
        hook("a1", "{}"),
        hook("a1", "{"),
        hook("a1", r#"{"hook_event_name": "PostToolUse", "tool_name": "x"}"#),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    "allow" ""
    "ask" "an export for none"
    "deny" "nobody deletes"
    2 error: cannot tell whether it may: `frozen` of Agent `stranger` was not collected
    2 error: standard input: `tool_name` is missing
    2 error: standard input: this is not JSON (line 1, column 1)
    2 error: standard input: only `PreToolUse` is answered: any other hook comes too late to stop a tool
    "#);
    sandbox.write("shop.assize", POLICIES.replace("\"crm/delete\"", "7"));
    assert!(
        hook("a1", &call("mcp__crm__read")).starts_with("2 "),
        "what does not compile could be what blocks"
    );
}
