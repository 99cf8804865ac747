//! Calls: `name(args)`.

use super::super::items::{functions, relations, tables};
use super::super::resolve::{self, Decl, DeclKind};
use super::super::scope::Checker;
use super::super::suggest;
use super::macros::LIST_METHODS;
use super::methods::HABITS;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::library::time;
use crate::plan::{Builtin, Expr, ExprKind, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident, Literal};

/// The functions that are no methods, for "did you mean".
const FUNCTIONS: &[&str] = &[
    "has",
    "unknown",
    "known",
    "conflict",
    "covered",
    "size",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "bool",
    "timestamp",
    "duration",
    "dyn",
];

impl<'db> Checker<'db> {
    /// `name(args)`.
    pub(super) fn call(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        if name.text != "has"
            && let Some(found) = self.declared_call(&name.text, args, span)
        {
            return found;
        }
        match name.text.as_str() {
            "has" => return self.has(name, args, span),
            "unknown" | "known" | "conflict" => return self.about_evidence(name, args, span),
            "covered" => return self.covered(name, args, span),
            // CEL's global form of a method.
            "size" | "matches" => {
                if let Some((receiver, rest)) = args.split_first() {
                    return self.method(receiver, name, rest, span, None);
                }
            }
            _ => {}
        }
        if let Some(conversion) = conversion(&name.text).filter(|found| self.has_function(*found)) {
            return self.convert(conversion, name, args, span);
        }
        let found =
            if self.is_cel() { Vec::new() } else { resolve::candidates(self.db, self.file, &name.text) };
        match found.as_slice() {
            [decl] if decl.kind == DeclKind::Fn => {
                let signature = functions::signature(self.db, decl.item).as_ref()?;
                self.fn_call(*decl, signature, None, args, name, span)
            }
            [decl] if decl.kind == DeclKind::Table => self.table_call(*decl, args, name, span),
            [decl] if decl.kind == DeclKind::Relation => self.related(*decl, args, name, span),
            _ => {
                for arg in args {
                    self.expr(arg, None);
                }
                if self.is_dynamic() {
                    return Some(self.nothing_known(span));
                }
                let report = self.unknown_function(name);
                self.report(report);
                None
            }
        }
    }

    /// Whether a function may be called here: types are values in lone expressions only.
    fn has_function(&self, function: Builtin) -> bool {
        self.is_cel() || function != Builtin::TypeOf
    }

