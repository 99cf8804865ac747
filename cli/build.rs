//! Gathers the pages of connectors, so that `assize doc` has them without a file.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let pages = pages(&Path::new(&manifest).join("../docs/connectors"));
    fs::write(Path::new(&out).join("connector_pages.rs"), pages)?;
    Ok(())
}

/// The source of a table from a page's name to its text.
fn pages(folder: &Path) -> String {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    let mut text = String::from("&[");
    for page in &pages {
        let name = page.file_stem().unwrap_or_default().to_string_lossy();
        text.push_str(&format!("({name:?}, include_str!({:?})),\n", page.display().to_string()));
    }
    text.push(']');
    text
}
