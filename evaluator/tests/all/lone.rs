//! Lone CEL expressions: their libraries, and how deep they may nest.

use std::collections::BTreeMap;

use assize::Budget;
use assize::expression::{Functions, REACH, condition, condition_with, evaluate};
use assize::value::{Cause, Value};
use assize_lang::expression::{Function, Options, Overload, compile, compile_with};
use assize_lang::plan::Type;

/// Whether a condition over an unbound `m` holds, and why that is not known.
fn judge(text: &str) -> Result<bool, String> {
    let variables = [("m".to_owned(), Type::Dyn)];
    let compiled = compile(text, &variables);
    if let Err(said) = &compiled {
        return Err(said.iter().map(|said| said.message.clone()).collect::<Vec<_>>().join("; "));
    }
    let judged = condition(&compiled, &BTreeMap::new());
    judged.truth().ok_or_else(|| judged.causes.in_words(3))
}

#[test]
fn optionals_hold_a_value_or_none() {
    for text in [
        "{'a': 1}.?a.value() == 1",
        "!{'a': 1}.?b.hasValue()",
        "{'a': 1}.?b.orValue(2) == 2",
        "[1][?1].or([2][?0]).value() == 2",
        "optional.of(1).optMap(x, x + 1) == optional.of(2)",
        "optional.of({'a': 1}).a == optional.of(1)",
        "optional.none().optFlatMap(x, optional.of(x)) == optional.none()",
        "[?optional.of(1), 2, ?optional.none()] == [1, 2]",
        "{?'a': optional.none(), ?'b': optional.of(1), 'c': 2} == {'b': 1, 'c': 2}",
        "type({'a': 1}.?a) == optional_type",
        // What need not be looked at is not.
        "optional.of(1).orValue(1 / 0) == 1",
        "optional.of(1).or(optional.of(1 / 0)).hasValue()",
    ] {
        assert_eq!(judge(text), Ok(true), "{text}");
    }
}

#[test]
fn a_gap_in_an_optional_is_unknown_only_where_it_matters() {
    assert_eq!(judge("m.?a.orValue(true)"), Err("`m` was not collected".to_owned()));
    assert_eq!(judge("optional.of(m).hasValue()"), Err("`m` was not collected".to_owned()));
    assert_eq!(judge("m.?a.orValue(true) || true"), Ok(true));
    assert_eq!(
        judge("optional.none().value()"),
        Err("the optional holds no value in `optional.none().value()`".to_owned())
    );
}

#[test]
fn a_list_with_a_member_in_error_is_in_error() {
    for text in [
        "[3, 2, 1, 0].exists_one(n, 12 / n > 1)",
        "[3, 2, 1, 0].filter(n, 12 / n > 4).size() > 0",
        "[3, 2, 0].map(n, 12 / n).exists(n, n == 4)",
        "[1, 1 / 0].size() == 2",
        "[1, 1 / 0].exists(n, n == 1)",
        "1 in [1] + [1 / 0]",
        "[1, 2, 0].filter(n, 12 / n > 1).exists(n, n == 1)",
    ] {
        assert!(
            judge(text).is_err_and(|why| why.starts_with("division by zero")),
            "{text}: {:?}",
            judge(text)
        );
    }
    // `exists` and `all` go on past an error, as `||` and `&&` do.
    assert_eq!(judge("[0, 1].exists(n, 12 / n > 1)"), Ok(true));
    assert_eq!(judge("![0, 1].all(n, 12 / n > 20)"), Ok(true));
}

#[test]
fn a_gap_in_a_list_counts_as_the_error_that_it_may_be() {
    let variables = [("m".to_owned(), Type::Int)];
    let judge = |text: &str, bindings: &BTreeMap<String, Value>| {
        condition(&compile(text, &variables), bindings).truth()
    };
    for (text, open, zero) in [
        // A variable by itself is never an error.
        ("[1, m].exists(n, n == 1)", Some(true), Some(true)),
        ("[1, m].size() == 2", Some(true), Some(true)),
        ("[1, 12 / m].exists(n, n == 1)", None, None),
        ("[1] + [12 / m] != []", None, None),
        ("[3, 2, m].exists_one(n, 12 / n > 1)", None, None),
        ("[3, m].filter(n, 12 / n > 1).size() > 0", None, None),
    ] {
        assert_eq!(judge(text, &BTreeMap::new()), open, "{text}");
        assert_eq!(judge(text, &BTreeMap::from([("m".to_owned(), Value::Int(0))])), zero, "{text} of 0");
    }
}

#[test]
fn an_integer_is_compared_with_a_double_by_way_of_a_double() {
    for text in [
        "dyn(9223372036854775807) == 9223372036854775808.0",
        "[9223372036854775807] == [9223372036854775808.0]",
        "9223372036854775808.0 in [dyn(9223372036854775807)]",
        "math.greatest(dyn(9223372036854775807), 9223372036854775808.0) == 9223372036854775807",
        // Keys of maps are exact.
        "!(9007199254740992.0 in {9007199254740993: 1})",
        "dyn(1) == 1u && dyn(18446744073709551615u) > 9223372036854775807",
    ] {
        assert_eq!(judge(text), Ok(true), "{text}");
    }
}

