//! Regular expressions in RE2's syntax and meaning, and globs.
//!
//! Rust's `regex` differs where a look-alike digit or letter could match or evade a rule: there Perl
//! classes and word boundaries are Unicode's, brackets have set operators, and repeats may be longer.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

/// RE2's limit of a counted repeat.
const MOST_REPEATS: u32 = 1000;

/// Patterns that were met before.
#[derive(Default)]
pub(super) struct Patterns {
    known: RefCell<HashMap<String, Result<Regex, String>>>,
}

impl Patterns {
    /// Whether the pattern matches anywhere in the text.
    pub(super) fn matches(&self, text: &str, pattern: &str) -> Result<bool, String> {
        let mut known = self.known.borrow_mut();
        let regex = known.entry(pattern.to_owned()).or_insert_with(|| compile(pattern));
        regex.as_ref().map(|regex| regex.is_match(text)).map_err(Clone::clone)
    }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    Regex::new(&translated).map_err(|_| "not a regular expression in RE2's syntax".to_owned())
}

/// The pattern in Rust's syntax with RE2's meaning.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    let mut class = false;
    // Where the class began, so that `]` right behind it is a literal.
    let mut class_empty = false;
    while let Some(c) = rest.next() {
        let first_in_class = class && class_empty;
        class_empty = false;
        match c {
            '\\' => match rest.next() {
                None => return Err("a pattern that ends in `\\`".to_owned()),
                Some(escaped) => escape(escaped, class, rest.peek().copied(), &mut out)?,
            },
            '[' if !class => {
                class = true;
                class_empty = true;
                out.push('[');
                if rest.peek() == Some(&'^') {
                    rest.next();
                    out.push('^');
                }
            }
            '[' => {
                if rest.peek() != Some(&':') {
                    return Err("`[` inside brackets: write `\\[`".to_owned());
                }
                out.push('[');
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            ']' if first_in_class => out.push_str("\\]"),
            ']' if class => {
                class = false;
                out.push(']');
            }
            '&' | '-' | '~' if class && rest.peek() == Some(&c) => {
                return Err(format!("`{c}{c}` inside brackets: write `\\{c}\\{c}`"));
            }
            '{' if !class => {
                check_repeat(&rest.clone().take_while(|c| *c != '}').collect::<String>())?;
                out.push('{');
            }
            '(' if !class && rest.peek() == Some(&'?') => {
                check_flags(
                    &rest
                        .clone()
                        .skip(1)
                        .take_while(|c| c.is_ascii_alphabetic() || *c == '-')
                        .collect::<String>(),
                )?;
                out.push('(');
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

fn escape(escaped: char, class: bool, next: Option<char>, out: &mut String) -> Result<(), String> {
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
        ('b', false) if next != Some('{') => out.push_str("(?-u:\\b)"),
        ('b' | 'B' | 'u' | 'U' | 'C', _) => return Err(format!("`\\{escaped}` is not supported")),
        ('<' | '>', _) => out.push(escaped),
        _ => {
            out.push('\\');
            out.push(escaped);
        }
    }
    Ok(())
}

fn check_repeat(counts: &str) -> Result<(), String> {
    for count in
        counts.split(',').filter(|count| !count.is_empty() && count.chars().all(|c| c.is_ascii_digit()))
    {
        if count.parse::<u32>().map_or(true, |count| count > MOST_REPEATS) {
            return Err(format!("a repeat of more than {MOST_REPEATS}"));
        }
    }
    Ok(())
}

fn check_flags(flags: &str) -> Result<(), String> {
    match flags.chars().find(|flag| matches!(flag, 'x' | 'u' | 'R')) {
        // `(?P<name>` is no flag.
        Some(flag) if !flags.starts_with('P') => Err(format!("the flag `{flag}` is not RE2's")),
        _ => Ok(()),
    }
}

/// `*` is any run of characters, `?` any one; the whole text must match.
pub(crate) fn glob(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut fits: Vec<bool> = vec![false; text.len().saturating_add(1)];
    if let Some(start) = fits.first_mut() {
        *start = true;
    }
    for c in pattern.chars() {
        let mut next = vec![false; fits.len()];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = fits.get(at).copied().unwrap_or(false);
            any |= here;
            let before = at.checked_sub(1);
            let stepped = before.is_some_and(|before| {
                fits.get(before).copied().unwrap_or(false) && (c == '?' || text.get(before) == Some(&c))
            });
            *slot = if c == '*' { any } else { stepped };
        }
        fits = next;
    }
    fits.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_re2_says() {
        let patterns = Patterns::default();
        let cases = [
            ("٣", r"\d", false),
            ("3", r"^[\d]$", true),
            ("é", r"\w", false),
            ("a b", r"a\sb", true),
            ("admin", r"\badmin\b", true),
            ("x<y", r"x\<y", true),
            ("]", r"^[]a]$", true),
            ("b", "^[[:alpha:]]$", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(patterns.matches(text, pattern), Ok(expected), "{pattern}");
        }
        for refused in ["a{1001}", "[a--b]", "[a&&b]", "[a[b]]", "(?x)a", r"\u0041", r"\Ba", "(", "\\"] {
            assert!(patterns.matches("a", refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn globs() {
        let cases = [
            ("s3:GetObject", "s3:Get*", true),
            ("s3:PutObject", "s3:Get*", false),
            ("abc", "a?c", true),
            ("abc", "*", true),
            ("", "*", true),
            ("", "?", false),
            ("aaab", "a*ab", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(glob(text, pattern), expected, "{pattern}");
        }
    }
}
