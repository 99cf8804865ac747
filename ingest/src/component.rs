//! What a running file is called where packages are named.

/// Endings of libraries and archives that are loaded rather than run.
const LIBRARIES: &[&str] = &[".jar", ".war", ".ear", ".dll", ".dylib", ".node", ".pyd"];

/// Whether a path is a library's or an archive's: what a program loads, not what starts.
#[must_use]
pub fn is_library(path: &str) -> bool {
    let name = base(path);
    LIBRARIES.iter().any(|ending| name.ends_with(ending)) || shared_object(name).is_some()
}

/// The name of the package that a path most likely belongs to: the file's name without its ending and
/// without a version. `/app/lib/log4j-core-2.14.1.jar` is `log4j-core`, `/usr/lib/libssl.so.3` is
/// `libssl`, `/usr/sbin/nginx` is `nginx`. Nothing cleverer: what a distribution calls its package is not
/// in the path.
#[must_use]
pub fn of_path(path: &str) -> String {
    let name = base(path);
    let stem = shared_object(name)
        .or_else(|| LIBRARIES.iter().find_map(|ending| name.strip_suffix(ending)))
        .unwrap_or(name);
    let bare = without_version(stem);
    if bare.is_empty() { name.to_owned() } else { bare.to_owned() }
}

/// What stands after the last slash, without the note that the kernel adds for a removed file.
fn base(path: &str) -> &str {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path).trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// The name before `.so`, where the ending is `.so` or `.so.3.1`.
fn shared_object(name: &str) -> Option<&str> {
    let (stem, version) = name.rsplit_once(".so")?;
    let numbers = version.chars().all(|c| c == '.' || c.is_ascii_digit());
    (numbers && !stem.is_empty()).then_some(stem)
}

/// Cuts at the first hyphen that a digit follows.
fn without_version(stem: &str) -> &str {
    let hyphens = stem.match_indices('-');
    let mut ends = hyphens.filter_map(|(at, _)| {
        let rest = stem.get(at.checked_add(1)?..)?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some(at)
    });
    ends.next().and_then(|end| stem.get(..end)).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_package() {
        for (path, component, library) in [
            ("/app/lib/log4j-core-2.14.1.jar", "log4j-core", true),
            ("/usr/sbin/nginx", "nginx", false),
            ("/usr/lib/x86_64-linux-gnu/libssl.so.3", "libssl", true),
            ("/usr/lib/libcrypto.so.1.1", "libcrypto", true),
            ("/opt/node_modules/better_sqlite3.node", "better_sqlite3", true),
            ("/usr/bin/python3.11", "python3.11", false),
            ("/opt/x-1.2-rc1", "x", false),
            ("/usr/bin/7z", "7z", false),
            ("/bin/-1", "-1", false),
            ("/tmp/agent (deleted)", "agent", false),
            ("relative.so.conf", "relative.so.conf", false),
            ("/", "", false),
            ("", "", false),
        ] {
            assert_eq!((of_path(path).as_str(), is_library(path)), (component, library), "{path}");
        }
    }
}
