//! `assize snapshot export`: a snapshot as text.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use assize::facts::Line;
use assize_lang::plan::{Schema, Type};
use clap::Args;

use super::{Shell, must_be_snapshot};
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output;
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
    must_be_snapshot(&args.snapshot)?;
    let manifest = assize_snapshots::manifest(&args.snapshot)?;
    let known: Vec<&str> = manifest.counts.keys().map(String::as_str).collect();
    if let Some(wrong) = args.types.iter().find(|ty| !known.contains(&ty.as_str())) {
        let (place, known) = (args.snapshot.display(), known.join(", "));
        return Err(CliError::Usage(format!("`{place}` holds nothing of `{wrong}`; it holds {known}")));
    }
    let estate = Estate::compile(&EstateArgs::default(), shell)?;
    let mut out = Out::new(args.out.as_deref())?;
    let mut hidden = 0_usize;
    let wanted = |name: &str| args.types.is_empty() || args.types.iter().any(|wanted| wanted == name);
    assize_snapshots::read_some(&args.snapshot, &wanted, &mut |_, _, line| {
        out.line(&shown(line, &estate.engine.program().schema, &mut hidden));
    })?;
    out.finish()?;
    if hidden > 0 {
        shell.note(&format!("{} left out", count(hidden, "sensitive value")));
    }
    Ok(estate.exit)
}

/// How much text is gathered before it is written.
const CHUNK: usize = 1 << 16;

/// Where the lines go. The first thing that goes wrong is kept, and nothing is written after it.
struct Out<'a> {
    file: Option<(&'a Path, File)>,
    text: String,
    done: Result<(), CliError>,
}

impl<'a> Out<'a> {
    fn new(path: Option<&'a Path>) -> Result<Self, CliError> {
        let create = |path: &'a Path| match File::create(path) {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(CliError::write(path, &error)),
        };
        let file = path.map(create).transpose()?;
        Ok(Self { file, text: String::new(), done: Ok(()) })
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        if self.text.len() >= CHUNK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.done.is_ok() && !text.is_empty() {
            self.done = match &mut self.file {
                Some((path, file)) => {
                    file.write_all(text.as_bytes()).map_err(|error| CliError::write(path, &error))
                }
                None => output::print(&text),
            };
        }
    }

    fn finish(mut self) -> Result<(), CliError> {
        self.flush();
        self.done
    }
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
