//! Expressions: from trees to typed plans.
//!
//! Every method answers with `None` after it has reported why, so that one mistake is said once; the
//! parts of a broken expression are looked at all the same, so that every mistake is said.

pub(super) mod alive;
mod block;
mod calls;
mod declared;
mod evidence;
mod library;
mod macros;
mod methods;
mod names;
pub(super) mod narrow;
mod operators;
mod optionals;
mod sensitive;

use std::collections::BTreeMap;

use super::inline;
use super::items::constants::literal_const;
use super::scope::Checker;
use super::types::{assignable, join, of_const, settled};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Const, Expr, ExprKind, Slot, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Literal, UnaryOp};

/// The most nodes that one item's expressions may have after its `fn`s are put in place, however long it is.
pub(super) const MOST_NODES: usize = 100_000;
/// The nodes that any item may have, and those for every byte of its text: what a text grows to is bounded by
/// how long it is, or a file of short calls of long functions would fill any memory.
const FREE_NODES: usize = 1_000;
const NODES_A_BYTE: usize = 16;

/// The most nodes of an item with `text`.
pub(super) fn most_nodes(text: &str) -> usize {
    text.len().saturating_mul(NODES_A_BYTE).saturating_add(FREE_NODES).min(MOST_NODES)
}

/// The most members of a list as written.
const MOST_MEMBERS: usize = 10_000;

/// A checked `fn`: its arguments' slots, the number of slots that it uses, and its body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FnBody {
    pub(super) args: Vec<Slot>,
    pub(super) slots: u32,
    pub(super) body: Expr,
    /// The number of nodes of the body.
    pub(super) size: usize,
}

/// Whether one of them may not be there.
fn has_optional<'t>(mut trees: impl Iterator<Item = &'t Tree>) -> bool {
    trees.any(|tree| matches!(tree.kind, TreeKind::Optional(_)))
}