    fn unknown_function(&self, name: &Ident) -> Diagnostic {
        let report =
            Diagnostic::new(Code::UnknownFunction, name.span, format!("no function `{}`", name.text))
                .label("not found");
        if LIST_METHODS.contains(&name.text.as_str())
            || Builtin::ALL
                .iter()
                .any(|builtin| builtin.is_method() && !lone_only(*builtin) && builtin.name() == name.text)
            || self.declared.iter().any(|function| function.name == name.text)
        {
            return report.help(format!("it is a method: write `x.{}(…)`", name.text));
        }
        if let Some((_, ours)) = HABITS.iter().find(|(habit, _)| *habit == name.text) {
            return report.help(format!("it is a method, and called `{ours}`: write `x.{ours}(…)`"));
        }
        let declared =
            resolve::visible(self.db, self.file, &[DeclKind::Fn, DeclKind::Table, DeclKind::Relation]);
        let hosts = self.declared.iter().map(|function| function.name.as_str());
        let known = FUNCTIONS.iter().copied().chain(declared.iter().map(String::as_str)).chain(hosts);
        match suggest::nearest(&name.text, known) {
            Some(near) => report.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                name.span,
                near.to_owned(),
            ),
            None => {
                let kinds = [DeclKind::Fn, DeclKind::Table, DeclKind::Relation];
                let found = resolve::unknown(
                    self.db,
                    self.file,
                    &name.text,
                    name.span,
                    &kinds,
                    Code::UnknownFunction,
                );
                Diagnostic { message: report.message, ..found }
            }
        }
    }

    /// A call of a `fn`: its body takes the call's place.
    pub(super) fn fn_call(
        &mut self,
        decl: Decl<'db>,
        signature: &functions::Signature,
        receiver: Option<Expr>,
        args: &[Tree],
        name: &Ident,
        span: Span,
    ) -> Option<Expr> {
        let given = args.len().saturating_add(usize::from(receiver.is_some()));
        if given != signature.args.len() {
            let text = format!("`{}` takes {} arguments, found {given}", name.text, signature.args.len());
            self.error(
                Code::WrongArguments,
                name.span,
                text,
                "wrong number of arguments",
                "give one value for each argument that it declares",
            );
            return None;
        }
        let mut all = Vec::with_capacity(given);
        let mut whole = true;
        let skip = usize::from(receiver.is_some());
        all.extend(receiver);
        for (arg, (_, ty, optional)) in args.iter().zip(signature.args.iter().skip(skip)) {
            let checked = self.expr(arg, Some(ty));
            match checked.and_then(|checked| self.expect(checked, ty, *optional)) {
                Some(checked) => all.push(checked),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        // A `fn` with errors has been reported where it stands.
        let body = functions::function(self.db, decl.item).value.clone()?;
        self.inlined(&body, all, span)
    }

    fn table_call(&mut self, decl: Decl<'db>, args: &[Tree], name: &Ident, span: Span) -> Option<Expr> {
        let table = tables::table(self.db, decl.item).value.clone()?;
        if args.len() != table.columns.len() {
            let text = format!(
                "table `{}` has {} columns, found {} arguments",
                name.text,
                table.columns.len(),
                args.len()
            );
            self.error(
                Code::WrongArguments,
                name.span,
                text,
                "one argument a column",
                "give one value for each column, in their order",
            );
            return None;
        }
        let mut all = Vec::new();
        let mut whole = true;
        for (arg, (_, ty)) in args.iter().zip(&table.columns) {
            let checked = self.expr(arg, Some(ty));
            match checked.and_then(|checked| self.expect(checked, ty, false)) {
                Some(checked) => all.push(checked),
                None => whole = false,
            }
        }
        whole.then(|| self.make(ExprKind::Table(table.name.clone(), all), table.result.clone(), false, span))
    }

    /// `relation(a, b)`: whether the relation holds of them. It does not of what is absent.
    fn related(&mut self, decl: Decl<'db>, args: &[Tree], name: &Ident, span: Span) -> Option<Expr> {
        let head = relations::head(self.db, decl.item).clone()?;
        if args.len() != head.columns.len() {
            let text = format!(
                "relation `{}` has {} columns, found {} arguments",
                name.text,
                head.columns.len(),
                args.len()
            );
            self.error(
                Code::WrongArguments,
                name.span,
                text,
                "one argument a column",
                "give one value for each column, in their order",
            );
            return None;
        }
        let mut all = Vec::new();
        let mut whole = true;
        for (arg, (_, ty)) in args.iter().zip(&head.columns) {
            let checked = self.expr(arg, Some(ty));
            match checked.and_then(|checked| self.expect(checked, ty, true)) {
                Some(checked) => all.push(checked),
                None => whole = false,
            }
        }
        whole.then(|| self.make(ExprKind::Related(head.name, all), Type::Bool, false, span))
    }

    /// Whether a literal text is a duration, where `duration("…")` has one.
    fn duration_text(&mut self, arg: &Tree, span: Span) -> bool {
        let TreeKind::Literal(Literal::String(text)) = &arg.kind else { return true };
        // What arrives as data is an error only where it is evaluated.
        if self.is_cel() || time::duration(text).is_some() {
            return true;
        }
        let report = Diagnostic::new(Code::BadLiteral, arg.span, format!("`{text}` is no duration of CEL's"))
            .label("in a text the units are h m s ms us ns");
        self.report(match crate::syntax::literal::duration(text) {
            Ok(_) => report.help(format!("write the literal `{text}`")).fix(
                format!("write `{text}`"),
                span,
                text.clone(),
            ),
            Err(_) => report.help("write a literal such as `90d` or `1h30m`, without quotes"),
        });
        false
    }

    /// `int(x)` and its kin.
    fn convert(&mut self, conversion: Builtin, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [arg] = args else {
            return self.wrong_args(name, "one value", "x");
        };
        if conversion == Builtin::ToDuration && !self.duration_text(arg, span) {
            return None;
        }
        let arg = self.expr(arg, None)?;
        let (sources, ty) = sources(conversion);
        let fits = sources.is_empty() || arg.ty == Type::Dyn || sources.contains(&arg.ty);
        if !fits && !self.is_dynamic() {
            let text = format!("`{}` does not take `{}`", name.text, arg.ty);
            let report = Diagnostic::new(Code::NoOverload, arg.span, text).label(format!("`{}`", arg.ty));
            self.report(match arg.ty {
                Type::Enum(_) => {
                    report.help("members of an enum are compared as they are, with `==` or by order")
                }
                Type::Sensitive(_) => {
                    report.help("a sensitive value is compared and counted, never converted")
                }
                _ => report,
            });
            return None;
        }
        let takes_null = matches!(conversion, Builtin::ToDyn | Builtin::TypeOf);
        if arg.optional && !takes_null && !self.is_dynamic() {
            self.maybe_absent(arg.span, "is converted here");
            return None;
        }
        let optional = arg.optional && conversion != Builtin::TypeOf;
        Some(self.make(ExprKind::Call(conversion, vec![arg]), ty, optional, span))
    }
}

/// Methods that policies do not have.
const fn lone_only(builtin: Builtin) -> bool {
    matches!(builtin, Builtin::Format | Builtin::HasValue | Builtin::OptionalValue)
}

fn conversion(name: &str) -> Option<Builtin> {
    Builtin::ALL.iter().copied().find(|builtin| !builtin.is_method() && builtin.name() == name)
}

/// What a conversion takes (everything where empty) and gives.
fn sources(conversion: Builtin) -> (&'static [Type], Type) {
    use Type::{Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};
    match conversion {
        Builtin::ToInt => (&[Int, Uint, Double, String, Timestamp], Int),
        Builtin::ToUint => (&[Int, Uint, Double, String], Uint),
        Builtin::ToDouble => (&[Int, Uint, Double, String], Double),
        Builtin::ToString => (&[Int, Uint, Double, String, Bytes, Bool, Timestamp, Duration], String),
        Builtin::ToBytes => (&[String, Bytes], Bytes),
        Builtin::ToBool => (&[Bool, String], Bool),
        Builtin::ToTimestamp => (&[Int, String, Timestamp], Timestamp),
        Builtin::ToDuration => (&[String, Duration], Duration),
        Builtin::TypeOf => (&[], Type::Type),
        _ => (&[], Type::Dyn),
    }
}
