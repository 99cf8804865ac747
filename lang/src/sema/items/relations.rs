//! `relation`: derived facts, recursive where negation does not stand in the circle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::policy::bindings as bound;
use super::super::resolve::{self, DeclKind};
use super::super::scope::{Checker, LocalKind};
use super::super::{Checked, types, walk};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    Binding, BindingSource, Case, CompareOp, Const, Expr, ExprKind, Name, Quantifier, Relation, Slot, Type,
    Window,
};
use crate::syntax::ast::{ItemKind, RelationCase, RelationItem};

/// A relation's name and the types of its columns, without a look at its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sema) struct Head {
    pub(in crate::sema) name: Name,
    pub(in crate::sema) columns: Vec<(String, Type)>,
}

/// The head of a relation.
#[salsa::tracked]
pub(in crate::sema) fn head<'db>(db: &'db dyn Db, item: Item<'db>) -> Option<Head> {
    let tree = db::parsed(db, item).item.as_ref()?;
    let ItemKind::Relation(written) = &tree.kind else { return None };
    let file = item.file(db);
    let package = &resolve::header(db, file).package;
    let column = |arg: &crate::syntax::ast::Argument| {
        (arg.name.text.clone(), types::resolve(db, file, &arg.ty, &mut Vec::new()))
    };
    Some(Head {
        name: Name::from(format!("{package}.{}", written.name.text)),
        columns: written.args.iter().map(column).collect(),
    })
}

/// The relation that an item declares; its stratum is filled in by [`relation`].
#[salsa::tracked]
fn cases<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Relation> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Relation(written) = &tree.kind else { return Checked::nothing() };
    let Some(head) = head(db, item) else { return Checked::nothing() };
    let mut checker = Checker::of_item(db, item);
    for arg in &written.args {
        let mut reports = Vec::new();
        let ty = types::resolve(db, checker.file, &arg.ty, &mut reports);
        checker.diagnostics.append(&mut reports);
        if arg.ty.optional || !matches!(ty, Type::Fact(_) | Type::Dyn) {
            let text = format!("`{}` is not an entity or event", arg.name.text);
            checker.error(
                Code::TypeMismatch,
                arg.ty.span,
                text,
                "a relation relates facts",
                "give a type that is declared as `entity` or `event`",
            );
        }
    }
    let mut columns = Vec::new();
    for (arg, (name, ty)) in written.args.iter().zip(&head.columns) {
        let slot = checker.fresh_slot();
        checker.bind(&arg.name.text, arg.name.span, LocalKind::Slot(slot), ty.clone(), false);
        columns.push((Name::from(name), slot, ty.clone()));
    }
    let checked: Vec<Option<Case>> =
        written.cases.iter().map(|case| one_case(&mut checker, written, case, &columns)).collect();
    let value = checked.into_iter().collect::<Option<Vec<Case>>>().map(|cases| Relation {
        name: head.name.clone(),
        columns,
        cases,
        stratum: 0,
        slots: checker.slots(),
        docs: tree.docs.clone(),
        text: Arc::from(item.text(db)),
    });
    Checked::new(value, checker.diagnostics)
}

fn one_case(
    checker: &mut Checker<'_>,
    written: &RelationItem,
    case: &RelationCase,
    columns: &[(Name, Slot, Type)],
) -> Option<Case> {
    let before = checker.locals.len();
    let bindings = bound::ranging(checker, &case.bindings);
    let condition = case.condition.as_ref().map(|condition| checker.condition(condition));
    checker.locals.truncate(before);
    let bindings = bindings?;
    let mut conjuncts: Vec<Expr> = bindings.related;
    if let Some(condition) = condition {
        conjuncts.extend(super::super::policy::conjuncts(condition?));
    }
    let alone = columns.len().saturating_add(bindings.plans.len()) == 1;
    for (at, (name, slot, _)) in columns.iter().enumerate() {
        if !alone && !conjuncts.iter().any(|conjunct| ties(conjunct, *slot)) {
            let span = written.args.get(at).map_or(case.span, |arg| arg.name.span);
            checker.report(
                Diagnostic::new(Code::UntiedHead, case.span, format!("nothing ties `{name}` in this case"))
                    .label("would hold of every fact of its type")
                    .also(span, "declared here")
                    .help("tie it by an equality, a reference or a relation"),
            );
        }
    }
    let condition = quantified(bindings.plans, conjuncts, case.span);
    Some(Case { condition: checker.settle(condition, &[]), span: case.span })
}

