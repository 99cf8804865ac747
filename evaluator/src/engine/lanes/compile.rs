//! From a policy's expressions to steps, each of which goes over many heads.
//!
//! What is said here of a head rests on values that are known and there. Where one is not, the head is set
//! aside, whatever else would have decided it: somebody else looks at it by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use assize_lang::plan::{ArithOp, Builtin, CompareOp, Const, Expr, ExprKind, Name, Slot, Type};

use crate::judge::children;
use crate::value::{Value, from_const};
use crate::world::{FieldId, Kind, Layout, TypeId};

/// The number of a step, and of what it comes to.
pub(super) type Place = usize;

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Shape {
    Bool,
    Enum,
    Int,
    Uint,
    Double,
    Time,
    Span,
    Text,
    Fact(TypeId),
}

impl Shape {
    fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Key | Kind::Text => Self::Text,
            Kind::Bool => Self::Bool,
            Kind::Enum => Self::Enum,
            Kind::Int => Self::Int,
            Kind::Uint => Self::Uint,
            Kind::Double => Self::Double,
            Kind::Time => Self::Time,
            Kind::Span => Self::Span,
            Kind::Fact(to) => Self::Fact(to),
            Kind::Facts(_) | Kind::Other => return None,
        })
    }

    const fn is_ordered(self) -> bool {
        !matches!(self, Self::Text | Self::Fact(_))
    }
}

/// A number for every head, or one for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Step(Place),
    Same(i64),
}

/// A condition on a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Texts {
    Compare(CompareOp, Arc<str>),
    In(Vec<Arc<str>>),
    Call(Builtin, Arc<str>),
}

/// What is done for all heads before the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// The heads.
    Heads,
    Read(Place, TypeId, FieldId),
    Arith(ArithOp, Shape, Operand, Operand),
    Compare(CompareOp, Shape, Operand, Operand),
    In(Operand, Box<[i64]>),
    Text(Operand, Texts),
    And(Operand, Operand),
    Or(Operand, Operand),
    Not(Operand),
    Select(Operand, Operand, Operand),
}

/// Steps in their order.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
}

impl Code {
    pub(super) const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Of(Operand, Shape),
    Text(Arc<str>),
    /// Known to be absent.
    Nothing,
}

