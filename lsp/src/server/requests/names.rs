//! Where names lead, where they stand, and what they could be called instead.

use std::collections::HashMap;

use assize_lang::diagnostic::Span;
use assize_lang::sema::DeclKind;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
    CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams,
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams,
    GotoDefinitionResponse, LinkedEditingRangeParams, LinkedEditingRanges, Location, LocationLink,
    PrepareRenameResponse, Range, ReferenceParams, RenameFilesParams, RenameParams, SymbolKind,
    TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};

use crate::ide;
use crate::ide::calls::{Call, Callee};
use crate::ide::definition::Definition;
use crate::server::state::{Asked, State};

impl State {
    pub(in crate::server) fn definition(
        &self,
        params: &GotoDefinitionParams,
    ) -> Option<GotoDefinitionResponse> {
        self.goto(params, ide::definition::definition)
    }

    pub(in crate::server) fn declaration(
        &self,
        params: &GotoDefinitionParams,
    ) -> Option<GotoDefinitionResponse> {
        self.goto(params, ide::definition::declaration)
    }

    pub(in crate::server) fn type_definition(
        &self,
        params: &GotoDefinitionParams,
    ) -> Option<GotoDefinitionResponse> {
        self.goto(params, ide::definition::type_definition)
    }

    fn goto(
        &self,
        params: &GotoDefinitionParams,
        find: fn(&assize_lang::Database, &str, u32) -> Option<Definition>,
    ) -> Option<GotoDefinitionResponse> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = find(db, &asked.path, asked.offset)?;
        let target = self.location(asked.project, &found.path, found.span)?;
        if !self.can.links {
            return Some(GotoDefinitionResponse::Scalar(target));
        }
        Some(GotoDefinitionResponse::Link(vec![LocationLink {
            origin_selection_range: self
                .with_lines(asked.project, &asked.path, |lines| lines.range(found.origin)),
            target_uri: target.uri,
            target_range: target.range,
            target_selection_range: target.range,
        }]))
    }

    pub(in crate::server) fn references(&self, params: &ReferenceParams) -> Option<Vec<Location>> {
        let asked = self.asked(&params.text_document_position)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::references::references(db, &asked.path, asked.offset);
        let wanted = found.iter().filter(|one| params.context.include_declaration || !one.declares);
        Some(wanted.filter_map(|one| self.location(asked.project, &one.path, one.span)).collect())
    }

    pub(in crate::server) fn highlights(
        &self,
        params: &DocumentHighlightParams,
    ) -> Option<Vec<DocumentHighlight>> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::references::highlights(db, &asked.path, asked.offset);
        self.with_lines(asked.project, &asked.path, |lines| {
            let shown = found.iter().map(|one| DocumentHighlight {
                range: lines.range(one.span),
                kind: Some(if one.declares {
                    DocumentHighlightKind::WRITE
                } else {
                    DocumentHighlightKind::READ
                }),
            });
            shown.collect()
        })
    }

    pub(in crate::server) fn linked(&self, params: &LinkedEditingRangeParams) -> Option<LinkedEditingRanges> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::references::linked(db, &asked.path, asked.offset);
        if found.is_empty() {
            return None;
        }
        let ranges = self.with_lines(asked.project, &asked.path, |lines| {
            found.iter().map(|span| lines.range(*span)).collect()
        })?;
        Some(LinkedEditingRanges { ranges, word_pattern: Some("[A-Za-z_][A-Za-z0-9_]*".to_owned()) })
    }

    pub(in crate::server) fn prepare_rename(
        &self,
        params: &TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let Some(Asked { project, path, offset }) = self.asked(params) else { return Ok(None) };
        let Some(known) = self.projects.get(project) else { return Ok(None) };
        let found = ide::rename::prepare(&known.db, &path, offset).map_err(refused)?;
        let range = self.with_lines(project, &path, |lines| lines.range(found.span));
        Ok(range.map(|range| PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name }))
    }

    pub(in crate::server) fn rename(&self, params: &RenameParams) -> Result<Option<WorkspaceEdit>> {
        let Some(Asked { project, path, offset }) = self.asked(&params.text_document_position) else {
            return Ok(None);
        };
        let Some(known) = self.projects.get(project) else { return Ok(None) };
        let edits = ide::rename::rename(&known.db, &path, offset, &params.new_name).map_err(refused)?;
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for (path, edits) in edits {
            for edit in edits {
                let Some(Location { uri, range }) = self.location(project, &path, edit.span) else {
                    continue;
                };
                changes.entry(uri).or_default().push(TextEdit::new(range, edit.text));
            }
        }
        Ok(Some(WorkspaceEdit::new(changes)))
    }

    pub(in crate::server) fn calls(
        &self,
        params: &CallHierarchyPrepareParams,
    ) -> Option<Vec<CallHierarchyItem>> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::calls::prepare(db, &asked.path, asked.offset)?;
        Some(vec![self.callee(asked.project, &found)?])
    }

    pub(in crate::server) fn incoming(
        &self,
        params: &CallHierarchyIncomingCallsParams,
    ) -> Option<Vec<CallHierarchyIncomingCall>> {
        let (project, of) = self.called(&params.item)?;
        let db = &self.projects.get(project)?.db;
        let calls = ide::calls::incoming(db, &of).into_iter().filter_map(|call| {
            let from_ranges = self.places(project, &call, &call.other.path)?;
            Some(CallHierarchyIncomingCall { from: self.callee(project, &call.other)?, from_ranges })
        });
        Some(calls.collect())
    }

    pub(in crate::server) fn outgoing(
        &self,
        params: &CallHierarchyOutgoingCallsParams,
    ) -> Option<Vec<CallHierarchyOutgoingCall>> {
        let (project, of) = self.called(&params.item)?;
        let db = &self.projects.get(project)?.db;
        let calls = ide::calls::outgoing(db, &of).into_iter().filter_map(|call| {
            let from_ranges = self.places(project, &call, &of.path)?;
            Some(CallHierarchyOutgoingCall { to: self.callee(project, &call.other)?, from_ranges })
        });
        Some(calls.collect())
    }

    fn places(&self, project: usize, call: &Call, path: &str) -> Option<Vec<Range>> {
        self.with_lines(project, path, |lines| call.places.iter().map(|span| lines.range(*span)).collect())
    }

    /// The item that an editor hands back.
    fn called(&self, item: &CallHierarchyItem) -> Option<(usize, Callee)> {
        let asked = self.asked(&TextDocumentPositionParams {
            text_document: tower_lsp_server::ls_types::TextDocumentIdentifier { uri: item.uri.clone() },
            position: item.selection_range.start,
        })?;
        let db = &self.projects.get(asked.project)?.db;
        Some((asked.project, ide::calls::prepare(db, &asked.path, asked.offset)?))
    }

    fn callee(&self, project: usize, one: &Callee) -> Option<CallHierarchyItem> {
        let Location { uri, range } = self.location(project, &one.path, one.span)?;
        let selection_range = self.location(project, &one.path, one.selection)?.range;
        let (package, name) = one.name.rsplit_once('.').unwrap_or(("", &one.name));
        Some(CallHierarchyItem {
            name: name.to_owned(),
            kind: match one.kind {
                DeclKind::Policy => SymbolKind::CLASS,
                DeclKind::Param => SymbolKind::CONSTANT,
                _ => SymbolKind::FUNCTION,
            },
            tags: None,
            detail: Some(format!("{} in {package}", one.kind.word())),
            uri,
            range,
            selection_range,
            data: None,
        })
    }

    /// What has to be written into project files where files or folders that they name get other names.
    pub(in crate::server) fn will_rename(&self, params: &RenameFilesParams) -> Option<WorkspaceEdit> {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for one in &params.files {
            let file = |uri: &str| uri.parse::<Uri>().ok()?.to_file_path().map(|path| path.into_owned());
            let (Some(old), Some(new)) = (file(&one.old_uri), file(&one.new_uri)) else { continue };
            for project in &self.projects {
                let Some((file, text)) = project.file() else { continue };
                let Some(root) = &project.root else { continue };
                let edits = ide::moves::moved(&text, root, &old, &new);
                if edits.is_empty() {
                    continue;
                }
                let Some(uri) = Uri::from_file_path(&file) else { continue };
                let index = ide::line_index::LineIndex::new(&text);
                let lines =
                    crate::server::convert::Lines { text: &text, index: &index, encoding: self.encoding };
                let edits = edits.into_iter().map(|edit| lines.edit(edit.span, edit.text));
                changes.entry(uri).or_default().extend(edits);
            }
        }
        (!changes.is_empty()).then(|| WorkspaceEdit::new(changes))
    }

    /// A place in a file, as the editor counts.
    pub(in crate::server) fn range_of(&self, project: usize, path: &str, span: Span) -> Option<Range> {
        self.with_lines(project, path, |lines| lines.range(span))
    }
}

fn refused(why: String) -> Error {
    // `RequestFailed`: everything was understood, and it cannot be done.
    Error { code: ErrorCode::ServerError(-32803), message: why.into(), data: None }
}
