//! Texts by their first sixteen bytes, as one number: most are no longer, and are compared and found at once.
#![expect(clippy::arithmetic_side_effects, reason = "shifts are by less than a number is wide")]

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

/// How many bytes the number has.
pub(super) const WIDTH: usize = 16;

/// The first bytes of a text, the first of them uppermost; what is missing is zero. So numbers are in the order of
/// texts, as far as they differ.
pub(super) fn first(text: &[u8]) -> u128 {
    if let Some(first) = text.first_chunk::<WIDTH>() {
        return u128::from_be_bytes(*first);
    }
    // Two parts that may lie over one another: there they are the same.
    if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let tail = u128::from(u64::from_be_bytes(*tail)) << (8 * (WIDTH - text.len()));
        return u128::from(u64::from_be_bytes(*head)) << 64 | tail;
    }
    if let (Some(head), Some(tail)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let tail = u64::from(u32::from_be_bytes(*tail)) << (8 * (8 - text.len()));
        return u128::from(u64::from(u32::from_be_bytes(*head)) << 32 | tail) << 64;
    }
    let mut out = 0;
    for (byte, place) in text.iter().zip((0..WIDTH).rev()) {
        out |= u128::from(*byte) << (8 * place);
    }
    out
}

/// The same for a text with others behind it: of `window`, which begins with it, only its own bytes.
pub(super) fn first_in(window: [u8; WIDTH], length: usize) -> u128 {
    u128::from_be_bytes(window) & mask(length)
}

/// The bits of the first bytes.
pub(super) fn mask(length: usize) -> u128 {
    if length >= WIDTH { u128::MAX } else { !(u128::MAX >> (8 * length)) }
}

/// A hash of a text of which the number is known: for tables whose size is a power of two.
pub(super) fn hash(first: u128, text: &[u8]) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (upper, lower) = ((first >> 64) as u64, first as u64);
    let mut mixed = (upper ^ (text.len() as u64).wrapping_mul(ODD)).wrapping_mul(ODD);
    mixed = (mixed ^ (mixed >> 32) ^ lower).wrapping_mul(ODD);
    if text.len() > WIDTH {
        mixed = (mixed ^ FxBuildHasher.hash_one(text)).wrapping_mul(ODD);
    }
    (mixed >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_first_bytes_in_their_order() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        for length in 0..=20 {
            let text = &text.as_bytes()[..length];
            let mut wanted = [0; WIDTH];
            wanted.iter_mut().zip(text).for_each(|(to, byte)| *to = *byte);
            assert_eq!(first(text), u128::from_be_bytes(wanted), "{length}");
            let mut window = [b'x'; WIDTH];
            window.iter_mut().zip(text).for_each(|(to, byte)| *to = *byte);
            assert_eq!(first_in(window, length), first(text), "{length}");
        }
        assert!(first(b"a") < first(b"ab") && first(b"ab") < first(b"b"));
    }
}
