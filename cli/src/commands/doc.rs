//! `assize doc`: what a code, a control, a policy or a connector is.

use assize::value::{Possible, describe};
use assize_lang::diagnostic::Code;
use assize_lang::plan::{Mode, Policy};
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::controls::{Control, controls};
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::card::{Card, heading};
use crate::output::format::{Format, formats, write_all};
use crate::output::{self, policies, schema::first_paragraph};
use crate::project::nearest;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize doc                       everything that has a page\n  \
    assize doc E0203                 a diagnostic\n  \
    assize doc NHI7:2025             a control, and the policies that serve it\n  \
    assize doc idle_static_secret    a policy, with its thresholds and its text\n  \
    assize doc trivy                 a connector, and the command that makes its input\n  \
    assize doc --format markdown:policies.md    the pages of all policies\n  \
    assize doc --format toml >> assize.toml     every param with its default, commented out")]
pub struct DocArgs {
    /// A code, a control, a policy or a connector
    name: Option<String>,

    /// Of all policies at once: markdown, their pages, or toml, every param as a settings file; to standard
    /// output or to a file
    #[arg(long, value_name = "F[:PATH]", conflicts_with = "name")]
    format: Vec<Format<Kind>>,
}

formats! {
    /// How all policies are written.
    Kind { Markdown = "markdown", Toml = "toml" }
}

/// The pages of connectors, by name.
const CONNECTORS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/connector_pages.rs"));

/// Prints the page.
pub fn run(args: &DocArgs, shell: &Shell) -> Result<Exit, CliError> {
    if !args.format.is_empty() {
        let estate = Estate::compile(&EstateArgs::default(), shell)?;
        write_all(&args.format, |kind, _| {
            Ok(match kind {
                Kind::Markdown => policies::markdown(&estate.engine),
                Kind::Toml => policies::toml(&estate.engine),
            })
        })?;
        return Ok(Exit::Clean);
    }
    let Some(name) = &args.name else {
        output::print(&index(shell)?)?;
        return Ok(Exit::Clean);
    };
    if let Some(text) = code(name).or_else(|| connector(shell, name)) {
        output::print(&text)?;
        return Ok(Exit::Clean);
    }
    let book = Book::open(shell)?;
    let text = book.policy(shell, name).or_else(|| book.control(shell, name));
    let text = text.ok_or_else(|| {
        let known = book.names();
        let near = nearest(name, known.iter().map(String::as_str));
        let remedy = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`assize doc` lists what there is".to_owned(),
        };
        CliError::Usage(format!("no code, control, policy or connector is called `{name}`; {remedy}"))
    })?;
    output::print(&text)?;
    Ok(Exit::Clean)
}

fn code(name: &str) -> Option<String> {
    let code = Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(name))?;
    Some(code.page().to_owned())
}

fn connector(shell: &Shell, name: &str) -> Option<String> {
    let connector = assize_ingest::connectors().iter().find(|connector| connector.name() == name)?;
    let mut card = Card::new(connector.name(), format!("- {}", connector.title()));
    card.row("made by", connector.command());
    card.row("read by", format!("assize ingest {} FILE --out SNAPSHOT", connector.name()));
    let mut text = card.draw(shell.out, 0, "36");
    if let Some((_, page)) = CONNECTORS.iter().find(|(page, _)| *page == name) {
        text.push('\n');
        text.push_str(page);
    }
    Some(text)
}

/// Everything that has a page, a line each.
fn index(shell: &Shell) -> Result<String, CliError> {
    let book = Book::open(shell)?;
    let policies = book.estate.engine.program().policies.values();
    let policies = policies.map(|policy| (policy.name.to_string(), first_sentence(&policy.docs)));
    let connectors = assize_ingest::connectors().iter();
    let connectors = connectors.map(|it| (it.name().to_owned(), it.title().to_owned()));
    let controls = book.controls.iter().map(|control| (control.id.clone(), control.title.clone()));
    let codes = Code::ALL.iter().map(|code| (code.to_string(), code.summary().to_owned()));
    let groups: [(&str, Vec<(String, String)>); 4] = [
        ("policies", policies.collect()),
        ("connectors", connectors.collect()),
        ("controls", controls.collect()),
        ("diagnostics", codes.collect()),
    ];
    let mut out = String::new();
    for (title, lines) in groups {
        out.push_str(&heading(shell.out, title, "1"));
        let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, words) in lines {
            let line = format!("  {name:<widest$}  {words}");
            out.push_str(cut(&line, shell.out.width).trim_end());
            out.push('\n');
        }
    }
    Ok(out)
}

