//! The values of literals, for both parsers.

use super::ast::Literal;
use super::lexer::{TokenKind, timestamp_length};
use crate::diagnostic::Span;

/// Why a literal has no value, and where inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// Relative to the literal.
    pub(crate) span: Span,
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: &'static str,
}

impl Bad {
    fn whole(written: &str, message: impl Into<String>, help: &'static str) -> Self {
        Self { span: Span::new(0, length(written)), message: message.into(), help }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// The units of durations, longest first, in microseconds.
const UNITS: [(&str, i64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// Which number a maximal run of number characters is, if any.
pub(crate) fn number_kind(written: &str) -> Option<TokenKind> {
    if timestamp_length(written) == Some(written.len()) {
        return Some(TokenKind::Timestamp);
    }
    let (plain, is_uint) = match written.strip_suffix(['u', 'U']) {
        Some(plain) => (plain, true),
        None => (written, false),
    };
    let whole = match plain.strip_prefix("0x") {
        Some(hex) => !hex.is_empty() && hex.chars().all(|c| c.is_ascii_hexdigit()),
        None => is_digits(plain),
    };
    if whole {
        return Some(if is_uint { TokenKind::Uint } else { TokenKind::Int });
    }
    if duration_parts(written).is_some() {
        return Some(TokenKind::Duration);
    }
    is_double(written).then_some(TokenKind::Double)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn is_double(written: &str) -> bool {
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (written, None),
    };
    let exponent_ok = exponent.is_none_or(|text| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole.is_empty() || is_digits(whole)) && is_digits(fraction),
        None => is_digits(mantissa) && exponent.is_some(),
    };
    exponent_ok && mantissa_ok
}

/// The numbers and units of a duration, where the units descend.
fn duration_parts(written: &str) -> Option<Vec<(&str, i64)>> {
    let mut parts = Vec::new();
    let mut rest = written;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let (number, tail) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let (unit, tail) =
            tail.split_at_checked(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()))?;
        let (_, factor) = units.by_ref().find(|(name, _)| *name == unit)?;
        if number.is_empty() {
            return None;
        }
        parts.push((number, *factor));
        rest = tail;
    }
    (!parts.is_empty()).then_some(parts)
}

/// The value of `90d` in microseconds.
pub(crate) fn duration(written: &str) -> Result<i64, Bad> {
    let too_long = || {
        let message = format!("`{written}` is longer than a duration can be");
        Bad::whole(written, message, "a duration has at most 106751991d")
    };
    let parts = duration_parts(written).ok_or_else(|| {
        Bad::whole(written, format!("`{written}` is no duration"), "write a duration such as `24h`")
    })?;
    let mut sum: i64 = 0;
    for (number, factor) in parts {
        let number: i64 = number.parse().map_err(|_| too_long())?;
        let part = number.checked_mul(factor).ok_or_else(too_long)?;
        sum = sum.checked_add(part).ok_or_else(too_long)?;
    }
    Ok(sum)
}

/// An integer, or 2^63, which only a minus before it makes one.
pub(crate) enum Integer {
    Fits(i64),
    OnlyNegative,
}

/// The value of `12` or `0x1f`.
pub(crate) fn integer(written: &str) -> Result<Integer, Bad> {
    let value = unsigned(written).ok_or_else(|| too_great(written))?;
    match i64::try_from(value) {
        Ok(value) => Ok(Integer::Fits(value)),
        Err(_) if value == i64::MIN.unsigned_abs() => Ok(Integer::OnlyNegative),
        Err(_) => Err(too_great(written)),
    }
}

fn unsigned(written: &str) -> Option<u64> {
    match written.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => written.parse().ok(),
    }
}

