//! `assize rank`: the order in which work is worth somebody's time.

mod diff;

use clap::{Args, Subcommand};

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
pub struct RankArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what moved in the order between two sets of facts, and why
    Diff(diff::DiffArgs),
}

/// Runs one of its commands.
pub fn run(args: &RankArgs, shell: &Shell) -> Result<Exit, CliError> {
    match &args.what {
        What::Diff(args) => diff::run(args, shell),
    }
}
