//! How well facts join: of each field that refers to facts, how often what it says is there.

use std::collections::BTreeMap;

use assize_lang::plan::{FactKind, Name, Type};
use serde::Serialize;

use super::at::Facts;
use super::view::{View, targets};
use crate::value::{Cause, Possible, escape};

/// How many keys that lead nowhere are named.
const NAMED: usize = 3;

/// One field that refers to facts, over all facts of its type at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// The type, short where only one package has it.
    #[serde(rename = "type")]
    pub ty: String,
    /// The field.
    pub field: String,
    /// The type that it refers to.
    pub to: String,
    /// How many facts the type has.
    pub facts: usize,
    /// How many refer to facts that are there, all of them where they are several.
    pub found: usize,
    /// How many refer to something that no source reports.
    pub dangling: usize,
    /// How many are known to refer to nothing.
    pub absent: usize,
    /// How many do not say, by the first reason.
    pub unknown: BTreeMap<Cause, usize>,
    /// The first keys that lead nowhere, in their order; a few.
    pub nowhere: Vec<String>,
}

impl Joined {
    /// How many facts refer to something, whether it is there or not.
    #[must_use]
    pub const fn referring(&self) -> usize {
        self.found.saturating_add(self.dangling)
    }
}

impl View {
    /// Of each field that refers to facts, in the order declared, how often they are there. Types without a
    /// fact are left out.
    pub(crate) fn joined(&self) -> Vec<Joined> {
        let asked = self.schema().facts.values().filter(|ty| ty.kind != FactKind::Request);
        let fields = asked.flat_map(|ty| ty.fields.iter().map(move |field| (ty, field)));
        let of = fields.filter_map(|(ty, field)| self.join(&ty.name, &field.name, target(&field.ty)?));
        of.collect()
    }

    fn join(&self, ty: &Name, field: &Name, to: &Name) -> Option<Joined> {
        let facts = self.all(ty);
        let mut out = Joined {
            ty: self.label(ty),
            field: field.to_string(),
            to: self.label(to),
            facts: facts.len(),
            found: 0,
            dangling: 0,
            absent: 0,
            unknown: BTreeMap::new(),
            nowhere: Vec::new(),
        };
        for fact in &facts {
            let Some(merged) = fact.field(field.as_str()) else { continue };
            let possible = &merged.possible;
            let Some(value) = possible.value() else {
                if possible.is_known() {
                    out.absent = out.absent.saturating_add(1);
                } else {
                    let count = out.unknown.entry(why(possible)).or_default();
                    *count = count.saturating_add(1);
                }
                continue;
            };
            let mut gone = targets(value).into_iter().filter(|key| self.fact(to, key).is_none()).peekable();
            if gone.peek().is_none() {
                out.found = out.found.saturating_add(1);
                continue;
            }
            out.dangling = out.dangling.saturating_add(1);
            for key in gone.map(|key| escape(&key)) {
                if out.nowhere.len() < NAMED && !out.nowhere.contains(&key) {
                    out.nowhere.push(key);
                }
            }
        }
        (out.facts > 0).then_some(out)
    }
}

/// What a type refers to, through lists.
fn target(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Fact(name) => Some(name),
        Type::List(of) => target(of),
        _ => None,
    }
}

fn why(possible: &Possible) -> Cause {
    possible.causes.in_order().first().map_or(Cause::NotCollected, |missing| missing.cause)
}