/// A number token's value, integers apart.
pub(crate) fn number(kind: TokenKind, written: &str) -> Result<Literal, Bad> {
    match kind {
        TokenKind::Uint => {
            unsigned(written.trim_end_matches(['u', 'U'])).map(Literal::Uint).ok_or_else(|| {
                let message = format!("`{written}` is greater than the greatest `uint`");
                Bad::whole(written, message, "the greatest `uint` is 18446744073709551615")
            })
        }
        TokenKind::Double => match written.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Literal::Double(value)),
            _ => {
                let message = format!("`{written}` is greater than the greatest `double`");
                Err(Bad::whole(written, message, "the greatest `double` is about 1.8e308"))
            }
        },
        TokenKind::Duration => duration(written).map(Literal::Duration),
        TokenKind::Timestamp => timestamp(written).map(Literal::Timestamp),
        _ => match integer(written)? {
            Integer::Fits(value) => Ok(Literal::Int(value)),
            Integer::OnlyNegative => Err(too_great(written)),
        },
    }
}

/// What to say of 2^63 without its minus, and of everything above.
pub(crate) fn too_great(written: &str) -> Bad {
    let message = format!("`{written}` is greater than the greatest `int`");
    Bad::whole(written, message, "the greatest `int` is 9223372036854775807; an unsigned number ends in `u`")
}

fn timestamp(written: &str) -> Result<i64, Bad> {
    let bad = || {
        let message = format!("`{written}` is no instant");
        Bad::whole(written, message, "a timestamp is a real date of the years 1 to 9999")
    };
    if written.starts_with("0000") {
        return Err(bad());
    }
    let instant: jiff::Timestamp = written.parse().map_err(|_| bad())?;
    let micros = instant.as_nanosecond().checked_div_euclid(1000).ok_or_else(bad)?;
    i64::try_from(micros).map_err(|_| bad())
}

/// `0.1` of `loss 0.1%`, in parts per million.
pub(crate) fn share(written: &str) -> Result<u32, Bad> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let fine = || {
        let message = format!("`{written}%` is finer than a millionth");
        Bad::whole(written, message, "a share has at most four places behind the point")
    };
    let much =
        || Bad::whole(written, format!("`{written}%` is more than everything"), "a share is at most `100%`");
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 4 {
        return Err(fine());
    }
    let scaled: u64 = format!("{whole}{fraction:0<4}").parse().map_err(|_| much())?;
    match u32::try_from(scaled) {
        Ok(value) if value <= 1_000_000 => Ok(value),
        _ => Err(much()),
    }
}

/// The inside of a literal with quotes.
pub(crate) struct Quoted<'a> {
    pub(crate) body: &'a str,
    /// Where the body starts in the literal.
    pub(crate) start: u32,
    pub(crate) raw: bool,
}

/// Takes prefix and quotes off a literal.
pub(crate) fn unquote(written: &str) -> Option<Quoted<'_>> {
    let prefix = written.find(['"', '\''])?;
    let raw = written.get(..prefix)?.contains(['r', 'R']);
    let quoted = written.get(prefix..)?;
    let quote = quoted.chars().next()?;
    let triple = quoted.len() >= 6 && quoted.chars().take(3).all(|c| c == quote);
    let width: usize = if triple { 3 } else { 1 };
    let body = quoted.get(width..quoted.len().checked_sub(width)?)?;
    let start = u32::try_from(prefix.checked_add(width)?).ok()?;
    Some(Quoted { body, start, raw })
}

/// The value of a string literal.
pub(crate) fn string(written: &str) -> Result<String, Vec<Bad>> {
    let Some(quoted) = unquote(written) else {
        return Err(vec![Bad::whole(written, "a string without quotes", "write it in quotes")]);
    };
    let mut value = String::new();
    let mut bad = Vec::new();
    for piece in pieces(quoted.body, quoted.start, quoted.raw) {
        match piece {
            Ok(Piece::Char(c) | Piece::Code(c)) => value.push(c),
            // `\x41` and `\101` name code points in a string.
            Ok(Piece::Byte(byte)) => value.push(char::from(byte)),
            Err(error) => bad.push(error),
        }
    }
    if bad.is_empty() { Ok(value) } else { Err(bad) }
}

