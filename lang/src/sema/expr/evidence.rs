//! Questions about evidence itself: `has`, `unknown`, `known`, `conflict`, `covered`.

use super::super::scope::Checker;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Expr, ExprKind, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident};

impl Checker<'_> {
    /// `has(a.b)`.
    pub(super) fn has(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [arg] = args else {
            return self.wrong_args(name, "one field", "s.expires_at");
        };
        if !matches!(arg.kind, TreeKind::Select(..)) {
            self.report(
                Diagnostic::new(Code::WrongArguments, arg.span, "`has` asks whether a field is there")
                    .label("not a field")
                    .help("write `has(x.field)`, or compare with `null`"),
            );
            return None;
        }
        let arg = self.expr(arg, None)?;
        if matches!(arg.ty, Type::List(_)) && matches!(arg.kind, ExprKind::Inverse(..)) {
            self.error(
                Code::WrongArguments,
                arg.span,
                "a list is always there",
                "may have no member, and is there",
                "ask `.size() > 0`",
            );
            return None;
        }
        Some(self.make(ExprKind::Has(Box::new(arg)), Type::Bool, false, span))
    }

    /// `unknown(e)`, `known(e)`, `conflict(e)`.
    pub(super) fn about_evidence(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [arg] = args else {
            return self.wrong_args(name, "one expression", "s.owner");
        };
        let arg = Box::new(self.expr(arg, None)?);
        let kind = match name.text.as_str() {
            "unknown" => ExprKind::Unknown(arg),
            "known" => ExprKind::Known(arg),
            _ => ExprKind::Conflict(arg),
        };
        Some(self.make(kind, Type::Bool, false, span))
    }

    /// `covered(list, from)`.
    pub(super) fn covered(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [list, from] = args else {
            return self.wrong_args(name, "a list and an instant", "w.executions, now - 24h");
        };
        let list = match self.all_facts(list) {
            Some(all) => Some(all),
            None => self.expr(list, None),
        };
        let from = self.expr(from, Some(&Type::Timestamp));
        let from = from.and_then(|from| self.expect(from, &Type::Timestamp, false));
        let (list, from) = (list?, from?);
        let watched = matches!(list.kind, ExprKind::Inverse(..) | ExprKind::All(_) | ExprKind::Filter { .. });
        if !watched || !matches!(&list.ty, Type::List(of) if matches!(**of, Type::Fact(_))) {
            self.report(
                Diagnostic::new(Code::NoOverload, list.span, "`covered` asks about a list of facts")
                    .label(format!("`{}`", list.ty))
                    .help("name the list itself, as in `covered(w.executions, now - 24h)`"),
            );
            return None;
        }
        Some(self.make(ExprKind::Covered(Box::new(list), Box::new(from)), Type::Bool, false, span))
    }
}
