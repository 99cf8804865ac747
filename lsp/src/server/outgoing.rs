//! What the main loop says without being asked.

use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tower_lsp_server::Client;
use tower_lsp_server::jsonrpc::Error;
use tower_lsp_server::ls_types::{
    Diagnostic, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, MessageType,
    NumberOrString, Range, Registration, ShowDocumentParams, Uri, WorkspaceEdit,
};

use super::library::Library;
use super::requests::lenses::{After, Said, failed, said};

/// One message to the editor.
pub(super) enum Outgoing {
    /// All diagnostics of a document, and the version of it that they were made from.
    Publish(Uri, Vec<Diagnostic>, Option<i32>),
    /// A line for the editor's log.
    Warn(String),
    /// A line that somebody should see.
    Show(String),
    /// A wish to be asked for diagnostics again.
    AskAgain,
    /// Something has begun that takes a while.
    Begin(String),
    /// It has ended.
    End,
    /// What the editor can do.
    Can(super::capabilities::Client),
    /// A wish to be asked for lenses again.
    LensesAgain,
    /// A command whose answer is on its way: what is said of it, and where it goes.
    Answer {
        command: String,
        /// The document that it is about, its end, and what stands between that and what is added.
        end: Option<(Uri, Range, &'static str)>,
        folder: Library,
        answer: oneshot::Receiver<Result<Value, String>>,
        after: After,
    },
    /// A wish to be told of changes on disk.
    Watch,
}

/// Sends the messages in their order until the main loop ends.
pub(super) async fn forward(client: Client, mut messages: UnboundedReceiver<Outgoing>) {
    let mut can = super::capabilities::Client::default();
    let mut count = 0_i32;
    let mut shown: Option<tokio::task::JoinHandle<Option<Ongoing>>> = None;
    while let Some(message) = messages.recv().await {
        match message {
            Outgoing::Publish(uri, diagnostics, version) => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            Outgoing::Warn(text) => client.log_message(MessageType::WARNING, text).await,
            Outgoing::Show(text) => client.show_message(MessageType::WARNING, text).await,
            Outgoing::AskAgain => {
                let client = client.clone();
                tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
            }
            Outgoing::Begin(title) => {
                count = count.saturating_add(1);
                shown = Some(tokio::spawn(begin(client.clone(), count, title)));
            }
            Outgoing::LensesAgain => {
                let client = client.clone();
                tokio::spawn(async move { client.code_lens_refresh().await });
            }
            Outgoing::Answer { command, end, folder, answer, after } => {
                let client = client.clone();
                tokio::spawn(async move {
                    let made = match answer.await {
                        Ok(Ok(made)) => made,
                        Ok(Err(why)) => {
                            let _called_off = after.send(Err(failed(why)));
                            return;
                        }
                        Err(_) => {
                            let _called_off = after.send(Err(Error::internal_error()));
                            return;
                        }
                    };
                    let place = end.as_ref().map(|(_, range, gap)| (*range, *gap));
                    tell(&client, &folder, said(&command, &made, place), end.map(|(uri, ..)| uri), can).await;
                    let _called_off = after.send(Ok(Some(made)));
                });
            }
            Outgoing::Can(client) => can = client,
            Outgoing::End => {
                if let Some(shown) = shown.take() {
                    tokio::spawn(end(shown));
                }
            }
            // It is answered, whenever the editor likes: what comes behind it does not wait.
            Outgoing::Watch => {
                let client = client.clone();
                tokio::spawn(async move { client.register_capability(vec![watchers()]).await });
            }
        }
    }
}

/// Shows what came of a command, as far as the editor can.
async fn tell(
    client: &Client,
    folder: &Library,
    said: Said,
    uri: Option<Uri>,
    can: super::capabilities::Client,
) {
    match said {
        Said::Line(line) => client.show_message(MessageType::INFO, line).await,
        Said::Page(path, text) if can.shows => {
            if let Some(uri) = folder.show(&path, &text) {
                let params =
                    ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: None };
                let _refused = client.show_document(params).await;
            }
        }
        Said::Write(edit) if can.applies => {
            if let Some(uri) = uri {
                let edit = WorkspaceEdit::new([(uri, vec![edit])].into());
                let _refused = client.apply_edit(edit).await;
            }
        }
        Said::Page(..) | Said::Write(_) | Said::Nothing => {}
    }
}

type Ongoing =
    tower_lsp_server::OngoingProgress<tower_lsp_server::Unbounded, tower_lsp_server::NotCancellable>;

/// Asks the editor to show that something goes on. It may say no, or nothing: nobody waits for it.
async fn begin(client: Client, count: i32, title: String) -> Option<Ongoing> {
    let token = NumberOrString::Number(count);
    client.create_work_done_progress(token.clone()).await.ok()?;
    Some(client.progress(token, title).begin().await)
}

async fn end(shown: tokio::task::JoinHandle<Option<Ongoing>>) {
    if let Ok(Some(ongoing)) = shown.await {
        ongoing.finish().await;
    }
}

fn watchers() -> Registration {
    let watcher =
        |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: vec![watcher("**/*.assize"), watcher("**/assize.toml")],
    };
    Registration {
        id: "assize-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}
