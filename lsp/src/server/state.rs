//! Everything that the main loop owns, and what each event does to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_lang::diagnostic::Span;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp_server::ls_types::{
    self as lsp, DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams,
    InitializeResult, ServerInfo, TextDocumentPositionParams, Uri,
};

use super::Options;
use super::capabilities::{Client, offered};
use super::convert::{self, Lines};
use super::document::Document;
use super::library::Library;
use super::outgoing::Outgoing;
use super::project::{PROJECT_FILE, Project, is_policy};
use super::requests::tokens::Sent;
use crate::ide;
use crate::ide::line_index::{Encoding, LineIndex};
use crate::population::{Estates, Job, Lenses};

/// The state of one session.
pub(super) struct State {
    out: UnboundedSender<Outgoing>,
    pub(super) library: Library,
    pub(super) encoding: Encoding,
    pub(super) can: Client,
    /// The folders that the editor has open.
    folders: Vec<PathBuf>,
    pub(super) projects: Vec<Project>,
    /// What is open, by the path in its project's database. The library's files are not among them.
    pub(super) documents: BTreeMap<String, Document>,
    /// The colours that were last sent, by path.
    pub(super) tokens_sent: BTreeMap<String, Sent>,
    /// How many answers got a number.
    pub(super) answers: u64,
    /// The thread that counts, where there are facts to be had.
    pub(super) counts: Option<Lenses>,
    estates: Option<Arc<dyn Estates>>,
}

