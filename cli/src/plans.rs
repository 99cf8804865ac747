//! Where plans are kept between runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder of compiled plans: in `ASSIZE_CACHE_DIR`, or in the user's cache. There is none where that variable is
/// empty, or where nobody says whose home this is.
pub fn folder() -> Option<PathBuf> {
    choose(|name| std::env::var_os(name))
}

fn choose(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(own) = variable("ASSIZE_CACHE_DIR") {
        return (!own.is_empty()).then(|| Path::new(&own).join("plans"));
    }
    // A relative path is to be ignored, says the XDG specification.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("assize").join("plans"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(set: &[(&str, &str)]) -> Option<String> {
        let found = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        choose(found).map(|path| path.display().to_string())
    }

    #[test]
    fn what_is_said_beats_what_is_usual() {
        let all = [("ASSIZE_CACHE_DIR", "here"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(chosen(&all).as_deref(), Some("here/plans"));
        assert_eq!(chosen(&all[1..]).as_deref(), Some("/x/assize/plans"));
        assert_eq!(chosen(&all[2..]).as_deref(), Some("/h/.cache/assize/plans"));
        assert_eq!(
            chosen(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]).as_deref(),
            Some("/h/.cache/assize/plans")
        );
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn an_empty_folder_is_no_cache() {
        assert_eq!(chosen(&[("ASSIZE_CACHE_DIR", ""), ("HOME", "/h")]), None);
    }
}
