//! What a path to facts means: a file, the files of a folder, or those of a pattern with `*`, `?` and `**`, for
//! where no shell expands it.

use std::path::{Component, Path, PathBuf};

/// How deep `**` looks.
const DEPTH: usize = 16;

/// The file that says how a project is set.
const PROJECT: &str = "assize.toml";

/// Whether the path has a pattern in it and is no file of that very name.
#[must_use]
pub fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?']) && !path.exists()
}

/// The paths that a pattern means, sorted. Names that begin with a dot are meant only where the pattern says it.
#[must_use]
pub fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let Component::Normal(name) = part else {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        };
        let name = name.to_string_lossy();
        if name == "**" {
            found = found.iter().flat_map(|path| below(path, 0)).collect();
        } else if name.contains(['*', '?']) {
            let members = found.iter().flat_map(|path| entries(path));
            found = members.filter(|path| fits(path, &name)).collect();
        } else {
            found.iter_mut().for_each(|path| path.push(&*name));
            found.retain(|path| path.exists());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What of a folder is facts rather than words about them, sorted: no policies, no project file, nothing hidden.
///
/// # Errors
/// The folder cannot be read.
pub fn members(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let words = name.ends_with(".md") || name.ends_with(".assize") || name == PROJECT;
        !name.starts_with('.') && !words
    });
    paths.sort();
    Ok(paths)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    entries.map(|entry| folder.join(entry.file_name())).collect()
}

/// The folder and all folders in it.
fn below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut out = vec![folder.to_owned()];
    if depth < DEPTH {
        let folders = entries(folder).into_iter().filter(|path| path.is_dir() && fits(path, "*"));
        out.extend(folders.flat_map(|path| below(&path, depth.saturating_add(1))));
    }
    out
}

fn fits(path: &Path, pattern: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = name.starts_with('.') && !pattern.starts_with('.');
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    !hidden && matches(&name, &pattern)
}

/// Whether the name is what the pattern says. The last star takes one character more whenever the rest fails.
fn matches(name: &[char], pattern: &[char]) -> bool {
    let (mut at, mut wanted) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(wanted) {
            Some('*') => {
                star = Some((at, wanted));
                wanted = wanted.saturating_add(1);
            }
            Some(one) if *one == '?' || name.get(at) == Some(one) => {
                (at, wanted) = (at.saturating_add(1), wanted.saturating_add(1));
            }
            _ => {
                let Some((taken, place)) = star else { return false };
                star = Some((taken.saturating_add(1), place));
                (at, wanted) = (taken.saturating_add(1), place.saturating_add(1));
            }
        }
    }
    pattern.get(wanted..).unwrap_or_default().iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (name, pattern, fits) in [
            ("a.json.gz", "*.gz", true),
            ("a.json.gz", "a*n*z", true),
            ("a.json", "?.json", true),
            ("ab.json", "?.json", false),
            ("", "*", true),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*c", false),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(matches(&chars(name), &chars(pattern)), fits, "{name} {pattern}");
        }
    }

    #[test]
    fn a_pattern_means_the_files_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x/a.json", "x/b.json", "x/.c.json", "x/y/d.json", "z.json"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = |pattern: &str| {
            let paths = expand(&folder.path().join(pattern));
            let name = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
            paths.iter().map(name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("x/*.json"), "x/a.json x/b.json");
        assert_eq!(found("**/*.json"), "x/a.json x/b.json x/y/d.json z.json");
        assert_eq!(found("*/y/?.json"), "x/y/d.json");
        assert_eq!(found("x/.*.json"), "x/.c.json");
        assert_eq!(found("nowhere/*"), "");
        assert!(is_pattern(&folder.path().join("*.json")) && !is_pattern(&folder.path().join("z.json")));
    }
}
