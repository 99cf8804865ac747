//! The same decision again, with everything kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{Arm, BindingSource, Expr, ExprKind, Name, Policy, Slot, Type, When};

use serde_json::{Map, Value as Json};

use super::{ArmFate, ArmShown, ExplainError, Explanation, Judged, Named, ReadValue, would};
use crate::engine::{Engine, Indexed, Supposing};
use crate::facts::Instant;
use crate::judge::{
    Case, Cases, Conclusion, Eval, Evaluator, Fate, Leaves, Read, Run, Tabled, aliases, all, children,
    conflicts,
};
use crate::request::Asked;
use crate::store::{Snapshot, Stored};
use crate::test_runner::outcome_words;
use crate::value::{Gather, Possible, Value, describe};
use crate::world::Lens;

impl Engine {
    /// Why `policy` (qualified or short) decides what it does about the anchor with these keys. Where
    /// fewer keys are given than the policy has bindings, the first case that begins with them is meant.
    ///
    /// # Errors
    /// [`ExplainError`] where there is no such policy, fact or binding.
    pub fn explain(
        &self,
        snapshot: &Snapshot,
        now: Instant,
        policy: &str,
        anchor: &[&str],
    ) -> Result<Explanation, ExplainError> {
        self.explain_indexed(&self.index(snapshot, now), policy, anchor)
    }

    /// The same on facts that are indexed already, a writer's among them: nothing is indexed again.
    ///
    /// # Errors
    /// [`ExplainError`] where there is no such policy, fact or binding.
    pub fn explain_indexed(
        &self,
        facts: &Indexed,
        policy: &str,
        anchor: &[&str],
    ) -> Result<Explanation, ExplainError> {
        self.explain_on(None, facts, policy, anchor)
    }

    /// Why `policy` decides what it does about a request, as [`Engine::decide`] asks it.
    ///
    /// # Errors
    /// [`ExplainError`] where there is no such policy, or nothing can be said about the request.
    pub fn explain_request(
        &self,
        snapshot: &Snapshot,
        now: Instant,
        policy: &str,
        ty: &str,
        fields: &Map<String, Json>,
    ) -> Result<Explanation, ExplainError> {
        let asked = self.ask(ty, fields, now)?;
        self.explain_asked(&asked, &self.index(snapshot, now), policy)
    }

    /// The same of a request that is read already.
    pub(crate) fn explain_asked(
        &self,
        asked: &Asked<'_>,
        facts: &Indexed,
        policy: &str,
    ) -> Result<Explanation, ExplainError> {
        let request = Some((&asked.declared.name, &asked.stored));
        self.explain_on(request, facts, policy, &[asked.stored.key.as_ref()])
    }

    fn explain_on(
        &self,
        request: Option<(&Name, &Stored)>,
        facts: &Indexed,
        policy: &str,
        anchor: &[&str],
    ) -> Result<Explanation, ExplainError> {
        let found =
            self.policy(policy).ok_or_else(|| ExplainError::NoPolicy(crate::value::escape(policy)))?;
        let world = facts.world();
        let lens = Lens::new(world, request);
        let leaves = Leaves::native();
        let run = Run {
            program: &self.program,
            params: &self.params,
            view: &lens,
            leaves: &leaves,
            budget: self.budget,
            asked: None,
            access: None,
            tables: None,
            shared: None,
        };
        let tuple = tuple(&run, found, anchor)?;
        let mut explanation = Explainer { run: &run, policy: found }.explain(&tuple, facts);
        if tuple.len() == found.bindings.len() {
            let supposing = Supposing { engine: self, world, request };
            explanation.would_change_if = would::search(self, &supposing, &run, found, &tuple);
        }
        Ok(explanation)
    }
}

/// The tuple that the keys name.
fn tuple(run: &Run<'_>, policy: &Policy, anchor: &[&str]) -> Result<Vec<Value>, ExplainError> {
    let name = policy.name.to_string();
    if anchor.len() > policy.bindings.len() {
        return Err(ExplainError::TooMany { policy: name, bindings: policy.bindings.len() });
    }
    let Some(first) = anchor.first() else { return Err(ExplainError::NoKey(name)) };
    let mut named = Vec::new();
    for (binding, key) in policy.bindings.iter().zip(anchor) {
        let known = match &binding.ty {
            Type::Fact(ty) => run.view.fact(ty, key),
            _ => None,
        };
        let value = match (&binding.ty, known) {
            (Type::Fact(ty), Some(fact)) => Value::Fact(ty.clone(), Arc::clone(&fact.key)),
            // A member of a list may be referred to although nobody reported it.
            (Type::Fact(ty), None) if matches!(binding.source, BindingSource::List(_)) => {
                Value::Fact(ty.clone(), Arc::from(*key))
            }
            (Type::Fact(ty), None) => {
                return Err(ExplainError::NoFact { ty: run.view.label(ty), key: crate::value::escape(key) });
            }
            _ => Value::text(key),
        };
        named.push(value);
    }
    if anchor.len() == policy.bindings.len() {
        return Ok(named);
    }
    // The first case that begins so, if there is one.
    let evaluator = run.evaluator(policy);
    let mut case = None;
    let start = named.first().cloned().unwrap_or_else(|| Value::text(first));
    Cases::each(&evaluator, Some(start), &mut |found| {
        if case.is_none() && found.tuple.starts_with(&named) {
            case = Some(found.tuple);
        }
    });
    Ok(case.unwrap_or(named))
}

