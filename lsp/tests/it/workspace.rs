//! Several files: on disk, open, changed behind the editor's back.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Session, place, position, project, uri};

const SHARED: &str = "package acme.shared\n/// How old.\nparam age: duration = 90d in 1d..400d\n";
const USER: &str = "package acme.p\nuse acme.shared.*\nfn old(at: timestamp): bool = at < now - age\n";

fn put(root: &Path, path: &str, text: &str) -> String {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(&path, text).expect("a file");
    uri(&path)
}

fn watched(session: &mut Session, file: &str, kind: u8) {
    session.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": file, "type": kind}]}));
}

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn files_on_disk_are_read_and_an_open_one_outranks_its_file() {
    let root = project();
    let shared = put(root.path(), "policies/shared.assize", SHARED);
    let user = put(root.path(), "policies/user.assize", USER);
    let mut session = Session::on(root.path());
    session.open(&user, 1, USER);
    assert_eq!(codes(&session.diagnostics(&user, 1)), Vec::<&str>::new());
    let found = session.request("textDocument/definition", place(&user, position(USER, "age\n")));
    assert_eq!((&found["uri"], &found["range"]["start"]), (&json!(shared), &position(SHARED, "age:")));

    // An edit of the other file is seen in this one, and gone when that is closed without saving.
    session.open(&shared, 1, SHARED);
    assert_eq!(codes(&session.diagnostics(&shared, 1)), Vec::<&str>::new());
    session.replace(&shared, 2, &SHARED.replace("age:", "years:"));
    assert_eq!(codes(&session.diagnostics(&shared, 2)), Vec::<&str>::new());
    assert_eq!(codes(&session.diagnostics(&user, 1)), ["E0201"]);
    session.close(&shared);
    assert_eq!(session.published(&shared)["diagnostics"], json!([]));
    assert_eq!(codes(&session.diagnostics(&user, 1)), Vec::<&str>::new());
}

#[test]
fn changes_on_disk_are_followed() {
    let root = project();
    let user = put(root.path(), "user.assize", USER);
    let can = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut session = Session::with(root.path(), can);
    let asked = session.told("client/registerCapability");
    assert_eq!(asked["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    session.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": null}));

    session.open(&user, 1, USER);
    assert_eq!(codes(&session.diagnostics(&user, 1)), ["E0208", "E0201"]);
    let shared = put(root.path(), "shared.assize", SHARED);
    watched(&mut session, &shared, 1);
    assert_eq!(codes(&session.diagnostics(&user, 1)), Vec::<&str>::new());
    put(root.path(), "shared.assize", &SHARED.replace("duration = 90d in 1d..400d", "int = 1"));
    watched(&mut session, &shared, 2);
    assert_eq!(codes(&session.diagnostics(&user, 1)), ["E0302"]);
    fs::remove_file(root.path().join("shared.assize")).expect("a file");
    watched(&mut session, &shared, 3);
    assert_eq!(codes(&session.diagnostics(&user, 1)), ["E0208", "E0201"]);

    // What is open is what its editor says, whatever is on disk.
    put(root.path(), "user.assize", "package other\n");
    watched(&mut session, &user, 2);
    let hover = session.request("textDocument/hover", place(&user, position(USER, "old")));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("fn old")), "{hover}");
}

#[test]
fn a_project_file_draws_the_line_and_may_change() {
    let root = project();
    put(root.path(), "drafts/shared.assize", SHARED);
    let settings = put(root.path(), "assize.toml", "stdlib = false\npolicies = [\"policies\"]\n");
    let user = put(root.path(), "policies/user.assize", USER);
    let mut session = Session::on(root.path());
    session.open(&user, 1, USER);
    assert_eq!(codes(&session.diagnostics(&user, 1)), ["E0208", "E0201"]);
    put(root.path(), "assize.toml", "stdlib = false\npolicies = [\"policies\", \"drafts\"]\n");
    watched(&mut session, &settings, 2);
    assert_eq!(codes(&session.diagnostics(&user, 1)), Vec::<&str>::new());
    put(root.path(), "assize.toml", "stdlib = false\npolicies = \"policies\"\n");
    watched(&mut session, &settings, 2);
    let told = session.told("window/logMessage");
    assert!(
        told["params"]["message"]
            .as_str()
            .is_some_and(|text| text.ends_with("`policies` is a list of paths"))
    );
}

#[test]
fn projects_below_one_folder_do_not_meet() {
    let root = project();
    for name in ["one", "two"] {
        put(root.path(), &format!("{name}/assize.toml"), "stdlib = false\n");
        put(root.path(), &format!("{name}/shared.assize"), SHARED);
        put(root.path(), &format!("{name}/user.assize"), USER);
    }
    let mut session = Session::on(root.path());
    for name in ["one", "two"] {
        let file = uri(&root.path().join(name).join("user.assize"));
        session.open(&file, 1, USER);
        assert_eq!(codes(&session.diagnostics(&file, 1)), Vec::<&str>::new());
        let found = session.request("textDocument/definition", place(&file, position(USER, "age\n")));
        assert_eq!(found["uri"], json!(uri(&root.path().join(name).join("shared.assize"))));
    }
}
