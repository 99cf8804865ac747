//! What can be folded away, and what a selection grows to.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::syntax::ast::{ItemKind, StepKind};
use assize_lang::syntax::{self, Lexeme};

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines of comments.
    Comment,
    /// The `use` lines.
    Imports,
    /// What stands between brackets, or in a long text.
    Region,
}

/// Something of more than one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From where to where.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What can be folded in a text, in the order of its places.
#[must_use]
pub fn folds(text: &str) -> Vec<Fold> {
    let tokens = syntax::tokens(text);
    let mut out = Vec::new();
    let mut open: Vec<Span> = Vec::new();
    let mut comment: Option<Span> = None;
    let mut uses: Option<Span> = None;
    let mut first_of_line = true;
    let mut end = 0;
    let lines = |span: Span| span.text(text).contains('\n');
    for (lexeme, span) in &tokens {
        let gap = Span::new(end, span.start).text(text);
        first_of_line |= gap.contains('\n');
        let closes = matches!(span.text(text), "}" | ")" | "]");
        let column_0 = first_of_line && !closes && (span.start == 0 || gap.ends_with('\n'));
        let is_comment = matches!(lexeme, Lexeme::Comment | Lexeme::Docs);
        // Comments that follow one another, line by line, are one.
        let follows = gap.matches('\n').count() < 2;
        if is_comment && first_of_line {
            comment = match comment {
                Some(before) if follows => Some(before.to(*span)),
                before => {
                    out.extend(
                        before.filter(|one| lines(*one)).map(|span| Fold { span, kind: Kind::Comment }),
                    );
                    Some(*span)
                }
            };
        } else if !is_comment {
            out.extend(
                comment.take().filter(|one| lines(*one)).map(|span| Fold { span, kind: Kind::Comment }),
            );
        }
        if let Some(uses) = uses.as_mut().filter(|_| !is_comment && !column_0) {
            *uses = uses.to(*span);
        }
        match span.text(text) {
            "{" | "(" | "[" => open.push(*span),
            "}" | ")" | "]" => {
                if let Some(from) = open.pop() {
                    let span = from.to(*span);
                    out.extend(lines(span).then_some(Fold { span, kind: Kind::Region }));
                }
            }
            "use" if column_0 => uses = Some(uses.map_or(*span, |before| before.to(*span))),
            _ if column_0 && !is_comment => {
                out.extend(
                    uses.take().filter(|one| lines(*one)).map(|span| Fold { span, kind: Kind::Imports }),
                );
            }
            _ => {}
        }
        if *lexeme == Lexeme::Text && lines(*span) {
            out.push(Fold { span: *span, kind: Kind::Region });
        }
        first_of_line = false;
        end = span.end;
    }
    out.extend(comment.filter(|one| lines(*one)).map(|span| Fold { span, kind: Kind::Comment }));
    out.extend(uses.filter(|one| lines(*one)).map(|span| Fold { span, kind: Kind::Imports }));
    out.sort_by_key(|fold| fold.span);
    out
}

/// What a selection at `offset` grows to, the smallest first: a word, its expressions, its clause, its item, all.
#[must_use]
pub fn selections(db: &Database, path: &str, offset: u32) -> Vec<Span> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let text = file.text(db);
    let mut out = vec![Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX))];
    let items = db::items(db, file);
    let item = items.iter().rev().find(|item| item.start(db) <= offset);
    if let Some(item) = item {
        let start = item.start(db);
        let own = item.text(db);
        let mut inside = vec![Span::new(0, u32::try_from(own.len()).unwrap_or(u32::MAX))];
        if let Some(tree) = &db::parsed(db, *item).item {
            inside.push(tree.span);
            syntax::expressions(tree, |expr| inside.push(expr.span));
            syntax::types(tree, |ty| inside.push(ty.span));
            inside.extend(parts(&tree.kind));
        }
        inside.extend(brackets(own));
        let words = syntax::tokens(own).into_iter().filter(|(lexeme, _)| *lexeme != Lexeme::Mark);
        inside.extend(words.map(|(_, span)| span));
        out.extend(inside.into_iter().map(|span| span.shifted(start)));
    }
    out.retain(|span| span.start <= offset && offset <= span.end && span.start < span.end);
    out.sort_by_key(|span| (span.end.saturating_sub(span.start), span.start));
    out.dedup();
    // Each holds the one before it.
    let mut kept: Vec<Span> = Vec::new();
    for span in out {
        if kept.last().is_none_or(|last| span.start <= last.start && last.end <= span.end) {
            kept.push(span);
        }
    }
    kept
}

