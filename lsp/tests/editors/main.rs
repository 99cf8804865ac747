//! Editors on the real server over real pipes, where they are installed. Called with `serve` this program is the
//! server that they start.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test that is a program")]

mod clients;
mod configured;
mod nvim;
mod vscode;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What came of one of them.
enum Came {
    /// It was run, and this is what was seen.
    Seen(&'static str),
    /// It is not installed here.
    Skipped(&'static str),
}

/// A name, and what runs it.
type Part = (&'static str, fn() -> Came);

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        let orderly = assize_lsp::run_stdio(assize_lsp::Options::default()).expect("a server");
        return if orderly { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut skipped = false;
    let all: [Part; 4] = [
        ("configured", configured::run),
        ("nvim", nvim::run),
        ("clients", clients::run),
        ("vscode", vscode::run),
    ];
    for (name, run) in all {
        match run() {
            Came::Seen(what) => println!("{name}: {what}"),
            Came::Skipped(why) => {
                println!("{name}: skipped, {why}");
                skipped = true;
            }
        }
    }
    // Where everything is meant to be there, a skip is a failure.
    if skipped && std::env::var_os("ASSIZE_REQUIRE").is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The folder of the crate.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// This program.
fn server() -> PathBuf {
    std::env::current_exe().expect("this program")
}
