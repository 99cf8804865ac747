//! What deciding one case takes at worst: its *reach*, at the sizes that an estate declares.
//!
//! Reach is the number of elements of the lists that a decision's conditions range over, as written; a
//! list pinned by an equality counts the members that satisfy it; nothing is saved by stopping early. It
//! is what an engine's budget limits, so a policy that is within the budget here is never exhausted at
//! run time on an estate of at most these sizes. Derived relations are not ranged over: they are solved
//! apart.

mod cardinality;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

pub use cardinality::{Cardinality, Members};

use crate::db::FileDiagnostics;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{
    BindingSource, CompareOp, ExprKind, Name, OutcomeKind, Policy, Program, Schema, Type, When, Where,
};
use crate::sema;
use reach::{Counter, Reach};

/// The reach that a case may have unless somebody says otherwise.
pub const BUDGET: u64 = 50_000;

/// What one policy takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCost {
    /// The policy, by qualified name.
    pub policy: Name,
    /// How many cases there are at most.
    pub cases: Members,
    /// The reach of one of them.
    pub reach: Members,
    /// The list that has the greatest part in it, and that part.
    pub mostly: Option<(String, Members)>,
    /// The lists and types that it asks of the estate, their sizes, and whether these are declared.
    pub sizes: BTreeMap<String, (Members, bool)>,
}

/// The reach of every policy, in the order of their names.
#[must_use]
pub fn policies(program: &Program, cardinality: &Cardinality) -> Vec<PolicyCost> {
    program.policies.values().map(|policy| one(&program.schema, policy, cardinality)).collect()
}

fn one(schema: &Schema, policy: &Policy, cardinality: &Cardinality) -> PolicyCost {
    let mut counter = Counter::new(schema, cardinality, &policy.lets);
    let (cases, mut reach) = match &policy.sequence {
        Some(_) => sequence(&mut counter, policy),
        None => bindings(&mut counter, policy),
    };
    reach.add(table(&mut counter, policy));
    reach.add(counter.end_stage());
    let mostly = reach.by.iter().filter(|(_, members)| members.worst > 0);
    let mostly = mostly.max_by_key(|(_, members)| members.worst).map(|(list, part)| (list.clone(), *part));
    PolicyCost { policy: policy.name.clone(), cases, reach: reach.total(), mostly, sizes: counter.sizes }
}

/// The conditions of `where`, binding by binding.
fn bindings<'a>(counter: &mut Counter<'a>, policy: &'a Policy) -> (Members, Reach) {
    let mut reach = Reach::default();
    let mut cases = Members::exactly(1);
    for (depth, binding) in policy.bindings.iter().enumerate() {
        let here = || policy.wheres.iter().filter(move |one| usize::try_from(one.after) == Ok(depth));
        let members = match &binding.source {
            BindingSource::List(list) => {
                let (found, members) = counter.generator(list);
                reach.add(found);
                members
            }
            BindingSource::Type => {
                let all = match &binding.ty {
                    Type::Fact(ty) => counter.facts(ty),
                    _ => Members::exactly(1),
                };
                let joined = here().filter(|_| depth > 0);
                joined.filter_map(|clause| pin(counter, clause, binding)).fold(all, Members::at_most)
            }
        };
        cases = cases.times(members);
        // Binding a fact makes the `let`s of those before it be looked at again.
        if depth > 0 {
            reach.add(counter.end_stage());
        }
        here().for_each(|clause| reach.add(counter.value(&clause.expr)));
    }
    (cases, reach)
}

/// How many facts a join by equality leaves of those that a binding ranges over.
fn pin(counter: &mut Counter<'_>, clause: &Where, binding: &crate::plan::Binding) -> Option<Members> {
    let ExprKind::Compare(CompareOp::Eq, a, b) = &clause.expr.kind else { return None };
    [a, b].into_iter().find_map(|side| match &side.kind {
        ExprKind::Field(base, field) if matches!(base.kind, ExprKind::Var(slot) if slot == binding.slot) => {
            counter.pinned(&binding.ty, std::slice::from_ref(field))
        }
        ExprKind::Var(slot) if *slot == binding.slot => Some(Members::exactly(1)),
        _ => None,
    })
}

