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

/// What is written anew when `typed` has just been written before `offset`: the item that a `}` has closed, in its
/// style; behind a line break the indentation of the new line.
#[must_use]
pub fn on_type(text: &str, offset: u32, typed: &str) -> Vec<Edit> {
    if typed == "}" {
        let edits = syntax::format_range(text, Span::new(offset.saturating_sub(1), offset));
        return edits.into_iter().map(|(span, text)| Edit { span, text }).collect();
    }
    let Some(before) = text.get(..offset as usize) else { return Vec::new() };
    let line = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let rest = text.get(line..).unwrap_or_default();
    let blank = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len());
    let behind = rest.get(blank..).unwrap_or_default();
    let closes = behind.starts_with(['}', ')', ']']);
    let Some(depth) = depth(before.get(..line).unwrap_or_default()) else { return Vec::new() };
    let wanted = depth.saturating_sub(u32::from(closes));
    let indent = "  ".repeat(wanted as usize);
    if rest.get(..blank) == Some(indent.as_str()) {
        return Vec::new();
    }
    let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    vec![Edit { span: Span::new(at(line), at(line.saturating_add(blank))), text: indent }]
}

/// How many brackets are open at the end of a text; nothing inside of a literal.
fn depth(before: &str) -> Option<u32> {
    let mut depth: u32 = 0;
    for (lexeme, span) in syntax::tokens(before) {
        match span.text(before) {
            "{" | "(" | "[" => depth = depth.saturating_add(1),
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            // An open one: what is written there is its author's.
            written
                if lexeme == syntax::Lexeme::Text
                    && written.starts_with("\"\"\"")
                    && (written.len() < 6 || !written.ends_with("\"\"\"")) =>
            {
                return None;
            }
            _ => {}
        }
    }
    Some(depth)
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

    #[test]
    fn a_new_line_is_indented_and_a_closed_item_put_in_order() {
        for (text, typed, expected) in [
            ("policy q {\n|", "\n", "policy q {\n  "),
            ("policy q {\n  decide {\n  |\n", "\n", "policy q {\n  decide {\n    \n"),
            ("policy q {\n    |}", "\n", "policy q {\n}"),
            ("fn f(): bool = true\n|", "\n", "fn f(): bool = true\n"),
            ("enum  E {a,b}|", "}", "enum E { a, b }"),
            ("enum  E {a,|", "}", "enum  E {a,"),
        ] {
            let offset = text.find('|').expect("a cursor");
            let text = text.replace('|', "");
            let mut edited = text.clone();
            for edit in on_type(&text, offset as u32, typed).into_iter().rev() {
                edited.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
            }
            assert_eq!(edited, expected, "{text:?}");
        }
    }
}
