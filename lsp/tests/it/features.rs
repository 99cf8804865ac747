//! Every feature over the protocol: one question each, and what its answer has to hold.

use serde_json::{Value, json};

use crate::harness::{Session, place, position, project, uri};

const MODEL: &str = "package acme.model

/// A credential.
entity Secret {
  key id: string
  static: bool
  created_at: timestamp
} closed

/// A call made with one.
event SecretUse {
  key id: string
  secret: Secret inverse uses
  at: timestamp
} closed
";

const TEXT: &str = "package acme.p
use acme.model.{SecretUse, Secret}

/// How long.
param idle: duration = 45d

fn old(s: Secret, age: duration): bool = s.created_at < now - age

policy q {
  for s: Secret
  let used = s.uses.exists(u, u.at > now - idle)
  decide {
    s.old(9d) && !used => revoke s because \"{s.id}\"
    unknown => alert low because \"x\"
  }
}
";

/// What an editor that can do everything says.
fn everything() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-8"]},
        "textDocument": {
            "completion": {"completionItem": {"snippetSupport": true}},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        },
    })
}

struct Open {
    session: Session,
    file: String,
    model: String,
    _root: tempfile::TempDir,
}

fn open() -> Open {
    let root = project();
    std::fs::write(root.path().join("model.assize"), MODEL).expect("a file");
    let (file, model) = (uri(&root.path().join("p.assize")), uri(&root.path().join("model.assize")));
    let mut session = Session::with(root.path(), everything());
    session.open(&file, 1, TEXT);
    assert_eq!(session.diagnostics(&file, 1), Vec::<Value>::new());
    Open { session, file, model, _root: root }
}

impl Open {
    fn ask(&mut self, method: &str, part: &str) -> Value {
        self.session.request(method, place(&self.file, position(TEXT, part)))
    }
}

/// The starts of places, with the ends of their files' names.
fn starts(places: &Value) -> Vec<String> {
    let all = places.as_array().expect("places").iter();
    let one = |place: &Value| {
        let file = place["uri"].as_str().unwrap_or("").rsplit('/').next().unwrap_or_default().to_owned();
        format!("{file}:{}:{}", place["range"]["start"]["line"], place["range"]["start"]["character"])
    };
    all.map(one).collect()
}

