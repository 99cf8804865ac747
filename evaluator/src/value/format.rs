//! Values as people read them.

use assize_lang::plan::{Schema, Type};

use super::{Domain, Possible, Value, Values};
use crate::facts::{Instant, format_duration};

/// How much of a value a message shows.
const LONGEST: usize = 256;

/// Text from the data, safe for a terminal: control and direction characters escaped, cut to 256
/// characters.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count >= LONGEST {
            out.push('…');
            break;
        }
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || hidden { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The value as a message shows it: durations as `90d`, timestamps as RFC 3339, enums by member.
fn show(value: &Value, schema: &Schema) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::String(text) => escape(text),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Value::Duration(micros) => format_duration(*micros),
        Value::Timestamp(micros) => Instant(*micros).to_string(),
        Value::FineDuration(fine) => crate::judge::seconds_text(fine.nanos()),
        Value::FineTimestamp(fine) => crate::judge::instant_text(fine.nanos()),
        Value::Enum(name, at) => schema
            .enums
            .get(name)
            .and_then(|found| found.members.get(usize::from(*at)))
            .map_or_else(|| at.to_string(), |member| member.name.to_string()),
        Value::Fact(_, key) => escape(key),
        Value::List(items) => {
            let texts: Vec<String> = items.iter().map(|item| show(item, schema)).collect();
            escape(&texts.join(", "))
        }
        Value::Map(entries) => {
            let texts: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", show(key, schema), show(value, schema)))
                .collect();
            escape(&texts.join(", "))
        }
        Value::Optional(held) => held.as_ref().map_or_else(|| "none".to_owned(), |held| show(held, schema)),
        Value::Type(name) => name.to_string(),
    }
}

/// What is possible, as a message shows it: the value; a set as `T2 or T3`; a range as `at least 4` or
/// `4 to 9`; anything else as `?` with the cause. A sensitive value is never shown.
#[must_use]
pub fn describe(possible: &Possible, ty: &Type, schema: &Schema) -> String {
    if is_sensitive(ty) {
        return "(sensitive)".to_owned();
    }
    let unknown = || {
        let causes = possible.causes.sorted();
        match causes.first() {
            Some(first) => format!("? ({})", first.cause),
            None => "?".to_owned(),
        }
    };
    match (&possible.values, possible.absent) {
        (Values::None, _) => "none".to_owned(),
        (Values::One(value), false) => show(value, schema),
        (Values::Members(domain, mask), false) => {
            if *mask == domain.full(schema) {
                return unknown();
            }
            let names: Vec<String> = (0..64_u8)
                .filter(|bit| (mask >> bit) & 1 == 1)
                .map(|bit| show(&domain.value(bit), schema))
                .collect();
            match (names.as_slice(), ordered(domain, schema) && contiguous(*mask)) {
                ([first, .., last], true) => format!("{first} to {last}"),
                _ => names.join(" or "),
            }
        }
        (Values::Range(Some(low), Some(high)), false) => {
            format!("{} to {}", show(low, schema), show(high, schema))
        }
        (Values::Range(Some(low), None), false) => format!("at least {}", show(low, schema)),
        (Values::Range(None, Some(high)), false) => format!("at most {}", show(high, schema)),
        _ => unknown(),
    }
}

/// Whether values of the type hold something that is never shown.
pub(crate) fn is_sensitive(ty: &Type) -> bool {
    match ty {
        Type::Sensitive(_) => true,
        Type::List(of) | Type::Optional(of) => is_sensitive(of),
        Type::Map(key, value) => is_sensitive(key) || is_sensitive(value),
        _ => false,
    }
}

fn ordered(domain: &Domain, schema: &Schema) -> bool {
    match domain {
        Domain::Bool => false,
        Domain::Enum(name) => schema.enums.get(name).is_some_and(|found| found.ordered),
    }
}

const fn contiguous(mask: u64) -> bool {
    let shifted = mask >> mask.trailing_zeros();
    shifted & shifted.wrapping_add(1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_data_says_cannot_steer_a_terminal() {
        assert_eq!(escape("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert_eq!(escape(&"x".repeat(300)).chars().count(), 257);
    }

    #[test]
    fn what_is_sensitive_is_not_shown_inside_a_list_either() {
        let ty = Type::List(Box::new(Type::Sensitive(Box::new(Type::String))));
        let list = Possible::known(Value::List([Value::text("s3cr3t")].into()));
        assert_eq!(describe(&list, &ty, &Schema::default()), "(sensitive)");
    }

    #[test]
    fn ranges_of_members_are_contiguous() {
        assert!(contiguous(0b0110));
        assert!(!contiguous(0b0101));
    }
}
