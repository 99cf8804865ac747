//! What the server would write: style, mends, parts with names.

use tower_lsp_server::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
    DocumentFormattingParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams, TextEdit,
    WorkspaceEdit,
};

use crate::ide;
use crate::ide::actions::{Action, Kind};
use crate::server::state::{State, path_of};

impl State {
    /// The edit that formats a document that is open. How wide an indentation is the style says, whatever the
    /// editor would like.
    pub(in crate::server) fn format(&self, params: &DocumentFormattingParams) -> Option<Vec<TextEdit>> {
        let document = self.documents.get(&path_of(&params.text_document.uri))?;
        let edit = ide::format::format(&document.text);
        Some(edit.into_iter().map(|edit| self.lines(document).edit(edit.span, edit.text)).collect())
    }

    /// The edits that format the items that a range of a document that is open touches.
    pub(in crate::server) fn format_range(
        &self,
        params: &DocumentRangeFormattingParams,
    ) -> Option<Vec<TextEdit>> {
        let document = self.documents.get(&path_of(&params.text_document.uri))?;
        let lines = self.lines(document);
        let edits = assize_lang::syntax::format_range(&document.text, lines.span(params.range));
        Some(edits.into_iter().map(|(span, text)| lines.edit(span, text)).collect())
    }

    /// The edits that a letter which was just written calls for.
    pub(in crate::server) fn format_on_type(
        &self,
        params: &DocumentOnTypeFormattingParams,
    ) -> Option<Vec<TextEdit>> {
        let document = self.documents.get(&path_of(&params.text_document_position.text_document.uri))?;
        if document.is_large() {
            return None;
        }
        let lines = self.lines(document);
        let offset = lines.offset(params.text_document_position.position);
        let edits = ide::format::on_type(&document.text, offset, &params.ch);
        Some(edits.into_iter().map(|edit| lines.edit(edit.span, edit.text)).collect())
    }

    /// What can be done in a range of a document that is open.
    pub(in crate::server) fn actions(&self, params: &CodeActionParams) -> Option<CodeActionResponse> {
        let path = path_of(&params.text_document.uri);
        let document = self.documents.get(&path)?;
        if !self.can.actions {
            return None;
        }
        let lines = self.lines(document);
        let db = &self.projects.get(document.project)?.db;
        let wanted = |kind: &CodeActionKind| {
            let inside = |wanted: &CodeActionKind| {
                let (kind, wanted) = (kind.as_str(), wanted.as_str());
                wanted.is_empty()
                    || kind.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            params.context.only.as_ref().is_none_or(|kinds| kinds.iter().any(inside))
        };
        let found = ide::actions::actions(db, &path, lines.span(params.range));
        let shown = found.iter().filter(|action| wanted(&kind(action.kind))).map(|action| {
            let edits = action.edits.iter().map(|edit| lines.edit(edit.span, edit.text.clone())).collect();
            CodeActionOrCommand::CodeAction(CodeAction {
                title: action.title.clone(),
                kind: Some(kind(action.kind)),
                diagnostics: mended(&lines, action),
                edit: Some(WorkspaceEdit::new([(document.uri.clone(), edits)].into())),
                is_preferred: action.preferred.then_some(true),
                ..CodeAction::default()
            })
        });
        Some(shown.collect())
    }
}

fn mended(
    lines: &crate::server::convert::Lines<'_>,
    action: &Action,
) -> Option<Vec<tower_lsp_server::ls_types::Diagnostic>> {
    action.mends.as_ref().map(|diagnostic| vec![lines.diagnostic(diagnostic)])
}

const fn kind(kind: Kind) -> CodeActionKind {
    match kind {
        Kind::Fix => CodeActionKind::QUICKFIX,
        Kind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        Kind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        Kind::Organize => CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
    }
}
