//! Colours: all of a text, a part of it, or what became different.

use assize_lang::diagnostic::Span;
use tower_lsp_server::ls_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta,
    SemanticTokensDeltaParams, SemanticTokensEdit, SemanticTokensFullDeltaResult, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult, Uri,
};

use crate::ide;
use crate::ide::tokens::{Class, Token};
use crate::server::convert::Lines;
use crate::server::state::State;

/// The types of tokens, in the order of their numbers.
const TYPES: [(Class, SemanticTokenType); 19] = [
    (Class::Package, SemanticTokenType::NAMESPACE),
    (Class::Type, SemanticTokenType::STRUCT),
    (Class::Enum, SemanticTokenType::ENUM),
    (Class::Member, SemanticTokenType::ENUM_MEMBER),
    (Class::Field, SemanticTokenType::PROPERTY),
    (Class::Local, SemanticTokenType::VARIABLE),
    (Class::Argument, SemanticTokenType::PARAMETER),
    (Class::Param, SemanticTokenType::new("constant")),
    (Class::Function, SemanticTokenType::FUNCTION),
    (Class::Method, SemanticTokenType::METHOD),
    (Class::Control, SemanticTokenType::new("control")),
    (Class::Policy, SemanticTokenType::CLASS),
    (Class::Signal, SemanticTokenType::EVENT),
    (Class::Word, SemanticTokenType::KEYWORD),
    (Class::Comment, SemanticTokenType::COMMENT),
    (Class::Docs, SemanticTokenType::COMMENT),
    (Class::Text, SemanticTokenType::STRING),
    (Class::Number, SemanticTokenType::NUMBER),
    (Class::Operator, SemanticTokenType::OPERATOR),
];

/// The numbers of types and modifiers.
pub(in crate::server) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.iter().map(|(_, name)| name.clone()).collect(),
        token_modifiers: vec![
            SemanticTokenModifier::DECLARATION,
            SemanticTokenModifier::DEFAULT_LIBRARY,
            SemanticTokenModifier::DOCUMENTATION,
        ],
    }
}

/// What was last sent of a document.
#[derive(Clone, Debug)]
pub(in crate::server) struct Sent {
    id: u64,
    data: Vec<SemanticToken>,
}

impl State {
    pub(in crate::server) fn tokens(
        &mut self,
        params: &SemanticTokensParams,
    ) -> Option<SemanticTokensResult> {
        Some(SemanticTokensResult::Tokens(self.all_tokens(&params.text_document.uri)?))
    }

    pub(in crate::server) fn tokens_delta(
        &mut self,
        params: &SemanticTokensDeltaParams,
    ) -> Option<SemanticTokensFullDeltaResult> {
        let (_, path) = self.small(&params.text_document.uri)?;
        let before = self.tokens_sent.remove(&path);
        let now = self.all_tokens(&params.text_document.uri)?;
        Some(match before.filter(|sent| sent.id.to_string() == params.previous_result_id) {
            None => SemanticTokensFullDeltaResult::Tokens(now),
            Some(before) => SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta {
                result_id: now.result_id,
                edits: difference(&before.data, &now.data).into_iter().collect(),
            }),
        })
    }

    pub(in crate::server) fn tokens_range(
        &self,
        params: &SemanticTokensRangeParams,
    ) -> Option<SemanticTokensRangeResult> {
        let (project, path) = self.small(&params.text_document.uri)?;
        let db = &self.projects.get(project)?.db;
        let data = self.with_lines(project, &path, |lines| {
            encoded(lines, &ide::tokens::tokens(db, &path, lines.span(params.range)))
        })?;
        Some(SemanticTokensRangeResult::Tokens(SemanticTokens { result_id: None, data }))
    }

    fn all_tokens(&mut self, uri: &Uri) -> Option<SemanticTokens> {
        let (project, path) = self.small(uri)?;
        let db = &self.projects.get(project)?.db;
        let data = self.with_lines(project, &path, |lines| {
            encoded(lines, &ide::tokens::tokens(db, &path, Span::new(0, u32::MAX)))
        })?;
        self.answers = self.answers.saturating_add(1);
        let id = self.answers;
        self.tokens_sent.insert(path, Sent { id, data: data.clone() });
        Some(SemanticTokens { result_id: Some(id.to_string()), data })
    }
}

/// Each token by its distance from the one before it.
fn encoded(lines: Lines<'_>, tokens: &[Token]) -> Vec<SemanticToken> {
    let mut out = Vec::with_capacity(tokens.len());
    let (mut line, mut column) = (0, 0);
    for token in tokens {
        let range = lines.range(token.span);
        if range.end.line != range.start.line {
            continue;
        }
        let number = TYPES.iter().position(|(class, _)| *class == token.class).unwrap_or(0);
        let docs = token.class == Class::Docs;
        let marks = [token.declares, token.library, docs];
        let bits = (0..).zip(marks).map(|(bit, set): (u32, bool)| u32::from(set) << bit).sum();
        let start = range.start;
        out.push(SemanticToken {
            delta_line: start.line.saturating_sub(line),
            delta_start: if start.line == line {
                start.character.saturating_sub(column)
            } else {
                start.character
            },
            length: range.end.character.saturating_sub(start.character),
            token_type: u32::try_from(number).unwrap_or(0),
            token_modifiers_bitset: bits,
        });
        (line, column) = (start.line, start.character);
    }
    out
}

/// The one edit from some tokens to others; none where they are the same.
fn difference(old: &[SemanticToken], new: &[SemanticToken]) -> Option<SemanticTokensEdit> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (old.get(head..)?, new.get(head..)?);
    if old_rest.is_empty() && new_rest.is_empty() {
        return None;
    }
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let numbers = |tokens: usize| u32::try_from(tokens.saturating_mul(5)).unwrap_or(u32::MAX);
    let data = new_rest.get(..new_rest.len().saturating_sub(tail))?.to_vec();
    Some(SemanticTokensEdit {
        start: numbers(head),
        delete_count: numbers(old_rest.len().saturating_sub(tail)),
        data: Some(data),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: u32) -> SemanticToken {
        SemanticToken {
            delta_line: number,
            delta_start: 0,
            length: 1,
            token_type: 0,
            token_modifiers_bitset: 0,
        }
    }

    #[test]
    fn a_difference_makes_new_ones_of_old_ones() {
        for (old, new) in [
            (vec![1, 2, 3], vec![1, 2, 3]),
            (vec![1, 2, 3], vec![1, 9, 3]),
            (vec![1, 2, 3], vec![1, 3]),
            (vec![], vec![1, 2]),
            (vec![1, 1], vec![1, 1, 1]),
            (vec![1, 2], vec![]),
        ] {
            let tokens =
                |numbers: &[u32]| -> Vec<SemanticToken> { numbers.iter().copied().map(token).collect() };
            let (old, new) = (tokens(&old), tokens(&new));
            let mut edited = old.clone();
            match difference(&old, &new) {
                None => assert_eq!(old, new),
                Some(edit) => {
                    let (start, gone) = (edit.start as usize / 5, edit.delete_count as usize / 5);
                    edited.splice(start..start + gone, edit.data.expect("tokens"));
                }
            }
            assert_eq!(edited, new);
        }
    }

    #[test]
    fn every_class_has_its_number() {
        let legend = legend();
        assert_eq!(legend.token_types.len(), TYPES.len());
        for (at, (class, _)) in TYPES.iter().enumerate() {
            assert_eq!(TYPES.iter().position(|(other, _)| other == class), Some(at));
        }
    }
}
