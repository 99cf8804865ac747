//! What an arm decides, for one case.

use std::collections::BTreeMap;

use assize_lang::plan::{Arm, Expr, Obligation, Outcome as Planned, OutcomeKind as PlannedKind, RankKey};
use serde_json::Value as Json;

use super::eval::{Eval, Evaluator, Read};
use super::window::Window;
use crate::decision::{Order, Outcome, OutcomeKind, SortKey, Unresolved};
use crate::value::{Causes, Domain, FactRef, Gather, Horizon, Possible, Value, Values, describe, to_json};

/// The outcomes of one arm, with what is not settled about them.
#[derive(Clone, Default)]
pub(crate) struct Resolved {
    pub(crate) outcomes: Vec<Outcome>,
    /// What may be decided besides: members that a list may have.
    pub(crate) possible: Vec<Outcome>,
    pub(crate) unresolved: Vec<Unresolved>,
    pub(crate) causes: Causes,
    pub(crate) horizon: Option<Horizon>,
    pub(crate) reads: Gather<Read>,
    pub(crate) order: Order,
}

impl Resolved {
    fn rest_on(&mut self, eval: &Eval) {
        self.horizon = Some(self.horizon.unwrap_or(Horizon::NEVER).min(eval.horizon));
        self.reads = self.reads.and(&eval.reads);
        if !eval.possible.is_known() {
            self.causes = self.causes.and(&eval.possible.causes);
        }
    }

    pub(crate) fn acts(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.kind.acts())
            || self.unresolved.iter().any(|one| matches!(one.kind, "block" | "revoke"))
    }
}

