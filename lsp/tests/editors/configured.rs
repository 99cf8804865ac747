//! What Helix and Zed are configured with: read as they read it, and pointing at what is there. And what the page about
//! editors shows.

use toml::{Table, Value};

use super::{Came, here};

pub(super) fn run() -> Came {
    helix();
    zed();
    pictures();
    Came::Seen("the files for Helix and Zed, and the page about editors, name what is there")
}

fn helix() {
    let table = read("editors/helix/languages.toml");
    let language = first(&table, "language");
    assert_eq!(text(language, &["name"]), "assize");
    assert_eq!(text(language, &["file-types"]), "assize");
    assert_eq!(text(language, &["roots"]), "assize.toml");
    let server = text(language, &["language-servers"]);
    assert_eq!(text(&table, &["language-server", server, "command"]), "assize");
    assert_eq!(text(&table, &["language-server", server, "args"]), "lsp");
    let grammar = first(&table, "grammar");
    assert_eq!(text(grammar, &["name"]), text(language, &["grammar"]));
    for query in ["highlights", "indents", "injections", "locals"] {
        assert!(here().join(format!("editors/helix/queries/assize/{query}.scm")).is_file(), "{query}");
    }
}

fn zed() {
    let extension = read("editors/zed/extension.toml");
    assert_eq!(text(&extension, &["id"]), "assize");
    assert_eq!(text(&extension, &["language_servers", "assize", "languages"]), "Assize");
    let path = text(&extension, &["grammars", "assize", "path"]);
    assert!(here().join("..").join(path).join("src/parser.c").is_file(), "{path} has no parser");
    let language = read("editors/zed/languages/assize/config.toml");
    assert_eq!(text(&language, &["name"]), "Assize");
    assert_eq!(text(&language, &["grammar"]), "assize");
    assert_eq!(text(&language, &["path_suffixes"]), "assize");
}

/// The pictures that the page shows are there, and small enough for a repository.
fn pictures() {
    let page = here().join("../docs/editor.md");
    let text = std::fs::read_to_string(page).expect("a page");
    let shown: Vec<&str> =
        text.split("](pictures/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let folder = here().join("../docs/pictures");
    let mut there: Vec<String> = std::fs::read_dir(&folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    let mut expected = shown.clone();
    expected.sort_unstable();
    assert_eq!(there, expected, "the page shows what is there");
    for name in shown {
        let bytes = std::fs::metadata(folder.join(name)).expect("a picture").len();
        assert!(bytes < 150_000, "{name} has {bytes} bytes");
    }
}

fn read(path: &str) -> Table {
    let written = std::fs::read_to_string(here().join(path)).expect("a file");
    written.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The first table of a list of tables.
fn first<'a>(table: &'a Table, name: &str) -> &'a Table {
    let list = table.get(name).and_then(Value::as_array).and_then(|list| list.first());
    list.and_then(Value::as_table).unwrap_or_else(|| panic!("no `{name}`"))
}

/// The text at a path, or the first one of a list of texts there.
fn text<'a>(table: &'a Table, path: &[&str]) -> &'a str {
    let (last, folders) = path.split_last().expect("a path");
    let table = folders.iter().fold(table, |table, name| {
        table.get(*name).and_then(Value::as_table).unwrap_or_else(|| panic!("no `{name}`"))
    });
    let found = table.get(*last);
    found
        .and_then(Value::as_str)
        .or_else(|| found?.as_array()?.first()?.as_str())
        .unwrap_or_else(|| panic!("no text `{last}`"))
}
