//! What the server would write: a formatted text, and the mends of mistakes.

use serde_json::{Value, json};

use crate::harness::{Session, place, position, project, uri};

fn formatting(uri: &str) -> Value {
    json!({"textDocument": {"uri": uri}, "options": {"tabSize": 8, "insertSpaces": false}})
}

#[test]
fn a_document_is_formatted_by_one_edit() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    assert_eq!(session.initialized["capabilities"]["documentFormattingProvider"], true);
    // Two items cannot be read; what stands between them is formatted all the same.
    let text = "package acme\n\npolicy p {\n\nenum  E{ a }\n\npolicy q {\n\nfn f(e: E): bool = true\n";
    session.open(&file, 1, text);
    assert!(!session.diagnostics(&file, 1).is_empty());
    let edits = session.request("textDocument/formatting", formatting(&file));
    let whole_line = json!({"start": {"line": 4, "character": 0}, "end": {"line": 5, "character": 0}});
    assert_eq!(edits, json!([{"range": whole_line, "newText": "enum E { a }\n"}]));

    // The question right behind the edit is answered from the text after it.
    session.change(&file, 2, json!([{"range": edits[0]["range"], "text": edits[0]["newText"]}]));
    assert_eq!(session.request("textDocument/formatting", formatting(&file)), json!([]));
    session.diagnostics(&file, 2);
    let other = uri(&root.path().join("never-opened.assize"));
    assert_eq!(session.request("textDocument/formatting", formatting(&other)), Value::Null);
}

#[test]
fn the_items_of_a_range_are_formatted_and_no_others() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    assert_eq!(session.initialized["capabilities"]["documentRangeFormattingProvider"], true);
    session.open(&file, 1, "package acme\n\nenum  E{ a }\n\nenum  F{ b }\n\nenum  G{ c }\n");
    session.diagnostics(&file, 1);
    let line = |line: u32| json!({"line": line, "character": 1});
    let mut params = formatting(&file);
    params["range"] = json!({"start": line(4), "end": line(4)});
    let edits = session.request("textDocument/rangeFormatting", params.clone());
    let item = json!({"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 12}});
    assert_eq!(edits, json!([{"range": item, "newText": "enum F { b }"}]));
    params["range"] = json!({"start": line(2), "end": line(4)});
    let edits = session.request("textDocument/rangeFormatting", params);
    assert_eq!(edits.as_array().map(Vec::len), Some(2));
}

/// What an editor sends for the light bulb at a position.
fn asked(uri: &str, position: &Value, only: &Value) -> Value {
    let mut params = place(uri, position.clone());
    params["range"] = json!({"start": position, "end": position});
    params["context"] = json!({"diagnostics": [], "only": only});
    params
}

#[test]
fn a_mistake_is_mended_by_a_quick_fix() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let kinds = json!({"codeActionKind": {"valueSet": ["quickfix"]}});
    let can = json!({"textDocument": {"codeAction": {"codeActionLiteralSupport": kinds}}});
    // Columns behind the key depend on how they are counted.
    let text = "package acme\nenum Tier { low < high }\nfn f(t: Tier, s: string): bool = s == \"🔑\" && t == Tier.hihg\n";
    let mut session = Session::with(root.path(), can);
    let kinds = json!(["quickfix", "refactor.extract", "refactor.rewrite", "source.organizeImports"]);
    assert_eq!(session.initialized["capabilities"]["codeActionProvider"]["codeActionKinds"], kinds);
    session.open(&file, 1, text);
    let found = session.diagnostics(&file, 1);
    let wrong = found[0]["range"].clone();
    let actions = session.request("textDocument/codeAction", asked(&file, &wrong["start"], &Value::Null));
    assert_eq!(actions.as_array().map(Vec::len), Some(1), "{actions}");
    let action = &actions[0];
    assert_eq!((&action["title"], &action["kind"]), (&json!("write `high`"), &json!("quickfix")));
    assert_eq!(action["diagnostics"][0]["code"], found[0]["code"]);
    let edit = &action["edit"]["changes"][&file][0];
    assert_eq!(edit["newText"], "high");
    session.change(&file, 2, json!([{"range": edit["range"], "text": edit["newText"]}]));
    assert_eq!(session.diagnostics(&file, 2), Vec::<Value>::new());

    // Nothing is wrong there any more, nor was it ever elsewhere; and other kinds of action there are none.
    let ask = |position: &Value, only: Value| asked(&file, position, &only);
    for params in [ask(&wrong["start"], json!(["quickfix"])), ask(&position(text, "package"), json!([""]))] {
        assert_eq!(session.request("textDocument/codeAction", params), json!([]));
    }
    let refactor = ask(&wrong["start"], json!(["refactor"]));
    assert_eq!(session.request("textDocument/codeAction", refactor), json!([]));
}

#[test]
fn an_editor_that_takes_no_edits_with_actions_gets_none() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    session.open(&file, 1, "package acme\nfn f(t: strin): bool = true\n");
    let found = session.diagnostics(&file, 1);
    let params = asked(&file, &found[0]["range"]["start"], &Value::Null);
    assert_eq!(session.request("textDocument/codeAction", params), Value::Null);
}
