//! What is wrong, for editors that ask.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use tower_lsp_server::ls_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, Uri,
    WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::server::state::State;

impl State {
    pub(in crate::server) fn pulled(
        &self,
        params: &DocumentDiagnosticParams,
    ) -> DocumentDiagnosticReportResult {
        let known = self.known_text(&params.text_document.uri);
        let found = known.map(|(project, path)| self.diagnostics_of(project, &path)).unwrap_or_default();
        let id = name(&found);
        let report = if params.previous_result_id.as_ref() == Some(&id) {
            DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
            })
        } else {
            DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
                related_documents: None,
                full_document_diagnostic_report: FullDocumentDiagnosticReport {
                    result_id: Some(id),
                    items: found,
                },
            })
        };
        DocumentDiagnosticReportResult::Report(report)
    }

    /// Every file of every project of which something is to be said, or was said.
    pub(in crate::server) fn pulled_all(
        &self,
        params: &WorkspaceDiagnosticParams,
    ) -> WorkspaceDiagnosticReportResult {
        let mut before: HashMap<&Uri, &str> =
            params.previous_result_ids.iter().map(|one| (&one.uri, one.value.as_str())).collect();
        let mut items = Vec::new();
        for (at, project) in self.projects.iter().enumerate() {
            for file in project.db.diagnostics() {
                let own = project.db.file(&file.path).is_some_and(|found| !found.library(&project.db));
                if !own {
                    continue;
                }
                let Some(uri) = self.uri_of(&file.path) else { continue };
                let version = self.documents.get(&file.path).map(|document| i64::from(document.version));
                let found = self.diagnostics_of(at, &file.path);
                let id = name(&found);
                let was = before.remove(&uri);
                items.push(if was == Some(id.as_str()) {
                    WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                            result_id: id,
                        },
                    })
                } else {
                    full(uri, version, id, found)
                });
            }
        }
        // Of what is left nothing is wrong any more.
        let mut mended: Vec<&Uri> =
            before.into_iter().filter(|(_, id)| *id != name(&[])).map(|(uri, _)| uri).collect();
        mended.sort_by_key(|uri| uri.as_str());
        items.extend(mended.into_iter().map(|uri| full(uri.clone(), None, name(&[]), Vec::new())));
        WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
    }
}

fn full(
    uri: Uri,
    version: Option<i64>,
    id: String,
    items: Vec<Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
    })
}

/// A name for what is said: the same for the same.
fn name(found: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    for one in found {
        serde_json::to_string(one).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