/// The case as one condition: every further binding stands under an `exists`, with what can be judged
/// once it is bound directly inside. A binding that an equality pins is replaced by what it is equal to:
/// a reference is its key, and needs no list to be looked up in.
fn quantified(bindings: Vec<Binding>, mut conjuncts: Vec<Expr>, span: Span) -> Expr {
    let mut open: Vec<Binding> = Vec::new();
    for binding in bindings {
        let pinned =
            matches!(binding.source, BindingSource::Type).then(|| pin(&mut conjuncts, &binding)).flatten();
        match pinned {
            Some(value) => {
                if value.optional {
                    conjuncts.push(there(value.clone()));
                }
                conjuncts =
                    conjuncts.into_iter().map(|conjunct| put(conjunct, binding.slot, &value)).collect();
            }
            None => open.push(binding),
        }
    }
    // From the innermost binding outwards.
    let mut inner: Option<Expr> = None;
    while let Some(binding) = open.pop() {
        let (here, rest): (Vec<Expr>, Vec<Expr>) =
            conjuncts.into_iter().partition(|conjunct| reads(conjunct, binding.slot));
        conjuncts = rest;
        let body = all(here.into_iter().chain(inner.take()), span);
        let list = match binding.source {
            BindingSource::List(list) => list,
            BindingSource::Type => match &binding.ty {
                Type::Fact(name) => {
                    node(ExprKind::All(name.clone()), Type::List(Box::new(binding.ty.clone())), span)
                }
                _ => continue,
            },
        };
        let kind = ExprKind::Quantified {
            quantifier: Quantifier::Exists,
            list: Box::new(list),
            slot: binding.slot,
            body: Box::new(body),
            window: Window::default(),
        };
        inner = Some(node(kind, Type::Bool, span));
    }
    all(conjuncts.into_iter().chain(inner), span)
}

const fn node(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, optional: false, span }
}

fn reads(expr: &Expr, slot: Slot) -> bool {
    walk::any(expr, &|part| matches!(part.kind, ExprKind::Var(found) if found == slot))
}

/// Takes out the equality that says what the binding is.
fn pin(conjuncts: &mut Vec<Expr>, binding: &Binding) -> Option<Expr> {
    let other = |one: &Expr, other: &Expr| {
        let itself = matches!(one.kind, ExprKind::Var(slot) if slot == binding.slot);
        (itself && other.ty == binding.ty && !reads(other, binding.slot)).then(|| other.clone())
    };
    let found = conjuncts.iter().enumerate().find_map(|(at, conjunct)| match &conjunct.kind {
        ExprKind::Compare(CompareOp::Eq, left, right) => {
            Some((at, other(left, right).or_else(|| other(right, left))?))
        }
        _ => None,
    });
    let (at, value) = found?;
    conjuncts.remove(at);
    Some(value)
}

fn there(value: Expr) -> Expr {
    let span = value.span;
    let null = Expr { kind: ExprKind::Const(Const::Null), ty: Type::Null, optional: true, span };
    node(ExprKind::Compare(CompareOp::Ne, Box::new(value), Box::new(null)), Type::Bool, span)
}

/// `value` in the place of the slot.
fn put(expr: Expr, slot: Slot, value: &Expr) -> Expr {
    match expr.kind {
        ExprKind::Var(found) if found == slot => value.clone(),
        _ => walk::map(expr, &mut |child| put(child, slot, value), &mut |slot| slot),
    }
}

fn all(conjuncts: impl Iterator<Item = Expr>, span: Span) -> Expr {
    let joined = conjuncts
        .reduce(|left, right| node(ExprKind::And(Box::new(left), Box::new(right)), Type::Bool, span));
    joined.unwrap_or_else(|| node(ExprKind::Const(Const::Bool(true)), Type::Bool, span))
}

/// Whether a conjunct ties the slot to something by equality, membership or a relation.
fn ties(expr: &Expr, slot: Slot) -> bool {
    let reads = walk::any(expr, &|part| matches!(part.kind, ExprKind::Var(found) if found == slot));
    reads
        && walk::any(expr, &|part| {
            matches!(
                part.kind,
                ExprKind::Compare(CompareOp::Eq, ..)
                    | ExprKind::In(..)
                    | ExprKind::Quantified { .. }
                    | ExprKind::Related(..)
            )
        })
}

/// How a relation leans on others: name, and whether only on what is in them.
#[salsa::tracked]
fn leans<'db>(db: &'db dyn Db, item: Item<'db>) -> BTreeSet<(Name, bool)> {
    let mut out = BTreeSet::new();
    if let Some(relation) = &cases(db, item).value {
        for case in &relation.cases {
            collect(&case.condition, true, &mut out);
        }
    }
    out
}

