//! One fact at an instant.

use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

use assize_lang::plan::{FactKind, FactType, Field, Name, Schema};

use super::canon::Canon;
use super::merge::{Assertions, Merged};
use super::report::{Stored, Witness};
use super::view::Trust;
use crate::value::{FactRef, Value};

/// What facts are merged on: the same for all facts at one instant.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) schema: Arc<Schema>,
    pub(crate) trust: Arc<Trust>,
    pub(crate) canon: Arc<Canon>,
    pub(crate) now: i64,
}

/// One fact at an instant. A field is merged when it is first asked for.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its key.
    pub key: Arc<str>,
    /// When it happened, for an event whose `at` is known.
    pub at: Option<i64>,
    /// The fact with its most trusted source.
    pub witness: Arc<Witness>,
    ground: Arc<Ground>,
    ty: Name,
    /// The reports that stand.
    reports: Vec<Stored>,
    /// When the thing ended, whether the report of that is fresh or not.
    ended: Option<i64>,
    /// By the field's place in its type.
    merged: Box<[OnceLock<Merged>]>,
}

impl Fact {
    /// What the standing reports of one fact of type `ty`, known by `key` and called `label`, amount to.
    pub(crate) fn new(
        ground: &Arc<Ground>,
        ty: &FactType,
        label: String,
        key: &Arc<str>,
        reports: Vec<Stored>,
    ) -> Self {
        let best = reports.iter().max_by_key(|one| (ground.trust.of(&one.origin.tool), Reverse(one.mark)));
        let source = best.map(|best| best.evidence(key));
        let mut fact = Self {
            key: Arc::clone(key),
            at: None,
            witness: Arc::new(Witness { fact: FactRef { ty: label, key: key.to_string() }, source }),
            ground: Arc::clone(ground),
            ty: ty.name.clone(),
            reports,
            ended: None,
            merged: ty.fields.iter().map(|_| OnceLock::new()).collect(),
        };
        if let Some((_, Some(end))) = &ty.lives
            && let Some(place) = place(ty, end.as_str())
            && let Some(field) = ty.fields.get(place)
        {
            fact.ended = fact.said(ty, place, field).instant_ever();
        }
        if ty.kind == FactKind::Event
            && let Some(Value::Timestamp(at)) = fact.field("at").and_then(|merged| merged.possible.value())
        {
            fact.at = Some(*at);
        }
        fact
    }

    /// The field of this name; the key is none.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Merged> {
        self.field_of(self.ground.schema.facts.get(&self.ty)?, name)
    }

    /// The same, by what was declared of the fact's type.
    pub(crate) fn field_of(&self, ty: &FactType, name: &str) -> Option<&Merged> {
        if ty.key.as_str() == name {
            return None;
        }
        let place = place(ty, name)?;
        let (merged, field) = (self.merged.get(place)?, ty.fields.get(place)?);
        let Ground { schema, now, .. } = &*self.ground;
        let merge = || self.said(ty, place, field).merge(field, &self.witness.fact, schema, *now);
        Some(merged.get_or_init(merge))
    }

    /// The fact with the source that a field of it is taken from.
    pub(crate) fn witness_of(&self, field: &Merged) -> Arc<Witness> {
        if field.evidence.is_none() || field.evidence == self.witness.source {
            return Arc::clone(&self.witness);
        }
        let own = || Arc::new(Witness { fact: self.witness.fact.clone(), source: field.evidence.clone() });
        Arc::clone(field.witness.get_or_init(own))
    }

    /// The reports that stand.
    pub(crate) fn reports(&self) -> &[Stored] {
        &self.reports
    }

    /// What the reports say about a field.
    fn said(&self, ty: &FactType, place: usize, field: &Field) -> Assertions<'_> {
        let reports: Vec<&Stored> = self.reports.iter().collect();
        let Ground { trust, canon, .. } = &*self.ground;
        Assertions::new(ty, place, field, &reports, trust, |value| canon.value(value), self.ended)
    }
}

fn place(ty: &FactType, name: &str) -> Option<usize> {
    ty.fields.iter().position(|field| field.name.as_str() == name)
}
