//! The plugin for Neovim in a headless Neovim, where there is one. Called with `serve` this program is the
//! server that the editor starts.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test that is a program")]

use std::path::Path;
use std::process::{Command, ExitCode};

const POLICY: &str = "package acme.p
use nhi.model.*

policy idle {
  for s: Secret
  where s.statik
  decide { s.uses.exists(u, u.at > now - 1d) => alert low because \"{s.id}\" }
}
";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        let orderly = assize_lsp::run_stdio().expect("a server");
        return if orderly { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if Command::new("nvim").arg("--version").output().is_err() {
        println!("skipped: `nvim` is not installed");
        // Where everything is meant to be there, a skip is a failure.
        return if std::env::var_os("ASSIZE_REQUIRE").is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("policy.assize"), POLICY).expect("a file");
    let said = session(folder.path());
    let expected = "diagnostic E0202 5:10 `Secret` has no field `statik`
mended
hover static: bool
definition secrets.assize entity Secret {";
    assert_eq!(said, expected);
    println!("nvim: a mistake was shown and mended, a name explained and found");
    ExitCode::SUCCESS
}

/// Runs the session in an editor of its own, and gives what it printed.
fn session(folder: &Path) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let server = std::env::current_exe().expect("this program");
    let command = format!("lua vim.g.assize_command = {{ {:?}, \"serve\" }}", server.display().to_string());
    let output = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n"])
        .args(["-c", &command])
        .arg("-c")
        .arg(format!("luafile {}", here.join("editors/neovim/assize.lua").display()))
        .arg("-c")
        .arg(format!("luafile {}", here.join("tests/nvim/session.lua").display()))
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
