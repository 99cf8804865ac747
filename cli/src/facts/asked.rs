//! Which vulnerabilities facts name: of a feed of all there are only these are wanted, so it is read last.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize::facts::Line;
use assize_ingest::{Input, Limits, keys};

/// The connectors that read such feeds.
const FEEDS: [&str; 1] = ["epss"];

/// Whether a connector reads a feed of all vulnerabilities.
pub fn is_feed(tool: &str) -> bool {
    FEEDS.contains(&tool)
}

/// What facts name so far.
#[derive(Debug, Default)]
pub struct Asked {
    named: BTreeSet<String>,
    /// Files of facts and snapshots: they are looked through only where somebody asks.
    unread: Vec<PathBuf>,
}

impl Asked {
    /// A fact that a connector has made.
    pub fn see(&mut self, line: &Line) {
        match line {
            Line::Report(report) => {
                let texts = report.fields.values().filter_map(serde_json::Value::as_str);
                texts.for_each(|text| self.name(text));
            }
            Line::SameAs(same) if same.ty == "Vulnerability" => {
                self.name(&same.alias);
                self.name(&same.is);
            }
            _ => {}
        }
    }

    /// A file of facts, or a snapshot.
    pub fn file(&mut self, path: &Path) {
        self.unread.push(path.to_owned());
    }

    fn name(&mut self, text: &str) {
        if keys::is_cve(text) && !self.named.contains(text) {
            self.named.insert(text.to_owned());
        }
    }

    /// Every id in lines of facts.
    pub fn text(&mut self, lines: &str) {
        ids(lines).for_each(|id| self.name(id));
    }

    /// All that is named, in `earlier` too: what is added to. What cannot be read again names nothing; it was said
    /// when it was read.
    pub fn all(&mut self, earlier: Option<&Path>) -> Arc<BTreeSet<String>> {
        let unread = std::mem::take(&mut self.unread);
        for path in unread.iter().map(PathBuf::as_path).chain(earlier) {
            let mut line = |_: &str, _: u64, text: &str| self.text(text);
            if assize_snapshots::is_snapshot(path) {
                let columns = |name: &str| !name.starts_with("_r");
                drop(assize_snapshots::read_some(path, &columns, &mut line));
            } else if let Ok(file) = std::fs::File::open(path)
                && let Ok(input) = Input::open(file, Limits::default())
            {
                let limit = Limits::default().record;
                let mut each = |number: u64, text: &str| line("", number, text);
                drop(assize_ingest::records::lines(input, limit, &mut each));
            }
        }
        Arc::new(self.named.clone())
    }
}

/// Whether lines of facts name a vulnerability that was not asked for.
pub fn names_more(asked: &BTreeSet<String>, lines: &str) -> bool {
    ids(lines).any(|id| keys::is_cve(id) && !asked.contains(id))
}

/// What looks like an id.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("CVE-").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
        rest.get(..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let mut asked = Asked::default();
        asked.text(r#"{"Finding":{"id":"a#CVE-2026-0001#b","rule":"CVE-2026-0002","title":"CVE-x, CVE-2026-00003"}}"#);
        let named: Vec<&str> = asked.named.iter().map(String::as_str).collect();
        assert_eq!(named, ["CVE-2026-00003", "CVE-2026-0001", "CVE-2026-0002"]);
    }
}
