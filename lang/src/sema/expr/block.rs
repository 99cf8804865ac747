//! Names that nobody writes: `cel.block([…], e)` with `cel.index(i)`, and `cel.iterVar(d, i)`, in lone expressions.
//!
//! CEL's tools take common parts of an expression out and put them into such a block. Its values are names for
//! what stands behind them, each evaluated where it is asked for.

use super::super::scope::{Checker, Local, LocalKind};
use crate::diagnostic::{Code, Span};
use crate::plan::{Expr, ExprKind, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident, Literal};

/// The most values that a block may have: each of them is one level of the plan.
const MOST_VALUES: usize = 64;

impl Checker<'_> {
    /// `cel.block([a, b], e)`.
    pub(super) fn block(&mut self, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [Tree { kind: TreeKind::List(values), .. }, result] = args else {
            return self.wrong_args(name, "a list of values and an expression", "[1], cel.index(0) + 1");
        };
        if values.len() > MOST_VALUES {
            let text = format!("a block of {} values", values.len());
            self.error(Code::TooLarge, span, text, "too many", format!("name at most {MOST_VALUES}"));
            return None;
        }
        let before = self.locals.len();
        let mut named = Vec::with_capacity(values.len());
        for (at, tree) in values.iter().enumerate() {
            let value = self.expr(tree, None);
            let slot = self.fresh_slot();
            let (what, ty, optional) = match &value {
                Some(value) => (LocalKind::Slot(slot), value.ty.clone(), value.optional),
                None => (LocalKind::Broken, Type::Dyn, false),
            };
            self.locals.push(Local { name: format!("cel.index({at})"), what, ty, optional });
            named.push((slot, value));
        }
        let result = self.expr(result, None);
        self.locals.truncate(before);
        let mut body = result?;
        for (slot, value) in named.into_iter().rev() {
            let (ty, optional) = (body.ty.clone(), body.optional);
            let kind = ExprKind::Bind { slot, value: Box::new(value?), body: Box::new(body) };
            body = self.make(kind, ty, optional, span);
        }
        Some(body)
    }

    /// The name that a macro's variable is written as.
    pub(super) fn variable_name(&self, tree: &Tree) -> Option<String> {
        match &tree.kind {
            TreeKind::Name(name) => Some(name.clone()),
            TreeKind::Method(base, name, args) => self.synthetic(base, name, args),
            _ => None,
        }
    }

    /// The name that `cel.index(0)` and its kin stand for.
    pub(super) fn synthetic(&self, base: &Tree, name: &Ident, args: &[Tree]) -> Option<String> {
        let int = |tree: &Tree| match &tree.kind {
            TreeKind::Literal(Literal::Int(value)) => Some(*value),
            _ => None,
        };
        let is_space = matches!(&base.kind, TreeKind::Name(space) if space == "cel");
        if !self.is_cel() || !is_space {
            return None;
        }
        match (name.text.as_str(), args) {
            ("index", [at]) => Some(format!("cel.index({})", int(at)?)),
            ("iterVar" | "accuVar", [depth, at]) => {
                Some(format!("cel.{}({}, {})", name.text, int(depth)?, int(at)?))
            }
            _ => None,
        }
    }
}
