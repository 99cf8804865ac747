//! Types as written to types of the plan.

use super::resolve::{self, DeclKind};
use crate::db::{Db, SourceFile};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Const, Type};
use crate::syntax::ast::{Ident, TypeExpr, TypeKind};

/// The scalar types by their names.
const SCALARS: [(&str, Type); 9] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("uint", Type::Uint),
    ("double", Type::Double),
    ("string", Type::String),
    ("bytes", Type::Bytes),
    ("timestamp", Type::Timestamp),
    ("duration", Type::Duration),
    ("dyn", Type::Dyn),
];

/// The type that `written` means in `file`. A type that cannot be resolved is reported and becomes
/// `dyn`, so that what uses it is not reported as well.
pub(super) fn resolve(
    db: &dyn Db,
    file: SourceFile,
    written: &TypeExpr,
    diagnostics: &mut Vec<Diagnostic>,
) -> Type {
    match &written.kind {
        TypeKind::Name(path) => {
            let name = path.dotted();
            if let Some((_, scalar)) = SCALARS.iter().find(|(scalar, _)| *scalar == name) {
                return scalar.clone();
            }
            let kinds = [DeclKind::Enum, DeclKind::Fact, DeclKind::Request];
            match resolve::path(db, file, path, &kinds, Code::UnknownType) {
                Ok(decl) if decl.kind == DeclKind::Enum => Type::Enum(decl.name.name(db).clone()),
                Ok(decl) => Type::Fact(decl.name.name(db).clone()),
                Err(diagnostic) => {
                    diagnostics.push(with_scalars(*diagnostic, &name, path.span));
                    Type::Dyn
                }
            }
        }
        TypeKind::Generic(head, args) => generic(db, file, head, args, written.span, diagnostics),
    }
}

fn generic(
    db: &dyn Db,
    file: SourceFile,
    head: &Ident,
    args: &[TypeExpr],
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Type {
    let mut args: Vec<Type> = args.iter().map(|arg| resolve(db, file, arg, diagnostics)).collect();
    let wrong = |count: &str| {
        Diagnostic::new(Code::WrongArguments, span, format!("`{}` takes {count}", head.text)).label("here")
    };
    match (head.text.as_str(), args.len()) {
        ("list", 1) => Type::List(Box::new(args.remove(0))),
        ("sensitive", 1) => Type::Sensitive(Box::new(args.remove(0))),
        ("map", 2) => {
            let value = args.remove(1);
            Type::Map(Box::new(args.remove(0)), Box::new(value))
        }
        ("list" | "sensitive", _) => {
            diagnostics.push(wrong("one type, as in `list<string>`"));
            Type::Dyn
        }
        ("map", _) => {
            diagnostics.push(wrong("two types, as in `map<string, int>`"));
            Type::Dyn
        }
        _ => {
            let text = format!("`{}` takes no types in angle brackets", head.text);
            diagnostics.push(
                Diagnostic::new(Code::UnknownType, head.span, text)
                    .label("not `list`, `map` or `sensitive`")
                    .help("write `list<T>`, `map<K, V>` or `sensitive<T>`"),
            );
            Type::Dyn
        }
    }
}

/// Adds a scalar's name where one is nearer than any declared type: `str`, `boolean`, `integer`.
fn with_scalars(diagnostic: Diagnostic, name: &str, span: Span) -> Diagnostic {
    let habits = [
        ("str", "string"),
        ("text", "string"),
        ("String", "string"),
        ("boolean", "bool"),
        ("integer", "int"),
        ("i64", "int"),
        ("u64", "uint"),
        ("float", "double"),
        ("number", "double"),
        ("time", "timestamp"),
        ("datetime", "timestamp"),
        ("any", "dyn"),
    ];
    let habit = habits.iter().find(|(habit, _)| *habit == name).map(|(_, scalar)| *scalar);
    let near = habit.or_else(|| super::suggest::nearest(name, SCALARS.iter().map(|(scalar, _)| *scalar)));
    match near {
        Some(scalar) if diagnostic.help.is_none() => diagnostic
            .help(format!("did you mean `{scalar}`?"))
            .fix(format!("write `{scalar}`"), span, scalar),
        _ => diagnostic,
    }
}

/// Whether values of the type are sensitive, or hold something that is.
pub(super) fn holds_sensitive(ty: &Type) -> bool {
    match ty {
        Type::Sensitive(_) => true,
        Type::List(of) | Type::Optional(of) => holds_sensitive(of),
        Type::Map(key, value) => holds_sensitive(key) || holds_sensitive(value),
        Type::Opaque(_, of) => of.iter().any(holds_sensitive),
        _ => false,
    }
}

/// Whether a value of `from` may stand where `to` is needed. Any value may be treated as sensitive; as
/// `dyn` a sensitive one would lose what keeps it from being shown.
pub(super) fn assignable(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (from, Type::Dyn) => !holds_sensitive(from),
        (Type::Dyn, _) => true,
        (Type::List(from), Type::List(to)) => assignable(from, to),
        (Type::Map(from_key, from_value), Type::Map(to_key, to_value)) => {
            assignable(from_key, to_key) && assignable(from_value, to_value)
        }
        (Type::Sensitive(from), Type::Sensitive(to)) | (Type::Optional(from), Type::Optional(to)) => {
            assignable(from, to)
        }
        (from, Type::Sensitive(to)) => assignable(from, to),
        (Type::Opaque(..), Type::Opaque(..)) => {
            parts(from, to).is_some_and(|mut all| all.all(|(from, to)| assignable(from, to)))
        }
        _ => from == to,
    }
}

