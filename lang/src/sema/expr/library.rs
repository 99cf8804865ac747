//! What CEL's extension libraries add, in lone expressions only: `cel.bind`, macros of two variables, `math.…`,
//! `strings.quote` and `format`.

use super::super::scope::{Checker, LocalKind};
use super::super::types::is_number;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Builtin, Const, Expr, ExprKind, Quantifier, Slot, Type, Window};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident};

impl Checker<'_> {
    /// A function or macro of a library; `None` where there is none of that name for that receiver.
    pub(super) fn library(
        &mut self,
        base: &Tree,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        if !self.is_cel() {
            return None;
        }
        if let Some(name) = self.synthetic(base, name, args) {
            return Some(self.name(&name, span));
        }
        if let TreeKind::Name(space) = &base.kind
            && self.local(space).is_none()
        {
            match (space.as_str(), name.text.as_str()) {
                ("cel", "bind") => return Some(self.bind_macro(name, args, span)),
                ("cel", "block") => return Some(self.block(name, args, span)),
                ("optional", _) => {
                    if let Some(found) = self.optional_function(name, args, span) {
                        return Some(found);
                    }
                }
                ("strings", "quote") => {
                    return Some(self.numeric(Builtin::Quote, &Type::String, name, args, span));
                }
                ("base64", "encode") => {
                    return Some(self.numeric(Builtin::Base64Encode, &Type::Bytes, name, args, span));
                }
                ("base64", "decode") => {
                    return Some(self.numeric(Builtin::Base64Decode, &Type::String, name, args, span));
                }
                ("math", "greatest") => return Some(self.extreme(Builtin::Greatest, name, args, span)),
                ("math", "least") => return Some(self.extreme(Builtin::Least, name, args, span)),
                ("math", function) => {
                    let full = format!("math.{function}");
                    let builtin = Builtin::ALL.iter().copied().find(|builtin| builtin.name() == full)?;
                    return Some(self.numeric(builtin, &Type::Dyn, name, args, span));
                }
                _ => {}
            }
        }
        match (name.text.as_str(), args) {
            ("format", [list]) => {
                let (receiver, list) = (self.expr(base, None), self.expr(list, None));
                let receiver = receiver.and_then(|receiver| self.expect(receiver, &Type::String, false));
                let wanted = Type::List(Box::new(Type::Dyn));
                let list = list.and_then(|list| self.expect(list, &wanted, false));
                Some(receiver.zip(list).map(|(receiver, list)| {
                    self.make(
                        ExprKind::Call(Builtin::Format, vec![receiver, list]),
                        Type::String,
                        false,
                        span,
                    )
                }))
            }
            ("exists" | "all" | "exists_one" | "existsOne", [first, second, body]) => {
                Some(self.two_variables(base, name, (first, second), (None, body), span))
            }
            ("transformList" | "transformMap" | "transformMapEntry", [first, second, body]) => {
                Some(self.two_variables(base, name, (first, second), (None, body), span))
            }
            ("transformList" | "transformMap" | "transformMapEntry", [first, second, condition, body]) => {
                Some(self.two_variables(base, name, (first, second), (Some(condition), body), span))
            }
            _ => None,
        }
    }

    /// `cel.bind(x, value, body)`.
    fn bind_macro(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let wrong = "a name, its value and an expression";
        let [variable, value, body] = args else {
            return self.wrong_args(name, wrong, "x, [1, 2], x.size()");
        };
        let (Some(named), place) = (self.variable_name(variable), variable.span) else {
            return self.wrong_args(name, wrong, "x, [1, 2], x.size()");
        };
        let value = self.expr(value, None);
        let slot = self.fresh_slot();
        let before = self.locals.len();
        let (ty, optional) =
            value.as_ref().map_or((Type::Dyn, false), |value| (value.ty.clone(), value.optional));
        self.bind(&named, place, LocalKind::Slot(slot), ty, optional);
        let body = self.expr(body, None);
        self.locals.truncate(before);
        let (value, body) = (value?, body?);
        let (ty, optional) = (body.ty.clone(), body.optional);
        let kind = ExprKind::Bind { slot, value: Box::new(value), body: Box::new(body) };
        Some(self.make(kind, ty, optional, span))
    }

    /// A function of numbers, or of `only` where that is a type.
    fn numeric(
        &mut self,
        builtin: Builtin,
        only: &Type,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Expr> {
        use Builtin as B;
        let pair = matches!(builtin, B::BitAnd | B::BitOr | B::BitXor | B::BitShiftLeft | B::BitShiftRight);
        if args.len() != if pair { 2 } else { 1 } {
            return self.wrong_args(name, if pair { "two values" } else { "one value" }, "x");
        }
        let args: Vec<Option<Expr>> = args.iter().map(|arg| self.expr(arg, None)).collect();
        let args: Vec<Expr> = args.into_iter().collect::<Option<_>>()?;
        let fits =
            |ty: &Type| *ty == Type::Dyn || if *only == Type::Dyn { is_number(ty) } else { ty == only };
        if let Some(bad) = args.iter().find(|arg| !fits(&arg.ty) || arg.optional)
            && !self.is_dynamic()
        {
            let text = format!("`{}` does not take `{}`", name.text, bad.ty);
            self.report(Diagnostic::new(Code::NoOverload, bad.span, text).label("of another type"));
            return None;
        }
        let ty = match builtin {
            B::Quote | B::Base64Encode => Type::String,
            B::Base64Decode => Type::Bytes,
            B::IsNan | B::IsInf | B::IsFinite => Type::Bool,
            B::Ceil | B::Floor | B::Round | B::Trunc | B::Sqrt => Type::Double,
            _ => args.first().map_or(Type::Dyn, |first| first.ty.clone()),
        };
        Some(self.make(ExprKind::Call(builtin, args), ty, false, span))
    }

    /// `math.greatest(…)`, `math.least(…)`: of numbers, or of a list of them.
    fn extreme(&mut self, builtin: Builtin, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let all: Vec<Option<Expr>> = args.iter().map(|arg| self.expr(arg, None)).collect();
        let all: Vec<Expr> = all.into_iter().collect::<Option<_>>()?;
        let alone = all.len() == 1;
        for arg in &all {
            let list = matches!(&arg.ty, Type::List(of) if is_number(of) || **of == Type::Dyn);
            let fits = is_number(&arg.ty) || arg.ty == Type::Dyn || (alone && list);
            if !fits && !self.is_dynamic() {
                let text = format!("`{}` does not take `{}`", name.text, arg.ty);
                self.error(Code::NoOverload, arg.span, text, "no number", "give numbers, or a list of them");
                return None;
            }
        }
        let mut rest = all.into_iter();
        let Some(first) = rest.next() else {
            return self.wrong_args(name, "numbers, or a list of them", "1, 2");
        };
        if alone {
            let list = matches!(first.ty, Type::List(_));
            let ty = match &first.ty {
                Type::List(of) => (**of).clone(),
                ty => ty.clone(),
            };
            let args = if list { vec![first] } else { vec![first.clone(), first] };
            return Some(self.make(ExprKind::Call(builtin, args), ty, false, span));
        }
        Some(rest.fold(first, |best, next| {
            let ty = if best.ty == next.ty { next.ty.clone() } else { Type::Dyn };
            self.make(ExprKind::Call(builtin, vec![best, next]), ty, false, span)
        }))
    }

    /// A macro over index and element of a list, or key and value of a map: one over their pairs.
    fn two_variables(
        &mut self,
        base: &Tree,
        name: &Ident,
        (first, second): (&Tree, &Tree),
        (condition, body): (Option<&Tree>, &Tree),
        span: Span,
    ) -> Option<Expr> {
        let receiver = self.expr(base, None)?;
        let (Some(one), Some(other)) = (self.variable_name(first), self.variable_name(second)) else {
            return self.wrong_args(name, "two names and expressions", "i, v, v > i");
        };
        let (keys, values) = match &receiver.ty {
            Type::List(of) => (Type::Int, (**of).clone()),
            Type::Map(keys, values) => ((**keys).clone(), (**values).clone()),
            Type::Dyn => (Type::Dyn, Type::Dyn),
            other => {
                let text = format!("`{}` does not take `{other}`", name.text);
                self.error(
                    Code::NoOverload,
                    receiver.span,
                    text,
                    "neither a list nor a map",
                    "give a list or a map",
                );
                return None;
            }
        };
        let pair = self.fresh_slot();
        let parts = [(self.fresh_slot(), keys.clone(), 0), (self.fresh_slot(), values, 1)];
        let before = self.locals.len();
        for ((slot, ty, _), (name, place)) in parts.iter().zip([(&one, first.span), (&other, second.span)]) {
            self.bind(name, place, LocalKind::Slot(*slot), ty.clone(), false);
        }
        let quantifier = match name.text.as_str() {
            "exists" => Some(Quantifier::Exists),
            "all" => Some(Quantifier::All),
            "exists_one" | "existsOne" => Some(Quantifier::ExistsOne),
            _ => None,
        };
        let condition = condition.map(|condition| self.condition(condition));
        let body = if quantifier.is_some() { self.condition(body) } else { self.expr(body, None) };
        self.locals.truncate(before);
        let body = body?;
        let of = body.ty.clone();
        let pairs = Type::List(Box::new(Type::List(Box::new(Type::Dyn))));
        let mut list =
            Box::new(self.make(ExprKind::Call(Builtin::Entries, vec![receiver]), pairs.clone(), false, span));
        if let Some(condition) = condition {
            let body = Box::new(self.apart(pair, &parts, condition?));
            let kind = ExprKind::Filter { list, slot: pair, body, window: Window::default() };
            list = Box::new(self.make(kind, pairs.clone(), false, span));
        }
        if let Some(quantifier) = quantifier {
            let body = Box::new(self.apart(pair, &parts, body));
            let kind = ExprKind::Quantified { quantifier, list, slot: pair, body, window: Window::default() };
            return Some(self.make(kind, Type::Bool, false, span));
        }
        if name.text == "transformList" {
            let body = Box::new(self.apart(pair, &parts, body));
            let kind = ExprKind::MapList { list, slot: pair, body };
            return Some(self.make(kind, Type::List(Box::new(of)), false, span));
        }
        if name.text == "transformMapEntry" {
            return self.merged(list, pair, &parts, body, span);
        }
        let key = self.part(pair, 0, keys.clone(), span);
        let entry = self.make(ExprKind::List(vec![key, body]), Type::List(Box::new(Type::Dyn)), false, span);
        let body = Box::new(self.apart(pair, &parts, entry));
        let list = self.make(ExprKind::MapList { list, slot: pair, body }, pairs, false, span);
        let ty = Type::Map(Box::new(keys), Box::new(of));
        Some(self.make(ExprKind::Call(Builtin::FromEntries, vec![list]), ty, false, span))
    }

    /// `transformMapEntry(k, v, {…})`: one map of all the maps.
    fn merged(
        &mut self,
        list: Box<Expr>,
        pair: Slot,
        parts: &[(Slot, Type, i64); 2],
        body: Expr,
        span: Span,
    ) -> Option<Expr> {
        let ty = match &body.ty {
            Type::Map(..) => body.ty.clone(),
            Type::Dyn => Type::Map(Box::new(Type::Dyn), Box::new(Type::Dyn)),
            other => {
                let text = format!("`transformMapEntry` makes entries of a map, not `{other}`");
                self.error(Code::NoOverload, body.span, text, "no map", "write them as `{key: value}`");
                return None;
            }
        };
        let body = Box::new(self.apart(pair, parts, body));
        let maps = Type::List(Box::new(ty.clone()));
        let list = self.make(ExprKind::MapList { list, slot: pair, body }, maps, false, span);
        Some(self.make(ExprKind::Call(Builtin::Merge, vec![list]), ty, false, span))
    }

    /// `body` with both parts of a pair named.
    fn apart(&mut self, pair: Slot, parts: &[(Slot, Type, i64); 2], body: Expr) -> Expr {
        parts.iter().fold(body, |body, (slot, ty, at)| {
            let (span, of, optional) = (body.span, body.ty.clone(), body.optional);
            let value = Box::new(self.part(pair, *at, ty.clone(), span));
            self.make(ExprKind::Bind { slot: *slot, value, body: Box::new(body) }, of, optional, span)
        })
    }

    fn part(&mut self, pair: Slot, at: i64, ty: Type, span: Span) -> Expr {
        let pair = self.make(ExprKind::Var(pair), Type::List(Box::new(Type::Dyn)), false, span);
        let at = self.make(ExprKind::Const(Const::Int(at)), Type::Int, false, span);
        self.make(ExprKind::Index(Box::new(pair), Box::new(at)), ty, false, span)
    }
}
