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
    SIGHUP loads policies, tokens and certificates anew; what does not compile, or fails its own tests, changes nothing.\n\
    SIGTERM and SIGINT end it once what is in work is finished. docs/gateways/ has a page a gateway.")]
pub struct ServeArgs {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,

    /// Serve the page too, at /ui/: decisions as they come, why, and who watched
    #[arg(long)]
    pub ui: bool,
}

/// Serves until told to end.
#[cfg(feature = "serve")]
pub fn run(args: &ServeArgs, shell: &Shell) -> Result<Exit, CliError> {
    let mut config = super::config::read(&args.config)?;
    config.ui.enabled |= args.ui;
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
