//! A part of an expression with a name of its own: as a `let`, a `fn` or a `param`.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::sema::at::{ItemText, LocalKind, Meaning, names};
use assize_lang::syntax::ast::{Clause, Expr, ExprKind, ItemKind, Literal};

use super::super::format::Edit;
use super::repairs::each;
use super::{Action, Kind, free_name, indent, line_start, plain, put};

/// What is selected.
struct Selected {
    /// In the item.
    span: Span,
    literal: bool,
}

/// What can be given a name in `span`.
pub(super) fn actions(db: &Database, path: &str, span: Span) -> Vec<Action> {
    let Some(item) = db.item_at(path, span.start) else { return Vec::new() };
    let Some(selected) = selected(item, span) else { return Vec::new() };
    let mut out = Vec::new();
    if selected.literal {
        out.extend(as_param(db, path, item, &selected));
    }
    if span.start < span.end {
        out.extend(as_let(db, path, item, &selected));
        out.extend(as_fn(db, path, item, &selected));
    }
    out
}

/// The expression that is selected, or the literal under the cursor.
fn selected(item: ItemText<'_>, span: Span) -> Option<Selected> {
    let here = Span::new(span.start.checked_sub(item.start)?, span.end.checked_sub(item.start)?);
    let written = here.text(item.text);
    let blank = written.len().saturating_sub(written.trim_start().len());
    let start = here.start.saturating_add(u32::try_from(blank).ok()?);
    let trimmed = Span::new(start, start.saturating_add(u32::try_from(written.trim().len()).ok()?));
    let mut found = None;
    each(item, |expr: &Expr| {
        let literal = matches!(
            &expr.kind,
            ExprKind::Literal(
                Literal::Int(_)
                    | Literal::Double(_)
                    | Literal::String(_)
                    | Literal::Duration(_)
                    | Literal::Timestamp(_)
            )
        );
        let cursor =
            here.start == here.end && literal && expr.span.start <= here.start && here.end <= expr.span.end;
        if cursor || expr.span == trimmed && here.start < here.end {
            found = Some(Selected { span: expr.span, literal });
        }
    });
    found
}

/// The locals that an expression reads and does not bind: name, type, and what binds them.
fn free(
    db: &Database,
    path: &str,
    item: ItemText<'_>,
    selected: &Selected,
) -> Option<Vec<(String, String, LocalKind)>> {
    let file = db.file(path)?;
    let items = db::items(db, file);
    let own = items.iter().find(|one| one.start(db) == item.start)?;
    let inside = |span: Span| selected.span.start <= span.start && span.end <= selected.span.end;
    let mut out: Vec<(String, String, LocalKind)> = Vec::new();
    for named in names(db, *own).iter().filter(|named| inside(named.span)) {
        let Meaning::Local(local) = &named.meaning else { continue };
        if inside(local.declared) || out.iter().any(|(name, ..)| *name == local.name) {
            continue;
        }
        let mark = if local.optional { "?" } else { "" };
        out.push((local.name.clone(), format!("{}{mark}", local.ty.as_ref()?), local.kind));
    }
    Some(out)
}

fn as_let(db: &Database, path: &str, item: ItemText<'_>, selected: &Selected) -> Option<Action> {
    let ItemKind::Policy(policy) = &item.tree.kind else { return None };
    let free = free(db, path, item, selected)?;
    if free.iter().any(|(_, _, kind)| *kind == LocalKind::Variable) {
        return None;
    }
    // Above the clause that it stands in, or above the table.
    let starts = policy.clauses.iter().map(|clause| match clause {
        Clause::Where(expr) => expr.span,
        Clause::Let(name, expr, _) => name.span.to(expr.span),
    });
    let decide = policy.decide.as_ref().map(|decide| decide.span);
    let around = starts
        .chain(decide)
        .find(|span| span.start <= selected.span.start && selected.span.end <= span.end)?;
    let name = free_name(db, path, item.start, "extracted");
    let line = line_start(item.text, around.start);
    let blank = indent(item.text, around.start);
    let expr = selected.span.text(item.text);
    let at = |at: u32| at.saturating_add(item.start);
    let edits = vec![
        put(at(line), format!("{blank}let {name} = {expr}\n")),
        Edit { span: selected.span.shifted(item.start), text: name },
    ];
    Some(plain("name it with `let`", Kind::Extract, edits))
}

fn as_fn(db: &Database, path: &str, item: ItemText<'_>, selected: &Selected) -> Option<Action> {
    let holds = matches!(&item.tree.kind, ItemKind::Policy(_) | ItemKind::Fn(_) | ItemKind::Relation(_));
    if !holds {
        return None;
    }
    let free = free(db, path, item, selected)?;
    let (ty, optional) = db.type_of_expr(path, selected.span.shifted(item.start))?;
    let name = free_name(db, path, item.start, "extracted");
    let args: Vec<String> = free.iter().map(|(name, ty, _)| format!("{name}: {ty}")).collect();
    let given: Vec<&str> = free.iter().map(|(name, ..)| name.as_str()).collect();
    let mark = if optional { "?" } else { "" };
    let expr = selected.span.text(item.text);
    let edits = vec![
        put(item.start, format!("fn {name}({}): {ty}{mark} = {expr}\n\n", args.join(", "))),
        Edit { span: selected.span.shifted(item.start), text: format!("{name}({})", given.join(", ")) },
    ];
    Some(plain("make it a `fn`", Kind::Extract, edits))
}

fn as_param(db: &Database, path: &str, item: ItemText<'_>, selected: &Selected) -> Option<Action> {
    let holds = matches!(&item.tree.kind, ItemKind::Policy(_) | ItemKind::Fn(_) | ItemKind::Relation(_));
    if !holds {
        return None;
    }
    let (ty, _) = db.type_of_expr(path, selected.span.shifted(item.start))?;
    let name = free_name(db, path, item.start, "threshold");
    let value = selected.span.text(item.text);
    let edits = vec![
        put(item.start, format!("param {name}: {ty} = {value}\n\n")),
        Edit { span: selected.span.shifted(item.start), text: name },
    ];
    Some(plain("make it a `param`", Kind::Extract, edits))
}
