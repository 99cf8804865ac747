//! The counts above policies, from the built binary below three editors: pytest-lsp, as `lsp/tests/clients/` has it.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{binary, root};

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

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn three_editors_see_what_policies_come_to() {
    let Some(python) = python() else {
        assert!(std::env::var_os("ASSIZE_REQUIRE").is_none(), "pytest-lsp is not installed");
        eprintln!("skipped: no Python has pytest-lsp");
        return;
    };
    let output = Command::new(python)
        .args(["-m", "pytest"])
        .arg(root().join("lsp/tests/clients/test_lenses.py"))
        .env("ASSIZE_SERVER", format!("{}\tlsp", binary()))
        .env("ASSIZE_COUNTS", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("a Python");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    // A run in which nothing was found to run is none.
    assert!(said.contains(" passed"), "{said}");
}
