//! Every expression and every type of an item.

use crate::syntax::ast::{
    Binding, BindingSource, CellKind, Clause, Expr, ExprKind, Item, ItemKind, Obligation, Outcome,
    OutcomeKind, PolicyItem, StepKind, TypeExpr, TypeKind, When,
};

/// Calls `each` with every type, outer ones first.
pub fn types(item: &Item, mut each: impl FnMut(&TypeExpr)) {
    let mut open: Vec<&TypeExpr> = match &item.kind {
        ItemKind::Fact(fact) => fact.fields.iter().map(|field| &field.ty).collect(),
        ItemKind::Param(param) => vec![&param.ty],
        ItemKind::Fn(function) => function.args.iter().map(|arg| &arg.ty).chain([&function.result]).collect(),
        ItemKind::Table(table) => table.args.iter().map(|arg| &arg.ty).chain([&table.result]).collect(),
        ItemKind::Relation(relation) => relation.args.iter().map(|arg| &arg.ty).collect(),
        _ => Vec::new(),
    };
    while let Some(ty) = open.pop() {
        each(ty);
        if let TypeKind::Generic(_, args) = &ty.kind {
            open.extend(args);
        }
    }
}

/// Calls `each` with every expression, outer ones first. Those inside of texts are not among them: a text is
/// one token.
pub fn expressions(item: &Item, mut each: impl FnMut(&Expr)) {
    let mut open = roots(item);
    while let Some(expr) = open.pop() {
        each(expr);
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Error => {}
            ExprKind::Select(base, _)
            | ExprKind::OptionalSelect(base, _)
            | ExprKind::Optional(base)
            | ExprKind::Unary(_, base) => open.push(base),
            ExprKind::Index(one, other) | ExprKind::Binary(_, one, other) => open.extend([&**one, &**other]),
            ExprKind::Call(_, exprs) | ExprKind::List(exprs) => open.extend(exprs),
            ExprKind::Method(base, _, args) => open.extend(std::iter::once(&**base).chain(args)),
            ExprKind::Map(entries) => open.extend(entries.iter().flat_map(|(key, value)| [key, value])),
            ExprKind::Struct(_, fields) => open.extend(fields.iter().map(|(_, value)| value)),
            ExprKind::Conditional(when, then, otherwise) => open.extend([&**when, &**then, &**otherwise]),
        }
    }
}

fn roots(item: &Item) -> Vec<&Expr> {
    let mut out = Vec::new();
    match &item.kind {
        ItemKind::Fact(fact) => out.extend(fact.fields.iter().filter_map(|field| field.default.as_ref())),
        ItemKind::Param(param) => {
            out.push(&param.default);
            out.extend(param.bounds.iter().flat_map(|(low, high)| [low, high]));
        }
        ItemKind::Fn(function) => out.push(&function.body),
        ItemKind::Table(table) => {
            for row in &table.rows {
                out.push(&row.result);
                for cell in &row.cells {
                    match &cell.kind {
                        CellKind::Any | CellKind::Unknown => {}
                        CellKind::OneOf(values) => out.extend(values),
                        CellKind::Ordered(_, value) => out.push(value),
                    }
                }
            }
        }
        ItemKind::Relation(relation) => {
            for case in &relation.cases {
                lists(&case.bindings, &mut out);
                out.extend(&case.condition);
            }
        }
        ItemKind::Policy(policy) => of_policy(policy, &mut out),
        ItemKind::Waive(waive) => out.extend(waive.condition.iter().chain(&waive.until)),
        ItemKind::Envelope(envelope) => out.extend(&envelope.never),
        ItemKind::Test(test) => {
            for step in &test.steps {
                match &step.kind {
                    StepKind::Now(expr) | StepKind::Given(expr) | StepKind::Set(_, expr) => out.push(expr),
                    StepKind::Expect(expect) => out.extend(&expect.valid_until),
                    StepKind::Without(..) | StepKind::Check(_) => {}
                }
            }
        }
        ItemKind::Package(_)
        | ItemKind::Use(_)
        | ItemKind::Enum(_)
        | ItemKind::Signal(_)
        | ItemKind::Catalog(_) => {}
    }
    out
}

fn lists<'a>(bindings: &'a [Binding], out: &mut Vec<&'a Expr>) {
    out.extend(bindings.iter().filter_map(|binding| match &binding.source {
        BindingSource::List(list) => Some(list),
        BindingSource::Type(_) | BindingSource::Relation(..) => None,
    }));
}

fn of_policy<'a>(policy: &'a PolicyItem, out: &mut Vec<&'a Expr>) {
    lists(&policy.bindings, out);
    if let Some(sequence) = &policy.sequence {
        out.extend(&sequence.within);
        out.extend(sequence.steps.iter().filter_map(|step| step.condition.as_ref()));
    }
    out.extend(policy.clauses.iter().map(|clause| match clause {
        Clause::Where(expr) | Clause::Let(_, expr, _) => expr,
    }));
    for arm in policy.decide.iter().flat_map(|decide| &decide.arms) {
        if let When::Expr(expr) = &arm.when {
            out.push(expr);
        }
        arm.outcomes.iter().for_each(|outcome| of_outcome(outcome, out));
    }
}

fn of_outcome<'a>(outcome: &'a Outcome, out: &mut Vec<&'a Expr>) {
    match &outcome.kind {
        OutcomeKind::Rank(tier, keys) => {
            out.push(tier);
            out.extend(keys.iter().map(|(key, _)| key));
        }
        OutcomeKind::Alert(expr) | OutcomeKind::Block(expr) | OutcomeKind::Revoke { target: expr, .. } => {
            out.push(expr)
        }
    }
    out.extend(outcome.within.iter().chain(&outcome.lasting));
    out.extend(outcome.with.iter().filter_map(|(_, value)| match value {
        Obligation::Value(value) => Some(value),
        Obligation::Text(_) => None,
    }));
}
