//! The package, put together from what was built, under a real Python.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that goes wrong may abort, and a skip has to be seen"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that is asked, if there is one.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PYO3_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let found = Command::new(&python).arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found || std::env::var_os("ASSIZE_REQUIRE").is_none(), "no Python, and ASSIZE_REQUIRE is set");
    found.then_some(python)
}

/// A folder with the package: its Python files, and the library beside them.
fn package() -> tempfile::TempDir {
    // Cargo puts it where its other results are.
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let name = format!("{}_assize{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = [deps.join(&name), deps.parent().unwrap().join(&name)];
    let built = built.iter().find(|path| path.is_file());
    let built = built.expect("the library: `cargo build --manifest-path bindings/Cargo.toml` makes it");
    let folder = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/assize");
    std::fs::create_dir(folder.path().join("assize")).unwrap();
    for file in ["__init__.py", "__init__.pyi", "py.typed"] {
        std::fs::copy(own.join(file), folder.path().join("assize").join(file)).unwrap();
    }
    std::fs::copy(built, folder.path().join("assize/_assize.abi3.so")).unwrap();
    folder
}

#[test]
fn the_package_keeps_its_promises() {
    let Some(python) = python() else { return eprintln!("skipped: no Python here") };
    let folder = package();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let output = Command::new(python)
        .args(["-B", "-m", "unittest", "-q", "test_assize"])
        .current_dir(tests)
        .env("PYTHONPATH", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The stubs say what the package has, by mypy's own comparison.
#[test]
fn the_stubs_are_true() {
    let Some(python) = python() else { return eprintln!("skipped: no Python here") };
    let mypy = Command::new(&python)
        .args(["-c", "import mypy"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !mypy {
        assert!(std::env::var_os("ASSIZE_REQUIRE").is_none(), "no mypy, and ASSIZE_REQUIRE is set");
        return eprintln!("skipped: no mypy here");
    }
    let folder = package();
    let output = Command::new(python)
        .args(["-m", "mypy.stubtest", "assize", "--ignore-missing-stub", "--concise"])
        .current_dir(folder.path())
        .env("PYTHONPATH", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