#[test]
fn times_are_nanoseconds() {
    for text in [
        "timestamp('2026-06-01T00:00:00.999999999Z') + duration('1ns') == timestamp('2026-06-01T00:00:01Z')",
        "timestamp('2026-06-01T00:00:00.000000001Z') > timestamp('2026-06-01T00:00:00Z')",
        "timestamp('2026-06-01T00:00:00.000000002Z') - timestamp('2026-06-01T00:00:00.000000001Z') == duration('1ns')",
        "string(duration('1500ns')) == '0.0000015s' && duration('1500ns') < duration('2us')",
        "'%s'.format([timestamp('9999-12-31T23:59:59.999999999Z')]) == '9999-12-31T23:59:59.999999999Z'",
        "type(duration('1ns')) == type(duration('1s')) && duration('1ns') in [duration('1ns')]",
        "!optional.ofNonZeroValue(duration('0ns')).hasValue()",
        "optional.ofNonZeroValue(duration('1ns')).hasValue()",
    ] {
        assert_eq!(judge(text), Ok(true), "{text}");
    }
    // A host's values may be as fine.
    let variables = [("t".to_owned(), Type::Timestamp)];
    let compiled = compile("t > timestamp('2026-06-01T00:00:00Z')", &variables);
    let at = |nanos: i128| BTreeMap::from([("t".to_owned(), Value::timestamp_nanos(nanos).unwrap())]);
    let first: i128 = 1_780_272_000_000_000_000;
    assert_eq!(condition(&compiled, &at(first)).truth(), Some(false));
    assert_eq!(condition(&compiled, &at(first + 1)).truth(), Some(true));
}

#[test]
fn zones_have_names() {
    for text in [
        "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin') == 14",
        "timestamp('2026-01-01T12:00:00Z').getHours('Europe/Berlin') == 13",
        "timestamp('2026-01-01T12:00:00Z').getMinutes('Asia/Kathmandu') == 45",
    ] {
        assert_eq!(judge(text), Ok(true), "{text}");
    }
    let wrong = "timestamp('2026-01-01T12:00:00Z').getHours('Europe/Atlantis') == 13";
    assert_eq!(judge(wrong), Err(format!("not a time zone in `{}`", wrong.trim_end_matches(" == 13"))));
}

#[test]
fn what_does_not_fit_is_said_early() {
    for (text, said) in [
        ("optional.of(1).orValue('a') == 1", "expected `int`, found `string`"),
        ("optional.of(1).or(2).hasValue()", "expected `optional<int>`, found `int`"),
        ("optional.of(1).optFlatMap(x, x).hasValue()", "`optFlatMap` makes an optional, not `int`"),
        ("'a'.orValue('b') == 'a'", "`orValue` takes an optional, not `string`"),
        ("[?1] == [1]", "expected an optional, found `int`"),
        ("'a'.?b.hasValue()", "`string` has no members"),
        ("cel.block([1], cel.index(1)) == 1", "`cel.index(1)` is not declared"),
        ("[1, 2].transformMapEntry(i, v, v) == {}", "`transformMapEntry` makes entries of a map, not `int`"),
    ] {
        assert_eq!(judge(text), Err(said.to_owned()), "{text}");
    }
}

#[test]
fn a_repeated_key_is_an_error() {
    assert_eq!(judge("[1, 2].transformMapEntry(i, v, {v: i}) == {1: 0, 2: 1}"), Ok(true));
    for text in [
        "[1, 1].transformMapEntry(i, v, {v: i}) == {}",
        "{1: 1, ?1: optional.of(2)} == {}",
        "{1: 1, 1u: 2} == {}",
    ] {
        assert!(judge(text).is_err_and(|why| why.contains("repeated key")), "{text}");
    }
}

#[test]
fn a_container_is_asked_from_the_inside_out() {
    let variables: Vec<(String, Type)> =
        ["a.b.x", "a.y", "x", "y", "a.b.m.k"].map(|name| (name.to_owned(), Type::String)).into();
    let bindings: BTreeMap<String, Value> =
        variables.iter().map(|(name, _)| (name.clone(), Value::text(name))).collect();
    let options = Options { container: "a.b".to_owned(), ..Options::default() };
    for (text, value) in [
        ("x", "a.b.x"),
        ("y", "a.y"),
        ("a.y", "a.y"),
        ("m.k", "a.b.m.k"),
        // A macro's variable is nobody's member.
        ("['v'].map(x, x)[0]", "v"),
    ] {
        let compiled = compile_with(text, &variables, &options).unwrap();
        assert_eq!(evaluate(&compiled, &bindings).value(), Some(&Value::text(value)), "{text}");
    }
}

