//! How big an estate is, counted: what a project may declare, and what the cost of policies rests on.

use assize_lang::cost::{Cardinality, Members};
use assize_lang::plan::Type;

use super::at::Facts;
use super::view::View;
use crate::value::Value;

impl View {
    /// The facts of each type, and the members of each list: of the facts that refer to one, and of
    /// fields that are lists. Facts of which it is not known to whom they refer may be in every list.
    pub(crate) fn sizes(&self) -> Cardinality {
        let mut out = Cardinality::default();
        for ty in self.schema().facts.values() {
            let owners = self.all(&ty.name);
            out.set_facts(ty.name.clone(), count(owners.len()));
            for inverse in &ty.inverses {
                let (counts, loose) = self.list_sizes(&inverse.of, &inverse.via);
                let members = members(&counts, owners.len());
                out.set_list(
                    ty.name.clone(),
                    inverse.name.clone(),
                    members.plus(Members::exactly(count(loose))),
                );
            }
            for field in ty.fields.iter().filter(|field| matches!(field.ty, Type::List(_))) {
                let length = |value: Option<&Value>| match value {
                    Some(Value::List(items)) => items.len(),
                    _ => 0,
                };
                let lengths = owners.iter().map(|fact| {
                    let merged = fact.field(field.name.as_str());
                    merged.map_or(0, |merged| length(merged.possible.value()))
                });
                out.set_list(
                    ty.name.clone(),
                    field.name.clone(),
                    members(&lengths.collect::<Vec<_>>(), owners.len()),
                );
            }
        }
        out
    }
}

fn members(counts: &[usize], owners: usize) -> Members {
    let total = counts.iter().fold(0_u64, |sum, one| sum.saturating_add(count(*one)));
    let worst = counts.iter().max().copied().unwrap_or_default();
    Members { average: total.div_ceil(count(owners).max(1)), worst: count(worst) }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
