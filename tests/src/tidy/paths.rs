//! What is committed names no folder of the machine that it was written on.

use std::path::Path;

use super::files::walk;

/// The files that name this checkout's folder, its target folder or its user's home.
pub fn check(root: &Path) -> Vec<String> {
    let mut forbidden: Vec<String> = vec![root.to_string_lossy().into_owned()];
    forbidden.extend(std::env::var("CARGO_TARGET_DIR"));
    forbidden.extend(std::env::var("CARGO_HOME"));
    // Short ones, such as a container's `/app`, stand in honest texts too.
    forbidden.retain(|path| Path::new(path).is_absolute() && Path::new(path).components().count() > 2);
    let mut out = Vec::new();
    for path in walk(root) {
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            if forbidden.iter().any(|folder| line.contains(folder.as_str())) {
                out.push(format!(
                    "{}:{} names a folder of this machine",
                    path.display(),
                    index.saturating_add(1)
                ));
            }
        }
    }
    out
}
