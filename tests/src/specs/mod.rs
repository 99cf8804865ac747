//! The language reference is the test suite: every page of `docs/language/` is run, block by block.
//!
//! Each heading opens a section, a small project in memory, which begins with what the sections around it
//! declare. Its blocks:
//!
//! - `assize` adds to the project; a block that starts with `package` starts a file. What stands there has no
//!   diagnostics, and its tests pass.
//! - `diagnostics` holds what the checker says of the `assize` block before it, which then adds nothing.
//! - `facts` adds lines of facts.
//! - `decisions NOW` holds what is decided on them at that instant.
//! - `values [NAME: TYPE] [NOW]` holds expressions and their values: of each fact of the type, where one is
//!   named.
//!
//! `cargo dev docs` writes the blocks that hold what came out.

mod index;
mod page;
mod project;
mod run;
mod show;

use std::path::PathBuf;

/// The pages, in the order of their names.
fn pages() -> Vec<(PathBuf, String)> {
    let folder = crate::tidy::root().join("docs/language");
    let mut pages: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_pages_say_what_the_language_does() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut wrong = String::new();
    let mut blocks: usize = 0;
    for (path, text) in pages() {
        let ran = run::page(&text);
        blocks = blocks.saturating_add(ran.blocks);
        if update && ran.text != text {
            std::fs::write(&path, &ran.text).unwrap();
        }
        let name = path.file_name().unwrap().to_string_lossy();
        for problem in ran.problems.iter().filter(|problem| !(update && problem.mended)) {
            wrong.push_str(&format!("docs/language/{name}:{}: {}\n", problem.line, problem.text));
        }
    }
    assert!(blocks > 0, "no block was found");
    assert!(wrong.is_empty(), "`cargo dev docs` writes what came out\n{wrong}");
}
