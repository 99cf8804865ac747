//! The parser against the language's own examples, and its edges one by one.

mod agreement;
mod corpus;
mod cutting;
mod errors;
mod formatting;
mod limits;
mod near_misses;
mod recovery;
mod said;
mod show;
mod trees;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

use super::{ParsedItem, cut, parse_item};

/// So many cases, the same on every run.
fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_601),
        ..ProptestConfig::default()
    }
}

/// The only item of a text, which is whole.
fn parsed(text: &str) -> ParsedItem {
    let items = cut(text);
    assert_eq!(items.len(), 1, "one item in {text:?}");
    parse_item(&items[0].text)
}