/// The parts of items that are neither expressions nor in brackets.
fn parts(kind: &ItemKind) -> Vec<Span> {
    match kind {
        ItemKind::Policy(policy) => {
            let arms = policy.decide.iter().flat_map(|decide| &decide.arms);
            let mut out: Vec<Span> = policy.bindings.iter().map(|binding| binding.span).collect();
            out.extend(policy.decide.iter().map(|decide| decide.span));
            out.extend(policy.sequence.iter().map(|sequence| sequence.span));
            for arm in arms {
                out.push(arm.span);
                out.extend(arm.outcomes.iter().map(|outcome| outcome.span));
                out.extend(arm.because.iter().flat_map(|text| text.exprs().map(|expr| expr.span)));
            }
            out
        }
        ItemKind::Table(table) => table.rows.iter().map(|row| row.span).collect(),
        ItemKind::Relation(relation) => relation.cases.iter().map(|case| case.span).collect(),
        ItemKind::Test(test) => {
            let given = test.steps.iter().filter_map(|step| match &step.kind {
                StepKind::Given(expr) => Some(expr.span),
                _ => None,
            });
            test.steps.iter().map(|step| step.span).chain(given).collect()
        }
        _ => Vec::new(),
    }
}

/// What stands between brackets, with them and without.
fn brackets(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut open: Vec<Span> = Vec::new();
    for (_, span) in syntax::tokens(text) {
        match span.text(text) {
            "{" | "(" | "[" => open.push(span),
            "}" | ")" | "]" => {
                if let Some(from) = open.pop() {
                    out.push(from.to(span));
                    out.push(Span::new(from.end, span.start));
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn what_has_several_lines_can_be_folded() {
        let text = "// one\n// two\n\n// alone\npackage p\nuse a.*\nuse b.{\n  c\n}\n\npolicy q {\n  for s: Secret\n  decide {\n    otherwise => none\n  }\n}\n/// Docs\n/// more\nfn f(): bool = (true\n  && false)\nlet \"\"\"a\nb\"\"\"\n";
        let shown: Vec<String> =
            folds(text).iter().map(|fold| format!("{:?} {:?}", fold.kind, fold.span.text(text))).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        Comment "// one\n// two"
        Imports "use a.*\nuse b.{\n  c\n}"
        Region "{\n  c\n}"
        Region "{\n  for s: Secret\n  decide {\n    otherwise => none\n  }\n}"
        Region "{\n    otherwise => none\n  }"
        Comment "/// Docs\n/// more"
        Region "(true\n  && false)"
        Region "\"\"\"a\nb\"\"\""
        "#);
    }

    #[test]
    fn a_selection_grows_from_the_word_to_the_file() {
        let fixture =
            Fixture::new("policy q {\n  for s: Secret\n  where s.uses.exists(u, u.a<CURSOR>t > now)\n}\n");
        let shown: Vec<&str> = selections(&fixture.db, fixture::PATH, fixture.cursor)
            .iter()
            .map(|span| span.text(&fixture.text))
            .collect();
        insta::assert_snapshot!(format!("{shown:#?}"), @r#"
        [
            "at",
            "u.at",
            "u.at > now",
            "u, u.at > now",
            "(u, u.at > now)",
            "s.uses.exists(u, u.at > now)",
            "\n  for s: Secret\n  where s.uses.exists(u, u.at > now)\n",
            "{\n  for s: Secret\n  where s.uses.exists(u, u.at > now)\n}",
            "policy q {\n  for s: Secret\n  where s.uses.exists(u, u.at > now)\n}",
            "package p\nuse model.*\npolicy q {\n  for s: Secret\n  where s.uses.exists(u, u.at > now)\n}\n",
        ]
        "#);
    }
}