struct Explainer<'r, 'a> {
    run: &'r Run<'a>,
    policy: &'a Policy,
}

impl<'a> Explainer<'_, 'a> {
    fn explain(&self, tuple: &[Value], facts: &Indexed) -> Explanation {
        let policy = self.policy;
        let evaluator = self.run.evaluator(policy);
        for (binding, value) in policy.bindings.iter().zip(tuple) {
            evaluator.bind(binding.slot, Eval::constant(Possible::known(value.clone())));
        }
        let judged: Vec<(&Expr, bool, Eval)> = policy
            .wheres
            .iter()
            .filter(|one| usize::try_from(one.after).is_ok_and(|after| after < tuple.len()))
            .map(|one| (&one.expr, one.join, evaluator.condition(&one.expr)))
            .collect();
        let conditions = judged.iter().map(|(expr, _, eval)| self.judged(&evaluator, expr, eval)).collect();
        let evals: Vec<Eval> = judged.iter().map(|(_, _, eval)| eval.clone()).collect();
        let condition = all(&evals);
        let whole = tuple.len() == policy.bindings.len();
        let join_open = judged.iter().any(|(_, join, eval)| *join && eval.possible.truth().is_none());
        let excluded = condition.possible.truth() == Some(false);
        let case = Case { tuple: tuple.to_vec(), condition };
        let table = if whole && !excluded { evaluator.run_table() } else { Tabled { arms: Vec::new() } };
        let conclusion = if whole && !excluded && !join_open {
            self.run.conclude(&evaluator, &case, &table)
        } else {
            None
        };
        let (decision, undetermined) = match conclusion {
            Some(Conclusion::Decided(decision)) => (Some(*decision), None),
            Some(Conclusion::Open(open)) => (None, Some(*open)),
            None => (None, None),
        };
        let summary = summary(decision.as_ref(), undetermined.is_some(), whole, excluded, join_open);
        let horizon = case.condition.horizon.min(table.horizon());
        let reads = Gather::all(
            [case.condition.reads.clone()]
                .into_iter()
                .chain(table.arms.iter().map(|arm| arm.condition.reads.clone())),
        );
        let (evidence, aliases) = match &decision {
            Some(decision) => (decision.evidence.clone(), decision.aliases.clone()),
            None => (witnesses(&reads), aliases(&reads)),
        };
        let conflicts = match (&decision, &undetermined) {
            (Some(decision), _) => decision.conflicts.clone(),
            (None, Some(open)) => open.conflicts.clone(),
            (None, None) => conflicts(&reads),
        };
        Explanation {
            policy: policy.name.to_string(),
            docs: policy.docs.clone(),
            anchor: self.run.anchor(policy, tuple),
            now: facts.now(),
            snapshot: facts.snapshot().to_owned(),
            summary,
            conditions,
            lets: self.lets(&evaluator, &table),
            arms: self.arms(&evaluator, &table, decision.is_some()),
            values: self.values(&evaluator, &table, tuple.len()),
            evidence,
            aliases,
            conflicts,
            assumed: decision.as_ref().map(|decision| decision.assumed.clone()).unwrap_or_default(),
            as_of: decision.as_ref().and_then(|decision| decision.as_of),
            valid_until: horizon.valid_until(),
            evidence_until: horizon.evidence_until(),
            decision,
            undetermined,
            would_change_if: Vec::new(),
        }
    }

    /// An expression with what it came to, and the parts that it is joined from.
    fn judged(&self, evaluator: &Evaluator<'a>, expr: &'a Expr, eval: &Eval) -> Judged {
        let mut parts = Vec::new();
        joined(expr, &mut |part| {
            let eval = evaluator.condition(part);
            parts.push(self.judged(evaluator, part, &eval));
        });
        // What an inlined `fn` is joined from has no text of its own.
        let text = evaluator.text(expr);
        parts.retain(|part| part.text != text);
        Judged {
            text,
            value: describe(&eval.possible, &expr.ty, self.run.view.schema()),
            missing: if eval.possible.is_known() {
                Vec::new()
            } else {
                eval.possible.causes.sorted().into_iter().take(8).cloned().collect()
            },
            valid_until: eval.horizon.valid_until(),
            parts,
        }
    }

    /// The named expressions that the arms looked at use.
    fn lets(&self, evaluator: &Evaluator<'a>, table: &Tabled<'a>) -> Vec<Named> {
        let mut used = BTreeSet::new();
        for judged in &table.arms {
            if let When::Expr(expr) = &judged.arm.when {
                self.lets_in(expr, &mut used);
            }
            for outcome in &judged.arm.outcomes {
                for expr in outcome_exprs(outcome) {
                    self.lets_in(expr, &mut used);
                }
            }
        }
        let named = |at: &u32| usize::try_from(*at).ok().and_then(|at| self.policy.lets.get(at));
        used.iter()
            .filter_map(named)
            .map(|one| {
                let eval = evaluator.eval(&one.expr);
                let judged = self.judged(evaluator, &one.expr, &eval);
                Named { name: one.name.to_string(), docs: one.docs.clone(), judged }
            })
            .collect()
    }

    fn lets_in(&self, expr: &'a Expr, used: &mut BTreeSet<u32>) {
        if let ExprKind::Let(at) = &expr.kind
            && used.insert(*at)
            && let Some(named) = usize::try_from(*at).ok().and_then(|at| self.policy.lets.get(at))
        {
            self.lets_in(&named.expr, used);
        }
        children(expr, &mut |part| self.lets_in(part, used));
    }

    fn arms(&self, evaluator: &Evaluator<'a>, table: &Tabled<'a>, decided: bool) -> Vec<ArmShown> {
        let mut out = Vec::new();
        for (place, arm) in self.policy.arms.iter().enumerate() {
            let judged = table.arms.iter().find(|judged| judged.place == place);
            let (when, then) = sides(self.policy, arm);
            let (fate, why) = fate(table, judged.map(|judged| &judged.fate), arm, decided);
            let condition = match (judged, &arm.when) {
                (Some(judged), When::Expr(expr)) => Some(self.judged(evaluator, expr, &judged.condition)),
                _ => None,
            };
            out.push(ArmShown { arm: place.saturating_add(1), when, then, fate, why, condition });
        }
        out
    }

    /// Every path from a binding that the conditions and the arms looked at read, once.
    fn values(&self, evaluator: &Evaluator<'a>, table: &Tabled<'a>, bound: usize) -> Vec<ReadValue> {
        let mut out: Vec<ReadValue> = Vec::new();
        let mut see = |expr: &'a Expr| {
            self.paths(expr, &mut |path, expr| {
                if !out.iter().any(|known| known.path == path) {
                    let value = describe(&evaluator.eval(expr).possible, &expr.ty, self.run.view.schema());
                    out.push(ReadValue { path, value });
                }
            });
        };
        let judged = |after: u32| usize::try_from(after).is_ok_and(|after| after < bound);
        for one in self.policy.wheres.iter().filter(|one| judged(one.after)) {
            see(&one.expr);
        }
        let mut used = BTreeSet::new();
        for judged in &table.arms {
            if let When::Expr(expr) = &judged.arm.when {
                see(expr);
                self.lets_in(expr, &mut used);
            }
            for expr in judged.arm.outcomes.iter().flat_map(outcome_exprs) {
                see(expr);
                self.lets_in(expr, &mut used);
            }
        }
        for named in
            used.iter().filter_map(|at| usize::try_from(*at).ok().and_then(|at| self.policy.lets.get(at)))
        {
            see(&named.expr);
        }
        out
    }

    fn paths(&self, expr: &'a Expr, visit: &mut dyn FnMut(String, &'a Expr)) {
        match self.path(expr) {
            Some(path) if path.contains('.') => visit(path, expr),
            _ => children(expr, &mut |part| self.paths(part, visit)),
        }
    }

    /// `secret.identity.name`, where the expression is a path from a binding.
    fn path(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Var(slot) => self.binding(*slot),
            ExprKind::Field(base, name) => Some(format!("{}.{name}", self.path(base)?)),
            _ => None,
        }
    }

    fn binding(&self, slot: Slot) -> Option<String> {
        self.policy
            .bindings
            .iter()
            .find(|binding| binding.slot == slot)
            .map(|binding| binding.name.to_string())
    }
}

