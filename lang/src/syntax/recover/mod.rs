//! What the grammar rejects.

use super::ast::{Expr, ExprKind};
use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, Span};

/// The expression that should be all of the text at `span`.
pub(crate) fn lone_expr(context: &Context<'_>, span: Span) -> Expr {
    context.report(Diagnostic::new(Code::Syntax, span, "this is no expression"));
    Expr { kind: ExprKind::Error, span }
}
