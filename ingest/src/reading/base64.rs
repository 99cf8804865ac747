//! Base64: some tools wrap their output in it, and SSH prints fingerprints in it.

/// The bytes of a standard base64 text, with or without padding, line breaks skipped. `None` where another
/// character is in it or its length cannot be.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count, mut symbols) = (0_u32, 0_u32, 0_usize);
    for byte in text.trim_end_matches(['=', '\n', '\r', ' ']).bytes().filter(|b| !b.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        symbols = symbols.wrapping_add(1);
        bits = (bits << 6) | u32::from(value);
        count = count.wrapping_add(6);
        if count >= 8 {
            count = count.wrapping_sub(8);
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
            bits &= !(u32::MAX << count);
        }
    }
    (symbols % 4 != 1 && bits == 0).then_some(out)
}

/// The symbols, by their value.
const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as standard base64 with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let symbol = usize::try_from((bits >> shift) & 0x3f).ok().and_then(|at| SYMBOLS.get(at));
            out.push(symbol.filter(|_| place <= three.len()).map_or('=', |symbol| char::from(*symbol)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_written_is_read_again() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
    }

    #[test]
    fn what_is_base64_is_read_and_what_is_not_is_none() {
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\nYmFy", "foobar"), ("Zg", "f")]
        {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("//79"), Some(vec![0xff, 0xfe, 0xfd]));
        for text in ["Z", "Zm9v!", "Zh==", "Z=g=", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
