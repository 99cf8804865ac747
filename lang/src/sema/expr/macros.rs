//! Macros and functions of lists.

use super::super::items::facts;
use super::super::scope::{Checker, LocalKind};
use super::super::types::is_number;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Expr, ExprKind, FactKind, ListFn, Quantifier, Slot, Type, Window};
use crate::syntax::ast::{Expr as Tree, Ident};

/// The macros and functions of lists, for "did you mean".
pub(super) const LIST_METHODS: &[&str] = &[
    "exists",
    "all",
    "exists_one",
    "filter",
    "map",
    "size",
    "sum",
    "min",
    "max",
    "distinct",
    "latest",
    "earliest",
    "peak",
    "join",
];

impl Checker<'_> {
    /// A method of a list; `None` inside where it has no such method.
    pub(super) fn list_method(
        &mut self,
        list: &Expr,
        of: &Type,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        let quantifier = match name.text.as_str() {
            "exists" => Some(Quantifier::Exists),
            "all" => Some(Quantifier::All),
            "exists_one" | "existsOne" => Some(Quantifier::ExistsOne),
            _ => None,
        };
        if let Some(quantifier) = quantifier {
            return Some(self.quantified(quantifier, list, of, name, args, span));
        }
        Some(match name.text.as_str() {
            "filter" => self.filter(list, of, name, args, span),
            "map" => self.map_list(list, of, name, args, span),
            "peak" => self.peak(list, of, name, args, span),
            "size" => self.list_fn(ListFn::Size, list, of, name, args, span),
            "sum" => self.list_fn(ListFn::Sum, list, of, name, args, span),
            "min" => self.list_fn(ListFn::Min, list, of, name, args, span),
            "max" => self.list_fn(ListFn::Max, list, of, name, args, span),
            "distinct" => self.list_fn(ListFn::Distinct, list, of, name, args, span),
            "latest" => self.list_fn(ListFn::Latest, list, of, name, args, span),
            "earliest" => self.list_fn(ListFn::Earliest, list, of, name, args, span),
            _ => return None,
        })
    }

    /// Binds the variable of a macro for its body.
    pub(super) fn with_variable<T>(
        &mut self,
        variable: &Tree,
        of: &Type,
        body: impl FnOnce(&mut Self) -> T,
    ) -> Option<(Slot, T)> {
        let Some(name) = self.variable_name(variable) else {
            self.error(
                Code::WrongArguments,
                variable.span,
                "expected a name for the element",
                "not a name",
                "name the element first: `.exists(x, …)`",
            );
            return None;
        };
        let before = self.locals.len();
        let slot = self.fresh_slot();
        self.bind(&name, variable.span, LocalKind::Slot(slot), of.clone(), false);
        let out = body(self);
        self.locals.truncate(before);
        Some((slot, out))
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        list: &Expr,
        of: &Type,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Expr> {
        let [variable, body] = args else {
            return self.wrong_args(name, "an element's name and a condition", "x, x.at > now - 1d");
        };
        let (slot, body) = self.with_variable(variable, of, |checker| checker.condition(body))?;
        let kind = ExprKind::Quantified {
            quantifier,
            list: Box::new(list.clone()),
            slot,
            body: Box::new(body?),
            window: Window::default(),
        };
        Some(self.make(kind, Type::Bool, false, span))
    }

    fn filter(&mut self, list: &Expr, of: &Type, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let [variable, body] = args else {
            return self.wrong_args(name, "an element's name and a condition", "x, x.at > now - 1d");
        };
        let (slot, body) = self.with_variable(variable, of, |checker| checker.condition(body))?;
        let kind = ExprKind::Filter {
            list: Box::new(list.clone()),
            slot,
            body: Box::new(body?),
            window: Window::default(),
        };
        let ty = match &list.ty {
            Type::Map(keys, _) => Type::List(keys.clone()),
            ty => ty.clone(),
        };
        Some(self.make(kind, ty, false, span))
    }

    fn map_list(&mut self, list: &Expr, of: &Type, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        let (list, variable, body) = match args {
            [variable, body] => (list.clone(), variable, body),
            // CEL's second form: the condition comes first.
            [variable, condition, body] => {
                let filter = Ident { text: "filter".to_owned(), span: name.span };
                let filtered =
                    self.filter(list, of, &filter, &[variable.clone(), condition.clone()], span)?;
                (filtered, variable, body)
            }
            _ => return self.wrong_args(name, "an element's name and an expression", "x, x.id"),
        };
        let (slot, body) = self.with_variable(variable, of, |checker| checker.expr(body, None))?;
        let body = body?;
        let ty = Type::List(Box::new(body.ty.clone()));
        let kind = ExprKind::MapList { list: Box::new(list), slot, body: Box::new(body) };
        Some(self.make(kind, ty, false, span))
    }

    fn peak(&mut self, list: &Expr, of: &Type, name: &Ident, args: &[Tree], span: Span) -> Option<Expr> {
        if !self.is_event(of) {
            return self.needs_events(list, name);
        }
        let (width, key) = match args {
            [width] => (width, None),
            [width, variable, key] => (width, Some((variable, key))),
            _ => return self.wrong_args(name, "a width, and if wanted an element's name and a key", "6m"),
        };
        let checked = self.expr(width, Some(&Type::Duration));
        let width = checked.and_then(|width| self.expect(width, &Type::Duration, false));
        let key = match key {
            None => None,
            Some((variable, key)) => {
                let (slot, key) = self.with_variable(variable, of, |checker| checker.expr(key, None))?;
                Some((slot, Box::new(key?)))
            }
        };
        let kind = ExprKind::Peak { list: Box::new(list.clone()), width: Box::new(width?), key };
        Some(self.make(kind, Type::Int, false, span))
    }

    fn list_fn(
        &mut self,
        function: ListFn,
        list: &Expr,
        of: &Type,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Expr> {
        if !args.is_empty() {
            return self.wrong_args(name, "no arguments", "");
        }
        let (ty, optional) = match function {
            ListFn::Size => (Type::Int, false),
            ListFn::Distinct => (list.ty.clone(), false),
            ListFn::Sum => match of {
                Type::Duration | Type::Dyn => (of.clone(), false),
                number if is_number(number) => (of.clone(), false),
                _ => return self.no_list_fn(list, name, "numbers or durations"),
            },
            ListFn::Min | ListFn::Max => {
                let ordered = matches!(
                    of,
                    Type::String | Type::Bytes | Type::Bool | Type::Timestamp | Type::Duration | Type::Dyn
                ) || is_number(of)
                    || self.is_ordered_enum(of);
                if !ordered {
                    return self.no_list_fn(list, name, "values that have an order");
                }
                (of.clone(), true)
            }
            ListFn::Latest | ListFn::Earliest => {
                if !self.is_event(of) {
                    return self.needs_events(list, name);
                }
                (of.clone(), true)
            }
        };
        Some(self.make(ExprKind::ListFn(function, Box::new(list.clone())), ty, optional, span))
    }

    fn is_event(&self, of: &Type) -> bool {
        let Type::Fact(name) = of else { return false };
        facts::by_name(self.db, name).is_some_and(|fact| fact.kind == FactKind::Event)
    }

    fn needs_events(&mut self, list: &Expr, name: &Ident) -> Option<Expr> {
        self.no_list_fn(list, name, "events: things that happened at an instant")
    }

    fn no_list_fn(&mut self, list: &Expr, name: &Ident, of: &str) -> Option<Expr> {
        self.report(
            Diagnostic::new(Code::NoOverload, name.span, format!("`{}` takes a list of {of}", name.text))
                .label("of another list")
                .help("give a list of what it takes, or make one with `.map(x, …)`")
                .also(list.span, format!("`{}`", list.ty)),
        );
        None
    }

    pub(super) fn wrong_args(&mut self, name: &Ident, takes: &str, example: &str) -> Option<Expr> {
        let report =
            Diagnostic::new(Code::WrongArguments, name.span, format!("`{}` takes {takes}", name.text))
                .label("called with something else");
        self.report(if example.is_empty() {
            report.help(format!("write `{}()`", name.text))
        } else {
            report.help(format!("write it as in `{}({example})`", name.text))
        });
        None
    }
}