/// The operands of a chain of one connective.
fn joined<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    fn chain<'e>(expr: &'e Expr, and: bool, visit: &mut dyn FnMut(&'e Expr)) {
        match &expr.kind {
            ExprKind::And(a, b) if and => [a, b].into_iter().for_each(|part| chain(part, and, visit)),
            ExprKind::Or(a, b) if !and => [a, b].into_iter().for_each(|part| chain(part, and, visit)),
            _ => visit(expr),
        }
    }
    match &expr.kind {
        ExprKind::And(..) => chain(expr, true, visit),
        ExprKind::Or(..) => chain(expr, false, visit),
        _ => {}
    }
}

pub(super) fn outcome_exprs(outcome: &assize_lang::plan::Outcome) -> Vec<&Expr> {
    use assize_lang::plan::OutcomeKind;
    match &outcome.kind {
        OutcomeKind::Rank { tier, keys } => {
            [tier].into_iter().chain(keys.iter().map(|key| &key.expr)).collect()
        }
        OutcomeKind::Alert { severity } => vec![severity],
        OutcomeKind::Revoke { target, .. } | OutcomeKind::Block { target, .. } => vec![target],
    }
}

/// The two sides of an arm, as written; the reason is left out.
fn sides(policy: &Policy, arm: &Arm) -> (String, String) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = arm.span.text(&policy.text);
    let (when, rest) = match &arm.when {
        When::Expr(expr) => {
            let behind = assize_lang::diagnostic::Span::new(expr.span.end, arm.span.end);
            (flat(expr.span.text(&policy.text)), behind.text(&policy.text))
        }
        When::Unknown => ("unknown".to_owned(), text),
        When::Otherwise => ("otherwise".to_owned(), text),
    };
    let then = rest.split_once("=>").map_or(rest, |(_, then)| then);
    let then = then.split_once("because").map_or(then, |(then, _)| then);
    (when, flat(then))
}

