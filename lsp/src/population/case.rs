//! A case of the facts, written down as a test.

use assize::Explanation;
use assize_lang::plan::{FactType, Schema, Type};

/// A test that gives what a policy read of a case, and expects what it decided. What was read through lists is not
/// in it: the author adds what the case needs, and the test says at once whether it is enough.
pub(super) fn test(schema: &Schema, why: &Explanation) -> String {
    let policy = why.policy.rsplit('.').next().unwrap_or_default();
    let keys = why.anchor.keys();
    let key = keys.first().map_or("", String::as_str);
    let mut out = format!("test {} {{\n  now {}\n", quoted(&format!("{policy}: {key}")), why.now);
    for (name, bound) in &why.anchor.0 {
        let assize::Bound::Fact(fact) = bound else { continue };
        let Some(declared) = schema.fact(&fact.ty) else { continue };
        let given = given(declared, &fact.key, name, why);
        out.push_str(&format!("  given {} {{ {} }}\n", declared.name.short(), given.join(", ")));
    }
    let on: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
    let on = if on.len() == 1 { on.concat() } else { format!("({})", on.join(", ")) };
    let expected = match &why.decision {
        Some(decision) => decision.outcomes.first().map_or("nothing", |outcome| outcome.kind.word()),
        None if why.undetermined.is_some() => "undetermined",
        None => "nothing",
    };
    out.push_str(&format!("  expect {expected} on {on} by {policy}\n}}\n"));
    out
}

/// The fields of one fact that were read and are known.
fn given(declared: &FactType, key: &str, binding: &str, why: &Explanation) -> Vec<String> {
    let mut out = vec![format!("{}: {}", declared.key, quoted(key))];
    for read in &why.values {
        let Some(name) = read.path.strip_prefix(binding).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let Some(field) = declared.field(name).filter(|field| field.name != declared.key) else { continue };
        if let Some(value) = literal(&field.ty, &read.value) {
            out.push(format!("{name}: {value}"));
        }
    }
    out
}

/// A shown value in the language's own syntax; nothing where it is not known, or must not be shown.
fn literal(ty: &Type, shown: &str) -> Option<String> {
    if shown == "none" && !matches!(ty, Type::Enum(_)) {
        return Some("null".to_owned());
    }
    if shown.starts_with(['?', '(']) || shown.contains(" to ") {
        return None;
    }
    Some(match ty {
        Type::Enum(of) => format!("{}.{}", of.short(), shown.rsplit('.').next().unwrap_or(shown)),
        Type::Bool | Type::Int | Type::Uint | Type::Double | Type::Timestamp | Type::Duration => {
            shown.to_owned()
        }
        Type::String => quoted(shown.trim_matches('"')),
        Type::Fact(_) => quoted(key_of(shown)),
        _ => return None,
    })
}

/// The key in `Identity "ci"`, or in what is one already.
fn key_of(shown: &str) -> &str {
    let inside = shown.split_once(['"', '`']).map_or(shown, |(_, rest)| rest);
    inside.trim_end_matches(['"', '`'])
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
