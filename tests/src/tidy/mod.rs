//! How the repository is kept: what a reader may rely on without looking.

mod dependencies;
mod files;
mod invariants;
mod paths;
mod readme;
mod size;

use std::path::{Path, PathBuf};

pub use readme::rewrite;

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// One rule: its name, and what breaks it in the repository at a root.
pub type Rule = (&'static str, fn(&Path) -> Vec<String>);

/// Every rule.
pub const RULES: &[Rule] = &[
    ("dependencies point one way", dependencies::check),
    ("every crate's README lists every file", readme::check),
    ("files are small", size::check),
    ("no path of a machine", paths::check),
    ("every invariant has its test", invariants::check),
    ("editors colour the language's words", crate::words::check),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_rules() {
        let broken: Vec<String> = RULES
            .iter()
            .flat_map(|(name, check)| {
                check(&root()).into_iter().map(move |problem| format!("{name}: {problem}"))
            })
            .collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
