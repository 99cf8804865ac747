//! Regular expressions in RE2's syntax and meaning.
//!
//! Rust's `regex` differs where a look-alike digit or letter could match or evade a rule: there Perl
//! classes and word boundaries are Unicode's, brackets have set operators, and repeats may be longer.
//! Both match in time linear in the text; how long the pattern makes it is bounded here.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// RE2's limit of a counted repeat, those around it multiplied in.
const MOST_REPEATS: u64 = 1000;
/// The greatest [`Pattern::size`].
pub const MOST_SIZE: u64 = 20_000;
/// What a compiled pattern may take, in bytes: room for [`MOST_SIZE`] steps.
const PROGRAM: usize = 16 << 20;
/// A class of Unicode's is as big as so many characters.
const UNICODE_CLASS: u64 = 200;

/// Why a text is no pattern here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// RE2 does not accept it, or it means something else here.
    NotRe2(String),
    /// It is over the limit: written out it has this many steps, as far as they were counted.
    TooLarge(u64),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRe2(why) => f.write_str(why),
            Self::TooLarge(size) => {
                write!(f, "a pattern of {size} steps with its repeats written out; at most {MOST_SIZE}")
            }
        }
    }
}

impl std::error::Error for PatternError {}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    size: u64,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// What RE2 refuses, what would mean something else here, and what is over [`MOST_SIZE`].
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let (translated, size) = translate(pattern)?;
        match RegexBuilder::new(&translated).size_limit(PROGRAM).build() {
            Ok(regex) => Ok(Self { regex, size }),
            Err(regex::Error::CompiledTooBig(_)) => Err(PatternError::TooLarge(size)),
            Err(error) => {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err(PatternError::NotRe2(reason.to_owned()))
            }
        }
    }

    /// Whether it matches anywhere in the text, in at most about [`Pattern::size`] steps a character.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// How many characters and classes it has, with its counted repeats written out.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }
}

/// What was read of a group so far.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Its size.
    size: u64,
    /// The size of what stands before the place, which a repeat would multiply.
    last: u64,
    /// The greatest product of nested repeats in that, and in all of it.
    last_repeats: u64,
    repeats: u64,
}

/// Whether a repeat may stand at the place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Behind something else than a repeat.
    May,
    /// Behind a repeat, which a `?` makes a lazy one.
    Lazy,
    /// Behind a lazy one.
    No,
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    group: Group,
    outer: Vec<Group>,
    repeat: Repeat,
}

/// The pattern in Rust's syntax with RE2's meaning, and its size.
fn translate(pattern: &str) -> Result<(String, u64), PatternError> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::new(),
        group: Group::default(),
        outer: Vec::new(),
        repeat: Repeat::May,
    };
    translator.run()?;
    let size =
        translator.outer.iter().fold(translator.group.size, |sum, group| sum.saturating_add(group.size));
    if size > MOST_SIZE {
        return Err(PatternError::TooLarge(size));
    }
    Ok((translator.out, size))
}

