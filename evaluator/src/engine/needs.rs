//! What a policy needs to see: the facts that it ranges over, and the telemetry whose silence it leans on.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{Coverage, Expr, ExprKind, FactKind, Name, Policy, Program, Type};

use super::Engine;
use super::uses::each;
use crate::facts::Instant;
use crate::judge::children;
use crate::store::{Snapshot, Telemetry, View, Watch};

/// What a policy needs to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The types that its first binding, or the steps of its sequence, range over: without a fact of them it has
    /// no case.
    pub anchors: BTreeSet<Name>,
    /// The types whose lists it reads or whose events it ranges over, and that are complete only where somebody watched; each with the signals
    /// that make them so: any one of the groups is enough, and each needs all of its signals.
    pub lists: Vec<(Name, Vec<Vec<Name>>)>,
    /// It asks whether something was watched, or ranges over coverage: what it decides is about telemetry.
    pub about_telemetry: bool,
}

impl Engine {
    /// What a policy needs to see; nothing where there is none of this name.
    #[must_use]
    pub fn needs(&self, policy: &str) -> Needs {
        let Some(policy) = self.program.policies.get(policy) else { return Needs::default() };
        let mut reading =
            Reading { program: &self.program, types: BTreeSet::new(), asks: false, seen: BTreeSet::new() };
        each(policy, &mut |expr| reading.take(expr));
        let anchors = anchors(policy);
        let about = anchors.iter().any(|name| *name == crate::store::coverage_type());
        let schema = &self.program.schema;
        // Events that it ranges over are seen only where somebody watches, like those in a list.
        let event = |name: &&Name| schema.facts.get(*name).is_some_and(|ty| ty.kind == FactKind::Event);
        reading.types.extend(anchors.iter().filter(event).cloned());
        let lists = reading.types.iter().filter_map(|name| match &schema.facts.get(name)?.coverage {
            Coverage::Closed => None,
            Coverage::By(groups) => {
                let group = |group: &Vec<assize_lang::plan::CoveredBy>| {
                    group.iter().map(|part| part.signal.clone()).collect()
                };
                Some((name.clone(), groups.iter().map(group).collect()))
            }
        });
        Needs { lists: lists.collect(), anchors, about_telemetry: reading.asks || about }
    }

    /// What each signal was seen to watch at an instant, signals without any telemetry among them; and how far
    /// the lists of each type are watched.
    #[must_use]
    pub fn telemetry(&self, snapshot: &Snapshot, now: Instant) -> (Vec<Telemetry>, BTreeMap<Name, Watch>) {
        let view = View::new(&self.schema, snapshot, &self.trust, now.0, None);
        let watches = self.schema.facts.values().map(|ty| (ty.name.clone(), view.watch(ty))).collect();
        (view.telemetry(), watches)
    }
}

fn anchors(policy: &Policy) -> BTreeSet<Name> {
    let steps = policy.sequence.as_ref().map_or(1, |_| policy.bindings.len());
    let bound = policy.bindings.iter().take(steps);
    bound.filter_map(|binding| fact(&binding.ty).cloned()).collect()
}

fn fact(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Fact(name) => Some(name),
        Type::List(of) => fact(of),
        _ => None,
    }
}

struct Reading<'a> {
    program: &'a Program,
    types: BTreeSet<Name>,
    asks: bool,
    seen: BTreeSet<Name>,
}

impl Reading<'_> {
    fn take(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::All(_) | ExprKind::Inverse(..) => self.types.extend(fact(&expr.ty).cloned()),
            ExprKind::Covered(..) => self.asks = true,
            ExprKind::Related(name, _) if self.seen.insert(name.clone()) => {
                let relation = self.program.relations.get(name).cloned();
                for case in relation.iter().flat_map(|relation| &relation.cases) {
                    self.take(&case.condition);
                }
            }
            _ => {}
        }
        children(expr, &mut |part| self.take(part));
    }
}
