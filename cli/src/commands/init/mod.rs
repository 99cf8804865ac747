//! `assize init`: a commented project that passes its own test.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize init                 a project here\n  \
    assize init estates/prod    a project there, its folders made as needed")]
pub struct InitArgs {
    /// The folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// The files of a new project.
const FILES: &[(&str, &str)] = &[
    ("assize.toml", include_str!("project/assize.toml")),
    ("policies/unused_keys.assize", include_str!("project/policies/unused_keys.assize")),
    ("facts/sample.ndjson", include_str!("project/facts/sample.ndjson")),
];

/// Writes the files; where one of them is there already, none.
pub fn run(args: &InitArgs, _: &Shell) -> Result<Exit, CliError> {
    let there = FILES.iter().map(|(name, _)| args.folder.join(name)).find(|path| path.exists());
    if let Some(path) = there {
        let remedy = "name another folder";
        return Err(CliError::Usage(format!("`{}` is there already; {remedy}", path.display())));
    }
    for (name, text) in FILES {
        let path = args.folder.join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| CliError::write(folder, &error))?;
        std::fs::write(&path, text).map_err(|error| CliError::write(&path, &error))?;
        output::print(&format!("wrote {}\n", path.display()))?;
    }
    let there = args.folder.as_path() == Path::new(".");
    let flag = if there { String::new() } else { format!(" -C {}", args.folder.display()) };
    output::print(&format!("next: assize{flag} test, then assize{flag} eval\n"))?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use assize_lang::SourceText;

    use super::*;

    #[test]
    fn the_policies_of_a_new_project_compile_without_a_word() {
        let library = assize_stdlib::sources().iter().map(|(path, text)| (*path, *text, true));
        let own = FILES
            .iter()
            .filter(|(name, _)| name.ends_with(".assize"))
            .map(|(name, text)| (*name, *text, false));
        let sources: Vec<SourceText> = library
            .chain(own)
            .map(|(path, text, library)| SourceText { path: path.to_owned(), text: text.to_owned(), library })
            .collect();
        let compiled = assize_lang::compile(&sources);
        assert_eq!(compiled.diagnostics, []);
        assert!(compiled.program.policies.contains_key("local.unused_key"));
    }
}
