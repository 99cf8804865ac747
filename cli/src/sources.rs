//! The texts of policies: read once, for the compiler and for the pictures of its diagnostics.

use std::path::{Path, PathBuf};

use assize_lang::db::FileDiagnostics;
use assize_lang::diagnostic::{self, Severity};

use crate::error::CliError;
use crate::output::term::Term;

/// How deep folders of policies may nest.
const DEPTH: usize = 16;

/// The texts of a run, by path.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The user's: path and text.
    pub own: Vec<(String, String)>,
    /// Whether the standard library is in scope.
    pub stdlib: bool,
    /// Whether its own tests are, which take longer than its policies to make ready.
    pub tests: bool,
}

impl Texts {
    /// Reads files and folders.
    pub fn read(paths: &[PathBuf], stdlib: bool) -> Result<Self, CliError> {
        let mut own = Vec::new();
        for file in find(paths, "assize")? {
            own.push((file.display().to_string(), read(&file)?));
        }
        Ok(Self { own, stdlib, tests: false })
    }

    /// Every text, the standard library's among them.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let library = if self.stdlib { assize_stdlib::sources() } else { &[] };
        let own = self.own.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        own.chain(library.iter().copied())
    }

    /// Draws diagnostics of at least a severity; gives back the picture and how many errors and warnings
    /// there are in all.
    pub fn draw(&self, found: &[FileDiagnostics], least: Severity, term: Term) -> Drawn {
        if found.iter().all(|file| file.diagnostics.is_empty()) {
            return Drawn::default();
        }
        let mut texts = diagnostic::Sources::default();
        for (path, text) in self.all() {
            texts.insert(path, text);
        }
        let mut drawn = Drawn::default();
        for file in found {
            for diagnostic in &file.diagnostics {
                match diagnostic.severity {
                    Severity::Error => drawn.errors = drawn.errors.saturating_add(1),
                    Severity::Warning => drawn.warnings = drawn.warnings.saturating_add(1),
                }
                // `Error` is the least of the two in the enum's own order.
                if diagnostic.severity <= least {
                    drawn.text.push_str(&diagnostic::render(&texts, &file.path, diagnostic, term.color));
                    drawn.text.push('\n');
                }
            }
        }
        drawn
    }
}

/// Diagnostics as people see them.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// The picture, ending in an empty line where there is any.
    pub text: String,
    /// How many errors there are.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, word: &str) -> String {
    match (number, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {word}s"),
    }
}

/// The files that paths name, and those with an extension below the folders that they name: in order, each once.
///
/// # Errors
/// A path where nothing is, and a folder that holds no such file.
pub fn find(paths: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        below(path, extension, 0, &mut files)?;
        if files.len() == before {
            let what = format!("the folder holds no *.{extension} file");
            return Err(CliError::Usage(format!("{}: {what}", path.display())));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a file.
///
/// # Errors
/// Where it cannot be read, or is no text.
pub fn read(file: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(file).map_err(|error| CliError::read(file, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        CliError::Engine(format!("{}: it is not UTF-8 text (byte {place})", file.display()))
    })
}

fn below(path: &Path, wanted: &str, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), CliError> {
    if !path.is_dir() {
        if !path.exists() {
            return Err(CliError::read(path, &std::io::ErrorKind::NotFound.into()));
        }
        out.push(path.to_owned());
        return Ok(());
    }
    if depth > DEPTH {
        return Err(CliError::Usage(format!("{}: folders nest at most {DEPTH} deep", path.display())));
    }
    let entries = std::fs::read_dir(path).map_err(|error| CliError::read(path, &error))?;
    for entry in entries.flatten() {
        let member = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let fits = member.extension().is_some_and(|extension| extension == wanted);
        if !hidden && (fits || member.is_dir()) {
            below(&member, wanted, depth.saturating_add(1), out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order_and_only_for_policies() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.assize", "a/z.assize", "a/notes.md", ".hidden.assize"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let texts = Texts::read(&[folder.path().to_owned()], false).unwrap();
        let read: Vec<&str> = texts.own.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(read, ["a/z.assize", "b.assize"]);
        let missing = folder.path().join("nowhere");
        assert!(Texts::read(&[missing], false).unwrap_err().to_string().contains("there is no such file"));
    }

    #[test]
    fn words_have_their_plural() {
        assert_eq!((count(1, "policy"), count(2, "policy")), ("1 policy".into(), "2 policies".into()));
        assert_eq!((count(1, "error"), count(0, "error")), ("1 error".into(), "0 errors".into()));
    }
}
