//! The facts of a world as the judge reads them.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};
use rustc_hash::FxHashMap;

use super::World;
use super::layout::{FieldId, Kind, Row, TypeId};
use super::pins::Pins;
use crate::store::{Cited, Fact, Facts, Ground, Listed, Merged, Remark, Seen, Stored, Track, targets};
use crate::value::{Horizon, Value};

/// Of how many facts it is kept what was made of them.
const MOST_KNOWN: usize = 4096;

/// A world, perhaps with one request that is asked now. Of a fact with one report, fields are read as they are
/// asked for; others are merged when they are first asked for.
#[derive(Debug)]
pub(crate) struct Lens<'w> {
    world: &'w World,
    ground: OnceCell<Arc<Ground>>,
    extra: Option<(TypeId, Arc<Fact>)>,
    known: RefCell<FxHashMap<(TypeId, Row), Rc<Known>>>,
    /// Rows by where in memory their keys are, of those that are known: whoever has the key from here need not
    /// have it found by its text.
    places: RefCell<FxHashMap<(usize, usize), (TypeId, Row)>>,
    pins: Pins,
    /// By type and signal.
    tracks: RefCell<FxHashMap<(Name, Name), ByScope>>,
}

/// What is known of a signal for a type, by scope.
type ByScope = FxHashMap<String, Arc<Track>>;

/// What was made of a fact so far.
#[derive(Debug)]
struct Known {
    key: Arc<str>,
    cited: OnceCell<Option<Cited>>,
    fact: OnceCell<Option<Arc<Fact>>>,
}

impl<'w> Lens<'w> {
    /// The facts of `world`, and `extra`, a request of that type.
    pub(crate) fn new(world: &'w World, extra: Option<(&Name, &Stored)>) -> Self {
        let mut lens = Self {
            world,
            ground: OnceCell::new(),
            extra: None,
            known: <_>::default(),
            places: <_>::default(),
            pins: <_>::default(),
            tracks: <_>::default(),
        };
        lens.extra = extra.and_then(|(name, stored)| {
            let ty = world.layout.type_id(name)?;
            let (declared, label) = (world.layout.ty(ty), world.layout.label(ty).to_string());
            let fact = Fact::new(lens.ground(), declared, label, &stored.key, vec![stored.clone()]);
            Some((ty, Arc::new(fact)))
        });
        lens
    }

    fn ground(&self) -> &Arc<Ground> {
        self.ground.get_or_init(|| self.world.ground())
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
        let made = || self.world.fact(self.ground(), ty, row);
        self.known(ty, row).fact.get_or_init(made).clone()
    }

    /// What was made of the fact known by a row. Of so many facts that they are a burden all are forgotten: whoever
    /// goes over a whole estate seldom comes back.
    fn known(&self, ty: TypeId, row: Row) -> Rc<Known> {
        if self.known.borrow().len() >= MOST_KNOWN {
            self.known.borrow_mut().clear();
            self.places.borrow_mut().clear();
        }
        let make = || {
            let key = self.world.key_arc(ty, row);
            self.places.borrow_mut().insert(place(&key), (ty, row));
            Rc::new(Known { key, cited: OnceCell::new(), fact: OnceCell::new() })
        };
        Rc::clone(self.known.borrow_mut().entry((ty, row)).or_insert_with(make))
    }

    fn key(&self, ty: TypeId, row: Row) -> Arc<str> {
        Arc::clone(&self.known(ty, row).key)
    }

    /// The fact known by a row, with its most trusted source.
    fn cited_at(&self, ty: TypeId, row: Row) -> Option<Cited> {
        let known = self.known(ty, row);
        let made = || match self.world.single_report(ty, row, &known.key) {
            Some(report) => Some(Cited::Report(Arc::new(report))),
            None => Some(Cited::Whole(Arc::clone(&self.at(ty, row)?.witness))),
        };
        known.cited.get_or_init(made).clone()
    }

    /// The fact known by a row as a member of a list.
    fn listed_at(&self, ty: TypeId, row: Row, certain: bool) -> Option<Listed> {
        let there = !self.is_hidden(ty, row) && self.world.present(ty, row);
        there.then(|| Listed {
            key: self.key(ty, row),
            at: self.world.at(ty, row),
            certain,
            loose: false,
            link: None,
        })
    }

    /// Until when a field holds of a fact whose reports have to be merged for that.
    fn until_merged(&self, ty: TypeId, row: Row, field: FieldId) -> Horizon {
        let declared = self.world.layout.ty(ty);
        let fact = self.world.fact(self.ground(), ty, row);
        let name = declared.fields.get(field.index()).map(|field| &field.name);
        let merged = fact.as_ref().zip(name).and_then(|(fact, name)| fact.field_of(declared, name.as_str()));
        merged.map_or(Horizon::NEVER, |merged| merged.horizon)
    }

