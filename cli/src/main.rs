//! `assize`, the command: policies and facts in, decisions with reasons out.

mod args;
mod commands;
mod controls;
mod course;
mod coverage;
mod decider;
mod error;
mod estate;
mod exit;
mod facts;
mod feed;
mod output;
mod pages;
mod paranoid;
mod plans;
#[cfg(feature = "lsp")]
mod population;
mod project;
mod snapshot;
mod sources;
mod watch;

use std::process::ExitCode;
use std::thread;

use crate::args::Cli;
use crate::commands::Shell;
use crate::error::CliError;
use crate::exit::{BUG, Exit};
use crate::output::term::Term;

/// Facts are many small things, and so are requests: with the system's allocator deciding takes a third longer.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The stack that commands run on: deep but bounded nesting must not depend on the platform's default.
const STACK: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    // All of it on the one thread: each that asks for memory gets pages of its own.
    match thread::Builder::new().stack_size(STACK).spawn(run).map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => ExitCode::from(BUG),
        Err(error) => {
            output::say(&format!("assize: no thread to work on: {error}"));
            ExitCode::from(Exit::Error.code())
        }
    }
}

fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        output::say(&format!("assize: this is a bug in Assize, not in your policies or facts ({place})"));
        output::say("assize: please report the command that you ran and this line; no result was written");
    }));
    let cli = match Cli::typed() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; where the stream is closed nobody wants to hear them.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Error.code()));
        }
    };
    let color = cli.global.color;
    match commands::run(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            if !matches!(error, CliError::Reported) {
                let err = Term::stderr(color);
                Shell::error_on(err, &error.to_string());
            }
            ExitCode::from(Exit::Error.code())
        }
    }
}
