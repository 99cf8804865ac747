//! The parser against the language's own examples, and its edges one by one.

mod corpus;
mod limits;

use super::{ParsedItem, cut, parse_item};

/// The only item of a text, which is whole.
fn parsed(text: &str) -> ParsedItem {
    let items = cut(text);
    assert_eq!(items.len(), 1, "one item in {text:?}");
    parse_item(&items[0].text)
}
