//! The protocol: messages become events, one loop answers them in their order.
//!
//! The framework runs up to four handlers at once, in whatever order they become ready after their first
//! `await`. So a handler only sends an event, before it awaits anything: the order of the events is the
//! order of the messages, and no answer is made from a text that is older than the question.

mod capabilities;
mod convert;
mod document;
mod event;
mod handlers;
mod library;
mod main_loop;
mod outgoing;
mod project;
mod quiet;
mod requests;
mod settings;
mod state;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::{LspService, Server};

use crate::population::Estates;
use handlers::Handlers;
use state::State;

/// Room for deeply nested texts on the main loop's stack, in bytes.
const STACK: usize = 16 * 1024 * 1024;

/// What a server is told by who starts it.
#[derive(Clone, Debug)]
pub struct Options {
    /// For how long the texts must rest before diagnostics are published.
    pub quiet: Duration,
    /// A folder of the user's for the library's texts, written when an editor asks to see one. Without
    /// it names of the library lead nowhere.
    pub cache: Option<PathBuf>,
    /// Where facts come from. Without it there are no lenses.
    pub estates: Option<Arc<dyn Estates>>,
}

impl Default for Options {
    /// 2 ms of rest, which keeps edits that come together together, and the user's cache folder where the environment names one.
    fn default() -> Self {
        let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = folder("XDG_CACHE_HOME")
            .or_else(|| folder("LOCALAPPDATA"))
            .or_else(|| Some(folder("HOME")?.join(".cache")));
        Self {
            quiet: Duration::from_millis(2),
            cache: cache.map(|cache| cache.join("assize")),
            estates: None,
        }
    }
}

/// Serves one editor until it says `exit` or its side closes. Answers whether it asked to `shutdown`
/// first, as the protocol wants.
///
/// # Errors
/// Where no thread can be started.
pub async fn serve<I, O>(input: I, output: O) -> io::Result<bool>
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    serve_with(input, output, Options::default()).await
}

/// Like [`serve`], with options.
///
/// # Errors
/// Where no thread can be started.
pub async fn serve_with<I, O>(input: I, output: O, options: Options) -> io::Result<bool>
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let (events, received) = std::sync::mpsc::channel();
    let (outgoing, sent) = tokio::sync::mpsc::unbounded_channel();
    let quiet = options.quiet;
    let thread = std::thread::Builder::new()
        .name("assize-lsp".to_owned())
        .stack_size(STACK)
        .spawn(move || main_loop::run(State::new(options, outgoing), &received, quiet))?;
    let orderly = Arc::new(AtomicBool::new(false));
    let shutdown = Arc::clone(&orderly);
    let mut forward = None;
    let (service, socket) = LspService::new(|client| {
        forward = Some(tokio::spawn(outgoing::forward(client, sent)));
        Handlers::new(events, shutdown)
    });
    Server::new(input, output, socket).serve(service).await;
    // The service is gone, and with it every sender of events: the loop ends by itself. What it still had
    // to say nobody reads any more.
    if let Some(forward) = forward {
        forward.abort();
    }
    let _ended = thread.join();
    Ok(orderly.load(Ordering::Relaxed))
}

/// The whole server on standard input and output. Answers as [`serve`].
///
/// # Errors
/// Where the runtime or a thread cannot be started.
pub fn run_stdio(options: Options) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let orderly = runtime.block_on(serve_with(tokio::io::stdin(), tokio::io::stdout(), options));
    // A read of standard input cannot be called off: waiting for it would keep the process.
    runtime.shutdown_background();
    orderly
}
