//! The index: every construct of the language has its row, and every link of the pages its target.

use std::collections::BTreeSet;

use super::pages;

/// Every word of the grammar, from the grammar itself.
fn words() -> BTreeSet<String> {
    let grammar = std::fs::read_to_string(crate::tidy::root().join("lang/src/syntax/grammar.pest")).unwrap();
    let rule = |line: &str| {
        let word = line.strip_prefix("kw_")?.split_whitespace().next()?;
        Some(word.to_owned())
    };
    let words: BTreeSet<String> = grammar.lines().filter_map(rule).collect();
    for item in ["policy", "entity", "envelope", "rank", "block"] {
        assert!(words.contains(item), "`{item}` is no word of the grammar");
    }
    words
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The targets of a page's links to other pages and sections.
fn links(text: &str) -> Vec<&str> {
    let ends = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    ends.filter(|target| !target.contains("://")).collect()
}

#[test]
fn every_word_of_the_grammar_has_its_row() {
    let (_, index) = pages().into_iter().find(|(path, _)| path.ends_with("README.md")).unwrap();
    let shown: BTreeSet<String> = index
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .flat_map(|code| code.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .map(str::to_owned)
        .collect();
    let lacking: Vec<String> = words().difference(&shown).cloned().collect();
    assert!(lacking.is_empty(), "docs/language/README.md has no row for {}", lacking.join(", "));
}

#[test]
fn every_link_has_its_target() {
    let mut broken = Vec::new();
    for (path, text) in pages() {
        let from = path.file_name().unwrap().to_string_lossy().into_owned();
        for link in links(&text) {
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            let found = match std::fs::read_to_string(&target) {
                Ok(text) if !section.is_empty() => text
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line.trim_start_matches('#')) == section),
                Ok(_) => true,
                Err(_) => target.is_dir() && section.is_empty(),
            };
            if !found {
                broken.push(format!("{from}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "no such place:\n{}", broken.join("\n"));
}

#[test]
fn headings_become_anchors() {
    assert_eq!(anchor(" `all`, and an empty list"), "all-and-an-empty-list");
    assert_eq!(links("[a](b.md#c) and [d](https://e.f/g) and [h](#i)"), ["b.md#c", "#i"]);
}
