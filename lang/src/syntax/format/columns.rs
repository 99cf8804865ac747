//! What stands under each other: the names of `let`, the arms of a decision table, the cells of a table.

use super::WIDTH;
use super::layout::{flat_width, is_written_open};
use super::marks::{Block, Marks};
use super::pieces::Pieces;
use crate::syntax::ast::{
    Arm, CatalogEntry, CatalogItem, Clause, Decide, Ident, Item, ItemKind, PolicyItem, TableItem, TableRow,
};
use crate::syntax::lexer::Punct;

/// How far the clauses of a policy and the rows of a table are indented.
const CLAUSE: usize = 2;
/// How far the arms of a decision table are indented.
const ARM: usize = 4;
/// How much outcomes may differ in length where their reasons stand behind them.
const RAGGED: usize = 16;

/// Marks the blanks that make columns.
pub(super) fn align(pieces: &Pieces<'_>, item: &Item, marks: &mut Marks) {
    match &item.kind {
        ItemKind::Policy(policy) => {
            lets(pieces, policy, marks);
            if let Some(decide) = &policy.decide {
                arms(pieces, decide, marks);
            }
        }
        ItemKind::Table(table) => rows(pieces, table, marks),
        ItemKind::Catalog(catalog) => entries(pieces, catalog, marks),
        _ => {}
    }
}

/// How wide a range of pieces is on one line; nothing where it has more than one.
fn width(pieces: &Pieces<'_>, marks: &Marks, from: usize, to: usize) -> Option<usize> {
    let behind = from.saturating_add(1);
    let broken = pieces.range(behind, to).iter().any(|piece| piece.breaks > 0 || piece.is_comment());
    let long = pieces.range(from, to).iter().any(|piece| piece.text.contains('\n'));
    if broken || long {
        return None;
    }
    let first = pieces.get(from).map_or(0, |piece| piece.text.chars().count());
    Some(first.saturating_add(flat_width(pieces, marks, behind, to)))
}

/// The `=` of names on consecutive lines.
fn lets(pieces: &Pieces<'_>, policy: &PolicyItem, marks: &mut Marks) {
    let mut group: Vec<&Ident> = Vec::new();
    for clause in &policy.clauses {
        let name = match clause {
            Clause::Let(name, _, _) => Some(name),
            Clause::Where(_) => None,
        };
        let follows = name.is_some_and(|name| {
            pieces.before(name.span.start).is_some_and(|(word, piece)| {
                let above = word.checked_sub(1).and_then(|above| pieces.get(above));
                piece.breaks <= 1 && above.is_none_or(|above| !above.is_own_line())
            })
        });
        if !follows {
            align_names(pieces, &group, marks);
            group.clear();
        }
        group.extend(name);
    }
    align_names(pieces, &group, marks);
}

fn align_names(pieces: &Pieces<'_>, names: &[&Ident], marks: &mut Marks) {
    let widest = names.iter().map(|name| name.text.len()).max().unwrap_or(0);
    for name in names {
        if let Some(sign) = pieces.find(name.span.end, Punct::Eq) {
            marks.blanks.insert(sign, widest.saturating_sub(name.text.len()).saturating_add(1));
        }
    }
}

/// The parts of an arm, each with its width where it is on one line.
struct Parts {
    arrow: usize,
    because: Option<usize>,
    condition: Option<usize>,
    outcome: Option<usize>,
    reason: Option<usize>,
}

impl Parts {
    fn new(pieces: &Pieces<'_>, marks: &Marks, arm: &Arm) -> Option<Self> {
        let first = pieces.at(arm.span.start);
        let end = pieces.at(arm.span.end);
        let arrow = pieces.find(arm.span.start, Punct::FatArrow).filter(|arrow| *arrow < end)?;
        let because = arm.because.as_ref().and_then(|text| pieces.before(text.span.start));
        let because = because.map(|(index, _)| index);
        let decided = because.unwrap_or(end);
        let comment_between = |at: usize| {
            at.checked_sub(1).and_then(|at| pieces.get(at)).is_some_and(|piece| piece.is_comment())
        };
        let condition = width(pieces, marks, first, arrow).filter(|_| !comment_between(arrow));
        let outcome = width(pieces, marks, arrow, decided).filter(|_| !because.is_some_and(comment_between));
        let reason = match because {
            Some(because) => width(pieces, marks, because, end),
            None => Some(0),
        };
        Some(Self { arrow, because, condition, outcome, reason })
    }

    /// How wide the arm is where its arrow stands behind `condition` and its reason behind `outcome`.
    fn line(&self, condition: usize, outcome: usize) -> Option<usize> {
        let reason = self.reason?;
        let line = ARM.saturating_add(condition).saturating_add(1).saturating_add(outcome);
        Some(if reason == 0 { line } else { line.saturating_add(1).saturating_add(reason) })
    }
}

