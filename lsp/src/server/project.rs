//! A project: a folder, its policies on disk, and the database that they are in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assize_lang::Database;

use super::settings::Settings;

/// The name of a project file.
pub(super) const PROJECT_FILE: &str = "assize.toml";
/// How deep folders of policies may nest.
const DEEPEST: usize = 16;
/// The most files that are read from one project.
const MOST_FILES: usize = 10_000;

/// A project and its texts.
#[derive(Debug)]
pub(super) struct Project {
    /// Its folder; `None` for texts that belong to none.
    pub(super) root: Option<PathBuf>,
    pub(super) db: Database,
    settings: Settings,
    /// The paths that were read from disk.
    read: BTreeSet<String>,
    /// The paths whose texts the thread that counts has not been told of; nothing where it knows none.
    pub(super) untold: Option<BTreeSet<String>>,
    /// Whether there are facts to count on, once somebody has asked.
    pub(super) has_facts: Option<bool>,
}

impl Project {
    /// The folder that holds the nearest project file, `from` or one above it.
    pub(super) fn folder(from: &Path) -> Option<PathBuf> {
        from.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file()).map(Path::to_owned)
    }

    /// Reads the policies of a folder, or makes a project of none. What cannot be read is told in a line
    /// each, and left out.
    pub(super) fn load(root: Option<PathBuf>, notes: &mut Vec<String>) -> Self {
        let mut settings = Settings::default();
        if let Some(root) = &root {
            let file = root.join(PROJECT_FILE);
            if let Ok(text) = fs::read_to_string(&file) {
                match Settings::read(&text) {
                    Ok(read) => settings = read,
                    Err(wrong) => notes.push(format!("{}: {wrong}", file.display())),
                }
            }
        }
        let mut project = Self {
            root,
            db: Database::default(),
            settings,
            read: BTreeSet::new(),
            untold: None,
            has_facts: None,
        };
        let files = project.list(notes);
        let own: Vec<(String, String)> = files.iter().filter_map(|file| text_of(file, notes)).collect();
        let own_parts = own.iter().map(|(path, text)| (path.as_str(), text.as_str(), false));
        let library = project.settings.stdlib.then(assize_stdlib::sources).into_iter().flatten();
        project.db.set_sources(library.map(|&(path, text)| (path, text, true)).chain(own_parts));
        project.read.extend(own.into_iter().map(|(path, _)| path));
        project
    }

    /// The project file and its text, where there is one.
    pub(super) fn file(&self) -> Option<(PathBuf, String)> {
        let file = self.root.as_ref()?.join(PROJECT_FILE);
        let text = fs::read_to_string(&file).ok()?;
        Some((file, text))
    }

    /// Takes the file's text from disk again, or takes it away where it is none of the project's any more.
    pub(super) fn refresh(&mut self, file: &Path, notes: &mut Vec<String>) {
        let path = file.to_string_lossy();
        if !(file.is_file() && self.list(&mut Vec::new()).contains(file) && self.read(file, notes)) {
            self.read.remove(path.as_ref());
            self.db.remove_source(&path);
        }
    }

    fn read(&mut self, file: &Path, notes: &mut Vec<String>) -> bool {
        let Some((path, text)) = text_of(file, notes) else { return false };
        self.db.set_source(&path, &text, false);
        self.read.insert(path);
        true
    }

    /// The policies that the project has on disk.
    fn list(&self, notes: &mut Vec<String>) -> BTreeSet<PathBuf> {
        let mut out = BTreeSet::new();
        let Some(root) = &self.root else { return out };
        if self.settings.policies.is_empty() {
            walk(root, 0, &mut out);
        }
        for path in &self.settings.policies {
            let path = root.join(path);
            if path.is_file() {
                out.insert(path);
            } else {
                walk(&path, 0, &mut out);
            }
        }
        if out.len() >= MOST_FILES {
            notes.push(format!(
                "{}: only {MOST_FILES} files are read; name folders under `policies` in `{PROJECT_FILE}`",
                root.display()
            ));
        }
        out
    }
}

