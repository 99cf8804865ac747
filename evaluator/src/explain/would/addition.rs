//! A fact that is not there: what it would have to say for a condition on the members of a list to be true of
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Builtin, CompareOp, Expr, ExprKind, FactKind, Name, Slot, Type};

use super::candidates::{dated, domain, suits};
use crate::judge::{Evaluator, Run};
use crate::value::{Value, is_sensitive};

/// A fact of a type, with values of some of its fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Addition {
    pub(super) ty: Name,
    pub(super) key: Arc<str>,
    pub(super) fields: BTreeMap<Name, Value>,
}

/// How such a fact is called where no condition says.
const KEY: &str = "supposed";

/// A member that a list lacks, of which a condition is true, or false.
pub(super) struct Wanted<'w, 'a> {
    pub(super) run: &'w Run<'a>,
    pub(super) evaluator: &'w Evaluator<'a>,
    /// What `let`s stand for.
    pub(super) named: &'w [&'a Expr],
}

impl<'a> Wanted<'_, 'a> {
    /// The member that `list` would need for the condition on what is bound to `slot` to be what is `wanted`.
    pub(super) fn of(&self, list: &'a Expr, slot: Slot, body: &'a Expr, wanted: bool) -> Option<Addition> {
        let schema = self.run.view.schema();
        let mut member = Member { wanted: self, slots: Vec::new(), fields: BTreeMap::new() };
        let mut list = list;
        let mut conditions = vec![(slot, body, wanted)];
        let owner = loop {
            match &list.kind {
                ExprKind::Filter { list: of, slot, body, .. } => {
                    conditions.push((*slot, &**body, true));
                    list = of;
                }
                ExprKind::Let(at) => list = self.named.get(usize::try_from(*at).ok()?)?,
                ExprKind::Inverse(owner, name) => break Some((owner, name)),
                ExprKind::All(_) => break None,
                _ => return None,
            }
        };
        let Type::List(of) = &list.ty else { return None };
        let Type::Fact(ty) = &**of else { return None };
        let declared = schema.facts.get(ty).filter(|ty| ty.kind == FactKind::Entity)?;
        for (slot, body, wanted) in conditions {
            member.slots.push(slot);
            member.goal(body, wanted);
        }
        let mut fields = member.fields;
        if let Some((owner, name)) = owner {
            let Type::Fact(owner_type) = &owner.ty else { return None };
            let inverse = schema.facts.get(owner_type)?.inverse(name.as_str())?;
            let via = self.evaluator.eval(owner).possible.value()?.clone();
            fields.insert(inverse.via.clone(), via);
        }
        let key = match fields.remove(&declared.key) {
            Some(Value::String(key)) => key,
            Some(_) => return None,
            None => Arc::from(KEY),
        };
        let there = self.run.view.fact(ty, &key).is_some();
        let fits = fields.iter().all(|(name, value)| {
            let field = declared.field(name.as_str());
            field.is_some_and(|field| suits(value, field) && !is_sensitive(&field.ty))
        });
        (!there && fits && !fields.is_empty()).then(|| Addition { ty: ty.clone(), key, fields })
    }
}

/// What a member has to say.
struct Member<'m, 'w, 'a> {
    wanted: &'m Wanted<'w, 'a>,
    /// What stands for it.
    slots: Vec<Slot>,
    fields: BTreeMap<Name, Value>,
}

impl<'a> Member<'_, '_, 'a> {
    /// Notes what makes a condition true, or false, as far as single fields do.
    fn goal(&mut self, expr: &'a Expr, truth: bool) {
        match &expr.kind {
            ExprKind::Not(of) => self.goal(of, !truth),
            // Both, or the first of them.
            ExprKind::And(a, b) if truth => self.both((a, b), truth),
            ExprKind::Or(a, b) if !truth => self.both((a, b), truth),
            ExprKind::And(a, _) | ExprKind::Or(a, _) => self.goal(a, truth),
            ExprKind::Let(at) => {
                let named = usize::try_from(*at).ok().and_then(|at| self.wanted.named.get(at).copied());
                named.into_iter().for_each(|named| self.goal(named, truth));
            }
            ExprKind::Bind { slot, value, body } => {
                if matches!(value.kind, ExprKind::Var(of) if self.slots.contains(&of)) {
                    self.slots.push(*slot);
                    return self.goal(body, truth);
                }
                let evaluator = self.wanted.evaluator;
                evaluator.with_argument(*slot, value, || self.goal(body, truth));
            }
            ExprKind::Field(..) if expr.ty == Type::Bool => self.say(expr, Value::Bool(truth)),
            ExprKind::Has(path) if !truth => self.say(path, Value::Null),
            ExprKind::Compare(op, a, b) => {
                self.compare(*op, a, b, truth);
                self.compare(op.mirrored(), b, a, truth);
            }
            ExprKind::NowCompare(op, at) => self.timed(*op, at, truth),
            ExprKind::In(a, b) if truth => {
                if let Some(Value::List(items)) = self.other(b)
                    && let Some(first) = items.first()
                {
                    self.say(a, first.clone());
                }
            }
            ExprKind::Call(function, arguments) if truth => self.text(*function, arguments),
            _ => {}
        }
    }