    /// The row of a fact that the extra request cannot be.
    fn row(&self, ty: &Name, key: &str) -> Option<(TypeId, Row)> {
        let known = self.places.borrow().get(&place(key)).copied();
        let known = known.filter(|(of, _)| self.world.layout.ty(*of).name == *ty);
        let (ty, row) = match known {
            Some(known) => known,
            None => {
                let ty = self.world.layout.type_id(ty)?;
                (ty, self.world.row(ty, key)?)
            }
        };
        self.extra(ty).is_none().then_some((ty, row))
    }

    fn is_hidden(&self, ty: TypeId, row: Row) -> bool {
        self.extra.as_ref().is_some_and(|(of, fact)| *of == ty && self.world.key(ty, row) == &*fact.key)
    }

    fn extra(&self, ty: TypeId) -> Option<&Arc<Fact>> {
        self.extra.as_ref().filter(|(of, _)| *of == ty).map(|(_, fact)| fact)
    }

    /// Puts the extra request in its place in a list.
    fn with_extra<T>(list: &mut Vec<T>, extra: Option<T>, place: impl Fn(&T) -> (Option<i64>, &Arc<str>)) {
        let Some(extra) = extra else { return };
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
        Self::with_extra(&mut all, self.extra(ty).cloned(), |fact| (fact.at, &fact.key));
        all
    }

    fn listed(&self, ty: &Name) -> Vec<Listed> {
        let Some(ty) = self.world.layout.type_id(ty) else { return Vec::new() };
        let rows = self.world.in_order(ty);
        let mut all: Vec<Listed> = rows.iter().filter_map(|row| self.listed_at(ty, *row, true)).collect();
        let extra = self.extra(ty).map(|fact| Listed::of(fact, true));
        Self::with_extra(&mut all, extra, |one| (one.at, &one.key));
        all
    }

    fn each_key(&self, name: &Name, visit: &mut dyn FnMut(Arc<str>) -> bool) {
        let Some(ty) = self.world.layout.type_id(name) else { return };
        if self.extra(ty).is_some() {
            self.listed(name).into_iter().any(|listed| visit(listed.key));
            return;
        }
        let rows = self.world.in_order(ty);
        rows.iter().any(|row| visit(self.key(ty, *row)));
    }

    fn read(&self, ty: &Name, key: &str, field: &Name) -> Option<Seen> {
        if let Some((ty, row)) = self.row(ty, key)
            && let Some(at) = self.world.layout.field_id(ty, field.as_str())
        {
            if self.world.layout.kind(ty, at) == Kind::Key {
                return None;
            }
            if let Some((possible, horizon)) = self.world.single(ty, row, at, |ty, row| self.key(ty, row))
                && let Some(cited) = self.cited_at(ty, row)
            {
                let remark = self.world.said_as(ty, row, at).map(Remark::SaidAs);
                return Some(Seen { possible, horizon, cited, remark });
            }
        }
        Seen::of(&*self.fact(ty, key)?, field)
    }

    fn cited(&self, ty: &Name, key: &str) -> Option<Cited> {
        match self.row(ty, key) {
            Some((ty, row)) if self.world.present(ty, row) => self.cited_at(ty, row),
            _ => Some(Cited::Whole(Arc::clone(&self.fact(ty, key)?.witness))),
        }
    }

    fn happened(&self, ty: &Name, key: &str) -> Option<i64> {
        match self.row(ty, key) {
            Some((ty, row)) => self.world.at(ty, row),
            None => self.fact(ty, key)?.at,
        }
    }

