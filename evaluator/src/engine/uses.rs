//! What a policy uses besides facts: when none of it changed, nor the policy, its decisions stand.

use std::collections::BTreeSet;

use assize_lang::plan::{BindingSource, Expr, ExprKind, Name, OutcomeKind, Policy, Program, When};

use crate::judge::children;

/// The params, tables and relations that a policy uses, those of its relations and waivers included.
pub(super) fn uses(program: &Program, policy: &Policy) -> BTreeSet<Name> {
    let mut out = BTreeSet::new();
    each(policy, &mut |expr| collect(program, expr, &mut out));
    let waivers = program.waivers.iter().filter(|waiver| waiver.policy == policy.name);
    waivers.for_each(|waiver| collect(program, &waiver.condition, &mut out));
    out
}

/// Every expression of a policy, but not the parts of which it is made.
pub(super) fn each(policy: &Policy, add: &mut dyn FnMut(&Expr)) {
    for binding in &policy.bindings {
        if let BindingSource::List(list) = &binding.source {
            add(list);
        }
    }
    if let Some(sequence) = &policy.sequence {
        sequence.within.iter().for_each(&mut *add);
        sequence.steps.iter().filter_map(|step| step.condition.as_ref()).for_each(&mut *add);
    }
    policy.wheres.iter().for_each(|one| add(&one.expr));
    policy.lets.iter().for_each(|one| add(&one.expr));
    for arm in &policy.arms {
        if let When::Expr(condition) = &arm.when {
            add(condition);
        }
        arm.because.exprs().for_each(&mut *add);
        for outcome in &arm.outcomes {
            outcome.within.iter().for_each(&mut *add);
            outcome.with.iter().flat_map(|(_, says)| says.exprs()).for_each(&mut *add);
            match &outcome.kind {
                OutcomeKind::Rank { tier, keys } => {
                    add(tier);
                    keys.iter().for_each(|key| add(&key.expr));
                }
                OutcomeKind::Alert { severity: expr } | OutcomeKind::Revoke { target: expr, .. } => add(expr),
                OutcomeKind::Block { target, lasting } => {
                    add(target);
                    lasting.iter().for_each(&mut *add);
                }
            }
        }
    }
}

fn collect(program: &Program, expr: &Expr, out: &mut BTreeSet<Name>) {
    match &expr.kind {
        ExprKind::Param(name) | ExprKind::Table(name, _) => drop(out.insert(name.clone())),
        ExprKind::Related(name, _) => {
            if out.insert(name.clone())
                && let Some(relation) = program.relations.get(name)
            {
                relation.cases.iter().for_each(|case| collect(program, &case.condition, out));
            }
        }
        ExprKind::Quantified { window, .. } | ExprKind::Filter { window, .. } => {
            let bounds = window.bounds.iter().map(|bound| &bound.at);
            bounds
                .chain(window.fixed.iter().map(|(_, value)| value))
                .for_each(|expr| collect(program, expr, out));
        }
        _ => {}
    }
    children(expr, &mut |part| collect(program, part, out));
}
