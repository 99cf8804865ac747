//! From policies and facts to decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{Name, Policy, Program, When};
use sha2::{Digest, Sha256};

use super::arms::{Tabled, gaps};
use super::cases::{Access, Case, Cases, Incomplete};
use super::eval::{AskedCoverage, Eval, Evaluator, Read};
use super::leaf::Leaves;
use super::observe::Observer;
use super::related::Tables;
use super::shared::Shared;
use crate::budget::Budget;
use crate::decision::{Anchor, Assumed, Bound, Decision, Outcome, OutcomeKind, Undetermined};
use crate::facts::Instant;
use crate::store::{Cited, Conflict, Facts, SaidAs, View};
use crate::value::{Causes, Gather, Horizon, Value, to_json};

/// How much evidence a decision shows.
const SHOWN: usize = 32;

/// One evaluation: a program on a view, with the params as they are set.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Program,
    pub(crate) params: &'a BTreeMap<Name, Value>,
    pub(crate) view: &'a dyn Facts,
    pub(crate) leaves: &'a Leaves,
    pub(crate) budget: Budget,
    /// Where it is kept which coverage was asked about.
    pub(crate) asked: Option<&'a AskedCoverage>,
    /// A shorter way to what bindings range over.
    pub(crate) access: Option<&'a dyn Access>,
    /// Relations that are kept up to date.
    pub(crate) tables: Option<&'a dyn Tables>,
    /// What is found once, for all who ask on these facts.
    pub(crate) shared: Option<&'a Shared>,
}