/// A place that a request asks about.
pub(super) struct Asked {
    pub(super) project: usize,
    pub(super) path: String,
    pub(super) offset: u32,
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
            tokens_sent: BTreeMap::new(),
            answers: 0,
            counts: None,
            estates: options.estates,
        }
    }

    pub(super) fn initialize(&mut self, params: &InitializeParams) -> InitializeResult {
        self.encoding = convert::encoding(&params.capabilities);
        self.can = Client::of(&params.capabilities);
        self.say(Outgoing::Can(self.can));
        self.folders = folders(params);
        InitializeResult {
            capabilities: offered(convert::encoding_kind(self.encoding), self.can),
            server_info: Some(ServerInfo {
                name: "assize".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        }
    }

    pub(super) fn initialized(&mut self) {
        let title = "reading policies";
        self.progress(Some(title));
        self.load();
        self.progress(None);
        if self.can.watch {
            self.say(Outgoing::Watch);
        }
        if let Some(estates) = self.estates.clone() {
            let (news, busy) = (self.out.clone(), self.out.clone());
            let (refreshes, progress) = (self.can.refreshes_lenses, self.can.progress);
            // An editor that has gone hears nothing.
            let again = move || {
                if refreshes {
                    let _gone = news.send(Outgoing::LensesAgain);
                }
            };
            let reading = move |begins: bool| {
                if progress {
                    let title = "reading facts".to_owned();
                    let _gone = busy.send(if begins { Outgoing::Begin(title) } else { Outgoing::End });
                }
            };
            match Lenses::start(estates, again, reading) {
                Ok(counts) => self.counts = Some(counts),
                Err(error) => self.warn(format!("no lenses: {error}")),
            }
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
        let mut document = Document::new(opened.uri, project, opened.version, opened.text);
        document.on_disk = file.and_then(|file| std::fs::read_to_string(file).ok());
        self.touched(project, &path);
        if document.is_large() {
            self.say(Outgoing::Show(format!(
                "{path}: {} bytes are a lot for one file; colours, hints, links and lenses are left out, mistakes are shown",
                document.text.len()
            )));
        }
        self.documents.insert(path, document);
    }

    pub(super) fn change(&mut self, params: DidChangeTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.change(params.text_document.version, params.content_changes, self.encoding);
        let at = document.project;
        if let Some(project) = self.projects.get_mut(at) {
            project.db.set_source(&path, &document.text, false);
        }
        self.touched(at, &path);
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
        self.touched(document.project, &path);
        self.tokens_sent.remove(&path);
        if !self.can.pulls {
            self.say(Outgoing::Publish(document.uri, Vec::new(), None));
        }
    }

    pub(super) fn watched(&mut self, params: &DidChangeWatchedFilesParams) {
        let files: Vec<PathBuf> = params.changes.iter().filter_map(|change| file_of(&change.uri)).collect();
        if files.iter().any(|file| file.file_name().is_some_and(|name| name == PROJECT_FILE)) {
            self.load();
            self.ask_again();
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
            if let Some(at) = known {
                self.touched(at, &file.to_string_lossy());
            }
        }
        self.warn_all(notes);
        self.ask_again();
    }

    pub(super) fn saved(&mut self, params: &DidSaveTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.on_disk = Some(document.text.clone());
        let at = document.project;
        // At once: the next key may come before anything is counted.
        let counted = self.projects.get(at).filter(|project| project.has_facts == Some(true));
        let root = counted.and_then(|project| project.root.clone());
        if root.is_some() {
            self.sync(at);
        }
        if let (Some(counts), Some(project)) = (&self.counts, root) {
            counts.send(Job::Saved { project, path });
        }
    }

    /// A text of a project is another one: what is being counted is counted for nothing.
    fn touched(&mut self, at: usize, path: &str) {
        if let Some(counts) = &mut self.counts {
            counts.call_off();
        }
        if let Some(untold) = self.projects.get_mut(at).and_then(|project| project.untold.as_mut()) {
            untold.insert(path.to_owned());
        }
    }

    /// Tells the thread that counts what it does not know of a project's texts.
    pub(super) fn sync(&mut self, at: usize) {
        let (Some(counts), Some(project)) = (&self.counts, self.projects.get_mut(at)) else { return };
        let Some(root) = project.root.clone() else { return };
        let db = &project.db;
        let text = |path: &str| {
            let file = db.file(path)?;
            Some((file.text(db).to_owned(), file.library(db)))
        };
        let fresh = project.untold.is_none();
        let paths: Vec<String> = match project.untold.take() {
            None => db.sources().map(|(path, _)| path.to_owned()).collect(),
            Some(untold) => untold.into_iter().collect(),
        };
        let texts: Vec<_> = paths
            .into_iter()
            .map(|path| match text(&path) {
                Some((text, library)) => (path, Some(text), library),
                None => (path, None, false),
            })
            .collect();
        project.untold = Some(BTreeSet::new());
        if fresh || !texts.is_empty() {
            counts.send(Job::Texts { project: root, texts, fresh });
        }
    }

    /// Asks for counts of everything that is open.
    pub(super) fn want_counts(&mut self) {
        let Some(estates) = self.estates.as_ref().filter(|_| self.counts.is_some()).map(Arc::clone) else {
            return;
        };
        let open: BTreeSet<usize> = self.documents.values().map(|document| document.project).collect();
        for at in open {
            let asked = self.projects.get_mut(at).and_then(|project| {
                let root = project.root.as_ref()?;
                Some(*project.has_facts.get_or_insert_with(|| estates.any(root)))
            });
            if asked != Some(true) {
                continue;
            }
            self.sync(at);
            let (Some(counts), Some(project)) = (&self.counts, self.projects.get(at)) else { continue };
            let Some(root) = project.root.clone() else { continue };
            let here = self.documents.iter().filter(|(_, document)| document.project == at);
            let files = here.filter(|(_, document)| !document.is_large());
            let files = files.map(|(path, document)| (path.clone(), document.is_saved())).collect();
            counts.send(Job::Count { project: root, files, halt: counts.halt() });
        }
    }

    pub(super) fn folders_changed(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let files = |all: &[lsp::WorkspaceFolder]| -> Vec<PathBuf> {
            all.iter().filter_map(|folder| file_of(&folder.uri)).collect()
        };
        let gone = files(&params.event.removed);
        self.folders.retain(|folder| !gone.contains(folder));
        self.folders.extend(files(&params.event.added));
        self.load();
        self.ask_again();
    }

    /// What is on disk has changed: an editor that asks should ask again.
    fn ask_again(&self) {
        if self.can.pulls && self.can.refreshes_diagnostics {
            self.say(Outgoing::AskAgain);
        }
    }

    /// Says that something has begun, or that it has ended.
    pub(super) fn progress(&self, title: Option<&str>) {
        if self.can.progress {
            self.say(match title {
                Some(title) => Outgoing::Begin(title.to_owned()),
                None => Outgoing::End,
            });
        }
    }

    /// Publishes the diagnostics of every open document where they, or its version, are others than before.
    /// An editor that asks for them is told of none: it would show them twice.
    pub(super) fn publish(&mut self) {
        self.want_counts();
        if self.can.pulls {
            return;
        }
        let mut changed = Vec::new();
        for (path, document) in &self.documents {
            let found = self.diagnostics_of(document.project, path);
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

    /// What is wrong with a file of a project, as the editor is told.
    pub(super) fn diagnostics_of(&self, at: usize, path: &str) -> Vec<lsp::Diagnostic> {
        let Some(project) = self.projects.get(at) else { return Vec::new() };
        let found = ide::diagnostics::diagnostics(&project.db, path);
        if found.is_empty() {
            return Vec::new();
        }
        let shown = self.with_lines(at, path, |lines| {
            let shown = found.iter().map(|found| {
                let related = found.related.iter().filter(|_| self.can.related).filter_map(|related| {
                    let location = self.location(at, &related.path, related.span)?;
                    Some(lsp::DiagnosticRelatedInformation { location, message: related.message.clone() })
                });
                let related: Vec<_> = related.collect();
                lsp::Diagnostic {
                    related_information: (!related.is_empty()).then_some(related),
                    ..lines.diagnostic(found)
                }
            });
            shown.collect()
        });
        shown.unwrap_or_default()
    }

    pub(super) const fn lines<'a>(&self, document: &'a Document) -> Lines<'a> {
        Lines { text: document.text.as_str(), index: &document.index, encoding: self.encoding }
    }

    /// Calls `look` with the lines of a text of a project.
    pub(super) fn with_lines<T>(
        &self,
        project: usize,
        path: &str,
        look: impl FnOnce(Lines<'_>) -> T,
    ) -> Option<T> {
        if let Some(document) = self.documents.get(path).filter(|document| document.project == project) {
            return Some(look(self.lines(document)));
        }
        let db = &self.projects.get(project)?.db;
        let text = db.file(path)?.text(db);
        Some(look(Lines { text, index: &LineIndex::new(text), encoding: self.encoding }))
    }

    pub(super) fn location(&self, project: usize, path: &str, span: Span) -> Option<lsp::Location> {
        let uri = if !self.documents.contains_key(path) && Library::has(path) {
            let db = &self.projects.get(project)?.db;
            self.library.show(path, db.file(path)?.text(db))?
        } else {
            self.uri_of(path)?
        };
        let range = self.with_lines(project, path, |lines| lines.range(span))?;
        Some(lsp::Location { uri, range })
    }

    /// A file that is no library's, as its editor writes it.
    pub(super) fn uri_of(&self, path: &str) -> Option<Uri> {
        match self.documents.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => Uri::from_file_path(Path::new(path)),
        }
    }

    /// The project and the path of a text: one that is open, one of the library, or one on disk.
    pub(super) fn known_text(&self, uri: &Uri) -> Option<(usize, String)> {
        if let Some(path) = file_of(uri).and_then(|file| self.library.path(&file)) {
            // Every project that has the library has the same.
            return Some((self.projects.iter().position(|project| project.db.file(&path).is_some())?, path));
        }
        let path = path_of(uri);
        match self.documents.get(&path) {
            Some(document) => Some((document.project, path)),
            None => Some((self.projects.iter().position(|project| project.db.file(&path).is_some())?, path)),
        }
    }

    /// The same, of a text that is small enough to be looked at as a whole.
    pub(super) fn small(&self, uri: &Uri) -> Option<(usize, String)> {
        let (project, path) = self.known_text(uri)?;
        if self.documents.get(&path).is_some_and(Document::is_large) {
            return None;
        }
        Some((project, path))
    }

    pub(super) fn asked(&self, params: &TextDocumentPositionParams) -> Option<Asked> {
        let (project, path) = self.known_text(&params.text_document.uri)?;
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

    pub(super) fn say(&self, message: Outgoing) {
        // An editor that has gone hears nothing.
        let _gone = self.out.send(message);
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
pub(super) fn path_of(uri: &Uri) -> String {
    file_of(uri).map_or_else(|| uri.as_str().to_owned(), |file| file.to_string_lossy().into_owned())
}

/// The file of a document that is one.
pub(super) fn file_of(uri: &Uri) -> Option<PathBuf> {
    uri.scheme()
        .as_str()
        .eq_ignore_ascii_case("file")
        .then(|| uri.to_file_path())?
        .map(|path| path.into_owned())
}
