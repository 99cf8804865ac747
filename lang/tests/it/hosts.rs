//! Functions that a host declares for lone expressions.

use assize_lang::expression::{Function, Options, Overload, compile_with};
use assize_lang::plan::{Name, Type};

/// What a host may declare: overloads, methods, type parameters, a type of its own, a namespace.
fn hosts() -> Options {
    let param = |name: &str| Type::Param(Name::from(name));
    let list = |of: Type| Type::List(Box::new(of));
    let pair = |one: Type, other: Type| Type::Opaque(Name::from("pair"), vec![one, other]);
    let function = |name: &str, overloads: Vec<Overload>| Function::new(name, overloads);
    Options {
        container: "acme.net".to_owned(),
        functions: vec![
            function(
                "size",
                vec![
                    Overload::call([Type::String], Type::Uint),
                    Overload::call([Type::Int, Type::Int], Type::Double),
                ],
            ),
            function("last", vec![Overload::method([list(param("T"))], param("T"))]),
            function("pair", vec![Overload::call([param("A"), param("B")], pair(param("A"), param("B")))]),
            function("same", vec![Overload::call([pair(param("T"), param("T"))], param("T"))]),
            function("acme.net.inCidr", vec![Overload::call([Type::String, Type::String], Type::Bool)]),
            function("when", vec![Overload::call([Type::Timestamp], Type::Int)]),
        ],
        late: false,
    }
}

#[test]
fn a_host_declares_functions() {
    for (expr, expected) in [
        ("size('a')", "uint"),
        ("size(1, 2)", "double"),
        ("size(dyn(1))", "uint"),
        ("['a'].last()", "string"),
        ("[].last()", "dyn"),
        ("dyn([1]).last()", "dyn"),
        ("[[1], []].last().last()", "int"),
        ("pair(1, ['a'])", "pair<int, list<string>>"),
        ("[pair(1, 'a'), pair(dyn(1), 'b')][0]", "pair<dyn, string>"),
        ("same(pair(1, 1))", "int"),
        ("same(pair(1, dyn(1)))", "dyn"),
        ("pair(1, 'a') == pair(2, dyn('b'))", "bool"),
        // In its own namespace, by the container, and in full.
        ("inCidr('a', 'b') && net.inCidr('a', 'b') && acme.net.inCidr('a', 'b')", "bool"),
        ("when(null)", "int"),
        // Macros stay macros.
        ("[1].map(x, x)", "list<int>"),
        (
            "size([1])",
            "E0302 `size` does not take `list<int>` | it is declared as `size(string)`, `size(int, int)`",
        ),
        (
            "same(pair(1, 'a'))",
            "E0302 `same` does not take `pair<int, string>` | it is declared as `same(pair<T, T>)`",
        ),
        ("1.last()", "E0302 `last` does not take `int` | it is declared as `list<T>.last()`"),
        (
            "pair(1, 'a') == pair('b', 2)",
            "E0301 `pair<int, string>` is never equal to `pair<string, int>` | -",
        ),
        ("inCdir('a', 'b')", "E0205 no function `inCdir` | -"),
        ("last([1])", "E0205 no function `last` | it is a method: write `x.last(…)`"),
    ] {
        let got = match compile_with(expr, &[], &hosts()) {
            Ok(compiled) => compiled.expr.ty.to_string(),
            Err(said) => {
                let said = &said[0];
                format!("{} {} | {}", said.code, said.message, said.help.as_deref().unwrap_or("-"))
            }
        };
        assert!(got == expected, "{expr}: {got}");
    }
}

#[test]
fn where_types_are_asked_late_the_name_is_enough() {
    let options = Options { late: true, ..hosts() };
    for text in ["size([1])", "same(1, 2, 3)", "1.last()", "net.inCidr(1)"] {
        assert_eq!(compile_with(text, &[], &options).map(|it| it.expr.ty), Ok(Type::Dyn), "{text}");
    }
}
