//! Writes `src/` from `grammar.js`: `cargo run -p tree-sitter-assize --features generate`. With `--check` it only says
//! whether `src/` is what it would write.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// The oldest version of a parser's tables that says all that is said here: Neovim reads it from 0.7 on.
const ABI: usize = 14;

fn main() -> ExitCode {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let done = if std::env::args().nth(1).as_deref() == Some("--check") {
        let made = std::env::temp_dir().join(format!("assize-grammar-{}", std::process::id()));
        let same = generate(here, &made).and_then(|()| same(&here.join("src"), &made));
        // Where it stays behind it is in a folder for such things.
        drop(std::fs::remove_dir_all(&made));
        same
    } else {
        generate(here, &here.join("src"))
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say(&problem);
            ExitCode::FAILURE
        }
    }
}

fn generate(here: &Path, into: &Path) -> Result<(), String> {
    let mut said = Vec::new();
    let grammar: Option<PathBuf> = None;
    let into = Some(into.to_owned());
    let done = generate_parser_in_directory(
        here,
        into,
        grammar,
        ABI,
        None,
        None,
        true,
        OptLevel::default(),
        &mut said,
    );
    for problem in &said {
        say(&problem.to_string());
    }
    done.map_err(|error| error.to_string())
}

fn same(committed: &Path, made: &Path) -> Result<(), String> {
    for file in ["parser.c", "grammar.json", "node-types.json"] {
        let read = |folder: &Path| {
            let path = folder.join(file);
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        if read(committed)? != read(made)? {
            return Err(format!(
                "src/{file} was not made from grammar.js; `cargo run -p tree-sitter-assize --features generate` makes it"
            ));
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a program for people")]
fn say(line: &str) {
    eprintln!("{line}");
}