/// Compiles the expressions of one policy into one piece of code.
pub(super) struct Compiler<'a> {
    pub(super) layout: &'a Layout,
    pub(super) params: &'a BTreeMap<Name, Value>,
    lets: Vec<&'a Expr>,
    head: (Slot, TypeId),
    /// Arguments of inlined functions.
    bound: BTreeMap<Slot, &'a Expr>,
    known: HashMap<Named, Option<Val>>,
    pub(super) code: Code,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Named {
    Let(u32),
    Slot(Slot),
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        layout: &'a Layout,
        params: &'a BTreeMap<Name, Value>,
        lets: Vec<&'a Expr>,
        head: (Slot, TypeId),
    ) -> Self {
        let (bound, known, code) = Default::default();
        Self { layout, params, lets, head, bound, known, code }
    }

    /// Notes what is named inside an expression, of which only a part may be compiled.
    pub(super) fn names(&mut self, expr: &'a Expr) {
        if let ExprKind::Bind { slot, value, .. } = &expr.kind {
            self.bound.insert(*slot, value);
        }
        children(expr, &mut |part| self.names(part));
    }

    /// That one holds, and another does or does not.
    pub(super) fn and(&mut self, a: Operand, b: Operand, wanted: bool) -> Operand {
        let b = if wanted { b } else { self.step(Step::Not(b)) };
        if a == Operand::Same(1) { b } else { self.step(Step::And(a, b)) }
    }

    fn step(&mut self, step: Step) -> Operand {
        let known = self.code.steps.iter().position(|known| *known == step);
        Operand::Step(known.unwrap_or_else(|| {
            self.code.steps.push(step);
            self.code.steps.len().saturating_sub(1)
        }))
    }

    /// A value; nothing where that is not for many heads at once.
    pub(super) fn value(&mut self, expr: &'a Expr) -> Option<Val> {
        match &expr.kind {
            ExprKind::Const(value) => constant(&from_const(value)),
            ExprKind::Param(name) => constant(self.params.get(name)?),
            ExprKind::Var(slot) if *slot == self.head.0 => {
                Some(Val::Of(self.step(Step::Heads), Shape::Fact(self.head.1)))
            }
            ExprKind::Var(slot) => self.named(Named::Slot(*slot)),
            ExprKind::Let(at) => self.named(Named::Let(*at)),
            ExprKind::Bind { slot, value, body } => {
                self.bound.insert(*slot, value);
                self.value(body)
            }
            ExprKind::Field(base, name) => {
                let Val::Of(Operand::Step(from), Shape::Fact(ty)) = self.value(base)? else { return None };
                let field = self.layout.field_id(ty, name.as_str())?;
                let shape = Shape::of(self.layout.kind(ty, field))?;
                Some(Val::Of(self.step(Step::Read(from, ty, field)), shape))
            }
            ExprKind::Conditional(condition, a, b) => {
                let condition = self.test(condition)?;
                let (Val::Of(a, shape), Val::Of(b, other)) = (self.value(a)?, self.value(b)?) else {
                    return None;
                };
                (shape == other).then(|| Val::Of(self.step(Step::Select(condition, a, b)), shape))
            }
            // Of what is known and there these are the value itself.
            ExprKind::OrValue(of, _) | ExprKind::Assume(of, _) | ExprKind::End(of, _) => {
                match self.value(of)? {
                    Val::Of(operand @ Operand::Step(_), shape) => Some(Val::Of(operand, shape)),
                    _ => None,
                }
            }
            ExprKind::Arith(op, a, b) => {
                let (Val::Of(a, left), Val::Of(b, right)) = (self.value(a)?, self.value(b)?) else {
                    return None;
                };
                let shape = match (op, left, right) {
                    (_, Shape::Int, Shape::Int) => Shape::Int,
                    (ArithOp::Add | ArithOp::Sub, Shape::Time, Shape::Span)
                    | (ArithOp::Add, Shape::Span, Shape::Time) => Shape::Time,
                    (ArithOp::Sub, Shape::Time, Shape::Time) => Shape::Span,
                    _ => return None,
                };
                Some(Val::Of(self.step(Step::Arith(*op, shape, a, b)), shape))
            }
            _ if expr.ty == Type::Bool => Some(Val::Of(self.test(expr)?, Shape::Bool)),
            _ => None,
        }
    }

    fn named(&mut self, name: Named) -> Option<Val> {
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        let expr = match name {
            Named::Let(at) => usize::try_from(at).ok().and_then(|at| self.lets.get(at).copied()),
            Named::Slot(slot) => self.bound.get(&slot).copied(),
        };
        let value = expr.and_then(|expr| self.value(expr));
        self.known.insert(name, value.clone());
        value
    }

    /// A condition.
    pub(super) fn test(&mut self, expr: &'a Expr) -> Option<Operand> {
        match &expr.kind {
            ExprKind::Not(of) => {
                let of = self.test(of)?;
                Some(self.step(Step::Not(of)))
            }
            ExprKind::And(a, b) => {
                let (a, b) = (self.test(a)?, self.test(b)?);
                Some(self.step(Step::And(a, b)))
            }
            ExprKind::Or(a, b) => {
                let (a, b) = (self.test(a)?, self.test(b)?);
                Some(self.step(Step::Or(a, b)))
            }
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                self.compare(*op, a, b)
            }
            ExprKind::In(a, b) => {
                let items = self.items(b)?;
                match self.value(a)? {
                    Val::Of(of, Shape::Text) => {
                        let texts = items.into_iter().map(|item| match item {
                            Val::Text(text) => Some(text),
                            _ => None,
                        });
                        let texts = texts.collect::<Option<Vec<_>>>()?;
                        Some(self.step(Step::Text(of, Texts::In(texts))))
                    }
                    Val::Of(of, shape) if shape != Shape::Double => {
                        let same = items.into_iter().map(|item| match item {
                            Val::Of(Operand::Same(number), other) if other == shape => Some(number),
                            _ => None,
                        });
                        let same = same.collect::<Option<Box<[i64]>>>()?;
                        Some(self.step(Step::In(of, same)))
                    }
                    _ => None,
                }
            }
            ExprKind::Has(of) | ExprKind::Known(of) => {
                self.there(of)?;
                Some(Operand::Same(1))
            }
            ExprKind::Unknown(of) => {
                self.there(of)?;
                Some(Operand::Same(0))
            }
            ExprKind::Call(function, arguments) => {
                let [text, pattern] = arguments.as_slice() else { return None };
                let (Val::Of(text, Shape::Text), Val::Text(pattern)) =
                    (self.value(text)?, self.value(pattern)?)
                else {
                    return None;
                };
                let fits = matches!(
                    function,
                    Builtin::StartsWith | Builtin::EndsWith | Builtin::Contains | Builtin::Glob
                );
                fits.then(|| self.step(Step::Text(text, Texts::Call(*function, pattern))))
            }
            ExprKind::Const(_)
            | ExprKind::Param(_)
            | ExprKind::Var(_)
            | ExprKind::Let(_)
            | ExprKind::Field(..)
            | ExprKind::Conditional(..)
            | ExprKind::OrValue(..)
            | ExprKind::Assume(..)
            | ExprKind::End(..) => match self.value(expr)? {
                Val::Of(of, Shape::Bool) => Some(of),
                _ => None,
            },
            ExprKind::Bind { slot, value, body } => {
                self.bound.insert(*slot, value);
                self.test(body)
            }
            _ => None,
        }
    }

    /// Looks at a value, so that heads of which it is not known or absent are set aside.
    fn there(&mut self, expr: &'a Expr) -> Option<()> {
        matches!(self.value(expr)?, Val::Of(Operand::Step(_), _)).then_some(())
    }

    fn compare(&mut self, op: CompareOp, a: Val, b: Val) -> Option<Operand> {
        let equality = match op {
            CompareOp::Eq => Some(0),
            CompareOp::Ne => Some(1),
            _ => None,
        };
        match (a, b) {
            (Val::Of(a, left), Val::Of(b, right)) => {
                let fits = left == right && (left.is_ordered() || equality.is_some());
                fits.then(|| self.step(Step::Compare(op, left, a, b)))
            }
            (Val::Of(of, Shape::Text), Val::Text(text)) => {
                Some(self.step(Step::Text(of, Texts::Compare(op, text))))
            }
            (Val::Text(text), Val::Of(of, Shape::Text)) => {
                Some(self.step(Step::Text(of, Texts::Compare(op.mirrored(), text))))
            }
            // What is there is not absent.
            (Val::Of(Operand::Step(_), _), Val::Nothing) | (Val::Nothing, Val::Of(Operand::Step(_), _)) => {
                equality.map(Operand::Same)
            }
            _ => None,
        }
    }

    fn items(&self, expr: &Expr) -> Option<Vec<Val>> {
        let listed = |value: &Value| match value {
            Value::List(items) => items.iter().map(constant).collect::<Option<Vec<Val>>>(),
            _ => None,
        };
        match &expr.kind {
            ExprKind::List(items) => {
                let item = |item: &Expr| match &item.kind {
                    ExprKind::Const(value) => constant(&from_const(value)),
                    ExprKind::Param(name) => constant(self.params.get(name)?),
                    _ => None,
                };
                items.iter().map(item).collect()
            }
            ExprKind::Const(value @ Const::List(_)) => listed(&from_const(value)),
            ExprKind::Param(name) => listed(self.params.get(name)?),
            _ => None,
        }
    }
}

fn constant(value: &Value) -> Option<Val> {
    let same = |number, shape| Some(Val::Of(Operand::Same(number), shape));
    match value {
        Value::Null => Some(Val::Nothing),
        Value::Bool(truth) => same(i64::from(*truth), Shape::Bool),
        Value::Enum(_, member) => same(i64::from(*member), Shape::Enum),
        Value::Int(number) => same(*number, Shape::Int),
        Value::Uint(number) => same(number.cast_signed(), Shape::Uint),
        Value::Double(number) => same(number.to_bits().cast_signed(), Shape::Double),
        Value::Timestamp(at) => same(*at, Shape::Time),
        Value::Duration(span) => same(*span, Shape::Span),
        Value::String(text) => Some(Val::Text(Arc::clone(text))),
        _ => None,
    }
}
