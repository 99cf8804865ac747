//! What is coloured as what: the corpus that every grammar is held to, `lsp/editors/corpus/`.

use std::collections::HashMap;

use tree_sitter::{Query, QueryCursor, StreamingIterator};
use tree_sitter_assize::{HIGHLIGHTS, LANGUAGE};

use super::{below, here, parse, unread};

/// A place of a text, and what the corpus says of it.
struct Claim<'a> {
    row: usize,
    column: usize,
    name: &'a str,
}

/// The claims of a text: comments that point at the line above.
fn claims(text: &str) -> Vec<Claim<'_>> {
    let mut out = Vec::new();
    let mut row = 0;
    for (index, line) in text.lines().enumerate() {
        let pointed = line.strip_prefix("//").map(str::trim_start);
        let arrow = pointed.and_then(|said| said.strip_prefix("<-"));
        let carets = pointed.filter(|said| said.starts_with('^'));
        if let Some(name) = arrow {
            out.push(Claim { row, column: 0, name: name.trim() });
        } else if let Some(said) = carets {
            let name = said.trim_start_matches('^');
            let width = said.len() - name.len();
            let start = line.len() - said.len();
            out.extend((start..start + width).map(|column| Claim { row, column, name: name.trim() }));
        } else {
            row = index;
        }
    }
    out
}

/// The innermost capture of each byte of a text.
fn captures(text: &str) -> Vec<String> {
    let tree = parse(text);
    let query = Query::new(&LANGUAGE.into(), HIGHLIGHTS).unwrap();
    let mut spans = Vec::new();
    let mut cursor = QueryCursor::new();
    let mut found = cursor.captures(&query, tree.root_node(), text.as_bytes());
    while let Some((one, index)) = found.next() {
        let capture = &one.captures()[*index];
        spans.push((capture.node.byte_range(), query.capture_names()[capture.index as usize].to_owned()));
    }
    // The wider ones first, so that those inside of them write over them.
    spans.sort_by_key(|(range, _)| std::cmp::Reverse(range.len()));
    let mut out = vec![String::new(); text.len()];
    for (range, name) in spans {
        out[range].fill(name);
    }
    out
}

#[test]
fn the_corpus_is_coloured_as_it_says() {
    let names = std::fs::read_to_string(here().join("../corpus/names.json")).unwrap();
    let names: HashMap<String, HashMap<String, Vec<String>>> = serde_json::from_str(&names).unwrap();
    let files = below(&here().join("../corpus"), "assize");
    assert!(files.len() >= 3);
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(unread(&parse(&text)), Vec::<String>::new(), "{}", path.display());
        let captures = captures(&text);
        let starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let claims = claims(&text);
        assert!(claims.len() > 100, "{} claims little", path.display());
        for claim in claims {
            let wanted =
                &names.get(claim.name).unwrap_or_else(|| panic!("`{}` is no name", claim.name))["captures"];
            let found = &captures[starts[claim.row] + claim.column];
            if !wanted.contains(found) {
                let file = path.file_name().unwrap().display();
                wrong.push(format!(
                    "{file}:{}:{} is `{found}`, not {}",
                    claim.row + 1,
                    claim.column + 1,
                    claim.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two patterns on one node would be coloured differently by editors that take the first and those that take the
/// last.
#[test]
fn no_two_patterns_colour_one_node() {
    let query = Query::new(&LANGUAGE.into(), HIGHLIGHTS).unwrap();
    let mut seen = 0;
    for path in below(&here().join("../../.."), "assize") {
        let text = std::fs::read_to_string(&path).unwrap();
        let tree = parse(&text);
        let mut colours: HashMap<usize, &str> = HashMap::new();
        let mut cursor = QueryCursor::new();
        let mut found = cursor.captures(&query, tree.root_node(), text.as_bytes());
        while let Some((one, index)) = found.next() {
            let capture = &one.captures()[*index];
            let name = query.capture_names()[capture.index as usize];
            seen += 1;
            if let Some(other) = colours.insert(capture.node.id(), name) {
                assert_eq!(other, name, "{}: {}", path.display(), &text[capture.node.byte_range()]);
            }
        }
    }
    assert!(seen > 10_000, "{seen}");
}

#[test]
fn the_claims_are_counted_as_they_are_written() {
    let text = "let x\n//  ^ name\n// <- keyword\n// a comment\n// <- comment\n";
    let found: Vec<(usize, usize, &str)> =
        claims(text).iter().map(|one| (one.row, one.column, one.name)).collect();
    assert_eq!(found, [(0, 4, "name"), (0, 0, "keyword"), (3, 0, "comment")]);
}
