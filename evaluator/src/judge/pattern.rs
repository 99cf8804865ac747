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
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(glob(text, pattern), expected, "{pattern}");
        }
    }
}