#[test]
fn the_server_says_what_it_can() {
    let it = open();
    let mut can: Vec<String> =
        it.session.initialized["capabilities"].as_object().expect("capabilities").keys().cloned().collect();
    can.sort();
    insta::assert_snapshot!(can.join("\n"), @r"
    callHierarchyProvider
    codeActionProvider
    codeLensProvider
    completionProvider
    declarationProvider
    definitionProvider
    documentFormattingProvider
    documentHighlightProvider
    documentLinkProvider
    documentOnTypeFormattingProvider
    documentRangeFormattingProvider
    documentSymbolProvider
    executeCommandProvider
    foldingRangeProvider
    hoverProvider
    inlayHintProvider
    linkedEditingRangeProvider
    positionEncoding
    referencesProvider
    renameProvider
    selectionRangeProvider
    semanticTokensProvider
    signatureHelpProvider
    textDocumentSync
    typeDefinitionProvider
    workspace
    workspaceSymbolProvider
    ");
}

#[test]
fn completion_writes_names_and_their_uses() {
    let mut it = open();
    let mut params = place(&it.file, position(TEXT, "old(9d)"));
    params["context"] = json!({"triggerKind": 2, "triggerCharacter": "."});
    let found = it.session.request("textDocument/completion", params);
    let items = found["items"].as_array().expect("items");
    let old = items.iter().find(|item| item["label"] == "old").expect("the function");
    assert_eq!(old["textEdit"]["newText"], "old(${1:age})");
    assert_eq!(old["insertTextFormat"], 2);
    assert_eq!(old["textEdit"]["range"]["end"]["character"], 9);
    assert!(items.windows(2).all(|pair| pair[0]["sortText"].as_str() < pair[1]["sortText"].as_str()));
}

#[test]
fn signatures_types_declarations_and_references_are_found() {
    let mut it = open();
    let help = it.ask("textDocument/signatureHelp", "9d)");
    assert_eq!(help["signatures"][0]["label"], "old(age: duration): bool");
    assert_eq!(help["signatures"][0]["parameters"][0]["label"], json!([4, 17]));

    let ty = it.ask("textDocument/typeDefinition", "uses.");
    assert_eq!((&ty["uri"], &ty["range"]["start"]), (&json!(it.model), &position(MODEL, "SecretUse {")));
    let declared = it.ask("textDocument/declaration", "Secret,");
    assert_eq!(declared["range"]["start"], position(TEXT, "Secret}"));

    let mut params = place(&it.file, position(TEXT, "s: Secret\n"));
    params["context"] = json!({"includeDeclaration": false});
    let found = it.session.request("textDocument/references", params);
    assert_eq!(starts(&found).len(), 4);
    let mut params = place(&it.file, position(TEXT, "uses"));
    params["context"] = json!({"includeDeclaration": true});
    let found = it.session.request("textDocument/references", params);
    assert_eq!(starts(&found), ["model.assize:12:25", "p.assize:10:15"]);

    let shown = it.ask("textDocument/documentHighlight", "idle)");
    let kinds: Vec<&Value> = shown.as_array().expect("places").iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!(3), &json!(2)]);
    let linked = it.ask("textDocument/linkedEditingRange", "uses.");
    assert_eq!(linked, Value::Null);
    let linked = it.ask("textDocument/linkedEditingRange", "used =>");
    assert_eq!(linked["ranges"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_rename_reaches_other_files_and_says_why_it_cannot() {
    let mut it = open();
    let prepared = it.ask("textDocument/prepareRename", "uses.");
    assert_eq!(prepared["placeholder"], "uses");
    let mut params = place(&it.file, position(TEXT, "uses."));
    params["newName"] = json!("calls");
    let edit = it.session.request("textDocument/rename", params);
    let changes = edit["changes"].as_object().expect("changes");
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[&it.model][0]["newText"], "calls");

    let mut params = place(&it.file, position(TEXT, "old("));
    params["newName"] = json!("q");
    let id = it.session.ask("textDocument/rename", params);
    let error = it.session.refusal(id);
    assert_eq!(error, "`acme.p` declares a `q` already");
    let id = it.session.ask("textDocument/prepareRename", place(&it.file, position(TEXT, "now")));
    assert_eq!(it.session.refusal(id), "`now` is a word of the language");
}

#[test]
fn symbols_calls_folds_selections_and_links_are_told() {
    let mut it = open();
    let of_file = json!({"textDocument": {"uri": it.file}});
    let symbols = it.session.request("textDocument/documentSymbol", of_file.clone());
    let names: Vec<&str> =
        symbols.as_array().expect("symbols").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["acme.p", "idle", "old", "q"]);
    assert_eq!(symbols[3]["children"].as_array().map(Vec::len), Some(4));
    let found = it.session.request("workspace/symbol", json!({"query": "sec"}));
    let names: Vec<&str> =
        found.as_array().expect("symbols").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Secret", "SecretUse"]);

    let called = it.ask("textDocument/prepareCallHierarchy", "old(s:");
    let item = called[0].clone();
    let callers = it.session.request("callHierarchy/incomingCalls", json!({"item": item}));
    assert_eq!(callers[0]["from"]["name"], "q");
    let called = it.ask("textDocument/prepareCallHierarchy", "q {");
    let callees = it.session.request("callHierarchy/outgoingCalls", json!({"item": called[0]}));
    let names: Vec<&str> =
        callees.as_array().expect("calls").iter().filter_map(|one| one["to"]["name"].as_str()).collect();
    assert_eq!(names, ["acme.p.idle", "acme.p.old"].map(|name| name.rsplit('.').next().expect("a name")));

    let folds = it.session.request("textDocument/foldingRange", of_file.clone());
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .expect("folds")
        .iter()
        .map(|fold| (fold["startLine"].as_u64().expect("a line"), fold["endLine"].as_u64().expect("a line")))
        .collect();
    assert_eq!(lines, [(8, 14), (11, 13)]);
    let grown = it.session.request(
        "textDocument/selectionRange",
        json!({"textDocument": {"uri": it.file}, "positions": [position(TEXT, "at > now"), position(TEXT, "q {")]}),
    );
    assert_eq!(grown.as_array().map(Vec::len), Some(2));
    assert_eq!(grown[0]["range"]["start"], position(TEXT, "at > now"));
    let links = it.session.request("textDocument/documentLink", of_file);
    assert_eq!(links[0]["target"], json!(it.model));
}

