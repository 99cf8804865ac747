//! Who refers to whom by one field.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::chunks::Chunks;
use super::layout::Row;
use super::lists::{LISTS, Lists, find};
use super::order::Ordered;

/// The facts that refer to others by one field, by the row of the one referred to.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    certain: Chunks<Lists>,
    /// Where a stale or a disputed report says so.
    maybe: Arc<HashMap<Row, Vec<Row>>>,
    /// Where it is not known to whom.
    pub(super) loose: Ordered,
    /// The longest lists that there ever were.
    most: (usize, usize),
}

/// Rows, most often one.
#[derive(Clone, Debug)]
pub(super) enum Few {
    One(Row),
    Many(Vec<Row>),
}

impl Few {
    pub(super) fn as_slice(&self) -> &[Row] {
        match self {
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }
}

impl PartialEq for Few {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Few {}

/// To whom one fact's field refers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refers {
    /// To these and nobody else.
    To(Few),
    /// To some of these.
    Maybe(Few),
    /// Not known to whom.
    Loose,
}

impl Links {
    /// Whether it is known of everybody that refers to anything to what, but for the loose.
    pub(super) fn is_certain(&self) -> bool {
        self.maybe.values().all(Vec::is_empty)
    }

    /// All at once: `certain` has pairs of a target and of who refers to it, each list in its order, the
    /// lists in any; `loose` is in no order.
    pub(super) fn of(certain: &mut [(Row, Row)], maybe: HashMap<Row, Vec<Row>>, loose: Vec<Row>) -> Self {
        // Equal targets keep the order of their lists.
        certain.sort_by_key(|(target, _)| *target);
        let mut links = Self {
            maybe: Arc::new(maybe),
            loose: Ordered::unsorted(loose),
            certain: Chunks::default(),
            most: (0, 0),
        };
        for list in certain.chunk_by(|a, b| a.0 == b.0) {
            let Some((target, _)) = list.first() else { continue };
            let (lists, at) = links.lists(*target);
            lists.append(at, list.iter().map(|(_, row)| *row));
            links.most.0 = links.most.0.max(list.len());
        }
        links.certain.each_mut(Lists::trim);
        links.most.1 = links.maybe.values().map(Vec::len).max().unwrap_or(0);
        links
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.certain.iter().map(Lists::bytes);
        let maybe = self.maybe.values().map(|rows| rows.len().saturating_mul(4).saturating_add(48));
        lists.chain(maybe).chain([self.loose.bytes()]).fold(0, usize::saturating_add)
    }

    pub(super) fn certain(&self, target: Row) -> &[Row] {
        let (chunk, at) = place(target);
        self.certain.get(chunk).map_or(&[], |lists| lists.get(at))
    }

    pub(super) fn maybe(&self, target: Row) -> &[Row] {
        if self.maybe.is_empty() { &[] } else { self.maybe.get(&target).map_or(&[], Vec::as_slice) }
    }

    /// The facts of which stale or disputed reports say to whom they refer.
    pub(super) fn all_maybe(&self) -> impl Iterator<Item = Row> + '_ {
        self.maybe.values().flatten().copied()
    }

    /// How many facts refer, or may refer, to one target: never too few.
    pub(super) fn most(&self) -> usize {
        self.most.0.saturating_add(self.most.1)
    }

    fn lists(&mut self, target: Row) -> (&mut Lists, usize) {
        let (chunk, at) = place(target);
        while self.certain.len() <= chunk {
            self.certain.push(Lists::default());
        }
        (self.certain.at_mut(chunk), at)
    }

    /// Adds a fact; `compare` is the order of lists.
    pub(super) fn add(&mut self, row: Row, refers: &Refers, compare: impl Fn(Row, Row) -> Ordering) {
        match refers {
            Refers::To(targets) => {
                for target in targets.as_slice() {
                    let (lists, at) = self.lists(*target);
                    let length = lists.insert(at, row, &compare);
                    self.most.0 = self.most.0.max(length);
                }
            }
            Refers::Maybe(targets) => {
                let maybe = Arc::make_mut(&mut self.maybe);
                for target in targets.as_slice() {
                    let rows = maybe.entry(*target).or_default();
                    if let Err(at) = find(rows, row, &compare) {
                        rows.insert(at, row);
                    }
                    self.most.1 = self.most.1.max(rows.len());
                }
            }
            Refers::Loose => self.loose.touch(row, true, false),
        }
    }

    /// Takes a fact away that was added with the same words, in the same order of lists; `moves` says that
    /// it may come back in another place.
    pub(super) fn take(
        &mut self,
        row: Row,
        refers: &Refers,
        compare: impl Fn(Row, Row) -> Ordering,
        moves: bool,
    ) {
        match refers {
            Refers::To(targets) => {
                for target in targets.as_slice() {
                    let (lists, at) = self.lists(*target);
                    lists.remove(at, row, &compare);
                }
            }
            Refers::Maybe(targets) => {
                let maybe = Arc::make_mut(&mut self.maybe);
                for target in targets.as_slice() {
                    if let Some(rows) = maybe.get_mut(target) {
                        if let Ok(at) = find(rows, row, &compare) {
                            rows.remove(at);
                        }
                        if rows.is_empty() {
                            maybe.remove(target);
                        }
                    }
                }
            }
            Refers::Loose => self.loose.touch(row, false, moves),
        }
    }
}

fn place(target: Row) -> (usize, usize) {
    let index = target.index();
    (index.checked_div(LISTS).unwrap_or(0), index.checked_rem(LISTS).unwrap_or(0))
}
