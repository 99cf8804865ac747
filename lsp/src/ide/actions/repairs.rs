//! Mends that take a look around: what the checker says a thing about, and somebody has to find the place for.

use assize_lang::Database;
use assize_lang::diagnostic::{Code, Diagnostic, Span};
use assize_lang::sema::at::ItemText;
use assize_lang::syntax::ast::{
    Arm, BinaryOp, Clause, Expr, ExprKind, ItemKind, OutcomeKind, PolicyItem, When,
};
use assize_lang::syntax::expressions;

use super::super::format::Edit;
use super::super::imports;
use super::{indent, line_start, put};

type Repairs = Vec<(String, Vec<Edit>)>;

/// What mends a diagnostic that brings no fix of its own.
pub(super) fn repairs(db: &Database, path: &str, found: &Diagnostic) -> Repairs {
    let Some(text) = db.file(path).map(|file| file.text(db)) else { return Vec::new() };
    match found.code {
        Code::UnknownName
        | Code::UnknownType
        | Code::UnknownFunction
        | Code::UnknownControl
        | Code::UnknownSignal => imported(db, path, found.span.text(text)),
        Code::MissingPackage => package(db, path),
        Code::MissingBecause => {
            vec![("say why".to_owned(), vec![put(found.span.end, " because \"…\"")])]
        }
        Code::LooksLikeDate => date(text, found.span),
        _ => {
            let Some(item) = db.item_at(path, found.span.start) else { return Vec::new() };
            in_item(text, item, found)
        }
    }
}

fn in_item(text: &str, item: ItemText<'_>, found: &Diagnostic) -> Repairs {
    let here =
        Span::new(found.span.start.saturating_sub(item.start), found.span.end.saturating_sub(item.start));
    match (found.code, &item.tree.kind) {
        (Code::UnhandledUnknown | Code::WeakerUnknown, ItemKind::Policy(policy)) => {
            unknown_arm(policy, item).into_iter().collect()
        }
        (Code::UnusedLet, ItemKind::Policy(policy)) => unused_let(text, policy, item, here),
        (Code::UnusedParam, ItemKind::Param(param)) => {
            let end = item.start.saturating_add(u32::try_from(item.text.len()).unwrap_or(u32::MAX));
            let whole = with_line_break(text, Span::new(item.start, end));
            vec![(
                format!("remove param `{}`", param.name.text),
                vec![Edit { span: whole, text: String::new() }],
            )]
        }
        (Code::UndeclaredCoverage, ItemKind::Fact(fact)) if fact.coverage.is_none() => {
            let end = item.tree.span.end.saturating_add(item.start);
            vec![
                ("say that the list is complete: `closed`".to_owned(), vec![put(end, " closed")]),
                ("say what covers it: `covered by`".to_owned(), vec![put(end, " covered by inventory")]),
            ]
        }
        (Code::MaybeAbsent, _) => guarded(item, here).into_iter().collect(),
        (Code::VacuousAll, _) => not_empty(item, here).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A `use` for each package that has such a name.
fn imported(db: &Database, path: &str, name: &str) -> Repairs {
    let name = name.split('.').next().unwrap_or(name);
    let offers = |package: &&str| db.declared_in(package).iter().any(|one| one.name.short() == name);
    let packages = db.packages().into_iter().filter(offers);
    let edits = packages.filter_map(|package| {
        let edit = imports::edit(db, path, package, name)?;
        Some((format!("add `use {package}.{{{name}}}`"), vec![edit]))
    });
    edits.collect()
}

/// The package of the files beside, else one named after the folder.
fn package(db: &Database, path: &str) -> Repairs {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = db
        .sources()
        .map(|(other, _)| other)
        .filter(|other| *other != path && other.rsplit_once('/').map_or("", |(folder, _)| folder) == folder);
    let beside = beside.filter_map(|other| db.package_of(other)).find(|package| !package.is_empty());
    let name = match beside {
        Some(package) => package.to_owned(),
        None => {
            let last = folder.rsplit('/').next().unwrap_or_default();
            let name: String = last
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
                .collect();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { "policies".to_owned() }
        }
    };
    vec![(format!("start with `package {name}`"), vec![put(0, format!("package {name}\n\n"))])]
}

/// `2026-06-01` is an instant at midnight.
fn date(text: &str, span: Span) -> Repairs {
    let written: String = span.text(text).split_whitespace().collect();
    let parts: Vec<&str> = written.split('-').collect();
    let digits = |part: &&str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            let instant = format!("{written}T00:00:00Z");
            vec![(format!("write the instant `{instant}`"), vec![Edit { span, text: instant }])]
        }
        _ => Vec::new(),
    }
}

