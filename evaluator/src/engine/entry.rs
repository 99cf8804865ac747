//! Requests, one decision each: policies found once, facts indexed once.

use std::sync::Arc;

use assize_lang::plan::{FactKind, Field};
use serde_json::{Map, Value as Json};

use super::Engine;
use super::judge::Judge;
use super::lowered::Policies;
use super::plain::{Asked as Plainly, Plainly as Verdictly, Runner};
use crate::decision::Decision;
use crate::facts::Instant;
use crate::request::{Asked, DecideError, Verdict, answer};
use crate::store::{Changes, Snapshot, State, Stored};
use crate::value::Value;
use crate::world::{Cell, FieldId, TypeId, World};

/// The facts at an instant, indexed: what decisions are made on. Cheap to clone, and never changes.
#[derive(Clone, Debug)]
pub struct Indexed {
    pub(super) world: Arc<World>,
    pub(super) snapshot: Arc<str>,
}

impl Indexed {
    /// The instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant(self.world.now())
    }

    /// About how many bytes of memory the facts take, by part. What is shared with other facts, a snapshot
    /// or a writer counts in full.
    #[must_use]
    pub fn bytes(&self) -> std::collections::BTreeMap<&'static str, u64> {
        self.world.bytes()
    }

    /// The id of the snapshot that they are of.
    #[must_use]
    pub fn snapshot(&self) -> &str {
        &self.snapshot
    }
}

/// A type of request, with the policies that decide it: made once, asked many times.
#[derive(Clone, Debug)]
pub struct Entry {
    engine: Engine,
    ty: TypeId,
    policies: Arc<Policies>,
    /// Those that are about it, by their places.
    asked: Vec<usize>,
}

impl Engine {
    /// Indexes the facts of a snapshot as of `now`.
    #[must_use]
    pub fn index(&self, snapshot: &Snapshot, now: Instant) -> Indexed {
        let world = World::build(&self.layout, snapshot, now.0);
        Indexed { world: Arc::new(world), snapshot: Arc::from(snapshot.id()) }
    }

    /// Resolves a type of request, qualified or short, and the policies that decide it.
    ///
    /// # Errors
    /// [`DecideError`] where there is no such request type, or no policy that asks about it: that is no
    /// allow.
    pub fn entry(&self, ty: &str) -> Result<Entry, DecideError> {
        let declared = self.schema.fact(ty).filter(|declared| declared.kind == FactKind::Request);
        let declared = declared.ok_or_else(|| DecideError::NoType(crate::value::escape(ty)))?;
        let none = || DecideError::NoPolicy(declared.name.to_string());
        let ty = self.layout.type_id(&declared.name).ok_or_else(none)?;
        let policies = Arc::new(Policies::of(self, &self.layout, Some(ty)));
        let asked: Vec<usize> = (0..policies.all.len()).collect();
        if asked.is_empty() {
            return Err(none());
        }
        Ok(Entry { engine: self.clone(), ty, policies, asked })
    }
}

impl Entry {
    /// Decides a request with these fields: one left out was not collected, `null` is known to be absent.
    /// Without a key it is called `request`. An instant before that of the facts counts as theirs.
    ///
    /// # Errors
    /// [`DecideError::Key`] where the key cannot be read.
    pub fn decide(
        &self,
        facts: &Indexed,
        fields: &Map<String, Json>,
        now: Instant,
    ) -> Result<Verdict, DecideError> {
        let now = Instant(now.0.max(facts.world.now()));
        let declared = self.engine.layout.ty(self.ty);
        let Asked { stored, rejects, .. } = self.engine.ask(declared.name.as_str(), fields, now)?;
        let later;
        let world = if now.0 == facts.world.now() {
            &*facts.world
        } else {
            // A copy shares everything; what the clock has changed meanwhile changes in the copy.
            let mut copy = World::clone(&facts.world);
            copy.plan(Changes::default(), now.0);
            copy.commit();
            later = copy;
            &later
        };
        let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
        let mut texts = Vec::new();
        let cells = self.cells(world, &stored, &mut texts);
        let asked = Plainly { ty: self.ty, cells: &cells, texts: &texts };
        let mut runner = Runner::new(world, now.0, Some(asked));
        let recorded = world.row(self.ty, &stored.key).is_some();
        let judge = Judge::of_request(&self.engine, world, (&declared.name, &stored));
        for lowered in self.asked.iter().filter_map(|at| self.policies.all.get(*at)) {
            let bounded = lowered.plain.is_bounded(world, self.engine.budget.reach);
            // One of the same key among the facts may be what others refer to.
            let plain = !recorded
                && matches!(lowered.plain.head(&mut runner, Plainly::ROW, bounded), Verdictly::Nothing(_));
            if !plain {
                let first = Value::Fact(declared.name.clone(), Arc::clone(&stored.key));
                judge.with(|run| {
                    run.policy(&lowered.policy, Some(first), None, &mut decisions, &mut undetermined)
                });
            }
        }
        decisions.sort_by(Decision::compare);
        let (verdict, missing) = answer(&decisions, &undetermined);
        let snapshot = facts.snapshot.to_string();
        Ok(Verdict { verdict, decisions, undetermined, missing, rejects, snapshot, now })
    }

    /// The request's fields as cells; texts that no fact has are added to `texts`.
    fn cells<'r>(&self, world: &World, stored: &'r Stored, texts: &mut Vec<&'r str>) -> Vec<Cell> {
        let declared = self.engine.layout.ty(self.ty);
        let mut cells = Vec::with_capacity(declared.fields.len());
        for (place, field) in declared.fields.iter().enumerate() {
            let cell = if field.name == declared.key {
                text(world, &stored.key, texts)
            } else {
                match stored.state(place) {
                    Some(State::Value(value)) => self.cell(world, value, texts),
                    Some(State::Absent) => Cell::Absent,
                    Some(State::Bad(_)) => Cell::Unknown,
                    None => self.default(world, field, place),
                }
            };
            cells.push(cell);
        }
        cells
    }

    fn default(&self, world: &World, field: &Field, place: usize) -> Cell {
        if field.default.is_none() {
            return Cell::Unknown;
        }
        u16::try_from(place).map_or(Cell::Other, |place| world.default_cell(self.ty, FieldId(place)))
    }

    fn cell<'r>(&self, world: &World, value: &'r Value, texts: &mut Vec<&'r str>) -> Cell {
        match value {
            Value::Bool(truth) => Cell::Bool(*truth),
            Value::Int(number) => Cell::Int(*number),
            Value::Uint(number) => Cell::Uint(*number),
            Value::Double(number) => Cell::Double(*number),
            Value::Duration(micros) => Cell::Span(*micros),
            Value::Timestamp(at) => Cell::Time(*at),
            Value::Enum(_, at) => Cell::Enum(*at),
            Value::String(of) => text(world, of, texts),
            Value::Fact(name, key) => {
                let row = self.engine.layout.type_id(name).and_then(|ty| world.row(ty, key));
                row.map_or(Cell::Other, Cell::Fact)
            }
            _ => Cell::Other,
        }
    }
}

fn text<'r>(world: &World, of: &'r str, texts: &mut Vec<&'r str>) -> Cell {
    if let Some(sym) = world.sym(of) {
        return Cell::Text(sym);
    }
    let place = texts.iter().position(|known| *known == of).unwrap_or_else(|| {
        texts.push(of);
        texts.len().saturating_sub(1)
    });
    Cell::Text(Plainly::sym(place))
}