/// What two types of the host's own are made from, side by side; `None` of two that are not the same.
fn parts<'t>(one: &'t Type, other: &'t Type) -> Option<impl Iterator<Item = (&'t Type, &'t Type)>> {
    match (one, other) {
        (Type::Opaque(one, of), Type::Opaque(other, from)) if one == other && of.len() == from.len() => {
            Some(of.iter().zip(from))
        }
        _ => None,
    }
}

/// Whether values of the two types may be compared with `==`.
pub(super) fn equatable(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Null | Type::Dyn, _) | (_, Type::Null | Type::Dyn) => true,
        (Type::Sensitive(left), Type::Sensitive(right)) => equatable(left, right),
        (Type::Sensitive(left), right) => equatable(left, right),
        (left, Type::Sensitive(right)) => equatable(left, right),
        (Type::List(left), Type::List(right)) | (Type::Optional(left), Type::Optional(right)) => {
            equatable(left, right)
        }
        (Type::Map(left_key, left_value), Type::Map(right_key, right_value)) => {
            equatable(left_key, right_key) && equatable(left_value, right_value)
        }
        (Type::Opaque(..), Type::Opaque(..)) => {
            parts(left, right).is_some_and(|mut all| all.all(|(left, right)| equatable(left, right)))
        }
        _ => left == right || (is_number(left) && is_number(right)),
    }
}

/// The one type that values of both have, as CEL's checker joins them; `None` where there is none.
pub(super) fn join(one: &Type, other: &Type) -> Option<Type> {
    const fn nullable(ty: &Type) -> bool {
        matches!(ty, Type::Timestamp | Type::Duration | Type::Optional(_) | Type::Opaque(..))
    }
    let boxed = |one: &Type, other: &Type| join(one, other).map(Box::new);
    Some(match (one, other) {
        (Type::Never, ty) | (ty, Type::Never) => ty.clone(),
        _ if one != other && (holds_sensitive(one) || holds_sensitive(other)) => return None,
        (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
        (Type::Null, ty) | (ty, Type::Null) if nullable(ty) => ty.clone(),
        (Type::List(one), Type::List(other)) => Type::List(boxed(one, other)?),
        (Type::Optional(one), Type::Optional(other)) => Type::Optional(boxed(one, other)?),
        (Type::Map(one, first), Type::Map(other, second)) => {
            Type::Map(boxed(one, other)?, boxed(first, second)?)
        }
        (Type::Opaque(name, _), Type::Opaque(..)) => {
            let of: Option<Vec<Type>> = parts(one, other)?.map(|(one, other)| join(one, other)).collect();
            Type::Opaque(name.clone(), of?)
        }
        _ if one == other => one.clone(),
        _ => return None,
    })
}

/// The type with `dyn` for what nothing said more about.
pub(super) fn settled(ty: Type) -> Type {
    let boxed = |of: Box<Type>| Box::new(settled(*of));
    match ty {
        Type::Never => Type::Dyn,
        Type::List(of) => Type::List(boxed(of)),
        Type::Optional(of) => Type::Optional(boxed(of)),
        Type::Map(keys, values) => Type::Map(boxed(keys), boxed(values)),
        Type::Opaque(name, of) => Type::Opaque(name, of.into_iter().map(settled).collect()),
        other => other,
    }
}

/// Whether the type is a number.
pub(super) const fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Uint | Type::Double)
}

/// The type of a constant.
pub(super) fn of_const(value: &Const) -> Type {
    match value {
        Const::Null => Type::Null,
        Const::Bool(_) => Type::Bool,
        Const::Int(_) => Type::Int,
        Const::Uint(_) => Type::Uint,
        Const::Double(_) => Type::Double,
        Const::String(_) => Type::String,
        Const::Bytes(_) => Type::Bytes,
        Const::Duration(_) => Type::Duration,
        Const::Timestamp(_) => Type::Timestamp,
        Const::Enum(name, _) => Type::Enum(name.clone()),
        Const::Type(_) => Type::Type,
        Const::List(items) => Type::List(Box::new(items.first().map_or(Type::Dyn, of_const))),
    }
}
