//! Few clauses that ask for the same value of a field: of many such blocks each is met seldom, so that there is one
//! place to be fetched when one is.

use super::block::Block;
use super::column::{Class, Classes};

/// How many clauses one byte tells apart.
const WIDTH: usize = 8;

/// Up to eight clauses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slim {
    form: u32,
    /// Where its words begin, and its policies, of which there are so many.
    words: u32,
    policies: u32,
    count: u8,
}

/// What blocks of few clauses hold.
#[derive(Debug, Default)]
pub(super) struct Slims {
    /// From columns to where their words begin, the same for many blocks.
    forms: Vec<Box<[(usize, usize)]>>,
    /// By column and class, the clauses that are open.
    words: Vec<u8>,
    policies: Vec<u32>,
}

impl Slims {
    /// Adds a block of clauses all of which ask for the value of `by` that they are found by, and are open for that;
    /// nothing where they are too many.
    pub(super) fn add(&mut self, columns: &[(&Classes, u32)], block: &Block, by: usize) -> Option<Slim> {
        let others = || block.tables().filter(|(at, _)| *at != by);
        if block.policies().len() > WIDTH || others().any(|(_, table)| !table.is_dense()) {
            return None;
        }
        let slim = Slim {
            form: 0,
            words: u32::try_from(self.words.len()).ok()?,
            policies: u32::try_from(self.policies.len()).ok()?,
            count: u8::try_from(block.policies().len()).ok()?,
        };
        let from = self.words.len();
        let mut form = Vec::new();
        for (at, table) in others() {
            form.push((at, self.words.len().saturating_sub(from)));
            let count = columns.get(at).map_or(0, |(_, count)| *count);
            let word = |class| table.open(class).to_le_bytes().first().copied();
            self.words.extend((0..count).filter_map(word));
        }
        self.policies.extend(block.policies());
        let form = form.into_boxed_slice();
        let known = self.forms.iter().position(|known| *known == form).unwrap_or_else(|| {
            self.forms.push(form);
            self.forms.len().saturating_sub(1)
        });
        Some(Slim { form: u32::try_from(known).ok()?, ..slim })
    }

    /// Calls `visit` with the policy of each clause that values of these classes leave open.
    pub(super) fn each(
        &self,
        slim: Slim,
        mut class: impl FnMut(usize) -> Class,
        visit: &mut impl FnMut(u32),
    ) {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let words = self.words.get(place(slim.words)..).unwrap_or_default();
        // Above its clauses a word has bits that say nothing.
        let unused = WIDTH.saturating_sub(slim.count.into());
        let mut open = u8::MAX.checked_shr(u32::try_from(unused).unwrap_or(u32::MAX)).unwrap_or(0);
        for (column, from) in self.forms.get(place(slim.form)).into_iter().flatten() {
            let word = from.checked_add(place(class(*column))).and_then(|at| words.get(at));
            open &= word.copied().unwrap_or(u8::MAX);
            if open == 0 {
                return;
            }
        }
        let policies = self.policies.iter().skip(place(slim.policies)).take(slim.count.into());
        let clauses = (0..).zip(policies).filter(|(bit, _)| open & 1_u8.wrapping_shl(*bit) != 0);
        clauses.for_each(|(_, policy)| visit(*policy));
    }
}
