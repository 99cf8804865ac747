//! `cli` → `ingest` → `assize` → `lang`, `stdlib`: each crate sees only what lies below it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A crate, the crates of the workspace that it may use, and the crates that it may never use.
type Room = (&'static str, &'static [&'static str], &'static [&'static str]);

const ROOMS: &[Room] = &[
    ("assize-lang", &[], &["clap", "csv", "toml", "cel"]),
    ("assize-stdlib", &[], &["clap", "csv", "toml", "cel", "pest", "salsa", "ariadne"]),
    (
        "assize",
        &["assize-lang", "assize-stdlib"],
        &["pest", "pest_derive", "salsa", "ariadne", "clap", "csv", "toml"],
    ),
    (
        "assize-ingest",
        &["assize", "assize-lang"],
        &["pest", "pest_derive", "salsa", "ariadne", "clap", "toml", "cel"],
    ),
    (
        "assize-snapshots",
        &["assize", "assize-lang"],
        &["pest", "pest_derive", "salsa", "ariadne", "clap", "csv", "toml", "cel"],
    ),
    (
        "assize-lsp",
        &["assize", "assize-lang", "assize-stdlib"],
        &["pest", "pest_derive", "salsa", "ariadne", "clap", "csv", "cel"],
    ),
    (
        "assize-gateway",
        &["assize", "assize-ingest", "assize-lang", "assize-snapshots", "assize-stdlib"],
        &["pest", "pest_derive", "salsa", "ariadne", "clap", "csv", "cel"],
    ),
    (
        "assize-cli",
        &[
            "assize",
            "assize-gateway",
            "assize-ingest",
            "assize-lang",
            "assize-lsp",
            "assize-snapshots",
            "assize-stdlib",
        ],
        &["pest", "pest_derive", "salsa", "cel", "csv", "hmac", "sha2"],
    ),
    ("assize-tests", &[], &["pest", "salsa", "cel"]),
    ("assize-heap", &[], &[]),
    ("assize-example-proxy", &["assize"], &["pest", "salsa", "cel"]),
    ("tree-sitter-assize", &[], &["tree-sitter", "pest", "salsa"]),
];

/// The dependencies that point the wrong way. Dev-dependencies may point anywhere.
pub fn check(root: &Path) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output();
    let output = match output {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => return vec![format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))],
        Err(error) => return vec![format!("cargo metadata: {error}")],
    };
    match serde_json::from_slice::<Value>(&output) {
        Ok(metadata) => judge(&metadata),
        Err(error) => vec![format!("cargo metadata: {error}")],
    }
}

fn judge(metadata: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let packages = metadata.get("packages").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        let Some((_, may, never)) = ROOMS.iter().find(|(room, _, _)| *room == name) else {
            out.push(format!("`{name}` has no line in the table of rooms"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let on = dependency.get("name").and_then(Value::as_str).unwrap_or_default();
            let dev = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            let upwards = (on == "assize" || on.starts_with("assize-")) && !may.contains(&on);
            if !dev && (upwards || never.contains(&on)) {
                out.push(format!("`{name}` may not depend on `{on}`"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_points_upwards_is_found() {
        let package = |name: &str, on: &str, kind: Option<&str>| json!({"name": name, "dependencies": [{"name": on, "kind": kind}]});
        let metadata = json!({"packages": [
            package("assize", "pest", None),
            package("assize", "assize-ingest", None),
            package("assize-lang", "assize", None),
            package("assize-ingest", "assize-lang", Some("dev")),
            package("stranger", "serde", None),
        ]});
        assert_eq!(
            judge(&metadata),
            [
                "`assize` may not depend on `pest`",
                "`assize` may not depend on `assize-ingest`",
                "`assize-lang` may not depend on `assize`",
                "`stranger` has no line in the table of rooms",
            ]
        );
    }
}
