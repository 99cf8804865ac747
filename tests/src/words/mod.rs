//! The words that editors colour: read where the language says them, written where editors read them.

mod sources;
mod targets;

use std::path::Path;

/// What in `lsp/editors/` does not follow the language any more.
pub fn check(root: &Path) -> Vec<String> {
    let files = match written(root) {
        Ok(files) => files,
        Err(problem) => return vec![problem],
    };
    files
        .into_iter()
        .filter(|(path, text)| read(root, path).as_ref() != Ok(text))
        .map(|(path, _)| format!("{path} does not follow the grammar; `cargo dev words` writes it"))
        .collect()
}

/// Writes what editors read, and says what could not be written.
pub fn rewrite(root: &Path) -> Vec<String> {
    let files = match written(root) {
        Ok(files) => files,
        Err(problem) => return vec![problem],
    };
    files
        .into_iter()
        .filter_map(|(path, text)| {
            let error = std::fs::write(root.join(path), text).err()?;
            Some(format!("{path}: {error}"))
        })
        .collect()
}

/// Each file that follows the language, and what it has to say.
fn written(root: &Path) -> Result<Vec<(&'static str, String)>, String> {
    let words = sources::words(root)?;
    targets::files(root, &words)
}

/// A file of the repository.
fn read(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}
