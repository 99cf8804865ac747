//! Three editors by what they say that they can do: pytest-lsp, as `tests/clients/` has it.

use std::path::PathBuf;
use std::process::Command;

use super::{Came, here, server};

pub(super) fn run() -> Came {
    let Some(python) = python() else {
        return Came::Skipped("no Python has pytest-lsp (`pip install pytest-lsp`)");
    };
    let output = Command::new(python)
        .args(["-m", "pytest"])
        .arg(here().join("tests/clients"))
        .env("ASSIZE_SERVER", format!("{}\tserve", server().display()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("a Python");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    Came::Seen("three editors that can do more and less were served")
}

/// A Python that has pytest-lsp: `.ci/run` makes one in the user's cache.
fn python() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home.map(|home| home.join(".cache")));
    let own = cache.map(|cache| cache.join("assize/python/bin/python"));
    own.into_iter().chain([PathBuf::from("python3")]).find(|python| {
        let found = Command::new(python).args(["-c", "import pytest_lsp"]).output();
        found.is_ok_and(|output| output.status.success())
    })
}
