//! `assize snapshot joins`: whether what the tools say fits together.

use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{joins, json, term::Term};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize snapshot joins\n  \
    assize snapshot joins --facts estate --format json\n\n\
    A reference that leads nowhere names something that no source reports: a tool is missing, or it calls the\n\
    thing by another key. Absent is known to refer to nothing; the other words say why it is not known.")]
pub struct JoinsArgs {
    #[command(flatten)]
    estate: EstateArgs,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How the joins are written.
    Kind { Text = "text", Json = "json" }
}

/// Counts the references.
pub fn run(args: &JoinsArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&args.estate, shell)?;
    let loaded = estate.load(&args.estate, shell)?;
    let all = estate.engine.joined(&loaded.snapshot, estate.now());
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(joins::text(if on_stdout { shell.out } else { Term::PLAIN }, &all)),
        Kind::Json => json(&joins::Shown::new(&all)),
    })?;
    Ok(estate.exit.and(loaded.exit))
}
