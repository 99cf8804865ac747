//! The library's texts, which are in the binary, as files that an editor can open.

use std::fs;
use std::path::{Path, PathBuf};

use assize_lang::db::PRELUDE_PATH;
use assize_lang::diagnostic::Code;
use tower_lsp_server::ls_types::Uri;

/// Where the library's texts are put when an editor asks to see one.
#[derive(Clone, Debug)]
pub(super) struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    /// A library below a folder of the user's; without one it cannot be seen.
    pub(super) fn new(cache: Option<&Path>) -> Self {
        Self { folder: cache.map(|cache| cache.join(concat!("library-", env!("CARGO_PKG_VERSION")))) }
    }

    /// Whether a path of the database is the library's.
    pub(super) fn has(path: &str) -> bool {
        path == PRELUDE_PATH || assize_stdlib::sources().iter().any(|(known, _)| *known == path)
    }

    /// The path in the database of a file that [`Library::show`] has made.
    pub(super) fn path(&self, file: &Path) -> Option<String> {
        let inside = file.strip_prefix(self.folder.as_ref()?).ok()?;
        let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
        let path = parts?.join("/");
        Self::has(&path).then_some(path)
    }

    /// A file with the page of a code.
    pub(super) fn page(&self, code: Code) -> Option<Uri> {
        self.show(&format!("codes/{code}.md"), code.page())
    }

    /// A file with the text of `path`, written where it is not there yet. Nobody's edits are lost: it is
    /// replaced only where it differs from what the binary holds.
    pub(super) fn show(&self, path: &str, text: &str) -> Option<Uri> {
        let file = self.folder.as_ref()?.join(path);
        if fs::read_to_string(&file).is_ok_and(|there| there == text) {
            return Uri::from_file_path(&file);
        }
        fs::create_dir_all(file.parent()?).ok()?;
        // Another server may be writing the same: a rename is seen as a whole or not at all.
        let draft = file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&draft, text).ok()?;
        fs::rename(&draft, &file).ok()?;
        Uri::from_file_path(&file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_file_and_the_file_its_text_again() {
        let cache = tempfile::tempdir().expect("a folder");
        let library = Library::new(Some(cache.path()));
        let path = "stdlib/model/secrets.assize";
        let uri = library.show(path, "text").expect("a file");
        let file = uri.to_file_path().expect("a path").into_owned();
        assert_eq!(fs::read_to_string(&file).expect("the file"), "text");
        assert_eq!(library.path(&file).as_deref(), Some(path));
        // A text that differs is replaced, one that does not is left.
        fs::write(&file, "other").expect("a write");
        assert_eq!(library.show(path, "text"), Some(uri));
        assert_eq!(fs::read_to_string(&file).expect("the file"), "text");
        assert_eq!(fs::read_dir(file.parent().expect("a folder")).expect("a folder").count(), 1);
        assert_eq!(library.path(&cache.path().join("a.assize")), None);
        assert_eq!(library.path(&file.with_file_name("nope.assize")), None);
    }

    #[test]
    fn without_a_folder_there_is_nothing_to_see() {
        let library = Library::new(None);
        assert_eq!(library.show(PRELUDE_PATH, "text"), None);
        assert_eq!(library.path(Path::new("/stdlib/model/secrets.assize")), None);
        assert!(Library::has(PRELUDE_PATH) && !Library::has("policies/a.assize"));
    }
}