/// Arrows under arrows; reasons behind the outcomes if all of them fit there, else on lines of their own.
fn arms(pieces: &Pieces<'_>, decide: &Decide, marks: &mut Marks) {
    let parts: Option<Vec<Parts>> = decide.arms.iter().map(|arm| Parts::new(pieces, marks, arm)).collect();
    let open = decide.arms.first().and_then(|arm| pieces.before(arm.span.start)).map(|(index, _)| index);
    let (Some(parts), Some(open)) = (parts, open) else { return bare(pieces, decide, marks) };
    if marks.blocks.get(&open) == Some(&Block::Flat) {
        let word = pieces.at(decide.span.start);
        let end = pieces.at(decide.span.end);
        let flat = width(pieces, marks, word, end).is_some_and(|width| width.saturating_add(CLAUSE) <= WIDTH);
        if flat && !pieces.closing(open).is_some_and(|close| is_written_open(pieces, open, close)) {
            return;
        }
        marks.blocks.insert(open, Block::Open);
    }
    let widest = parts.iter().filter_map(|part| part.condition).max().unwrap_or(0);
    let outcomes = || parts.iter().filter(|part| part.because.is_some()).filter_map(|part| part.outcome);
    let longest = outcomes().max().unwrap_or(0);
    let all = |line: &dyn Fn(&Parts) -> Option<usize>| {
        parts.iter().all(|part| line(part).is_some_and(|line| line <= WIDTH))
    };
    let shortest = outcomes().min().unwrap_or(0);
    let even = longest.saturating_sub(shortest) <= RAGGED;
    let one_line =
        even && all(&|part| part.condition.and(part.outcome).and_then(|_| part.line(widest, longest)));
    let under = parts.iter().filter(|part| part.condition.is_some()).all(|part| {
        let outcome = part.outcome.unwrap_or(0);
        ARM.saturating_add(widest).saturating_add(1).saturating_add(outcome) <= WIDTH
    });
    for part in &parts {
        if let Some(condition) = part.condition.filter(|_| under) {
            marks.blanks.insert(part.arrow, widest.saturating_sub(condition).saturating_add(1));
        }
        let Some(because) = part.because else { continue };
        if !one_line {
            marks.broken.insert(because);
            continue;
        }
        marks.joined.insert(because);
        if let Some(outcome) = part.outcome {
            marks.blanks.insert(because, longest.saturating_sub(outcome).saturating_add(1));
        }
    }
}

/// `decide outcome because "…"`, without braces.
fn bare(pieces: &Pieces<'_>, decide: &Decide, marks: &mut Marks) {
    let Some(arm) = decide.arms.first() else { return };
    let Some((because, _)) = arm.because.as_ref().and_then(|text| pieces.before(text.span.start)) else {
        return;
    };
    let word = pieces.at(decide.span.start);
    let end = pieces.at(decide.span.end);
    let outcome = width(pieces, marks, word, because);
    let reason = width(pieces, marks, because, end);
    let fits = outcome.zip(reason).is_some_and(|(outcome, reason)| {
        CLAUSE.saturating_add(outcome).saturating_add(1).saturating_add(reason) <= WIDTH
    });
    if fits {
        marks.joined.insert(because);
    } else {
        marks.broken.insert(because);
    }
}

/// The cells of all rows, where they are one column under the other.
fn rows(pieces: &Pieces<'_>, table: &TableItem, marks: &mut Marks) {
    let cells = |row: &TableRow| -> Option<Vec<Cell>> {
        let starts: Vec<usize> = row.cells.iter().map(|cell| pieces.at(cell.span.start)).collect();
        let arrow = pieces.find(row.cells.last()?.span.end, Punct::FatArrow)?;
        width(pieces, marks, *starts.first()?, pieces.at(row.span.end))?;
        let behind = starts.iter().skip(1).copied().chain([arrow]);
        starts
            .iter()
            .zip(behind)
            .map(|(start, next)| {
                let comma = if next == arrow { next } else { next.saturating_sub(1) };
                Some(Cell { width: width(pieces, marks, *start, comma)?, next })
            })
            .collect()
    };
    let all: Option<Vec<Vec<Cell>>> = table.rows.iter().map(cells).collect();
    if let Some(all) = all {
        columns(&all, 1, marks);
    }
}

/// The ids, titles and aliases of controls.
fn entries(pieces: &Pieces<'_>, catalog: &CatalogItem, marks: &mut Marks) {
    let cells = |entry: &CatalogEntry| -> Option<Vec<Cell>> {
        let name = pieces.at(entry.name.span.start);
        let id = pieces.at(entry.id.span.start);
        let mut cells = vec![Cell { width: width(pieces, marks, name, id)?, next: id }];
        if let Some(title) = &entry.title {
            let title = pieces.at(title.span.start);
            cells.push(Cell { width: width(pieces, marks, id, title)?, next: title });
            if let Some((alias, _)) = entry.aliases.first().and_then(|first| pieces.before(first.span.start))
            {
                cells.push(Cell { width: width(pieces, marks, title, alias)?, next: alias });
            }
        }
        Some(cells)
    };
    let all: Option<Vec<Vec<Cell>>> = catalog.entries.iter().map(cells).collect();
    if let Some(all) = all {
        columns(&all, 0, marks);
    }
}

/// A cell: how wide it is, and the piece that starts the next one.
struct Cell {
    width: usize,
    next: usize,
}

/// Puts cells under each other, as long as their columns fit; behind a cell stand a blank and `sign` more.
fn columns(rows: &[Vec<Cell>], sign: usize, marks: &mut Marks) {
    let mut line = CLAUSE;
    for column in 0..rows.iter().map(Vec::len).max().unwrap_or(0) {
        let cells = || rows.iter().filter_map(|row| row.get(column));
        let widest = cells().map(|cell| cell.width).max().unwrap_or(0);
        line = line.saturating_add(widest).saturating_add(sign).saturating_add(1);
        if line > WIDTH {
            break;
        }
        for cell in cells() {
            marks.blanks.insert(cell.next, widest.saturating_sub(cell.width).saturating_add(1));
        }
    }
}
