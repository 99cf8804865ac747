//! What policies come to on facts, over the protocol. The facts are the test's own: who reads projects is the CLI.

use std::path::Path;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{Engine, Snapshot};
use assize_lang::plan::Program;
use assize_lsp::{Estates, Opened};
use serde_json::{Value, json};

use crate::harness::{Session, place, position, project, uri};

const TEXT: &str = "package acme.p
signal logs { lag 1m gap 1m loss 0% basis heartbeat }
enum Kind { human, machine }
entity Key { key id: string kind: Kind idle: duration? token: sensitive<string> } closed
event Use { key id: string of: Key inverse uses at: timestamp } covered by logs on of
policy old {
  for k: Key
  where k.kind == Kind.machine && k.token != \"\"
  decide {
    k.idle != null && k.idle > 90d => revoke k because \"idle for {k.idle}\"
    unknown => alert low because \"{missing}\"
  }
}
test \"a young key is left alone\" {
  now 2026-06-01T00:00:00Z
  given Key { id: \"a\", kind: Kind.machine, idle: 1d, token: \"t\" }
  expect nothing on \"a\" by old
}
";

/// A hundred keys: every tenth a human's, every seventh of unknown idleness, the others idle for as many days as they
/// are numbered.
#[derive(Debug)]
struct Keys;

impl Estates for Keys {
    fn any(&self, _: &Path) -> bool {
        true
    }