/// The value of a bytes literal.
pub(crate) fn bytes(written: &str) -> Result<Vec<u8>, Vec<Bad>> {
    let Some(quoted) = unquote(written) else {
        return Err(vec![Bad::whole(written, "bytes without quotes", "write them as `b\"…\"`")]);
    };
    let mut value = Vec::new();
    let mut bad = Vec::new();
    let mut buffer = [0; 4];
    for piece in pieces(quoted.body, quoted.start, quoted.raw) {
        match piece {
            Ok(Piece::Char(c)) => value.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
            Ok(Piece::Byte(byte)) => value.push(byte),
            Ok(Piece::Code(_)) => {
                bad.push(Bad::whole(written, "`\\u` has no meaning in bytes", "write the bytes as `\\x…`"));
            }
            Err(error) => bad.push(error),
        }
    }
    if bad.is_empty() { Ok(value) } else { Err(bad) }
}

/// One character of a body, or what an escape stands for.
pub(crate) enum Piece {
    /// As written, or a letter's escape.
    Char(char),
    /// `\x41`, `\101`
    Byte(u8),
    /// `\u0041`
    Code(char),
}

/// Reads a body whose first byte is `start` in the literal.
pub(crate) fn pieces(body: &str, start: u32, raw: bool) -> impl Iterator<Item = Result<Piece, Bad>> {
    let mut at: usize = 0;
    std::iter::from_fn(move || {
        let rest = body.get(at..)?;
        let c = rest.chars().next()?;
        let from = at;
        if c != '\\' || raw {
            at = at.saturating_add(c.len_utf8());
            return Some(Ok(Piece::Char(c)));
        }
        let (piece, length) = escape(rest);
        at = at.saturating_add(length);
        Some(piece.map_err(|help| {
            let place = |offset: usize| start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
            let written = body.get(from..at).unwrap_or_default();
            Bad {
                span: Span::new(place(from), place(at)),
                message: format!("`{written}` is no escape"),
                help,
            }
        }))
    })
}

/// The escape at the start of a text that starts with a backslash, and its length.
fn escape(text: &str) -> (Result<Piece, &'static str>, usize) {
    let Some(letter) = text.chars().nth(1) else { return (Err("write `\\\\` for a backslash"), 1) };
    let simple = |c: char| (Ok(Piece::Char(c)), 2);
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = text.get(from..from.saturating_add(count))?;
        digits.chars().all(|c| c.is_digit(radix)).then_some(())?;
        u32::from_str_radix(digits, radix).ok()
    };
    let width = letter.len_utf8().saturating_add(1);
    match letter {
        'a' => simple('\u{07}'),
        'b' => simple('\u{08}'),
        'f' => simple('\u{0C}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{0B}'),
        '\\' | '?' | '"' | '\'' | '`' => simple(letter),
        'x' | 'X' => match digits(2, 2, 16).and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => (Ok(Piece::Byte(byte)), 4),
            None => (Err("`\\x` takes two hexadecimal digits"), width),
        },
        'u' => match digits(2, 4, 16).and_then(char::from_u32) {
            Some(c) => (Ok(Piece::Code(c)), 6),
            None => (Err("`\\u` takes four hexadecimal digits that name a character"), width),
        },
        'U' => match digits(2, 8, 16).and_then(char::from_u32) {
            Some(c) => (Ok(Piece::Code(c)), 10),
            None => (Err("`\\U` takes eight hexadecimal digits that name a character"), width),
        },
        '0'..='3' => match digits(1, 3, 8).and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => (Ok(Piece::Byte(byte)), 4),
            None => (Err("an octal escape has three digits, `\\000` to `\\377`"), width),
        },
        _ => (Err("write `\\\\` for a backslash, or a raw string `r\"…\"`"), width),
    }
}
