//! Functions that the host of a lone expression declares: which overloads a call can mean, and of what type it is.

use std::collections::BTreeMap;

use super::super::scope::Checker;
use super::super::types::{assignable, join};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::expression::{Function, Overload};
use crate::plan::{Expr, ExprKind, Name, Type};
use crate::syntax::ast::{Expr as Tree, Ident};

/// What the type parameters of one overload stand for in one call.
type Bound = BTreeMap<Name, Type>;

impl<'db> Checker<'db> {
    /// The function that is declared under a name, the container's own before others; methods, or all others.
    fn declared_as(&self, name: &str, method: bool) -> Option<&'db Function> {
        let named = |name: &str| {
            self.declared.iter().find(|function| {
                function.name == name && function.overloads.iter().any(|one| one.method == method)
            })
        };
        let mut space = Some(self.container.0.as_str()).filter(|space| !space.is_empty());
        while let Some(inner) = space {
            if let Some(found) = named(&format!("{inner}.{name}")) {
                return Some(found);
            }
            space = inner.rsplit_once('.').map(|(outer, _)| outer);
        }
        named(name)
    }

    /// `name(args)`, where a host declares such a function.
    pub(super) fn declared_call(&mut self, name: &str, args: &[Tree], span: Span) -> Option<Option<Expr>> {
        let function = self.declared_as(name, false)?;
        Some(self.call_of(function, None, args, span))
    }

    /// `receiver.name(args)`, where a host declares such a method.
    pub(super) fn declared_method(
        &mut self,
        receiver: &Expr,
        name: &Ident,
        args: &[Tree],
        span: Span,
    ) -> Option<Option<Expr>> {
        let function = self.declared_as(&name.text, true)?;
        Some(self.call_of(function, Some(receiver.clone()), args, span))
    }

    fn call_of(
        &mut self,
        function: &Function,
        receiver: Option<Expr>,
        args: &[Tree],
        span: Span,
    ) -> Option<Expr> {
        let method = receiver.is_some();
        let args: Vec<Option<Expr>> = args.iter().map(|arg| self.open_expr(arg, None)).collect();
        let all: Vec<Expr> = receiver.map(Some).into_iter().chain(args).collect::<Option<_>>()?;
        let types: Vec<&Type> = all.iter().map(|arg| &arg.ty).collect();
        let overloads = || function.overloads.iter().filter(|one| one.method == method);
        let mut results = overloads().filter_map(|one| result_of(one, &types));
        let ty = match results.next() {
            // What the arguments are is asked when the function is come to.
            _ if self.is_dynamic() => Type::Dyn,
            Some(first) => {
                if results.all(|other| other == first) {
                    first
                } else {
                    Type::Dyn
                }
            }
            None => {
                let given: Vec<String> = types.iter().map(|ty| format!("`{ty}`")).collect();
                let text = match given.as_slice() {
                    [] => format!("`{}` takes arguments", function.name),
                    given => format!("`{}` does not take {}", function.name, given.join(", ")),
                };
                let takes: Vec<String> =
                    overloads().map(|one| format!("`{}`", shown(function, one))).collect();
                self.report(
                    Diagnostic::new(Code::NoOverload, span, text)
                        .label("no overload fits")
                        .help(format!("it is declared as {}", takes.join(", "))),
                );
                return None;
            }
        };
        let kind = ExprKind::Declared(Name::from(function.name.as_str()), all);
        Some(self.make(kind, ty, false, span))
    }
}

/// The overload as it is called.
fn shown(function: &Function, overload: &Overload) -> String {
    let texts: Vec<String> = overload.params.iter().map(ToString::to_string).collect();
    match (overload.method, texts.split_first()) {
        (true, Some((receiver, rest))) => format!("{receiver}.{}({})", function.name, rest.join(", ")),
        _ => format!("{}({})", function.name, texts.join(", ")),
    }
}

/// The type of a call's value, where the overload takes arguments of these types.
fn result_of(overload: &Overload, args: &[&Type]) -> Option<Type> {
    let mut bound = Bound::new();
    let fits = overload.params.len() == args.len()
        && overload.params.iter().zip(args).all(|(param, arg)| takes(param, arg, &mut bound));
    fits.then(|| with(&overload.result, &bound))
}

/// Whether an argument fits a parameter. A type parameter stands for what its arguments have in common.
fn takes(param: &Type, arg: &Type, bound: &mut Bound) -> bool {
    match (param, arg) {
        (Type::Param(name), arg) => {
            let common = bound.get(name).map_or_else(|| Some(arg.clone()), |known| join(known, arg));
            common.is_some_and(|ty| {
                bound.insert(name.clone(), ty);
                true
            })
        }
        (Type::List(param), Type::List(arg)) | (Type::Optional(param), Type::Optional(arg)) => {
            takes(param, arg, bound)
        }
        (Type::Map(keys, values), Type::Map(key, value)) => {
            takes(keys, key, bound) && takes(values, value, bound)
        }
        (Type::Opaque(name, params), Type::Opaque(other, args)) => {
            name == other
                && params.len() == args.len()
                && params.iter().zip(args).all(|(param, arg)| takes(param, arg, bound))
        }
        (_, Type::Never) => true,
        (param, arg) => assignable(arg, param) || join(param, arg).as_ref() == Some(param),
    }
}

/// The type with what its parameters stand for; what no argument said anything of is `dyn`.
fn with(ty: &Type, bound: &Bound) -> Type {
    let inner = |of: &Type| Box::new(with(of, bound));
    match ty {
        Type::Param(name) => bound.get(name).cloned().unwrap_or(Type::Dyn),
        Type::List(of) => Type::List(inner(of)),
        Type::Optional(of) => Type::Optional(inner(of)),
        Type::Map(keys, values) => Type::Map(inner(keys), inner(values)),
        Type::Opaque(name, of) => Type::Opaque(name.clone(), of.iter().map(|of| with(of, bound)).collect()),
        other => other.clone(),
    }
}