impl<'a> Evaluator<'a> {
    /// What the arm decides here.
    pub(crate) fn resolve(&self, arm: &'a Arm) -> Resolved {
        let mut out = Resolved { order: Order { strength: 4, ..Order::default() }, ..Resolved::default() };
        for planned in &arm.outcomes {
            self.resolve_one(planned, &mut out);
        }
        let alerts = out.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Alert { .. }));
        if !out.unresolved.is_empty() && !alerts {
            let kind = OutcomeKind::Alert { severity: "high".to_owned(), range: None };
            out.outcomes.push(Outcome { id: None, kind, within: None, with: BTreeMap::new() });
            out.order.strength = out.order.strength.min(2);
            out.order.severity = out.order.severity.max(3);
        }
        out
    }

    fn resolve_one(&self, planned: &'a Planned, out: &mut Resolved) {
        let within = planned.within.as_ref().and_then(|within| self.duration(within, out));
        let mut with = BTreeMap::new();
        for (name, obligation) in &planned.with {
            with.insert(name.to_string(), self.obligation(obligation, out));
        }
        let outcome = |kind| Outcome { id: None, kind, within, with: with.clone() };
        match &planned.kind {
            PlannedKind::Alert { severity } => {
                let (severity, range, urgency, _) = self.level(severity, out);
                out.order.strength = out.order.strength.min(2);
                out.order.severity = out.order.severity.max(urgency);
                out.outcomes.push(outcome(OutcomeKind::Alert { severity, range }));
            }
            PlannedKind::Rank { tier, keys } => {
                let (name, range, urgency, top) = self.level(tier, out);
                out.order.strength = out.order.strength.min(3);
                out.order.tier = top.saturating_sub(urgency);
                out.order.tier_uncertain = range.is_some();
                let mut shown = Vec::new();
                for key in keys {
                    let (json, sort) = self.rank_key(key, out);
                    shown.push(json);
                    out.order.keys.push(sort);
                }
                out.outcomes.push(outcome(OutcomeKind::Rank { tier: name, range, keys: shown }));
            }
            PlannedKind::Revoke { target, each, by } => {
                let kind = |target: Option<FactRef>| OutcomeKind::Revoke { target, by: *by };
                let before = out.outcomes.len();
                if *each {
                    self.targets(target, &outcome, &kind, out);
                } else {
                    self.target(target, "revoke", &outcome, &kind, out);
                }
                if out.outcomes.len() > before {
                    out.order.strength = out.order.strength.min(1);
                }
            }
            PlannedKind::Block { target, lasting } => {
                let lasting = lasting.as_ref().and_then(|lasting| self.duration(lasting, out));
                let kind = |target: Option<FactRef>| OutcomeKind::Block { target, lasting };
                let before = out.outcomes.len();
                self.target(target, "block", &outcome, &kind, out);
                if out.outcomes.len() > before {
                    out.order.strength = 0;
                }
            }
        }
    }

    fn obligation(&self, obligation: &'a Obligation, out: &mut Resolved) -> Json {
        let expr = match obligation {
            Obligation::Value(expr) => expr,
            Obligation::Text(template) => {
                template.exprs().for_each(|expr| out.rest_on(&self.eval(expr)));
                return Json::from(self.render(template, &Causes::NONE, false));
            }
        };
        let eval = self.eval(expr);
        out.rest_on(&eval);
        match eval.possible.value() {
            Some(value) => to_json(value, self.view.schema()),
            None if eval.possible.is_absent() => Json::Null,
            None => Json::from(describe(&eval.possible, &expr.ty, self.view.schema())),
        }
    }

    fn duration(&self, expr: &'a Expr, out: &mut Resolved) -> Option<i64> {
        let eval = self.eval(expr);
        out.rest_on(&eval);
        match eval.possible.value() {
            Some(Value::Duration(micros)) => Some(*micros),
            _ => None,
        }
    }

    /// D9: the most urgent member that is possible; where there are several, the least and the most.
    fn level(&self, expr: &'a Expr, out: &mut Resolved) -> (String, Option<[String; 2]>, u8, u8) {
        let schema = self.view.schema();
        let eval = self.eval(expr);
        out.rest_on(&eval);
        let domain = Domain::of(&expr.ty);
        let full = domain.as_ref().map_or(1, |domain| domain.full(schema));
        let mask = eval.possible.mask().filter(|mask| *mask != 0).unwrap_or(full);
        let highest = |mask: u64| u8::try_from(63_u32.saturating_sub(mask.leading_zeros())).unwrap_or(0);
        let lowest = u8::try_from(mask.trailing_zeros()).unwrap_or(0);
        let name = |bit: u8| match &domain {
            Some(domain) => describe(&Possible::known(domain.value(bit)), &expr.ty, schema),
            None => bit.to_string(),
        };
        let top = highest(mask);
        let range = (mask.count_ones() > 1).then(|| [name(lowest), name(top)]);
        (name(top), range, top, highest(full))
    }

    /// K1: a set sorts by its more urgent end, after equal known ones; unknown, then absent, are last.
    fn rank_key(&self, key: &'a RankKey, out: &mut Resolved) -> (Json, SortKey) {
        let eval = self.eval(&key.expr);
        out.horizon = Some(out.horizon.unwrap_or(Horizon::NEVER).min(eval.horizon));
        let possible = &eval.possible;
        let json = possible.value().map_or(Json::Null, |value| to_json(value, self.view.schema()));
        let descending = key.descending;
        let sort = |class, value, uncertain| SortKey { class, value, descending, uncertain };
        let full = Domain::of(&key.expr.ty).map(|domain| domain.full(self.view.schema()));
        let sort = match (&possible.values, possible.absent) {
            (Values::None, _) => sort(2, None, false),
            (Values::One(value), absent) => sort(0, Some(value.clone()), absent),
            // A set that leaves everything open is simply unknown, but a truth has its place between.
            (Values::Members(domain, mask), _) if *domain == Domain::Bool || Some(*mask) != full => {
                let top = u8::try_from(63_u32.saturating_sub(mask.leading_zeros())).unwrap_or(0);
                sort(0, Some(domain.value(top)), true)
            }
            (Values::Range(low, high), _) => match high.as_ref().or(low.as_ref()) {
                Some(end) => sort(0, Some(end.clone()), true),
                None => sort(1, None, false),
            },
            _ => sort(1, None, false),
        };
        (json, sort)
    }

    /// D6: an outcome without a target is not carried out, and is shown.
    fn target(
        &self,
        expr: &'a Expr,
        word: &'static str,
        outcome: &dyn Fn(OutcomeKind) -> Outcome,
        kind: &dyn Fn(Option<FactRef>) -> OutcomeKind,
        out: &mut Resolved,
    ) {
        let eval = self.eval(expr);
        out.rest_on(&eval);
        match eval.possible.value() {
            Some(Value::Fact(ty, key)) => {
                let target = self.view.reference(ty, key);
                out.outcomes.push(outcome(kind(Some(target))));
            }
            _ => out.unresolved.push(Unresolved {
                kind: word,
                target: self.text(expr),
                absent: eval.possible.is_absent(),
                missing: super::arms::gaps(&eval.possible.causes).first,
            }),
        }
    }

    /// L4: the certain members, as a set by key; the possible ones could be.
    fn targets(
        &self,
        expr: &'a Expr,
        outcome: &dyn Fn(OutcomeKind) -> Outcome,
        kind: &dyn Fn(Option<FactRef>) -> OutcomeKind,
        out: &mut Resolved,
    ) {
        let list = self.list(expr, &Window::default());
        let whole = list.whole();
        out.rest_on(&whole);
        let mut seen = std::collections::BTreeSet::new();
        let members = list.certain().map(|member| (member, true));
        for (member, certain) in members.chain(list.possible().map(|member| (member, false))) {
            match member.value.possible.value() {
                Some(Value::Fact(ty, key)) => {
                    let target = self.view.reference(ty, key);
                    if seen.insert(target.clone()) {
                        let one = outcome(kind(Some(target)));
                        if certain { out.outcomes.push(one) } else { out.possible.push(one) }
                    }
                }
                _ if certain => out.unresolved.push(Unresolved {
                    kind: "revoke",
                    target: self.text(expr),
                    absent: member.value.possible.is_absent(),
                    missing: super::arms::gaps(&member.value.possible.causes).first,
                }),
                _ => {}
            }
        }
        out.causes = out.causes.and(&list.causes());
        let nothing = out.outcomes.is_empty() && out.unresolved.is_empty();
        if nothing && !(list.is_closed() && list.possible().next().is_none()) {
            out.unresolved.push(Unresolved {
                kind: "revoke",
                target: self.text(expr),
                absent: false,
                missing: super::arms::gaps(&list.causes()).first,
            });
        }
    }
}
