//! Construct by construct: what the trees are.

use super::corpus;
use super::said::said;
use super::show::{body, expressions, inside, policy, show};
use crate::syntax::ast::{
    Arm, BindingSource, CellKind, Clause, CoverageItem, Expect, ExpectKind, Expr, Item, ItemKind, Obligation,
    OutcomeKind, StepKind, TextPart, TypeKind, When,
};
use crate::syntax::{cut, parse_item};

fn item(text: &str) -> Item {
    let parsed = parse_item(text);
    assert_eq!(said(text), "nothing", "{text}");
    parsed.item.expect("an item")
}

#[test]
fn what_may_not_be_there_and_fields_that_are_no_words() {
    for (text, tree) in [
        ("a.?b.c", "a.?b.c"),
        ("a . ? b[?c]", "(at a.?b (maybe c))"),
        ("[a, ?b.c,]", "[a (maybe b.c)]"),
        ("{?a: b, c: d}", "{(maybe a)=b c=d}"),
        ("c ? a.?b : [?d ? e : f][0]", "(? c a.?b (at [(maybe (? d e f))] 0))"),
        ("a.`content-type`.`b.c`", "a.content-type.b.c"),
        ("a.?`b c`", "a.?b c"),
    ] {
        assert_eq!(show(&body(text)), tree, "{text}");
    }
    for text in ["a.?b(c)", "f(?a)", "(?a)", "{a: ?b}", "`a`", "a.``", "a.`b`(c)", "a.`b", "a.`é`", "[??a]"]
    {
        assert_ne!(said(&format!("fn f(a: int): int = {text}")), "nothing", "{text}");
    }
}