fn refused<T>(why: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError::NotRe2(why.into()))
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), PatternError> {
        while let Some(c) = self.rest.next() {
            match c {
                '*' | '+' | '?' => {
                    self.repeats(c)?;
                    self.out.push(c);
                    continue;
                }
                '{' => {
                    let counts: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
                    self.counted(&counts)?;
                    self.out.push('{');
                    self.out.push_str(&counts);
                    self.out.push('}');
                    continue;
                }
                _ => {}
            }
            self.repeat = Repeat::May;
            match c {
                '\\' => match self.rest.next() {
                    None => return refused("a pattern that ends in `\\`"),
                    Some('Q') => self.quoted(),
                    Some(escaped) => {
                        self.atom(if matches!(escaped, 'p' | 'P') { UNICODE_CLASS } else { 1 });
                        self.escape(escaped, false)?;
                    }
                },
                '[' => {
                    self.atom(1);
                    self.class()?;
                }
                '(' => self.open()?,
                ')' => self.close(),
                '|' => {
                    self.group.last = 0;
                    self.out.push('|');
                }
                other => {
                    self.atom(1);
                    self.out.push(other);
                }
            }
        }
        Ok(())
    }

    fn atom(&mut self, size: u64) {
        self.group.size = self.group.size.saturating_add(size);
        self.group.last = size;
        self.group.last_repeats = 1;
    }

    fn repeats(&mut self, c: char) -> Result<(), PatternError> {
        self.repeat = match self.repeat {
            Repeat::May => Repeat::Lazy,
            Repeat::Lazy if c == '?' => Repeat::No,
            Repeat::Lazy | Repeat::No => {
                return refused("a repeat of a repeat: write `(?:…)` around the first");
            }
        };
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,5}`: what it multiplies is counted.
    fn counted(&mut self, counts: &str) -> Result<(), PatternError> {
        self.repeats('{')?;
        let mut most = 0;
        for count in counts.split(',').filter(|count| !count.is_empty()) {
            if !count.chars().all(|c| c.is_ascii_digit()) {
                return refused("`{` repeats nothing: write `\\{`");
            }
            let count: u64 = count.parse().unwrap_or(u64::MAX);
            most = count.max(most);
        }
        let group = &mut self.group;
        group.last_repeats = group.last_repeats.max(1).saturating_mul(most);
        group.repeats = group.repeats.max(group.last_repeats);
        if most > MOST_REPEATS || group.last_repeats > MOST_REPEATS {
            return refused(format!("a repeat of more than {MOST_REPEATS}"));
        }
        let more = group.last.saturating_mul(most.saturating_sub(1));
        group.size = group.size.saturating_add(more);
        group.last = group.last.saturating_add(more);
        if group.size > MOST_SIZE {
            return Err(PatternError::TooLarge(group.size));
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), PatternError> {
        if self.rest.peek() == Some(&'?') {
            // The `?` of flags repeats nothing, and neither they nor a name are to be matched.
            self.rest.next();
            self.out.push_str("(?");
            let mut flags = String::new();
            while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphabetic() || *c == '-') {
                flags.push(c);
            }
            check_flags(&flags)?;
            self.out.push_str(&flags);
            if self.rest.next_if_eq(&':').is_some() {
                self.out.push(':');
            } else if self.rest.peek() == Some(&'<') {
                self.up_to('>');
            }
        } else {
            self.out.push('(');
        }
        self.outer.push(std::mem::take(&mut self.group));
        Ok(())
    }

    fn close(&mut self) {
        self.out.push(')');
        // One too many is the compiler's to refuse.
        let Some(outer) = self.outer.pop() else { return };
        let inner = std::mem::replace(&mut self.group, outer);
        self.group.size = self.group.size.saturating_add(inner.size);
        self.group.last = inner.size;
        self.group.last_repeats = inner.repeats.max(1);
        self.group.repeats = self.group.repeats.max(inner.repeats);
    }

    /// `\Q…\E`: a literal.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            self.atom(1);
            self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
    }

    /// Brackets, the first of them taken.
    fn class(&mut self) -> Result<(), PatternError> {
        self.out.push('[');
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
            self.out.push('^');
        }
        // Right behind the bracket `]` is a literal, and `-` no range.
        let mut first = true;
        let mut range = false;
        while let Some(c) = self.rest.next() {
            match c {
                ']' if first => self.out.push_str("\\]"),
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => {
                    let Some(escaped) = self.rest.next() else {
                        return refused("a pattern that ends in `\\`");
                    };
                    if range && matches!(escaped, 'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P') {
                        return refused(format!("a range that ends in `\\{escaped}`"));
                    }
                    if matches!(escaped, 'p' | 'P') {
                        self.atom(UNICODE_CLASS);
                    }
                    self.escape(escaped, true)?;
                }
                '[' if self.rest.peek() == Some(&':') && !range => {
                    self.out.push('[');
                    for inner in self.rest.by_ref() {
                        self.out.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                }
                '[' => return refused("`[` inside brackets: write `\\[`"),
                '&' | '-' | '~' if self.rest.peek() == Some(&c) => {
                    return refused(format!("`{c}{c}` inside brackets: write `\\{c}\\{c}`"));
                }
                other => self.out.push(other),
            }
            range = c == '-' && !first;
            first = false;
        }
        refused("a `[` that is not closed")
    }

    /// What stands behind a backslash.
    fn escape(&mut self, escaped: char, class: bool) -> Result<(), PatternError> {
        let out = &mut self.out;
        match (escaped, class) {
            ('d', false) => out.push_str("[0-9]"),
            ('d', true) => out.push_str("0-9"),
            ('D', _) => out.push_str("[^0-9]"),
            ('w', false) => out.push_str("[0-9A-Za-z_]"),
            ('w', true) => out.push_str("0-9A-Za-z_"),
            ('W', _) => out.push_str("[^0-9A-Za-z_]"),
            ('s', false) => out.push_str("[\\t\\n\\f\\r ]"),
            ('s', true) => out.push_str("\\t\\n\\f\\r\\x20"),
            ('S', _) => out.push_str("[^\\t\\n\\f\\r ]"),
            ('b', false) if self.rest.peek() != Some(&'{') => out.push_str("(?-u:\\b)"),
            ('b' | 'B' | 'u' | 'U' | 'C', _) => return refused(format!("`\\{escaped}` is not supported")),
            ('<' | '>', _) => out.push(escaped),
            ('x', _) => {
                out.push_str("\\x");
                self.braced();
            }
            ('p' | 'P', _) => {
                out.push('\\');
                out.push(escaped);
                self.braced();
            }
            _ => {
                out.push('\\');
                out.push(escaped);
            }
        }
        Ok(())
    }

    /// The braces of `\x{…}` and `\p{…}`, which repeat nothing.
    fn braced(&mut self) {
        if self.rest.peek() == Some(&'{') {
            self.up_to('}');
        }
    }

    /// What is no pattern, as it is written.
    fn up_to(&mut self, last: char) {
        for c in self.rest.by_ref() {
            self.out.push(c);
            if c == last {
                return;
            }
        }
    }
}

fn check_flags(flags: &str) -> Result<(), PatternError> {
    match flags.chars().find(|flag| matches!(flag, 'x' | 'u' | 'R')) {
        // `(?P<name>` is no flag.
        Some(flag) if !flags.starts_with('P') => refused(format!("the flag `{flag}` is not RE2's")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_re2_says() {
        for (text, pattern, expected) in [
            ("٣", r"\d", false),
            ("3", r"^[\d]$", true),
            ("é", r"\w", false),
            ("a b", r"a\sb", true),
            ("admin", r"\badmin\b", true),
            ("x<y", r"x\<y", true),
            ("]", r"^[]a]$", true),
            ("]", r"^[^]a]$", false),
            ("b", "^[[:alpha:]]$", true),
            ("a.b", r"^\Qa.b\E$", true),
            ("axb", r"^\Qa.b\E$", false),
            ("-", r"^[-\d]$", true),
            ("ab", "(?i)^AB$", true),
            ("aaa", "^(?:a{1,2}?){2}$", true),
            ("é", r"^\p{L}$", true),
            ("ab", "^(?P<first>a)(?<second>b)$", true),
            ("AB", "^(?i:a)(?i)b$", true),
            ("A", r"^\x{41}{1}$", true),
        ] {
            assert_eq!(Pattern::new(pattern).map(|found| found.is_match(text)), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_re2_refuses_and_what_would_mean_something_else_is_refused() {
        for pattern in [
            "a{1001}",
            "(?:a{40}){26}",
            "(?:(?:a{10}){10}b){11}",
            "[a--b]",
            "[a&&b]",
            "[a[b]]",
            "[+-\\d]",
            "(?x)a",
            r"\u0041",
            r"\Ba",
            "(",
            ")",
            "[a",
            "\\",
            "a**",
            "a{2}{3}",
            "a*??",
            "(?=a)",
            r"(a)\1",
            "a{b}",
        ] {
            let refused = Pattern::new(pattern).map(|found| found.size());
            assert!(matches!(refused, Err(PatternError::NotRe2(_))), "{pattern}: {refused:?}");
        }
    }

    #[test]
    fn a_pattern_has_a_size_and_a_limit() {
        for (pattern, size) in
            [("", 0), ("abc", 3), ("a{10}", 10), ("(?:ab|c){3}d", 10), ("(?:a{10}b){5}", 55)]
        {
            assert_eq!(Pattern::new(pattern).map(|found| found.size()), Ok(size), "{pattern}");
        }
        assert_eq!(Pattern::new(&"a".repeat(20_000)).map(|found| found.size()), Ok(20_000));
        for pattern in ["a".repeat(20_001), "(?:[a-z]{500}x){2}".repeat(30), r"\p{L}{900}".to_owned()] {
            assert!(matches!(Pattern::new(&pattern), Err(PatternError::TooLarge(_))));
        }
    }
}
