//! Events that follow one another (Q1).
//!
//! For each first event, in the order of (`at`, key), the first later event that fits the second step,
//! and so on: at most one case a first event. Where it cannot be told whether an earlier event fits, it
//! cannot be told which is the first: the first event is then listed as incomplete.

use assize_lang::plan::{Name, Sequence, SequenceStep, Type};

use super::cases::{Case, Cases};
use super::eval::Eval;
use super::logic;
use crate::value::{Causes, Horizon, Missing, Possible, Value};

/// An event of a type: when it happened, if that is known, and its key as a value.
struct Event {
    at: Option<i64>,
    value: Value,
}

impl<'a> Cases<'_, 'a> {
    /// Goes over the cases of a policy whose bindings are the steps of a sequence.
    pub(super) fn follow(
        &mut self,
        sequence: &'a Sequence,
        first: Option<Value>,
        visit: &mut dyn FnMut(Case),
    ) {
        let within = sequence.within.as_ref().and_then(|within| {
            match self.evaluator().eval(within).possible.value() {
                Some(Value::Duration(within)) => Some(*within),
                _ => None,
            }
        });
        for event in self
            .events(0)
            .into_iter()
            .filter(|event| first.as_ref().is_none_or(|first| *first == event.value))
        {
            let reach = self.evaluator().reach();
            self.start(sequence, &event, within, visit);
            self.evaluator().set_reach(reach);
        }
    }

    fn start(
        &mut self,
        sequence: &'a Sequence,
        event: &Event,
        within: Option<i64>,
        visit: &mut dyn FnMut(Case),
    ) {
        self.push(0, &event.value);
        let fits = self.fits(sequence, 0);
        match (fits.possible.truth(), event.at) {
            (Some(false), _) => self.holds_until(fits.horizon),
            (Some(true), Some(at)) => {
                let deadline = within.map_or(i64::MAX, |within| at.saturating_add(within));
                self.next(sequence, 1, (at, event.value.clone()), deadline, vec![fits], visit);
            }
            (Some(true), None) => self.leave_open(&undated()),
            (None, _) => self.leave_open(&fits),
        }
        self.pop();
    }

    /// Looks for the first event behind `after` that fits the step at `depth`.
    fn next(
        &mut self,
        sequence: &'a Sequence,
        depth: usize,
        after: (i64, Value),
        deadline: i64,
        judged: Vec<Eval>,
        visit: &mut dyn FnMut(Case),
    ) {
        if depth == sequence.steps.len() {
            return self.settle(&judged, visit);
        }
        // What does not fit now may fit later, and would then be the first.
        let mut passed = Horizon::NEVER;
        let mut seen: usize = 0;
        for event in self.events(depth) {
            let later = match event.at {
                Some(at) => at <= deadline && (at, &event.value) > (after.0, &after.1),
                None => true,
            };
            if !later {
                continue;
            }
            seen = seen.saturating_add(1);
            self.push(depth, &event.value);
            let fits = self.fits(sequence, depth);
            match (fits.possible.truth(), event.at) {
                (Some(false), _) => passed = passed.min(fits.horizon),
                (Some(true), Some(at)) => {
                    self.evaluator().ranged(seen);
                    let fits = Eval { horizon: fits.horizon.min(passed), ..fits };
                    let judged: Vec<Eval> = judged.into_iter().chain([fits]).collect();
                    self.next(sequence, depth.saturating_add(1), (at, event.value), deadline, judged, visit);
                    return self.pop();
                }
                (truth, _) => {
                    let why = if truth.is_none() { fits } else { undated() };
                    self.pop();
                    return self.leave_open(&why);
                }
            }
            self.pop();
        }
        self.holds_until(logic::all(&judged).horizon.min(passed));
        self.evaluator().ranged(seen);
    }

    /// All steps are bound: what the policy says about the case as a whole.
    fn settle(&mut self, judged: &[Eval], visit: &mut dyn FnMut(Case)) {
        let mut judged = judged.to_vec();
        let wheres = &self.evaluator().policy.wheres;
        for one in wheres {
            let eval = self.evaluator().condition(&one.expr);
            match eval.possible.truth() {
                Some(false) => {
                    judged.push(eval);
                    return self.holds_until(logic::all(&judged).horizon);
                }
                None if one.join => return self.leave_open(&eval),
                _ => judged.push(eval),
            }
        }
        if self.evaluator().exhausted() {
            return self.leave_open(&Eval::constant(Possible::maybe(Causes::NONE)));
        }
        let condition = logic::all(&judged);
        visit(Case { tuple: self.tuple().to_vec(), condition });
    }

    /// Whether the event bound at `depth` fits its step, `by` included.
    fn fits(&self, sequence: &'a Sequence, depth: usize) -> Eval {
        let mut all = Vec::new();
        if let (Some(field), true) = (&sequence.by, depth > 0) {
            all.push(self.same(field, depth));
        }
        if let Some(SequenceStep { condition: Some(condition) }) = sequence.steps.get(depth) {
            all.push(self.evaluator().condition(condition));
        }
        logic::all(&all)
    }

    /// Whether the field has the same known value in the first step and in this one.
    fn same(&self, field: &Name, depth: usize) -> Eval {
        let read = |at: usize| match self.tuple().get(at) {
            Some(Value::Fact(ty, key)) => self.evaluator().follow(ty, key, std::slice::from_ref(field)),
            _ => Eval::constant(Possible::maybe(Causes::NONE)),
        };
        let (first, here) = (read(0), read(depth));
        // What is absent is no value that two events could share.
        let absent = first.possible.is_absent() || here.possible.is_absent();
        let possible = if absent {
            Possible::bool(false)
        } else {
            self.evaluator().equal(&first.possible, &here.possible)
        };
        Eval::from(possible, &[&first, &here])
    }

    /// The events that a step ranges over, in their order; those without an instant first.
    fn events(&self, depth: usize) -> Vec<Event> {
        let Some(Type::Fact(ty)) = self.binding_type(depth) else { return Vec::new() };
        let facts = self.evaluator().view.all(ty);
        let mut out: Vec<Event> = facts
            .iter()
            .map(|fact| Event { at: fact.at, value: Value::Fact(ty.clone(), fact.key.clone()) })
            .collect();
        out.sort_by(|a, b| (a.at, &a.value).cmp(&(b.at, &b.value)));
        out
    }
}

fn undated() -> Eval {
    Eval::constant(Possible::maybe(Causes::one(Missing::error("the event has no readable `at`".to_owned()))))
}
