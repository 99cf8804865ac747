//! The queries: each can be read, and each of their patterns fits something that is really written.

use std::collections::HashSet;

use tree_sitter::{Query, QueryCursor, StreamingIterator};
use tree_sitter_assize::{FOLDS, HIGHLIGHTS, INDENTS, INJECTIONS, LANGUAGE, LOCALS};

use super::{below, here, parse};

#[test]
fn every_pattern_of_every_query_fits_something() {
    let mut texts: Vec<String> = below(&here().join("../../.."), "assize")
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    texts.push("fn f(s: string): bool = s.matches('a')\ntable t(n: int): int { < 3 => 1 }\n".to_owned());
    let query = |name: &str, text: &str| {
        Query::new(&LANGUAGE.into(), text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let mut queries: Vec<(String, Query)> = [
        ("highlights", HIGHLIGHTS),
        ("folds", FOLDS),
        ("indents", INDENTS),
        ("injections", INJECTIONS),
        ("locals", LOCALS),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), query(name, text)))
    .collect();
    for editor in ["../helix/queries", "../zed/languages"] {
        for path in below(&here().join(editor), "scm") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = format!("{editor}/{}", path.file_name().unwrap().display());
            queries.push((name.clone(), query(&name, &text)));
        }
    }
    for (name, query) in queries {
        let mut unused: HashSet<usize> = (0..query.pattern_count()).collect();
        for text in &texts {
            let tree = parse(text);
            let mut cursor = QueryCursor::new();
            let mut found = cursor.matches(&query, tree.root_node(), text.as_bytes());
            while let Some(one) = found.next() {
                unused.remove(&one.pattern_index);
            }
        }
        let line = |pattern: &usize| query.start_byte_for_pattern(*pattern);
        assert!(
            unused.is_empty(),
            "{name}: nothing fits the patterns at bytes {:?}",
            unused.iter().map(line).collect::<Vec<_>>()
        );
    }
}
