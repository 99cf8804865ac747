//! GitHub's annotations: a line of the log that the page of a change shows beside the code.

use super::{Case, Cases, Level, wanted};

/// How many of each level GitHub shows of one step.
const SHOWN: usize = 10;

/// A command a line. What GitHub would not show is counted in a last one.
pub fn text(cases: &Cases<'_>) -> String {
    let mut out = String::new();
    let mut hidden = 0_usize;
    for (level, word) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "notice")] {
        let of: Vec<&Case<'_>> = cases.decided.iter().filter(|case| case.level == level).collect();
        hidden = hidden.saturating_add(of.len().saturating_sub(SHOWN));
        for case in of.iter().take(SHOWN) {
            out.push_str(&format!(
                "::{word} file={},line={},title={}::{}\n",
                property(&case.place.file),
                case.place.line,
                property(&case.title()),
                escaped(&case.message())
            ));
        }
    }
    for open in cases.open.iter().filter(|_| cases.open_fails).take(SHOWN) {
        let place = cases.place(&open.policy);
        let (file, title) = (property(&place.file), property(&open.policy));
        out.push_str(&format!(
            "::warning file={file},line={},title={title}::{}\n",
            place.line,
            escaped(&wanted(open))
        ));
    }
    if hidden > 0 {
        out.push_str(&format!("::notice title=assize::and {hidden} more, weaker ones\n"));
    }
    out
}

/// A value behind the double colon.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before it.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_command_is_escaped() {
        assert_eq!(escaped("a%b\r\nc::d"), "a%25b%0D%0Ac::d");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
