//! What the editor can do, and what the server offers it.

use tower_lsp_server::ls_types::*;

use super::requests::{lenses, tokens};

/// What the editor can do.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub(super) struct Client {
    pub(super) watch: bool,
    pub(super) links: bool,
    /// Shows a word beside a link in a text.
    pub(super) tooltips: bool,
    pub(super) related: bool,
    /// Takes a code action with its edit; one that does not would only take commands.
    pub(super) actions: bool,
    /// Asks for diagnostics: it is told of none.
    pub(super) pulls: bool,
    /// Takes what is to be filled in.
    pub(super) snippets: bool,
    /// Takes symbols as a tree.
    pub(super) tree: bool,
    /// Can be told to ask again.
    pub(super) refreshes_diagnostics: bool,
    /// Shows how far something is.
    pub(super) progress: bool,
    /// Can be told to ask for lenses again.
    pub(super) refreshes_lenses: bool,
    /// Opens documents that it is told of.
    pub(super) shows: bool,
    /// Writes what it is told.
    pub(super) applies: bool,
}

impl Client {
    pub(super) fn of(capabilities: &ClientCapabilities) -> Self {
        let workspace = capabilities.workspace.as_ref();
        let text = capabilities.text_document.as_ref();
        let watch = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let definition = text.and_then(|text| text.definition.as_ref());
        let link = text.and_then(|text| text.document_link.as_ref());
        let action = text.and_then(|text| text.code_action.as_ref());
        let publish = text.and_then(|text| text.publish_diagnostics.as_ref());
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let symbol = text.and_then(|text| text.document_symbol.as_ref());
        let refresh = workspace.and_then(|workspace| workspace.diagnostics.as_ref());
        let window = capabilities.window.as_ref();
        let lens = workspace.and_then(|workspace| workspace.code_lens.as_ref());
        let document = window.and_then(|window| window.show_document.as_ref());
        Self {
            watch: watch.and_then(|watch| watch.dynamic_registration) == Some(true),
            links: definition.and_then(|definition| definition.link_support) == Some(true),
            tooltips: link.and_then(|link| link.tooltip_support) == Some(true),
            related: publish.and_then(|publish| publish.related_information) == Some(true),
            actions: action.is_some_and(|action| action.code_action_literal_support.is_some()),
            pulls: text.is_some_and(|text| text.diagnostic.is_some()),
            snippets: item.and_then(|item| item.snippet_support) == Some(true),
            tree: symbol.and_then(|symbol| symbol.hierarchical_document_symbol_support) == Some(true),
            refreshes_diagnostics: refresh.and_then(|refresh| refresh.refresh_support) == Some(true),
            progress: window.and_then(|window| window.work_done_progress) == Some(true),
            refreshes_lenses: lens.and_then(|lens| lens.refresh_support) == Some(true),
            shows: document.is_some_and(|document| document.support),
            applies: workspace.and_then(|workspace| workspace.apply_edit) == Some(true),
        }
    }
}

/// What the server offers.
pub(super) fn offered(encoding: PositionEncodingKind, can: Client) -> ServerCapabilities {
    let strings = |all: &[&str]| Some(all.iter().map(|one| (*one).to_owned()).collect());
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        linked_editing_range_provider: Some(LinkedEditingRangeServerCapabilities::Simple(true)),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: strings(&[".", "{", " ", "("]),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: strings(&["(", ","]),
            retrigger_characters: strings(&[")"]),
            ..SignatureHelpOptions::default()
        }),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: "}".to_owned(),
            more_trigger_character: strings(&["\n"]),
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: lenses::COMMANDS.iter().map(|one| (*one).to_owned()).collect(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        diagnostic_provider: can.pulls.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("assize".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        workspace: Some(workspace()),
        ..ServerCapabilities::default()
    }
}

fn workspace() -> WorkspaceServerCapabilities {
    let filter = |glob: &str, matches| FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
    };
    let renames = FileOperationRegistrationOptions {
        filters: vec![
            filter("**/*.assize", FileOperationPatternKind::File),
            filter("**/*", FileOperationPatternKind::Folder),
        ],
    };
    WorkspaceServerCapabilities {
        workspace_folders: Some(WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(OneOf::Left(true)),
        }),
        file_operations: Some(WorkspaceFileOperationsServerCapabilities {
            will_rename: Some(renames),
            ..WorkspaceFileOperationsServerCapabilities::default()
        }),
    }
}