    fn open(&self, _: &Path, chosen: Option<&Path>, program: &Arc<Program>) -> Result<Opened, String> {
        if chosen.is_some_and(|path| path.ends_with("none")) {
            return Err("no facts: `none` cannot be read".to_owned());
        }
        let builder = Engine::builder();
        let engine = builder.clone().of(Arc::clone(program)).map_err(|error| error.to_string())?;
        let mut loader = engine.loader();
        for number in 0..100_u64 {
            let kind = if number % 10 == 0 { "human" } else { "machine" };
            let idle =
                if number % 7 == 0 { String::new() } else { format!(r#", "idle": "{}d""#, number + 1) };
            let line = format!(
                r#"{{"Key": {{"id": "k{number:02}", "kind": "{kind}", "token": "CANARY-{number}"{idle}}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
            );
            loader.line("keys", number, &line);
        }
        let snapshot: Snapshot = loader.finish();
        assert_eq!(snapshot.rejects(), []);
        let now: Instant = "2026-06-01T00:00:00Z".parse().map_err(|_| "an instant".to_owned())?;
        Ok(Opened { builder, snapshot, now, name: "keys".to_owned() })
    }
}

struct Open {
    session: Session,
    file: String,
    root: tempfile::TempDir,
}

/// An editor with lenses, told when there are counts.
fn open() -> Open {
    let root = project();
    std::fs::write(root.path().join("p.assize"), TEXT).expect("a file");
    let file = uri(&root.path().join("p.assize"));
    let can = json!({
        "general": {"positionEncodings": ["utf-8"]},
        "workspace": {"codeLens": {"refreshSupport": true}, "applyEdit": true},
        "window": {"showDocument": {"support": true}},
    });
    let mut session = Session::with_facts(root.path(), can, Some(Arc::new(Keys)));
    session.open(&file, 1, TEXT);
    assert_eq!(session.diagnostics(&file, 1), Vec::<Value>::new());
    let mut it = Open { session, file, root };
    it.counted();
    it.counted();
    it
}

impl Open {
    /// Waits until there are other counts, or the cases that come after them.
    fn counted(&mut self) {
        let again = self.session.told("workspace/codeLens/refresh");
        self.session.send(&json!({"jsonrpc": "2.0", "id": again["id"], "result": null}));
    }

    fn lenses(&mut self) -> Vec<(u64, String, Value)> {
        let found =
            self.session.request("textDocument/codeLens", json!({"textDocument": {"uri": self.file}}));
        let shown = found.as_array().expect("lenses").iter().map(|lens| {
            let line = lens["range"]["start"]["line"].as_u64().expect("a line");
            (line, timeless(lens["command"]["title"].as_str().expect("a title")), lens["command"].clone())
        });
        shown.collect()
    }

    fn shown(&mut self) -> String {
        self.lenses()
            .into_iter()
            .map(|(line, title, _)| format!("{line}: {title}"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The answer to the command of the first lens with such a title.
    fn run(&mut self, title: &str) -> i64 {
        let lenses = self.lenses();
        let (.., command) = lenses.iter().find(|(_, shown, _)| shown.starts_with(title)).expect("a lens");
        let params = json!({"command": command["command"], "arguments": command["arguments"]});
        self.session.ask("workspace/executeCommand", params)
    }
}

/// A text with 0 in place of the time that a fact took, where it has one.
fn timeless(text: &str) -> String {
    let Some((before, after)) = text.split_once(" µs each") else { return text.to_owned() };
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
    format!("{before}0 µs each{after}")
}

#[test]
fn policies_and_arms_say_what_they_come_to() {
    let mut it = open();
    insta::assert_snapshot!(it.shown(), @r"
    13: run test
    5: matches 7 of 100 · would revoke 7 · would alert 13 · unknown 13 (`idle` was not collected) · 0 µs each
    5: explain one
    5: add one as a test
    9: decides 7 cases
    10: decides 13 cases
    ");
    let hover = it.session.request("textDocument/hover", place(&it.file, position(TEXT, "old {")));
    let text = timeless(hover["contents"]["value"].as_str().expect("text"));
    insta::assert_snapshot!(text, @r"
    ```assize
    policy old
    ```

    ---

    On these facts it matches 7 of 100 · would revoke 7 · would alert 13 · unknown 13 (`idle` was not collected) · 0 µs each.

    Arm 1, for example `k92`: idle for 93d
    - `k.kind` = `machine`
    - `k.token` = `(sensitive)`
    - `k.idle` = `93d`

    Arm 2, for example `k07`:  idle  of Key  k07  was not collected
    - `k.kind` = `machine`
    - `k.token` = `(sensitive)`
    - `k.idle` = `? (not collected)`
    ");
    assert!(!text.contains("CANARY"));
}

#[test]
fn an_edit_says_what_it_changes_against_the_saved_text() {
    let mut it = open();
    let edited = TEXT.replace("> 90d", "> 95d");
    it.session.replace(&it.file.clone(), 2, &edited);
    assert_eq!(it.session.diagnostics(&it.file, 2), Vec::<Value>::new());
    it.counted();
    it.counted();
    assert!(it.shown().contains("since saved: −3 revoke"), "{}", it.shown());
    // Saved, it is the text that others are compared with.
    it.session.notify("textDocument/didSave", json!({"textDocument": {"uri": it.file}}));
    it.session.replace(&it.file.clone(), 3, &edited.replace("> 95d", "> 96d"));
    it.session.diagnostics(&it.file, 3);
    it.counted();
    it.counted();
    assert!(it.shown().contains("since saved: −1 revoke"), "{}", it.shown());
    // What does not compile keeps its last counts.
    it.session.replace(&it.file.clone(), 4, &edited.replace("> 95d", "> "));
    assert!(!it.session.diagnostics(&it.file, 4).is_empty());
    assert!(it.shown().contains("matches"), "{}", it.shown());
}

#[test]
fn a_case_is_explained_and_becomes_a_test() {
    let mut it = open();
    let id = it.run("explain one");
    let shown = it.session.told("window/showDocument");
    it.session.send(&json!({"jsonrpc": "2.0", "id": shown["id"], "result": {"success": true}}));
    let answer = it.session.answer(id);
    let file = shown["params"]["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file");
    let text = std::fs::read_to_string(file).expect("the explanation");
    assert_eq!(answer["text"], json!(text));
    assert!(text.starts_with("acme.p.old on Key `k90`") || text.contains("acme.p.old on"), "{text}");
    assert!(!text.contains("CANARY"), "{text}");

    let id = it.run("add one as a test");
    let apply = it.session.told("workspace/applyEdit");
    it.session.send(&json!({"jsonrpc": "2.0", "id": apply["id"], "result": {"applied": true}}));
    it.session.answer(id);
    let edit = &apply["params"]["edit"]["changes"][&it.file][0];
    insta::assert_snapshot!(edit["newText"].as_str().expect("text"), @r#"

    test "old: k92" {
      now 2026-06-01T00:00:00Z
      given Key { id: "k92", kind: Kind.machine, idle: 93d }
      expect revoke on "k92" by old
    }
    "#);
    assert!(!apply.to_string().contains("CANARY"));
}

#[test]
fn a_test_is_run_as_it_stands_in_the_editor() {
    let mut it = open();
    let id = it.run("run test");
    let told = it.session.told("window/showMessage");
    assert_eq!(told["params"]["message"], "\"a young key is left alone\" passes: 1 as expected");
    assert_eq!(it.session.answer(id)["passed"], true);
    it.session.replace(&it.file.clone(), 2, &TEXT.replace("idle: 1d", "idle: 91d"));
    it.session.diagnostics(&it.file, 2);
    let id = it.run("run test");
    let told = it.session.told("window/showMessage");
    assert!(
        told["params"]["message"].as_str().is_some_and(|text| text.contains("fails: expected")),
        "{told}"
    );
    assert_eq!(it.session.answer(id)["passed"], false);
}

#[test]
fn other_facts_are_chosen_and_what_is_wrong_with_them_is_said() {
    let mut it = open();
    let params = json!({"command": "assize.chooseFacts", "arguments": [{"uri": it.file, "facts": it.root.path().join("none")}]});
    it.session.request("workspace/executeCommand", params);
    // The counts are gone, and then it is known why.
    it.counted();
    it.counted();
    assert!(!it.shown().contains("matches"), "{}", it.shown());
    let hover = it.session.request("textDocument/hover", place(&it.file, position(TEXT, "old {")));
    assert!(
        hover["contents"]["value"].as_str().is_some_and(|text| text.contains("`none` cannot be read")),
        "{hover}"
    );
    let id = it.session.ask("workspace/executeCommand", json!({"command": "assize.explain", "arguments": [{"uri": it.file, "policy": "acme.p.old", "key": "k01"}]}));
    assert_eq!(it.session.refusal(id), "no facts: `none` cannot be read");
    let id = it.session.ask(
        "workspace/executeCommand",
        json!({"command": "assize.explain", "arguments": [{"uri": it.file}]}),
    );
    assert_eq!(it.session.refusal(id), "`assize.explain`: an argument is missing");
}
