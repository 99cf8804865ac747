//! The library from C: a header that is true, every function called, and no memory lost.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that goes wrong may abort, and a skip has to be seen"
)]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Calls every function, and counts what is asked of memory.
const SURFACE: &str = "tests/surface.c";

fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether a program is here.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found || std::env::var_os("ASSIZE_REQUIRE").is_none(), "no {program}, and ASSIZE_REQUIRE is set");
    if !found {
        eprintln!("skipped: no {program} here");
    }
    found
}

/// Where this library was built.
fn built(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let places = [deps.join(name), deps.parent().unwrap().join(name)];
    let found = places.into_iter().find(|path| path.is_file());
    found.expect("the library: `cargo build --manifest-path bindings/Cargo.toml` makes it")
}

/// Compiles a program with all warnings, against the static library or the shared one.
fn compile(source: &str, into: &Path, shared: bool) -> PathBuf {
    let program = into.join(Path::new(source).file_stem().unwrap());
    let library = built(if shared { "libassize_c.so" } else { "libassize_c.a" });
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Werror", "-g"]);
    cc.arg(own(source)).arg("-I").arg(own("include")).arg("-o").arg(&program).arg(&library);
    if shared {
        cc.arg(format!("-Wl,-rpath,{}", library.parent().unwrap().display()));
    }
    if source == SURFACE {
        cc.args(["malloc", "calloc", "realloc", "posix_memalign"].map(|name| format!("-Wl,--wrap={name}")));
    }
    let output = cc.args(["-lpthread", "-ldl", "-lm"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

fn run(program: impl AsRef<OsStr>, arguments: &[&Path], input: &str) -> Output {
    let mut process = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

/// `ASSIZE_UPDATE=1` writes the header.
#[test]
fn the_header_is_what_the_code_says() {
    let config = cbindgen::Config::from_file(own("cbindgen.toml")).unwrap();
    let rules = std::fs::read_to_string(own("include/rules.txt")).unwrap();
    let made = cbindgen::Builder::new()
        .with_crate(own(""))
        .with_config(config)
        .with_header(rules.trim_end())
        .generate()
        .unwrap();
    let mut text = Vec::new();
    made.write(&mut text);
    let text = String::from_utf8(text).unwrap();
    if std::env::var_os("ASSIZE_UPDATE").is_some() {
        std::fs::write(own("include/assize.h"), &text).unwrap();
    }
    let header = std::fs::read_to_string(own("include/assize.h")).unwrap();
    assert!(header == text, "ASSIZE_UPDATE=1 cargo test -p assize-c writes include/assize.h");
    // And the program of these tests calls all of it.
    let called = std::fs::read_to_string(own("tests/surface.c")).unwrap();
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let functions = header.split("assize_").skip(1).filter_map(|rest| {
        let name = rest.split(ends).next()?;
        rest.strip_prefix(name)?.starts_with('(').then_some(name)
    });
    let missing: Vec<&str> = functions.filter(|name| !called.contains(&format!("assize_{name}("))).collect();
    assert!(missing.is_empty(), "tests/surface.c does not call {missing:?}");
}

#[test]
fn every_function_does_what_it_says_and_nothing_is_lost() {
    if !has("cc") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = compile(SURFACE, folder.path(), false);
    let output = run(&program, &[], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if !has("valgrind") {
        return;
    }
    // What is only possibly lost is what Rust's threads hold by the middle.
    let output = Command::new("valgrind")
        .args([
            "--quiet",
            "--leak-check=full",
            "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect",
            "--error-exitcode=9",
        ])
        .arg(&program)
        .arg("quick")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// It links with the shared library as well.
#[test]
fn the_example_runs() {
    if !has("cc") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = compile("examples/gate.c", folder.path(), true);
    let proxy = own("../../examples/proxy");
    let requests = "{\"client\": \"shop\", \"method\": \"GET\", \"path\": \"/\"}
{\"client\": \"old-shop\", \"method\": \"GET\", \"path\": \"/\"}
{\"client\": \"crawler\", \"method\": \"POST\", \"path\": \"/\"}
{\"method\": \"GET\", \"path\": \"/\"}
{
";
    let output = run(&program, &[&proxy.join("policies"), &proxy.join("facts.ndjson")], requests);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "allow
block: gate.freeze, arm 1
block: gate.read_only, arm 1
undetermined: gate.freeze, arm 2
undetermined: the request is not a JSON object: line 2, column 0
";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    let missing = run(&program, &[Path::new("nowhere"), &proxy.join("facts.ndjson")], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cannot read `nowhere`"));
}

/// The C of docs/embedding.md, as it stands there.
#[test]
fn the_page_shows_what_runs() {
    if !has("cc") {
        return;
    }
    let page = std::fs::read_to_string(own("../../docs/embedding.md")).unwrap();
    let code = page.split("```c\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("page.c");
    std::fs::write(&source, code).unwrap();
    let program = compile(source.to_str().unwrap(), folder.path(), false);
    let output = Command::new(program).current_dir(own("../../examples/proxy")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "block old-shop is frozen\n");
}
