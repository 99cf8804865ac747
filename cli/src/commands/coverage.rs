//! `assize coverage`: which controls have evidence on these facts, and which sensor would add most.

use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::coverage::{Matrix, markdown, text};
use crate::error::CliError;
use crate::estate::Estate;
use crate::exit::Exit;
use crate::output::format::{Format, formats, write_all};
use crate::output::{json, term::Term};

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize coverage                          every control, a line each\n  \
    assize coverage DE.CM owasp-nhi          those whose id or catalog has one of the words\n  \
    assize coverage NHI7:2025                one control: its policies, and what they cannot see\n  \
    assize coverage --format markdown:controls.md\n\n\
    evidenced       every policy that serves it had cases and could decide all of them\n\
    partly          some could, and there are gaps; they are listed\n\
    contradicted    something adverse was seen, and nothing follows: waived, or only monitored\n\
    not assessable  no policy that serves it could look; silence is no evidence\n\
    out of scope    no policy serves it\n\n\
    Never `compliant`: a tool gives evidence, an assessor concludes.")]
pub struct CoverageArgs {
    /// Only controls whose id or catalog has one of the words
    #[arg(value_name = "WORD")]
    which: Vec<String>,

    /// text, json or markdown, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    #[command(flatten)]
    estate: EstateArgs,
}

formats! {
    /// How the matrix is written.
    Kind { Text = "text", Json = "json", Markdown = "markdown" }
}

/// Decides, and says what that is evidence of.
pub fn run(args: &CoverageArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = Estate::compile(&args.estate, shell)?;
    let loaded = estate.load(&args.estate, shell)?;
    let matrix = Matrix::new(&estate, &loaded, &args.which);
    if matrix.controls.is_empty() {
        let what = args.which.join("`, `");
        return Err(CliError::Usage(format!(
            "no control's id or catalog has `{what}`; `assize doc` lists them"
        )));
    }
    write_all(&args.format, |kind, on_stdout| match kind {
        Kind::Text => Ok(text(&matrix, if on_stdout { shell.out } else { Term::PLAIN })),
        Kind::Json => json(&matrix),
        Kind::Markdown => Ok(markdown(&matrix)),
    })?;
    Ok(estate.exit.and(loaded.exit))
}
