//! `test`: steps and expectations.

use pest::iterators::Pair;

use super::{Builder, Rule, first, next};
use crate::syntax::assemble::{self, ExpectClause};
use crate::syntax::ast::{Check, Expect, ExpectKind, Expr, ExprKind, Ident, Said, Step, StepKind, TestItem};

impl Builder<'_> {
    pub(super) fn test_item(self, pair: Pair<'_, Rule>) -> Option<TestItem> {
        let mut inner = pair.into_inner();
        let name = self.string(&next(&mut inner, Rule::string)?);
        let steps: Option<Vec<Step>> = inner.map(|step| self.step(step)).collect();
        Some(TestItem { name, steps: steps? })
    }

    fn step(self, pair: Pair<'_, Rule>) -> Option<Step> {
        let span = self.trimmed(&pair);
        let kind = match pair.as_rule() {
            Rule::now_step => StepKind::Now(self.expr(first(pair, Rule::expr)?)),
            Rule::given_step => StepKind::Given(self.fact(first(pair, Rule::fact)?)?),
            Rule::without_step => {
                let mut inner = pair.into_inner();
                let ty = self.path(next(&mut inner, Rule::path)?)?;
                StepKind::Without(ty, inner.next().map(|key| self.string(&key)))
            }
            Rule::set_step => {
                let mut inner = pair.into_inner();
                let param = self.path(next(&mut inner, Rule::path)?)?;
                StepKind::Set(param, self.constant(inner.next()?))
            }
            Rule::check_step => StepKind::Check(self.check(pair)?),
            _ => StepKind::Expect(self.expect(pair)?),
        };
        Some(Step { kind, span })
    }

    fn fact(self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.trimmed(&pair);
        let mut inner = pair.into_inner();
        let ty = self.path(inner.next()?)?;
        let fields: Option<Vec<(Ident, Expr)>> = inner.map(|field| self.named(field)).collect();
        Some(Expr { kind: ExprKind::Struct(ty, fields?), span })
    }

    fn check(self, pair: Pair<'_, Rule>) -> Option<Check> {
        let (mut said, mut text) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::said => said.push(self.said(part)?),
                Rule::string => text = Some(self.string(&part)),
                _ => {}
            }
        }
        Some(Check { said, text: text? })
    }

    fn said(self, pair: Pair<'_, Rule>) -> Option<Said> {
        let mut inner = pair.into_inner();
        let severity = self.inner_ident(next(&mut inner, Rule::said_word)?)?;
        let mut said = Said { severity, code: None, because: Vec::new() };
        for part in inner {
            match part.as_rule() {
                Rule::diagnostic_code => said.code = self.inner_ident(part),
                _ => said.because.push(self.string(&first(part, Rule::string)?)),
            }
        }
        Some(said)
    }

    fn expect(self, pair: Pair<'_, Rule>) -> Option<Expect> {
        let mut inner = pair.into_inner();
        let kind = next(&mut inner, Rule::expectation)?.into_inner().next()?;
        let kind = self.expectation(kind);
        let mut clauses = Vec::new();
        for part in inner {
            let span = self.trimmed(&part);
            let clause = match part.as_rule() {
                Rule::on_clause => {
                    let keys = part.into_inner().filter(|part| part.as_rule() == Rule::string);
                    ExpectClause::On(keys.map(|key| self.string(&key)).collect())
                }
                Rule::by_policy => ExpectClause::By(self.path(first(part, Rule::path)?)?),
                Rule::because_contains => ExpectClause::Because(self.string(&first(part, Rule::string)?)),
                Rule::could_be => {
                    let words = part.into_inner().filter(|part| part.as_rule() == Rule::outcome_word);
                    ExpectClause::CouldBe(words.map(|word| self.ident(&word)).collect())
                }
                _ => ExpectClause::ValidUntil(self.expr(first(part, Rule::expr)?)),
            };
            clauses.push((clause, span));
        }
        Some(assemble::expect(self.context, kind, clauses))
    }

    fn expectation(self, pair: Pair<'_, Rule>) -> ExpectKind {
        let rule = pair.as_rule();
        let mut word = None;
        let mut key = None;
        let mut stage = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expected_word => word = self.inner_ident(part),
                Rule::string => key = Some(self.string(&part)),
                Rule::stage => stage = Some(self.ident(&part)),
                _ => {}
            }
        }
        match rule {
            Rule::expect_alert => ExpectKind::Alert(word),
            Rule::expect_rank => ExpectKind::Rank(word),
            Rule::expect_revoke => ExpectKind::Revoke(key, stage),
            Rule::expect_block => ExpectKind::Block(key),
            Rule::kw_nothing => ExpectKind::Nothing,
            _ => ExpectKind::Undetermined,
        }
    }
}
