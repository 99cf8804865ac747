//! The pages of the codes: each is whole, and each says what the front end does.

use std::collections::BTreeSet;
use std::path::Path;

use assize_lang::cost::{self, Cardinality};
use assize_lang::diagnostic::{Code, Diagnostic, Severity};
use assize_lang::{Database, SourceText};

use crate::support::MODEL;

const SECTIONS: [&str; 4] = ["Summary", "Avoid", "Prefer", "Rationale"];

/// The title of a page and its sections, each with its body.
fn sections(page: &str) -> (&str, Vec<(&str, &str)>) {
    let (title, rest) = page.split_once("\n\n## ").expect("a title and sections");
    let cut = |section| str::split_once(section, "\n\n").expect("a heading and a body");
    (title, rest.split("\n\n## ").map(cut).collect())
}

/// The text of the one block of a section.
fn block<'a>(code: Code, sections: &[(&str, &'a str)], name: &str) -> &'a str {
    let (_, body) = sections.iter().find(|(heading, _)| *heading == name).expect("the section");
    let block = body.trim_end().strip_prefix("```assize\n").and_then(|body| body.strip_suffix("```"));
    let one = block.is_some_and(|block| !block.contains("```"));
    assert!(one, "{code}: `{name}` is not one block of assize");
    block.unwrap_or_default()
}

/// What is said about a block beside the model. Each of its `package` lines starts a file.
fn said_of(block: &str) -> Vec<Diagnostic> {
    let mut files: Vec<String> = Vec::new();
    for line in block.split_inclusive('\n') {
        match files.last_mut() {
            Some(file) if !line.starts_with("package ") => file.push_str(line),
            _ => files.push(line.to_owned()),
        }
    }
    let source = |path: String, text, library| SourceText { path, text, library };
    let mut sources = vec![source("model.assize".to_owned(), MODEL.to_owned(), true)];
    sources
        .extend(files.into_iter().enumerate().map(|(at, text)| source(format!("{at}.assize"), text, false)));
    let mut db = Database::default();
    for source in &sources {
        db.set_source(&source.path, &source.text, source.library);
    }
    let program = db.program();
    let costs = cost::policies(&program, &Cardinality::default());
    let found = db.diagnostics().into_iter().chain(cost::over_budget(&program, &costs, cost::BUDGET));
    found.flat_map(|file| file.diagnostics).collect()
}

fn avoided(code: Code) -> Vec<Diagnostic> {
    said_of(block(code, &sections(code.page()).1, "Avoid"))
}

#[test]
fn every_page_has_its_sections_in_order() {
    for &code in Code::ALL {
        let (title, sections) = sections(code.page());
        assert_eq!(title, format!("# {code}: {}", code.summary()));
        assert_eq!(sections.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(), SECTIONS, "{code}");
        for prose in ["Summary", "Rationale"] {
            let (_, body) = sections.iter().find(|(heading, _)| *heading == prose).expect("the section");
            assert!(body.trim_end().ends_with('.'), "{code}: `{prose}` is no sentence");
            assert!(!body.contains("```"), "{code}: `{prose}` has a block");
        }
    }
}

#[test]
fn every_page_is_of_a_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes");
    let entries = folder.read_dir().expect("the folder of the pages");
    let pages: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(pages, Code::ALL.iter().map(|code| format!("{code}.md")).collect());
}

#[test]
fn what_a_page_avoids_has_its_code_and_no_other_error() {
    for &code in Code::ALL {
        let said = avoided(code);
        assert!(said.iter().any(|one| one.code == code), "{code} is not said of its page:\n{said:#?}");
        let others = said.iter().filter(|one| one.code != code && one.severity == Severity::Error);
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&Diagnostic>::new(), "{code}: another error");
    }
}

#[test]
fn what_a_page_prefers_is_said_nothing_about() {
    for &code in Code::ALL {
        let said = said_of(block(code, &sections(code.page()).1, "Prefer"));
        assert_eq!(said, Vec::new(), "{code}");
    }
}

#[test]
fn messages_are_written_by_one_rule() {
    for &code in Code::ALL {
        for one in avoided(code).iter().filter(|one| one.code == code) {
            let message = &one.message;
            assert!(!message.ends_with('.'), "{code}: a full stop: {message}");
            assert!(!message.starts_with(char::is_uppercase), "{code}: upper case: {message}");
            assert!(one.help.is_some(), "{code}: nothing says what to write instead: {message}");
        }
    }
}
