//! Params set by a deployment: text in the language's literal syntax.

use assize_lang::plan::{Name, Param, Program, Schema, Type};

use crate::facts::{Instant, format_duration, parse_duration};
use crate::value::{Value, describe, from_const, is_sensitive};

/// Reads what the param called `name` is set to.
///
/// # Errors
/// What is wrong, as a sentence for people.
pub(crate) fn read(program: &Program, name: &str, text: &str) -> Result<(Name, Value), String> {
    let Some(param) = program.params.get(name) else {
        let similar =
            program.params.keys().find(|known| known.short() == name || known.as_str().ends_with(name));
        let hint = similar.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
        return Err(format!("no param `{name}`{hint}"));
    };
    let shown = if is_sensitive(&param.ty) { "what is set".to_owned() } else { format!("`{text}`") };
    let refused = |wanted| format!("{shown} is no value for `{name}`: {wanted}");
    let value = literal(text.trim(), &param.ty, &program.schema).map_err(refused)?;
    within(param, &value, &program.schema).map_err(refused)?;
    Ok((param.name.clone(), value))
}

fn within(param: &Param, value: &Value, schema: &Schema) -> Result<(), String> {
    let Some((low, high)) = &param.bounds else { return Ok(()) };
    let (low, high) = (from_const(low), from_const(high));
    if (&low..=&high).contains(&value) {
        return Ok(());
    }
    let show = |end: Value| describe(&crate::value::Possible::known(end), &param.ty, schema);
    Err(format!("it must lie in {}..{}", show(low), show(high)))
}

fn literal(text: &str, ty: &Type, schema: &Schema) -> Result<Value, String> {
    let or = |value: Option<Value>, wanted: &str| value.ok_or_else(|| format!("expected {wanted}"));
    match ty {
        Type::Bool => or(text.parse().ok().map(Value::Bool), "`true` or `false`"),
        Type::Int => or(text.parse().ok().map(Value::Int), "an integer"),
        Type::Uint => {
            or(text.strip_suffix('u').unwrap_or(text).parse().ok().map(Value::Uint), "an unsigned integer")
        }
        Type::Double => {
            or(text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double), "a number")
        }
        Type::Duration => or(
            parse_duration(text).map(Value::Duration),
            &format!("a duration such as `{}`", format_duration(86_400_000_000)),
        ),
        Type::Timestamp => or(
            text.parse::<Instant>().ok().map(|instant| Value::Timestamp(instant.0)),
            "a timestamp such as 2026-06-01T00:00:00Z",
        ),
        Type::String => string(text),
        Type::Enum(name) => {
            let Some(found) = schema.enums.get(name) else { return Err(format!("no enum `{name}`")) };
            let member =
                text.strip_prefix(name.short()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text);
            let members: Vec<&str> = found.members.iter().map(|member| member.name.as_str()).collect();
            or(
                found.index_of(member).map(|at| Value::Enum(name.clone(), at)),
                &format!("one of {}", members.join(", ")),
            )
        }
        Type::List(of) => {
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let Some(inner) = inner else { return Err("expected a list such as `[a, b]`".to_owned()) };
            let items: Result<Vec<Value>, String> =
                split(inner).into_iter().map(|item| literal(item.trim(), of, schema)).collect();
            items.map(|items| Value::List(items.into()))
        }
        // What is wrong with it could show it.
        Type::Sensitive(inner) => {
            literal(text, inner, schema).map_err(|_| format!("expected a value of type `{inner}`"))
        }
        other => Err(format!("a param of type `{other}` cannot be set")),
    }
}

/// A quoted text; a bare one stands for itself.
fn string(text: &str) -> Result<Value, String> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let inner = rest.strip_suffix(quote).ok_or_else(|| format!("expected a closing `{quote}`"))?;
            if inner.contains(quote) || inner.contains('\\') {
                return Err("expected a text without quotes and `\\`".to_owned());
            }
            return Ok(Value::text(inner));
        }
    }
    Ok(Value::text(text))
}

/// The items of a list: commas inside quotes do not count.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (',', None) => {
                out.push(text.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    let last = text.get(start..).unwrap_or_default();
    if !(out.is_empty() && last.trim().is_empty()) {
        out.push(last);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_the_languages() {
        let schema = Schema::default();
        let list = Type::List(Box::new(Type::String));
        let cases = [
            ("true", Type::Bool, Value::Bool(true)),
            ("-5", Type::Int, Value::Int(-5)),
            ("5u", Type::Uint, Value::Uint(5)),
            ("1h30m", Type::Duration, Value::Duration(5_400_000_000)),
            ("\"a b\"", Type::String, Value::text("a b")),
            ("['a, b', c]", list.clone(), Value::List([Value::text("a, b"), Value::text("c")].into())),
            ("[]", list, Value::List([].into())),
        ];
        for (text, ty, value) in cases {
            assert_eq!(literal(text, &ty, &schema), Ok(value), "{text}");
        }
        assert!(literal("90", &Type::Duration, &schema).is_err());
        assert!(literal("NaN", &Type::Double, &schema).is_err());
    }
}
