//! The facts of a world as the judge reads them.

use std::sync::{Arc, Mutex};

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};
use rustc_hash::FxHashMap;

use super::World;
use super::layout::{Row, TypeId};
use crate::store::{Fact, Facts, Ground, Stored, Track, targets};
use crate::value::Value;

/// A world, perhaps with one request that is asked now. Facts are merged when they are first asked for.
#[derive(Debug)]
pub(crate) struct Lens<'w> {
    world: &'w World,
    ground: Arc<Ground>,
    extra: Option<(TypeId, Arc<Fact>)>,
    made: Mutex<FxHashMap<(TypeId, Row), Arc<Fact>>>,
}

impl<'w> Lens<'w> {
    /// The facts of `world`, and `extra`, a request of that type.
    pub(crate) fn new(world: &'w World, extra: Option<(&Name, &Stored)>) -> Self {
        let ground = world.ground();
        let extra = extra.and_then(|(name, stored)| {
            let ty = world.layout.type_id(name)?;
            let (declared, label) = (world.layout.ty(ty), world.layout.label(ty).to_owned());
            let fact = Fact::new(&ground, declared, label, &stored.key, vec![stored.clone()]);
            Some((ty, Arc::new(fact)))
        });
        Self { world, ground, extra, made: Mutex::default() }
    }

    /// The world.
    #[cfg(test)]
    pub(crate) fn world(&self) -> &'w World {
        self.world
    }

    /// The fact known by a row, less one that the extra request stands in for.
    pub(crate) fn at(&self, ty: TypeId, row: Row) -> Option<Arc<Fact>> {
        if self.is_hidden(ty, row) || !self.world.present(ty, row) {
            return None;
        }
        let known = self.made.lock().ok().and_then(|made| made.get(&(ty, row)).cloned());
        if known.is_some() {
            return known;
        }
        let fact = self.world.fact(&self.ground, ty, row)?;
        if let Ok(mut made) = self.made.lock() {
            made.insert((ty, row), Arc::clone(&fact));
        }
        Some(fact)
    }

    fn is_hidden(&self, ty: TypeId, row: Row) -> bool {
        self.extra.as_ref().is_some_and(|(of, fact)| *of == ty && self.world.key(ty, row) == &*fact.key)
    }

    fn extra(&self, ty: TypeId) -> Option<&Arc<Fact>> {
        self.extra.as_ref().filter(|(of, _)| *of == ty).map(|(_, fact)| fact)
    }

    /// Puts the extra request in its place in a list.
    fn with_extra<T>(&self, list: &mut Vec<T>, extra: Option<T>, of: impl Fn(&T) -> &Arc<Fact>) {
        let Some(extra) = extra else { return };
        let place = |one: &T| (of(one).at, Arc::clone(&of(one).key));
        let at = list.partition_point(|one| place(one) < place(&extra));
        list.insert(at, extra);
    }
}

impl Facts for Lens<'_> {
    fn now(&self) -> i64 {
        self.world.now
    }

    fn schema(&self) -> &Schema {
        self.world.layout.schema()
    }

    fn fact(&self, ty: &Name, key: &str) -> Option<Arc<Fact>> {
        let ty = self.world.layout.type_id(ty)?;
        let row = self.world.row(ty, key);
        let named = row.map_or(key, |row| self.world.key(ty, row));
        match self.extra(ty).filter(|fact| &*fact.key == named || &*fact.key == key) {
            Some(extra) => Some(Arc::clone(extra)),
            None => self.at(ty, row?),
        }
    }

    fn all(&self, ty: &Name) -> Vec<Arc<Fact>> {
        let Some(ty) = self.world.layout.type_id(ty) else { return Vec::new() };
        let mut all: Vec<Arc<Fact>> =
            self.world.in_order(ty).iter().filter_map(|row| self.at(ty, *row)).collect();
        self.with_extra(&mut all, self.extra(ty).cloned(), |fact| fact);
        all
    }

    fn attached(&self, of: &Name, via: &Name, key: &str) -> Vec<(Arc<Fact>, bool)> {
        let world = self.world;
        let Some(ty) = world.layout.type_id(of) else { return Vec::new() };
        let Some(field) = world.layout.field_id(ty, via.as_str()) else { return Vec::new() };
        let target = world.layout.target(ty, field).and_then(|to| world.row(to, key));
        let of_target = |list: fn(&World, TypeId, super::FieldId, Row) -> &[Row]| {
            target.map_or(&[][..], |target| list(world, ty, field, target))
        };
        let certain = of_target(World::referring).iter().map(|row| (*row, true));
        let maybe = of_target(World::maybe_referring).iter().map(|row| (*row, false));
        let loose = world.loose(ty, field).iter().map(|row| (*row, false));
        let mut rows: Vec<(Row, bool)> = certain.collect();
        let in_order = rows.len();
        rows.extend(maybe.chain(loose));
        if rows.len() > in_order {
            rows.sort_by(|a, b| world.compare(ty, a.0, b.0));
        }
        let mut list: Vec<(Arc<Fact>, bool)> =
            rows.into_iter().filter_map(|(row, certain)| Some((self.at(ty, row)?, certain))).collect();
        let extra = self.extra(ty).and_then(|fact| Some((Arc::clone(fact), refers(fact, via, key)?)));
        self.with_extra(&mut list, extra, |(fact, _)| fact);
        list
    }

    fn pinned(&self, ty: &Name, field: &Name, key: &str) -> Option<Vec<Arc<Fact>>> {
        let world = self.world;
        let ty = world.layout.type_id(ty)?;
        let field = world.layout.field_id(ty, field.as_str())?;
        let to = world.layout.target(ty, field)?;
        if self.extra(ty).is_some() {
            return None;
        }
        let certain = world.row(to, key).map_or(&[][..], |row| world.referring(ty, field, row));
        let doubtful = world.doubtful(ty, field);
        let mut rows: Vec<Row> = certain.iter().copied().chain(doubtful).collect();
        rows.sort_by(|a, b| world.compare(ty, *a, *b));
        Some(rows.into_iter().filter_map(|row| self.at(ty, row)).collect())
    }

    fn listed_until(&self, ty: &FactType) -> i64 {
        self.world.coverage.listed_until(ty, self.world.layout.schema(), self.world.now)
    }

    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Track {
        self.world.coverage.track(ty, part, scope, self.world.layout.schema())
    }

    fn label(&self, name: &Name) -> String {
        let ty = self.world.layout.type_id(name);
        ty.map_or_else(|| name.short().to_owned(), |ty| self.world.layout.label(ty).to_owned())
    }
}

/// Whether a fact refers to that key by a field; `None` where it is known that it does not.
fn refers(fact: &Fact, via: &Name, key: &str) -> Option<bool> {
    let merged = fact.field(via.as_str())?;
    let names = |value: &Value| targets(value).iter().any(|found| &**found == key);
    if merged.possible.is_known() {
        return merged.possible.value().is_some_and(names).then_some(true);
    }
    let open = merged.bad || merged.candidates.is_empty();
    (open || merged.candidates.iter().any(names)).then_some(false)
}
