//! What can be written at the cursor, and what the call around it takes.

use tower_lsp_server::ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionList, CompletionParams,
    CompletionResponse, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind,
    ParameterInformation, ParameterLabel, SignatureHelp, SignatureHelpParams, SignatureInformation,
};

use crate::ide;
use crate::ide::completion::{Kind, Proposal};
use crate::ide::line_index::Encoding;
use crate::server::convert::Lines;
use crate::server::state::State;

impl State {
    pub(in crate::server) fn completion(&mut self, params: &CompletionParams) -> Option<CompletionResponse> {
        let asked = self.asked(&params.text_document_position)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::completion::completion(db, &asked.path, asked.offset);
        let snippets = self.can.snippets;
        let items = self.with_lines(asked.project, &asked.path, |lines| {
            let proposals = found.proposals.iter().enumerate();
            proposals.map(|(at, one)| item(lines, found.replaced, at, one, snippets)).collect()
        })?;
        Some(CompletionResponse::List(CompletionList { is_incomplete: found.incomplete, items }))
    }

    pub(in crate::server) fn signature(&self, params: &SignatureHelpParams) -> Option<SignatureHelp> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::signature::signature(db, &asked.path, asked.offset)?;
        // Places in the label are counted as places in a text.
        let count = |byte: u32| {
            let before = found.label.get(..byte as usize).unwrap_or_default();
            let units = match self.encoding {
                Encoding::Utf8 => before.len(),
                Encoding::Utf16 => before.encode_utf16().count(),
            };
            u32::try_from(units).unwrap_or(u32::MAX)
        };
        let parameters = found.arguments.iter().map(|span| ParameterInformation {
            label: ParameterLabel::LabelOffsets([count(span.start), count(span.end)]),
            documentation: None,
        });
        let signature = SignatureInformation {
            label: found.label.clone(),
            documentation: markdown(&found.docs),
            parameters: Some(parameters.collect()),
            active_parameter: Some(found.active),
        };
        Some(SignatureHelp {
            signatures: vec![signature],
            active_signature: Some(0),
            active_parameter: Some(found.active),
        })
    }
}

fn item(
    lines: Lines<'_>,
    replaced: assize_lang::diagnostic::Span,
    at: usize,
    one: &Proposal,
    snippets: bool,
) -> CompletionItem {
    let snippet = one.snippet && snippets;
    let text = if one.snippet && !snippets { without_places(&one.insert) } else { one.insert.clone() };
    let import = one.import.as_ref().map(|edit| vec![lines.edit(edit.span, edit.text.clone())]);
    CompletionItem {
        label: one.label.clone(),
        label_details: (!one.detail.is_empty())
            .then(|| CompletionItemLabelDetails { detail: None, description: Some(one.detail.clone()) }),
        kind: Some(kind(one.kind)),
        detail: (!one.detail.is_empty()).then(|| one.detail.clone()),
        documentation: markdown(&one.docs),
        // The order is ours, whatever the editor's idea of it is.
        sort_text: Some(format!("{at:04}")),
        insert_text_format: Some(if snippet {
            InsertTextFormat::SNIPPET
        } else {
            InsertTextFormat::PLAIN_TEXT
        }),
        text_edit: Some(CompletionTextEdit::Edit(lines.edit(replaced, text))),
        additional_text_edits: import,
        preselect: (at == 0).then_some(true),
        ..CompletionItem::default()
    }
}

/// A snippet for an editor that takes none: what stands in its places is written as it is.
fn without_places(snippet: &str) -> String {
    let mut out = String::new();
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').unwrap_or(inner.len());
            let place = inner.get(..end).unwrap_or_default();
            let shown = match (place.split_once('|'), place.split_once(':')) {
                (Some((_, choice)), _) => choice.split([',', '|']).next().unwrap_or_default(),
                (None, Some((_, text))) => text,
                (None, None) => "",
            };
            out.push_str(shown);
            rest = inner.get(end.saturating_add(1)..).unwrap_or_default();
        } else {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    out.push_str(rest);
    out
}

const fn kind(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Local => CompletionItemKind::VARIABLE,
        Kind::Param => CompletionItemKind::CONSTANT,
        Kind::Field => CompletionItemKind::FIELD,
        Kind::List => CompletionItemKind::PROPERTY,
        Kind::Method => CompletionItemKind::METHOD,
        Kind::Function => CompletionItemKind::FUNCTION,
        Kind::Member => CompletionItemKind::ENUM_MEMBER,
        Kind::Enum => CompletionItemKind::ENUM,
        Kind::Type => CompletionItemKind::STRUCT,
        Kind::Package => CompletionItemKind::MODULE,
        Kind::Control => CompletionItemKind::REFERENCE,
        Kind::Policy => CompletionItemKind::CLASS,
        Kind::Word => CompletionItemKind::KEYWORD,
        Kind::Snippet => CompletionItemKind::SNIPPET,
    }
}

fn markdown(text: &str) -> Option<Documentation> {
    let content = MarkupContent { kind: MarkupKind::Markdown, value: text.to_owned() };
    (!text.is_empty()).then_some(Documentation::MarkupContent(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_without_places_is_what_stands_in_them() {
        for (snippet, text) in [
            ("exists(${1:u}, ${2:condition})", "exists(u, condition)"),
            ("mode ${1|monitor,enforce|}", "mode monitor"),
            ("where $0", "where "),
            ("id: \"$1\"", "id: \"\""),
            ("plain", "plain"),
        ] {
            assert_eq!(without_places(snippet), text);
        }
    }
}
