//! Which mutants a policy has: every small change after which it says something else.

use std::collections::BTreeSet;

use assize_lang::diagnostic::Span;
use assize_lang::plan::{
    ArithOp, CompareOp, Const, Expr, ExprKind, Name, OutcomeKind, Policy, Schema, Stage, Type, When, Window,
};

use super::walk::{self, Path};
use crate::facts::format_duration;

/// The enum of severities.
const SEVERITY: &str = "assize.core.Severity";

/// One change to a policy.
pub(super) struct Change {
    /// Its place in the policy's text.
    pub(super) span: Span,
    /// What is changed, for people.
    pub(super) what: String,
    make: Box<dyn Fn(&mut Policy)>,
}

impl Change {
    fn new(span: Span, what: String, make: impl Fn(&mut Policy) + 'static) -> Self {
        Self { span, what, make: Box::new(make) }
    }

    /// The policy with the change made.
    pub(super) fn apply(&self, policy: &Policy) -> Policy {
        let mut mutant = policy.clone();
        (self.make)(&mut mutant);
        mutant
    }
}

/// The changes, by place.
pub(super) fn of(schema: &Schema, policy: &Policy) -> Vec<Change> {
    let mut finder = Finder { policy, schema, out: Vec::new(), constants: BTreeSet::new() };
    let mut plain = policy.clone();
    for (root, expr) in walk::roots(&mut plain).into_iter().enumerate() {
        finder.expr(expr, &Path { root, steps: Vec::new() });
    }
    finder.params();
    finder.conditions();
    finder.arms();
    let mut out = finder.out;
    out.sort_by_key(|change| change.span);
    out
}

struct Finder<'a> {
    policy: &'a Policy,
    schema: &'a Schema,
    out: Vec<Change>,
    /// The literals that are done: one may stand in several places of the plan.
    constants: BTreeSet<(Span, String)>,
}

