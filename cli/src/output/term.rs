//! What the place of output can show: colour, width, characters.

use std::io::IsTerminal;

use crate::args::ColorChoice;

/// What text is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether escapes for colour are written.
    pub color: bool,
    /// Whether characters beyond ASCII are drawn.
    pub unicode: bool,
    /// How many columns a line may take.
    pub width: usize,
}

impl Term {
    /// For files, pipes and snapshots of tests.
    pub const PLAIN: Self = Self { color: false, unicode: false, width: 100 };

    /// For standard output as it is.
    pub fn stdout(choice: ColorChoice) -> Self {
        Self::decide(choice, std::io::stdout().is_terminal(), |name| std::env::var(name).ok())
    }

    /// For standard error as it is.
    pub fn stderr(choice: ColorChoice) -> Self {
        Self::decide(choice, std::io::stderr().is_terminal(), |name| std::env::var(name).ok())
    }

    fn decide(choice: ColorChoice, terminal: bool, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
            }
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name));
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let columns = set("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns.unwrap_or(if terminal { 80 } else { Self::PLAIN.width }).clamp(40, 160);
        Self { color, unicode: terminal && utf8, width }
    }

    /// `text` in bold.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// `text` as something that matters less.
    pub fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// `text` with the escape `code` around it, where colours are on.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A horizontal line of `width` columns.
    pub fn rule(&self, width: usize) -> String {
        (if self.unicode { "\u{2500}" } else { "-" }).repeat(width)
    }
}

/// Text from facts and tools, safe to show: control characters and directional overrides are escaped.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
        if c.is_control() || steers {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same of text of several lines. Those after the first are set in: none of them can pass for a line of ours.
pub fn clean_lines(text: &str) -> String {
    let mut lines = text.lines().map(clean);
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |mut out, line| {
        out.push('\n');
        if !line.is_empty() {
            out.push_str("  ");
            out.push_str(&line);
        }
        out
    })
}

/// How much room a word that is longer than a line must find to begin on the line that it is on.
const ROOM: usize = 16;

/// `text` in lines of at most `width` columns, broken at spaces, and inside a word that is longer than a
/// line behind a separator where it has one. At least one line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0_usize;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let left = width.saturating_sub(taken).saturating_sub(usize::from(taken > 0));
        if taken > 0 && word.len() > left {
            if word.len() > width && left >= ROOM {
                line.push(' ');
                line.extend(word.drain(..piece(&word, left)));
            }
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        while word.len() > width {
            lines.push(word.drain(..piece(&word, width)).collect());
        }
        if taken > 0 {
            line.push(' ');
            taken = taken.saturating_add(1);
        }
        taken = taken.saturating_add(word.len());
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// How much of a long word goes on a line with room for `width`: up to its last separator, if that is not
/// too short a piece.
fn piece(word: &[char], width: usize) -> usize {
    let head = word.get(..width).unwrap_or(word);
    let separator = head.iter().rposition(|c| matches!(c, '/' | '#' | ':' | '@' | ',' | '.'));
    let end = separator.map_or(0, |at| at.saturating_add(1));
    if end >= width.div_ceil(3) { end } else { head.len() }
}

/// A key as people tell keys apart: digests and fingerprints cut to their first letters.
pub fn short(key: &str) -> String {
    let mut out = String::new();
    let mut rest = key;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, run) = rest.split_at(start);
        out.push_str(before);
        let end = run.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(run.len());
        let (digits, after) = run.split_at(end);
        if end >= 24 {
            out.extend(digits.chars().take(12));
            out.push_str("..");
        } else {
            out.push_str(digits);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("not used in 45d", 10), ["not used", "in 45d"]);
        assert_eq!(wrap("arn:aws:iam::1:user/ci", 10), ["arn:aws:", "iam::1:", "user/ci"]);
        assert_eq!(wrap("abcdefghijklmno", 10), ["abcdefghij", "klmno"]);
        let long = format!("key {}/{}", "a".repeat(20), "b".repeat(20));
        assert_eq!(wrap(&long, 30), [format!("key {}/", "a".repeat(20)), "b".repeat(20)]);
    }

    #[test]
    fn digests_are_cut_and_words_are_not() {
        let digest = "f8281541cb845187799fe7c674f98c8856db39fc6954f433744754bd5599b799";
        assert_eq!(short(&format!("sha256:{digest}#CVE-1#nginx")), "sha256:f8281541cb84..#CVE-1#nginx");
        for key in ["AKIANORTHWINDFWPUBLQ", "arn:aws:iam::111122223333:user/decade", ""] {
            assert_eq!(short(key), key);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb\\u{a}c\\u{202e}d");
        assert_eq!(clean("Zürich"), "Zürich");
        assert_eq!(clean_lines("a\u{1b}\nerror: b\n\nc\n"), "a\\u{1b}\n  error: b\n\n  c");
        assert_eq!(clean_lines(""), "");
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, terminal, env, color) in [
            (Auto, true, &[][..], true),
            (Auto, false, &[], false),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("TERM", "dumb")], false),
            (Never, true, &[], false),
            (Always, false, &[("NO_COLOR", "1")], true),
        ] {
            let get = |name: &str| {
                env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Term::decide(choice, terminal, get).color, color, "{choice:?} {terminal} {env:?}");
        }
    }

    #[test]
    fn width_and_characters_are_the_terminals() {
        let at = |terminal, name: &'static str, value: &'static str| {
            Term::decide(ColorChoice::Auto, terminal, |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(at(false, "", ""), Term::PLAIN);
        assert_eq!((at(true, "COLUMNS", "120").width, at(true, "COLUMNS", "9").width), (120, 40));
        assert!(at(true, "LANG", "en_GB.UTF-8").unicode && !at(true, "LANG", "C").unicode);
        assert_eq!(Term { unicode: true, ..Term::PLAIN }.rule(2), "\u{2500}\u{2500}");
    }

    #[test]
    fn colour_is_only_paint() {
        let term = Term { color: true, ..Term::PLAIN };
        assert_eq!(term.bold("x"), "\u{1b}[1mx\u{1b}[0m");
        assert_eq!(Term::PLAIN.bold("x"), "x");
    }
}
