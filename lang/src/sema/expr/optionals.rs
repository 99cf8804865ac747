//! CEL's optionals, in lone expressions: values that hold another or none.
//!
//! In policies a field may be absent by itself (`T?`), and none of this is needed. All but a few functions are
//! written in other terms: `a.or(b)` is `a` named, asked whether it holds a value, and chosen.

use super::super::scope::Checker;
use super::super::types::join;
use super::names::member_type;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Builtin, Const, Expr, ExprKind, Slot, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident};

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
        let args: Option<Vec<Expr>> = args.iter().map(|arg| self.open_expr(arg, None)).collect();
        Some(args.map(|args| {
            let of = args.first().map_or(Type::Never, |arg| arg.ty.clone());
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
            // In policies it is asked of anything that may be absent; CEL has it of optionals alone.
            other if name.text == "orValue" && !self.is_dynamic() => {
                let text = format!("`orValue` takes an optional, not `{other}`");
                self.error(Code::NoOverload, receiver.span, text, "always a value", "leave `orValue` out");
                return Some(None);
            }
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
                self.error(
                    Code::NoOverload,
                    body.span,
                    text,
                    "no optional",
                    "write `optMap` for a value as it is",
                );
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

    /// `base.?field`
    pub(super) fn optional_select(&mut self, base: &Tree, field: &Ident, span: Span) -> Option<Expr> {
        if !self.is_cel() {
            let mark = Span::new(base.span.end, field.span.start);
            // A field of a fact that is not there is absent by itself; a key of a map has to be asked for.
            let of_fact = matches!(self.expr(base, None)?.ty, Type::Fact(_));
            return self.no_optionals(span, mark, if of_fact { "." } else { "" });
        }
        let base = self.expr(base, None)?;
        let key = self.constant_expr(Const::String(field.text.clone()), field.span);
        self.optional_member(base, key, span)
    }

    /// `base[?index]`
    pub(super) fn optional_index(&mut self, base: &Tree, index: &Tree, span: Span) -> Option<Expr> {
        if !self.is_cel() {
            return self.no_optionals(span, index.span, "");
        }
        let (base, index) = (self.expr(base, None), self.expr(index, None));
        self.optional_member(base?, index?, span)
    }

    fn optional_member(&mut self, base: Expr, key: Expr, span: Span) -> Option<Expr> {
        let fits = matches!(base.ty, Type::Map(..) | Type::List(_) | Type::Dyn | Type::Optional(_));
        if !fits && !self.is_dynamic() {
            let text = format!("`{}` has no members", base.ty);
            self.error(Code::NoOverload, base.span, text, "neither a list nor a map", "leave the `?` out");
            return None;
        }
        let ty = Type::Optional(Box::new(member_type(&base.ty)));
        Some(self.make(ExprKind::Call(Builtin::OptionalSelect, vec![base, key]), ty, false, span))
    }

    /// `[?a, b]`: a list of optionals, and what they hold.
    pub(super) fn optional_list(&mut self, items: &[Tree], span: Span) -> Option<Expr> {
        let mut of: Option<Type> = None;
        let mut out = Vec::with_capacity(items.len());
        let mut whole = true;
        for item in items {
            let checked = match &item.kind {
                TreeKind::Optional(inner) => self.an_optional(inner),
                _ => self.expr(item, None).map(|item| self.some(item)),
            };
            let Some(checked) = checked else {
                whole = false;
                continue;
            };
            let held = held_type(&checked.ty);
            of = Some(match of {
                None => held,
                Some(ty) => join(&ty, &held).unwrap_or(Type::Dyn),
            });
            out.push(checked);
        }
        let ty = Type::List(Box::new(of.unwrap_or(Type::Dyn)));
        whole.then(|| self.present(out, ty, span))
    }

    /// `{?k: a, l: b}`: a list of optional pairs, and the map of what they hold.
    pub(super) fn optional_map(&mut self, entries: &[(Tree, Tree)], span: Span) -> Option<Expr> {
        let mut types: Option<(Type, Type)> = None;
        let mut out = Vec::with_capacity(entries.len());
        let mut whole = true;
        for (key, value) in entries {
            let (key, optional) = match &key.kind {
                TreeKind::Optional(key) => (&**key, true),
                _ => (key, false),
            };
            let key = self.expr(key, None);
            let value = if optional { self.an_optional(value) } else { self.expr(value, None) };
            let (Some(key), Some(value)) = (key, value) else {
                whole = false;
                continue;
            };
            let held = if optional { held_type(&value.ty) } else { value.ty.clone() };
            types = Some(match types {
                None => (key.ty.clone(), held),
                Some((keys, values)) => {
                    (join(&keys, &key.ty).unwrap_or(Type::Dyn), join(&values, &held).unwrap_or(Type::Dyn))
                }
            });
            out.push(if optional { self.optional_pair(key, value) } else { self.pair(key, value) });
        }
        let pairs = self.present(out, Type::List(Box::new(pair_type())), span);
        let (keys, values) = types.unwrap_or((Type::Dyn, Type::Dyn));
        let ty = Type::Map(Box::new(keys), Box::new(values));
        whole.then(|| self.make(ExprKind::Call(Builtin::FromEntries, vec![pairs]), ty, false, span))
    }

    /// An expression whose value must be an optional.
    fn an_optional(&mut self, tree: &Tree) -> Option<Expr> {
        let value = self.expr(tree, None)?;
        if !matches!(value.ty, Type::Optional(_) | Type::Dyn) && !self.is_dynamic() {
            let text = format!("expected an optional, found `{}`", value.ty);
            self.error(
                Code::TypeMismatch,
                value.span,
                text,
                "`?` stands before an optional",
                "leave the `?` out",
            );
            return None;
        }
        Some(value)
    }

    fn pair(&mut self, key: Expr, value: Expr) -> Expr {
        let span = key.span.to(value.span);
        let pair = self.make(ExprKind::List(vec![key, value]), pair_type(), false, span);
        self.some(pair)
    }

    fn optional_pair(&mut self, key: Expr, value: Expr) -> Expr {
        let (slot, span, held) = (self.fresh_slot(), value.span, held_type(&value.ty));
        let named = self.make(ExprKind::Var(slot), value.ty.clone(), false, span);
        let held = self.held(named, held, span);
        let pair = self.pair(key, held);
        let ty = pair.ty.clone();
        let none = self.make(ExprKind::Call(Builtin::OptionalNone, Vec::new()), ty.clone(), false, span);
        self.chosen(value, slot, pair, none, ty, span)
    }

    fn present(&mut self, items: Vec<Expr>, ty: Type, span: Span) -> Expr {
        let of = Type::List(Box::new(Type::Optional(Box::new(Type::Dyn))));
        let list = self.make(ExprKind::List(items), of, false, span);
        self.make(ExprKind::Call(Builtin::Present, vec![list]), ty, false, span)
    }

    /// Says that policies have no optionals. `ours` is what may stand in the place of `mark`, if anything.
    pub(super) fn no_optionals(&mut self, span: Span, mark: Span, ours: &str) -> Option<Expr> {
        let report = Diagnostic::new(Code::NearMiss, span, "CEL's optionals are for lone expressions")
            .label("not in a policy")
            .note("in a policy any field may be absent, and what is read through an absent one is absent");
        self.report(if ours.is_empty() {
            report.help("ask first: `key in m && …`, `has(m.key) ? m.key : …`, or `c ? [a] : []` for an element")
        } else {
            report
                .help("`.` is enough; `has(x.field)` asks whether it is there, `x.field.orValue(…)` says what else")
                .fix(format!("write `{ours}`"), mark, ours)
        });
        None
    }

    fn not_alike(&mut self, wanted: &Type, found: &Expr) -> Option<Expr> {
        let text = format!("expected `{wanted}`, found `{}`", found.ty);
        self.report(
            Diagnostic::new(Code::TypeMismatch, found.span, text).label(format!("this is `{}`", found.ty)),
        );
        None
    }
}

/// A key and a value.
fn pair_type() -> Type {
    Type::List(Box::new(Type::Dyn))
}

/// The type of what an optional holds.
fn held_type(ty: &Type) -> Type {
    match ty {
        Type::Optional(of) => (**of).clone(),
        _ => Type::Dyn,
    }
}
