//! Many heads at once: everything is decided, or everything of some policies.

use super::column::Syms;
use super::lut::{Memo, fits};
use super::sift::{Sift, Words};
use super::{Known, Look, Room, Sieve};
use crate::world::{Row, TypeId, World};

/// More blocks of clauses than this are not held against all heads one after the other.
const BLOCKS: usize = 16;
/// After so many rows what was found is passed on, while it is still at hand.
const ROWS: u32 = 8192;

/// Heads that a policy can come to anything for, in the order of rows.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Found {
    /// All that single fields say of these is sure, where [`Sieve::is_sure`] says so of the policy.
    pub(in crate::engine) rows: Vec<Row>,
    pub(in crate::engine) doubtful: Vec<Row>,
}

impl Sieve {
    /// Whether [`Sieve::strain`] tells heads of which all that single fields say of a policy's cases is sure
    /// from others.
    pub(in crate::engine) fn is_sure(&self, place: u32) -> bool {
        self.is_narrow() && self.by_cases.contains(&place)
    }

    fn is_narrow(&self) -> bool {
        self.index.is_narrow(BLOCKS) && self.columns.iter().all(fits)
    }

    /// Holds all facts of a type against the sieve, some thousand at a time; passes on for each policy, by its
    /// place, for which of them it can come to anything. Policies that single fields say nothing about are
    /// not asked.
    pub(in crate::engine) fn strain(&self, world: &World, head: TypeId, mut pass: impl FnMut(u32, &Found)) {
        let mut found = vec![Found::default(); self.numbers.len()];
        let mut pass_all = |found: &mut [Found]| {
            for (place, found) in (0_u32..).zip(found) {
                if !found.rows.is_empty() || !found.doubtful.is_empty() {
                    pass(place, found);
                }
                found.rows.clear();
                found.doubtful.clear();
            }
        };
        if self.is_narrow() {
            let syms = self.syms(|text| world.sym(text));
            self.by_column(world, head, &syms, &mut found, &mut pass_all);
        } else {
            self.by_head(world, head, &mut found, &mut pass_all);
        }
        pass_all(&mut found);
    }

    fn by_column(
        &self,
        world: &World,
        head: TypeId,
        syms: &[Syms],
        found: &mut [Found],
        pass: &mut impl FnMut(&mut [Found]),
    ) {
        let mut memos: Vec<Memo> = self.columns.iter().map(|column| Memo::of(world, column)).collect();
        let blocks = self.index.always();
        let mut sifts: Vec<(Sift<'_>, u64)> = Vec::new();
        for block in blocks {
            let cases = (0_u32..).zip(block.policies()).filter(|(_, place)| self.by_cases.contains(place));
            let cases = cases.fold(0_u64, |all, (bit, _)| all | 1_u64.checked_shl(bit).unwrap_or(0));
            sifts.push((Sift::new(self, world, syms, block, &mut memos), cases));
        }
        let mut words = Words::default();
        for heads in world.blocks(head) {
            let first = heads.first().0;
            if first.is_multiple_of(ROWS) {
                pass(found);
            }
            for (block, (sift, cases)) in blocks.iter().zip(&sifts) {
                sift.heads(&heads, &mut memos, &mut words);
                for (at, open) in words.open.iter().enumerate().filter(|(_, open)| **open != 0) {
                    let row = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
                    let doubt = words.doubt.get(at).map_or(0, |doubt| doubt & cases & open);
                    block.each(open & !doubt, &mut |place| {
                        add(found, place, |found| &mut found.rows, Row(row));
                    });
                    if doubt != 0 {
                        block.each(doubt, &mut |place| {
                            add(found, place, |found| &mut found.doubtful, Row(row));
                        });
                    }
                }
            }
            // A policy may have clauses in several blocks.
            for found in if blocks.len() > 1 { &mut *found } else { &mut [] } {
                let from = found.rows.partition_point(|row| row.0 < first);
                if let Some(tail) = found.rows.get_mut(from..) {
                    tail.sort_unstable();
                }
                found.rows.dedup();
            }
        }
    }

    fn by_head(&self, world: &World, head: TypeId, found: &mut [Found], pass: &mut impl FnMut(&mut [Found])) {
        let known = Known::new(self, world);
        let look = Look { sieve: self, world, open: &[], known: &known };
        let mut room = Room::default();
        for row in (0..world.rows(head)).map(Row) {
            if row.0.is_multiple_of(ROWS) {
                pass(found);
            }
            if world.present(head, row) {
                look.each(&mut room, row, |place| {
                    add(found, place, |found| &mut found.rows, row);
                });
            }
        }
    }
}

/// Adds a row, once.
fn add(found: &mut [Found], place: u32, rows: impl Fn(&mut Found) -> &mut Vec<Row>, row: Row) {
    let Some(found) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) else { return };
    let rows = rows(found);
    if rows.last() != Some(&row) {
        rows.push(row);
    }
}
