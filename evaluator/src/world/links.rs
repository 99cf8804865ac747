//! Who refers to whom by one field.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::chunks::Chunks;
use super::layout::Row;
use super::order::Ordered;

/// How many targets share one chunk.
const CHUNK: usize = 64;

/// The facts that refer to others by one field, by the row of the one referred to.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    certain: Chunks<Vec<List>>,
    /// Where a stale or a disputed report says so.
    maybe: Arc<HashMap<Row, Vec<Row>>>,
    /// Where it is not known to whom.
    pub(super) loose: Ordered,
    /// The longest lists that there ever were.
    most: (usize, usize),
}

/// Rows in list order.
#[derive(Clone, Debug, Default)]
enum List {
    #[default]
    None,
    One(Row),
    Many(Arc<Vec<Row>>),
}

impl List {
    fn as_slice(&self) -> &[Row] {
        match self {
            Self::None => &[],
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }

    fn insert(&mut self, row: Row, compare: &impl Fn(Row, Row) -> Ordering) {
        match self {
            Self::None => *self = Self::One(row),
            Self::One(only) if *only == row => {}
            Self::One(only) => {
                let pair = match compare(*only, row) {
                    Ordering::Greater => vec![row, *only],
                    _ => vec![*only, row],
                };
                *self = Self::Many(Arc::new(pair));
            }
            Self::Many(rows) => insert(Arc::make_mut(rows), row, compare),
        }
    }

    fn remove(&mut self, row: Row, compare: &impl Fn(Row, Row) -> Ordering) {
        match self {
            Self::One(only) if *only == row => *self = Self::None,
            Self::None | Self::One(_) => {}
            Self::Many(rows) => {
                let rows = Arc::make_mut(rows);
                remove(rows, row, compare);
                if let [only] = rows.as_slice() {
                    *self = Self::One(*only);
                }
            }
        }
    }
}

/// Most come last.
fn insert(rows: &mut Vec<Row>, row: Row, compare: &impl Fn(Row, Row) -> Ordering) {
    if rows.last().is_none_or(|last| compare(*last, row) == Ordering::Less) {
        rows.push(row);
    } else if let Err(at) = rows.binary_search_by(|other| compare(*other, row)) {
        rows.insert(at, row);
    }
}

fn remove(rows: &mut Vec<Row>, row: Row, compare: &impl Fn(Row, Row) -> Ordering) {
    if let Ok(at) = rows.binary_search_by(|other| compare(*other, row)) {
        rows.remove(at);
    }
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
    pub(super) fn certain(&self, target: Row) -> &[Row] {
        let (chunk, at) = place(target);
        self.certain.get(chunk).and_then(|chunk| chunk.get(at)).map_or(&[], List::as_slice)
    }

    pub(super) fn maybe(&self, target: Row) -> &[Row] {
        if self.maybe.is_empty() { &[] } else { self.maybe.get(&target).map_or(&[], Vec::as_slice) }
    }

    /// How many facts refer, or may refer, to one target: never too few.
    pub(super) fn most(&self) -> usize {
        self.most.0.saturating_add(self.most.1)
    }

    fn list(&mut self, target: Row) -> Option<&mut List> {
        let (chunk, at) = place(target);
        while self.certain.len() <= chunk {
            self.certain.push(Vec::new());
        }
        let lists = self.certain.at_mut(chunk);
        if lists.len() <= at {
            lists.resize_with(at.saturating_add(1), List::default);
        }
        lists.get_mut(at)
    }

    /// Adds a fact; `compare` is the order of lists.
    pub(super) fn add(&mut self, row: Row, refers: &Refers, compare: impl Fn(Row, Row) -> Ordering) {
        match refers {
            Refers::To(targets) => {
                for target in targets.as_slice() {
                    if let Some(list) = self.list(*target) {
                        list.insert(row, &compare);
                        let length = list.as_slice().len();
                        self.most.0 = self.most.0.max(length);
                    }
                }
            }
            Refers::Maybe(targets) => {
                let maybe = Arc::make_mut(&mut self.maybe);
                for target in targets.as_slice() {
                    let rows = maybe.entry(*target).or_default();
                    insert(rows, row, &compare);
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
                    if let Some(list) = self.list(*target) {
                        list.remove(row, &compare);
                    }
                }
            }
            Refers::Maybe(targets) => {
                let maybe = Arc::make_mut(&mut self.maybe);
                for target in targets.as_slice() {
                    if let Some(rows) = maybe.get_mut(target) {
                        remove(rows, row, &compare);
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
    (index.checked_div(CHUNK).unwrap_or(0), index.checked_rem(CHUNK).unwrap_or(0))
}
