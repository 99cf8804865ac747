//! What is kept of a head of which something is decided, or left open.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::plain::Firm;
use crate::decision::{Decision, Undetermined};
use crate::world::Row;

/// An instant, and how often anything was touched until then.
pub(super) type Shown = (i64, u64);

/// By head.
pub(super) type ByHead<T> = HashMap<Row, T, BuildHasherDefault<Scatter>>;

/// What stands of one head. A decision that is plain is written down in a few words: the judge says the rest
/// when somebody wants to know.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// What is plainly decided.
    pub(super) firm: Option<Firm>,
    /// What the judge said. Of a plain decision: when it was last told or shown.
    pub(super) judged: Option<Box<Judged>>,
}

/// What the judge said of one head.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) decisions: Vec<Decision>,
    pub(super) undetermined: Vec<Undetermined>,
    /// What stood once and was lost: it is told when it is known to be over.
    pub(super) lost: Vec<Decision>,
    /// When this was how it is shown; none where something that bears on that has changed.
    pub(super) at: Option<Shown>,
}

impl Held {
    /// Whether this is what stands already.
    pub(super) fn stands(&self, firm: &Firm) -> bool {
        self.firm.as_ref() == Some(firm)
    }

    /// It stands as it did, but has to be rendered again when it is shown.
    pub(super) fn outdate(&mut self) {
        if let Some(judged) = &mut self.judged {
            judged.at = None;
        }
    }

    /// Whether this is how it is shown now.
    pub(super) fn is_shown(&self, now: Shown) -> bool {
        self.judged.as_ref().is_some_and(|judged| judged.at == Some(now))
    }
}

/// Scatters the numbers of rows.
#[derive(Debug, Default)]
pub(super) struct Scatter(u64);

impl Hasher for Scatter {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        let mixed = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
}
