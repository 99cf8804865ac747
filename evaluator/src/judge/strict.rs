//! Lists in lone expressions: as in CEL, one of which a member is in error is in error as a whole.
//!
//! In a policy such a member is a possible one, and the rest of the list stays known. A lone expression means what
//! CEL says, and an error that only a further value would bring counts already: what is known stays known
//! whatever else is collected.

use assize_lang::plan::{ArithOp, CompareOp, Expr, ExprKind, Type};

use super::eval::{Eval, Evaluator, is_list};
use super::list::List;
use crate::value::{Cause, Causes};

impl<'a> Evaluator<'a> {
    /// The list, or one of which nothing is known where a part of it is in error, or may come to be.
    pub(super) fn strict(&self, expr: &'a Expr, list: List) -> List {
        let mut gaps: Vec<Causes> = Vec::new();
        let mut look = |eval: &Eval| {
            if !eval.possible.is_known() {
                gaps.push(eval.possible.causes.clone());
            }
        };
        look(&list.open);
        for member in list.members.iter().filter(|member| member.inside.possible.truth() != Some(false)) {
            look(&member.inside);
            look(&member.value);
        }
        if gaps.is_empty() {
            return list;
        }
        let causes = Causes::all(gaps);
        if in_error(&causes) || self.may_fail(expr) { List::nothing_known(causes) } else { list }
    }

    /// Whether some values of the variables make an error of it. Of what is not looked into: yes.
    fn may_fail(&self, expr: &Expr) -> bool {
        let any = |parts: &[&Expr]| parts.iter().any(|part| self.may_fail(part));
        match &expr.kind {
            ExprKind::Const(_) => false,
            ExprKind::Var(slot) => {
                !self.lone.is_some_and(|lone| lone.variables.iter().any(|(_, known)| known == slot))
            }
            ExprKind::List(items) => items.iter().any(|item| self.may_fail(item)),
            ExprKind::Compare(CompareOp::Eq | CompareOp::Ne, a, b) => any(&[a, b]),
            ExprKind::Arith(ArithOp::Add, a, b) if is_list(&a.ty) && is_list(&b.ty) => any(&[a, b]),
            ExprKind::Not(a) => a.ty != Type::Bool || any(&[a]),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                a.ty != Type::Bool || b.ty != Type::Bool || any(&[a, b])
            }
            _ => true,
        }
    }
}

fn in_error(causes: &Causes) -> bool {
    let mut found = false;
    causes.each(&mut |missing| found |= missing.cause == Cause::Error);
    found
}
