//! How big inputs may get.

/// What goes beyond is an error or a reject that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an input that is read as a whole.
    pub document: u64,
    /// Bytes of one record of a log, and of one line of facts.
    pub record: usize,
    /// How many times as long as it lies on disk an input may be once it is unpacked. Less than
    /// [`Limits::FREE`] is always unpacked.
    pub ratio: u64,
}

impl Limits {
    /// How many bytes may be unpacked whatever they were packed in.
    pub const FREE: u64 = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self { document: 1 << 30, record: 16 << 20, ratio: 400 }
    }
}
