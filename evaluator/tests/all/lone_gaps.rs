//! What is known of a lone expression stays known whatever else is collected, errors among it (S1).

use std::cell::RefCell;
use std::collections::BTreeMap;

use assize::expression::evaluate;
use assize::value::{Possible, Value};
use assize_lang::expression::compile;
use assize_lang::plan::Type;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Expressions over `m` and `k` and what macros bind: of an integer, of a list of them, and of a truth.
#[derive(Clone, Debug)]
struct Three {
    int: String,
    list: String,
    truth: String,
}

fn leaf() -> impl Strategy<Value = Three> {
    let ints = select(vec!["0", "1", "2", "m", "k"]);
    let lists = select(vec!["[]", "[m]", "[1, k]", "[0, 1, 2]", "[2, 1, m]"]);
    let truths = select(vec!["true", "m == 1", "k < 2", "12 / m > 6"]);
    (ints, lists, truths).prop_map(|(int, list, truth)| Three {
        int: int.to_owned(),
        list: list.to_owned(),
        truth: truth.to_owned(),
    })
}

fn expressions() -> impl Strategy<Value = Three> {
    leaf().prop_recursive(3, 12, 2, |inner| {
        (inner.clone(), inner, 0..6_u8, 0..6_u8, 0..9_u8).prop_map(|(a, b, int, list, truth)| {
            let (i, j) = (&a.int, &b.int);
            let (l, o) = (&a.list, &b.list);
            let (t, u) = (&a.truth, &b.truth);
            Three {
                int: match int {
                    0 => format!("({i} + {j})"),
                    1 => format!("({i} / {j})"),
                    2 => format!("{l}.size()"),
                    3 => format!("{l}[{i}]"),
                    4 => format!("({t} ? {i} : {j})"),
                    _ => i.clone(),
                },
                list: match list {
                    0 => format!("[{i}, {j}]"),
                    1 => format!("({l} + {o})"),
                    2 => format!("{l}.filter(v, v > {i})"),
                    3 => format!("{l}.filter(v, 2 / v > {i} || {t})"),
                    4 => format!("{l}.map(v, v / {i})"),
                    _ => format!("({t} ? {l} : {o})"),
                },
                truth: match truth {
                    0 => format!("({t} && {u})"),
                    1 => format!("({t} || {u})"),
                    2 => format!("!({t})"),
                    3 => format!("{l}.exists(v, v == {i} || {t})"),
                    4 => format!("{l}.all(v, 2 / v > {i})"),
                    5 => format!("{l}.exists_one(v, 2 / v > {i})"),
                    6 => format!("{i} in {l}"),
                    7 => format!("{l} == {o}"),
                    _ => format!("{i} < {j}"),
                },
            }
        })
    })
}

#[test]
fn what_is_known_stays_known() {
    let variables = [("m".to_owned(), Type::Int), ("k".to_owned(), Type::Int)];
    // Known without the variables, known with them, and not even then.
    let counts = RefCell::new([0; 3]);
    let mut runner = TestRunner::new(Config {
        cases: 600,
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        ..Config::default()
    });
    let text = (expressions(), 0..3_u8).prop_map(|(three, which)| match which {
        0 => three.int,
        1 => three.list,
        _ => three.truth,
    });
    let result = runner.run(&(text, 0..3_i64, 0..3_i64), |(text, m, k)| {
        let compiled = match compile(&text, &variables) {
            Ok(compiled) => compiled,
            Err(said) => return Err(TestCaseError::fail(format!("{text}: {said:?}"))),
        };
        let (m, k) = (("m".to_owned(), Value::Int(m)), ("k".to_owned(), Value::Int(k)));
        let stages = [vec![], vec![m.clone()], vec![k.clone()], vec![m, k]]
            .map(|bound| evaluate(&compiled, &bound.into_iter().collect::<BTreeMap<_, _>>()));
        let [none, one, other, both] = &stages;
        let stays = |less: &Possible, more: &Possible| !less.is_known() || less == more;
        let stay = stays(none, one) && stays(none, other) && stays(one, both) && stays(other, both);
        prop_assert!(stay, "{text}: {stages:?}");
        let at = if none.is_known() { 0 } else { 1 + usize::from(!both.is_known()) };
        counts.borrow_mut()[at] += 1;
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
    assert!(counts.borrow().iter().all(|count| *count > 60), "{counts:?}");
}
