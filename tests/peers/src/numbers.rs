//! Numbers that look random and are the same in every run.

/// A number made of three.
pub fn mix(kind: u64, id: u32, what: u64) -> u64 {
    let mut z =
        (u64::from(id) << 8 | kind).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(what << 40 | what);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One of `count`.
pub fn one_of(kind: u64, id: u32, what: u64, count: u32) -> u32 {
    u32::try_from(mix(kind, id, what) % u64::from(count.max(1))).expect("less than a u32")
}
