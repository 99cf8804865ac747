//! Base 64, as signatures, keys and tokens are written.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// In the usual alphabet, padded.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let at = |place: usize| chunk.get(place).copied().map_or(0, u32::from);
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4_usize {
            let shift = [18_u32, 12, 6, 0].get(place).copied().unwrap_or(0);
            let digit = usize::try_from(word >> shift & 63).unwrap_or(0);
            let known = place <= chunk.len();
            out.push(if known { STANDARD.get(digit).copied().map_or('=', char::from) } else { '=' });
        }
    }
    out
}

/// In the usual alphabet or in that of addresses, padded or not; blanks and line breaks are passed over. Nothing of
/// anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut word, mut bits) = (0_u32, 0_u32);
    let mut ended = false;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        if byte == b'=' {
            ended = true;
            continue;
        }
        let digit = match byte {
            b'-' => 62,
            b'_' => 63,
            _ => u32::try_from(STANDARD.iter().position(|known| *known == byte)?).ok()?,
        };
        if ended {
            return None;
        }
        (word, bits) = (word << 6 | digit, bits.saturating_add(6));
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            out.push(u8::try_from(word >> bits & 0xff).ok()?);
            word &= (1_u32 << bits).saturating_sub(1);
        }
    }
    // What is left over is less than a byte, and nothing.
    (bits < 6 && word == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (b"\xfb\xff\xfe", "+//+"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
        assert_eq!(decode("-__-"), Some(b"\xfb\xff\xfe".to_vec()));
        assert_eq!(decode("Zg"), Some(b"f".to_vec()));
        for wrong in ["Z", "Zg==Zg", "Z!", "Zh"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
    }
}
