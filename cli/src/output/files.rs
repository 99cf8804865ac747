//! What became of each file, as a table.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::term::clean;
use crate::facts::FileRead;

/// The table: file, tool, facts by kind, rejects, seconds.
pub fn table(files: &[FileRead]) -> String {
    let mut rows = vec![["file", "tool", "rejects", "seconds", "facts"].map(str::to_owned)];
    rows.extend(files.iter().map(|file| {
        [
            clean(&file.path.display().to_string()),
            file.kind.clone(),
            file.rejected.to_string(),
            seconds(file.seconds),
            kinds(&file.lines),
        ]
    }));
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (file, tool, rejects, seconds) = (width(0), width(1), width(2), width(3));
    let mut out = String::new();
    for [path, kind, rejected, took, facts] in &rows {
        let row = format!("{path:file$}  {kind:tool$}  {rejected:>rejects$}  {took:>seconds$}  {facts}");
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// The same for programs. Nobody's file has no tool, and says why.
pub fn json(files: &[FileRead]) -> Value {
    let file = |file: &FileRead| {
        json!({
            "file": file.path.display().to_string(),
            "tool": file.is_read().then_some(&file.kind),
            "facts": file.lines,
            "rejected": file.rejected,
            "seconds": (file.seconds * 1000.0).round() / 1000.0,
            "error": file.error,
        })
    };
    files.iter().map(file).collect()
}

/// Facts by kind, the most first.
fn kinds(lines: &BTreeMap<String, u64>) -> String {
    let mut kinds: Vec<_> = lines.iter().collect();
    kinds.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    kinds.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

/// Seconds, without the ones that depend on who else is at work.
fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { "<1".to_owned() } else { format!("{seconds:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_a_file() {
        let row = |path: &str, kind: &str, lines: &[(&str, u64)], rejected, seconds| FileRead {
            path: path.into(),
            kind: kind.to_owned(),
            lines: lines.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            rejected,
            seconds,
            error: None,
        };
        let files = [
            row(
                "in/trail.json.gz",
                "cloudtrail",
                &[("ApiCall", 1_200), ("Secret", 3), ("Coverage", 3)],
                2,
                12.34,
            ),
            row("in/notes.txt", "not recognised", &[], 0, 0.2),
        ];
        insta::assert_snapshot!(table(&files), @"
        file              tool            rejects  seconds  facts
        in/trail.json.gz  cloudtrail            2     12.3  1200 ApiCall, 3 Coverage, 3 Secret
        in/notes.txt      not recognised        0       <1
        ");
        assert_eq!(
            json(&files),
            json!([
                {"file": "in/trail.json.gz", "tool": "cloudtrail", "facts": {"ApiCall": 1200, "Coverage": 3, "Secret": 3},
                 "rejected": 2, "seconds": 12.34, "error": null},
                {"file": "in/notes.txt", "tool": null, "facts": {}, "rejected": 0, "seconds": 0.2, "error": null},
            ])
        );
    }
}
