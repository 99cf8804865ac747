//! A text in the one style, as the one edit that makes it so.

use assize_lang::diagnostic::Span;
use assize_lang::syntax;

/// A replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// What formats `text`: from its first difference to its last, in whole lines, so that a cursor outside of
/// them stays where it is. `None` where nothing changes; items that cannot be read are left as they are.
#[must_use]
pub fn format(text: &str) -> Option<Edit> {
    let new = syntax::format(text).text;
    if new == text {
        return None;
    }
    let same = |lines: &mut dyn Iterator<Item = (&str, &str)>| -> usize {
        lines.take_while(|(old, new)| old == new).map(|(old, _)| old.len()).sum()
    };
    let start = same(&mut text.split_inclusive('\n').zip(new.split_inclusive('\n')));
    let (old_rest, new_rest) = (text.get(start..)?, new.get(start..)?);
    let mut ends = old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev());
    let end = same(&mut ends);
    let old_end = text.len().saturating_sub(end);
    let new_end = new_rest.len().saturating_sub(end);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Some(Edit { span: Span::new(offset(start), offset(old_end)), text: new_rest.get(..new_end)?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_reaches_from_the_first_difference_to_the_last() {
        for (text, replaced, with) in [
            (
                "package p\n\nparam  a: int = 1\n\nfn f(): int = a\n",
                "param  a: int = 1\n",
                "param a: int = 1\n",
            ),
            ("package p\nparam a: int = 1\n", "", "\n"),
            ("package p\n\n\n\nparam a: int = 1\n", "\n\n", ""),
            ("package p", "package p", "package p\n"),
            ("package  p\r\n", "package  p\r\n", "package p\n"),
            ("\n\n", "\n\n", ""),
        ] {
            let edit = format(text).expect("a change");
            assert_eq!((edit.span.text(text), edit.text.as_str()), (replaced, with), "{text:?}");
            let mut edited = text.to_owned();
            edited.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
            assert_eq!(edited, syntax::format(text).text);
            assert_eq!(format(&edited), None);
        }
    }
}
