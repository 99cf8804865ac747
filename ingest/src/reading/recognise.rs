//! What a file is to be read as, by its content: lines of facts, or a tool's output.

use assize::facts::Line;

/// How many lines are looked at before a file is taken for something else.
const LINES: usize = 8;

/// What a file is to be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One fact a line.
    Facts,
    /// The output of a tool, or `auto` where the connectors are to say why they know none.
    Tool(String),
}

/// What `bytes`, from the file `name`, are.
#[must_use]
pub fn kind(bytes: &[u8], name: &str) -> Kind {
    if is_facts(bytes) {
        return Kind::Facts;
    }
    match crate::connector::recognise(bytes, name) {
        Ok(connector) => Kind::Tool(connector.name().to_owned()),
        // Nobody else writes this ending for something that no connector knows: its broken lines are
        // told one by one.
        Err(_) if name.ends_with(".ndjson") => Kind::Facts,
        Err(_) => Kind::Tool("auto".to_owned()),
    }
}

/// Whether one of the first lines is a fact, a run, a retraction or an alias.
fn is_facts(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.take(LINES).any(|line| {
        let value = serde_json::from_slice(line).ok();
        value.is_some_and(|value| Line::from_json(value).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_files_are_known_by_their_lines() {
        let fact = r#"{"Secret":{"id":"a"},"source":{"tool":"t"},"observed_at":"2026-06-01T00:00:00Z"}"#;
        let broken_first = format!("{{\n{fact}\n");
        for (text, name, kind_) in [
            (fact, "a.json", Kind::Facts),
            (broken_first.as_str(), "a.json", Kind::Facts),
            ("nonsense", "a.ndjson", Kind::Facts),
            ("nonsense", "a.json", Kind::Tool("auto".to_owned())),
            ("{\"a\": 1}", "a.json", Kind::Tool("auto".to_owned())),
        ] {
            assert_eq!(kind(text.as_bytes(), name), kind_, "{text}");
        }
    }
}
