//! Which blocks of clauses a head has to be held against.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::block::{Block, Placed, WIDTH, points};
use super::column::{Class, Classes, UNKNOWN};
use super::slim::{Slim, Slims};

/// Up to how many clauses all are looked at for every head.
const FEW: usize = 2 * WIDTH;
/// A clause is found by at most so many values of a field.
const VALUES: usize = 8;

/// The blocks, by what one of the fields has to be.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// For every head.
    always: Vec<Block>,
    by_value: Vec<ByValue>,
}

/// Blocks of clauses each of which asks for one value of a field.
#[derive(Debug)]
struct ByValue {
    column: usize,
    blocks: Vec<Part>,
    slims: Slims,
    /// By class: where its blocks begin, and those of the next.
    starts: Box<[u32]>,
}

/// Clauses that ask for one value.
#[derive(Debug)]
enum Part {
    Slim(Slim),
    Block(Box<Block>),
}

impl Index {
    pub(super) fn new(columns: &[&Classes], clauses: Vec<Placed>) -> Self {
        let columns: Vec<(&Classes, u32)> = columns.iter().map(|one| (*one, one.count())).collect();
        let mut out = Self::default();
        if clauses.len() <= FEW {
            out.always = blocks(&columns, clauses);
            return out;
        }
        let mut left = Vec::new();
        let mut found: BTreeMap<usize, BTreeMap<Class, Vec<Placed>>> = BTreeMap::new();
        for clause in clauses {
            match by_value(&columns, &clause) {
                Some((column, values)) => {
                    let by_class = found.entry(column).or_default();
                    for class in values {
                        by_class.entry(class).or_default().push(clause.clone());
                    }
                }
                None => left.push(clause),
            }
        }
        out.always = blocks(&columns, left);
        for (column, by_class) in found {
            let count = columns.get(column).map_or(0, |(_, count)| *count);
            out.by_value.push(ByValue::new(&columns, column, count, by_class));
        }
        out
    }

    /// Whether there are few blocks, and all of them are for every head.
    pub(super) fn is_narrow(&self, most: usize) -> bool {
        self.by_value.is_empty() && self.always.len() <= most
    }

    /// The blocks for every head.
    pub(super) fn always(&self) -> &[Block] {
        &self.always
    }

    /// Calls `visit` with the policy of every clause that is not for every head, and that values of these classes
    /// leave open; a policy may come up more than once.
    pub(super) fn each_by_value(&self, mut class: impl FnMut(usize) -> Class, mut visit: impl FnMut(u32)) {
        for by_value in &self.by_value {
            for part in by_value.blocks(class(by_value.column)) {
                match part {
                    Part::Slim(slim) => by_value.slims.each(*slim, &mut class, &mut visit),
                    Part::Block(block) => block.each(block.open(&mut class), &mut visit),
                }
            }
        }
    }
}

impl ByValue {
    fn new(
        columns: &[(&Classes, u32)],
        column: usize,
        count: u32,
        mut by_class: BTreeMap<Class, Vec<Placed>>,
    ) -> Self {
        let mut out = Self { column, blocks: Vec::new(), slims: Slims::default(), starts: Box::default() };
        let mut starts = Vec::new();
        for class in 0..count {
            starts.push(u32::try_from(out.blocks.len()).unwrap_or(u32::MAX));
            if let Some(clauses) = by_class.remove(&class) {
                for block in blocks(columns, clauses) {
                    // Of the value that they are found by all of them are open.
                    let slim = out.slims.add(columns, &block, column);
                    out.blocks.push(slim.map_or_else(|| Part::Block(Box::new(block)), Part::Slim));
                }
            }
        }
        starts.push(u32::try_from(out.blocks.len()).unwrap_or(u32::MAX));
        out.starts = starts.into();
        out
    }

    /// The blocks of a value; all of them where it is not known.
    fn blocks(&self, class: Class) -> &[Part] {
        if class == UNKNOWN {
            return &self.blocks;
        }
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let at = place(class);
        let ends = self.starts.get(at).zip(self.starts.get(at.saturating_add(1)));
        ends.and_then(|(from, to)| self.blocks.get(place(*from)..place(*to))).unwrap_or(&[])
    }
}

/// The field of which the clause asks for the rarest value, and the classes that it asks for.
fn by_value(columns: &[(&Classes, u32)], clause: &Placed) -> Option<(usize, Vec<Class>)> {
    let mut found: Vec<(Reverse<u32>, usize, Vec<Class>)> = Vec::new();
    for (column, test) in &clause.tests {
        let Some((classes, count)) = columns.get(*column) else { continue };
        // What no value meets is open where the value is not known.
        let few = |values: &Vec<Class>| (1..=VALUES).contains(&values.len());
        let Some(values) = points(classes, *count, test).filter(few) else { continue };
        // How many values there are for each that is asked for; of an order any range may be asked for.
        let of = count.saturating_sub(1);
        let share = of.checked_div(u32::try_from(values.len()).unwrap_or(1)).unwrap_or(u32::MAX);
        if share >= 2 {
            found.push((Reverse(share), *column, values));
        }
    }
    found.sort_by_key(|(share, column, _)| (*share, *column));
    found.into_iter().next().map(|(_, column, values)| (column, values))
}

/// Clauses of the same kind together, so that one value shuts many at once.
fn blocks(columns: &[(&Classes, u32)], mut clauses: Vec<Placed>) -> Vec<Block> {
    let key = |clause: &Placed| -> Vec<(usize, Vec<Class>)> {
        let few = |(column, test): &(usize, super::atoms::Test)| {
            let (classes, count) = columns.get(*column)?;
            let values = points(classes, *count, test).filter(|values| values.len() <= VALUES)?;
            Some((*column, values))
        };
        clause.tests.iter().filter_map(few).collect()
    };
    if clauses.len() > WIDTH {
        clauses.sort_by_cached_key(key);
    }
    clauses.chunks(WIDTH).map(|part| Block::new(columns, part)).collect()
}
