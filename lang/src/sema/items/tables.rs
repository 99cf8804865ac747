//! `table`.

use super::super::scope::Checker;
use super::super::{Checked, resolve, suggest, types};
use super::constants::{cell as cell_const, constant};
use super::enums;
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Cell, Const, Name, Row, Table, Type};
use crate::syntax::ast::{BinaryOp, Cell as WrittenCell, CellKind, ItemKind, TableItem, TableRow};

/// The most combinations of inputs that a table may have: every one is looked at.
const MOST_COMBINATIONS: usize = 65_536;

/// The table that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn table<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Table> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Table(written) = &tree.kind else { return Checked::nothing() };
    let file = item.file(db);
    let mut checker = Checker::constant(db, file);
    let mut reports = Vec::new();
    let mut columns: Vec<(Name, Type)> = Vec::new();
    for arg in &written.args {
        let ty = types::resolve(db, file, &arg.ty, &mut reports);
        if arg.ty.optional || values_of(&checker, &ty).is_none() {
            let text = format!("column `{}` is neither a `bool` nor an enum", arg.name.text);
            checker.error(
                Code::TypeMismatch,
                arg.ty.span,
                text,
                "not a finite domain",
                "give the column a `bool` or an enum, and compute it where the table is called",
            );
        }
        columns.push((Name::from(&arg.name.text), ty));
    }
    let result = types::resolve(db, file, &written.result, &mut reports);
    if reports.is_empty() && values_of(&checker, &result).is_none() {
        let text = format!("the result is neither a `bool` nor an enum but `{result}`");
        checker.error(
            Code::TypeMismatch,
            written.result.span,
            text,
            "not a finite domain",
            "give the table a result that is a `bool` or an enum",
        );
    }
    checker.diagnostics.append(&mut reports);
    let rows: Vec<Row> = written
        .rows
        .iter()
        .filter_map(|line| row(&mut checker, line, &columns, &result, item.text(db)))
        .collect();
    if checker.diagnostics.is_empty() && rows.len() == written.rows.len() {
        complete(&mut checker, written, &columns, &rows);
    }
    let package = &resolve::header(db, file).package;
    let value = Table {
        name: Name::from(format!("{package}.{}", written.name.text)),
        columns,
        result,
        rows,
        docs: tree.docs.clone(),
    };
    Checked::new(Some(value), checker.diagnostics)
}

/// The names of a finite type's values.
fn values_of(checker: &Checker<'_>, ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Bool => Some(vec!["false".to_owned(), "true".to_owned()]),
        Type::Enum(name) => {
            let of = enums::by_name(checker.db, name)?;
            Some(of.members.iter().map(|member| member.name.as_str().to_owned()).collect())
        }
        // Reported where the type was resolved.
        Type::Dyn => Some(Vec::new()),
        _ => None,
    }
}

fn row(
    checker: &mut Checker<'_>,
    written: &TableRow,
    columns: &[(Name, Type)],
    result: &Type,
    text: &str,
) -> Option<Row> {
    if written.cells.len() != columns.len() {
        let text = format!("the row has {} cells, the table {} columns", written.cells.len(), columns.len());
        checker.error(
            Code::WrongArguments,
            written.span,
            text,
            "one cell a column",
            "write a cell for each column; `_` is any value",
        );
        return None;
    }
    let cells: Vec<Option<Cell>> =
        written.cells.iter().zip(columns).map(|(cell, (_, ty))| one_cell(checker, cell, ty)).collect();
    let result = match &written.result.kind {
        crate::syntax::ast::ExprKind::Name(_) => cell_const(checker, &written.result, result),
        _ => constant(checker, &written.result, result, false),
    };
    Some(Row {
        cells: cells.into_iter().collect::<Option<_>>()?,
        result: result?,
        text: written.span.text(text).to_owned(),
    })
}