impl Finder<'_> {
    fn text(&self, span: Span) -> String {
        span.text(&self.policy.text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn add(&mut self, span: Span, what: String, make: impl Fn(&mut Policy) + 'static) {
        self.out.push(Change::new(span, what, make));
    }

    fn expr(&mut self, expr: &Expr, path: &Path) {
        match &expr.kind {
            ExprKind::Compare(op, a, _) => self.compare(expr, path, *op, &a.ty),
            ExprKind::NowCompare(op, _) => self.compare(expr, path, *op, &Type::Timestamp),
            ExprKind::And(..) => self.connective(expr, path, true),
            ExprKind::Or(..) => self.connective(expr, path, false),
            ExprKind::Const(value) => self.threshold(expr.span, value),
            _ => {}
        }
        for (step, child) in walk::children(expr).into_iter().enumerate() {
            self.expr(child, &path.child(step));
        }
    }

    /// `==` is made `!=`; an order by members or numbers loses or gains its end; one in time is turned round.
    fn compare(&mut self, expr: &Expr, path: &Path, op: CompareOp, ty: &Type) {
        let in_time = matches!(ty, Type::Timestamp | Type::Duration);
        let (other, what) = match op {
            CompareOp::Eq => (CompareOp::Ne, "`==` made `!=`".to_owned()),
            CompareOp::Ne => (CompareOp::Eq, "`!=` made `==`".to_owned()),
            _ if in_time => (op.mirrored(), "turned round".to_owned()),
            _ => (with_end(op), format!("`{}` made `{}`", op.symbol(), with_end(op).symbol())),
        };
        let what = format!("`{}`: {what}", self.text(expr.span));
        let path = path.clone();
        self.add(expr.span, what, move |policy| {
            let window = |window: &mut Window, span: Span| {
                for bound in window.bounds.iter_mut().filter(|bound| inside(bound.at.span, span)) {
                    bound.op = if in_time { bound.op.mirrored() } else { bound.op };
                }
                window.fixed.retain(|(_, value)| !inside(value.span, span));
            };
            walk::change(policy, &path, &window, &|expr| {
                if let ExprKind::Compare(op, ..) | ExprKind::NowCompare(op, _) = &mut expr.kind {
                    *op = other;
                }
            });
        });
    }

    fn connective(&mut self, expr: &Expr, path: &Path, and: bool) {
        let made = if and { "`&&` made `||`" } else { "`||` made `&&`" };
        let what = format!("`{}`: {made}", self.text(expr.span));
        let path = path.clone();
        self.add(expr.span, what, move |policy| {
            // What stands under an `||` says nothing about the whole window.
            let window = |window: &mut Window, span: Span| {
                window.bounds.retain(|bound| !inside(bound.at.span, span));
                window.fixed.retain(|(_, value)| !inside(value.span, span));
            };
            walk::change(policy, &path, &window, &|expr| {
                let kind = std::mem::replace(&mut expr.kind, ExprKind::Now);
                expr.kind = match kind {
                    ExprKind::And(a, b) => ExprKind::Or(a, b),
                    ExprKind::Or(a, b) => ExprKind::And(a, b),
                    other => other,
                };
            });
        });
    }

    /// A number, a little less and a little more.
    fn threshold(&mut self, span: Span, value: &Const) {
        let Some(shown) = shown(value) else { return };
        if !self.constants.insert((span, shown.clone())) {
            return;
        }
        for changed in [moved(value, false), moved(value, true)].into_iter().flatten() {
            let Some(made) = self::shown(&changed) else { continue };
            let value = value.clone();
            self.add(span, format!("`{shown}` made `{made}`"), move |policy| {
                walk::each(policy, &mut |expr| {
                    if expr.span == span && matches!(&expr.kind, ExprKind::Const(found) if *found == value) {
                        expr.kind = ExprKind::Const(changed.clone());
                    }
                });
            });
        }
    }

    /// A param, a little less and a little more, whatever it is set to.
    fn params(&mut self) {
        let mut seen: Vec<(Name, Span, Type)> = Vec::new();
        walk::each(&mut self.policy.clone(), &mut |expr| {
            if let ExprKind::Param(name) = &expr.kind
                && !seen.iter().any(|(known, ..)| known == name)
            {
                seen.push((name.clone(), expr.span, expr.ty.clone()));
            }
        });
        for (name, span, ty) in seen {
            let by = match ty {
                Type::Duration => Const::Duration(DAY),
                Type::Int => Const::Int(1),
                Type::Uint => Const::Uint(1),
                Type::Double => Const::Double(0.1),
                _ => continue,
            };
            for (op, sign) in [(ArithOp::Sub, "-"), (ArithOp::Add, "+")] {
                let amount = shown(&by).unwrap_or_default();
                let what = format!("`{0}` made `{0} {sign} {amount}`", name.short());
                let (name, by, ty) = (name.clone(), by.clone(), ty.clone());
                self.add(span, what, move |policy| {
                    walk::each(policy, &mut |expr| {
                        if matches!(&expr.kind, ExprKind::Param(found) if *found == name) {
                            let kind = ExprKind::Const(by.clone());
                            let by = Expr { kind, ty: ty.clone(), optional: false, span: expr.span };
                            expr.kind = ExprKind::Arith(op, Box::new(expr.clone()), Box::new(by));
                        }
                    });
                });
            }
        }
    }

    /// Conjuncts dropped; conditions turned into their opposite.
    fn conditions(&mut self) {
        for (at, one) in self.policy.wheres.iter().enumerate() {
            let text = self.text(one.expr.span);
            self.add(one.expr.span, format!("where `{text}`: dropped"), move |policy| {
                if at < policy.wheres.len() {
                    policy.wheres.remove(at);
                }
            });
            if !one.join {
                self.add(one.expr.span, format!("where `{text}`: negated"), move |policy| {
                    policy.wheres.get_mut(at).into_iter().for_each(|one| negate(&mut one.expr));
                });
            }
        }
        for (at, named) in
            self.policy.lets.iter().enumerate().filter(|(_, named)| named.expr.ty == Type::Bool)
        {
            let what = format!("let {} = `{}`: negated", named.name, self.text(named.expr.span));
            self.add(named.expr.span, what, move |policy| {
                policy.lets.get_mut(at).into_iter().for_each(|named| negate(&mut named.expr));
            });
        }
        for (at, arm) in self.policy.arms.iter().enumerate() {
            if let When::Expr(condition) = &arm.when {
                let what = format!("arm {} `{}`: negated", at.saturating_add(1), self.text(condition.span));
                self.add(condition.span, what, move |policy| {
                    if let Some(When::Expr(condition)) = policy.arms.get_mut(at).map(|arm| &mut arm.when) {
                        negate(condition);
                    }
                });
            }
        }
    }

    fn arms(&mut self) {
        for (at, arm) in self.policy.arms.iter().enumerate() {
            let left = match &arm.when {
                When::Expr(condition) => self.text(condition.span),
                When::Unknown => "unknown".to_owned(),
                When::Otherwise => "otherwise".to_owned(),
            };
            let head = format!("arm {} `{left}`", at.saturating_add(1));
            self.add(arm.span, format!("{head}: removed"), move |policy| {
                if at < policy.arms.len() {
                    policy.arms.remove(at);
                }
            });
            for (place, outcome) in arm.outcomes.iter().enumerate() {
                let words = self.outcome(&outcome.kind);
                if arm.outcomes.len() > 1 {
                    self.add(arm.span, format!("{head}: `{words}` dropped"), move |policy| {
                        if let Some(arm) = policy.arms.get_mut(at)
                            && place < arm.outcomes.len()
                        {
                            arm.outcomes.remove(place);
                        }
                    });
                }
                let Some(weaker) = self.weaker(&outcome.kind) else { continue };
                let what = format!("{head}: `{words}` made `{}`", self.outcome(&weaker));
                self.add(arm.span, what, move |policy| {
                    let arm = policy.arms.get_mut(at);
                    if let Some(outcome) = arm.and_then(|arm| arm.outcomes.get_mut(place)) {
                        outcome.kind = weaker.clone();
                    }
                });
            }
        }
    }

    fn outcome(&self, kind: &OutcomeKind) -> String {
        let level = |expr: &Expr| match &expr.kind {
            ExprKind::Const(Const::Enum(name, at)) => self.member(name, *at).unwrap_or_default(),
            _ => self.text(expr.span),
        };
        match kind {
            OutcomeKind::Alert { severity } => format!("alert {}", level(severity)),
            OutcomeKind::Rank { tier, .. } => format!("rank {}", level(tier)),
            OutcomeKind::Block { target, .. } => format!("block {}", self.text(target.span)),
            OutcomeKind::Revoke { target, each, by } => {
                let each = if *each { " each" } else { "" };
                let by = match by {
                    Stage::Stage => "stage",
                    Stage::Quarantine => "quarantine",
                    Stage::Rotate => "rotate",
                    Stage::Destroy => "destroy",
                };
                format!("revoke{each} {} by {by}", self.text(target.span))
            }
        }
    }

    fn member(&self, of: &Name, at: u8) -> Option<String> {
        Some(self.schema.enums.get(of)?.members.get(usize::from(at))?.name.to_string())
    }

    /// The next weaker outcome of its kind; a block is only told of.
    fn weaker(&self, kind: &OutcomeKind) -> Option<OutcomeKind> {
        let lower = |expr: &Expr| match &expr.kind {
            ExprKind::Const(Const::Enum(name, at)) => {
                let kind = ExprKind::Const(Const::Enum(name.clone(), at.checked_sub(1)?));
                Some(Expr { kind, ..expr.clone() })
            }
            _ => None,
        };
        Some(match kind {
            OutcomeKind::Alert { severity } => OutcomeKind::Alert { severity: lower(severity)? },
            OutcomeKind::Rank { tier, keys } => OutcomeKind::Rank { tier: lower(tier)?, keys: keys.clone() },
            OutcomeKind::Revoke { target, each, by } => {
                let by = match by {
                    Stage::Destroy => Stage::Rotate,
                    Stage::Rotate => Stage::Quarantine,
                    Stage::Quarantine => Stage::Stage,
                    Stage::Stage => return None,
                };
                OutcomeKind::Revoke { target: target.clone(), each: *each, by }
            }
            OutcomeKind::Block { target, .. } => {
                let name = Name::from(SEVERITY);
                let high = self.schema.enums.get(&name)?.index_of("high")?;
                let kind = ExprKind::Const(Const::Enum(name.clone(), high));
                let ty = Type::Enum(name);
                OutcomeKind::Alert { severity: Expr { kind, ty, optional: false, span: target.span } }
            }
        })
    }
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Whether `part` stands inside `whole`.
const fn inside(part: Span, whole: Span) -> bool {
    whole.start <= part.start && part.end <= whole.end
}

/// `<` as `<=`, and back.
const fn with_end(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Le,
        CompareOp::Le => CompareOp::Lt,
        CompareOp::Gt => CompareOp::Ge,
        CompareOp::Ge => CompareOp::Gt,
        same @ (CompareOp::Eq | CompareOp::Ne) => same,
    }
}

fn negate(expr: &mut Expr) {
    let inner = expr.clone();
    expr.kind = match inner.kind {
        ExprKind::Not(of) => of.kind,
        _ => ExprKind::Not(Box::new(inner)),
    };
}

/// A number one less or one more; a duration by the unit that it is written in.
fn moved(value: &Const, up: bool) -> Option<Const> {
    let step = |value: i64, by: i64| if up { value.checked_add(by) } else { value.checked_sub(by) };
    Some(match value {
        Const::Int(value) => Const::Int(step(*value, 1)?),
        Const::Uint(value) => Const::Uint(if up { value.checked_add(1)? } else { value.checked_sub(1)? }),
        Const::Double(value) => Const::Double(if up { value * 1.1 + 0.01 } else { value * 0.9 - 0.01 }),
        Const::Duration(value) => {
            let units = [DAY, HOUR, 60_000_000, 1_000_000, 1_000];
            let unit = units.into_iter().find(|unit| value.checked_rem(*unit) == Some(0)).unwrap_or(1);
            Const::Duration(step(*value, unit)?)
        }
        _ => return None,
    })
}

/// A number as it is written.
fn shown(value: &Const) -> Option<String> {
    Some(match value {
        Const::Int(value) => value.to_string(),
        Const::Uint(value) => format!("{value}u"),
        Const::Double(value) => value.to_string(),
        Const::Duration(value) => format_duration(*value),
        _ => return None,
    })
}
