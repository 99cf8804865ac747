//! Our own leaves and the `cel` crate's come to the same, for whatever they are given.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{ArithOp, Builtin, CompareOp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};

use super::Leaves;
use crate::value::Value;

/// What is drawn for an argument.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Any,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    /// A text that some conversion may read.
    Written,
    Bytes,
    Texts,
    Numbers,
    List,
    Map,
    /// A text with clauses for `format`.
    Template,
}

fn int() -> impl Strategy<Value = i64> {
    let edges =
        vec![0, 1, -1, 2, 3, 5, 7, 63, 64, 65, -64, i64::MAX, i64::MIN, i64::MAX - 1, 1 << 53, (1 << 53) + 1];
    prop_oneof![3 => select(edges), 2 => -3..12_i64, 1 => any::<i64>()]
}

fn uint() -> impl Strategy<Value = u64> {
    let edges = vec![0, 1, 2, 63, 64, u64::MAX, 1 << 63, (1 << 63) - 1, (1 << 53) + 1];
    prop_oneof![3 => select(edges), 1 => 0..12_u64, 1 => any::<u64>()]
}

fn double() -> impl Strategy<Value = f64> {
    let edges = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        2f64.powi(53),
        2f64.powi(63),
        -(2f64.powi(63)),
        2f64.powi(64),
        2f64.powi(63) - 1024.0,
        1e21,
        1e-7,
        123.456,
    ];
    prop_oneof![3 => select(edges), 1 => any::<f64>(), 1 => -100.0..100.0]
}

fn text() -> impl Strategy<Value = String> {
    let edges = [
        "",
        "a",
        "ab",
        "aa",
        "aaa",
        "A",
        "é",
        "©αT",
        "ta©o©αT",
        "bananananana",
        "nana",
        ",",
        "a,b,,c",
        " ",
        " a ",
        "\u{85}\u{a0}\u{1680}x\u{2003}\u{3000}",
        "\u{180e}\u{200b}",
        "\u{feff}",
        "\t\n\u{b}\u{c}\r",
        "\"\\\u{7}\u{8}",
        "İß",
        "🐱🐱",
        "%",
        "Z[`{",
        "\u{0}",
    ];
    let edges: Vec<String> = edges.map(ToOwned::to_owned).to_vec();
    prop_oneof![4 => select(edges), 1 => "[abé,]{0,6}", 1 => any::<String>()]
}

fn written() -> impl Strategy<Value = String> {
    let edges = [
        "0",
        "-0",
        "+1",
        "1",
        "t",
        "T",
        "true",
        "TRUE",
        "True",
        "tRUE",
        "f",
        "FALSE",
        "1.5",
        ".5",
        "5.",
        "1e3",
        "-1e400",
        "1E-400",
        "inf",
        "Infinity",
        "-infinity",
        "nan",
        "NaN",
        "0x10",
        "1_000",
        " 1",
        "1 ",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "1u",
        "٣",
        "",
        "+",
        "-",
        "e",
        ".",
        "2026-06-01T00:00:00Z",
        "3600s",
    ];
    let edges: Vec<String> = edges.map(ToOwned::to_owned).to_vec();
    prop_oneof![3 => select(edges), 1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| number.to_string())]
}

fn template() -> impl Strategy<Value = String> {
    let parts = [
        "%s", "%s", "%d", "%f", "%.3f", "%e", "%.0e", "%.17e", "%b", "%x", "%X", "%o", "%%", "a", "é ", "%",
        "%.f", "%.2", "%.101f", "%.100f", "%q", "%5d", "%.3s", "%.3d",
    ];
    vec(select(parts.map(ToOwned::to_owned).to_vec()), 0..4).prop_map(|parts| parts.concat())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let edges = vec![vec![], vec![0xff], vec![0xc3, 0xbf], vec![b'a', 0xff, 0xfe, b'b'], vec![0xe2, 0x82]];
    prop_oneof![select(edges), vec(any::<u8>(), 0..6)]
}

fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => int().prop_map(Value::Int),
        2 => uint().prop_map(Value::Uint),
        2 => double().prop_map(Value::Double),
        2 => text().prop_map(Value::text),
        1 => written().prop_map(Value::text),
        1 => bytes().prop_map(|bytes| Value::Bytes(bytes.into())),
        1 => (-10_000_000..10_000_000_i64).prop_map(Value::Duration),
        1 => (0..10_000_000_i64).prop_map(Value::Timestamp),
        1 => (-10_000..10_000_i128).prop_filter_map("in range", Value::duration_nanos),
        1 => (-10_000..10_000_i128).prop_filter_map("in range", Value::timestamp_nanos),
        1 => Just(Value::Fact("m.Thing".into(), "t".into())),
    ]
    .boxed()
}

fn list() -> BoxedStrategy<Value> {
    vec(scalar(), 0..4).prop_map(|items| Value::List(items.into())).boxed()
}

fn map() -> BoxedStrategy<Value> {
    let key = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        int().prop_map(Value::Int),
        uint().prop_map(Value::Uint),
        text().prop_map(Value::text),
    ];
    let entries = vec((key, scalar()), 0..4);
    entries.prop_map(|entries| Value::Map(Arc::new(entries.into_iter().collect::<BTreeMap<_, _>>()))).boxed()
}

fn value() -> BoxedStrategy<Value> {
    let nested = vec(prop_oneof![scalar(), list(), map()], 0..3).prop_map(|items| Value::List(items.into()));
    prop_oneof![6 => scalar(), 1 => list(), 1 => map(), 1 => nested].boxed()
}

fn number() -> BoxedStrategy<Value> {
    prop_oneof![int().prop_map(Value::Int), uint().prop_map(Value::Uint), double().prop_map(Value::Double)]
        .boxed()
}

fn of(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Any => value(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int => int().prop_map(Value::Int).boxed(),
        Kind::Uint => uint().prop_map(Value::Uint).boxed(),
        Kind::Double => double().prop_map(Value::Double).boxed(),
        Kind::Text => text().prop_map(Value::text).boxed(),
        Kind::Written => written().prop_map(Value::text).boxed(),
        Kind::Bytes => bytes().prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        Kind::Texts => vec(text().prop_map(Value::text), 0..4).prop_map(|it| Value::List(it.into())).boxed(),
        Kind::Numbers => vec(number(), 0..4).prop_map(|items| Value::List(items.into())).boxed(),
        Kind::List => list(),
        Kind::Map => map(),
        Kind::Template => template().prop_map(Value::text).boxed(),
    }
}

/// What the function takes; nothing of one that no leaf computes.
fn takes(function: Builtin) -> &'static [&'static [Kind]] {
    use Builtin as B;
    use Kind::{Any, Bool, Bytes, Double, Int, List, Map, Numbers, Template, Text, Texts, Uint, Written};
    match function {
        B::Size => &[&[Text], &[Bytes], &[List], &[Map]],
        B::Contains | B::StartsWith | B::EndsWith => &[&[Text, Text]],
        B::LowerAscii | B::UpperAscii | B::Trim | B::Quote => &[&[Text]],
        B::Split | B::IndexOf | B::LastIndexOf => &[&[Text, Text], &[Text, Text, Int]],
        B::Join => &[&[Texts], &[Texts, Text], &[List, Text]],
        B::Replace => &[&[Text, Text, Text], &[Text, Text, Text, Int]],
        B::Substring => &[&[Text, Int], &[Text, Int, Int]],
        B::CharAt => &[&[Text, Int]],
        B::ToInt | B::ToUint | B::ToDouble | B::ToString | B::ToBytes | B::ToBool => {
            &[&[Int], &[Uint], &[Double], &[Bool], &[Bytes], &[Text], &[Written], &[Any]]
        }
        B::Format => &[&[Template, List], &[Template, Numbers], &[Template, Texts]],
        B::Greatest | B::Least => {
            &[&[Int, Int], &[Double, Double], &[Uint, Uint], &[Int, Double], &[Numbers], &[List]]
        }
        B::Ceil | B::Floor | B::Round | B::Trunc | B::IsNan | B::IsInf | B::IsFinite => &[&[Double]],
        B::Sqrt | B::Abs | B::Sign => &[&[Int], &[Uint], &[Double]],
        B::BitAnd | B::BitOr | B::BitXor => &[&[Int, Int], &[Uint, Uint], &[Int, Uint]],
        B::BitNot => &[&[Int], &[Uint]],
        B::BitShiftLeft | B::BitShiftRight => &[&[Int, Int], &[Uint, Int]],
        _ => &[],
    }
}

