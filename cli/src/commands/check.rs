//! `assize check`: policies, checked and not run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assize::Engine;
use assize_lang::FileDiagnostics;
use assize_lang::cost::{self, Cardinality, PolicyCost};
use assize_lang::diagnostic::{Diagnostic, Severity, Span};
use assize_lang::plan::{Name, Program, Schema, Type};
use clap::Args;
use serde_json::{Value, json};

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::{self, Estate};
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{self};
use crate::project::{Project, nearest};
use crate::sources::{Texts, count};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize check                             the project's policies\n  \
    assize check policies/keys.assize        one file\n  \
    assize check --format json               diagnostics for programs\n  \
    assize check --cost                      what a case of each policy ranges over\n  \
    assize check --cost --counted            the same, at the sizes of the project's facts\n\n\
    Sizes stand in assize.toml, under [cardinality]; what is neither there nor counted is guessed.\n\
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

    /// Show how many list elements a case of each policy ranges over
    #[arg(long)]
    cost: bool,

    /// Count the sizes of the estate in the project's facts, where assize.toml does not say them
    #[arg(long, requires = "cost")]
    counted: bool,

    /// How many elements a case may range over
    #[arg(long, value_name = "ELEMENTS", requires = "cost", default_value_t = cost::BUDGET)]
    budget: u64,

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
    let (engine, mut found) = builder.clone().build_partial();
    let costs = match &engine {
        Some(engine) if args.cost => {
            let sizes = sizes(args, &project, &texts, engine, shell)?;
            Some(costs(args, &texts, engine.program(), &sizes, &mut found))
        }
        _ => None,
    };
    let drawn = texts.draw(&found, Severity::Warning, shell.out);
    write_all(&args.format, |kind, _| match kind {
        Kind::Text => {
            let found = [count(drawn.errors, "error"), count(drawn.warnings, "warning")].join(", ");
            let files = if texts.own.is_empty() {
                "the standard library".to_owned()
            } else {
                count(texts.own.len(), "file")
            };
            let costs = costs.as_ref().filter(|costs| !costs.is_empty());
            let costs = costs.map(|costs| format!("{}\n", output::cost::text(shell.out, costs)));
            Ok(format!("{}{}checked {files}: {found}\n", costs.unwrap_or_default(), drawn.text))
        }
        Kind::Json => {
            let all = found.iter().flat_map(|file| {
                file.diagnostics.iter().map(|diagnostic| diagnostic_json(&texts, &file.path, diagnostic))
            });
            let mut json = json!({
                "version": 1,
                "errors": drawn.errors,
                "warnings": drawn.warnings,
                "diagnostics": all.collect::<Vec<_>>(),
            });
            if let (Some(costs), Some(json)) = (&costs, json.as_object_mut()) {
                json.insert("cost".to_owned(), output::cost::json(costs, args.budget));
            }
            output::json(&json)
        }
    })?;
    if engine.is_none() {
        return Err(estate::settings_error(&project, builder));
    }
    Ok(if drawn.errors > 0 { Exit::Error } else { Exit::Clean })
}

/// What every policy costs; what is over the budget joins `found`.
fn costs(
    args: &CheckArgs,
    texts: &Texts,
    program: &Program,
    sizes: &Cardinality,
    found: &mut Vec<FileDiagnostics>,
) -> Vec<PolicyCost> {
    let own: BTreeSet<&str> = texts.own.iter().map(|(path, _)| path.as_str()).collect();
    // Whoever checks texts of their own asks about these; the library is looked at by itself.
    let mine = |cost: &PolicyCost| {
        let place = program.places.get(&cost.policy);
        own.is_empty() || place.is_some_and(|place| own.contains(place.file.as_str()))
    };
    let costs: Vec<PolicyCost> = cost::policies(program, sizes).into_iter().filter(mine).collect();
    for file in cost::over_budget(program, &costs, args.budget) {
        match found.iter_mut().find(|known| known.path == file.path) {
            Some(known) => known.diagnostics.extend(file.diagnostics),
            None => found.push(file),
        }
    }
    costs
}

/// The sizes of the estate: as the project declares them, and where it does not, as they are counted.
fn sizes(
    args: &CheckArgs,
    project: &Project,
    texts: &Texts,
    engine: &Engine,
    shell: &Shell,
) -> Result<Cardinality, CliError> {
    let mut sizes = Cardinality::default();
    if args.counted {
        let (project, engine, texts) = (project.clone(), engine.clone(), texts.clone());
        let estate = Estate::new(project, engine, texts, Exit::Clean);
        let loaded = estate.load(&EstateArgs::default(), shell)?;
        sizes = estate.engine.sizes(&loaded.snapshot, estate.now());
    }
    declared(project, &engine.program().schema, &mut sizes)?;
    Ok(sizes)
}

/// Takes over the sizes that the project declares.
fn declared(project: &Project, schema: &Schema, out: &mut Cardinality) -> Result<(), CliError> {
    let file = project.file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default();
    let fact = |name: &str| {
        schema.fact(name).ok_or_else(|| {
            let near = nearest(name, schema.facts.keys().map(Name::short));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            CliError::Usage(format!("{file}`[cardinality]` names `{name}`, which is no type of fact{hint}"))
        })
    };
    for (name, count) in &project.settings.cardinality.facts {
        out.set_facts(fact(name)?.name.clone(), *count);
    }
    for (name, list, members) in &project.settings.cardinality.lists {
        let ty = fact(name)?;
        let fields = ty.fields.iter().filter(|field| matches!(field.ty, Type::List(_)));
        let lists =
            || ty.inverses.iter().map(|it| it.name.as_str()).chain(fields.clone().map(|it| it.name.as_str()));
        if !lists().any(|known| known == list) {
            let near = nearest(list, lists());
            let hint = near.map(|near| format!("; did you mean `{name}.{near}`?")).unwrap_or_default();
            let text = format!("{file}`[cardinality.lists]` names `{name}.{list}`, which is no list{hint}");
            return Err(CliError::Usage(text));
        }
        out.set_list(ty.name.clone(), Name::from(list), *members);
    }
    Ok(())
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
