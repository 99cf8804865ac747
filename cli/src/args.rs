//! The command line, low: what was typed. Commands turn it into a checked [`Project`](crate::project).

use std::ffi::OsString;
use std::path::PathBuf;

use assize::facts::Instant;
use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

/// Policy as code over scan findings, identities, secrets and what was seen at run time.
///
/// A project is a folder with `assize.toml`; commands work on the one found here or in a folder above.
#[derive(Debug, Parser)]
#[command(
    name = "assize",
    version,
    styles = STYLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Start with `assize init` and `assize eval`. `assize COMMAND --help` shows examples.\n\
                  Exit codes: 0 clean, 1 a decision at or above --fail-on, 2 an error, 3 incomplete, 101 a bug."
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// What was typed.
    pub fn typed() -> Result<Self, clap::Error> {
        Self::decide(std::env::args_os()).map_or_else(Self::try_parse, Ok)
    }

    /// A `decide` with which nothing is wrong. It may be asked before every call of a tool, and to tell clap of all the
    /// other commands takes a twentieth of the whole.
    fn decide(mut typed: impl Iterator<Item = OsString>) -> Option<Self> {
        let second = typed.nth(1).filter(|word| word == "decide")?;
        let Decide { global, args } = Decide::try_parse_from(std::iter::once(second).chain(typed)).ok()?;
        Some(Self { global, command: Command::Decide(args) })
    }
}

/// The command `decide` alone.
#[derive(Debug, Parser)]
struct Decide {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: commands::decide::DecideArgs,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The project: a folder with assize.toml, or the file itself
    #[arg(
        short = 'C',
        long,
        global = true,
        help_heading = "Everywhere",
        value_name = "DIR",
        env = "ASSIZE_PROJECT",
        hide_env_values = true
    )]
    pub project: Option<PathBuf>,

    /// When to use colour; NO_COLOR is honoured
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    // No doc comments: each would be a paragraph in every command's help.
    // On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

/// What is decided on, and with what.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Estate")]
pub struct EstateArgs {
    /// Facts instead of the project's: NDJSON, a snapshot, a tool's own output, or a folder of these
    /// [env: ASSIZE_FACTS, a list like PATH]
    #[arg(short, long, value_name = "PATH")]
    pub facts: Vec<PathBuf>,

    /// Policies instead of the project's: a file or a folder of *.assize [env: ASSIZE_POLICIES, a list
    /// like PATH]
    #[arg(short, long, value_name = "PATH")]
    pub policies: Vec<PathBuf>,

    /// Leave the standard library out
    #[arg(long)]
    pub no_stdlib: bool,

    /// The instant to decide at; the wall clock where nobody says
    #[arg(long, value_name = "RFC3339", env = "ASSIZE_NOW", hide_env_values = true)]
    pub now: Option<Instant>,

    /// A threshold, by its qualified name
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,

    /// The key that secrets are fingerprinted with
    #[arg(long, value_name = "FILE", env = "ASSIZE_SITE_KEY_FILE", hide_env_values = true)]
    pub site_key_file: Option<PathBuf>,

    /// A rejected record is an error (2), not a gap (3)
    #[arg(long)]
    pub strict: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decide every policy on the facts
    Eval(commands::eval::EvalArgs),
    /// Check policies without running them
    Check(commands::check::CheckArgs),
    /// Write policies in the one style
    Fmt(commands::fmt::FmtArgs),
    /// Run the tests that stand beside the policies
    Test(commands::test::TestArgs),
    /// Say why something was decided, or was not
    Explain(commands::explain::ExplainArgs),
    /// Turn tool output into a snapshot of facts
    Ingest(commands::ingest::IngestArgs),
    /// Look at a snapshot
    Snapshot(commands::snapshot::SnapshotArgs),
    /// Decide one request
    Decide(commands::decide::DecideArgs),
    /// Watch policies and facts, and show decisions as they change
    Watch(commands::watch::WatchArgs),
    /// Say what a change of policies, or of facts, does to decisions
    Diff(commands::diff::DiffArgs),
    /// Say which controls have evidence, and which sensor would add most
    Coverage(commands::coverage::CoverageArgs),
    /// The order of work: what moved in it, and why
    Rank(commands::rank::RankArgs),
    /// Say what policies would have decided over a recorded past
    Replay(commands::replay::ReplayArgs),
    /// Write a new project
    Init(commands::init::InitArgs),
    /// Explain a diagnostic's code, a control, a policy or a connector
    Doc(commands::doc::DocArgs),
    /// Show the types of facts, their fields, and what makes their absence knowable
    Schema(commands::schema::SchemaArgs),
    /// Write the completions of a shell
    Completions(commands::completions::CompletionsArgs),
    /// Answer gateways: the decision point
    Serve(commands::serve::ServeArgs),
    /// Check a configuration of the decision point
    Config(commands::config::ConfigArgs),
    /// Policies in one signed file, for decision points to load
    Bundle(commands::bundle::BundleArgs),
    /// Serves editors: the Language Server Protocol on standard input and output
    Lsp(commands::lsp::LspArgs),
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn decide_alone_is_what_it_is_among_all() {
        let words = ["--request", "r", "--hook", "--agent=a", "-q", "-C", "--format=json", "--facts=f", "-h"];
        let (mut lines, mut last) = (Vec::new(), vec![vec!["assize", "decide"]]);
        for _ in 0..3 {
            last =
                last.iter().flat_map(|line| words.map(|word| [line.as_slice(), &[word]].concat())).collect();
            lines.extend(last.clone());
        }
        let mut right = 0;
        for line in lines {
            let Some(alone) = Cli::decide(line.iter().map(Into::into)) else { continue };
            let among_all = Cli::try_parse_from(&line).unwrap();
            assert_eq!(format!("{alone:?}"), format!("{among_all:?}"), "{line:?}");
            right += 1;
        }
        assert!(right > 20, "{right} lines are right");
        for other in [&["assize"][..], &["assize", "check"], &["assize", "-q", "decide", "--request", "r"]] {
            assert!(Cli::decide(other.iter().map(Into::into)).is_none(), "{other:?}");
        }
    }
}
