//! What the main loop says without being asked.

use tokio::sync::mpsc::UnboundedReceiver;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::{
    Diagnostic, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, MessageType,
    Registration, Uri,
};

/// One message to the editor.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// All diagnostics of a document, and the version of it that they were made from.
    Publish(Uri, Vec<Diagnostic>, Option<i32>),
    /// A line for the editor's log.
    Warn(String),
    /// A wish to be told of changes on disk.
    Watch,
}

/// Sends the messages in their order until the main loop ends.
pub(super) async fn forward(client: Client, mut messages: UnboundedReceiver<Outgoing>) {
    while let Some(message) = messages.recv().await {
        match message {
            Outgoing::Publish(uri, diagnostics, version) => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            Outgoing::Warn(text) => client.log_message(MessageType::WARNING, text).await,
            // It is answered, whenever the editor likes: what comes behind it does not wait.
            Outgoing::Watch => {
                let client = client.clone();
                tokio::spawn(async move { client.register_capability(vec![watchers()]).await });
            }
        }
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
