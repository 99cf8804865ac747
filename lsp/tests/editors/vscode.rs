//! The extension for VS Code: its grammar on everything that is written, its logic on a stand-in for the editor.

use std::process::Command;

use super::{Came, here};

pub(super) fn run() -> Came {
    let extension = here().join("editors/vscode");
    if Command::new("node").arg("--version").output().is_err() {
        return Came::Skipped("`node` is not installed");
    }
    if !extension.join("node_modules").is_dir() {
        return Came::Skipped("`npm ci` was not run in editors/vscode");
    }
    let tests = std::fs::read_dir(extension.join("test")).expect("a folder").flatten();
    let tests = tests.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".test.js"));
    let output =
        Command::new("node").arg("--test").args(tests).current_dir(&extension).output().expect("node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Came::Seen("the corpus is coloured as it says, and the extension does what its manifest says")
}
