//! A recorded session, replayed: `cargo bench -p assize-lsp`.
//!
//! Two thousand files of policies; a policy is typed letter by letter, and for each letter it is measured how long its
//! diagnostics take, and how long what can be completed there. Then a policy is edited above a hundred thousand facts,
//! until its counts are there. Times are those of an editor: from a message to the answer, over a pipe.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a measurement"
)]

#[path = "../tests/it/harness.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod harness;
#[path = "../../lang/benches/front/texts.rs"]
#[expect(dead_code, reason = "the benchmark of the front end uses the rest")]
mod texts;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assize::Engine;
use assize_lang::plan::Program;
use assize_lsp::{Estates, Opened};
use harness::{Session, place, uri};
use serde_json::{Value, json};

const FILES: usize = 2_000;
const FACTS: u64 = 100_000;

/// What is typed.
const TYPED: &str = "
/// A token that nobody used for long, of an account that may do much.
policy typed_0000 {
  for t: Token
  where t.state == TokenState.active && t.account.rights.size() > 3
  let used = t.uses.exists(u, u.at > now - 30d)
  decide {
    !used => revoke t by quarantine because \"{t.id} of {t.account.name}\"
    unknown => alert low because \"{missing}\"
  }
}
";

fn main() {
    // `cargo bench` gives flags that say nothing here.
    typing();
    counting();
    println!("memory at the most: {} MB", most_memory());
}

fn typing() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("assize.toml"), "stdlib = false\n").expect("a file");
    for (path, text) in texts::project(FILES) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let (path, before) = texts::policy_file(0);
    let file = uri(&root.path().join(path));
    let can = json!({"general": {"positionEncodings": ["utf-8"]}, "textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}});
    let start = Instant::now();
    let mut session = Session::as_shipped(root.path(), can, None);
    session.open(&file, 1, &before);
    session.diagnostics(&file, 1);
    println!("start to first diagnostics, {FILES} files: {:.0} ms", millis(start.elapsed()));

    let (mut diagnostics, mut completions) = (Vec::new(), Vec::new());
    let mut line = before.matches('\n').count();
    let mut column = before.rsplit('\n').next().unwrap_or_default().len();
    let mut version = 1;
    for letter in TYPED.chars() {
        let at = json!({"line": line, "character": column});
        version += 1;
        let began = Instant::now();
        session.change(
            &file,
            version,
            json!([{"range": {"start": at, "end": at}, "text": letter.to_string()}]),
        );
        session.diagnostics(&file, version);
        diagnostics.push(began.elapsed());
        if letter == '\n' {
            (line, column) = (line + 1, 0);
        } else {
            column += letter.len_utf8();
        }
        let began = Instant::now();
        session.request("textDocument/completion", place(&file, json!({"line": line, "character": column})));
        completions.push(began.elapsed());
    }
    print("keystroke to diagnostics", diagnostics);
    print("completion", completions);
}

const POLICIES: &str = "package acme.p
enum Kind { human, machine }
entity Owner { key id: string active: bool } closed
entity Key { key id: string kind: Kind idle: duration? owner: Owner? } closed
policy old {
  for k: Key
  where k.kind == Kind.machine
  decide {
    k.idle != null && k.idle > 90d => revoke k because \"idle for {k.idle}\"
    k.owner == null => alert low because \"nobody owns {k.id}\"
    k.owner != null && !k.owner.active => alert high because \"its owner left\"
    unknown => alert medium because \"{missing}\"
  }
}
";

/// Many keys: some of humans, some of which something is not known.
#[derive(Debug)]
struct Keys;

impl Estates for Keys {
    fn any(&self, _: &Path) -> bool {
        true
    }

    fn open(&self, _: &Path, _: Option<&Path>, program: &Arc<Program>) -> Result<Opened, String> {
        let builder = Engine::builder();
        let engine = builder.clone().of(Arc::clone(program)).map_err(|error| error.to_string())?;
        let mut loader = engine.loader();
        let tail = r#""source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z""#;
        for number in 0..1_000 {
            let active = number % 9 != 0;
            let line = format!(r#"{{"Owner": {{"id": "o{number}", "active": {active}}}, {tail}}}"#);
            loader.line("owners", number, &line);
        }
        for number in 0..FACTS {
            let kind = if number % 10 == 0 { "human" } else { "machine" };
            let idle =
                if number % 500 == 1 { String::new() } else { format!(r#", "idle": "{}d""#, number % 100) };
            let owner = if number % 50 == 3 { "null".to_owned() } else { format!("\"o{}\"", number % 1_000) };
            let line = format!(
                r#"{{"Key": {{"id": "k{number}", "kind": "{kind}", "owner": {owner}{idle}}}, {tail}}}"#
            );
            loader.line("keys", number, &line);
        }
        let now = "2026-06-01T00:00:00Z".parse().map_err(|_| "an instant".to_owned())?;
        Ok(Opened { builder, snapshot: loader.finish(), now, name: "keys".to_owned() })
    }
}

fn counting() {
    let root = harness::project();
    std::fs::write(root.path().join("p.assize"), POLICIES).expect("a file");
    let file = uri(&root.path().join("p.assize"));
    let can = json!({"general": {"positionEncodings": ["utf-8"]}, "workspace": {"codeLens": {"refreshSupport": true}}});
    let start = Instant::now();
    let mut session = Session::as_shipped(root.path(), can, Some(Arc::new(Keys)));
    session.open(&file, 1, POLICIES);
    session.diagnostics(&file, 1);
    counted(&mut session);
    println!("start to first counts, {FACTS} facts read: {:.0} ms", millis(start.elapsed()));
    counted(&mut session);
    let mut times = Vec::new();
    for version in 2..60 {
        let text = POLICIES.replace("> 90d", &format!("> {}d", 30 + version));
        let began = Instant::now();
        session.replace(&file, version, &text);
        session.diagnostics(&file, version);
        counted(&mut session);
        times.push(began.elapsed());
        counted(&mut session);
    }
    print(&format!("edit to counts, {FACTS} facts"), times);
    let shown = session.request("textDocument/codeLens", json!({"textDocument": {"uri": file}}));
    for lens in shown.as_array().into_iter().flatten() {
        println!("  {}", lens["command"]["title"].as_str().unwrap_or_default());
    }
}

/// Waits until the editor is told to ask for lenses again.
fn counted(session: &mut Session) {
    let again: Value = session.told("workspace/codeLens/refresh");
    session.send(&json!({"jsonrpc": "2.0", "id": again["id"], "result": null}));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| millis(times[(times.len() * share / 100).min(times.len() - 1)]);
    println!(
        "{what}: median {:.1} ms, p95 {:.1} ms, the slowest {:.1} ms of {}",
        at(50),
        at(95),
        at(100),
        times.len()
    );
}

/// The most memory that the process has had, in megabytes; nothing where the system does not say.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1_024
}
