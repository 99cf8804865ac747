//! `use`, `enum`, `catalog`, `param`, `fn`, `table` and types.

use pest::iterators::Pair;

use super::expr::operator;
use super::{Builder, Rule, first, has, next};
use crate::diagnostic::Span;
use crate::syntax::assemble::{self, CatalogClause};
use crate::syntax::ast::{
    Argument, CatalogEntry, CatalogItem, Cell, CellKind, EnumItem, FnItem, Ident, ParamItem, TableItem,
    TableRow, TypeExpr, TypeKind, Use,
};

impl Builder<'_> {
    pub(super) fn use_item(self, pair: Pair<'_, Rule>) -> Option<Use> {
        let mut inner = pair.into_inner();
        let package = self.path(next(&mut inner, Rule::path)?)?;
        let taken = inner.next()?;
        let names = match taken.as_rule() {
            Rule::use_names => Some(taken.into_inner().map(|name| self.ident(&name)).collect()),
            _ => None,
        };
        Some(Use { package, names })
    }

    pub(super) fn enum_item(self, pair: Pair<'_, Rule>) -> Option<EnumItem> {
        let ordered = has(&pair, Rule::before);
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let members = inner.filter(|part| part.as_rule() == Rule::member_name).filter_map(|member| {
            let member = self.inner_ident(member)?;
            let docs = self.context.docs_above(member.span.start);
            Some((member, docs))
        });
        Some(EnumItem { name, ordered, members: members.collect() })
    }

    pub(super) fn type_expr(self, pair: Pair<'_, Rule>) -> Option<TypeExpr> {
        let mut inner = pair.into_inner();
        let shape = inner.next()?;
        let (kind, span) = match shape.as_rule() {
            Rule::generic => {
                let start = self.span(&shape);
                let mut parts = shape.into_inner();
                let name = self.ident(&next(&mut parts, Rule::name)?);
                let mut end = start.end;
                let mut args = Vec::new();
                for part in parts {
                    if part.as_rule() == Rule::generic_end {
                        end = self.span(&part).end;
                    } else {
                        args.push(self.type_expr(part)?);
                    }
                }
                (TypeKind::Generic(name, args), Span::new(start.start, end))
            }
            _ => {
                let path = self.path(shape)?;
                let span = path.span;
                (TypeKind::Name(path), span)
            }
        };
        let mark = inner.next().map(|mark| self.span(&mark));
        Some(TypeExpr { kind, span: mark.map_or(span, |mark| span.to(mark)), optional: mark.is_some() })
    }

    pub(super) fn catalog_item(self, pair: Pair<'_, Rule>) -> Option<CatalogItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let title = self.string(&inner.next()?);
        let mut clauses = Vec::new();
        let mut entries = Vec::new();
        for part in inner {
            let span = self.trimmed(&part);
            match part.as_rule() {
                Rule::version_clause => {
                    clauses.push((CatalogClause::Version(self.string(&first(part, Rule::string)?)), span));
                }
                Rule::prefix_clause => {
                    clauses.push((CatalogClause::Prefix(self.string(&first(part, Rule::string)?)), span));
                }
                _ => entries.push(self.catalog_entry(part)?),
            }
        }
        Some(assemble::catalog(self.context, name, title, clauses, entries))
    }

    fn catalog_entry(self, pair: Pair<'_, Rule>) -> Option<CatalogEntry> {
        let mut inner = pair.into_inner().filter(|part| part.as_rule() != Rule::kw_alias).peekable();
        let name = self.ident(&inner.next()?);
        let id = self.string(&inner.next()?);
        let title = inner.next_if(|part| part.as_rule() == Rule::string).map(|title| self.string(&title));
        let mut aliases = Vec::new();
        for alias in inner {
            let alias = alias.into_inner().next()?;
            aliases.push(match alias.as_rule() {
                Rule::string => {
                    let text = self.string(&alias);
                    Ident { text: text.value, span: text.span }
                }
                _ => self.ident(&alias),
            });
        }
        Some(CatalogEntry { name, id, title, aliases })
    }

    pub(super) fn param_item(self, pair: Pair<'_, Rule>) -> Option<ParamItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let ty = self.type_expr(inner.next()?)?;
        let default = self.constant(inner.next()?);
        let mut bounds = None;
        let mut source = None;
        for part in inner {
            match part.as_rule() {
                Rule::bounds => {
                    let mut ends = part.into_inner();
                    let low = self.constant(next(&mut ends, Rule::constant)?);
                    let high = self.constant(next(&mut ends, Rule::constant)?);
                    bounds = Some((low, high));
                }
                _ => source = Some(self.string(&first(part, Rule::string)?)),
            }
        }
        Some(ParamItem { name, ty, default, bounds, source })
    }

    pub(super) fn arguments(self, pair: Pair<'_, Rule>) -> Option<Vec<Argument>> {
        pair.into_inner()
            .map(|argument| {
                let mut inner = argument.into_inner();
                let name = self.ident(&inner.next()?);
                Some(Argument { name, ty: self.type_expr(inner.next()?)? })
            })
            .collect()
    }

    pub(super) fn fn_item(self, pair: Pair<'_, Rule>) -> Option<FnItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let args = self.arguments(inner.next()?)?;
        let result = self.type_expr(inner.next()?)?;
        let body = self.expr(inner.next()?);
        Some(FnItem { name, args, result, body })
    }

    pub(super) fn table_item(self, pair: Pair<'_, Rule>) -> Option<TableItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let args = self.arguments(inner.next()?)?;
        let result = self.type_expr(inner.next()?)?;
        let rows: Option<Vec<TableRow>> = inner.map(|row| self.table_row(row)).collect();
        Some(TableItem { name, args, result, rows: rows? })
    }

    fn table_row(self, pair: Pair<'_, Rule>) -> Option<TableRow> {
        let span = self.trimmed(&pair);
        let mut cells = Vec::new();
        let mut result = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::cell => cells.push(self.cell(part)?),
                _ => result = Some(self.constant(part)),
            }
        }
        Some(TableRow { cells, result: result?, span })
    }

    fn cell(self, pair: Pair<'_, Rule>) -> Option<Cell> {
        let span = self.trimmed(&pair);
        let shape = pair.into_inner().next()?;
        let kind = match shape.as_rule() {
            Rule::cell_any => CellKind::Any,
            Rule::cell_unknown => CellKind::Unknown,
            Rule::cell_order => {
                let mut inner = shape.into_inner();
                let op = operator(inner.next()?.as_rule())?;
                CellKind::Ordered(op, self.constant(inner.next()?))
            }
            _ => CellKind::OneOf(shape.into_inner().map(|value| self.constant(value)).collect()),
        };
        Some(Cell { kind, span })
    }
}
