//! Facts by what one of their fields says, for whoever asks for those that say one thing.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::column::code;
use super::layout::{FieldId, Kind, Row, Sym, TypeId};
use super::{Cell, World};
use crate::value::{Horizon, Value};

/// What was found of fields so far, on facts that stay as they are.
#[derive(Debug, Default)]
pub(super) struct Pins {
    texts: RefCell<FxHashMap<(TypeId, FieldId), Rc<Texts>>>,
    until: RefCell<FxHashMap<(TypeId, Vec<FieldId>), Horizon>>,
    astray: RefCell<Astray>,
}

/// By field, the facts of which it is not known that they refer to one that is there.
type Astray = FxHashMap<(TypeId, FieldId), Rc<[Row]>>;

/// Facts by a text, in the order of lists.
#[derive(Debug, Default)]
struct Texts {
    known: FxHashMap<Sym, Vec<Row>>,
    /// Those of which it is not known.
    doubtful: Vec<Row>,
}

impl Pins {
    /// The facts of which it is not known that their field, the key, a text or a reference, says anything but
    /// `value`, in the order of lists.
    pub(super) fn rows(&self, world: &World, (ty, field): (TypeId, FieldId), value: &Value) -> Vec<Row> {
        let mut rows: Vec<Row> = match (world.layout.kind(ty, field), value) {
            (Kind::Key, Value::String(key)) => {
                return world.sym(key).and_then(|key| world.with_key(ty, key)).into_iter().collect();
            }
            (Kind::Fact(to), Value::Fact(_, key)) => {
                let target = world.sym(key).and_then(|key| world.named(to, key));
                let certain = target.map_or(&[][..], |target| world.referring(ty, field, target));
                certain.iter().copied().chain(world.doubtful(ty, field)).collect()
            }
            (Kind::Text, Value::String(text)) => {
                let texts = self.texts(world, ty, field);
                let known = world.sym(text).and_then(|sym| texts.known.get(&sym));
                known.into_iter().flatten().chain(&texts.doubtful).copied().collect()
            }
            _ => return world.in_order(ty).to_vec(),
        };
        rows.sort_by(|a, b| world.compare(ty, *a, *b));
        rows
    }

    fn texts(&self, world: &World, ty: TypeId, field: FieldId) -> Rc<Texts> {
        if let Some(known) = self.texts.borrow().get(&(ty, field)) {
            return Rc::clone(known);
        }
        let mut texts = Texts::default();
        for row in world.in_order(ty).iter().copied() {
            match world.cell(ty, row, field) {
                Cell::Text(sym) => texts.known.entry(sym).or_default().push(row),
                Cell::Absent => {}
                _ => texts.doubtful.push(row),
            }
        }
        let texts = Rc::new(texts);
        self.texts.borrow_mut().insert((ty, field), Rc::clone(&texts));
        texts
    }

    /// The facts of which it is not known that what their field refers to, if anything, is a fact that is there.
    pub(super) fn astray(&self, world: &World, ty: TypeId, field: FieldId) -> Rc<[Row]> {
        if let Some(known) = self.astray.borrow().get(&(ty, field)) {
            return Rc::clone(known);
        }
        let is_astray = |row: &Row| match (world.cell(ty, *row, field), world.layout.kind(ty, field)) {
            (Cell::Absent, _) => false,
            (Cell::Fact(target), Kind::Fact(to)) => !world.present(to, target),
            _ => true,
        };
        let rows: Rc<[Row]> = world.in_order(ty).iter().copied().filter(is_astray).collect();
        self.astray.borrow_mut().insert((ty, field), Rc::clone(&rows));
        rows
    }

    /// Until when none of the fields of any fact of a type changes by the clock; `merged` tells it of a fact with
    /// several reports, or with a stale one.
    pub(super) fn until(
        &self,
        world: &World,
        ty: TypeId,
        fields: Vec<FieldId>,
        merged: &dyn Fn(Row, FieldId) -> Horizon,
    ) -> Horizon {
        if world.layout.ty(ty).fresh_for.is_none() {
            return Horizon::NEVER;
        }
        if let Some(known) = self.until.borrow().get(&(ty, fields.clone())) {
            return *known;
        }
        let mut all = Horizon::NEVER;
        for row in world.in_order(ty).iter().copied() {
            let single = world.single_until(ty, row);
            for field in fields.iter().copied().filter(|field| world.layout.kind(ty, *field) != Kind::Key) {
                let one = match single {
                    // What nobody says, and nothing stands for, stays so.
                    Some(_) if world.is_silent(ty, row, field) => Horizon::NEVER,
                    Some(until) => until,
                    None => merged(row, field),
                };
                all = all.min(one);
            }
        }
        self.until.borrow_mut().insert((ty, fields), all);
        all
    }
}

impl World {
    /// Whether the one report of a fact leaves out a field that has no default.
    pub(super) fn is_silent(&self, ty: TypeId, row: Row, field: FieldId) -> bool {
        let (column, slot) = self.table(ty).column(row, field);
        column.code(slot) == code::MISSING && self.layout.default(ty, field).is_none()
    }
}