#[test]
fn operators_bind_as_in_cel() {
    for (text, tree) in [
        ("a || b && c", "(|| a (&& b c))"),
        ("a && b || c && d", "(|| (&& a b) (&& c d))"),
        ("a && b && c", "(&& (&& a b) c)"),
        ("a && b && c && d", "(&& (&& a b) (&& c d))"),
        ("a && (b && c)", "(&& a (&& b c))"),
        ("a == b && c != d", "(&& (== a b) (!= c d))"),
        ("a < b == c", "(== (< a b) c)"),
        ("a in b && !c in d", "(&& (in a b) (in (! c) d))"),
        ("a + b * c - d / e % f", "(- (+ a (* b c)) (% (/ d e) f))"),
        ("a - b - c", "(- (- a b) c)"),
        ("(a - (b - c))", "(- a (- b c))"),
        ("!a.b", "(! a.b)"),
        ("!!a", "(! (! a))"),
        ("-a.b[1]", "(- (at a.b 1))"),
        ("- -a", "(- (- a))"),
        ("a < -1", "(< a -1)"),
        ("a-1", "(- a 1)"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a || b ? c && d : e", "(? (|| a b) (&& c d) e)"),
        ("(a ? b : c) ? d : e", "(? (? a b c) d e)"),
        ("x.exists(u, u.at > now - idle_after)", "(x.exists: u (> u.at (- now idle_after)))"),
        ("f(a, [b,], {c: d, e: f},)", "(f: a [b] {c=d e=f})"),
        ("f()[0].g().h", "((at (f: ) 0).g: ).h"),
        ("[]", "[]"),
        ("{}", "{}"),
        ("{'a': {1: x}}.a.size()", "({\"a\"={1=x}}.a.size: )"),
        ("[1, 2][0] in [3]", "(in (at [1 2] 0) [3])"),
        ("a // b\n + c", "(+ a c)"),
        ("a /// b\n / c", "(/ a c)"),
    ] {
        assert_eq!(show(&body(text)), tree, "{text}");
    }
}

#[test]
fn literals_have_their_values() {
    for (text, tree) in [
        ("12", "12"),
        ("007", "7"),
        ("-12", "-12"),
        ("--12", "(- -12)"),
        ("0x1F", "31"),
        ("-0x80", "-128"),
        ("0x5d", "93"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("a - 9223372036854775807", "(- a 9223372036854775807)"),
        ("18446744073709551615u", "18446744073709551615u"),
        ("0xFFu", "255u"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("-1.5e-3", "-0.0015"),
        ("1E3", "1000.0"),
        ("1.e", "1.e"),
        ("true", "true"),
        ("null", "null"),
        ("90d", "duration:7776000000000"),
        ("1h30m", "duration:5400000000"),
        ("1d2h3m4s5ms6us", "duration:93784005006"),
        ("5us", "duration:5"),
        ("5u", "5u"),
        ("0s", "duration:0"),
        ("-5m", "(- duration:300000000)"),
        ("1970-01-01T00:00:01Z", "timestamp:1000000"),
        ("1970-01-01T01:00:00.000001999+01:00", "timestamp:1"),
        ("1969-12-31T23:59:59.9999999Z", "timestamp:-1"),
        ("2026-06-01", "(- (- 2026 6) 1)"),
        ("now-45d", "(- now duration:3888000000000)"),
        (r#""a\n\t\"\'\?\`\\""#, r#""a\n\t\"'?`\\""#),
        (r#"'\x41\101\u00e9\U0001F600'"#, r#""AAé😀""#),
        (r#"r"\d+" + R'\'"#, r#"(+ "\\d+" "\\")"#),
        ("''' it's\n\"so\" '''", r#"" it's\n\"so\" ""#),
        (r##"r"""\""""##, r#""\\""#),
        (r#"b"\xffé\101""#, "b[255, 195, 169, 65]"),
        ("bR'\\n'", "b[92, 110]"),
        ("\"{x}\"", "\"{x}\""),
    ] {
        assert_eq!(show(&body(text)), tree, "{text}");
    }
}

#[test]
fn words_are_keywords_only_in_their_places() {
    for text in [
        "key",
        "source",
        "mode",
        "by",
        "within",
        "at",
        "test",
        "unknown",
        "none",
        "where",
        "decide",
        "maps",
        "desc",
        "alert",
        "policy",
        "unknown(a)",
        "a.for",
        "a.package",
        "a.let",
        "a.in_use",
        "rank(alert)",
        "where.by",
        "because",
        "r",
        "b",
        "_",
    ] {
        body(text);
    }
    for text in ["for", "let", "in", "package", "if", "a.in", "a.true", "null.a.null", "while", "true()"] {
        let said = said(&format!("fn f(): int = {text}"));
        assert_ne!(said, "nothing", "{text}");
    }
    let read = policy(
        "mode monitor maps a.b for key: T, mode: U, by in where where source.at let within = by let let_ = now \
         decide { within => rank mode by by, desc desc, source.rank desc within within because '' \
         by.alert => revoke by by rotate because '' }",
    );
    assert_eq!(read.bindings.len(), 3);
}

#[test]
fn spans_are_exact() {
    let agree = |expr: &Expr, text: &str| {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            let written = expr.span.text(text);
            assert_eq!(show(&body(written)), show(expr), "{written:?} of {text}");
            open.extend(inside(expr));
        }
    };
    let mut seen = 0;
    for raw in cut(corpus::TOUR) {
        if let Item { kind: ItemKind::Policy(policy), .. } = item(&raw.text) {
            for expr in expressions(&policy) {
                agree(expr, &raw.text);
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
    for text in [
        "(a) + ( b ) * c",
        "!( a )",
        "- 5 + -( 5 )",
        "f( a , b ) [ 0 ] . g",
        "x . y ( z )  ",
        "( a ? b : c ) ? [ d ] : { e : f }",
        "a &&  (b) && c /* no */".split(" /*").next().unwrap_or_default(),
    ] {
        let item = format!("fn f(): int =  {text}  // behind");
        let Some(Item { kind: ItemKind::Fn(function), span, .. }) = parse_item(&item).item else {
            panic!("{text}")
        };
        assert_eq!(function.body.span.text(&item), text.trim());
        assert_eq!(span.text(&item), item.trim_end_matches("  // behind").trim_end());
        agree(&function.body, &item);
    }
}

fn outcome(arm: &Arm) -> Vec<String> {
    let shown = arm.outcomes.iter().map(|outcome| {
        let mut text = match &outcome.kind {
            OutcomeKind::Rank(tier, keys) => {
                let keys =
                    keys.iter().map(|(key, down)| format!(" {}{}", show(key), if *down { "↓" } else { "" }));
                format!("rank {}:{}", show(tier), keys.collect::<String>())
            }
            OutcomeKind::Alert(severity) => format!("alert {}", show(severity)),
            OutcomeKind::Revoke { target, each, by } => {
                let by = by.as_ref().map(|by| format!(" by {}", by.text)).unwrap_or_default();
                format!("revoke{} {}{by}", if *each { " each" } else { "" }, show(target))
            }
            OutcomeKind::Block(target) => format!("block {}", show(target)),
        };
        for (word, clause) in [("within", &outcome.within), ("for", &outcome.lasting)] {
            text.extend(clause.as_ref().map(|expr| format!(" {word} {}", show(expr))));
        }
        text.extend(outcome.with.iter().map(|(name, value)| format!(" {}={}", name.text, obligation(value))));
        text
    });
    shown.collect()
}

fn obligation(value: &Obligation) -> String {
    match value {
        Obligation::Value(value) => show(value),
        Obligation::Text(text) => format!("'{}'", text.parts.iter().map(part).collect::<String>()),
    }
}

fn part(part: &TextPart) -> String {
    match part {
        TextPart::Text(text) => text.clone(),
        TextPart::Expr(expr) => format!("<{}>", show(expr)),
        TextPart::Missing(_) => "<missing>".to_owned(),
    }
}

fn arms(table: &str) -> Vec<Arm> {
    policy(&format!("for s: T decide {table}")).decide.expect("a table").arms
}

#[test]
fn arms_end_with_their_reasons() {
    for (table, expected) in [
        ("{ a => none }", &[&[][..]][..]),
        ("{ a => none b => none because 'x' }", &[&[], &[]]),
        ("{ a => none (b || c) => none -d < e => none [f] == g => none }", &[&[], &[], &[], &[]]),
        ("{ a => revoke s because 'x' (b) => block s because 'y' }", &[&["revoke s"], &["block s"]]),
        (
            "{ a => revoke s by rotate within 7d, alert high because 'x' }",
            &[&["revoke s by rotate within duration:604800000000", "alert high"]],
        ),
        (
            "{ a => revoke each s.uses within grace by stage because 'x' }",
            &[&["revoke each s.uses by stage within grace"]],
        ),
        (
            "{ a => block s.b[0] for 1h with { ticket: 'T', owner: s.o, } because 'x' }",
            &[&["block (at s.b 0) for duration:3600000000 ticket='T' owner=s.o"]],
        ),
        (
            "{ a => block s with { title: 'of {s.o}: {{}}' , same: 'T' + s.o, raw: r'\\d' } because 'x' }",
            &[&["block s title='of <s.o>: {}' same=(+ \"T\" s.o) raw='\\d'"]],
        ),
        ("{ a => rank t by b, c.d desc, alert (worst) because 'x' }", &[&["rank t: b c.d↓", "alert worst"]]),
        (
            "{ a => rank (x ? y : z) within 1h because 'x' }",
            &[&["rank (? x y z): within duration:3600000000"]],
        ),
        ("{ unknown(a) => alert low because 'x' }", &[&["alert low"]]),
        ("rank t by a desc because 'x'", &[&["rank t: a↓"]]),
    ] {
        let found: Vec<Vec<String>> = arms(table).iter().map(outcome).collect();
        assert_eq!(found, expected, "{table}");
    }
    let kinds = arms("{ unknown => none otherwise => none unknown(a) => none }");
    let kinds: Vec<&str> = kinds
        .iter()
        .map(|arm| match arm.when {
            When::Unknown(_) => "unknown",
            When::Otherwise(_) => "otherwise",
            When::Expr(_) => "expr",
        })
        .collect();
    assert_eq!(kinds, ["unknown", "otherwise", "expr"]);
    assert!(matches!(arms("alert low because 'x'")[0].when, When::Otherwise(span) if span.start == span.end));
}

#[test]
fn texts_are_cut_at_their_braces() {
    for (text, expected) in [
        ("'plain'", &["plain"][..]),
        ("''", &[]),
        ("'{a}'", &["<a>"]),
        ("'{a.b + 1} of {missing}.'", &["<(+ a.b 1)>", " of ", "<missing>", "."]),
        ("'{{a}} {{{b}}}'", &["{a} {", "<b>", "}"]),
        ("\"{x.exists(u, u.name == 'a}')}\"", &["<(x.exists: u (== u.name \"a}\"))>"]),
        ("'{ {\"k\": 1}.k } \\n\\x7b'", &["<{\"k\"=1}.k>", " \n{"]),
        ("\"\"\"a \"b\" {c == \"d\"}\"\"\"", &["a \"b\" ", "<(== c \"d\")>"]),
        ("r'\\{a}\\n'", &["\\", "<a>", "\\n"]),
    ] {
        let arms = arms(&format!("alert low because {text}"));
        let parts = arms[0].because.as_ref().expect("a text").parts.iter();
        let parts: Vec<String> = parts.map(part).collect();
        assert_eq!(parts, expected, "{text}");
    }
}

#[test]
fn bindings_and_clauses() {
    let read = policy(
        "for n: a.Notice, s in held(n, 1) where s.a\n/// What is left.\n// more\nlet x = 1 // not this\n \
         let y = 2 // behind\nwhere x < y decide { otherwise => none }",
    );
    let sources: Vec<String> = read
        .bindings
        .iter()
        .map(|binding| match &binding.source {
            BindingSource::Type(path) => format!("{}: {}", binding.name.text, path.dotted()),
            BindingSource::List(list) => format!("{} in {}", binding.name.text, show(list)),
            BindingSource::Relation(..) => panic!("no relation"),
        })
        .collect();
    assert_eq!(sources, ["n: a.Notice", "s in (held: n 1)"]);
    let clauses: Vec<String> = read
        .clauses
        .iter()
        .map(|clause| match clause {
            Clause::Where(expr) => format!("where {}", show(expr)),
            Clause::Let(name, value, docs) => format!("let {} = {} // {docs}", name.text, show(value)),
        })
        .collect();
    assert_eq!(clauses, ["where s.a", "let x = 1 // What is left.", "let y = 2 // behind", "where (< x y)"]);
}

#[test]
fn fields_and_what_covers_them() {
    let ItemKind::Fact(fact) = item(
        "entity E {\n  /// The key.\n  key id: string, key: T? = null source: list<map<string, a.B>>?\n\
         inverse: C inverse es\n  /// Docs\n  // and more\n  n: int = -3 inverse: D\n} lives a.b .. fresh for 1h \
         covered by s and t on (a, b.c,) or u on for.x",
    )
    .kind
    else {
        panic!()
    };
    let fields: Vec<String> = fact
        .fields
        .iter()
        .map(|field| {
            let optional = if field.ty.optional { "?" } else { "" };
            let default = field.default.as_ref().map(show).unwrap_or_default();
            let inverse = field.inverse.as_ref().map(|name| name.text.as_str()).unwrap_or_default();
            let shape = match &field.ty.kind {
                TypeKind::Name(path) => path.dotted(),
                TypeKind::Generic(name, args) => format!("{}<{}>", name.text, args.len()),
            };
            format!("{}{} {shape}{optional} {default} {inverse} {:?}", field.key, field.name.text, field.docs)
        })
        .collect();
    assert_eq!(
        fields,
        [
            "trueid string   \"The key.\"",
            "falsekey T? null  \"\"",
            "falsesource list<1>?   \"\"",
            "falseinverse C  es \"\"",
            "falsen int -3  \"Docs\"",
            "falseinverse D   \"\"",
        ]
    );
    let (from, until) = fact.lives.expect("lives");
    assert_eq!((from.dotted(), until), ("a.b".to_owned(), None));
    assert_eq!(fact.fresh_for.map(|(micros, _)| micros), Some(3_600_000_000));
    let Some(CoverageItem::By(all, _)) = fact.coverage else { panic!() };
    let all: Vec<Vec<String>> = all
        .iter()
        .map(|all| {
            let one = all.iter().map(|by| {
                let scope: Vec<String> = by.scope.iter().map(crate::syntax::ast::Path::dotted).collect();
                format!("{} {}", by.signal.text, scope.join("+"))
            });
            one.collect()
        })
        .collect();
    assert_eq!(all, [vec!["s ", "t a+b.c"], vec!["u for.x"]]);
}

#[test]
fn cells_and_rows() {
    let ItemKind::Table(table) =
        item("table t(a: T, b: U): V { _, unknown => x a | B.c, >= 3 => V.y, 'q', < -1.5 => null }").kind
    else {
        panic!()
    };
    let rows: Vec<String> = table
        .rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter().map(|cell| match &cell.kind {
                CellKind::Any => "_".to_owned(),
                CellKind::Unknown => "unknown".to_owned(),
                CellKind::OneOf(values) => values.iter().map(show).collect::<Vec<_>>().join("|"),
                CellKind::Ordered(op, value) => format!("{}{}", op.symbol(), show(value)),
            });
            format!("{} => {}", cells.collect::<Vec<_>>().join(" "), show(&row.result))
        })
        .collect();
    assert_eq!(rows, ["_ unknown => x", "a|B.c >=3 => V.y", "\"q\" <-1.5 => null"]);
}

#[test]
fn signals_catalogs_params() {
    let ItemKind::Signal(signal) = item("signal s { loss 0.1% gap 15m, basis run }").kind else { panic!() };
    assert_eq!((signal.lag, signal.gap.map(|(gap, _)| gap)), (None, Some(900_000_000)));
    assert_eq!(
        (signal.loss.map(|(loss, _)| loss), signal.basis.map(|basis| basis.text)),
        (Some(1000), Some("run".into()))
    );

    let ItemKind::Catalog(catalog) = item(
        "catalog c 'C' prefix 'p' version '2' { a 'A' 'first' alias b, c, d 'D' version 'V' alias 'x', 'y' }",
    )
    .kind
    else {
        panic!()
    };
    let entries: Vec<String> = catalog
        .entries
        .iter()
        .map(|entry| {
            let aliases: Vec<&str> = entry.aliases.iter().map(|alias| alias.text.as_str()).collect();
            format!(
                "{} {} {:?} {aliases:?}",
                entry.name.text,
                entry.id.value,
                entry.title.as_ref().map(|title| &title.value)
            )
        })
        .collect();
    assert_eq!(
        entries,
        ["a A Some(\"first\") [\"b\", \"c\"]", "d D None []", "version V None [\"x\", \"y\"]"]
    );

    let ItemKind::Param(param) = item("param p: list<E> = [E.a, E.b] in 1..5 source 'x'").kind else {
        panic!()
    };
    assert_eq!(show(&param.default), "[E.a E.b]");
    assert_eq!(param.bounds.map(|(low, high)| (show(&low), show(&high))), Some(("1".into(), "5".into())));
}

fn expectation(text: &str) -> Expect {
    let Item { kind: ItemKind::Test(test), .. } = item(&format!("test 't' {{ expect {text} }}")) else {
        panic!()
    };
    match test.steps.into_iter().next().map(|step| step.kind) {
        Some(StepKind::Expect(expect)) => expect,
        other => panic!("{other:?}"),
    }
}

#[test]
fn expectations() {
    let shown = |text: &str| {
        let expect = expectation(text);
        let word = |word: Option<crate::syntax::ast::Ident>| word.map(|word| word.text).unwrap_or_default();
        let key = |key: Option<crate::syntax::ast::StringLit>| key.map(|key| key.value).unwrap_or_default();
        let kind = match expect.kind {
            ExpectKind::Alert(severity) => format!("alert {}", word(severity)),
            ExpectKind::Rank(tier) => format!("rank {}", word(tier)),
            ExpectKind::Revoke(target, stage) => format!("revoke {} {}", key(target), word(stage)),
            ExpectKind::Block(target) => format!("block {}", key(target)),
            ExpectKind::Nothing => "nothing".to_owned(),
            ExpectKind::Undetermined => "undetermined".to_owned(),
        };
        let on: Vec<String> = expect.on.into_iter().map(|key| key.value).collect();
        let because: Vec<String> = expect.because.into_iter().map(|text| text.value).collect();
        let could_be: Vec<String> = expect.could_be.into_iter().map(|word| word.text).collect();
        let by = expect.by.map(|by| by.dotted()).unwrap_or_default();
        let until = expect.valid_until.as_ref().map(show).unwrap_or_default();
        format!("{kind}; {}; {by}; {}; {}; {until}", on.join("+"), because.join("+"), could_be.join("+"))
    };
    for (text, expected) in [
        ("alert", "alert ; ; ; ; ; "),
        ("alert medium on 'K' by p", "alert medium; K; p; ; ; "),
        ("rank T1 by a.p on 'K'", "rank T1; K; a.p; ; ; "),
        ("revoke 'K' by quarantine by p", "revoke K quarantine; ; p; ; ; "),
        ("revoke 'K' by p", "revoke K ; ; p; ; ; "),
        ("revoke by rotate", "revoke  rotate; ; ; ; ; "),
        ("revoke by rotate.p", "revoke  ; ; rotate.p; ; ; "),
        ("block 'K'", "block K; ; ; ; ; "),
        ("block on ('A', \"B\",) by p", "block ; A+B; p; ; ; "),
        ("nothing on 'K' by p", "nothing; K; p; ; ; "),
        (
            "undetermined could_be alert, none because contains 'x' valid_until null because contains 'y'",
            "undetermined; ; ; x+y; alert+none; null",
        ),
        ("nothing valid_until now + 3d by p", "nothing; ; p; ; ; (+ now duration:259200000000)"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn expectations_of_texts() {
    let shown = |text: &str| {
        let Item { kind: ItemKind::Test(test), .. } = item(&format!("test 't' {{ expect {text} }}")) else {
            panic!()
        };
        match test.steps.into_iter().next().map(|step| step.kind) {
            Some(StepKind::Check(check)) => {
                let one = |said: crate::syntax::ast::Said| {
                    let code = said.code.map(|code| code.text).unwrap_or_default();
                    let because: Vec<String> = said.because.into_iter().map(|text| text.value).collect();
                    format!("{} {code} {}", said.severity.text, because.join("+"))
                };
                let said: Vec<String> = check.said.into_iter().map(one).collect();
                format!("{}: {}", said.join("; "), check.text.value)
            }
            other => panic!("{other:?}"),
        }
    };
    for (text, expected) in [
        ("nothing in 'x'", ": x"),
        ("error in r'\\'", "error  : \\"),
        ("warning W0417 in \"\"\"\npolicy p {\n}\"\"\"", "warning W0417 : \npolicy p {\n}"),
        (
            "error E0202 because contains 'a' because contains 'b', error, warning in '\\n'",
            "error E0202 a+b; error  ; warning  : \n",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
