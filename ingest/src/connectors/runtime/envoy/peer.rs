//! The caller's certificate, as a proxy passes it on in `x-forwarded-client-cert`.

/// The SPIFFE id of the last certificate in the header's value: that of whoever called the proxy itself. What stands
/// before it was said by others.
pub fn spiffe(header: &str) -> Option<String> {
    let last = parts(header, ',').pop()?;
    parts(&last, ';').into_iter().find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("uri") && value.starts_with("spiffe://")).then(|| value.to_owned())
    })
}

/// The parts of a text between separators that are not within quotation marks.
fn parts(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for c in text.chars() {
        if c == separator && !quoted {
            parts.push(String::new());
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_in_the_last_element_whatever_stands_in_quotes() {
        for (header, id) in [
            (
                "By=spiffe://td/ns/b/sa/b;Hash=1;Subject=\"\";URI=spiffe://td/ns/a/sa/a",
                Some("spiffe://td/ns/a/sa/a"),
            ),
            (
                "URI=spiffe://td/ns/x/sa/x;Hash=1, By=a;uri=spiffe://td/ns/a/sa/a",
                Some("spiffe://td/ns/a/sa/a"),
            ),
            (
                "Hash=1;Subject=\"CN=x,URI=spiffe://td/evil;\\\"\";URI=\"spiffe://td/a\"",
                Some("spiffe://td/a"),
            ),
            ("Hash=1;Subject=\"a,b\"", None),
            ("URI=https://example.com", None),
            ("", None),
        ] {
            assert_eq!(spiffe(header).as_deref(), id, "{header}");
        }
    }
}