fn one_cell(checker: &mut Checker<'_>, written: &WrittenCell, ty: &Type) -> Option<Cell> {
    let count = values_of(checker, ty)?.len();
    let everything = if count >= 64 { u64::MAX } else { (1_u64 << count).saturating_sub(1) };
    match &written.kind {
        CellKind::Any => Some(Cell { values: everything, unknown: false }),
        CellKind::Unknown => Some(Cell { values: 0, unknown: true }),
        CellKind::OneOf(alternatives) => {
            let mut values = 0;
            for alternative in alternatives {
                values |= 1_u64 << bit(&cell_const(checker, alternative, ty)?)?;
            }
            Some(Cell { values, unknown: false })
        }
        CellKind::Ordered(op, bound) => {
            if let Type::Enum(name) = ty
                && !enums::by_name(checker.db, name).is_some_and(|of| of.ordered)
            {
                let text = format!("`{}` has no order", name.short());
                checker.error(
                    Code::UnorderedEnum,
                    written.span,
                    text,
                    "compared by order",
                    "name the members: `a | b`, or declare the enum with `<`",
                );
                return None;
            }
            let bound = bit(&cell_const(checker, bound, ty)?)?;
            let fits = |value: u32| match op {
                BinaryOp::Lt => value < bound,
                BinaryOp::Le => value <= bound,
                BinaryOp::Gt => value > bound,
                _ => value >= bound,
            };
            let count = u32::try_from(count).unwrap_or(64).min(64);
            let values = (0..count).filter(|value| fits(*value)).fold(0, |mask, value| mask | 1_u64 << value);
            Some(Cell { values, unknown: false })
        }
    }
}

/// The index of a finite value, below 64.
fn bit(value: &Const) -> Option<u32> {
    match value {
        Const::Bool(value) => Some(u32::from(*value)),
        Const::Enum(_, index) if *index < 64 => Some(u32::from(*index)),
        _ => None,
    }
}

/// Every combination of known inputs has a row, and no two rows disagree on one.
fn complete(checker: &mut Checker<'_>, written: &TableItem, columns: &[(Name, Type)], rows: &[Row]) {
    let domains: Vec<Vec<String>> = columns.iter().filter_map(|(_, ty)| values_of(checker, ty)).collect();
    let combinations = domains.iter().try_fold(1_usize, |all, domain| all.checked_mul(domain.len()));
    let Some(combinations) = combinations.filter(|count| *count <= MOST_COMBINATIONS) else {
        let text = format!("table `{}` has more than {MOST_COMBINATIONS} combinations", written.name.text);
        checker.report(
            Diagnostic::new(Code::TooLarge, written.name.span, text)
                .label("too many to look at each")
                .help("split it: the result of one table can be a column of the next"),
        );
        return;
    };
    let mut gaps: Vec<String> = Vec::new();
    let mut overlaps: Vec<(usize, usize, String)> = Vec::new();
    for combination in 0..combinations {
        let inputs = inputs(combination, &domains);
        let mut hit: Option<usize> = None;
        for (at, row) in rows.iter().enumerate() {
            let fits = row.cells.iter().zip(&inputs).all(|(cell, value)| cell.values >> value & 1 == 1);
            if !fits {
                continue;
            }
            match hit.and_then(|first| rows.get(first).map(|row| (first, row))) {
                None => hit = Some(at),
                Some((first, other)) if other.result != row.result => {
                    if !overlaps.iter().any(|(a, b, _)| (*a, *b) == (first, at)) {
                        overlaps.push((first, at, shown(&inputs, columns, &domains)));
                    }
                }
                Some(_) => {}
            }
        }
        if hit.is_none() {
            gaps.push(shown(&inputs, columns, &domains));
        }
    }
    if let Some(first) = gaps.first() {
        let examples = suggest::listed(gaps.iter().map(String::as_str));
        checker.report(
            Diagnostic::new(
                Code::TableGap,
                written.name.span,
                format!("no row for {} of {combinations} combinations, such as {first}", gaps.len()),
            )
            .label("the table has a hole")
            .note(format!("missing: {examples}"))
            .help("add the rows, or one with `_` in the columns that do not matter"),
        );
    }
    for (first, second, inputs) in overlaps {
        let place = |at: usize| written.rows.get(at).map_or(Span::default(), |row| row.span);
        checker.report(
            Diagnostic::new(Code::TableOverlap, place(second), format!("two rows disagree on {inputs}"))
                .label("this row")
                .also(place(first), "and this one")
                .note("a table has no order: every combination has one answer")
                .help("narrow one of the two"),
        );
    }
}

/// The index of each column's value in combination number `combination`.
fn inputs(combination: usize, domains: &[Vec<String>]) -> Vec<usize> {
    let mut rest = combination;
    let mut out = Vec::with_capacity(domains.len());
    for domain in domains {
        let count = domain.len().max(1);
        out.push(rest.checked_rem(count).unwrap_or_default());
        rest = rest.checked_div(count).unwrap_or_default();
    }
    out
}

fn shown(inputs: &[usize], columns: &[(Name, Type)], domains: &[Vec<String>]) -> String {
    let parts: Vec<String> = inputs
        .iter()
        .zip(columns.iter().zip(domains))
        .map(|(value, ((name, _), domain))| {
            format!("{name}: {}", domain.get(*value).map_or("?", String::as_str))
        })
        .collect();
    parts.join(", ")
}
