//! `assize completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell as Kind;

use crate::args::Cli;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize completions bash > ~/.local/share/bash-completion/completions/assize\n  \
    assize completions zsh > \"${fpath[1]}/_assize\"\n  \
    assize completions fish > ~/.config/fish/completions/assize.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Kind,
}

/// Writes the completions.
pub fn run(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "assize", &mut text);
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}