impl Checker<'_> {
    /// Checks an expression. `expected` guides literals; it is not enforced: see [`Checker::expect`].
    pub(super) fn expr(&mut self, tree: &Tree, expected: Option<&Type>) -> Option<Expr> {
        let expr = self.open_expr(tree, expected)?;
        Some(if self.is_cel() { Expr { ty: settled(expr.ty), ..expr } } else { expr })
    }

    /// The same, where what stands around it may still say what the elements of `[]` are.
    pub(super) fn open_expr(&mut self, tree: &Tree, expected: Option<&Type>) -> Option<Expr> {
        match &tree.kind {
            TreeKind::Literal(literal) => {
                // CEL's literals have the type that they are written in.
                let wanted = expected.filter(|_| !self.is_cel()).unwrap_or(&Type::Dyn);
                let value = literal_const(literal, wanted);
                Some(self.constant_expr(value, tree.span))
            }
            TreeKind::Name(name) => self.name(name, tree.span),
            TreeKind::Select(base, field) => self.select(tree, base, field),
            TreeKind::OptionalSelect(base, field) => self.optional_select(base, field, tree.span),
            TreeKind::Index(base, index) => match &index.kind {
                TreeKind::Optional(index) => self.optional_index(base, index, tree.span),
                _ => self.index(base, index, tree.span),
            },
            TreeKind::Optional(inner) => self.no_optionals(tree.span, inner.span, ""),
            TreeKind::Call(name, args) => self.call(name, args, tree.span),
            TreeKind::Method(base, name, args) => self.method(base, name, args, tree.span, expected),
            TreeKind::List(items) if self.is_cel() && has_optional(items.iter()) => {
                self.optional_list(items, tree.span)
            }
            TreeKind::Map(entries) if self.is_cel() && has_optional(entries.iter().map(|(key, _)| key)) => {
                self.optional_map(entries, tree.span)
            }
            TreeKind::List(items) => self.list(items, tree.span, expected),
            TreeKind::Map(entries) => self.map_literal(entries, tree.span),
            TreeKind::Struct(path, _) => {
                self.report(
                    Diagnostic::new(
                        Code::Syntax,
                        tree.span,
                        format!("`{}` cannot be made here", path.dotted()),
                    )
                    .label("no value")
                    .help("a fact is made in a test's `given` only; name the field that is meant"),
                );
                None
            }
            TreeKind::Unary(UnaryOp::Not, inner) => {
                let inner = self.condition(inner)?;
                Some(self.make(ExprKind::Not(Box::new(inner)), Type::Bool, false, tree.span))
            }
            TreeKind::Unary(UnaryOp::Neg, inner) => self.negation(inner, tree.span, expected),
            TreeKind::Binary(op, left, right) => self.binary(*op, left, right, tree.span, expected),
            TreeKind::Conditional(condition, yes, no) => {
                self.conditional(condition, yes, no, tree.span, expected)
            }
            TreeKind::Error => None,
        }
    }

    /// Checks an expression that must be a `bool` that is there.
    pub(super) fn condition(&mut self, tree: &Tree) -> Option<Expr> {
        let expr = self.expr(tree, Some(&Type::Bool))?;
        self.expect(expr, &Type::Bool, false)
    }

    /// The expression, if its type may stand where `ty` is needed.
    pub(super) fn expect(&mut self, expr: Expr, ty: &Type, optional: bool) -> Option<Expr> {
        if self.is_dynamic() {
            return Some(expr);
        }
        let null = expr.ty == Type::Null && optional;
        if !null && !assignable(&expr.ty, ty) {
            let text = format!("expected `{ty}`, found `{}`", expr.ty);
            let report =
                Diagnostic::new(Code::TypeMismatch, expr.span, text).label(format!("this is `{}`", expr.ty));
            self.report(match ty {
                Type::Bool if matches!(expr.ty, Type::List(_)) => {
                    report.help("ask `.size() > 0`, or `.exists(x, …)`")
                }
                _ => report,
            });
            return None;
        }
        if expr.optional && !optional {
            self.maybe_absent(expr.span, "is needed here");
            return None;
        }
        Some(expr)
    }

    /// Reports a value that may be absent where one that is there is needed.
    pub(super) fn maybe_absent(&mut self, span: Span, need: &str) {
        self.report(
            Diagnostic::new(Code::MaybeAbsent, span, format!("this may be absent, and a value {need}"))
                .label("may be `null`")
                .note("nothing can be computed from what is not there")
                .help("ask first (`x != null && …`, `x == null || …`, `has(x) && …`), or say what to take instead: `x.orValue(…)`; a `fn` may take it as `T?`"),
        );
    }

    /// A node, counted. A sensitive value does not come out of it as one that may be shown.
    pub(super) fn make(&mut self, kind: ExprKind, ty: Type, optional: bool, span: Span) -> Expr {
        self.nodes = self.nodes.saturating_add(1);
        if let Some(part) = sensitive::laundered(&kind, &ty) {
            self.diagnostics.push(sensitive::report(part, &ty));
        }
        Expr { kind, ty, optional, span }
    }

    /// Whether the item has grown over its limit.
    pub(super) const fn too_many_nodes(&self) -> bool {
        self.nodes > self.most_nodes
    }

    /// Whether the item stays within its limit with `more` nodes, which are counted; says once that it does not.
    pub(super) fn has_room(&mut self, more: usize, span: Span) -> bool {
        let before = self.too_many_nodes();
        self.nodes = self.nodes.saturating_add(more);
        if !before && self.too_many_nodes() {
            self.report_size(span);
        }
        !self.too_many_nodes()
    }

    fn report_size(&mut self, span: Span) {
        let text = format!("with everything in its place the item has more than {} parts", self.most_nodes);
        self.report(
            Diagnostic::new(Code::TooLarge, span, text)
                .label("goes over the limit")
                .note("a `fn` and a `let` of an instant stand for their whole text wherever they are named")
                .help("divide the item, or let what is named here say less"),
        );
    }

    /// Puts a `fn`'s body in the place of a call.
    pub(super) fn inlined(&mut self, function: &FnBody, args: Vec<Expr>, span: Span) -> Option<Expr> {
        // Not even copied where there is no room for it.
        if self.nodes.saturating_add(function.size) > self.most_nodes {
            self.has_room(function.size, span);
            return None;
        }
        let body = inline::call(self, function, args, span);
        if self.too_many_nodes() {
            self.report_size(span);
            return None;
        }
        Some(body)
    }

    pub(super) fn constant_expr(&mut self, value: Const, span: Span) -> Expr {
        let ty = of_const(&value);
        let optional = value == Const::Null;
        self.make(ExprKind::Const(value), ty, optional, span)
    }

    fn list(&mut self, items: &[Tree], span: Span, expected: Option<&Type>) -> Option<Expr> {
        let wanted = match expected {
            Some(Type::List(of)) if !self.is_cel() => Some((**of).clone()),
            _ => None,
        };
        if items.len() > MOST_MEMBERS {
            self.report(
                Diagnostic::new(Code::TooLarge, span, format!("a list of {} members", items.len()))
                    .label("too long")
                    .note(format!("a list as written has at most {MOST_MEMBERS} members"))
                    .help("make facts of them, and ask the facts"),
            );
            return None;
        }
        let mut of = wanted.clone();
        let mut out = Vec::new();
        let mut whole = true;
        for item in items {
            let Some(item) = self.open_expr(item, of.as_ref()) else {
                whole = false;
                continue;
            };
            match &of {
                None => of = Some(item.ty.clone()),
                Some(ty) if self.is_cel() => of = Some(join(ty, &item.ty).unwrap_or(Type::Dyn)),
                Some(ty) if assignable(&item.ty, ty) => {}
                // CEL's lists may be mixed.
                Some(_) if wanted.is_none() => of = Some(Type::Dyn),
                Some(ty) => {
                    let text = format!("expected `{ty}`, found `{}`", item.ty);
                    self.error(
                        Code::TypeMismatch,
                        item.span,
                        text,
                        "of another type than the list",
                        format!("give a `{ty}`"),
                    );
                    whole = false;
                    continue;
                }
            }
            out.push(item);
        }
        let ty = Type::List(Box::new(of.unwrap_or_else(|| self.nothing_said())));
        whole.then(|| self.make(ExprKind::List(out), ty, false, span))
    }

    fn map_literal(&mut self, entries: &[(Tree, Tree)], span: Span) -> Option<Expr> {
        let mut types: Option<(Type, Type)> = None;
        let mut out = Vec::new();
        // What arrives as data is an error only where it is evaluated.
        let mut whole = self.is_cel() || self.keys_differ(entries);
        for (key, value) in entries {
            let (Some(key), Some(value)) = (self.open_expr(key, None), self.open_expr(value, None)) else {
                whole = false;
                continue;
            };
            if !matches!(key.ty, Type::String | Type::Int | Type::Uint | Type::Bool | Type::Dyn)
                && !self.is_dynamic()
            {
                let text = format!("`{}` is no key of a map", key.ty);
                self.error(
                    Code::TypeMismatch,
                    key.span,
                    text,
                    "no key",
                    "give a `string`, `int`, `uint` or `bool`",
                );
                whole = false;
                continue;
            }
            types = Some(match types {
                None => (key.ty.clone(), value.ty.clone()),
                Some((keys, values)) if self.is_cel() => {
                    (join(&keys, &key.ty).unwrap_or(Type::Dyn), join(&values, &value.ty).unwrap_or(Type::Dyn))
                }
                Some((keys, values)) => (
                    if assignable(&key.ty, &keys) { keys } else { Type::Dyn },
                    if assignable(&value.ty, &values) { values } else { Type::Dyn },
                ),
            });
            out.push((key, value));
        }
        let (keys, values) = types.unwrap_or_else(|| (self.nothing_said(), self.nothing_said()));
        let ty = Type::Map(Box::new(keys), Box::new(values));
        whole.then(|| self.make(ExprKind::Map(out), ty, false, span))
    }

    /// Whether no literal key stands twice.
    fn keys_differ(&mut self, entries: &[(Tree, Tree)]) -> bool {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut differ = true;
        for (key, _) in entries {
            let text = match &key.kind {
                TreeKind::Literal(Literal::String(text)) => format!("\"{text}\""),
                TreeKind::Literal(Literal::Bool(truth)) => truth.to_string(),
                // 1 and 1u are one key.
                TreeKind::Literal(Literal::Int(number)) => number.to_string(),
                TreeKind::Literal(Literal::Uint(number)) => number.to_string(),
                _ => continue,
            };
            if let Some(before) = first.get(&text) {
                self.report(
                    Diagnostic::new(Code::Duplicate, key.span, format!("the key `{text}` stands twice"))
                        .label("again here")
                        .also(*before, "first here")
                        .help("keep one of them"),
                );
                differ = false;
            } else {
                first.insert(text, key.span);
            }
        }
        differ
    }

    /// The type of what an empty literal holds.
    pub(super) fn nothing_said(&self) -> Type {
        if self.is_cel() { Type::Never } else { Type::Dyn }
    }
}
