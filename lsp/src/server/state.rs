//! Everything that the main loop owns, and what each event does to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedSender;
use tower_lsp_server::ls_types::{
    self as lsp, CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability,
    CodeActionResponse, DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DocumentFormattingParams, DocumentRangeFormattingParams, GotoDefinitionParams,
    GotoDefinitionResponse, HoverContents, HoverParams, HoverProviderCapability, InitializeParams,
    InitializeResult, LocationLink, MarkupContent, MarkupKind, OneOf, ServerCapabilities, ServerInfo,
    TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    Uri,
};

use super::Options;
use super::convert::{self, Lines};
use super::document::Document;
use super::library::Library;
use super::outgoing::Outgoing;
use super::project::{PROJECT_FILE, Project, is_policy};
use crate::ide;
use crate::ide::line_index::{Encoding, LineIndex};

/// The state of one session.
pub(super) struct State {
    out: UnboundedSender<Outgoing>,
    library: Library,
    encoding: Encoding,
    can: Client,
    /// The folders that the editor has open.
    folders: Vec<PathBuf>,
    projects: Vec<Project>,
    /// What is open, by the path in its project's database. The library's files are not among them.
    documents: BTreeMap<String, Document>,
}

/// What the editor can do.
#[derive(Clone, Copy, Debug, Default)]
struct Client {
    watch: bool,
    links: bool,
    related: bool,
    /// Takes a code action with its edit; one that does not would only take commands.
    actions: bool,
}

/// A place that a request asks about.
struct Asked {
    project: usize,
    path: String,
    offset: u32,
}

impl State {
    pub(super) fn new(options: Options, out: UnboundedSender<Outgoing>) -> Self {
        Self {
            out,
            library: Library::new(options.cache.as_deref()),
            encoding: Encoding::Utf16,
            can: Client::default(),
            folders: Vec::new(),
            projects: Vec::new(),
            documents: BTreeMap::new(),
        }
    }

