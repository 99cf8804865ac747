//! `assize snapshot export`: a snapshot as text.

use std::path::PathBuf;

use assize::facts::Line;
use assize_lang::plan::{Schema, Type};
use clap::Args;

use super::{Shell, read};
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output;
use crate::snapshot::Builder;
use crate::sources::count;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize snapshot export estate > facts.ndjson\n  \
    assize snapshot export estate --type Secret | jq .Secret.id\n\n\
    What the types of the project here, or else of the standard library, call sensitive is left out: in what\n\
    is written it was not collected.")]
pub struct ExportArgs {
    /// The snapshot
    snapshot: PathBuf,

    /// Only the lines of this type, as its file in the snapshot is called; repeatable
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,

    /// The file to write; standard output where nobody says
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the lines.
pub fn run(args: &ExportArgs, shell: &Shell) -> Result<Exit, CliError> {
    let mut builder = Builder::default();
    read(&args.snapshot, &mut builder)?;
    let known: Vec<&str> = builder.lines().map(|(file, _)| file.trim_end_matches(".ndjson")).collect();
    if let Some(wrong) = args.types.iter().find(|ty| !known.contains(&ty.as_str())) {
        let (place, known) = (args.snapshot.display(), known.join(", "));
        return Err(CliError::Usage(format!("`{place}` holds nothing of `{wrong}`; it holds {known}")));
    }
    let estate = Estate::compile(&EstateArgs::default(), shell)?;
    let (mut text, mut hidden) = (String::new(), 0_usize);
    for (file, lines) in builder.lines() {
        let ty = file.trim_end_matches(".ndjson");
        if args.types.is_empty() || args.types.iter().any(|wanted| wanted == ty) {
            for line in lines {
                text.push_str(&shown(line, &estate.engine.program().schema, &mut hidden));
                text.push('\n');
            }
        }
    }
    if hidden > 0 {
        shell.note(&format!("{} left out", count(hidden, "sensitive value")));
    }
    match &args.out {
        Some(path) => std::fs::write(path, text).map_err(|error| CliError::write(path, &error))?,
        None => output::print(&text)?,
    }
    Ok(estate.exit)
}

/// The line without what is sensitive in it.
fn shown(text: &str, schema: &Schema, hidden: &mut usize) -> String {
    let line = serde_json::from_str(text).ok().and_then(|json| Line::from_json(json).ok());
    let Some(Line::Report(mut report)) = line else { return text.to_owned() };
    let Some(ty) = schema.fact(&report.ty) else { return text.to_owned() };
    let before = report.fields.len();
    for field in ty.fields.iter().filter(|field| is_sensitive(&field.ty)) {
        report.fields.remove(field.name.as_str());
    }
    *hidden = hidden.saturating_add(before.saturating_sub(report.fields.len()));
    Line::Report(report).to_json().to_string()
}

fn is_sensitive(ty: &Type) -> bool {
    match ty {
        Type::Sensitive(_) => true,
        Type::List(of) | Type::Optional(of) => is_sensitive(of),
        Type::Map(key, value) => is_sensitive(key) || is_sensitive(value),
        _ => false,
    }
}
