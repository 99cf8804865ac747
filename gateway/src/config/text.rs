//! Values that are written as text: instants, durations, sizes.

use std::time::Duration;

use assize::facts::{Instant, parse_duration};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// `2026-06-01T00:00:00Z`, as TOML's own or in quotes.
pub(super) fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Toml(toml::value::Datetime),
    }
    let text = match Either::deserialize(from)? {
        Either::Text(text) => text,
        Either::Toml(instant) => instant.to_string(),
    };
    text.parse().map(Some).map_err(Error::custom)
}

/// `"90s"`, `"5m"`, `"250ms"`.
pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let micros = parse_duration(&text).and_then(|micros| u64::try_from(micros).ok());
    micros
        .map(Duration::from_micros)
        .ok_or_else(|| Error::custom(format!("`{text}` is not a duration such as \"5s\" or \"250ms\"")))
}

/// `"64 KiB"`, `"1MiB"`, or a number of bytes.
pub(super) fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(usize),
        Text(String),
    }
    let text = match Either::deserialize(from)? {
        Either::Number(number) => return Ok(number),
        Either::Text(text) => text,
    };
    let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic() || letter == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim();
    let factor: Option<usize> = match unit {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        _ => None,
    };
    let bytes = factor.and_then(|factor| digits.parse::<usize>().ok()?.checked_mul(factor));
    bytes.ok_or_else(|| Error::custom(format!("`{text}` is not a size such as \"64KiB\" or \"1MiB\"")))
}
