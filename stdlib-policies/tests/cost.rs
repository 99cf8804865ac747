//! No policy of the library is too expensive for an estate of which nobody has said how big it is.

use assize_lang::cost::{self, Cardinality};
use assize_lang::{SourceText, compile};

#[test]
fn every_policy_is_within_the_default_budget_at_guessed_sizes() {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: true })
        .collect();
    let costs = cost::policies(&compile(&sources).program, &Cardinality::default());
    let over = costs.iter().filter(|cost| cost.reach.worst > cost::BUDGET);
    let over: Vec<String> = over
        .map(|cost| format!("{}: {} elements, mostly {:?}", cost.policy, cost.reach.worst, cost.mostly))
        .collect();
    assert!(over.is_empty(), "{over:#?}");
    assert!(costs.iter().any(|cost| cost.reach.worst > cost::BUDGET / 2), "the sizes are too small to tell");
}
