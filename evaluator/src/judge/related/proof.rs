//! The answer of a steady relation: what it rests on, or what it lacks.

use assize_lang::plan::{Expr, ExprKind, Name, Quantifier};

use super::ranks::By;
use super::{Columns, Goal, NEVER_IN, Rank, Steady, columns};
use crate::judge::eval::{Eval, Evaluator, Local};
use crate::judge::window::Window;
use crate::value::{Causes, Gather, Horizon, Possible};

/// The first proof of a condition, if it has one; or a tuple of which the answer is needed first.
type Proof = Result<Option<Eval>, Goal>;

/// Which proofs count.
#[derive(Clone, Copy)]
struct Within {
    by: By,
    /// Tuples of a lower rank alone.
    rank: u32,
}

impl Within {
    const SURE: Self = Self { by: By::Sure, rank: NEVER_IN };
}

impl<'a> Evaluator<'a> {
    /// The answer for a tuple, with its reasons.
    pub(super) fn by_rank(&self, steady: &Steady, goal: Goal) -> Eval {
        // A chain may be long: what an answer rests on is answered before it, not inside it.
        let mut todo = vec![goal.clone()];
        while let Some(next) = todo.pop() {
            if self.solved().borrow().get(&next).is_some() {
                continue;
            }
            match self.answer(steady, &next) {
                Ok(eval) => self.solved().borrow_mut().insert(next, eval),
                Err(first) => todo.extend([next, first]),
            }
        }
        self.solved().borrow().get(&goal).cloned().unwrap_or_else(|| Eval::truth(false))
    }

    fn answer(&self, steady: &Steady, goal: &Goal) -> Result<Eval, Goal> {
        let Rank { sure, possible } = self.rank(goal);
        let ground = || self.ground(steady, &goal.0);
        if sure != NEVER_IN {
            let proof = self.prove_goal(goal, Within { by: By::Sure, rank: sure })?;
            return Ok(proof.unwrap_or_else(|| Eval::truth(true)));
        }
        if possible == NEVER_IN {
            return Ok(Eval { possible: Possible::bool(false), ..ground() });
        }
        let proof = self.prove_goal(goal, Within { by: By::Possible, rank: possible })?;
        let causes = proof.map_or(Causes::NONE, |proof| proof.possible.causes);
        Ok(Eval { possible: Possible::maybe(causes), reads: Gather::NONE, ..ground() })
    }

    /// What a relation that does not hold rests on: that its lists are complete, and every fact in them.
    fn ground(&self, steady: &Steady, name: &Name) -> Eval {
        if let Some(known) = self.relations.ground.borrow().get(name) {
            return known.clone();
        }
        let schema = self.view.schema();
        let kept = self.tables.and_then(|tables| tables.until(name));
        let horizon = kept.unwrap_or_else(|| {
            let fields = steady.reads.iter().map(|(ty, fields)| self.view.until(ty, fields));
            let lists = steady.lists.iter().filter_map(|ty| schema.facts.get(ty));
            let lists = lists.map(|ty| Horizon::evidence(self.view.listed_until(ty)));
            Horizon::all(fields.chain(lists))
        });
        let lists = steady.lists.iter().filter_map(|ty| schema.facts.get(ty));
        let open = lists.map(|ty| self.openness(ty, None, &Window::default()).reads);
        let eval = Eval { possible: Possible::bool(false), horizon, reads: Gather::all(open) };
        self.relations.ground.borrow_mut().insert(name.clone(), eval.clone());
        eval
    }

    fn prove_goal(&self, goal: &Goal, within: Within) -> Proof {
        let (name, values) = goal;
        let Some(relation) = self.program.relations.get(name) else { return Ok(None) };
        let evaluator = self.asking(relation, values);
        for case in &relation.cases {
            if let Some(proof) = evaluator.prove(&case.condition, within)? {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }

    /// The first proof. Of what may hold, one by what is certain comes first, so that nothing is named as
    /// missing that is not.
    fn prove(&self, expr: &'a Expr, within: Within) -> Proof {
        if within.by == By::Possible
            && let Some(proof) = self.first(expr, Within::SURE)?
        {
            return Ok(Some(proof));
        }
        self.first(expr, within)
    }

    fn first(&self, expr: &'a Expr, within: Within) -> Proof {
        match &expr.kind {
            ExprKind::And(a, b) => {
                let Some(a) = self.prove(a, within)? else { return Ok(None) };
                let Some(b) = self.prove(b, within)? else { return Ok(None) };
                Ok(Some(both(&a, &b)))
            }
            ExprKind::Or(a, b) => match self.prove(a, within)? {
                Some(proof) => Ok(Some(proof)),
                None => self.prove(b, within),
            },
            ExprKind::Bind { slot, value, body } => {
                self.with(*slot, self.argument(value), || self.prove(body, within))
            }
            ExprKind::Quantified { quantifier: Quantifier::Exists, list, slot, body, window } => {
                let list = self.ranged_list(list, *slot, body, window, within.by == By::Possible);
                for member in list.members {
                    if !within.by.counts(member.inside.possible.truth()) {
                        continue;
                    }
                    let bound = Local::Value(member.value.clone());
                    if let Some(proof) = self.with(*slot, bound, || self.prove(body, within))? {
                        let proof = both(&member.inside, &proof);
                        return Ok(Some(Eval::from(proof.possible.clone(), &[&proof, &member.value])));
                    }
                }
                Ok((within.by == By::Possible && list.open.possible.truth() != Some(false))
                    .then_some(list.open))
            }
            ExprKind::Related(name, args) => {
                let args: Vec<Eval> = args.iter().map(|arg| self.eval(arg)).collect();
                let held = match columns(&args) {
                    Columns::Absent => return Ok(None),
                    Columns::Unknown(causes) => match within.by {
                        By::Sure => return Ok(None),
                        By::Possible => Eval::constant(Possible::maybe(causes)),
                    },
                    Columns::Known(values) => match self.premise((name.clone(), values), within)? {
                        Some(held) => held,
                        None => return Ok(None),
                    },
                };
                let truth = held.possible.clone();
                let all: Vec<&Eval> = args.iter().chain([&held]).collect();
                Ok(Some(Eval::from(truth, &all)))
            }
            _ => {
                let eval = self.condition(expr);
                Ok(within.by.counts(eval.possible.truth()).then_some(eval))
            }
        }
    }

    /// The answer for a tuple that a case rests on, where its rank allows that.
    fn premise(&self, goal: Goal, within: Within) -> Proof {
        let rank = self.rank(&goal);
        let rank = match within.by {
            By::Sure => rank.sure,
            By::Possible => rank.possible,
        };
        if rank >= within.rank {
            return Ok(None);
        }
        let solved = self.solved().borrow().get(&goal).cloned();
        solved.map(Some).ok_or(goal)
    }
}

/// Both hold, or may.
fn both(a: &Eval, b: &Eval) -> Eval {
    crate::judge::logic::all(&[a.clone(), b.clone()])
}
