//! What is left of a file in which most items have errors.

use crate::syntax::ast::{Clause, ExprKind, Item, ItemKind, PolicyItem, When};
use crate::syntax::{cut, parse_item};

const BROKEN: &str = r#"policy one {
  for s: Secret
  where s.role == "admin" &&
  decide { otherwise => alert high because "x" }
}
policy two {
  for s: Secret
  let old = s.age >
  where s.open
  decide {
    s.a => perhaps s because "first"
    s.b => alert low because "second"
  }
}
entity Three {
  key id: string
  name string
  owner: Person? inverse threes
} closed
fn four(a: int, b): bool = a + ) * 2
policy five
  for s: Secret
  decide { otherwise => none }
}
policy six { for s: Secret where s.has(")") decide alert high because "fine" }
policy seven {
  for s: Secret
  decide {
    s.a => alert high because "a"

table eight(a: bool): T {
  true => x
  false -> y
}
"#;

fn items() -> Vec<(Item, usize)> {
    let parsed = cut(BROKEN).into_iter().map(|item| parse_item(&item.text));
    parsed.map(|parsed| (parsed.item.expect("an item"), parsed.diagnostics.len())).collect()
}

fn policy(items: &[(Item, usize)], at: usize) -> &PolicyItem {
    match &items[at].0.kind {
        ItemKind::Policy(policy) => policy,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_item_keeps_its_name() {
    let items = items();
    let names: Vec<&str> = items.iter().map(|(item, _)| item.name().unwrap().text.as_str()).collect();
    assert_eq!(names, ["one", "two", "Three", "four", "five", "six", "seven", "eight"]);
    let errors: Vec<usize> = items.iter().map(|(_, errors)| *errors).collect();
    assert_eq!(errors, [1, 2, 1, 2, 1, 0, 2, 1]);
}

#[test]
fn what_reads_is_in_the_tree() {
    let items = items();
    assert_eq!(policy(&items, 0).decide.as_ref().unwrap().arms.len(), 1);

    let two = policy(&items, 1);
    let [Clause::Let(name, value, _), Clause::Where(_)] = two.clauses.as_slice() else {
        panic!("{:?}", two.clauses)
    };
    assert_eq!(name.text, "old");
    assert!(matches!(&value.kind, ExprKind::Binary(_, _, right) if right.kind == ExprKind::Error));
    let arms = &two.decide.as_ref().unwrap().arms;
    assert_eq!(arms.iter().map(|arm| arm.outcomes.len()).collect::<Vec<_>>(), [0, 1]);
    assert!(arms.iter().all(|arm| arm.because.is_some()));

    let ItemKind::Fact(three) = &items[2].0.kind else { panic!() };
    let fields: Vec<&str> = three.fields.iter().map(|field| field.name.text.as_str()).collect();
    assert_eq!(fields, ["id", "name", "owner"]);
    assert!(three.coverage.is_some());

    assert!(matches!(policy(&items, 4).decide.as_ref().unwrap().arms[0].when, When::Otherwise(_)));
    assert_eq!(policy(&items, 6).decide.as_ref().unwrap().arms.len(), 1);

    let ItemKind::Table(eight) = &items[7].0.kind else { panic!() };
    assert_eq!(eight.rows.len(), 2);
}

#[test]
fn a_field_that_is_being_written_has_its_base() {
    let parsed =
        parse_item("policy p {\n  for s: Secret\n  where s.owner.\n  decide { otherwise => none }\n}");
    let Some(Item { kind: ItemKind::Policy(policy), .. }) = parsed.item else { panic!() };
    let [Clause::Where(condition)] = policy.clauses.as_slice() else { panic!("{:?}", policy.clauses) };
    let ExprKind::Select(base, field) = &condition.kind else { panic!("{condition:?}") };
    assert!(matches!(&base.kind, ExprKind::Select(_, field) if field.text == "owner"));
    assert_eq!((field.text.as_str(), field.span.start), ("", 43));
    assert!(policy.decide.is_some());
}
