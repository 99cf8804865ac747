//! Facts by the value of one field: whom a fact concerns that is looked for by what one of its fields says.
//!
//! A condition such as `Grant.exists(g, g.team == head.team && …)` ranges over all facts of a type, and yet a
//! grant is nothing to heads of another team. Heads are therefore found by that value: the one that the fact
//! has now, and the one that it had. Where the value of either side is not exactly known they may belong
//! together.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::paths::NodeId;
use crate::value::Value;
use crate::world::{Cell, FieldId, Kind, Layout, Row, Touched, TypeId, World};

/// A field, whose value facts are looked for by.
pub(super) type Place = (TypeId, FieldId);

/// How all facts of a type are looked at of which one field says whom they concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Their field.
    pub(super) own: Place,
    /// The fields that it is compared with, each of the facts of a node.
    pub(super) others: Vec<(NodeId, Place)>,
}

/// What a field says, as far as it tells facts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Absent,
    /// A value; of which kind is for the field to say.
    Number(i64),
    /// A text that no fact has.
    Nobody,
}

impl Key {
    /// What a cell says; nothing where that is not exactly known.
    pub(super) fn of(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Absent => Some(Self::Absent),
            cell => cell.number().map(Self::Number),
        }
    }

    /// The same for a value; nothing where it cannot be told.
    pub(super) fn of_value(world: &World, value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Absent),
            Value::String(text) => Some(world.sym(text).map_or(Self::Nobody, |sym| Self::of_text(sym.0))),
            Value::Bool(truth) => Some(Self::Number(i64::from(*truth))),
            Value::Enum(_, member) => Some(Self::Number(i64::from(*member))),
            Value::Int(number) | Value::Timestamp(number) | Value::Duration(number) => {
                Some(Self::Number(*number))
            }
            _ => None,
        }
    }

    fn of_text(sym: u32) -> Self {
        Self::Number(i64::from(sym))
    }
}

/// Whether equal values of two fields are equal as they are kept.
pub(super) fn alike(layout: &Layout, a: Place, b: Place) -> bool {
    let plain = |(ty, field): Place| match layout.kind(ty, field) {
        Kind::Key => Some(Kind::Text),
        // Two ways to write zero; and what is kept beside the columns.
        Kind::Double | Kind::Facts(_) | Kind::Other => None,
        kind => Some(kind),
    };
    plain(a).is_some_and(|kind| plain(b) == Some(kind))
}

/// Facts by the values of one field.
#[derive(Debug, Default)]
struct ByValue {
    by: FxHashMap<Key, FxHashSet<Row>>,
    keys: FxHashMap<Row, Key>,
    /// Those of which it is not known.
    doubtful: FxHashSet<Row>,
}

impl ByValue {
    fn put(&mut self, world: &World, (ty, field): Place, row: Row) {
        let key = world.present(ty, row).then(|| Key::of(world.cell(ty, row, field)));
        if let Some(old) = self.keys.get(&row).copied() {
            if key == Some(Some(old)) {
                return;
            }
            self.keys.remove(&row);
            if let Some(rows) = self.by.get_mut(&old) {
                rows.remove(&row);
                if rows.is_empty() {
                    self.by.remove(&old);
                }
            }
        }
        self.doubtful.remove(&row);
        match key {
            Some(Some(key)) => {
                self.by.entry(key).or_default().insert(row);
                self.keys.insert(row, key);
            }
            Some(None) => drop(self.doubtful.insert(row)),
            None => {}
        }
    }
}

/// Facts by the values of fields that others look for.
#[derive(Debug, Default)]
pub(super) struct ByFields {
    fields: BTreeMap<Place, ByValue>,
    ready: bool,
}

impl ByFields {
    /// Looks at all facts, unless that was done.
    pub(super) fn build(&mut self, world: &World, places: impl Iterator<Item = Place>) {
        if self.ready {
            return;
        }
        self.ready = true;
        for place in places {
            let known = self.fields.entry(place).or_default();
            (0..world.rows(place.0)).for_each(|row| known.put(world, place, Row(row)));
        }
    }

    /// Looks again at what was touched.
    pub(super) fn take_in(&mut self, world: &World, touched: &Touched) {
        if touched.everything {
            *self = Self::default();
        }
        if self.fields.is_empty() {
            return;
        }
        for change in &touched.rows {
            let there = change.was_present != change.is_present;
            let all = self.fields.range_mut((change.ty, FieldId(0))..=(change.ty, FieldId(u16::MAX)));
            for (place, known) in all.filter(|((_, field), _)| there || change.fields.contains(*field)) {
                known.put(world, *place, change.row);
            }
        }
    }

    /// The facts whose field says this, and those of which it is not known; nothing where nobody looked.
    pub(super) fn find(&self, place: Place, key: Key) -> Option<impl Iterator<Item = Row>> {
        let known = self.fields.get(&place)?;
        Some(known.by.get(&key).into_iter().flatten().chain(&known.doubtful).copied())
    }
}

/// What fields that others are looked for by said before they were touched, in the order of places and rows.
#[derive(Debug, Default)]
pub(super) struct Were(Vec<(TypeId, Row, FieldId, Option<Key>)>);

impl Were {
    /// Notes what a field says that is about to be touched.
    pub(super) fn note(&mut self, world: &World, row: Row, (ty, field): Place) {
        self.0.push((ty, row, field, Key::of(world.cell(ty, row, field))));
    }

    /// What it said, where it was touched.
    #[expect(clippy::option_option, reason = "not known is not the same as not touched")]
    fn get(&self, row: Row, (ty, field): Place) -> Option<Option<Key>> {
        let at = self.0.binary_search_by_key(&(ty, row, field), |(ty, row, field, _)| (*ty, *row, *field));
        self.0.get(at.ok()?).map(|(.., key)| *key)
    }
}

/// How facts are found by values, before and after a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed<'a> {
    pub(super) fields: &'a ByFields,
    pub(super) were: &'a Were,
    /// Whether what facts are nothing to says nothing of how much a case ranges over.
    pub(super) bounded: bool,
}

impl Keyed<'_> {
    /// Adds the facts that a fact concerns by a link; says whether all of them are known.
    pub(super) fn follow(&self, world: &World, link: &Link, row: Row, todo: &mut Vec<(NodeId, Row)>) -> bool {
        if !self.bounded {
            return false;
        }
        let (ty, field) = link.own;
        let now = world.present(ty, row).then(|| Key::of(world.cell(ty, row, field)));
        for key in [now, self.were.get(row, link.own)].into_iter().flatten() {
            let Some(key) = key else { return false };
            for (node, place) in &link.others {
                let Some(rows) = self.fields.find(*place, key) else { return false };
                todo.extend(rows.map(|row| (*node, row)));
            }
        }
        true
    }
}
