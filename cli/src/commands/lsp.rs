//! `assize lsp`: the language server, on standard input and output.

use clap::Args;

use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
#[command(
    after_help = "An editor starts this; docs/editor.md says how. It is in a build with the feature `lsp`:\n  \
    cargo install --path cli --features lsp"
)]
pub struct LspArgs {}

/// Serves until the editor ends it.
#[cfg(feature = "lsp")]
pub fn run(_: &LspArgs) -> Result<Exit, CliError> {
    match assize_lsp::run_stdio() {
        // An editor that goes without saying so is, by the protocol, a failure.
        Ok(asked) => Ok(if asked { Exit::Clean } else { Exit::Decided }),
        Err(error) => Err(CliError::Usage(format!("the language server ended: {error}"))),
    }
}

/// Says how to get a build that can.
#[cfg(not(feature = "lsp"))]
pub fn run(_: &LspArgs) -> Result<Exit, CliError> {
    let text = "this build of `assize` has no language server; install one with `cargo install --path cli --features lsp`";
    Err(CliError::Usage(text.to_owned()))
}