/// The line, at most `width` columns of it.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// A doc comment up to its first full stop.
fn first_sentence(docs: &str) -> String {
    let paragraph = first_paragraph(docs);
    match paragraph.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => paragraph,
    }
}

/// What pages are made from.
struct Book {
    estate: Estate,
    controls: Vec<Control>,
}

impl Book {
    fn open(shell: &Shell) -> Result<Self, CliError> {
        let estate = Estate::compile(&EstateArgs::default(), shell)?;
        let controls = estate.texts.all().flat_map(|(_, text)| controls(text)).collect();
        Ok(Self { estate, controls })
    }

    fn names(&self) -> Vec<String> {
        let policies = self.estate.engine.program().policies.keys();
        let policies = policies.flat_map(|name| [name.short().to_owned(), name.to_string()]);
        let controls = self.controls.iter().map(|control| control.id.clone());
        let connectors = assize_ingest::connectors().iter().map(|connector| connector.name().to_owned());
        policies.chain(controls).chain(connectors).collect()
    }

    fn policy(&self, shell: &Shell, name: &str) -> Option<String> {
        let program = self.estate.engine.program();
        let mut out = String::new();
        for policy in program.policies.values() {
            if policy.name.as_str() != name && policy.name.short() != name {
                continue;
            }
            let mut card = Card::new(policy.name.as_str(), "");
            for paragraph in policy.docs.split("\n\n") {
                card.row("means", first_paragraph(paragraph));
            }
            if policy.mode == Mode::Monitor {
                card.row("mode", "monitor: computed and shown, never carried out");
            }
            for control in &policy.maps {
                card.row("controls", format!("{}  {}", control.id, control.title));
            }
            let package = policy.name.as_str().trim_end_matches(policy.name.short());
            for param in program.params.values() {
                let ours = param.name.as_str().strip_prefix(package) == Some(param.name.short());
                if ours && mentions(policy, param.name.short()) {
                    let set = self.estate.engine.params().get(&param.name).cloned();
                    let set = set.map(|value| describe(&Possible::known(value), &param.ty, &program.schema));
                    let (name, set, docs) =
                        (&param.name, set.unwrap_or_default(), first_paragraph(&param.docs));
                    card.row("set by", format!("{name} = {set}  {docs} ({})", param.source));
                }
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&card.draw(shell.out, 0, "36"));
            out.push_str(&format!("\n{}\n", policy.text.trim_end()));
        }
        (!out.is_empty()).then_some(out)
    }

    fn control(&self, shell: &Shell, name: &str) -> Option<String> {
        let mut out = String::new();
        for control in &self.controls {
            let official = control.id.split_once('/').map_or(control.id.as_str(), |(_, id)| id);
            let short = control.name.rsplit('.').next().unwrap_or_default();
            if ![control.id.as_str(), official, control.name.as_str(), short].contains(&name) {
                continue;
            }
            let mut card = Card::new(&control.id, format!("- {}", control.title));
            card.row("from", &control.catalog);
            card.row("written", format!("maps {}", control.name));
            let policies = self.estate.engine.program().policies.values();
            for policy in policies.filter(|policy| policy.maps.iter().any(|it| it.id == control.id)) {
                card.row("served by", policy.name.as_str());
            }
            out.push_str(&card.draw(shell.out, 0, "36"));
        }
        (!out.is_empty()).then_some(out)
    }
}

/// Whether a policy's text has the word.
fn mentions(policy: &Policy, word: &str) -> bool {
    policy.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}