#[test]
fn colours_are_sent_whole_in_part_and_by_what_changed() {
    let mut it = open();
    let of_file = json!({"textDocument": {"uri": it.file}});
    let full = it.session.request("textDocument/semanticTokens/full", of_file.clone());
    let data = full["data"].as_array().expect("numbers").len();
    assert!(data > 200 && data.is_multiple_of(5), "{data}");
    let same = it.session.request(
        "textDocument/semanticTokens/full/delta",
        json!({"textDocument": {"uri": it.file}, "previousResultId": full["resultId"]}),
    );
    assert_eq!(same["edits"], json!([]));
    it.session.change(
        &it.file.clone(),
        2,
        json!([{"range": {"start": position(TEXT, "9d)"), "end": position(TEXT, "9d)")}, "text": "1"}]),
    );
    let delta = it.session.request(
        "textDocument/semanticTokens/full/delta",
        json!({"textDocument": {"uri": it.file}, "previousResultId": same["resultId"]}),
    );
    let edit = &delta["edits"][0];
    assert!(edit["data"].as_array().expect("numbers").len() <= 10, "{delta}");
    let part = it.session.request(
        "textDocument/semanticTokens/range",
        json!({"textDocument": {"uri": it.file}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}}),
    );
    assert!(part["data"].as_array().expect("numbers").len() < 30, "{part}");
    assert_eq!(it.session.diagnostics(&it.file, 2), Vec::<Value>::new());
}

#[test]
fn hints_actions_and_formatting_write_what_is_meant() {
    let mut it = open();
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let hints = it
        .session
        .request("textDocument/inlayHint", json!({"textDocument": {"uri": it.file}, "range": whole}));
    let labels: Vec<&str> =
        hints.as_array().expect("hints").iter().filter_map(|one| one["label"].as_str()).collect();
    assert_eq!(labels, [": bool", ": SecretUse", " by quarantine", "otherwise nothing"]);

    let at = position(TEXT, "9d)");
    let actions = it.session.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": it.file}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}),
    );
    let titles: Vec<&str> =
        actions.as_array().expect("actions").iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(titles, ["make it a `param`", "sort the `use` lines"]);
    let only = it.session.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": it.file}, "range": {"start": at, "end": at}, "context": {"diagnostics": [], "only": ["source"]}}),
    );
    assert_eq!(only.as_array().map(Vec::len), Some(1));

    let mut params = place(&it.file, json!({"line": 9, "character": 15}));
    params["ch"] = json!("\n");
    params["options"] = json!({"tabSize": 2, "insertSpaces": true});
    it.session.change(&it.file.clone(), 2, json!([{"range": {"start": {"line": 9, "character": 15}, "end": {"line": 9, "character": 15}}, "text": "\n"}]));
    params["position"] = json!({"line": 10, "character": 0});
    let edits = it.session.request("textDocument/onTypeFormatting", params);
    assert_eq!(edits[0]["newText"], "  ");
    assert_eq!(it.session.diagnostics(&it.file, 2), Vec::<Value>::new());
}

