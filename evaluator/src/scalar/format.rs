//! `s.format(list)`: each clause `%[.precision]letter` of the text takes the next of the values; `%%` is `%`.

use crate::value::Value;

/// The precision of `%f` and `%e` that have none.
const DEFAULT_PRECISION: usize = 6;

/// The largest that may be asked for: digits are written out.
const MOST_PRECISION: usize = 100;

pub(super) fn call(arguments: &[&Value]) -> Option<Value> {
    let [Value::String(text), Value::List(values)] = arguments else { return None };
    let mut out = String::with_capacity(text.len());
    let mut values = values.iter();
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        rest = match after.strip_prefix('%') {
            Some(after) => {
                out.push('%');
                after
            }
            None => {
                let (precision, after) = precision(after)?;
                let mut letters = after.chars();
                out.push_str(&clause(letters.next()?, precision, values.next()?)?);
                letters.as_str()
            }
        };
    }
    out.push_str(rest);
    Some(Value::text(out))
}

fn precision(clause: &str) -> Option<(usize, &str)> {
    let Some(rest) = clause.strip_prefix('.') else { return Some((DEFAULT_PRECISION, clause)) };
    let (digits, rest) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
    let precision = digits.parse().ok().filter(|precision| *precision <= MOST_PRECISION)?;
    Some((precision, rest))
}

fn clause(letter: char, precision: usize, value: &Value) -> Option<String> {
    Some(match (letter, value) {
        ('s', value) => shown(value)?,
        ('d', Value::Int(number)) => number.to_string(),
        ('d', Value::Uint(number)) => number.to_string(),
        ('d', Value::Double(number)) => double(*number),
        ('f', value) => {
            let number = as_double(value)?;
            if number.is_finite() { format!("{number:.precision$}") } else { double(number) }
        }
        ('e', value) => scientific(as_double(value)?, precision)?,
        ('b', Value::Bool(truth)) => u8::from(*truth).to_string(),
        ('b', Value::Int(number)) => format!("{}{:b}", sign(*number), number.unsigned_abs()),
        ('b', Value::Uint(number)) => format!("{number:b}"),
        ('o', Value::Int(number)) => format!("{}{:o}", sign(*number), number.unsigned_abs()),
        ('o', Value::Uint(number)) => format!("{number:o}"),
        ('x', value) => hex(value)?,
        ('X', value) => hex(value)?.to_ascii_uppercase(),
        _ => return None,
    })
}

/// `%s`: a value as itself; what it holds likewise, the entries of a map by their keys as shown. What needs
/// a schema to be shown is an error.
fn shown(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => double(*number),
        Value::String(text) => text.to_string(),
        Value::Bytes(bytes) => replaced(bytes),
        Value::Duration(_) | Value::FineDuration(_) => crate::judge::seconds_text(value.nanos()?),
        Value::Timestamp(_) | Value::FineTimestamp(_) => crate::judge::instant_text(value.nanos()?),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(shown).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Some((shown(key)?, shown(value)?)));
            let mut entries = entries.collect::<Option<Vec<(String, String)>>>()?;
            entries.sort();
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Type(name) => name.to_string(),
        Value::Enum(..) | Value::Fact(..) | Value::Optional(_) => return None,
    })
}

/// The double that `%f` and `%e` write of a number.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is written")]
fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

/// The fewest digits that read back as the number, without an exponent.
fn double(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    number.to_string()
}

/// At least two digits of exponent, with its sign.
fn scientific(number: f64, precision: usize) -> Option<String> {
    if !number.is_finite() {
        return Some(double(number));
    }
    let written = format!("{number:.precision$e}");
    let (digits, exponent) = written.split_once('e')?;
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    Some(format!("{digits}e{sign}{exponent:0>2}"))
}

const fn sign(number: i64) -> &'static str {
    if number < 0 { "-" } else { "" }
}

/// A number's digits; of a text or bytes, two for each byte.
fn hex(value: &Value) -> Option<String> {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(match value {
        Value::Int(number) => format!("{}{:x}", sign(*number), number.unsigned_abs()),
        Value::Uint(number) => format!("{number:x}"),
        Value::String(text) => bytes(text.as_bytes()),
        Value::Bytes(value) => bytes(value),
        _ => return None,
    })
}

/// The bytes as a text; a run of bytes that are no UTF-8 becomes one U+FFFD.
fn replaced(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut in_run = false;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        in_run &= chunk.valid().is_empty();
        if !chunk.invalid().is_empty() && !in_run {
            out.push(char::REPLACEMENT_CHARACTER);
            in_run = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str, values: &[Value]) -> Option<String> {
        match call(&[&Value::text(text), &Value::List(values.into())]) {
            Some(Value::String(text)) => Some(text.to_string()),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn clauses() {
        let double = Value::Double;
        let cases = [
            ("%s, %%", Value::Bool(true), Some("true, %")),
            ("%.2f", double(2.675), Some("2.67")),
            ("%f", double(f64::INFINITY), Some("Infinity")),
            ("%e", Value::Int(1_052), Some("1.052000e+03")),
            ("%.0e", double(-0.000_123), Some("-1e-04")),
            ("%x", Value::Int(-255), Some("-ff")),
            ("%X", Value::text("hé"), Some("68C3A9")),
            ("%b", Value::Int(i64::MIN), Some(&*format!("-1{}", "0".repeat(63)))),
            ("%s", Value::Duration(-500_000), Some("-0.5s")),
            ("%s", Value::Bytes([b'a', 0xff, 0xfe, b'b'].into()), Some("a\u{fffd}b")),
            ("%d", Value::text("1"), None),
            ("%o", double(1.0), None),
            ("%q", Value::Int(1), None),
            ("%.101f", double(1.0), None),
            ("%.3", double(1.0), None),
            ("%", Value::Int(1), None),
            ("%d%d", Value::Int(1), None),
        ]
        .map(|(text, value, wanted)| (text, value, wanted.map(ToOwned::to_owned)));
        for (text, value, wanted) in cases {
            assert_eq!(format(text, &[value]), wanted, "{text}");
        }
    }
}
