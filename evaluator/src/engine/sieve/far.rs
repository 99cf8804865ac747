//! One block of clauses, its tables by whose fields they are of: those of the head are looked up, and what a fact
//! that it refers to leaves open is one word, found once.

use super::Sieve;
use super::block::Block;
use super::column::Class;
use crate::world::FieldId;

#[derive(Debug)]
pub(super) struct Far {
    pub(super) own: Box<[Own]>,
    pub(super) steps: Box<[Step]>,
    /// The tables of the head's own fields, one behind the other: what is open, and what of that is in doubt.
    words: Box<[(u64, u64)]>,
    /// The clauses of which policies come to an arm as soon as they are sure.
    pub(super) sole: u64,
}

/// A field of the head itself.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) field: FieldId,
    /// The place of its column.
    pub(super) column: usize,
    from: usize,
}

/// What one route leads to.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) route: usize,
    /// The places of the tables of its fields.
    pub(super) tables: Box<[usize]>,
}

impl Far {
    pub(super) fn new(sieve: &Sieve, block: &Block) -> Self {
        let column = |at: usize| sieve.columns.get(at);
        let of = |wanted: usize| {
            let tables = block.tables().enumerate();
            tables.filter(move |(_, (at, _))| column(*at).map_or(0, |column| column.route) == wanted)
        };
        let (mut own, mut words) = (Vec::new(), Vec::new());
        for (_, (at, table)) in of(0) {
            let Some(column) = column(at) else { continue };
            own.push(Own { field: column.field, column: at, from: words.len() });
            words.extend((0..column.classes.count()).map(|class| (table.open(class), table.doubt(class))));
        }
        let step = |route: usize| Step { route, tables: of(route).map(|(table, _)| table).collect() };
        let steps = (1..=sieve.routes.len()).map(step).filter(|step| !step.tables.is_empty()).collect();
        let policies = (0_u32..).zip(block.policies()).filter(|(_, policy)| sieve.arm(**policy).is_some());
        let sole = policies.fold(0_u64, |all, (bit, _)| all | 1_u64.checked_shl(bit).unwrap_or(0));
        Self { own: own.into(), steps, words: words.into(), sole }
    }

    /// The clauses that a value of a class of one of the head's own fields leaves open, and those of them that it
    /// leaves in doubt.
    pub(super) fn word(&self, own: &Own, class: Class) -> (u64, u64) {
        let at = usize::try_from(class).ok().and_then(|class| own.from.checked_add(class));
        at.and_then(|at| self.words.get(at)).copied().unwrap_or((u64::MAX, u64::MAX))
    }
}