/// The `unknown` arm where it belongs: behind the last arm that revokes or blocks.
pub(super) fn unknown_arm(policy: &PolicyItem, item: ItemText<'_>) -> Option<(String, Vec<Edit>)> {
    let arms = &policy.decide.as_ref()?.arms;
    let (last, head) = arms.split_last()?;
    let braces = policy.decide.as_ref()?.span.text(item.text).ends_with('}');
    if !braces {
        return None;
    }
    let there = arms.iter().position(|arm| matches!(arm.when, When::Unknown(_)));
    let before_last =
        matches!(last.when, When::Otherwise(_)) && !head.is_empty() && !acts(last) && there.is_none();
    let indent = indent(item.text, last.span.start);
    let place = |at: u32| at.saturating_add(item.start);
    if let Some(there) = there {
        let arm = arms.get(there).filter(|_| there.saturating_add(1) < arms.len())?;
        let next = arms.get(there.saturating_add(1))?;
        let moved = arm.span.text(item.text);
        let gone = Span::new(place(arm.span.start), place(next.span.start));
        let edits = vec![
            Edit { span: gone, text: String::new() },
            put(place(last.span.end), format!("\n{indent}{moved}")),
        ];
        return Some(("move the `unknown` arm to the end".to_owned(), edits));
    }
    let arm = format!("unknown => alert medium\n{indent}  because \"cannot tell: {{missing}}\"");
    let edit = if before_last {
        put(place(last.span.start), format!("{arm}\n{indent}"))
    } else {
        put(place(last.span.end), format!("\n{indent}{arm}"))
    };
    Some(("add an `unknown` arm".to_owned(), vec![edit]))
}

fn acts(arm: &Arm) -> bool {
    let acts = |kind: &OutcomeKind| matches!(kind, OutcomeKind::Revoke { .. } | OutcomeKind::Block(_));
    arm.outcomes.iter().any(|outcome| acts(&outcome.kind))
}

fn unused_let(text: &str, policy: &PolicyItem, item: ItemText<'_>, here: Span) -> Repairs {
    let found = policy.clauses.iter().find_map(|clause| match clause {
        Clause::Let(name, expr, _) if name.span == here => Some((name, expr)),
        _ => None,
    });
    let Some((name, expr)) = found else { return Vec::new() };
    let start = line_start(text, name.span.start.saturating_add(item.start));
    let before = Span::new(start, name.span.start.saturating_add(item.start)).text(text);
    // Only where the line is its own.
    if before.trim() != "let" {
        return Vec::new();
    }
    let end = expr.span.end.saturating_add(item.start);
    let span = with_line_break(text, Span::new(start, end));
    vec![(format!("remove `let {}`", name.text), vec![Edit { span, text: String::new() }])]
}

/// With what is left of the last line, where that is blank, and its line break.
fn with_line_break(text: &str, span: Span) -> Span {
    let rest = text.get(span.end as usize..).unwrap_or_default();
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    if !line.trim().is_empty() {
        return span;
    }
    Span::new(span.start, span.end.saturating_add(u32::try_from(line.len()).unwrap_or(0)))
}

/// The comparison around a value that may be absent, asked only where it is there.
fn guarded(item: ItemText<'_>, here: Span) -> Option<(String, Vec<Edit>)> {
    let path = here.text(item.text);
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if !plain {
        return None;
    }
    let mut around: Option<Span> = None;
    each(item, |expr| {
        let compares = matches!(
            &expr.kind,
            ExprKind::Binary(
                BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Eq | BinaryOp::Ne,
                ..
            )
        );
        let holds = expr.span.start <= here.start && here.end <= expr.span.end;
        let size = |span: Span| span.end.saturating_sub(span.start);
        if compares && holds && around.is_none_or(|before| size(expr.span) < size(before)) {
            around = Some(expr.span);
        }
    });
    let at = around?.start.saturating_add(item.start);
    Some((format!("ask first whether `{path}` is there"), vec![put(at, format!("{path} != null && "))]))
}

/// Whether there is any, before `all` is asked.
fn not_empty(item: ItemText<'_>, here: Span) -> Option<(String, Vec<Edit>)> {
    let mut list = None;
    each(item, |expr| {
        if expr.span == here
            && let ExprKind::Method(base, name, _) = &expr.kind
            && name.text == "all"
        {
            list = Some(base.span);
        }
    });
    let list = list?.text(item.text);
    let at = here.start.saturating_add(item.start);
    Some((
        format!("ask first whether there is any of `{list}`"),
        vec![put(at, format!("{list}.size() > 0 && "))],
    ))
}

/// Every expression of an item, those in reasons too.
pub(super) fn each(item: ItemText<'_>, mut look: impl FnMut(&Expr)) {
    expressions(item.tree, &mut look);
    let ItemKind::Policy(policy) = &item.tree.kind else { return };
    let arms = policy.decide.iter().flat_map(|decide| &decide.arms);
    for expr in arms.flat_map(|arm| arm.because.iter().flat_map(|text| text.exprs())) {
        walk(expr, &mut look);
    }
}

fn walk(expr: &Expr, look: &mut impl FnMut(&Expr)) {
    look(expr);
    match &expr.kind {
        ExprKind::Select(base, _) | ExprKind::Unary(_, base) => walk(base, look),
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            walk(left, look);
            walk(right, look);
        }
        ExprKind::Method(base, _, args) => {
            walk(base, look);
            args.iter().for_each(|arg| walk(arg, look));
        }
        ExprKind::Call(_, args) | ExprKind::List(args) => args.iter().for_each(|arg| walk(arg, look)),
        ExprKind::Conditional(condition, yes, no) => {
            for part in [condition, yes, no] {
                walk(part, look);
            }
        }
        _ => {}
    }
}