    pub(super) fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        self.encoding = convert::encoding(&params.capabilities);
        self.can = Client::of(&params.capabilities);
        self.folders = folders(params);
        self.load();
        InitializeResult {
            capabilities: ServerCapabilities {
                position_encoding: Some(convert::encoding_kind(self.encoding)),
                text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(TextDocumentSyncKind::INCREMENTAL),
                    ..TextDocumentSyncOptions::default()
                })),
                hover_provider: Some(HoverProviderCapability::Simple(true)),
                definition_provider: Some(OneOf::Left(true)),
                document_formatting_provider: Some(OneOf::Left(true)),
                document_range_formatting_provider: Some(OneOf::Left(true)),
                code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                    code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                    ..CodeActionOptions::default()
                })),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: "assize".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        }
    }

    pub(super) fn initialized(&mut self) {
        if self.can.watch {
            self.say(Outgoing::Watch);
        }
    }

    pub(super) fn open(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        let file = file_of(&opened.uri);
        let ours = opened.language_id == "assize" || file.as_deref().is_some_and(is_policy);
        // A file of the library is as the binary has it, whatever an editor makes of it.
        if !ours || file.as_deref().is_some_and(|file| self.library.path(file).is_some()) {
            return;
        }
        let project = self.project_of(file.as_deref());
        let path = path_of(&opened.uri);
        if let Some(project) = self.projects.get_mut(project) {
            project.db.set_source(&path, &opened.text, false);
        }
        self.documents.insert(path, Document::new(opened.uri, project, opened.version, opened.text));
    }

    pub(super) fn change(&mut self, params: DidChangeTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.change(params.text_document.version, params.content_changes, self.encoding);
        if let Some(project) = self.projects.get_mut(document.project) {
            project.db.set_source(&path, &document.text, false);
        }
    }

    pub(super) fn close(&mut self, params: &DidCloseTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        let Some(document) = self.documents.remove(&path) else { return };
        let mut notes = Vec::new();
        if let Some(project) = self.projects.get_mut(document.project) {
            // What counts from now on is what is on disk.
            match file_of(&document.uri) {
                Some(file) => project.refresh(&file, &mut notes),
                None => project.db.remove_source(&path),
            }
        }
        self.warn_all(notes);
        self.say(Outgoing::Publish(document.uri, Vec::new(), None));
    }

    pub(super) fn watched(&mut self, params: &DidChangeWatchedFilesParams) {
        let files: Vec<PathBuf> = params.changes.iter().filter_map(|change| file_of(&change.uri)).collect();
        if files.iter().any(|file| file.file_name().is_some_and(|name| name == PROJECT_FILE)) {
            self.load();
            return;
        }
        let mut notes = Vec::new();
        for file in files.iter().filter(|file| is_policy(file)) {
            // What an editor has open is what its editor says.
            if self.documents.contains_key(file.to_string_lossy().as_ref()) {
                continue;
            }
            let known = self.known(file);
            if let Some(project) = known.and_then(|at| self.projects.get_mut(at)) {
                project.refresh(file, &mut notes);
            }
        }
        self.warn_all(notes);
    }

    pub(super) fn hover(&self, params: &HoverParams) -> Option<lsp::Hover> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::hover::hover(db, &asked.path, asked.offset)?;
        let range = self.with_lines(asked.project, &asked.path, |lines| lines.range(found.span));
        let contents = MarkupContent { kind: MarkupKind::Markdown, value: found.markdown };
        Some(lsp::Hover { contents: HoverContents::Markup(contents), range })
    }

    pub(super) fn definition(&self, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
        let asked = self.asked(&params.text_document_position_params)?;
        let db = &self.projects.get(asked.project)?.db;
        let found = ide::definition::definition(db, &asked.path, asked.offset)?;
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

    /// The edit that formats a document that is open. How wide an indentation is the style says, whatever the
    /// editor would like.
    pub(super) fn format(&self, params: &DocumentFormattingParams) -> Option<Vec<lsp::TextEdit>> {
        let document = self.documents.get(&path_of(&params.text_document.uri))?;
        let edit = ide::format::format(&document.text);
        Some(edit.into_iter().map(|edit| self.lines(document).edit(edit.span, edit.text)).collect())
    }

    /// The edits that format the items that a range of a document that is open touches.
    pub(super) fn format_range(&self, params: &DocumentRangeFormattingParams) -> Option<Vec<lsp::TextEdit>> {
        let document = self.documents.get(&path_of(&params.text_document.uri))?;
        let lines = self.lines(document);
        let edits = assize_lang::syntax::format_range(&document.text, lines.span(params.range));
        Some(edits.into_iter().map(|(span, text)| lines.edit(span, text)).collect())
    }

    /// What can be written instead of the mistakes in a range of a document that is open.
    pub(super) fn actions(&self, params: &CodeActionParams) -> Option<CodeActionResponse> {
        let path = path_of(&params.text_document.uri);
        let document = self.documents.get(&path)?;
        if !self.can.actions || !convert::wants_fixes(&params.context) {
            return None;
        }
        let lines = self.lines(document);
        let db = &self.projects.get(document.project)?.db;
        let mends = ide::fixes::fixes(db, &path, lines.span(params.range));
        Some(mends.iter().map(|mend| lines.action(&document.uri, mend)).collect())
    }

    /// Publishes the diagnostics of every open document where they, or its version, are others than before.
    pub(super) fn publish(&mut self) {
        let mut changed = Vec::new();
        for (path, document) in &self.documents {
            let found = self.diagnostics(path, document);
            let same = document
                .published
                .as_ref()
                .is_some_and(|(version, before)| *version == document.version && *before == found);
            if !same {
                changed.push((path.clone(), found));
            }
        }
        for (path, found) in changed {
            let Some(document) = self.documents.get_mut(&path) else { continue };
            document.published = Some((document.version, found.clone()));
            let message = Outgoing::Publish(document.uri.clone(), found, Some(document.version));
            self.say(message);
        }
    }

    /// Puts a line into the editor's log.
    pub(super) fn warn(&self, text: String) {
        self.say(Outgoing::Warn(text));
    }

    fn diagnostics(&self, path: &str, document: &Document) -> Vec<lsp::Diagnostic> {
        let Some(project) = self.projects.get(document.project) else { return Vec::new() };
        let lines = self.lines(document);
        ide::diagnostics::diagnostics(&project.db, path)
            .iter()
            .map(|found| {
                let related = found.related.iter().filter(|_| self.can.related).filter_map(|related| {
                    let location = self.location(document.project, &related.path, related.span)?;
                    Some(lsp::DiagnosticRelatedInformation { location, message: related.message.clone() })
                });
                let related: Vec<_> = related.collect();
                lsp::Diagnostic {
                    related_information: (!related.is_empty()).then_some(related),
                    ..lines.diagnostic(found)
                }
            })
            .collect()
    }

    const fn lines<'a>(&self, document: &'a Document) -> Lines<'a> {
        Lines { text: document.text.as_str(), index: &document.index, encoding: self.encoding }
    }

    /// Calls `look` with the lines of a text of a project.
    fn with_lines<T>(&self, project: usize, path: &str, look: impl FnOnce(Lines<'_>) -> T) -> Option<T> {
        if let Some(document) = self.documents.get(path).filter(|document| document.project == project) {
            return Some(look(self.lines(document)));
        }
        let db = &self.projects.get(project)?.db;
        let text = db.file(path)?.text(db);
        Some(look(Lines { text, index: &LineIndex::new(text), encoding: self.encoding }))
    }

    fn location(
        &self,
        project: usize,
        path: &str,
        span: assize_lang::diagnostic::Span,
    ) -> Option<lsp::Location> {
        let uri = if let Some(document) = self.documents.get(path) {
            document.uri.clone()
        } else if Library::has(path) {
            let db = &self.projects.get(project)?.db;
            self.library.show(path, db.file(path)?.text(db))?
        } else {
            Uri::from_file_path(Path::new(path))?
        };
        let range = self.with_lines(project, path, |lines| lines.range(span))?;
        Some(lsp::Location { uri, range })
    }

    fn asked(&self, params: &TextDocumentPositionParams) -> Option<Asked> {
        let uri = &params.text_document.uri;
        let shown = file_of(uri).and_then(|file| self.library.path(&file));
        let (project, path) = match shown {
            // Every project that has the library has the same.
            Some(path) => (self.projects.iter().position(|project| project.db.file(&path).is_some())?, path),
            None => {
                let path = path_of(uri);
                (self.documents.get(&path)?.project, path)
            }
        };
        let offset = self.with_lines(project, &path, |lines| lines.offset(params.position))?;
        Some(Asked { project, path, offset })
    }

    /// Reads the editor's folders, and puts every open document where it belongs.
    fn load(&mut self) {
        self.projects.clear();
        for folder in self.folders.clone() {
            self.project_at(Some(Project::folder(&folder).unwrap_or(folder)));
        }
        for (path, mut document) in std::mem::take(&mut self.documents) {
            document.project = self.project_of(file_of(&document.uri).as_deref());
            if let Some(project) = self.projects.get_mut(document.project) {
                project.db.set_source(&path, &document.text, false);
            }
            self.documents.insert(path, document);
        }
    }

    /// The project that a file belongs to, read where it is not yet.
    fn project_of(&mut self, file: Option<&Path>) -> usize {
        self.project_at(file.and_then(|file| self.root_of(file)))
    }

    /// The project that a file belongs to, where it has been read.
    fn known(&self, file: &Path) -> Option<usize> {
        let root = self.root_of(file)?;
        self.projects.iter().position(|project| project.root.as_ref() == Some(&root))
    }

    fn root_of(&self, file: &Path) -> Option<PathBuf> {
        let around = self.folders.iter().filter(|folder| file.starts_with(folder));
        Project::folder(file.parent()?)
            .or_else(|| around.max_by_key(|folder| folder.as_os_str().len()).cloned())
    }

    fn project_at(&mut self, root: Option<PathBuf>) -> usize {
        if let Some(known) = self.projects.iter().position(|project| project.root == root) {
            return known;
        }
        let mut notes = Vec::new();
        self.projects.push(Project::load(root, &mut notes));
        self.warn_all(notes);
        self.projects.len().saturating_sub(1)
    }

    fn warn_all(&self, notes: Vec<String>) {
        notes.into_iter().for_each(|note| self.warn(note));
    }

    fn say(&self, message: Outgoing) {
        // An editor that has gone hears nothing.
        let _gone = self.out.send(message);
    }
}

