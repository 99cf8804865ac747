//! The plugin for Neovim in a headless Neovim.

use std::path::Path;
use std::process::Command;

use super::{Came, here, server};

const POLICY: &str = "package acme.p
use nhi.model.*

policy idle {
  for s: Secret
  where s.statik
  decide { s.uses.exists(u, u.at > now - 1d) => alert low because \"{s.id}\" }
}
";

pub(super) fn run() -> Came {
    if Command::new("nvim").arg("--version").output().is_err() {
        return Came::Skipped("`nvim` is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("policy.assize"), POLICY).expect("a file");
    let parser = parser(&folder.path().join("runtime"));
    let said = session(folder.path());
    let expected = "diagnostic E0202 5:10 `Secret` has no field `statik`
mended
hover static: bool
definition secrets.assize entity Secret {
completion true true nil
renamed decide { key.uses.exists(u, u.at > now - 1d) => alert low because \"{key.id}\" }";
    let coloured = if parser { "tree-sitter true true\n" } else { "" };
    assert_eq!(said, format!("{coloured}{expected}"));
    Came::Seen("a text was coloured, a mistake shown and mended, a name explained, found, completed, changed")
}

/// Compiles the tree-sitter parser into a folder that an editor looks in, and says whether there is a compiler.
fn parser(runtime: &Path) -> bool {
    let grammar = here().join("editors/tree-sitter");
    let queries = runtime.join("queries/assize");
    std::fs::create_dir_all(runtime.join("parser")).expect("a folder");
    std::fs::create_dir_all(&queries).expect("a folder");
    for query in ["highlights", "folds", "injections", "locals"] {
        let file = format!("{query}.scm");
        std::fs::copy(grammar.join("queries").join(&file), queries.join(&file)).expect("a query");
    }
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O0", "-I"])
        .arg(grammar.join("src"))
        .arg(grammar.join("src/parser.c"))
        .arg("-o")
        .arg(runtime.join("parser/assize.so"))
        .output();
    compiled.is_ok_and(|output| output.status.success())
}

/// Runs the session in an editor of its own, and gives what it printed.
fn session(folder: &Path) -> String {
    let command = format!("lua vim.g.assize_command = {{ {:?}, \"serve\" }}", server().display().to_string());
    let output = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n"])
        .args(["--cmd", &format!("set runtimepath+={}", folder.join("runtime").display())])
        .args(["-c", &command])
        .arg("-c")
        .arg(format!("luafile {}", here().join("editors/neovim/assize.lua").display()))
        .arg("-c")
        .arg(format!("luafile {}", here().join("tests/editors/session.lua").display()))
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .output()
        .expect("an editor");
    let said = String::from_utf8_lossy(&output.stderr).replace('\r', "");
    assert!(output.status.success(), "{said}");
    said.trim().to_owned()
}