    fn own(&self, of: &Name, via: &Name, key: &str) -> Vec<Listed> {
        let world = self.world;
        let Some(ty) = world.layout.type_id(of) else { return Vec::new() };
        let Some(field) = world.layout.field_id(ty, via.as_str()) else { return Vec::new() };
        let target = world.layout.target(ty, field).and_then(|to| world.row(to, key));
        let of_target = |list: fn(&World, TypeId, FieldId, Row) -> &[Row]| {
            target.map_or(&[][..], |target| list(world, ty, field, target))
        };
        let certain = of_target(World::referring).iter().map(|row| (*row, true));
        let maybe = of_target(World::maybe_referring).iter().map(|row| (*row, false));
        let mut rows: Vec<(Row, bool)> = certain.collect();
        let in_order = rows.len();
        rows.extend(maybe);
        if rows.len() > in_order {
            rows.sort_by(|a, b| world.compare(ty, a.0, b.0));
        }
        let listed = |(row, certain)| {
            let link = || Some((world.single_until(ty, row)?, self.cited_at(ty, row)?));
            // What the judge need not read, it need not be told of either.
            let plain = certain && world.said_as(ty, row, field).is_none();
            Some(Listed { link: link().filter(|_| plain), ..self.listed_at(ty, row, certain)? })
        };
        let mut list: Vec<Listed> = rows.into_iter().filter_map(listed).collect();
        let extra = self.extra(ty).filter(|fact| !is_loose(fact, via));
        let extra = extra.and_then(|fact| Some(Listed::of(fact, refers(fact, via, key)?)));
        Self::with_extra(&mut list, extra, |one| (one.at, &one.key));
        list
    }

    fn loose(&self, of: &Name, via: &Name) -> Vec<Listed> {
        let Some(ty) = self.world.layout.type_id(of) else { return Vec::new() };
        let Some(field) = self.world.layout.field_id(ty, via.as_str()) else { return Vec::new() };
        let rows = self.world.loose(ty, field).iter();
        let mut list: Vec<Listed> = rows.filter_map(|row| self.listed_at(ty, *row, false)).collect();
        let extra = self.extra(ty).filter(|fact| is_loose(fact, via)).map(|fact| Listed::of(fact, false));
        Self::with_extra(&mut list, extra, |one| (one.at, &one.key));
        list.iter_mut().for_each(|one| one.loose = true);
        list
    }

    fn pinned(&self, ty: &Name, field: &Name, value: &Value) -> Vec<Listed> {
        let Some(ty) = self.world.layout.type_id(ty) else { return Vec::new() };
        let Some(field) = self.world.layout.field_id(ty, field.as_str()) else { return Vec::new() };
        let rows = self.pins.rows(self.world, (ty, field), value);
        rows.into_iter().filter_map(|row| self.listed_at(ty, row, true)).collect()
    }

    fn astray(&self, ty: &Name, field: &Name) -> Vec<Arc<str>> {
        let Some(ty) = self.world.layout.type_id(ty) else { return Vec::new() };
        let Some(field) = self.world.layout.field_id(ty, field.as_str()) else { return Vec::new() };
        self.pins.astray(self.world, ty, field).iter().map(|row| self.key(ty, *row)).collect()
    }

    fn until(&self, ty: &Name, fields: &BTreeSet<Name>) -> Horizon {
        let Some(ty) = self.world.layout.type_id(ty) else { return Horizon::NEVER };
        let places = fields.iter().filter_map(|field| self.world.layout.field_id(ty, field.as_str()));
        let merged = |row, field| self.until_merged(ty, row, field);
        self.pins.until(self.world, ty, places.collect(), &merged)
    }

    fn listed_until(&self, ty: &FactType) -> i64 {
        self.world.coverage.listed_until(ty, self.world.layout.schema(), self.world.now)
    }

    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Arc<Track> {
        // Whoever watches reports it every few minutes: putting that together is work, and asked for again and again.
        let place = (ty.name.clone(), part.signal.clone());
        let mut tracks = self.tracks.borrow_mut();
        let scopes = tracks.entry(place).or_default();
        if let Some(known) = scopes.get(scope) {
            return Arc::clone(known);
        }
        let track = Arc::new(self.world.coverage.track(ty, part, scope, self.world.layout.schema()));
        scopes.insert(scope.to_owned(), Arc::clone(&track));
        track
    }

    fn label(&self, name: &Name) -> String {
        let ty = self.world.layout.type_id(name);
        ty.map_or_else(|| name.short().to_owned(), |ty| self.world.layout.label(ty).to_string())
    }
}

/// Where a text is in memory, and how long.
fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}

/// Whether a fact refers to that key by a field; `None` where it is known that it does not.
fn refers(fact: &Fact, via: &Name, key: &str) -> Option<bool> {
    let merged = fact.field(via.as_str())?;
    let names = |value: &Value| targets(value).iter().any(|found| &**found == key);
    if merged.possible.is_known() {
        return merged.possible.value().is_some_and(names).then_some(true);
    }
    merged.candidates.iter().any(names).then_some(false)
}

/// Whether nothing is known of what a field of a fact refers to.
fn is_loose(fact: &Fact, via: &Name) -> bool {
    let open = |merged: &Merged| merged.bad || merged.candidates.is_empty();
    fact.field(via.as_str()).is_some_and(|merged| !merged.possible.is_known() && open(merged))
}