fn collect(expr: &Expr, positive: bool, out: &mut BTreeSet<(Name, bool)>) {
    match &expr.kind {
        ExprKind::Related(name, args) => {
            out.insert((name.clone(), positive));
            args.iter().for_each(|arg| collect(arg, false, out));
        }
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            collect(left, positive, out);
            collect(right, positive, out);
        }
        ExprKind::Quantified { quantifier: Quantifier::Exists, list, body, .. } => {
            collect(list, positive, out);
            collect(body, positive, out);
        }
        ExprKind::Filter { list, body, .. } => {
            collect(list, positive, out);
            collect(body, positive, out);
        }
        // Everything else may turn more into less.
        _ => walk::children(expr, &mut |child| collect(child, false, out)),
    }
}

/// The stratum of every relation, and those that lean on their own absence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Strata {
    levels: BTreeMap<Name, u32>,
    /// Of each such relation the circle, itself first and last; the step out of it is the negated one.
    circles: BTreeMap<Name, Vec<Name>>,
}

/// What every relation leans on, and whether on its presence alone.
type Leans = BTreeMap<Name, BTreeSet<(Name, bool)>>;

#[salsa::tracked]
fn strata(db: &dyn Db) -> Strata {
    let mut edges = Leans::new();
    for item in resolve::of_kind(db, &[DeclKind::Relation]) {
        if let Some(head) = head(db, item) {
            edges.insert(head.name.clone(), leans(db, item).clone());
        }
    }
    let mut out =
        Strata { levels: edges.keys().map(|name| (name.clone(), 0)).collect(), ..Strata::default() };
    // A stratum above the number of relations is a circle through a negation.
    let limit = u32::try_from(edges.len()).unwrap_or(u32::MAX);
    let mut moved = true;
    while moved {
        moved = false;
        for (name, leans) in &edges {
            let own = out.levels.get(name).copied().unwrap_or_default();
            for (other, positive) in leans {
                let below = out.levels.get(other).copied().unwrap_or_default();
                let wanted = if *positive { below } else { below.saturating_add(1) };
                if wanted <= own {
                    continue;
                }
                if wanted > limit {
                    // What stands above a circle climbs with it, and is none itself.
                    if let Some(circle) = circle(&edges, name, other) {
                        out.circles.entry(name.clone()).or_insert(circle);
                    }
                    continue;
                }
                out.levels.insert(name.clone(), wanted);
                moved = true;
                break;
            }
        }
    }
    out
}

/// The shortest way from a relation over another, which it leans on, back to itself.
fn circle(edges: &Leans, from: &Name, over: &Name) -> Option<Vec<Name>> {
    let mut came: BTreeMap<&Name, &Name> = BTreeMap::from([(over, from)]);
    let mut next = std::collections::VecDeque::from([over]);
    while let Some(at) = next.pop_front() {
        if at == from {
            break;
        }
        for (other, _) in edges.get(at).into_iter().flatten() {
            if !came.contains_key(other) {
                came.insert(other, at);
                next.push_back(other);
            }
        }
    }
    let mut way = vec![from.clone()];
    let mut at = *came.get(from)?;
    while at != from {
        way.push(at.clone());
        at = came.get(at)?;
    }
    way.push(from.clone());
    way.reverse();
    Some(way)
}

/// The relation that an item declares, with its stratum.
#[salsa::tracked]
pub(in crate::sema) fn relation<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Relation> {
    let checked = cases(db, item).clone();
    let Some(found) = &checked.value else { return checked };
    let strata = strata(db);
    let mut diagnostics = checked.diagnostics.clone();
    if let Some(circle) = strata.circles.get(&found.name) {
        let tree = db::parsed(db, item).item.as_ref();
        let span = tree.and_then(|tree| tree.name()).map(|name| name.span).unwrap_or_default();
        let name = found.name.short();
        let text = match circle.as_slice() {
            [_, other, _, ..] => {
                format!(
                    "`{name}` leans on the absence of `{0}`, and `{0}` leads back to `{name}`",
                    other.short()
                )
            }
            _ => format!("`{name}` leans on its own absence"),
        };
        let way: Vec<String> = circle.iter().map(|name| format!("`{}`", name.short())).collect();
        diagnostics.push(
            Diagnostic::new(Code::NegativeRecursion, span, text)
                .label("recursion through a negation")
                .note(format!(
                    "{}: the first step goes through `!`, `all`, `size`, `assume` or `known`",
                    way.join(" to ")
                ))
                .help("move what is negated into a relation of its own that does not lead back here"),
        );
    }
    let stratum = strata.levels.get(&found.name).copied().unwrap_or_default();
    let value = Relation { stratum, ..Relation::clone(found) };
    Checked::new(Some(value), diagnostics)
}
