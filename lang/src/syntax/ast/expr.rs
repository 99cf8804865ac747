//! Expressions, as written.

use super::{Ident, Path};
use crate::diagnostic::Span;

/// An expression with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of expression: CEL's, with our literals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A name.
    Name(String),
    /// `base.field`
    Select(Box<Expr>, Ident),
    /// `base.?field`, in lone expressions.
    OptionalSelect(Box<Expr>, Ident),
    /// `base[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `?e`: an index, an element or the key of an entry that may not be there; in lone expressions.
    Optional(Box<Expr>),
    /// `f(args)`
    Call(Ident, Vec<Expr>),
    /// `base.f(args)`
    Method(Box<Expr>, Ident, Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
    /// `Type { field: expr }`; in tests only.
    Struct(Path, Vec<(Ident, Expr)>),
    /// `!e`, `-e`
    Unary(UnaryOp, Box<Expr>),
    /// `a op b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// What could not be read; a diagnostic has said so.
    Error,
}

/// A literal's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1`, `0x1f`
    Int(i64),
    /// `1u`
    Uint(u64),
    /// `1.5`
    Double(f64),
    /// `"…"`, `'…'`, raw and triple-quoted
    String(String),
    /// `b"…"`
    Bytes(Vec<u8>),
    /// `90d`, `1h30m`: microseconds
    Duration(i64),
    /// `2026-06-01T00:00:00Z`: microseconds since 1970
    Timestamp(i64),
}

impl Eq for Literal {}

impl std::hash::Hash for Literal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) | Self::Duration(value) | Self::Timestamp(value) => value.hash(state),
            Self::Uint(value) => value.hash(state),
            Self::Double(value) => value.to_bits().hash(state),
            Self::String(value) => value.hash(state),
            Self::Bytes(value) => value.hash(state),
        }
    }
}

/// `!` and `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the operator that its name says")]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl BinaryOp {
    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
        }
    }
}
