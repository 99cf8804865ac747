//! One file from open to close.

use serde_json::{Value, json};

use crate::harness::{Session, place, position, project, uri};

const BROKEN: &str = "package acme.p
use nhi.model.*

policy idle {
  for s: Secret
  where s.static == \"yes\"
  decide { s.uses.exists(u, u.at > now - 1d) => alert low because \"{s.id}\" }
}
";

fn short(diagnostics: &[Value]) -> Vec<String> {
    let line = |one: &Value| {
        let (start, end) = (&one["range"]["start"], &one["range"]["end"]);
        format!(
            "{} {}:{}-{}:{} {}",
            one["code"].as_str().expect("a code"),
            start["line"],
            start["character"],
            end["line"],
            end["character"],
            one["message"].as_str().expect("a message")
        )
    };
    diagnostics.iter().map(line).collect()
}

#[test]
fn a_mistake_is_shown_and_goes_away_when_it_is_mended() {
    let root = tempfile::tempdir().expect("a folder");
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    session.open(&file, 1, &BROKEN.replace("u.at >", "u.att >"));
    let found = session.diagnostics(&file, 1);
    insta::assert_snapshot!(short(&found).join("\n\n"), @r"
    E0301 5:8-5:25 `bool` is never equal to `string`
    compares two types

    E0202 6:30-6:33 `SecretUse` has no field `att`
    no such field
    help: did you mean `at`?
    ");
    assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(1), &json!("assize")));

    // First the name, then the comparison; each is one edit inside its line.
    let edit = |line, from, to, text: &str| json!([{"range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}}, "text": text}]);
    session.change(&file, 2, edit(6, 30, 33, "at"));
    assert_eq!(short(&session.diagnostics(&file, 2)).len(), 1);
    session.change(&file, 3, edit(5, 17, 25, ""));
    assert_eq!(short(&session.diagnostics(&file, 3)), Vec::<String>::new());

    session.close(&file);
    let cleared = session.published(&file);
    assert_eq!(cleared, json!({"uri": file, "diagnostics": []}));
}

#[test]
fn names_are_explained_and_found() {
    let root = tempfile::tempdir().expect("a folder");
    let file = uri(&root.path().join("a.assize"));
    let mut session = Session::on(root.path());
    session.open(&file, 1, BROKEN);
    session.diagnostics(&file, 1);

    let hover = session.request("textDocument/hover", place(&file, position(BROKEN, "uses")));
    insta::assert_snapshot!(hover["contents"]["value"].as_str().expect("text"), @r"
    ```assize
    uses: list<SecretUse>
    ```

    Every `SecretUse` whose `secret` is this one.

    That there is no `SecretUse` is known where this is covered: `cloud_mgmt on secret.account or sign_in on (secret.account, secret.identity.kind) or key_last_used on secret`.
    ");
    assert_eq!(hover["contents"]["kind"], "markdown");
    assert_eq!(hover["range"]["start"], position(BROKEN, "uses"));
    assert_eq!(session.request("textDocument/hover", place(&file, position(BROKEN, "{\n"))), Value::Null);

    // A name of this file, and one of the library, whose text becomes a file.
    let local = session.request("textDocument/definition", place(&file, position(BROKEN, "s.static")));
    assert_eq!((&local["uri"], &local["range"]["start"]), (&json!(file), &position(BROKEN, "s: Secret")));
    let library = session.request("textDocument/definition", place(&file, position(BROKEN, "Secret")));
    let shown = library["uri"].as_str().expect("a uri").to_owned();
    let path = shown.strip_prefix("file://").expect("a file");
    let text = std::fs::read_to_string(path).expect("the library's text");
    assert_eq!(library["range"]["start"], position(&text, "Secret {"));

    // In that file names are explained and found as well, and nothing is wrong with it.
    session.open(&shown, 1, &text);
    let hover = session.request("textDocument/hover", place(&shown, position(&text, "Identity inverse")));
    assert!(
        hover["contents"]["value"].as_str().is_some_and(|text| text.contains("entity Identity")),
        "{hover}"
    );
    let further =
        session.request("textDocument/definition", place(&shown, position(&text, "Identity inverse")));
    assert!(further["uri"].as_str().is_some_and(|uri| uri.ends_with("identities.assize")), "{further}");
    session.close(&shown);
}

#[test]
fn an_editor_that_can_gets_links_and_further_places() {
    let root = project();
    let file = uri(&root.path().join("a.assize"));
    let can = json!({"textDocument": {"definition": {"linkSupport": true}, "publishDiagnostics": {"relatedInformation": true}}});
    let mut session = Session::with(root.path(), can);
    let text = "package acme.p\nenum E { a }\nenum E { b }\nfn f(e: E): bool = true\n";
    session.open(&file, 1, text);
    let found = session.diagnostics(&file, 1);
    assert_eq!(found[0]["relatedInformation"][0]["location"]["range"]["start"], position(text, "E { a"));
    let link = session.request("textDocument/definition", place(&file, position(text, "E):")));
    assert_eq!(link[0]["targetUri"], json!(file));
    assert_eq!(link[0]["originSelectionRange"]["start"], position(text, "E):"));
    assert_eq!(link[0]["targetSelectionRange"]["start"], position(text, "E { a"));
}

#[test]
fn columns_are_counted_as_agreed() {
    // `🔑` is four bytes and two UTF-16 units.
    let text = "package acme.p\nfn f(s: string): bool = s == \"🔑\" && nope\n";
    let bytes = json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}});
    for (can, agreed, column) in [(bytes, "utf-8", 39), (json!({}), "utf-16", 37)] {
        let root = project();
        let file = uri(&root.path().join("a.assize"));
        let mut session = Session::with(root.path(), can);
        assert_eq!(session.initialized["capabilities"]["positionEncoding"], agreed);
        session.open(&file, 1, text);
        let found = session.diagnostics(&file, 1);
        assert_eq!(found[0]["range"]["start"], json!({"line": 1, "character": column}));
        let change = json!([{"range": found[0]["range"], "text": "true"}]);
        session.change(&file, 2, change);
        assert_eq!(session.diagnostics(&file, 2), Vec::<Value>::new());
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let root = project();
    let mut session = Session::on(root.path());
    let other = uri(&root.path().join("notes.md"));
    let document = json!({"uri": other, "languageId": "markdown", "version": 1, "text": "policy"});
    session.notify("textDocument/didOpen", json!({"textDocument": document}));
    session.replace(&other, 2, "policy q {");
    let nowhere = place(&other, json!({"line": 0, "character": 1}));
    assert_eq!(session.request("textDocument/hover", nowhere.clone()), Value::Null);
    assert_eq!(session.request("textDocument/definition", nowhere), Value::Null);
    session.close(&other);

    // A text without a file is ours where its editor says so.
    session.open("untitled:Untitled-1", 1, "package p\nfn f(): bool = 1\n");
    assert_eq!(session.diagnostics("untitled:Untitled-1", 1).len(), 1);
    session.close("untitled:Untitled-1");
    assert_eq!(session.published("untitled:Untitled-1")["diagnostics"], json!([]));
}
