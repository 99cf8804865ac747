//! What files and projects declare.

use tower_lsp_server::ls_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, OneOf, SymbolInformation, SymbolKind,
    WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use crate::ide;
use crate::ide::symbols::{Kind, Symbol};
use crate::server::convert::Lines;
use crate::server::state::State;

impl State {
    pub(in crate::server) fn symbols(&self, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
        let (project, path) = self.known_text(&params.text_document.uri)?;
        let db = &self.projects.get(project)?.db;
        let found = ide::symbols::document(db, &path);
        self.with_lines(project, &path, |lines| {
            if self.can.tree {
                return DocumentSymbolResponse::Nested(found.iter().map(|one| nested(lines, one)).collect());
            }
            let mut out = Vec::new();
            for one in &found {
                flat(lines, &params.text_document.uri, one, None, &mut out);
            }
            DocumentSymbolResponse::Flat(out)
        })
    }

    pub(in crate::server) fn workspace_symbols(
        &self,
        params: &WorkspaceSymbolParams,
    ) -> Option<WorkspaceSymbolResponse> {
        let mut out = Vec::new();
        for (at, project) in self.projects.iter().enumerate() {
            for found in ide::symbols::workspace(&project.db, &params.query) {
                let Some(location) = self.location(at, &found.path, found.span) else { continue };
                out.push(WorkspaceSymbol {
                    name: found.name,
                    kind: kind(found.kind),
                    tags: None,
                    container_name: Some(found.package),
                    location: OneOf::Left(location),
                    data: None,
                });
            }
        }
        Some(WorkspaceSymbolResponse::Nested(out))
    }
}

fn nested(lines: Lines<'_>, one: &Symbol) -> DocumentSymbol {
    #[expect(deprecated, reason = "the field has to be given")]
    DocumentSymbol {
        name: shown(one),
        detail: (!one.detail.is_empty()).then(|| one.detail.clone()),
        kind: kind(one.kind),
        tags: None,
        deprecated: None,
        range: lines.range(one.span),
        selection_range: lines.range(one.selection),
        children: (!one.children.is_empty())
            .then(|| one.children.iter().map(|child| nested(lines, child)).collect()),
    }
}

fn flat(
    lines: Lines<'_>,
    uri: &tower_lsp_server::ls_types::Uri,
    one: &Symbol,
    of: Option<&str>,
    out: &mut Vec<SymbolInformation>,
) {
    #[expect(deprecated, reason = "the field has to be given")]
    out.push(SymbolInformation {
        name: shown(one),
        kind: kind(one.kind),
        tags: None,
        deprecated: None,
        location: tower_lsp_server::ls_types::Location::new(uri.clone(), lines.range(one.selection)),
        container_name: of.map(str::to_owned),
    });
    for child in &one.children {
        flat(lines, uri, child, Some(&one.name), out);
    }
}

/// A name is never empty: editors refuse a whole answer for one that is.
fn shown(one: &Symbol) -> String {
    if one.name.trim().is_empty() { "?".to_owned() } else { one.name.clone() }
}

const fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Package => SymbolKind::PACKAGE,
        Kind::Enum => SymbolKind::ENUM,
        Kind::Member => SymbolKind::ENUM_MEMBER,
        Kind::Entity => SymbolKind::STRUCT,
        Kind::Event | Kind::Signal => SymbolKind::EVENT,
        Kind::Field => SymbolKind::FIELD,
        Kind::Key | Kind::Control => SymbolKind::KEY,
        Kind::Catalog => SymbolKind::NAMESPACE,
        Kind::Param => SymbolKind::CONSTANT,
        Kind::Function | Kind::Table | Kind::Relation => SymbolKind::FUNCTION,
        Kind::Policy => SymbolKind::CLASS,
        Kind::Binding | Kind::Let => SymbolKind::VARIABLE,
        Kind::Arm => SymbolKind::OPERATOR,
        Kind::Test => SymbolKind::METHOD,
        Kind::Waiver | Kind::Envelope => SymbolKind::OBJECT,
    }
}
