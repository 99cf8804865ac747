//! Methods: `base.name(args)`.

use super::super::items::{enums, functions};
use super::super::resolve::{self, DeclKind};
use super::super::scope::Checker;
use super::super::suggest;
use super::super::types::assignable;
use super::macros::LIST_METHODS;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::library::pattern::{Pattern, PatternError};
use crate::library::time;
use crate::plan::{Builtin, Const, Expr, ExprKind, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident, Literal};

impl Checker<'_> {
    /// `base.name(args)`.
    pub(super) fn method(
        &mut self,
        base: &Tree,
        name: &Ident,
        args: &[Tree],
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        if let Some(found) = self.library(base, name, args, span) {
            return found;
        }
        if let Some(space) = super::narrow::path(base).filter(|space| self.local(space).is_none())
            && let Some(found) = self.declared_call(&format!("{space}.{}", name.text), args, span)
        {
            return found;
        }
        let receiver = match self.all_facts(base) {
            Some(all) => Some(all),
            None => self.expr(base, if name.text == "orValue" { expected } else { None }),
        };
        let Some(receiver) = receiver else {
            // What can be said of the arguments without knowing the receiver is little: names that a
            // macro binds would all be reported as unknown.
            if !LIST_METHODS.contains(&name.text.as_str()) {
                for arg in args {
                    self.expr(arg, None);
                }
            }
            return None;
        };
        const MACROS: [&str; 6] = ["exists", "all", "exists_one", "existsOne", "filter", "map"];
        if !MACROS.contains(&name.text.as_str())
            && let Some(found) = self.declared_method(&receiver, name, args, span)
        {
            return found;
        }
        if let Type::List(of) = receiver.ty.clone()
            && let Some(found) = self.list_method(&receiver, &of, name, args, span)
        {
            return found;
        }
        // Over a map, CEL's macros range over its keys.
        if let Type::Map(keys, _) = receiver.ty.clone()
            && MACROS.contains(&name.text.as_str())
            && let Some(found) = self.list_method(&receiver, &keys, name, args, span)
        {
            return found;
        }
        if let Type::Dyn = receiver.ty
            && MACROS.contains(&name.text.as_str())
            && let Some(found) = self.list_method(&receiver, &Type::Dyn, name, args, span)
        {
            return found;
        }
        if let Some(found) = self.optional_method(&receiver, name, args, span) {
            return found;
        }
        match name.text.as_str() {
            "orValue" | "assume" => return self.default_for(receiver, name, args, span),
            "shift" => return self.shift(receiver, name, args, span),
            "worst" | "best" => return self.end(receiver, name, args, span),
            _ => {}
        }
        if let Some(found) = self.fn_method(&receiver, name, args, span) {
            return found;
        }
        self.builtin_method(receiver, name, args, span)
    }

    /// A `fn` whose first parameter takes the receiver.
    fn fn_method(
        &mut self,
        receiver: &Expr,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        if self.is_cel() {
            return None;
        }
        let found = resolve::candidates(self.db, self.file, &name.text);
        let [decl] = found.as_slice() else { return None };
        if decl.kind != DeclKind::Fn {
            return None;
        }
        let signature = functions::signature(self.db, decl.item).as_ref()?;
        let (_, first, optional) = signature.args.first()?;
        if !assignable(&receiver.ty, first) {
            return None;
        }
        if receiver.optional && !optional {
            self.maybe_absent(receiver.span, "is needed here");
            return Some(None);
        }
        Some(self.fn_call(*decl, signature, Some(receiver.clone()), args, name, span))
    }

    /// A method of CEL's library.
    fn builtin_method(&mut self, receiver: Expr, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let Some((builtin, overloads, ty)) = overloads(&receiver.ty, &name.text) else {
            for arg in args {
                self.expr(arg, None);
            }
            if self.is_dynamic() {
                return Some(self.nothing_known(span));
            }
            let report = self.unknown_method(&receiver, name);
            self.report(report);
            return None;
        };
        let Some(wanted) = overloads.iter().find(|wanted| wanted.len() == args.len()) else {
            if self.is_dynamic() {
                return Some(self.nothing_known(span));
            }
            let counts: Vec<String> = overloads.iter().map(|wanted| wanted.len().to_string()).collect();
            let text =
                format!("`{}` takes {} arguments, found {}", name.text, counts.join(" or "), args.len());
            self.error(
                Code::WrongArguments,
                name.span,
                text,
                "wrong number of arguments",
                "give the arguments that it takes",
            );
            return None;
        };
        let mut whole = true;
        if receiver.optional && !self.is_dynamic() {
            self.maybe_absent(receiver.span, "is needed here");
            whole = false;
        }
        let mut all = vec![receiver];
        for (arg, wanted) in args.iter().zip(*wanted) {
            let checked = self.expr(arg, Some(wanted));
            match checked.and_then(|checked| self.expect(checked, wanted, false)) {
                Some(checked) => all.push(checked),
                None => whole = false,
            }
        }
        if builtin == Builtin::Matches {
            whole = self.regex(args) && whole;
        } else if matches!(all.first(), Some(Expr { ty: Type::Timestamp, .. })) {
            whole = self.zone(args) && whole;
        }
        whole.then(|| self.make(ExprKind::Call(builtin, all), ty, false, span))
    }

    /// Whether a literal pattern is a regular expression that can be run in linear time.
    fn regex(&mut self, args: &[Tree]) -> bool {
        let [Tree { kind: TreeKind::Literal(Literal::String(pattern)), span }] = args else { return true };
        match Pattern::new(pattern) {
            Ok(_) => true,
            Err(error @ PatternError::TooLarge(_)) => {
                self.report(
                    Diagnostic::new(Code::TooLarge, *span, "a regular expression over its limit")
                        .label("this pattern")
                        .note(error.to_string())
                        .help("repeat less, or ask for the parts one by one"),
                );
                false
            }
            Err(error) => {
                let reason = error.to_string();
                self.report(
                    Diagnostic::new(Code::BadRegex, *span, "not a regular expression in RE2's syntax")
                        .label("this pattern")
                        .note(reason)
                        .help("RE2 has no look-around and no back-references; for `*` and `?` alone use `.glob(…)`"),
                );
                false
            }
        }
    }

    /// Whether a literal time zone is one.
    fn zone(&mut self, args: &[Tree]) -> bool {
        let [Tree { kind: TreeKind::Literal(Literal::String(zone)), span }] = args else { return true };
        // What arrives as data is an error only where it is evaluated.
        if self.is_cel() || time::zone(zone).is_some() {
            return true;
        }
        let report = Diagnostic::new(Code::BadLiteral, *span, format!("`{zone}` is no time zone"))
            .label("neither `UTC`, nor an offset, nor a name of the IANA time zone database");
        let names = time::zones();
        let place = |name: &str| name.rsplit('/').next().map(str::to_lowercase);
        let near = names
            .iter()
            .map(String::as_str)
            .find(|name| name.contains('/') && place(name) == place(zone))
            .or_else(|| suggest::nearest(zone, names.iter().map(String::as_str)));
        self.report(match near {
            Some(near) => report.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                *span,
                format!("\"{near}\""),
            ),
            None => report.help("write a name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`"),
        });
        false
    }

    /// `e.orValue(d)` and `e.assume(d)`.
    fn default_for(&mut self, value: Expr, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [default] = args else {
            return self.wrong_args(name, "the value to take instead", "0s");
        };
        let wanted = value.ty.clone();
        let checked = self.expr(default, Some(&wanted));
        let default = checked
            .and_then(|checked| self.expect(checked, &wanted, name.text == "assume" && value.optional))?;
        let (optional, default) = (value.optional, Box::new(default));
        Some(if name.text == "orValue" {
            let optional = default.optional;
            self.make(ExprKind::OrValue(Box::new(value), default), wanted, optional, span)
        } else {
            self.make(ExprKind::Assume(Box::new(value), default), wanted, optional, span)
        })
    }

    /// `tier.shift([up…], [down…], at most up, at most down)`.
    fn shift(&mut self, base: Expr, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        if !self.is_ordered_enum(&base.ty) {
            let text = format!("`shift` moves a member of an ordered enum, not `{}`", base.ty);
            self.error(
                Code::NoOverload,
                base.span,
                text,
                "has no order to move along",
                "declare the enum with `<` between its members",
            );
            return None;
        }
        let [up, down, max_up, max_down] = args else {
            return self.wrong_args(
                name,
                "the moves up, the moves down, and at most how many of each",
                "[a, b], [c], 2, 1",
            );
        };
        let up = self.moves(up);
        let down = self.moves(down);
        let max_up = self.at_most(max_up);
        let max_down = self.at_most(max_down);
        let ty = base.ty.clone();
        let kind = ExprKind::Shift {
            base: Box::new(base),
            up: up?,
            down: down?,
            max_up: max_up?,
            max_down: max_down?,
        };
        Some(self.make(kind, ty, false, span))
    }

    fn moves(&mut self, tree: &Tree) -> Option<Vec<Expr>> {
        let TreeKind::List(items) = &tree.kind else {
            self.error(
                Code::WrongArguments,
                tree.span,
                "expected a list of conditions",
                "no list",
                "write them in brackets: `[a, b]`",
            );
            return None;
        };
        let conditions: Vec<Option<Expr>> = items.iter().map(|item| self.condition(item)).collect();
        conditions.into_iter().collect()
    }

    fn at_most(&mut self, tree: &Tree) -> Option<u8> {
        match self.expr(tree, Some(&Type::Int))?.kind {
            ExprKind::Const(Const::Int(count)) if (0..=64).contains(&count) => u8::try_from(count).ok(),
            _ => {
                self.error(
                    Code::NotConstant,
                    tree.span,
                    "expected a number from 0 to 64",
                    "how many moves at most",
                    "write a number such as `2`",
                );
                None
            }
        }
    }

    /// `e.worst()` and `e.best()`.
    fn end(&mut self, value: Expr, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        if !args.is_empty() {
            return self.wrong_args(name, "no arguments", "");
        }
        if !self.is_ordered_enum(&value.ty) {
            let text = format!("`{}` takes a member of an ordered enum, not `{}`", name.text, value.ty);
            self.error(
                Code::NoOverload,
                value.span,
                text,
                "has no ends",
                "declare the enum with `<` between its members",
            );
            return None;
        }
        let (ty, optional) = (value.ty.clone(), value.optional);
        Some(self.make(ExprKind::End(Box::new(value), name.text == "worst"), ty, optional, span))
    }

    pub(super) fn is_ordered_enum(&self, ty: &Type) -> bool {
        matches!(ty, Type::Enum(name) if enums::by_name(self.db, name).is_some_and(|of| of.ordered))
    }

    fn unknown_method(&self, receiver: &Expr, name: &Ident) -> Diagnostic {
        let text = format!("`{}` has no method `{}`", receiver.ty, name.text);
        let report = Diagnostic::new(Code::UnknownFunction, name.span, text).label("not found");
        let mut known: Vec<&str> = match &receiver.ty {
            Type::List(_) => LIST_METHODS.to_vec(),
            ty => Builtin::ALL
                .iter()
                .map(|builtin| builtin.name())
                .filter(|name| overloads(ty, name).is_some())
                .collect(),
        };
        let functions = resolve::visible(self.db, self.file, &[DeclKind::Fn]);
        known.extend(functions.iter().map(String::as_str));
        let habit = HABITS.iter().find(|(habit, _)| *habit == name.text).map(|(_, ours)| *ours);
        match habit.or_else(|| suggest::nearest(&name.text, known.iter().copied())) {
            Some(near) => report.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                name.span,
                near.to_owned(),
            ),
            None => report,
        }
    }
}

