//! Trees on one line, for tests.

use crate::syntax::ast::{
    BindingSource, Clause, Expr, ExprKind, ItemKind, Literal, PolicyItem, TextPart, UnaryOp,
};
use crate::syntax::parse_item;

/// An expression with all its brackets.
pub(super) fn show(expr: &Expr) -> String {
    let all = |exprs: &[Expr]| exprs.iter().map(show).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Literal(literal) => match literal {
            Literal::Null => "null".to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) => value.to_string(),
            Literal::Uint(value) => format!("{value}u"),
            Literal::Double(value) => format!("{value:?}"),
            Literal::String(value) => format!("{value:?}"),
            Literal::Bytes(value) => format!("b{value:?}"),
            Literal::Duration(micros) => format!("duration:{micros}"),
            Literal::Timestamp(micros) => format!("timestamp:{micros}"),
        },
        ExprKind::Name(name) => name.clone(),
        ExprKind::Select(base, field) => format!("{}.{}", show(base), field.text),
        ExprKind::OptionalSelect(base, field) => format!("{}.?{}", show(base), field.text),
        ExprKind::Optional(inner) => format!("(maybe {})", show(inner)),
        ExprKind::Index(base, index) => format!("(at {} {})", show(base), show(index)),
        ExprKind::Call(name, args) => format!("({}: {})", name.text, all(args)),
        ExprKind::Method(base, name, args) => format!("({}.{}: {})", show(base), name.text, all(args)),
        ExprKind::List(elements) => format!("[{}]", all(elements)),
        ExprKind::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}={}", show(key), show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        ExprKind::Struct(path, fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}={}", name.text, show(value)));
            format!("{}{{{}}}", path.dotted(), fields.collect::<Vec<_>>().join(" "))
        }
        ExprKind::Unary(UnaryOp::Not, operand) => format!("(! {})", show(operand)),
        ExprKind::Unary(UnaryOp::Neg, operand) => format!("(- {})", show(operand)),
        ExprKind::Binary(op, left, right) => format!("({} {} {})", op.symbol(), show(left), show(right)),
        ExprKind::Conditional(when, then, otherwise) => {
            format!("(? {} {} {})", show(when), show(then), show(otherwise))
        }
        ExprKind::Error => "ERROR".to_owned(),
    }
}

/// The expressions directly inside another.
pub(super) fn inside(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Error => Vec::new(),
        ExprKind::Select(base, _)
        | ExprKind::OptionalSelect(base, _)
        | ExprKind::Optional(base)
        | ExprKind::Unary(_, base) => vec![base],
        ExprKind::Index(base, other) | ExprKind::Binary(_, base, other) => vec![base, other],
        ExprKind::Call(_, exprs) | ExprKind::List(exprs) => exprs.iter().collect(),
        ExprKind::Method(base, _, args) => std::iter::once(&**base).chain(args).collect(),
        ExprKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Struct(_, fields) => fields.iter().map(|(_, value)| value).collect(),
        ExprKind::Conditional(when, then, otherwise) => vec![when, then, otherwise],
    }
}

/// The body of a faultless function.
pub(super) fn body(text: &str) -> Expr {
    let item = format!("fn f(): int = {text}");
    let parsed = parse_item(&item);
    assert_eq!(parsed.diagnostics, [], "{text}");
    match parsed.item.expect("an item").kind {
        ItemKind::Fn(item) => item.body,
        other => panic!("{other:?}"),
    }
}

/// A faultless policy.
pub(super) fn policy(body: &str) -> PolicyItem {
    let item = format!("policy p {{ {body} }}");
    let parsed = parse_item(&item);
    assert_eq!(parsed.diagnostics, [], "{body}");
    match parsed.item.expect("an item").kind {
        ItemKind::Policy(item) => item,
        other => panic!("{other:?}"),
    }
}

/// Every whole expression of a policy, in the order of the text.
pub(super) fn expressions(policy: &PolicyItem) -> Vec<&Expr> {
    let mut out = Vec::new();
    for binding in &policy.bindings {
        if let BindingSource::List(list) = &binding.source {
            out.push(list);
        }
    }
    for clause in &policy.clauses {
        match clause {
            Clause::Where(expr) | Clause::Let(_, expr, _) => out.push(expr),
        }
    }
    for arm in policy.decide.iter().flat_map(|decide| &decide.arms) {
        if let crate::syntax::ast::When::Expr(expr) = &arm.when {
            out.push(expr);
        }
        for part in arm.because.iter().flat_map(|text| &text.parts) {
            if let TextPart::Expr(expr) = part {
                out.push(expr);
            }
        }
    }
    out
}
