//! In which window, and in which scopes, a list's silence would have to be knowledge (C3, C4, C7).

use std::sync::Arc;

use assize_lang::plan::{
    CompareOp, Coverage, CoveredBy, Expr, ExprKind, FactKind, FactType, Name, Schema, Type, Window as Clause,
};

use super::eval::{Eval, Evaluator, Local};
use super::watch::{Part, Watch};
use crate::store::BEGINNING;
use crate::value::{Causes, Gather, Horizon, NEVER, Possible, Value};

/// One end of a window, included in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// Where it is now.
    pub(crate) at: i64,
    /// Whether it moves along with the clock.
    pub(crate) moving: bool,
}

impl Edge {
    /// Where it is at `t`.
    pub(super) const fn when(self, now: i64, t: i64) -> i64 {
        if self.moving { self.at.saturating_add(t.saturating_sub(now)) } else { self.at }
    }
}

/// What the conditions on a list's elements say about their time and scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(super) lower: Vec<Edge>,
    pub(super) upper: Vec<Edge>,
    fixed: Vec<(Vec<Name>, Eval)>,
    /// What the bounds rest on.
    rest: Vec<Eval>,
}

/// What members are found by.
pub(super) struct Pin<'w> {
    pub(super) field: &'w Name,
    pub(super) value: Value,
    /// What the value rests on.
    pub(super) rest: &'w Eval,
}

/// What a condition fixes of a list's members.
pub(super) type Scope = Vec<(Vec<Name>, Value)>;

impl Window {
    /// A field of the members that is fixed, and its value, where facts of `ty` can be found by it: the key
    /// before a reference, and that before a text. The key of what a reference leads to says where it leads.
    pub(super) fn pin<'w>(&'w self, schema: &Schema, ty: &FactType) -> Option<Pin<'w>> {
        let usable = |(path, rest): &'w (Vec<Name>, Eval)| {
            let value = rest.possible.value().filter(|_| rest.possible.is_known())?;
            let (field, tail) = path.split_first()?;
            let declared = &ty.field(field.as_str())?.ty;
            let (rank, value) = match (declared, tail, value) {
                (_, [], Value::String(_)) if ty.key == *field => (0, value.clone()),
                (Type::Fact(_), [], Value::Fact(..)) => (1, value.clone()),
                (Type::Fact(to), [key], Value::String(text)) if schema.facts.get(to)?.key == *key => {
                    (1, Value::Fact(to.clone(), Arc::clone(text)))
                }
                (Type::String, [], Value::String(_)) => (2, value.clone()),
                _ => return None,
            };
            Some((rank, Pin { field, value, rest }))
        };
        let fits = ty.kind != FactKind::Request;
        let all = self.fixed.iter().filter(|_| fits).filter_map(usable);
        all.min_by_key(|(rank, _)| *rank).map(|(_, pin)| pin)
    }

    /// What it fixes, where it does nothing else.
    pub(super) fn scope(&self) -> Option<Scope> {
        if !(self.lower.is_empty() && self.upper.is_empty() && self.rest.is_empty()) {
            return None;
        }
        let value = |(path, eval): &(Vec<Name>, Eval)| Some((path.clone(), eval.possible.value()?.clone()));
        self.fixed.iter().map(value).collect()
    }
}

/// The fact on which an inverse list hangs.
pub(super) struct Owner<'n> {
    pub(super) ty: &'n Name,
    pub(super) key: &'n Arc<str>,
    /// The members' field that refers to it.
    pub(super) via: &'n Name,
}

impl<'a> Evaluator<'a> {
    /// The window, narrowed by what one more condition says.
    pub(super) fn narrow(&self, window: &Window, clause: &'a Clause) -> Window {
        let mut out = window.clone();
        for bound in &clause.bounds {
            let eval = self.eval(&bound.at);
            if let Some(Value::Timestamp(at)) = eval.possible.value() {
                let moving = self.moves(&bound.at);
                bounded(bound.op, *at, moving, &mut out.lower, &mut out.upper);
            }
            out.rest.push(eval);
        }
        for (path, value) in &clause.fixed {
            out.fixed.push((path.clone(), self.eval(value)));
        }
        out
    }

    /// The values to which a condition pins paths of the element.
    pub(super) fn pins(&self, clause: &'a Clause) -> Vec<(&'a [Name], Eval)> {
        clause.fixed.iter().map(|(path, value)| (path.as_slice(), self.eval(value))).collect()
    }

    /// Whether the expression moves along with the clock.
    pub(super) fn moves(&self, expr: &'a Expr) -> bool {
        match &expr.kind {
            ExprKind::Now => true,
            ExprKind::Let(_) => {
                let behind = self.behind(expr);
                !std::ptr::eq(behind, expr) && self.moves(behind)
            }
            ExprKind::Var(slot) => match self.local(*slot) {
                Some(Local::Later(later)) => self.moves(later),
                _ => false,
            },
            ExprKind::Bind { slot, value, body } => {
                self.with(*slot, self.argument(value), || self.moves(body))
            }
            ExprKind::Arith(_, a, b) | ExprKind::OrValue(a, b) | ExprKind::Assume(a, b) => {
                self.moves(a) || self.moves(b)
            }
            ExprKind::Conditional(_, a, b) => self.moves(a) || self.moves(b),
            _ => false,
        }
    }

