//! `assize schema`: what facts look like.

use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self, schema, schema_page};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize schema                  every type, signal and enum\n  \
    assize schema Secret           one of them\n  \
    assize schema --format json    for programs\n  \
    assize schema --format markdown:docs/facts.md    a page with a drawing")]
pub struct SchemaArgs {
    /// A type, an enum or a signal
    name: Option<String>,

    /// text, json or markdown, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How the schema is written.
    Kind { Text = "text", Json = "json", Markdown = "markdown" }
}

/// Draws the schema.
pub fn run(args: &SchemaArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&EstateArgs::default(), shell)?;
    let known = &estate.engine.program().schema;
    write_all(&args.format, |kind, _| match kind {
        Kind::Text => schema::text(shell.out, known, args.name.as_deref()).ok_or_else(|| {
            let name = args.name.as_deref().unwrap_or_default();
            let names = known.facts.keys().chain(known.enums.keys()).chain(known.signals.keys());
            let near = crate::project::nearest(name, names.map(assize_lang::plan::Name::short));
            let remedy = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            CliError::Usage(format!("no type, enum or signal is called `{name}`{remedy}"))
        }),
        Kind::Json => output::json(&schema::json(known)),
        Kind::Markdown => Ok(schema_page::markdown(known)),
    })?;
    Ok(estate.exit)
}
