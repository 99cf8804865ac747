//! Lines of names and values, as agentgateway prints them: `TIME info request name=value name="a value"`.

use serde_json::{Map, Value};

/// Whether a line tells of a request.
pub fn is_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let begins = words.next().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    begins && words.nth(1) == Some("request") && words.next().is_some_and(|word| word.contains('='))
}

/// A line's names and values, the time under `time`.
pub fn value(line: &str) -> Value {
    let mut map = Map::new();
    let (time, mut rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line, ""));
    map.insert("time".to_owned(), time.into());
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Value::Object(map);
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let Some(tail) = tail.strip_prefix('=') else {
            rest = tail;
            continue;
        };
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = tail.find(char::is_whitespace).unwrap_or(tail.len());
                let (value, tail) = tail.split_at_checked(end).unwrap_or((tail, ""));
                (value.to_owned(), tail)
            }
        };
        map.insert(name.to_owned(), value.into());
        rest = tail;
    }
}

/// The text up to the closing quotation mark, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, text.get(at.saturating_add(1)..).unwrap_or_default()),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_at_its_names() {
        let line = "2026-06-01T08:00:00.5Z\tinfo\trequest\tgateway=bind/1 http.path=\"/a b\\\"c\" http.status=200 end";
        assert!(is_line(line));
        assert_eq!(
            value(line).to_string(),
            r#"{"gateway":"bind/1","http.path":"/a b\"c","http.status":"200","time":"2026-06-01T08:00:00.5Z"}"#
        );
        for other in
            ["", "2026-06-01T08:00:00Z info app serving UI", "{\"a\": 1}", "info request gateway=a x y=z"]
        {
            assert!(!is_line(other), "{other}");
        }
    }
}