    /// Whether the list of facts of `ty` (of those that refer to `owner`) may have members that nobody
    /// reported: known false where it is closed.
    pub(super) fn openness(&self, ty: &FactType, owner: Option<&Owner<'_>>, window: &Window) -> Eval {
        let Coverage::By(alternatives) = &ty.coverage else { return Eval::truth(false) };
        let mut rest = Vec::new();
        let mut parts: Vec<Vec<Part>> = Vec::new();
        for alternative in alternatives {
            parts
                .push(alternative.iter().map(|part| self.part(ty, part, owner, window, &mut rest)).collect());
        }
        let mut lower = window.lower.clone();
        let mut upper = window.upper.clone();
        // What would have told the scope, or where the window begins.
        let mut wanted: Vec<Causes> = rest.iter().map(|eval| eval.possible.causes.clone()).collect();
        let unbounded = window.lower.is_empty();
        wanted.extend(window.rest.iter().filter(|_| unbounded).map(|eval| eval.possible.causes.clone()));
        if let Some(owner) = owner {
            let life = self.cut_to_life(owner, &mut lower, &mut upper, &mut rest);
            wanted.extend(life.filter(|_| unbounded && ty.kind == FactKind::Event));
        }
        let fresh = match ty.kind {
            FactKind::Entity => Some(ty.fresh_for.unwrap_or(NEVER)),
            FactKind::Event | FactKind::Request => None,
        };
        if fresh.is_none() {
            rest.extend(window.rest.iter().cloned());
        }
        let watch = Watch { now: self.now(), alternatives: parts, lower, upper, fresh };
        let judged = watch.judge();
        if let Some(asked) = self.asked {
            let parts = watch.alternatives.iter().flatten();
            parts.for_each(|part| asked.note(&ty.name, &part.track, judged.renewed));
        }
        let horizon = Horizon::all(rest.iter().map(|eval| eval.horizon)).min(judged.horizon);
        match judged.causes {
            None => Eval { possible: Possible::bool(false), horizon, reads: judged.reads },
            Some(causes) => {
                let causes = Causes::all([causes].into_iter().chain(wanted));
                Eval { possible: Possible::maybe(causes), horizon, reads: Gather::NONE }
            }
        }
    }

    /// One signal, with its scope as far as the owner or the condition fixes it; else everything.
    fn part(
        &self,
        ty: &FactType,
        part: &CoveredBy,
        owner: Option<&Owner<'_>>,
        window: &Window,
        rest: &mut Vec<Eval>,
    ) -> Part {
        let mut texts = Vec::new();
        for path in &part.scope {
            let found = self.scope_value(path, owner, window);
            let text = found.as_ref().and_then(|eval| {
                let value = eval.possible.value()?;
                crate::store::scope_text(value, self.view.schema())
            });
            rest.extend(found);
            texts.push(text);
        }
        let texts: Option<Vec<String>> = texts.into_iter().collect();
        let (scope, scoped) = match texts {
            Some(texts) if !texts.is_empty() => (texts.join("/"), true),
            _ => ("*".to_owned(), part.scope.is_empty()),
        };
        Part { track: self.view.track(ty, part, &scope), scoped }
    }

    fn scope_value(&self, path: &[Name], owner: Option<&Owner<'_>>, window: &Window) -> Option<Eval> {
        if let (Some(owner), Some((first, tail))) = (owner, path.split_first())
            && first == owner.via
        {
            return Some(self.follow(owner.ty, owner.key, tail));
        }
        let fixed = window.fixed.iter().find(|(fixed, _)| path.starts_with(fixed));
        let (fixed, value) = fixed?;
        let tail = path.get(fixed.len()..).unwrap_or_default();
        match value.possible.value() {
            Some(Value::Fact(ty, key)) if !tail.is_empty() => {
                let there = self.follow(ty, key, tail);
                Some(Eval::from(there.possible.clone(), &[value, &there]))
            }
            _ if tail.is_empty() => Some(value.clone()),
            _ => None,
        }
    }

    /// A thing was used neither before it came into being nor after it ended.
    ///
    /// Says why it is not known when it began.
    fn cut_to_life(
        &self,
        owner: &Owner<'_>,
        lower: &mut Vec<Edge>,
        upper: &mut Vec<Edge>,
        rest: &mut Vec<Eval>,
    ) -> Option<Causes> {
        let (start, end) = self.view.schema().facts.get(owner.ty).and_then(|ty| ty.lives.clone())?;
        let mut cut = |field: &Name, edges: &mut Vec<Edge>| {
            let eval = self.follow(owner.ty, owner.key, std::slice::from_ref(field));
            if let Some(Value::Timestamp(at)) = eval.possible.value() {
                edges.push(Edge { at: *at, moving: false });
            }
            let causes = eval.possible.causes.clone();
            rest.push(eval);
            causes
        };
        let began = cut(&start, lower);
        if let Some(end) = &end {
            cut(end, upper);
        }
        Some(began)
    }
}

/// What `element.at op at` says about where the window starts and ends.
pub(crate) fn bounded(op: CompareOp, at: i64, moving: bool, lower: &mut Vec<Edge>, upper: &mut Vec<Edge>) {
    let edge = |at: i64| Edge { at, moving };
    match op {
        CompareOp::Gt => lower.push(edge(at.saturating_add(1))),
        CompareOp::Ge => lower.push(edge(at)),
        CompareOp::Lt => upper.push(edge(at.saturating_sub(1))),
        CompareOp::Le => upper.push(edge(at)),
        CompareOp::Eq => {
            lower.push(edge(at));
            upper.push(edge(at));
        }
        CompareOp::Ne => {}
    }
}

/// Where the window starts at `t`.
pub(super) fn start(lower: &[Edge], now: i64, t: i64) -> i64 {
    lower.iter().map(|edge| edge.when(now, t)).max().unwrap_or(BEGINNING).max(BEGINNING)
}

/// Where it ends.
pub(super) fn end(upper: &[Edge], now: i64, t: i64) -> i64 {
    upper.iter().map(|edge| edge.when(now, t)).min().unwrap_or(t).min(t)
}