    fn both(&mut self, (a, b): (&'a Expr, &'a Expr), truth: bool) {
        self.goal(a, truth);
        self.goal(b, truth);
    }

    /// The name of the member's own field that an expression is.
    fn own<'e>(&self, expr: &'e Expr) -> Option<&'e Name> {
        let ExprKind::Field(base, name) = &expr.kind else { return None };
        matches!(base.kind, ExprKind::Var(slot) if self.slots.contains(&slot)).then_some(name)
    }

    fn say(&mut self, expr: &Expr, value: Value) {
        if let Some(name) = self.own(expr) {
            self.fields.entry(name.clone()).or_insert(value);
        }
    }

    /// The known value of what does not hang on the member.
    fn other(&self, expr: &'a Expr) -> Option<Value> {
        if is_sensitive(&expr.ty) || self.mentions(expr) {
            return None;
        }
        let eval = self.wanted.evaluator.eval(expr);
        eval.possible.value().cloned().or_else(|| eval.possible.is_absent().then_some(Value::Null))
    }

    fn mentions(&self, expr: &Expr) -> bool {
        if let ExprKind::Var(slot) = &expr.kind {
            return self.slots.contains(slot);
        }
        let mut found = false;
        crate::judge::children(expr, &mut |part| found = found || self.mentions(part));
        found
    }

    fn compare(&mut self, op: CompareOp, own: &Expr, other: &'a Expr, truth: bool) {
        if self.own(own).is_none() {
            return;
        }
        let Some(value) = self.other(other) else { return };
        let schema = self.wanted.run.view.schema();
        let all = domain(&own.ty, schema);
        let value = match (op, truth) {
            (CompareOp::Eq | CompareOp::Le | CompareOp::Ge, true)
            | (CompareOp::Ne | CompareOp::Lt | CompareOp::Gt, false) => Some(value),
            (CompareOp::Gt, true) | (CompareOp::Le, false) => beside(&value, &all, 1),
            (CompareOp::Lt, true) | (CompareOp::Ge, false) => beside(&value, &all, -1),
            (CompareOp::Ne, true) | (CompareOp::Eq, false) => {
                beside(&value, &all, 1).or_else(|| beside(&value, &all, -1))
            }
        };
        value.into_iter().for_each(|value| self.say(own, value));
    }

    /// `now` is compared with a field, perhaps shifted by what does not hang on the member.
    fn timed(&mut self, op: CompareOp, at: &'a Expr, truth: bool) {
        let Some(field) = dated(at).filter(|field| self.own(field).is_some()) else { return };
        let shift = match &at.kind {
            ExprKind::Arith(assize_lang::plan::ArithOp::Add, _, by) => self.other(by),
            ExprKind::Arith(_, _, by) => match self.other(by) {
                Some(Value::Duration(by)) => Some(Value::Duration(by.saturating_neg())),
                _ => return,
            },
            _ => Some(Value::Duration(0)),
        };
        let Some(Value::Duration(shift)) = shift else { return };
        let flip = self.wanted.run.view.now().saturating_sub(shift);
        let later = matches!(op, CompareOp::Lt | CompareOp::Le) == truth;
        let at = if later { flip.saturating_add(1) } else { flip.saturating_sub(1) };
        self.say(field, Value::Timestamp(at));
    }

    /// A text that fits a pattern, or a pattern that a text fits.
    fn text(&mut self, function: Builtin, arguments: &'a [Expr]) {
        let [text, pattern] = arguments else { return };
        let plain = |value: Option<Value>| match value {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        if self.own(pattern).is_some() {
            if let Some(text) = plain(self.other(text)).filter(|_| function == Builtin::Glob) {
                self.say(pattern, Value::String(text));
            }
        } else if let Some(pattern) = plain(self.other(pattern)) {
            let fits = match function {
                Builtin::Glob => pattern.replace('*', "").replace('?', "x"),
                Builtin::StartsWith | Builtin::EndsWith | Builtin::Contains => pattern.to_string(),
                _ => return,
            };
            self.say(text, Value::text(&fits));
        }
    }
}

/// The value next to another one; of a small type the next one of `all`.
fn beside(value: &Value, all: &std::collections::BTreeSet<Value>, step: i64) -> Option<Value> {
    Some(match value {
        Value::Int(at) => Value::Int(at.saturating_add(step)),
        Value::Uint(at) => Value::Uint(at.checked_add_signed(step)?),
        Value::Timestamp(at) => Value::Timestamp(at.saturating_add(step)),
        Value::Duration(at) => Value::Duration(at.saturating_add(step)),
        Value::Double(at) => Value::Double(if step > 0 { at + 1.0 } else { at - 1.0 }),
        Value::String(text) if step > 0 => Value::text(format!("not {text}")),
        Value::Null => all.first()?.clone(),
        _ if step > 0 => {
            all.range((std::ops::Bound::Excluded(value), std::ops::Bound::Unbounded)).next()?.clone()
        }
        _ => all.range(..value).next_back()?.clone(),
    })
}
