//! One file a command.

pub mod bundle;
pub mod check;
pub mod completions;
pub mod config;
pub mod coverage;
pub mod decide;
pub mod diff;
pub mod doc;
pub mod eval;
pub mod explain;
pub mod fmt;
mod hook;
pub mod ingest;
pub mod init;
pub mod lsp;
pub mod rank;
pub mod replay;
pub mod schema;
pub mod serve;
mod since;
pub mod snapshot;
pub mod test;
pub mod watch;

use crate::args::{Cli, Command, EstateArgs, Global};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, term::Term};
use crate::project::Project;

/// What a command may know of the place that it runs in.
#[derive(Clone, Debug)]
pub struct Shell {
    /// What every command takes.
    pub global: Global,
    /// What standard output can show.
    pub out: Term,
    /// What standard error can show.
    pub err: Term,
}

impl Shell {
    /// Something that people should know; never part of the result.
    pub fn note(&self, text: &str) {
        if !self.global.quiet {
            output::say(&format!("{} {}", self.err.paint("36", "note:"), output::term::clean_lines(text)));
        }
    }

    /// Something that went wrong.
    pub fn error(&self, text: &str) {
        Self::error_on(self.err, text);
    }

    /// Something that went wrong, where standard error can show `err`.
    pub fn error_on(err: Term, text: &str) {
        output::say(&format!("{} {}", err.paint("1;31", "error:"), output::term::clean_lines(text)));
    }

    /// The flags that lead another command to the same project.
    pub fn flags(&self) -> String {
        let project = self.global.project.as_ref();
        project.map(|project| format!(" -C {}", project.display())).unwrap_or_default()
    }

    /// The project, under what flags and environment say.
    pub fn project(&self, args: &EstateArgs) -> Result<Project, CliError> {
        Project::find(self.global.project.as_deref())?.with(args)
    }
}

/// Runs a command.
pub fn run(cli: Cli) -> Result<Exit, CliError> {
    let (out, err) = (Term::stdout(cli.global.color), Term::stderr(cli.global.color));
    let shell = Shell { global: cli.global, out, err };
    match &cli.command {
        Command::Eval(args) => eval::run(args, &shell),
        Command::Check(args) => check::run(args, &shell),
        Command::Fmt(args) => fmt::run(args, &shell),
        Command::Test(args) => test::run(args, &shell),
        Command::Explain(args) => explain::run(args, &shell),
        Command::Ingest(args) => ingest::run(args, &shell),
        Command::Snapshot(args) => snapshot::run(args, &shell),
        Command::Decide(args) => decide::run(args, &shell),
        Command::Coverage(args) => coverage::run(args, &shell),
        Command::Diff(args) => diff::run(args, &shell),
        Command::Rank(args) => rank::run(args, &shell),
        Command::Replay(args) => replay::run(args, &shell),
        Command::Watch(args) => watch::run(args, &shell),
        Command::Init(args) => init::run(args, &shell),
        Command::Doc(args) => doc::run(args, &shell),
        Command::Schema(args) => schema::run(args, &shell),
        Command::Completions(args) => completions::run(args),
        Command::Serve(args) => serve::run(args, &shell),
        Command::Config(args) => config::run(args, &shell),
        Command::Bundle(args) => bundle::run(args, &shell),
        Command::Lsp(args) => lsp::run(args),
    }
}
