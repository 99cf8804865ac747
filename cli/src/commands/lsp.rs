//! `assize lsp`: the language server, on standard input and output.

use clap::Args;

use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
#[command(
    after_help = "An editor starts this; docs/editor.md says how. The counts above policies are of the facts that the\n\
    project's assize.toml names."
)]
pub struct LspArgs {}

/// Serves until the editor ends it.
#[cfg(feature = "lsp")]
pub fn run(_: &LspArgs) -> Result<Exit, CliError> {
    let estates = std::sync::Arc::new(crate::population::Projects);
    let options = assize_lsp::Options { estates: Some(estates), ..assize_lsp::Options::default() };
    match assize_lsp::run_stdio(options) {
        // An editor that goes without saying so is, by the protocol, a failure.
        Ok(asked) => Ok(if asked { Exit::Clean } else { Exit::Decided }),
        Err(error) => Err(CliError::Usage(format!("the language server ended: {error}"))),
    }
}

/// Says how to get a build that can.
#[cfg(not(feature = "lsp"))]
pub fn run(_: &LspArgs) -> Result<Exit, CliError> {
    let text = "this build of `assize` has no language server; install one with `cargo install --path cli`";
    Err(CliError::Usage(text.to_owned()))
}