#[test]
fn a_field_in_back_quotes_is_one_field() {
    assert_eq!(judge("{'a.b': true}.`a.b`"), Ok(true));
    let variables = [("x.a.b".to_owned(), Type::Bool), ("x".to_owned(), Type::Dyn)];
    let compiled = compile("x.`a.b`", &variables).unwrap();
    let judged = evaluate(&compiled, &BTreeMap::from([("x.a.b".to_owned(), Value::Bool(true))]));
    assert_eq!(judged.causes.sorted().first().map(|why| why.cause), Some(Cause::NotCollected));
}

/// Each of these is nearly as deep as it may be, and is evaluated on a test's small stack.
#[test]
fn nests_are_evaluated_as_deep_as_they_are_read() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let texts = |times: usize| {
        [
            nested("optional.of(1).optMap(x, ", "1", ")", times),
            format!("optional.none(){}", ".or(optional.none())".repeat(times)),
            nested("optional.none().orValue(", "1", ")", times),
            nested("[?optional.of(", "1", ")]", times / 3),
            nested("{?1: optional.of(", "1", ")}", times / 3),
            nested("cel.bind(x, 1, ", "x", ")", times),
            nested("[1].transformList(i, v, ", "v", ")", times),
            nested("[1].transformMapEntry(i, v, {v: ", "v", "})", times / 2),
            nested("cel.block([1], ", "cel.index(0)", ")", times),
            nested("[1].map(x, ", "x", ")", times),
            nested("[", "1", "]", times),
            nested("true ? (", "1", ") : 1", times),
        ]
    };
    for text in texts(60) {
        let compiled = compile(&text, &[]).unwrap_or_else(|said| panic!("{text}: {}", said[0].message));
        let got = evaluate(&compiled, &BTreeMap::new());
        assert!(
            got.is_known() || got.causes.in_words(1).contains("limit"),
            "{text}: {}",
            got.causes.in_words(1)
        );
    }
    for text in texts(200) {
        let said = compile(&text, &[]).unwrap_err();
        assert!(said[0].message.contains("too deep"), "{}", said[0].message);
    }
}

#[test]
fn a_pattern_over_its_limit_cannot_be_judged() {
    let pattern = |text: &str| {
        let variables = [("p".to_owned(), Type::String), ("t".to_owned(), Type::String)];
        let compiled = compile("t.matches(p)", &variables).unwrap();
        let long = Value::text("a".repeat(60_000));
        evaluate(&compiled, &BTreeMap::from([("p".to_owned(), Value::text(text)), ("t".to_owned(), long)]))
    };
    let cause = |text: &str| pattern(text).causes.sorted().first().map(|why| why.cause);
    assert_eq!(pattern("a$").truth(), Some(true));
    assert_eq!(cause("(?=a)"), Some(Cause::Error));
    // Too big in itself, and too big for so long a text.
    assert_eq!(cause(&"[a-z]{1000}".repeat(30)), Some(Cause::Unsupported));
    assert_eq!(cause(&"[a-z]{1000}".repeat(3)), Some(Cause::Unsupported));
}

#[test]
fn what_a_host_declares_is_computed_by_it_or_unknown() {
    let double = Overload::method([Type::Int], Type::Int);
    let odd = Overload::call([Type::Dyn], Type::Bool);
    let functions = vec![
        Function::new("double", [double]),
        Function::new("host.odd", [odd]),
        Function::new("lost", [Overload::call([], Type::Bool)]),
    ];
    let options = Options { functions, ..Options::default() };
    let bodies = Functions::new()
        .with("double", |values| match values {
            [Value::Int(number)] => number.checked_mul(2).map(Value::Int).ok_or("too great".to_owned()),
            _ => Err("a number was expected".to_owned()),
        })
        .with("host.odd", |values| match values {
            [Value::Int(number)] => Ok(Value::Bool(number % 2 == 1)),
            [Value::Null] => Ok(Value::Bool(false)),
            _ => Err("neither a number nor `null`".to_owned()),
        });
    let variables = [("m".to_owned(), Type::Int)];
    let judge = |text: &str| {
        let compiled = compile_with(text, &variables, &options);
        let judged = condition_with(&compiled, &BTreeMap::new(), &bodies, Budget::reach(REACH));
        judged.truth().ok_or_else(|| judged.causes.in_words(3))
    };
    for (text, expected) in [
        ("1.double().double() == 4", Ok(true)),
        ("[1, 2].exists(n, host.odd(n.double() + 1))", Ok(true)),
        ("!host.odd(null)", Ok(true)),
        // What need not be asked is not, and what is not known is not handed over.
        ("lost() || true", Ok(true)),
        ("m.double() == 2", Err("`m` was not collected")),
        ("host.odd('a')", Err("neither a number nor `null` in `host.odd('a')`")),
        ("9223372036854775807.double() > 0", Err("too great in `9223372036854775807.double()`")),
        ("lost()", Err("`lost` is declared, and nothing here computes it")),
    ] {
        assert_eq!(judge(text), expected.map_err(str::to_owned), "{text}");
    }
    let lost = condition(&compile_with("lost()", &variables, &options), &BTreeMap::new());
    assert_eq!(lost.causes.sorted().first().map(|why| why.cause), Some(Cause::Unsupported));
}
