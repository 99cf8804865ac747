//! What the call around the cursor takes.

use assize_lang::Database;
use assize_lang::diagnostic::Span;
use assize_lang::sema::at::Meaning;
use assize_lang::syntax::Lexeme;

use super::tokens::significant;
use super::words;

/// The signature of the call around the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `bod_26_04(kev: bool, …): Tier`
    pub label: String,
    /// Where each argument stands in the label.
    pub arguments: Vec<Span>,
    /// Which of them is being written.
    pub active: u32,
    /// What it means, as Markdown.
    pub docs: String,
}

/// The signature of the innermost call whose brackets hold `offset`.
#[must_use]
pub fn signature(db: &Database, path: &str, offset: u32) -> Option<Signature> {
    let item = db.item_span(path, offset)?;
    let text = db.file(path)?.text(db);
    let before = text.get(item.start as usize..offset as usize)?;
    let tokens = significant(before);
    let mut commas = Vec::new();
    let (mut depth, mut count) = (0_u32, 0_u32);
    let mut called = None;
    for (at, (_, span)) in tokens.iter().enumerate().rev() {
        match span.text(before) {
            ")" | "]" | "}" => depth = depth.saturating_add(1),
            "," if depth == 0 => {
                count = count.saturating_add(1);
                commas.push(at);
            }
            "[" | "{" if depth == 0 => return None,
            "(" if depth == 0 => {
                let (lexeme, name) = at.checked_sub(1).and_then(|at| tokens.get(at))?;
                if *lexeme != Lexeme::Word {
                    return None;
                }
                let method = at.checked_sub(2).and_then(|at| tokens.get(at));
                let method = method.is_some_and(|(_, span)| span.text(before) == ".");
                called = Some((*name, method));
                break;
            }
            "(" | "[" | "{" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let (name, method) = called?;
    let at = db.at(path, name.start.saturating_add(item.start));
    let named = match at.map(|at| at.meaning) {
        Some(Meaning::Item(name)) => db.signature(&name).map(|found| (name, found)),
        _ => None,
    };
    let Some((declared, found)) = named else { return own(name.text(before), method, count) };
    let skipped = usize::from(method);
    let args: Vec<String> = found
        .args
        .iter()
        .skip(skipped)
        .map(|(name, ty, optional)| format!("{name}: {ty}{}", if *optional { "?" } else { "" }))
        .collect();
    let mark = if found.optional { "?" } else { "" };
    let docs = db.item_named(&declared).map(|item| item.tree.docs.clone()).unwrap_or_default();
    let head = format!("{}(", declared.short());
    Some(put(&head, &args, &format!("): {}{mark}", found.result), count, docs))
}

/// One of the language's own functions.
fn own(name: &str, method: bool, active: u32) -> Option<Signature> {
    let (written, docs) = words::word(name)?;
    let (head, args) = written.split_once('(')?;
    if head.contains('.') != method {
        return None;
    }
    let args: Vec<String> = args.trim_end_matches(')').split(", ").map(str::to_owned).collect();
    Some(put(&format!("{head}("), &args, ")", active, docs.to_owned()))
}

fn put(head: &str, args: &[String], tail: &str, active: u32, docs: String) -> Signature {
    let mut label = head.to_owned();
    let mut arguments = Vec::new();
    let length = |label: &String| u32::try_from(label.len()).unwrap_or(u32::MAX);
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            label.push_str(", ");
        }
        let start = length(&label);
        label.push_str(arg);
        arguments.push(Span::new(start, length(&label)));
    }
    label.push_str(tail);
    Signature { label, arguments, active, docs }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests")]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn the_innermost_call_is_shown_with_the_argument_at_hand() {
        let head =
            "/// Whether it is old.\nfn old(s: Secret, age: duration): bool = s.created_at < now - age\n";
        for (text, expected) in [
            (
                "fn f(s: Secret): bool = old(<CURSOR>",
                "old([s: Secret], age: duration): bool | Whether it is old.",
            ),
            (
                "fn f(s: Secret): bool = old(s, <CURSOR>)",
                "old(s: Secret, [age: duration]): bool | Whether it is old.",
            ),
            ("fn f(s: Secret): bool = s.old(<CURSOR>)", "old([age: duration]): bool | Whether it is old."),
            (
                "fn f(s: Secret): bool = s.uses.exists(u, old(u.secret, <CURSOR>",
                "old(s: Secret, [age: duration]): bool | Whether it is old.",
            ),
            (
                "fn f(s: Secret): bool = s.uses.all(u, <CURSOR>",
                "list.all(x, [condition]) | Whether the condition holds of every member: true also of an empty list.",
            ),
            ("fn f(s: Secret): bool = (<CURSOR>", "nothing"),
            ("fn f(s: Secret): bool = old(s, 1d) && <CURSOR>", "nothing"),
            ("fn f(s: Secret): bool = old([<CURSOR>", "nothing"),
        ] {
            let fixture = Fixture::new(&format!("{head}{text}"));
            let shown =
                signature(&fixture.db, fixture::PATH, fixture.cursor).map_or("nothing".to_owned(), |found| {
                    let at = found.arguments[found.active as usize];
                    let (start, end) = (at.start as usize, at.end as usize);
                    let label = format!(
                        "{}[{}]{}",
                        &found.label[..start],
                        &found.label[start..end],
                        &found.label[end..]
                    );
                    format!("{label} | {}", found.docs)
                });
            assert_eq!(shown, expected, "{text}");
        }
    }
}
