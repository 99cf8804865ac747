//! `policy`: bindings, clauses and the decision table.

use pest::iterators::Pair;

use super::{Builder, Rule, first, has, next};
use crate::syntax::assemble::{self, OutcomeClause, PolicyClause};
use crate::syntax::ast::{
    Arm, Binding, BindingSource, Clause, Decide, Expr, ExprKind, Ident, Obligation, Outcome, OutcomeKind,
    Path, PolicyItem, Sequence, SequenceStep, TextLit, When,
};

impl Builder<'_> {
    pub(super) fn policy_item(self, pair: Pair<'_, Rule>) -> Option<PolicyItem> {
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let mut head = Vec::new();
        let mut bindings = Vec::new();
        let mut clauses = Vec::new();
        let mut decide = None;
        let mut sequence = None;
        for part in inner {
            let span = self.trimmed(&part);
            match part.as_rule() {
                Rule::mode_clause => {
                    head.push((PolicyClause::Mode(self.ident(&first(part, Rule::mode_word)?)), span));
                }
                Rule::maps_clause => {
                    let paths = part.into_inner().filter(|part| part.as_rule() == Rule::path);
                    let paths: Option<Vec<Path>> = paths.map(|path| self.path(path)).collect();
                    head.push((PolicyClause::Maps(paths?), span));
                }
                Rule::for_clause => bindings = self.for_clause(part)?,
                Rule::sequence_clause => sequence = Some(self.sequence(part)?),
                Rule::where_clause => clauses.push(Clause::Where(self.expr(first(part, Rule::expr)?))),
                Rule::let_clause => clauses.push(self.let_clause(part)?),
                _ => decide = Some(self.decide(part)?),
            }
        }
        let policy = assemble::policy(self.context, name, head, bindings, clauses, decide);
        Some(PolicyItem { sequence, ..policy })
    }

    pub(super) fn for_clause(self, pair: Pair<'_, Rule>) -> Option<Vec<Binding>> {
        let bindings = pair.into_inner().filter(|part| part.as_rule() == Rule::binding);
        bindings.map(|binding| self.binding(binding)).collect()
    }

    /// `(a, b) in relation`
    fn tuple(self, names: Pair<'_, Rule>, path: Pair<'_, Rule>) -> Option<Binding> {
        let start = self.span(&names);
        let names: Vec<Ident> = names.into_inner().map(|name| self.ident(&name)).collect();
        let path = self.path(path)?;
        let span = start.to(path.span);
        Some(Binding { name: names.first()?.clone(), source: BindingSource::Relation(names, path), span })
    }

    fn sequence(self, pair: Pair<'_, Rule>) -> Option<Sequence> {
        let span = self.trimmed(&pair);
        let mut out = Sequence { by: None, within: None, steps: Vec::new(), span };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::sequence_by => out.by = Some(self.ident(&first(part, Rule::field)?)),
                Rule::within_clause => out.within = Some(self.constant(first(part, Rule::constant)?)),
                Rule::sequence_step => {
                    let mut inner = part.into_inner();
                    let name = self.ident(&next(&mut inner, Rule::name)?);
                    let ty = self.path(next(&mut inner, Rule::path)?)?;
                    let condition = match inner.next() {
                        Some(clause) => Some(self.expr(first(clause, Rule::expr)?)),
                        None => None,
                    };
                    out.steps.push(SequenceStep { name, ty, condition });
                }
                _ => {}
            }
        }
        Some(out)
    }

    fn binding(self, pair: Pair<'_, Rule>) -> Option<Binding> {
        let mut inner = pair.into_inner();
        let head = inner.next()?;
        if head.as_rule() == Rule::binding_names {
            return self.tuple(head, next(&mut inner, Rule::path)?);
        }
        let name = self.ident(&head);
        let source = inner.find(|part| matches!(part.as_rule(), Rule::path | Rule::expr))?;
        let (source, end) = match source.as_rule() {
            Rule::path => {
                let path = self.path(source)?;
                let end = path.span;
                (BindingSource::Type(path), end)
            }
            _ => {
                let list = self.expr(source);
                let end = list.span;
                (BindingSource::List(list), end)
            }
        };
        let span = name.span.to(end);
        Some(Binding { name, source, span })
    }

    fn let_clause(self, pair: Pair<'_, Rule>) -> Option<Clause> {
        let start = self.span(&pair).start;
        let mut inner = pair.into_inner();
        let name = self.ident(&next(&mut inner, Rule::name)?);
        let value = self.expr(inner.next()?);
        let docs = self.context.let_docs(start, value.span.end);
        Some(Clause::Let(name, value, docs))
    }

    fn decide(self, pair: Pair<'_, Rule>) -> Option<Decide> {
        let span = self.trimmed(&pair);
        let mut arms = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::arm => arms.push(self.arm(part)?),
                Rule::decided => {
                    let place = self.trimmed(&part);
                    let (outcomes, because) = self.decided(part)?;
                    // There is no word to point at: the arm decides whatever the case.
                    let when = When::Otherwise(crate::diagnostic::Span::new(place.start, place.start));
                    arms.push(Arm { when, outcomes, because, span: place });
                }
                _ => {}
            }
        }
        Some(assemble::decide(self.context, arms, span))
    }

    fn arm(self, pair: Pair<'_, Rule>) -> Option<Arm> {
        let span = self.trimmed(&pair);
        let mut inner = pair.into_inner();
        let when = inner.next()?.into_inner().next()?;
        let when = match when.as_rule() {
            Rule::when_unknown => When::Unknown(self.span(&when.into_inner().next()?)),
            Rule::when_otherwise => When::Otherwise(self.span(&when.into_inner().next()?)),
            _ => When::Expr(self.expr(when)),
        };
        let decided = inner.next()?;
        let (outcomes, because) = match decided.as_rule() {
            Rule::nothing => {
                (Vec::new(), first(decided, Rule::because).and_then(|because| self.because(because)))
            }
            _ => self.decided(decided)?,
        };
        Some(Arm { when, outcomes, because, span })
    }

    fn decided(self, pair: Pair<'_, Rule>) -> Option<(Vec<Outcome>, Option<TextLit>)> {
        let mut outcomes = Vec::new();
        let mut because = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::outcome => outcomes.push(self.outcome(part)?),
                _ => because = self.because(part),
            }
        }
        Some((outcomes, because))
    }

    fn because(self, pair: Pair<'_, Rule>) -> Option<TextLit> {
        let text = first(pair, Rule::text)?;
        Some(self.text(&text))
    }

    fn outcome(self, pair: Pair<'_, Rule>) -> Option<Outcome> {
        let span = self.trimmed(&pair);
        let mut inner = pair.into_inner();
        let head = inner.next()?;
        let kind = match head.as_rule() {
            Rule::rank => self.rank(head)?,
            Rule::alert => OutcomeKind::Alert(self.alert(head)?),
            Rule::revoke => {
                let each = has(&head, Rule::kw_each);
                OutcomeKind::Revoke { target: self.expr(first(head, Rule::arm_expr)?), each, by: None }
            }
            _ => OutcomeKind::Block(self.expr(first(head, Rule::arm_expr)?)),
        };
        let mut clauses = Vec::new();
        for part in inner {
            let place = self.trimmed(&part);
            let clause = match part.as_rule() {
                Rule::by_clause => OutcomeClause::By(self.ident(&first(part, Rule::stage)?)),
                Rule::within_clause => OutcomeClause::Within(self.constant(first(part, Rule::constant)?)),
                Rule::lasting_clause => OutcomeClause::Lasting(self.constant(first(part, Rule::constant)?)),
                _ => {
                    let entries = part.into_inner().filter(|part| part.as_rule() == Rule::obligation);
                    let entries: Option<Vec<(Ident, Obligation)>> =
                        entries.map(|entry| self.obligation(entry)).collect();
                    OutcomeClause::With(entries?)
                }
            };
            clauses.push((clause, place));
        }
        Some(assemble::outcome(self.context, kind, clauses, span))
    }

    /// `name: expr`, or `name: "text {expr}"`
    fn obligation(self, pair: Pair<'_, Rule>) -> Option<(Ident, Obligation)> {
        let mut inner = pair.into_inner();
        let name = self.ident(&inner.next()?);
        let value = inner.next()?;
        Some(match value.as_rule() {
            Rule::lone_text => (name, Obligation::Text(self.text(&first(value, Rule::text)?))),
            _ => (name, Obligation::Value(self.expr(value))),
        })
    }

    /// `name: expr`
    pub(super) fn named(self, pair: Pair<'_, Rule>) -> Option<(Ident, Expr)> {
        let mut inner = pair.into_inner();
        let name = self.ident(&inner.next()?);
        Some((name, self.expr(inner.next()?)))
    }

    fn rank(self, pair: Pair<'_, Rule>) -> Option<OutcomeKind> {
        let mut inner = pair.into_inner();
        let tier = self.expr(next(&mut inner, Rule::arm_expr)?);
        let mut keys = Vec::new();
        for key in inner.filter(|part| part.as_rule() == Rule::rank_key) {
            let descending = has(&key, Rule::kw_desc);
            keys.push((self.expr(key.into_inner().next()?), descending));
        }
        Some(OutcomeKind::Rank(tier, keys))
    }

    fn alert(self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let severity = pair.into_inner().nth(1)?;
        if severity.as_rule() == Rule::group {
            return Some(self.group(severity).expr());
        }
        let word = self.inner_ident(severity)?;
        Some(Expr { kind: ExprKind::Name(word.text), span: word.span })
    }
}
