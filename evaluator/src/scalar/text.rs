//! Strings, by code points.

use assize_lang::plan::Builtin;

use crate::value::Value;

pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    use Builtin as B;
    use Value::{Int, List, String as Text};
    Some(match (function, arguments) {
        (B::Contains, [Text(text), Text(part)]) => Value::Bool(text.contains(part.as_ref())),
        (B::StartsWith, [Text(text), Text(part)]) => Value::Bool(text.starts_with(part.as_ref())),
        (B::EndsWith, [Text(text), Text(part)]) => Value::Bool(text.ends_with(part.as_ref())),
        (B::LowerAscii, [Text(text)]) => Value::text(text.to_ascii_lowercase()),
        (B::UpperAscii, [Text(text)]) => Value::text(text.to_ascii_uppercase()),
        // Unicode's white space, as cel-spec lists it.
        (B::Trim, [Text(text)]) => Value::text(text.trim()),
        (B::Split, [Text(text), Text(between)]) => split(text, between, -1),
        (B::Split, [Text(text), Text(between), Int(most)]) => split(text, between, *most),
        (B::Join, [List(parts)]) => join(parts, "")?,
        (B::Join, [List(parts), Text(between)]) => join(parts, between)?,
        (B::Replace, [Text(text), Text(from), Text(to)]) => Value::text(text.replace(from.as_ref(), to)),
        (B::Replace, [Text(text), Text(from), Text(to), Int(most)]) => match usize::try_from(*most) {
            Ok(most) => Value::text(text.replacen(from.as_ref(), to, most)),
            Err(_) => Value::text(text.replace(from.as_ref(), to)),
        },
        (B::Substring, [Text(text), Int(from)]) => Value::text(text.get(place(text, *from)?..)?),
        (B::Substring, [Text(text), Int(from), Int(to)]) => {
            Value::text(text.get(place(text, *from)?..place(text, *to)?)?)
        }
        (B::CharAt, [Text(text), Int(at)]) => {
            let rest = text.get(place(text, *at)?..)?;
            Value::text(rest.chars().next().map(String::from).unwrap_or_default())
        }
        (B::IndexOf, [Text(text), Text(part)]) => Int(points_before(text, text.find(part.as_ref()))),
        (B::IndexOf, [Text(text), Text(part), Int(from)]) => Int(index_of(text, part, *from, false)?),
        (B::LastIndexOf, [Text(text), Text(part)]) => Int(points_before(text, text.rfind(part.as_ref()))),
        (B::LastIndexOf, [Text(text), Text(part), Int(from)]) => Int(index_of(text, part, *from, true)?),
        (B::Quote, [Text(text)]) => Value::text(quote(text)),
        _ => return None,
    })
}

