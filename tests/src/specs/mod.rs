//! The language reference is the test suite: every page of `docs/language/` is run, block by block, as
//! `assize::specs` says. `cargo dev docs` writes the blocks that hold what came out.

mod index;

use assize::{Engine, specs};
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

/// The blocks that are not run.
const OTHERS: &[&str] = &["text", "json", "console"];

/// The standard library, where a page uses it.
fn base(texts: &[&str]) -> assize::Builder {
    let builder = Engine::builder();
    if texts.iter().any(|text| text.contains("use nhi.")) { builder.stdlib() } else { builder }
}

#[test]
fn the_pages_say_what_the_language_does() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut wrong = String::new();
    let mut blocks: usize = 0;
    for (path, text) in pages() {
        let name = path.file_name().unwrap().to_string_lossy();
        let ran = specs::page(&name, &text, &base);
        blocks = blocks.saturating_add(ran.blocks());
        if update && ran.text != text {
            std::fs::write(&path, &ran.text).unwrap();
        }
        let problems = ran.sections.iter().flat_map(|section| &section.problems);
        for problem in problems.filter(|problem| !(update && problem.mended)) {
            let (line, text, pictures) = (problem.line, &problem.text, &problem.pictures);
            wrong.push_str(&format!("docs/language/{name}:{line}: {text}\n{pictures}"));
        }
        for (line, kind) in ran.others.iter().filter(|(_, kind)| !OTHERS.contains(&kind.as_str())) {
            wrong.push_str(&format!("docs/language/{name}:{line}: `{kind}` is no kind of block\n"));
        }
    }
    assert!(blocks > 0, "no block was found");
    assert!(wrong.is_empty(), "`cargo dev docs` writes what came out\n{wrong}");
}
