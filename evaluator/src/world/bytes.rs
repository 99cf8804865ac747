//! How much memory facts take, by part.

use std::collections::BTreeMap;

use super::World;
use super::stock::Stock;

/// Bytes by part.
pub(crate) type Bytes = BTreeMap<&'static str, u64>;

fn add(out: &mut Bytes, part: &'static str, bytes: usize) {
    let sum = out.entry(part).or_default();
    *sum = sum.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
}

impl Stock {
    /// About how many bytes it takes; what is shared counts in full.
    pub(crate) fn bytes(&self) -> Bytes {
        let mut out = Bytes::new();
        let (texts, found) = self.texts.bytes();
        add(&mut out, "texts", texts);
        add(&mut out, "texts, found", found);
        for table in &self.tables {
            table.bytes(&mut |part, bytes| add(&mut out, part, bytes));
        }
        out
    }
}

impl World {
    /// About how many bytes it takes; what is shared counts in full.
    pub(crate) fn bytes(&self) -> Bytes {
        let mut out = self.stock.bytes();
        add(&mut out, "timers", self.timers.bytes());
        out
    }
}