fn fate(table: &Tabled<'_>, fate: Option<&Fate>, arm: &Arm, decided: bool) -> (ArmFate, String) {
    let above: Vec<String> =
        table.open().map(|(judged, _)| judged.place.saturating_add(1).to_string()).collect();
    match fate {
        None if table.arms.is_empty() => {
            (ArmFate::NotReached, "not looked at: this is not known to be a case".to_owned())
        }
        None => (ArmFate::NotReached, "not reached: an arm above decides".to_owned()),
        Some(Fate::Passed) => match arm.when {
            When::Unknown => (ArmFate::Passed, "every arm above is settled".to_owned()),
            _ => (ArmFate::Passed, "false".to_owned()),
        },
        Some(Fate::Undetermined(_)) => (ArmFate::Undetermined, "not known: it might decide".to_owned()),
        Some(Fate::HeldBack(_)) => (
            ArmFate::HeldBack,
            "true, but held back: an arm above is not settled and might decide otherwise".to_owned(),
        ),
        Some(Fate::Fired(_)) if !decided && !arm.outcomes.is_empty() => {
            (ArmFate::WouldDecide, "would decide if this were known to be a case".to_owned())
        }
        Some(Fate::Fired(_)) => match arm.when {
            When::Unknown => {
                (ArmFate::Decides, format!("decides: not settled above: arm {}", above.join(", ")))
            }
            When::Otherwise => (ArmFate::Decides, "decides: nothing above did".to_owned()),
            When::Expr(_) => (ArmFate::Decides, "true: decides".to_owned()),
        },
    }
}

fn summary(
    decision: Option<&crate::decision::Decision>,
    undetermined: bool,
    whole: bool,
    excluded: bool,
    join_open: bool,
) -> String {
    match decision {
        Some(decision) => {
            let words: Vec<String> = decision
                .outcomes
                .iter()
                .map(|outcome| match outcome.within {
                    Some(within) => {
                        format!(
                            "{} within {}",
                            outcome_words(&outcome.kind),
                            crate::facts::format_duration(within)
                        )
                    }
                    None => outcome_words(&outcome.kind),
                })
                .collect();
            format!("arm {} decides: {}", decision.arm, words.join(", "))
        }
        None if excluded => "not a case: a condition is false".to_owned(),
        None if join_open => "incomplete: it is not known whether these belong together".to_owned(),
        None if !whole => "no case: nothing belongs together with it".to_owned(),
        None if undetermined => "undetermined: evidence is missing".to_owned(),
        None => "nothing is decided".to_owned(),
    }
}

fn witnesses(reads: &Gather<Read>) -> Vec<crate::store::Witness> {
    let mut seen = BTreeSet::new();
    reads
        .in_order()
        .into_iter()
        .filter_map(|read| match read {
            Read::Fact(cited) if seen.insert(cited.fact()) => Some(cited.witness()),
            _ => None,
        })
        .take(32)
        .collect()
}