#[test]
fn an_editor_that_asks_for_diagnostics_is_told_of_none() {
    let root = project();
    let (file, other) = (uri(&root.path().join("a.assize")), root.path().join("b.assize"));
    std::fs::write(&other, "package acme.p\nfn g(): bool = nope\n").expect("a file");
    let mut can = everything();
    can["textDocument"]["diagnostic"] = json!({});
    let mut session = Session::with(root.path(), can);
    session.open(&file, 1, "package acme.p\nfn f(): bool = nope\n");
    let report = session.request("textDocument/diagnostic", json!({"textDocument": {"uri": file}}));
    assert_eq!((&report["kind"], &report["items"][0]["code"]), (&json!("full"), &json!("E0201")));
    let again = session.request(
        "textDocument/diagnostic",
        json!({"textDocument": {"uri": file}, "previousResultId": report["resultId"]}),
    );
    assert_eq!(again["kind"], "unchanged");

    let all = session.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let files: Vec<&str> =
        all["items"].as_array().expect("reports").iter().filter_map(|one| one["uri"].as_str()).collect();
    assert_eq!(files, [file.as_str(), uri(&other).as_str()]);
    // One is mended: it is told of once more, the other has not changed.
    session.replace(&file, 2, "package acme.p\nfn f(): bool = true\n");
    let before: Vec<Value> = all["items"]
        .as_array()
        .expect("reports")
        .iter()
        .map(|one| json!({"uri": one["uri"], "value": one["resultId"]}))
        .collect();
    let now = session.request("workspace/diagnostic", json!({"previousResultIds": before}));
    let kinds: Vec<(&str, &str)> = now["items"]
        .as_array()
        .expect("reports")
        .iter()
        .map(|one| (one["uri"].as_str().expect("a uri"), one["kind"].as_str().expect("a kind")))
        .collect();
    assert_eq!(kinds, [(uri(&other).as_str(), "unchanged"), (file.as_str(), "full")]);
}

#[test]
fn a_project_file_is_rewritten_when_what_it_names_moves() {
    let root = project();
    std::fs::write(root.path().join("assize.toml"), "stdlib = false\npolicies = [\"rules\"]\n")
        .expect("a file");
    let mut session = Session::with(root.path(), everything());
    let moved = json!({"files": [{"oldUri": uri(&root.path().join("rules")), "newUri": uri(&root.path().join("policies"))}]});
    let edit = session.request("workspace/willRenameFiles", moved);
    let file = uri(&root.path().join("assize.toml"));
    assert_eq!(edit["changes"][&file][0]["newText"], "policies");
    let other =
        json!({"files": [{"oldUri": uri(&root.path().join("x")), "newUri": uri(&root.path().join("y"))}]});
    assert_eq!(session.request("workspace/willRenameFiles", other), Value::Null);
}

#[test]
fn a_large_text_is_looked_at_in_parts_and_that_is_said() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::with(root.path(), everything());
    let text = format!(
        "package acme.p\nfn f(): bool = nope\n{}",
        "// a comment that says nothing at all\n".repeat(30_000)
    );
    session.open(&file, 1, &text);
    let told = session.told("window/showMessage");
    assert!(told["params"]["message"].as_str().is_some_and(|text| text.contains("are left out")), "{told}");
    assert_eq!(session.diagnostics(&file, 1).len(), 1);
    let of_file = json!({"textDocument": {"uri": file}});
    assert_eq!(session.request("textDocument/semanticTokens/full", of_file), Value::Null);
    // Hostile ones get one remark and no analysis.
    let hostile = format!("package acme.p\nfn f(): bool = {}", "(".repeat(20_000));
    session.replace(&file, 2, &hostile);
    assert!(!session.diagnostics(&file, 2).is_empty());
    let found =
        session.request("textDocument/completion", place(&file, json!({"line": 1, "character": 2000})));
    assert!(found.is_object(), "{found}");
}

#[test]
fn progress_is_shown_to_editors_that_can() {
    let root = project();
    let mut session = Session::as_shipped(root.path(), json!({"window": {"workDoneProgress": true}}), None);
    let create = session.told("window/workDoneProgress/create");
    session.send(&json!({"jsonrpc": "2.0", "id": create["id"], "result": null}));
    let begin = session.told("$/progress");
    assert_eq!(
        (&begin["params"]["value"]["kind"], &begin["params"]["value"]["title"]),
        (&json!("begin"), &json!("reading policies"))
    );
    let end = session.told("$/progress");
    assert_eq!(end["params"]["value"]["kind"], "end");
}
