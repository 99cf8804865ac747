//! A file holds one idea; one that has grown past the limit holds several.

use std::path::Path;

use super::files::{has_extension, is_within, walk};

/// The most lines that a file may have.
const LIMIT: usize = 700;

/// The files that are too long. What tools wrote (fixtures, vendored suites, the page on the model) is not counted.
pub fn check(root: &Path) -> Vec<String> {
    walk(root)
        .iter()
        .filter(|path| has_extension(path, &["rs", "pest", "assize", "md", "toml"]))
        .filter(|path| !is_within(path, "fixtures") && !is_within(path, "vendor"))
        .filter(|path| path.as_path() != Path::new("docs/model.md"))
        .filter_map(|path| {
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            let lines = text.lines().count();
            (lines > LIMIT).then(|| format!("{} has {lines} lines; {LIMIT} are the most", path.display()))
        })
        .collect()
}
