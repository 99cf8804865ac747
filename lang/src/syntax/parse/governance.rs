//! `relation`, `waive` and `envelope`.

use pest::iterators::Pair;

use super::{Builder, Rule, first, next};
use crate::syntax::assemble::{self, WaiveClause};
use crate::syntax::ast::{EnvelopeItem, RelationCase, RelationItem, WaiveItem};
use crate::syntax::literal::{self, Integer};

impl Builder<'_> {
    pub(super) fn relation_item(self, pair: Pair<'_, Rule>) -> Option<RelationItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let args = self.arguments(next(&mut inner, Rule::arguments)?)?;
        let mut cases = Vec::new();
        for case in inner.filter(|part| part.as_rule() == Rule::relation_case) {
            let span = self.trimmed(&case);
            let mut bindings = Vec::new();
            let mut condition = None;
            for part in case.into_inner() {
                match part.as_rule() {
                    Rule::for_clause => bindings = self.for_clause(part)?,
                    Rule::where_clause => condition = Some(self.expr(first(part, Rule::expr)?)),
                    _ => {}
                }
            }
            cases.push(RelationCase { bindings, condition, span });
        }
        Some(RelationItem { name, args, cases })
    }

    pub(super) fn waive_item(self, pair: Pair<'_, Rule>) -> Option<WaiveItem> {
        let mut inner = pair.into_inner();
        let policy = self.path(next(&mut inner, Rule::path)?)?;
        let binding = self.ident(&next(&mut inner, Rule::name)?);
        let mut clauses = Vec::new();
        for part in inner {
            let span = self.trimmed(&part);
            clauses.push(match part.as_rule() {
                Rule::where_clause => (WaiveClause::Where(self.expr(first(part, Rule::expr)?)), span),
                Rule::until_clause => (WaiveClause::Until(self.expr(first(part, Rule::expr)?)), span),
                Rule::reason_clause => (WaiveClause::Because(self.string(&first(part, Rule::string)?)), span),
                _ => (WaiveClause::By(self.string(&first(part, Rule::string)?)), span),
            });
        }
        Some(assemble::waive(self.context, policy, binding, clauses))
    }

    pub(super) fn envelope_item(self, pair: Pair<'_, Rule>) -> Option<EnvelopeItem> {
        let mut inner = pair.into_inner();
        let verb = self.ident(&next(&mut inner, Rule::name)?);
        let ty = self.path(next(&mut inner, Rule::path)?)?;
        let mut out = EnvelopeItem { verb, ty, share: None, count: None, per: None, never: None };
        for part in inner {
            match part.as_rule() {
                Rule::limits_clause => self.limits(part, &mut out)?,
                Rule::never_clause => out.never = Some(self.expr(first(part, Rule::expr)?)),
                _ => {}
            }
        }
        Some(out)
    }

    fn limits(self, pair: Pair<'_, Rule>, out: &mut EnvelopeItem) -> Option<()> {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::per_clause => out.per = Some(self.duration(&first(part, Rule::duration)?)),
                Rule::limit => {
                    let span = self.trimmed(&part);
                    let value = part.into_inner().next()?;
                    match value.as_rule() {
                        Rule::share => match literal::share(value.as_str()) {
                            Ok(share) => out.share = Some((share, span)),
                            Err(bad) => self.context.bad(span, bad),
                        },
                        _ => match literal::integer(value.as_str()) {
                            Ok(Integer::Fits(count)) => out.count = Some((count.unsigned_abs(), span)),
                            Ok(Integer::OnlyNegative) => {
                                self.context.bad(span, literal::too_great(value.as_str()));
                            }
                            Err(bad) => self.context.bad(span, bad),
                        },
                    }
                }
                _ => {}
            }
        }
        Some(())
    }
}