impl<'a> Run<'a> {
    pub(crate) fn evaluator(&self, policy: &'a Policy) -> Evaluator<'a> {
        let evaluator =
            Evaluator::new(self.program, self.params, policy, self.view, self.leaves, self.budget.reach);
        evaluator.with_help(self.asked, self.access, self.tables, self.shared)
    }

    /// Decides the policy for everything that it ranges over, or only for `first`. Says until when all of
    /// that holds, what decides nothing included.
    pub(crate) fn policy(
        &self,
        policy: &'a Policy,
        first: Option<Value>,
        observer: Option<&'a dyn Observer>,
        decisions: &mut Vec<Decision>,
        undetermined: &mut Vec<Undetermined>,
    ) -> Horizon {
        let mut until = Horizon::NEVER;
        let evaluator = self.evaluator(policy).observed(observer);
        let (incomplete, horizon) = Cases::each(&evaluator, first, &mut |case| {
            let table = evaluator.run_table();
            until = until.min(case.condition.horizon).min(table.horizon());
            if let Some(observer) = observer
                && case.condition.possible.truth() == Some(true)
                && !evaluator.exhausted()
                && let Some((judged, _)) = table.fired()
            {
                observer.decided(policy, judged);
            }
            match self.conclude(&evaluator, &case, &table) {
                Some(Conclusion::Decided(mut decision)) => {
                    until = until.min(super::waive::waive(&evaluator, &case, &mut decision));
                    decisions.push(*decision);
                }
                Some(Conclusion::Open(open)) => undetermined.push(*open),
                None => {}
            }
        });
        undetermined.extend(incomplete.iter().map(|incomplete| self.left_open(policy, incomplete)));
        until.min(horizon)
    }

    /// What a case comes to; nothing where it is known that nothing is decided.
    pub(crate) fn conclude(
        &self,
        evaluator: &Evaluator<'a>,
        case: &Case,
        table: &Tabled<'a>,
    ) -> Option<Conclusion> {
        let policy = evaluator.policy;
        let known_case = case.condition.possible.truth() == Some(true);
        let anchor = || self.anchor(policy, &case.tuple);
        let id = || self.id(policy, &case.tuple);
        let horizon = case.condition.horizon.min(table.horizon());
        let settle = case.condition.possible.causes.and(&table.causes());
        let exhausted = evaluator.exhausted();
        let fired = table.fired().filter(|(judged, _)| !judged.arm.outcomes.is_empty());
        let could_be = table.could_be();
        let open = |could_be: Vec<Outcome>, causes: &Causes| {
            let gaps = gaps(causes);
            let conflicts = conflicts(&everything(&case.condition, table));
            Conclusion::Open(Box::new(Undetermined {
                id: id(),
                policy: policy.name.to_string(),
                anchor: anchor(),
                mode: policy.mode,
                missing: gaps.first,
                missing_more: gaps.more,
                conflicts,
                could_be,
                incomplete: false,
                exhausted,
                valid_until: horizon.valid_until(),
            }))
        };
        let Some((judged, resolved)) = fired.filter(|_| known_case && !exhausted) else {
            let undecided = table.open().next().is_some()
                && table.fired().is_none_or(|(judged, _)| !judged.arm.outcomes.is_empty());
            if !exhausted && fired.is_none() && !undecided {
                return None;
            }
            let would = fired.iter().flat_map(|(_, resolved)| resolved.outcomes.iter().cloned());
            return Some(open(would.chain(could_be).collect(), &settle));
        };
        if resolved.outcomes.is_empty() && resolved.unresolved.is_empty() {
            return None;
        }
        let id = id();
        let outcomes: Vec<Outcome> = resolved
            .outcomes
            .iter()
            .map(|outcome| Outcome { id: Some(outcome_id(&id, &outcome.kind)), ..outcome.clone() })
            .collect();
        let gaps = gaps(&settle.and(&resolved.causes));
        let unsettled = table.open().next().is_some();
        let because = evaluator.render(&judged.arm.because, &settle, unsettled);
        let deciding = deciding(&case.condition, table);
        let evidence = evidence(&deciding);
        let every = everything(&case.condition, table);
        let mut order = resolved.order.clone();
        // D2: below undetermined ranks it sorts by the most urgent of them.
        for (_, other) in table.open() {
            let ranks = other.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Rank { .. }));
            if ranks && order.strength == 3 && other.order.tier < order.tier {
                order.tier = other.order.tier;
                order.tier_uncertain = true;
            }
        }
        Some(Conclusion::Decided(Box::new(Decision {
            id,
            policy: policy.name.to_string(),
            anchor: anchor(),
            arm: judged.place.saturating_add(1),
            mode: policy.mode,
            outcomes,
            because,
            maps: policy.maps.iter().map(|control| control.id.clone()).collect(),
            missing: gaps.first,
            missing_more: gaps.more,
            conflicts: conflicts(&every),
            could_be,
            assumed: assumed(&every),
            unresolved: resolved.unresolved.clone(),
            waived_by: None,
            as_of: as_of(&every),
            valid_until: horizon.valid_until(),
            evidence_until: horizon.evidence_until(),
            evidence_more: evidence.len().saturating_sub(SHOWN),
            evidence: evidence.iter().take(SHOWN).map(Cited::witness).collect(),
            aliases: aliases(&deciding),
            order,
        })))
    }

    fn left_open(&self, policy: &'a Policy, incomplete: &Incomplete) -> Undetermined {
        let tuple = [incomplete.first.clone()];
        let gaps = gaps(&Causes::all(incomplete.causes.iter().cloned()));
        Undetermined {
            id: self.id(policy, &tuple),
            policy: policy.name.to_string(),
            anchor: self.anchor(policy, &tuple),
            mode: policy.mode,
            missing: gaps.first,
            missing_more: gaps.more,
            conflicts: Vec::new(),
            could_be: self.any_outcome(policy, &incomplete.first),
            incomplete: true,
            exhausted: incomplete.exhausted,
            valid_until: incomplete.horizon.valid_until(),
        }
    }

    /// What the policy's arms could decide where only the first binding is known.
    fn any_outcome(&self, policy: &'a Policy, first: &Value) -> Vec<Outcome> {
        let evaluator = self.evaluator(policy);
        if let Some(binding) = policy.bindings.first() {
            evaluator.bind(binding.slot, Eval::constant(crate::value::Possible::known(first.clone())));
        }
        let mut out: Vec<Outcome> = Vec::new();
        for arm in &policy.arms {
            let resolved = evaluator.resolve(arm);
            let unknown = resolved.unresolved.iter().filter_map(|one| {
                let kind = match one.kind {
                    "block" => OutcomeKind::Block { target: None, lasting: None },
                    _ => OutcomeKind::Revoke { target: None, by: stage_of(arm)? },
                };
                Some(Outcome { id: None, kind, within: None, with: BTreeMap::new() })
            });
            let unknown: Vec<Outcome> = unknown.collect();
            for outcome in resolved.outcomes.into_iter().chain(unknown) {
                if !out.contains(&outcome) {
                    out.push(outcome);
                }
            }
        }
        out
    }

    pub(crate) fn anchor(&self, policy: &Policy, tuple: &[Value]) -> Anchor {
        let bound = |value: &Value| match value {
            Value::Fact(ty, key) => Bound::Fact(self.view.reference(ty, key)),
            other => Bound::Value(to_json(other, self.view.schema())),
        };
        let pairs = policy.bindings.iter().zip(tuple);
        Anchor(pairs.map(|(binding, value)| (binding.name.to_string(), bound(value))).collect())
    }

    /// The hash of policy and anchor.
    pub(crate) fn id(&self, policy: &Policy, tuple: &[Value]) -> String {
        let mut hash = Hash::default();
        hash.part(policy.name.as_str());
        for value in tuple {
            match value {
                Value::Fact(ty, key) => [ty.as_str(), key].map(|part| hash.part(part)),
                other => ["", &to_json(other, self.view.schema()).to_string()].map(|part| hash.part(part)),
            };
        }
        hash.text("dec_")
    }
}

/// What a case came to.
pub(crate) enum Conclusion {
    Decided(Box<Decision>),
    Open(Box<Undetermined>),
}

fn stage_of(arm: &assize_lang::plan::Arm) -> Option<assize_lang::plan::Stage> {
    arm.outcomes.iter().find_map(|outcome| match &outcome.kind {
        assize_lang::plan::OutcomeKind::Revoke { by, .. } => Some(*by),
        _ => None,
    })
}