/// A file's path as the database has it, and its text; a note says why there is none.
fn text_of(file: &Path, notes: &mut Vec<String>) -> Option<(String, String)> {
    let text = match fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let text = text.map_err(|wrong| notes.push(format!("{}: {wrong}", file.display()))).ok()?;
    Some((file.to_string_lossy().into_owned(), text))
}

/// Whether a file is one of ours by its name.
pub(super) fn is_policy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "assize")
}

/// Adds the policies below a folder: not those of another project inside it, and none in hidden folders or
/// in what tools build.
fn walk(folder: &Path, depth: usize, out: &mut BTreeSet<PathBuf>) {
    if depth > DEEPEST {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        // A link to a folder is not followed: it may lead around in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            let hidden =
                name.to_string_lossy().starts_with('.') || name == "target" || name == "node_modules";
            if !hidden && !path.join(PROJECT_FILE).is_file() {
                walk(&path, depth.saturating_add(1), out);
            }
        } else if is_policy(&path) && out.len() < MOST_FILES {
            out.insert(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, path: &str, text: &str) -> PathBuf {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, text).expect("a file");
        path
    }

    fn own(project: &Project) -> Vec<String> {
        let root = project.root.clone().expect("a root");
        let inside = |path: &str| Some(Path::new(path).strip_prefix(&root).ok()?.to_str()?.to_owned());
        project.db.sources().filter_map(|(path, _)| inside(path)).collect()
    }

    #[test]
    fn a_folder_without_a_project_file_is_read_as_a_whole() {
        let root = tempfile::tempdir().expect("a folder");
        for path in
            ["a.assize", "b/c.assize", "b/notes.md", ".git/x.assize", "target/y.assize", "other/z.assize"]
        {
            put(root.path(), path, "package p\n");
        }
        put(root.path(), "other/assize.toml", "");
        let mut notes = Vec::new();
        let project = Project::load(Some(root.path().to_owned()), &mut notes);
        assert_eq!((own(&project), notes), (vec!["a.assize".to_owned(), "b/c.assize".to_owned()], vec![]));
        assert!(project.db.file("stdlib/model/secrets.assize").is_some());
    }

    #[test]
    fn a_project_file_says_where_the_policies_are() {
        let root = tempfile::tempdir().expect("a folder");
        for path in ["in/a.assize", "out/b.assize", "one.assize"] {
            put(root.path(), path, "package p\n");
        }
        put(root.path(), "assize.toml", "policies = [\"in\", \"one.assize\"]\nstdlib = false\n");
        let project = Project::load(Some(root.path().to_owned()), &mut Vec::new());
        assert_eq!(own(&project), ["in/a.assize", "one.assize"]);
        assert!(project.db.file("stdlib/model/secrets.assize").is_none());
        assert_eq!(Project::folder(&root.path().join("in")), Some(root.path().to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_left_out() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("bad.assize"), [0xff, 0xfe]).expect("a file");
        put(root.path(), "assize.toml", "policies = 7\n");
        let mut notes = Vec::new();
        let project = Project::load(Some(root.path().to_owned()), &mut notes);
        assert_eq!(own(&project), Vec::<String>::new());
        let told: Vec<&str> = notes.iter().filter_map(|note| note.split(": ").nth(1)).collect();
        assert_eq!(told, ["`policies` is a list of paths", "it is not UTF-8 text"]);
    }

    #[test]
    fn files_come_change_and_go() {
        let root = tempfile::tempdir().expect("a folder");
        let mut project = Project::load(Some(root.path().to_owned()), &mut Vec::new());
        let file = put(root.path(), "a.assize", "package p\n");
        project.refresh(&file, &mut Vec::new());
        assert_eq!(own(&project), ["a.assize"]);
        put(root.path(), "a.assize", "package q\n");
        project.refresh(&file, &mut Vec::new());
        let text = project.db.file(&file.to_string_lossy()).map(|found| found.text(&project.db).to_owned());
        assert_eq!(text.as_deref(), Some("package q\n"));
        fs::remove_file(&file).expect("a file");
        project.refresh(&file, &mut Vec::new());
        assert_eq!(own(&project), Vec::<String>::new());
    }
}
