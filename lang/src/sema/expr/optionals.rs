//! CEL's optionals, in lone expressions: values that hold another or none.
//!
//! In policies a field may be absent by itself (`T?`), and none of this is needed. All but a few functions are
//! written in other terms: `a.or(b)` is `a` named, asked whether it holds a value, and chosen.

use super::super::scope::Checker;
use super::super::types::join;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Builtin, Expr, ExprKind, Slot, Type};
use crate::syntax::ast::{Expr as Tree, Ident};

impl Checker<'_> {
    /// `optional.of(x)` and its kin; `None` where there is no such function.
    pub(super) fn optional_function(
        &mut self,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        let (builtin, count) = match name.text.as_str() {
            "of" => (Builtin::OptionalOf, 1),
            "ofNonZeroValue" => (Builtin::OptionalOfNonZero, 1),
            "none" => (Builtin::OptionalNone, 0),
            _ => return None,
        };
        if args.len() != count {
            return Some(if count == 0 {
                self.wrong_args(name, "no arguments", "")
            } else {
                self.wrong_args(name, "one value", "x")
            });
        }
        let args: Option<Vec<Expr>> = args.iter().map(|arg| self.expr(arg, None)).collect();
        Some(args.map(|args| {
            let of = args.first().map_or(Type::Dyn, |arg| arg.ty.clone());
            self.make(ExprKind::Call(builtin, args), Type::Optional(Box::new(of)), false, span)
        }))
    }

    /// A method of an optional; `None` where it is none. What a `dyn` is shows when it is evaluated.
    pub(super) fn optional_method(
        &mut self,
        receiver: &Expr,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        const METHODS: [&str; 6] = ["hasValue", "value", "or", "orValue", "optMap", "optFlatMap"];
        if !self.is_cel() || !METHODS.contains(&name.text.as_str()) {
            return None;
        }
        let of = match &receiver.ty {
            Type::Optional(of) => (**of).clone(),
            Type::Dyn => Type::Dyn,
            _ => return None,
        };
        let receiver = receiver.clone();
        Some(match (name.text.as_str(), args) {
            ("hasValue", []) => Some(self.has_value(receiver, span)),
            ("value", []) => Some(self.held(receiver, of, span)),
            ("or", [other]) => self.or(receiver, &of, other, span),
            ("orValue", [other]) => self.or_held(receiver, &of, other, span),
            ("optMap", [variable, body]) => self.opt_map(receiver, &of, (variable, body), false, span),
            ("optFlatMap", [variable, body]) => self.opt_map(receiver, &of, (variable, body), true, span),
            ("or" | "orValue", _) => self.wrong_args(name, "what to take instead", "x"),
            ("optMap" | "optFlatMap", _) => self.wrong_args(name, "a name and an expression", "x, x + 1"),
            _ => self.wrong_args(name, "no arguments", ""),
        })
    }

    fn has_value(&mut self, of: Expr, span: Span) -> Expr {
        self.make(ExprKind::Call(Builtin::HasValue, vec![of]), Type::Bool, false, span)
    }

    fn held(&mut self, of: Expr, ty: Type, span: Span) -> Expr {
        self.make(ExprKind::Call(Builtin::OptionalValue, vec![of]), ty, false, span)
    }

    fn some(&mut self, of: Expr) -> Expr {
        let (ty, span) = (Type::Optional(Box::new(of.ty.clone())), of.span);
        self.make(ExprKind::Call(Builtin::OptionalOf, vec![of]), ty, false, span)
    }

    /// `optional` named, asked whether it holds a value, and one of the two taken.
    fn chosen(
        &mut self,
        optional: Expr,
        slot: Slot,
        then: Expr,
        otherwise: Expr,
        ty: Type,
        span: Span,
    ) -> Expr {
        let named = self.make(ExprKind::Var(slot), optional.ty.clone(), false, optional.span);
        let there = Box::new(self.has_value(named, optional.span));
        let absent = then.optional || otherwise.optional;
        let choice = ExprKind::Conditional(there, Box::new(then), Box::new(otherwise));
        let choice = self.make(choice, ty.clone(), absent, span);
        let kind = ExprKind::Bind { slot, value: Box::new(optional), body: Box::new(choice) };
        self.make(kind, ty, absent, span)
    }

    /// `a.or(b)`
    fn or(&mut self, optional: Expr, of: &Type, other: &Tree, span: Span) -> Option<Expr> {
        let other = self.expr(other, None)?;
        let wanted = Type::Optional(Box::new(of.clone()));
        let ty = match join(&wanted, &other.ty) {
            Some(ty) => ty,
            None if self.is_dynamic() => Type::Dyn,
            None => return self.not_alike(&wanted, &other),
        };
        let slot = self.fresh_slot();
        let then = self.make(ExprKind::Var(slot), optional.ty.clone(), false, optional.span);
        Some(self.chosen(optional, slot, then, other, ty, span))
    }

    /// `a.orValue(b)`
    fn or_held(&mut self, optional: Expr, of: &Type, other: &Tree, span: Span) -> Option<Expr> {
        let other = self.expr(other, None)?;
        let ty = match join(of, &other.ty) {
            Some(ty) => ty,
            None if self.is_dynamic() => Type::Dyn,
            None => return self.not_alike(of, &other),
        };
        let slot = self.fresh_slot();
        let named = self.make(ExprKind::Var(slot), optional.ty.clone(), false, optional.span);
        let then = self.held(named, of.clone(), span);
        Some(self.chosen(optional, slot, then, other, ty, span))
    }

    /// `a.optMap(x, e)`, and `a.optFlatMap(x, e)` whose `e` is an optional already.
    fn opt_map(
        &mut self,
        optional: Expr,
        of: &Type,
        (variable, body): (&Tree, &Tree),
        flat: bool,
        span: Span,
    ) -> Option<Expr> {
        let (inner, body) = self.with_variable(variable, of, |checker| checker.expr(body, None))?;
        let body = body?;
        let body = match &body.ty {
            _ if !flat => self.some(body),
            Type::Optional(_) | Type::Dyn => body,
            _ if self.is_dynamic() => body,
            other => {
                let text = format!("`optFlatMap` makes an optional, not `{other}`");
                self.error(Code::NoOverload, body.span, text, "write `optMap` for a value as it is");
                return None;
            }
        };
        let ty = body.ty.clone();
        let slot = self.fresh_slot();
        let named = self.make(ExprKind::Var(slot), optional.ty.clone(), false, optional.span);
        let value = Box::new(self.held(named, of.clone(), span));
        let then = ExprKind::Bind { slot: inner, value, body: Box::new(body) };
        let then = self.make(then, ty.clone(), false, span);
        let none = self.make(ExprKind::Call(Builtin::OptionalNone, Vec::new()), ty.clone(), false, span);
        Some(self.chosen(optional, slot, then, none, ty, span))
    }

    fn not_alike(&mut self, wanted: &Type, found: &Expr) -> Option<Expr> {
        let text = format!("expected `{wanted}`, found `{}`", found.ty);
        self.report(
            Diagnostic::new(Code::TypeMismatch, found.span, text).label(format!("this is `{}`", found.ty)),
        );
        None
    }
}
