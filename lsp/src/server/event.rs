//! What can happen to the main loop.

use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams,
    InitializeResult,
};

use super::state::State;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// One thing that happens.
pub(super) enum Event {
    Initialize(Box<InitializeParams>, Reply<InitializeResult>),
    Initialized,
    Open(DidOpenTextDocumentParams),
    Change(DidChangeTextDocumentParams),
    Close(DidCloseTextDocumentParams),
    Save(DidSaveTextDocumentParams),
    Watched(DidChangeWatchedFilesParams),
    Folders(DidChangeWorkspaceFoldersParams),
    /// A question, which is answered from the texts as they are when its turn comes.
    Ask(Box<dyn Question>),
}

/// Something that somebody waits for.
pub(super) trait Question: Send {
    /// Whether nobody waits any more.
    fn is_called_off(&self) -> bool;

    /// Answers it.
    fn answer(self: Box<Self>, state: &mut State);
}

/// A question with the way to its answer.
pub(super) struct Asked<F, T> {
    pub(super) look: F,
    pub(super) reply: Reply<T>,
}

impl<F, T> Question for Asked<F, T>
where
    F: FnOnce(&mut State) -> Result<T> + Send,
    T: Send,
{
    fn is_called_off(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self: Box<Self>, state: &mut State) {
        let Self { look, reply } = *self;
        let made = super::main_loop::isolated(|| look(state)).and_then(|made| made);
        // Nobody waits for the answer to a request that was called off meanwhile.
        let _called_off = reply.send(made);
    }
}
