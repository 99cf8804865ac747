//! `assize fmt`: policies in the one style.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use assize_lang::diagnostic::{Severity, Span};
use assize_lang::syntax::{Formatted, format, format_range, parse_item};
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
    assize fmt - < keys.assize               standard input to standard output\n  \
    assize fmt --range 12:30 keys.assize     the items on these lines, and nothing else\n\n\
    Exit codes: 0 formatted, 1 --check found a difference, 2 an item cannot be read (left as it is).")]
pub struct FmtArgs {
    /// Files and folders of policies instead of the project's; - is standard input
    paths: Vec<PathBuf>,

    /// Write nothing; show what would change
    #[arg(long)]
    check: bool,

    /// Only the items that these lines of one file touch, both counted in, from 1
    #[arg(long, value_name = "FIRST:LAST")]
    range: Option<Lines>,
}

/// Lines of a text, counted from 1, the last one among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lines {
    first: usize,
    last: usize,
}

impl FromStr for Lines {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let form = || "lines are written `FIRST:LAST`, as in `12:30`".to_owned();
        let (first, last) = written.split_once(':').ok_or_else(form)?;
        let line = |number: &str| number.parse().map_err(|_| form());
        let lines = Self { first: line(first)?, last: line(last)? };
        match lines {
            Self { first: 0, .. } => Err("lines are counted from 1".to_owned()),
            Self { first, last } if last < first => Err(format!("line {last} stands above line {first}")),
            _ => Ok(lines),
        }
    }
}

impl Lines {
    /// Their place in a text, without the break at their end; nothing where the text has no such line.
    fn span(self, text: &str) -> Option<Span> {
        let mut start = 0_usize;
        let mut span: Option<Span> = None;
        for (line, content) in (1_usize..).zip(text.split_inclusive('\n')) {
            let end = start.saturating_add(content.trim_end_matches(['\r', '\n']).len());
            if (self.first..=self.last).contains(&line) {
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let first = span.map_or_else(|| offset(start), |span| span.start);
                span = Some(Span::new(first, offset(end)));
            }
            start = start.saturating_add(content.len());
        }
        span
    }
}

/// The name of standard input in messages.
const STDIN: &str = "standard input";

/// Formats, and says what was left alone.
pub fn run(args: &FmtArgs, shell: &Shell) -> Result<Exit, CliError> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        if args.paths.len() > 1 {
            return Err(CliError::Usage("`-` stands alone: standard input is one text".to_owned()));
        }
        return stdin(args, shell);
    }
    if args.range.is_some() && !matches!(args.paths.as_slice(), [path] if path.is_file()) {
        return Err(CliError::Usage("`--range` is about one text: name a file, or `-`".to_owned()));
    }
    let texts = texts(&args.paths, shell)?;
    let mut exit = Exit::Clean;
    let mut shown = String::new();
    let mut different = 0_usize;
    for (path, text) in &texts.own {
        let formatted = formatted(path, text, args.range)?;
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

fn stdin(args: &FmtArgs, shell: &Shell) -> Result<Exit, CliError> {
    let text = std::io::read_to_string(std::io::stdin())
        .map_err(|error| CliError::read(Path::new(STDIN), &error))?;
    let formatted = formatted(STDIN, &text, args.range)?;
    let exit = report(STDIN, &text, &formatted, shell);
    if !args.check {
        output::print(&formatted.text)?;
        return Ok(exit);
    }
    output::print(&diff::unified(STDIN, &text, &formatted.text, shell.out))?;
    Ok(if formatted.text == text { exit } else { exit.and(Exit::Decided) })
}

/// A text in the one style, or with the items on some lines in it.
fn formatted(path: &str, text: &str, lines: Option<Lines>) -> Result<Formatted, CliError> {
    let whole = format(text);
    let Some(lines) = lines else { return Ok(whole) };
    let Some(range) = lines.span(text) else {
        let count = count(text.lines().count(), "line");
        return Err(CliError::Usage(format!("{path}: there is no line {}: it has {count}", lines.first)));
    };
    let mut new = text.to_owned();
    // From the end, so that the places of the others stay what they are.
    for (span, item) in format_range(text, range).iter().rev() {
        let at = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        if new.get(at(span.start)..at(span.end)).is_some() {
            new.replace_range(at(span.start)..at(span.end), item);
        }
    }
    let mut untouched = whole.untouched;
    untouched.retain(|item| item.start <= range.end && range.start <= item.end);
    Ok(Formatted { text: new, untouched })
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
    fn lines_are_both_counted_in() {
        let text = "a\nbc\r\n\nd";
        for (written, place) in [
            ("1:1", Some("a")),
            ("2:2", Some("bc")),
            ("1:2", Some("a\nbc")),
            ("3:3", Some("")),
            ("2:4", Some("bc\r\n\nd")),
            ("4:99", Some("d")),
            ("5:9", None),
        ] {
            let lines: Lines = written.parse().unwrap();
            assert_eq!(lines.span(text).map(|span| span.text(text)), place, "{written}");
        }
        for wrong in ["", "3", "3:", "a:b", "-1:2", "0:4", "4:3"] {
            assert!(wrong.parse::<Lines>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_item_starts_behind_its_comments() {
        let text = "package p\n\n/// What it is.\n// And why.\npolicy  idle {\n  oh\n}\n";
        let at = |from: &str| u32::try_from(text.find(from).unwrap()).unwrap();
        let end = u32::try_from(text.len()).unwrap();
        assert_eq!(head(text, Span::new(at("///"), end)), (5, "policy idle".to_owned()));
        assert_eq!(head(text, Span::new(0, at("\n"))), (1, "package p".to_owned()));
    }
}