/// The byte at which the code point of this index begins; the text's end for its length.
fn place(text: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

/// The index of the code point at this byte; -1 of none.
fn points_before(text: &str, byte: Option<usize>) -> i64 {
    let before = byte.and_then(|byte| text.get(..byte));
    before.map_or(-1, |before| i64::try_from(before.chars().count()).unwrap_or(i64::MAX))
}

/// Where `part` begins, first at or after `from`, or `last` at or before it; -1 where it does not. An index
/// outside of the text is an error, but not with an empty `part`: it is found at the text's end.
fn index_of(text: &str, part: &str, from: i64, last: bool) -> Option<i64> {
    if part.is_empty() {
        return (from >= 0).then(|| from.min(points_before(text, Some(text.len()))));
    }
    let start = place(text, from).filter(|start| *start < text.len())?;
    let found = if last {
        // What begins at or before `start` ends at or before this.
        let end = text.floor_char_boundary(start.saturating_add(part.len()));
        text.get(..end)?.rfind(part)
    } else {
        text.get(start..)?.find(part).map(|at| at.saturating_add(start))
    };
    Some(points_before(text, found))
}

/// At most `most` parts, the last with all that is left; any number where it is negative. An empty separator
/// stands between any two code points.
fn split(text: &str, between: &str, most: i64) -> Value {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let parts: Vec<Value> = if between.is_empty() {
        let cuts = text.char_indices().map(|(at, _)| at).take(most);
        let mut ends = text.char_indices().map(|(at, _)| at).take(most).skip(1).chain([text.len()]);
        cuts.filter_map(|from| text.get(from..ends.next()?)).map(Value::text).collect()
    } else {
        text.splitn(most, between).map(Value::text).collect()
    };
    Value::List(parts.into())
}

/// The texts one after another, `between` between any two; `None` where one is no text.
fn join(parts: &[Value], between: &str) -> Option<Value> {
    let texts: Option<Vec<&str>> = parts
        .iter()
        .map(|part| match part {
            Value::String(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    Some(Value::text(texts?.join(between)))
}

/// The text as a literal of CEL in double quotes.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for c in text.chars() {
        match c {
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(function: Builtin, receiver: &str, arguments: &[Value]) -> Option<Value> {
        let receiver = Value::text(receiver);
        let arguments: Vec<&Value> = [&receiver].into_iter().chain(arguments).collect();
        call(function, &arguments)
    }

    #[test]
    fn indices_are_code_points() {
        use Builtin::{CharAt, IndexOf, LastIndexOf, Substring};
        let int = |number: i64| Some(Value::Int(number));
        let cases = [
            (IndexOf, "ta©o©αT", vec![Value::text("©"), Value::Int(3)], int(4)),
            (IndexOf, "abc", vec![Value::text("c"), Value::Int(3)], None),
            (IndexOf, "abc", vec![Value::text(""), Value::Int(20)], int(3)),
            (IndexOf, "", vec![Value::text("a"), Value::Int(0)], None),
            (LastIndexOf, "bananananana", vec![Value::text("nana"), Value::Int(7)], int(6)),
            (LastIndexOf, "ta©o©αT", vec![Value::text("©"), Value::Int(3)], int(2)),
            (LastIndexOf, "a©", vec![Value::text("aaaa"), Value::Int(0)], int(-1)),
            (LastIndexOf, "a©", vec![Value::text("")], int(2)),
            (CharAt, "a©", vec![Value::Int(2)], Some(Value::text(""))),
            (CharAt, "a©", vec![Value::Int(3)], None),
            (CharAt, "a©", vec![Value::Int(i64::MIN)], None),
            (Substring, "ta©o©αT", vec![Value::Int(2), Value::Int(6)], Some(Value::text("©o©α"))),
            (Substring, "abc", vec![Value::Int(2), Value::Int(1)], None),
            (Substring, "abc", vec![Value::Int(0), Value::Int(i64::MAX)], None),
        ];
        for (function, receiver, arguments, wanted) in cases {
            assert_eq!(text(function, receiver, &arguments), wanted, "{receiver} {arguments:?}");
        }
    }

    #[test]
    fn splits_have_a_limit() {
        let split = |receiver: &str, between: &str, most: i64| match text(
            Builtin::Split,
            receiver,
            &[Value::text(between), Value::Int(most)],
        ) {
            Some(Value::List(parts)) => parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let cases: [(&str, &str, i64, &[&str]); 8] = [
            ("a,b,c", ",", 2, &["a", "b,c"]),
            ("a,b", ",", 0, &[]),
            ("", ",", -1, &[""]),
            ("", "", -1, &[]),
            ("a©b", "", -1, &["a", "©", "b"]),
            ("a©b", "", 2, &["a", "©b"]),
            ("a©b", "", 9, &["a", "©", "b"]),
            ("a", "", 0, &[]),
        ];
        for (receiver, between, most, wanted) in cases {
            let wanted: Vec<String> = wanted.iter().map(|part| format!("{:?}", Value::text(part))).collect();
            assert_eq!(split(receiver, between, most), wanted, "{receiver}");
        }
    }
}