/// For one first event: every later event is looked at, step by step.
fn sequence<'a>(counter: &mut Counter<'a>, policy: &'a Policy) -> (Members, Reach) {
    let mut reach = Reach::default();
    let mut cases = Members::NONE;
    let steps = policy.sequence.iter().flat_map(|sequence| &sequence.steps);
    for (depth, (binding, step)) in policy.bindings.iter().zip(steps).enumerate() {
        let Type::Fact(ty) = &binding.ty else { continue };
        let events = counter.facts(ty);
        let condition = step.condition.as_ref().map(|condition| counter.value(condition)).unwrap_or_default();
        if depth == 0 {
            cases = events;
            reach.add(condition);
        } else {
            reach.add(Reach { by: BTreeMap::from([(ty.short().to_owned(), events)]) });
            reach.add(condition.times(events));
        }
    }
    policy.wheres.iter().for_each(|clause| reach.add(counter.value(&clause.expr)));
    (cases, reach)
}

/// Every arm, with its outcomes; texts are rendered when shown.
fn table<'a>(counter: &mut Counter<'a>, policy: &'a Policy) -> Reach {
    let mut reach = Reach::default();
    for arm in &policy.arms {
        if let When::Expr(condition) = &arm.when {
            reach.add(counter.value(condition));
        }
        for outcome in &arm.outcomes {
            match &outcome.kind {
                OutcomeKind::Rank { tier, keys } => {
                    reach.add(counter.value(tier));
                    keys.iter().for_each(|key| reach.add(counter.value(&key.expr)));
                }
                OutcomeKind::Alert { severity } => reach.add(counter.value(severity)),
                OutcomeKind::Revoke { target, .. } => reach.add(counter.value(target)),
                OutcomeKind::Block { target, lasting } => {
                    reach.add(counter.value(target));
                    lasting.iter().for_each(|lasting| reach.add(counter.value(lasting)));
                }
            }
            outcome.within.iter().for_each(|within| reach.add(counter.value(within)));
            let obligations = outcome.with.iter().flat_map(|(_, obligation)| obligation.exprs());
            obligations.for_each(|value| reach.add(counter.value(value)));
        }
    }
    reach
}

/// What is over the budget, by file.
#[must_use]
pub fn over_budget(program: &Program, costs: &[PolicyCost], budget: u64) -> Vec<FileDiagnostics> {
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for cost in costs.iter().filter(|cost| cost.reach.worst > budget) {
        let Some(place) = program.places.get(&cost.policy) else { continue };
        let mut report = Diagnostic::new(
            Code::OverBudget,
            place.name.shifted(place.start),
            format!("a case of `{}` ranges over {} elements at worst", cost.policy.short(), cost.reach.worst),
        )
        .label(format!("the budget is {budget}"));
        if let Some((list, part)) = &cost.mostly {
            report = report.note(format!("{} of them are of `{list}`", part.worst));
        }
        let guessed: BTreeSet<&str> =
            cost.sizes.iter().filter(|(_, (_, declared))| !declared).map(|(list, _)| list.as_str()).collect();
        if !guessed.is_empty() {
            let names = sema::listed(guessed);
            report = report.note(format!("guessed, since `[cardinality]` does not say them: {names}"));
        }
        report = report.help(
            "narrow the list by an equality (`x.id == …`), range over a fact's own list instead of all facts, \
             or pull what is asked of every element out of the condition",
        );
        found.entry(place.file.clone()).or_default().push(report);
    }
    found.into_iter().map(|(path, diagnostics)| FileDiagnostics { path, diagnostics }).collect()
}