/// The same to the bit; every NaN is one.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        _ => std::mem::discriminant(a) == std::mem::discriminant(b) && a == b,
    }
}

fn agree(
    what: &str,
    ours: &Result<Value, String>,
    theirs: &Result<Value, String>,
) -> Result<(), TestCaseError> {
    let equal = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => same(ours, theirs),
        (ours, theirs) => ours == theirs,
    };
    prop_assert!(equal, "{what}: ours {ours:?}, cel's {theirs:?}");
    Ok(())
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// Our own and the crate's, for policies and for lone expressions.
fn both() -> [(Leaves, Leaves); 2] {
    [(Leaves::native(), Leaves::cel()), (Leaves::native().of_lone(), Leaves::cel().of_lone())]
}

#[test]
fn functions() {
    for (native, cel) in both() {
        for function in Builtin::ALL.iter().copied().filter(|function| !takes(*function).is_empty()) {
            let known = RefCell::new(0);
            let fitting = select(takes(function).to_vec())
                .prop_flat_map(|kinds| kinds.iter().map(|kind| of(*kind)).collect::<Vec<_>>());
            let drawn = prop_oneof![8 => fitting, 1 => vec(value(), 0..5)];
            let result = runner(400).run(&drawn, |arguments| {
                let arguments: Vec<&Value> = arguments.iter().collect();
                let ours = native.call(function, &arguments);
                *known.borrow_mut() += i32::from(ours.is_ok());
                agree(&format!("{} {arguments:?}", function.name()), &ours, &cel.call(function, &arguments))
            });
            assert!(result.is_ok(), "{}", result.unwrap_err());
            assert!(*known.borrow() > 40, "{} has hardly a result: {known:?}", function.name());
        }
    }
}

#[test]
fn operators() {
    for (native, cel) in both() {
        let known = RefCell::new(0);
        let alike = select(vec![
            Kind::Int,
            Kind::Uint,
            Kind::Double,
            Kind::Text,
            Kind::Bytes,
            Kind::List,
            Kind::Bool,
        ])
        .prop_flat_map(|kind| (of(kind), of(kind)));
        let pairs = prop_oneof![3 => alike, 1 => (number(), number()), 1 => (value(), value())];
        let result = runner(4_000).run(&pairs, |(a, b)| {
            for op in [ArithOp::Add, ArithOp::Sub, ArithOp::Mul, ArithOp::Div, ArithOp::Rem] {
                let ours = native.arith(op, &a, &b);
                *known.borrow_mut() += i32::from(ours.is_ok());
                agree(&format!("{a:?} {} {b:?}", op.symbol()), &ours, &cel.arith(op, &a, &b))?;
            }
            use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
            for op in [Eq, Ne, Lt, Le, Gt, Ge] {
                let (ours, theirs) = (native.compare(op, &a, &b), cel.compare(op, &a, &b));
                prop_assert_eq!(ours, theirs, "{:?} {} {:?}", a, op.symbol(), b);
            }
            agree(&format!("-{a:?}"), &native.neg(&a), &cel.neg(&a))
        });
        assert!(result.is_ok(), "{}", result.unwrap_err());
        assert!(*known.borrow() > 4_000, "hardly a result: {known:?}");
    }
}

/// Every function is either a leaf's, or computed by the same code whatever is at the leaves.
#[test]
fn no_function_is_forgotten() {
    use Builtin as B;
    let shared = [
        B::Matches,
        B::Glob,
        B::GetFullYear,
        B::GetMonth,
        B::GetDate,
        B::GetDayOfMonth,
        B::GetDayOfWeek,
        B::GetDayOfYear,
        B::GetHours,
        B::GetMinutes,
        B::GetSeconds,
        B::GetMilliseconds,
        B::ToTimestamp,
        B::ToDuration,
        B::ToDyn,
        B::Entries,
        B::FromEntries,
        B::Merge,
        B::TypeOf,
        B::OptionalOf,
        B::OptionalOfNonZero,
        B::OptionalNone,
        B::HasValue,
        B::OptionalValue,
        B::OptionalSelect,
        B::Present,
        B::Base64Encode,
        B::Base64Decode,
    ];
    for function in Builtin::ALL {
        assert_eq!(takes(*function).is_empty(), shared.contains(function), "{}", function.name());
    }
}