impl Client {
    fn of(capabilities: &lsp::ClientCapabilities) -> Self {
        let workspace = capabilities.workspace.as_ref();
        let text = capabilities.text_document.as_ref();
        let watch = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let definition = text.and_then(|text| text.definition.as_ref());
        let action = text.and_then(|text| text.code_action.as_ref());
        let publish = text.and_then(|text| text.publish_diagnostics.as_ref());
        Self {
            watch: watch.and_then(|watch| watch.dynamic_registration) == Some(true),
            links: definition.and_then(|definition| definition.link_support) == Some(true),
            related: publish.and_then(|publish| publish.related_information) == Some(true),
            actions: action.is_some_and(|action| action.code_action_literal_support.is_some()),
        }
    }
}

/// The folders that an editor has open.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = params.workspace_folders.as_ref().filter(|folders| !folders.is_empty()) {
        return folders.iter().filter_map(|folder| file_of(&folder.uri)).collect();
    }
    #[expect(deprecated, reason = "what editors send that know no workspace folders")]
    let root = params.root_uri.as_ref();
    root.and_then(file_of).into_iter().collect()
}

/// The path of a document in its database.
fn path_of(uri: &Uri) -> String {
    file_of(uri).map_or_else(|| uri.as_str().to_owned(), |file| file.to_string_lossy().into_owned())
}

/// The file of a document that is one.
fn file_of(uri: &Uri) -> Option<PathBuf> {
    uri.scheme()
        .as_str()
        .eq_ignore_ascii_case("file")
        .then(|| uri.to_file_path())?
        .map(|path| path.into_owned())
}