/// What other languages call our methods.
pub(super) const HABITS: &[(&str, &str)] = &[
    ("length", "size"),
    ("len", "size"),
    ("count", "size"),
    ("any", "exists"),
    ("some", "exists"),
    ("every", "all"),
    ("includes", "contains"),
    ("lower", "lowerAscii"),
    ("upper", "upperAscii"),
    ("toLowerCase", "lowerAscii"),
    ("toUpperCase", "upperAscii"),
    ("starts_with", "startsWith"),
    ("ends_with", "endsWith"),
    ("regex_match", "matches"),
    ("unique", "distinct"),
    ("last", "latest"),
    ("first", "earliest"),
];

type Overloads = (Builtin, &'static [&'static [Type]], Type);

/// The method `name` of a `receiver`: the argument lists that it takes, and the type of its value.
fn overloads(receiver: &Type, name: &str) -> Option<Overloads> {
    use Builtin as B;
    const NONE: &[&[Type]] = &[&[]];
    const TEXT: &[&[Type]] = &[&[Type::String]];
    const INDEX: &[&[Type]] = &[&[Type::Int]];
    const TEXT_FROM: &[&[Type]] = &[&[Type::String], &[Type::String, Type::Int]];
    const ZONE: &[&[Type]] = &[&[], &[Type::String]];
    let strings = || Type::List(Box::new(Type::String));
    Some(match receiver {
        Type::String => match name {
            "contains" => (B::Contains, TEXT, Type::Bool),
            "startsWith" => (B::StartsWith, TEXT, Type::Bool),
            "endsWith" => (B::EndsWith, TEXT, Type::Bool),
            "matches" => (B::Matches, TEXT, Type::Bool),
            "glob" => (B::Glob, TEXT, Type::Bool),
            "lowerAscii" => (B::LowerAscii, NONE, Type::String),
            "upperAscii" => (B::UpperAscii, NONE, Type::String),
            "trim" => (B::Trim, NONE, Type::String),
            "size" => (B::Size, NONE, Type::Int),
            "split" => (B::Split, TEXT_FROM, strings()),
            "replace" => (
                B::Replace,
                &[&[Type::String, Type::String], &[Type::String, Type::String, Type::Int]],
                Type::String,
            ),
            "substring" => (B::Substring, &[&[Type::Int], &[Type::Int, Type::Int]], Type::String),
            "charAt" => (B::CharAt, INDEX, Type::String),
            "indexOf" => (B::IndexOf, TEXT_FROM, Type::Int),
            "lastIndexOf" => (B::LastIndexOf, TEXT_FROM, Type::Int),
            _ => return None,
        },
        Type::Bytes | Type::Map(..) if name == "size" => (B::Size, NONE, Type::Int),
        Type::Sensitive(of) if **of == Type::String && name == "size" => (B::Size, NONE, Type::Int),
        Type::List(of) if matches!(**of, Type::String | Type::Dyn) && name == "join" => {
            (B::Join, &[&[], &[Type::String]], Type::String)
        }
        Type::Timestamp => {
            let builtin = match name {
                "getFullYear" => B::GetFullYear,
                "getMonth" => B::GetMonth,
                "getDate" => B::GetDate,
                "getDayOfMonth" => B::GetDayOfMonth,
                "getDayOfWeek" => B::GetDayOfWeek,
                "getDayOfYear" => B::GetDayOfYear,
                "getHours" => B::GetHours,
                "getMinutes" => B::GetMinutes,
                "getSeconds" => B::GetSeconds,
                "getMilliseconds" => B::GetMilliseconds,
                _ => return None,
            };
            (builtin, ZONE, Type::Int)
        }
        Type::Duration => {
            let builtin = match name {
                "getHours" => B::GetHours,
                "getMinutes" => B::GetMinutes,
                "getSeconds" => B::GetSeconds,
                "getMilliseconds" => B::GetMilliseconds,
                _ => return None,
            };
            (builtin, NONE, Type::Int)
        }
        // What a `dyn` turns out to be is asked when it is evaluated.
        Type::Dyn => [Type::String, Type::Timestamp, strings(), Type::Bytes]
            .iter()
            .find_map(|concrete| overloads(concrete, name))?,
        _ => return None,
    })
}
