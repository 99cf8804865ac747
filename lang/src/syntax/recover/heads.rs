//! Lines that start no item.

use super::hints::closest;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::words::HEADS;

/// What is wrong with an item whose first word, at `place`, is `word`.
pub(crate) fn unknown_item(word: &str, place: Span) -> Diagnostic {
    let diagnostic = if word.is_empty() {
        Diagnostic::new(Code::UnknownItem, place, "this starts no item")
    } else {
        Diagnostic::new(Code::UnknownItem, place, format!("`{word}` starts no item"))
    };
    if let Some((head, why)) = meant(word) {
        return diagnostic.label(format!("write `{head}`")).help(why).fix(
            format!("write `{head}`"),
            place,
            head,
        );
    }
    if let Some(head) = closest(word, HEADS.iter().copied()) {
        return diagnostic.label(format!("write `{head}`")).help(format!("did you mean `{head}`?")).fix(
            format!("write `{head}`"),
            place,
            head,
        );
    }
    let help = match word {
        "default" => "nothing is allowed or denied by default: a policy decides by its arms, the rest by `otherwise => …`".to_owned(),
        "allow" | "deny" | "violation" | "warn" => {
            format!("write a policy: `policy {word} {{ for x: Type  decide {{ condition => alert high because \"…\" }} }}`")
        }
        _ => format!("an item starts with one of {}", HEADS.map(|head| format!("`{head}`")).join(", ")),
    };
    diagnostic.help(help)
}

/// The head word that stands for another language's.
fn meant(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "rule" | "forbid" | "permit" => ("policy", "what decides is a `policy`"),
        "import" | "include" | "from" => ("use", "names of other packages come by `use package.{name}`"),
        "function" | "func" | "def" | "fun" => ("fn", "a function is `fn name(a: Type): Type = …`"),
        "const" | "var" | "let" | "parameter" => ("param", "a threshold is `param name: Type = value`"),
        "module" | "namespace" => ("package", "a file names its `package`"),
        "type" | "struct" | "class" | "record" => {
            ("entity", "a type of facts is an `entity`, an `event` or a `request`")
        }
        _ => return None,
    })
}
