//! `entity`, `event`, `request` and `signal`.

use pest::iterators::Pair;

use super::{Builder, Rule, first, has, next};
use crate::syntax::assemble::{self, FactClause, SignalClause};
use crate::syntax::ast::{CoverageItem, CoveredBy, FactItem, FactKeyword, FieldItem, Path, SignalItem};
use crate::syntax::literal;

impl Builder<'_> {
    pub(super) fn fact_item(self, pair: Pair<'_, Rule>) -> Option<FactItem> {
        let mut inner = pair.into_inner();
        let keyword = match inner.next()?.as_rule() {
            Rule::kw_entity => FactKeyword::Entity,
            Rule::kw_event => FactKeyword::Event,
            _ => FactKeyword::Request,
        };
        let name = self.ident(&inner.next()?);
        let mut fields = Vec::new();
        let mut clauses = Vec::new();
        for part in inner {
            let span = self.trimmed(&part);
            let clause = match part.as_rule() {
                Rule::field_item => {
                    fields.push(self.field_item(part)?);
                    continue;
                }
                Rule::fresh_clause => {
                    let (micros, place) = self.duration(&first(part, Rule::duration)?);
                    FactClause::Fresh(micros, place)
                }
                Rule::lives_clause => {
                    let mut paths = part.into_inner().filter(|part| part.as_rule() == Rule::field_path);
                    let from = self.path(paths.next()?)?;
                    FactClause::Lives(from, paths.next().and_then(|until| self.path(until)))
                }
                Rule::covered_clause => {
                    let alternatives = part.into_inner().filter(|part| part.as_rule() == Rule::covered_all);
                    let alternatives: Option<Vec<_>> =
                        alternatives.map(|all| self.covered_all(all)).collect();
                    FactClause::Coverage(CoverageItem::By(alternatives?, span))
                }
                _ => FactClause::Coverage(CoverageItem::Closed(span)),
            };
            clauses.push((clause, span));
        }
        Some(assemble::fact(self.context, keyword, name, fields, clauses))
    }

    fn field_item(self, pair: Pair<'_, Rule>) -> Option<FieldItem> {
        let docs = self.context.docs_above(self.span(&pair).start);
        let key = has(&pair, Rule::kw_key);
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::field)?);
        let ty = self.type_expr(inner.next()?)?;
        let mut default = None;
        let mut inverse = None;
        for part in inner {
            match part.as_rule() {
                Rule::constant => default = Some(self.constant(part)),
                Rule::inverse_name => inverse = self.inner_ident(part),
                _ => {}
            }
        }
        Some(FieldItem { key, name, ty, default, inverse, docs })
    }

    fn covered_all(self, pair: Pair<'_, Rule>) -> Option<Vec<CoveredBy>> {
        pair.into_inner()
            .filter(|part| part.as_rule() == Rule::covered_by)
            .map(|part| {
                let mut inner = part.into_inner();
                let signal = self.ident(&inner.next()?);
                let scope: Option<Vec<Path>> = match next(&mut inner, Rule::scope) {
                    Some(scope) => scope.into_inner().map(|path| self.path(path)).collect(),
                    None => Some(Vec::new()),
                };
                Some(CoveredBy { signal, scope: scope? })
            })
            .collect()
    }

    pub(super) fn signal_item(self, pair: Pair<'_, Rule>) -> Option<SignalItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let mut clauses = Vec::new();
        for part in inner {
            let span = self.trimmed(&part);
            let rule = part.as_rule();
            let value = part.into_inner().nth(1)?;
            let clause = match rule {
                Rule::lag_clause => {
                    let (micros, place) = self.duration(&value);
                    SignalClause::Lag(micros, place)
                }
                Rule::gap_clause => {
                    let (micros, place) = self.duration(&value);
                    SignalClause::Gap(micros, place)
                }
                Rule::loss_clause => {
                    let place = self.span(&value);
                    let share = literal::share(value.as_str()).unwrap_or_else(|bad| {
                        self.context.bad(place, bad);
                        0
                    });
                    SignalClause::Loss(share, place)
                }
                _ => SignalClause::Basis(self.ident(&value)),
            };
            clauses.push((clause, span));
        }
        Some(assemble::signal(self.context, name, clauses))
    }
}