fn outcome_id(decision: &str, kind: &OutcomeKind) -> String {
    let target = kind.target().map_or(("", ""), |target| (&target.ty, &target.key));
    let mut hash = Hash::default();
    [decision, kind.word(), target.0, target.1].into_iter().for_each(|part| hash.part(part));
    hash.text("out_")
}

/// A hash of several texts; no two lists of them run together.
#[derive(Default)]
struct Hash(Sha256);

impl Hash {
    fn part(&mut self, part: &str) {
        self.0.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(part.as_bytes());
    }

    /// Sixteen hexadecimal digits behind a word for what has this id.
    fn text(self, word: &str) -> String {
        let hash = self.0.finalize();
        let digits = hash.iter().take(8).flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
        word.chars().chain(digits).collect()
    }
}

/// What the deciding condition was read from: `where` first, then the arm's own condition (of an arm
/// without one, those of the arms above it), then its outcomes.
fn deciding(condition: &Eval, table: &Tabled<'_>) -> Gather<Read> {
    let mut parts = vec![condition.reads.clone()];
    if let Some((judged, resolved)) = table.fired() {
        if matches!(judged.arm.when, When::Expr(_)) {
            parts.push(judged.condition.reads.clone());
        } else {
            parts.extend(table.arms.iter().map(|judged| judged.condition.reads.clone()));
        }
        parts.push(resolved.reads.clone());
    }
    Gather::all(parts)
}

/// The facts, coverage and runs among what was read, once each.
fn evidence(all: &Gather<Read>) -> Vec<Cited> {
    let mut out: Vec<Cited> = Vec::new();
    let mut seen = BTreeSet::new();
    all.each(&mut |read| {
        if let Read::Fact(cited) = read
            && seen.insert(cited.fact())
        {
            out.push(cited.clone());
        }
    });
    out
}

/// The fields in conflict among what was read, in order.
pub(crate) fn conflicts(all: &Gather<Read>) -> Vec<Conflict> {
    let mut out = BTreeSet::new();
    all.each(&mut |read| {
        if let Read::Disputed(conflict) = read {
            out.insert(conflict);
        }
    });
    out.into_iter().take(SHOWN).map(|conflict| Conflict::clone(conflict)).collect()
}

/// The references among what was read that say another of their fact's keys, in order.
pub(crate) fn aliases(all: &Gather<Read>) -> Vec<SaidAs> {
    let mut out = BTreeSet::new();
    all.each(&mut |read| {
        if let Read::SaidAs(said) = read {
            out.insert(said);
        }
    });
    out.into_iter().take(SHOWN).map(|said| SaidAs::clone(said)).collect()
}

/// Everything that the table looked at.
fn everything(condition: &Eval, table: &Tabled<'_>) -> Gather<Read> {
    use super::arms::Fate;
    let mut parts = vec![condition.reads.clone()];
    for judged in &table.arms {
        parts.push(judged.condition.reads.clone());
        match &judged.fate {
            Fate::Passed => {}
            Fate::Undetermined(resolved) | Fate::HeldBack(resolved) | Fate::Fired(resolved) => {
                parts.push(resolved.reads.clone());
            }
        }
    }
    Gather::all(parts)
}

fn assumed(reads: &Gather<Read>) -> Vec<Assumed> {
    let mut out = BTreeSet::new();
    reads.each(&mut |read| {
        if let Read::Assumed(of, taken_for) = read {
            out.insert(Assumed { of: of.clone(), taken_for: taken_for.clone() });
        }
    });
    out.into_iter().collect()
}

/// The earliest of the instants up to which something is known.
fn as_of(reads: &Gather<Read>) -> Option<Instant> {
    let mut earliest: Option<i64> = None;
    reads.each(&mut |read| {
        if let Read::AsOf(at) = read {
            earliest = Some(earliest.map_or(*at, |known| known.min(*at)));
        }
    });
    earliest.map(Instant)
}

/// The policy of which an expression that belongs to none is a part; its text.
pub(crate) fn nobody(text: &str) -> Policy {
    Policy {
        name: Name::from(""),
        docs: String::new(),
        mode: assize_lang::plan::Mode::Monitor,
        maps: Vec::new(),
        bindings: Vec::new(),
        sequence: None,
        wheres: Vec::new(),
        lets: Vec::new(),
        arms: Vec::new(),
        slots: 0,
        text: Arc::from(text),
    }
}

/// The value of an expression that reads no facts: a field of a test's fact.
pub(crate) fn constant(
    engine: &crate::engine::Engine,
    params: &BTreeMap<Name, Value>,
    now: i64,
    expr: &assize_lang::plan::Expr,
) -> Option<Value> {
    let nobody = nobody("");
    let empty = engine.loader().finish();
    let view = View::new(&engine.schema, &empty, &engine.trust, now, None);
    let leaves = Leaves::native();
    let evaluator = Evaluator::new(&engine.program, params, &nobody, &view, &leaves, u64::MAX);
    let eval = evaluator.eval(expr);
    match eval.possible.value() {
        Some(value) => Some(value.clone()),
        None => eval.possible.is_absent().then_some(Value::Null),
    }
}
