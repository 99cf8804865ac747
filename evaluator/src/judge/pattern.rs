//! Patterns that were met before, and globs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use assize_lang::library::pattern::{Pattern, PatternError};

/// So many are kept: patterns may be made from data.
const KEPT: usize = 1_000;

/// Compiled patterns.
#[derive(Default)]
pub(super) struct Patterns {
    known: RefCell<HashMap<String, Result<Rc<Pattern>, PatternError>>>,
}

impl Patterns {
    /// The pattern that a text is.
    pub(super) fn get(&self, text: &str) -> Result<Rc<Pattern>, PatternError> {
        let mut known = self.known.borrow_mut();
        if let Some(found) = known.get(text) {
            return found.clone();
        }
        if known.len() >= KEPT {
            known.clear();
        }
        let made = Pattern::new(text).map(Rc::new);
        known.insert(text.to_owned(), made.clone());
        made
    }
}

/// `*` is any run of characters, `?` any one; the whole text must match.
pub(crate) fn glob(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    // Behind the last star, and where it was last tried.
    let mut star = None;
    loop {
        let fits = match pattern.next() {
            Some('*') => {
                star = Some((text.clone(), pattern.clone()));
                continue;
            }
            Some('?') => text.next().is_some(),
            Some(c) => text.next() == Some(c),
            None if text.as_str().is_empty() => return true,
            None => false,
        };
        if fits {
            continue;
        }
        // The star takes one character more.
        let Some((from, behind)) = &mut star else { return false };
        if from.next().is_none() {
            return false;
        }
        (text, pattern) = (from.clone(), behind.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_kept_and_not_all_of_them() {
        let patterns = Patterns::default();
        for number in 0..2_500 {
            assert!(
                patterns.get(&format!("a{number}")).is_ok_and(|found| found.is_match(&format!("a{number}")))
            );
        }
        assert!(patterns.get("(").is_err());
        assert!(patterns.known.borrow().len() <= KEPT);
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
            ("aab", "*a*b?", false),
            ("aXbXc", "*X?*c", true),
            ("", "", true),
            ("a", "", false),
            ("a", "a**", true),
            ("äöü", "ä?*ü", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(glob(text, pattern), expected, "{pattern}");
        }
    }
}
