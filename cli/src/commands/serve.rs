//! `assize serve`: the decision point, for gateways.

use std::path::PathBuf;

use clap::Args;

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize config check gateway.toml      say what is wrong with a configuration\n  \
    assize serve --config gateway.toml    answer gateways until told to end\n\n\
    SIGHUP loads policies and tokens anew; what does not compile, or fails its own tests, changes nothing.\n\
    SIGTERM and SIGINT end it once what is in work is finished. docs/gateways/ has a page a gateway.")]
pub struct ServeArgs {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// Serves until told to end.
#[cfg(feature = "serve")]
pub fn run(args: &ServeArgs, shell: &Shell) -> Result<Exit, CliError> {
    let config = super::config::read(&args.config)?;
    let notes = shell.clone();
    assize_gateway::run(config, move |text| notes.note(text))
        .map(|()| Exit::Clean)
        .map_err(|error| CliError::Usage(format!("{}: {error}", args.config.display())))
}

/// Says how to get a build that can.
#[cfg(not(feature = "serve"))]
pub fn run(_: &ServeArgs, _: &Shell) -> Result<Exit, CliError> {
    Err(CliError::Usage(super::config::NO_SERVER.to_owned()))
}
