//! `assize fmt`: policies in the one style.

use std::path::{Path, PathBuf};

use assize_lang::diagnostic::{Severity, Span};
use assize_lang::syntax::{Formatted, format, parse_item};
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, diff};
use crate::sources::{Texts, count};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize fmt                               the project's policies\n  \
    assize fmt --check                       what it would change, and nothing written\n  \
    assize fmt - < keys.assize               standard input to standard output\n\n\
    Exit codes: 0 formatted, 1 --check found a difference, 2 an item cannot be read (left as it is).")]
pub struct FmtArgs {
    /// Files and folders of policies instead of the project's; - is standard input
    paths: Vec<PathBuf>,

    /// Write nothing; show what would change
    #[arg(long)]
    check: bool,
}

/// The name of standard input in messages.
const STDIN: &str = "standard input";

/// Formats, and says what was left alone.
pub fn run(args: &FmtArgs, shell: &Shell) -> Result<Exit, CliError> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        if args.paths.len() > 1 {
            return Err(CliError::Usage("`-` stands alone: standard input is one text".to_owned()));
        }
        return stdin(args.check, shell);
    }
    let texts = texts(&args.paths, shell)?;
    let mut exit = Exit::Clean;
    let mut shown = String::new();
    let mut different = 0_usize;
    for (path, text) in &texts.own {
        let formatted = format(text);
        exit = exit.and(report(path, text, &formatted, shell));
        if formatted.text == *text {
            continue;
        }
        different = different.saturating_add(1);
        if args.check {
            exit = exit.and(Exit::Decided);
            shown.push_str(&diff::unified(path, text, &formatted.text, shell.out));
        } else {
            let path = Path::new(path);
            std::fs::write(path, &formatted.text).map_err(|error| CliError::write(path, &error))?;
            shown.push_str(&format!("formatted {}\n", path.display()));
        }
    }
    output::print(&shown)?;
    let files = count(texts.own.len(), "file");
    shell.note(&match (different, args.check) {
        (0, _) => format!("nothing to format in {files}"),
        (_, false) => format!("formatted {different} of {files}"),
        (_, true) => format!("{different} of {files} would change; `assize fmt` writes them"),
    });
    Ok(exit)
}

/// The texts that are asked for.
fn texts(paths: &[PathBuf], shell: &Shell) -> Result<Texts, CliError> {
    // Only a policy is rewritten, whatever a pattern of the shell has matched.
    let other = |path: &&PathBuf| path.is_file() && path.extension().is_none_or(|found| found != "assize");
    if let Some(path) = paths.iter().find(other) {
        return Err(CliError::Usage(format!("{}: it is no *.assize file", path.display())));
    }
    if !paths.is_empty() {
        return Texts::read(paths, false);
    }
    let texts = Texts::read(&shell.project(&EstateArgs::default())?.settings.policies, false)?;
    if texts.own.is_empty() {
        return Err(CliError::Usage("no policies to format; name files or folders".to_owned()));
    }
    Ok(texts)
}

fn stdin(check: bool, shell: &Shell) -> Result<Exit, CliError> {
    let text = std::io::read_to_string(std::io::stdin())
        .map_err(|error| CliError::read(Path::new(STDIN), &error))?;
    let formatted = format(&text);
    let exit = report(STDIN, &text, &formatted, shell);
    if !check {
        output::print(&formatted.text)?;
        return Ok(exit);
    }
    output::print(&diff::unified(STDIN, &text, &formatted.text, shell.out))?;
    Ok(if formatted.text == text { exit } else { exit.and(Exit::Decided) })
}

/// Names the items that were left as they are.
fn report(path: &str, text: &str, formatted: &Formatted, shell: &Shell) -> Exit {
    for span in &formatted.untouched {
        let item = span.text(text);
        let (line, head) = head(text, *span);
        let broken = parse_item(item).diagnostics.iter().any(|found| found.severity == Severity::Error);
        let why = if broken {
            "cannot be read and is left as it is; `assize check` says what is wrong"
        } else {
            "is left as it is, since formatting would have changed what it says: a bug in Assize"
        };
        shell.error(&format!("{path}:{line}: `{head}` {why}"));
    }
    if formatted.untouched.is_empty() { Exit::Clean } else { Exit::Error }
}

/// The line on which an item starts, behind its comments, and its first two words.
fn head(text: &str, item: Span) -> (usize, String) {
    let start = usize::try_from(item.start).unwrap_or(usize::MAX);
    let above = text.get(..start).unwrap_or_default().matches('\n').count();
    let mut lines = item.text(text).lines().enumerate();
    let first = lines.find(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("//"));
    let (below, line) = first.unwrap_or((0, ""));
    let words: Vec<&str> = line.split_whitespace().take(2).collect();
    let head: String = words.join(" ").chars().take(60).collect();
    (above.saturating_add(below).saturating_add(1), head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_starts_behind_its_comments() {
        let text = "package p\n\n/// What it is.\n// And why.\npolicy  idle {\n  oh\n}\n";
        let at = |from: &str| u32::try_from(text.find(from).unwrap()).unwrap();
        let end = u32::try_from(text.len()).unwrap();
        assert_eq!(head(text, Span::new(at("///"), end)), (5, "policy idle".to_owned()));
        assert_eq!(head(text, Span::new(0, at("\n"))), (1, "package p".to_owned()));
    }
}
