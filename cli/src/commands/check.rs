//! `assize check`: policies, checked and not run.

use std::path::PathBuf;

use assize_lang::diagnostic::{Diagnostic, Severity, Span};
use clap::Args;
use serde_json::{Value, json};

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self};
use crate::sources::{Texts, count};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize check                             the project's policies\n  \
    assize check policies/keys.assize        one file\n  \
    assize check --format json               diagnostics for programs\n\n\
    Exit codes: 0 no errors (warnings are none), 2 errors.")]
pub struct CheckArgs {
    /// Files and folders of policies instead of the project's
    paths: Vec<PathBuf>,

    /// Leave the standard library out
    #[arg(long)]
    no_stdlib: bool,

    /// A threshold, by its qualified name
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How diagnostics are written.
    Kind { Text = "text", Json = "json" }
}

/// Checks and draws.
pub fn run(args: &CheckArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = EstateArgs {
        policies: args.paths.clone(),
        no_stdlib: args.no_stdlib,
        set: args.set.clone(),
        ..EstateArgs::default()
    };
    let project = shell.project(&estate)?;
    let texts = Texts::read(&project.settings.policies, project.settings.stdlib)?;
    if texts.own.is_empty() && !texts.stdlib {
        return Err(CliError::Usage("no policies to check; name files or folders".to_owned()));
    }
    let builder = estate::builder(&project, &texts);
    let (engine, found) = builder.clone().build_partial();
    let drawn = texts.draw(&found, Severity::Warning, shell.out);
    write_all(&args.format, |kind, _| match kind {
        Kind::Text => {
            let found = [count(drawn.errors, "error"), count(drawn.warnings, "warning")].join(", ");
            let files = if texts.own.is_empty() {
                "the standard library".to_owned()
            } else {
                count(texts.own.len(), "file")
            };
            Ok(format!("{}checked {files}: {found}\n", drawn.text))
        }
        Kind::Json => {
            let all = found.iter().flat_map(|file| {
                file.diagnostics.iter().map(|diagnostic| diagnostic_json(&texts, &file.path, diagnostic))
            });
            output::json(&json!({
                "version": 1,
                "errors": drawn.errors,
                "warnings": drawn.warnings,
                "diagnostics": all.collect::<Vec<_>>(),
            }))
        }
    })?;
    if engine.is_none() {
        return Err(estate::settings_error(&project, builder));
    }
    Ok(if drawn.errors > 0 { Exit::Error } else { Exit::Clean })
}

/// A diagnostic with lines and columns, both from 1; columns count characters.
fn diagnostic_json(texts: &Texts, path: &str, diagnostic: &Diagnostic) -> Value {
    let text_of = |file: &str| texts.all().find(|(path, _)| *path == file).map_or("", |(_, text)| text);
    let range = |file: &str, span: Span| {
        let text = text_of(file);
        json!({"start": place(text, span.start), "end": place(text, span.end)})
    };
    json!({
        "code": diagnostic.code.as_str(),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": path,
        "range": range(path, diagnostic.span),
        "label": diagnostic.label,
        "labels": diagnostic.labels.iter().map(|label| {
            let file = label.file.as_deref().unwrap_or(path);
            json!({"file": file, "range": range(file, label.span), "message": label.message})
        }).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fixes": diagnostic.fixes.iter().map(|fix| json!({
            "message": fix.message,
            "range": range(path, fix.span),
            "replacement": fix.replacement,
        })).collect::<Vec<_>>(),
    })
}

/// The line and column of a byte.
fn place(text: &str, byte: u32) -> Value {
    let before = text.get(..usize::try_from(byte).unwrap_or(usize::MAX)).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    json!({"line": line, "column": column, "byte": byte})
}
