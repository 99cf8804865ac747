//! `assize config`: configurations of the decision point.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;

/// What a build without the server says.
#[cfg(not(feature = "serve"))]
pub const NO_SERVER: &str =
    "this build of `assize` has no server; install one with `cargo install --path cli --features serve`";

/// What the command takes.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say what is wrong with a configuration, its policies and its bindings among it
    Check {
        /// The configuration
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Checks it.
#[cfg(feature = "serve")]
pub fn run(args: &ConfigArgs, shell: &Shell) -> Result<Exit, CliError> {
    let ConfigCommand::Check { file } = &args.command;
    let config = read(file)?;
    let entries = assize_gateway::check(&config)
        .map_err(|error| CliError::Usage(format!("{}: {error}", file.display())))?;
    shell.note(&format!("{}: fine; entries: {}", file.display(), entries.join(", ")));
    Ok(Exit::Clean)
}

/// The configuration in a file.
#[cfg(feature = "serve")]
pub fn read(file: &std::path::Path) -> Result<assize_gateway::Config, CliError> {
    assize_gateway::Config::read(file).map_err(|error| CliError::Usage(error.to_string()))
}

/// Says how to get a build that can.
#[cfg(not(feature = "serve"))]
pub fn run(args: &ConfigArgs, _: &Shell) -> Result<Exit, CliError> {
    let ConfigCommand::Check { .. } = &args.command;
    Err(CliError::Usage(NO_SERVER.to_owned()))
}
