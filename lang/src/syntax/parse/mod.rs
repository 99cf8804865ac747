//! The grammar's own parser: `grammar.pest` says what an item is, this room makes trees of what it found.
//!
//! The parser by hand is held to it, and it is asked where that one finds a fault.
//!
//! Every function here reads the pairs of a rule that has matched. `None` means that a rule and its reader
//! disagree, which is a bug of ours and is reported as one.

mod expr;
mod facts;
mod governance;
mod items;
mod policy;
mod tests;

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use super::ast::{Ident, Item, ItemKind, Path, StringLit};
use super::context::Context;
use super::lexer::TokenKind;
use super::literal;
use super::tree::Trees;
use crate::diagnostic::Span;

/// The parser that pest makes of the grammar.
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "syntax/grammar.pest"]
    pub(super) struct Grammar;
}
pub(crate) use grammar::Rule;

/// Parses an item by the grammar. `Ok(None)` means that the grammar accepts it and its reader does not.
pub(crate) fn item(context: &Context<'_>) -> Result<Option<Item>, Box<pest::error::Error<Rule>>> {
    let mut pairs = grammar::Grammar::parse(Rule::item, context.text)?;
    let builder = Builder { context, trees: Trees { context }, base: 0 };
    Ok(pairs.next().and_then(|item| builder.item(item)))
}

/// Parses the expression that is all of the text at `span`; what is wrong with it is reported.
pub(crate) fn expression(context: &Context<'_>, span: Span) -> crate::syntax::ast::Expr {
    Builder { context, trees: Trees { context }, base: 0 }.lone_expr(span)
}

/// Makes trees of pairs whose text starts at `base` in the item.
#[derive(Clone, Copy, Debug)]
struct Builder<'a> {
    context: &'a Context<'a>,
    trees: Trees<'a>,
    base: u32,
}

impl<'a> Builder<'a> {
    fn span(self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(at(span.start()), at(span.end())).shifted(self.base)
    }

    /// The pair's place without the blanks that pest counts to it.
    fn trimmed(self, pair: &Pair<'_, Rule>) -> Span {
        self.context.trimmed(self.span(pair))
    }

    fn ident(self, pair: &Pair<'_, Rule>) -> Ident {
        Ident { text: pair.as_str().to_owned(), span: self.span(pair) }
    }

    /// The one word inside a rule that names it.
    fn inner_ident(self, pair: Pair<'_, Rule>) -> Option<Ident> {
        pair.into_inner().next().map(|word| self.ident(&word))
    }

    fn path(self, pair: Pair<'_, Rule>) -> Option<Path> {
        let parts: Vec<Ident> = pair.into_inner().map(|part| self.ident(&part)).collect();
        let span = parts.first()?.span.to(parts.last()?.span);
        Some(Path { parts, span })
    }

    fn string(self, pair: &Pair<'_, Rule>) -> StringLit {
        let span = self.span(pair);
        let value = literal::string(pair.as_str()).unwrap_or_else(|all| {
            all.into_iter().for_each(|bad| self.context.bad(span, bad));
            String::new()
        });
        StringLit { value, span }
    }

    fn duration(self, pair: &Pair<'_, Rule>) -> (i64, Span) {
        let span = self.span(pair);
        let micros = literal::duration(pair.as_str()).unwrap_or_else(|bad| {
            self.context.bad(span, bad);
            0
        });
        (micros, span)
    }

    fn item(self, pair: Pair<'_, Rule>) -> Option<Item> {
        let pair = pair.into_inner().next()?;
        let span = self.context.item_span();
        let docs = self.context.docs_above(span.start);
        let kind = match pair.as_rule() {
            Rule::package_item => ItemKind::Package(self.path(first(pair, Rule::path)?)?),
            Rule::use_item => ItemKind::Use(self.use_item(pair)?),
            Rule::enum_item => ItemKind::Enum(self.enum_item(pair)?),
            Rule::fact_item => ItemKind::Fact(self.fact_item(pair)?),
            Rule::signal_item => ItemKind::Signal(self.signal_item(pair)?),
            Rule::catalog_item => ItemKind::Catalog(self.catalog_item(pair)?),
            Rule::param_item => ItemKind::Param(self.param_item(pair)?),
            Rule::fn_item => ItemKind::Fn(self.fn_item(pair)?),
            Rule::table_item => ItemKind::Table(self.table_item(pair)?),
            Rule::relation_item => ItemKind::Relation(self.relation_item(pair)?),
            Rule::policy_item => ItemKind::Policy(self.policy_item(pair)?),
            Rule::waive_item => ItemKind::Waive(self.waive_item(pair)?),
            Rule::envelope_item => ItemKind::Envelope(self.envelope_item(pair)?),
            Rule::test_item => ItemKind::Test(self.test_item(pair)?),
            _ => return None,
        };
        Some(Item { kind, docs, span })
    }
}

/// The first pair of a rule inside another.
fn first(pair: Pair<'_, Rule>, rule: Rule) -> Option<Pair<'_, Rule>> {
    pair.into_inner().find(|inner| inner.as_rule() == rule)
}

/// Whether a rule stands directly inside a pair.
fn has(pair: &Pair<'_, Rule>, rule: Rule) -> bool {
    pair.clone().into_inner().any(|inner| inner.as_rule() == rule)
}

/// The next pair of a rule, others skipped.
fn next<'i>(pairs: &mut Pairs<'i, Rule>, rule: Rule) -> Option<Pair<'i, Rule>> {
    pairs.find(|pair| pair.as_rule() == rule)
}

/// Which token a literal's rule is.
const fn token_kind(rule: Rule) -> Option<TokenKind> {
    Some(match rule {
        Rule::int => TokenKind::Int,
        Rule::uint => TokenKind::Uint,
        Rule::double => TokenKind::Double,
        Rule::duration => TokenKind::Duration,
        Rule::timestamp => TokenKind::Timestamp,
        Rule::string => TokenKind::Str,
        Rule::bytes => TokenKind::Bytes,
        _ => return None,
    })
}
