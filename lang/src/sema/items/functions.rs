//! `fn`.

use super::super::expr::FnBody;
use super::super::inline;
use super::super::scope::{Checker, LocalKind};
use super::super::{Checked, resolve, types};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Name, Type};
use crate::syntax::ast::ItemKind;

/// The types of a `fn`'s arguments and of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sema) struct Signature {
    pub(in crate::sema) name: Name,
    /// Name, type, whether it may be absent.
    pub(in crate::sema) args: Vec<(String, Type, bool)>,
    pub(in crate::sema) result: Type,
    pub(in crate::sema) optional: bool,
}

/// The signature of a `fn`, without a look at its body.
#[salsa::tracked]
pub(in crate::sema) fn signature<'db>(db: &'db dyn Db, item: Item<'db>) -> Option<Signature> {
    let tree = db::parsed(db, item).item.as_ref()?;
    let ItemKind::Fn(written) = &tree.kind else { return None };
    let file = item.file(db);
    let mut ignored = Vec::new();
    let args = written
        .args
        .iter()
        .map(|arg| (arg.name.text.clone(), types::resolve(db, file, &arg.ty, &mut ignored), arg.ty.optional))
        .collect();
    let package = &resolve::header(db, file).package;
    Some(Signature {
        name: Name::from(format!("{package}.{}", written.name.text)),
        args,
        result: types::resolve(db, file, &written.result, &mut ignored),
        optional: written.result.optional,
    })
}

/// A `fn` with its checked body, ready to be put in the place of a call.
#[salsa::tracked(cycle_result = recursive)]
pub(in crate::sema) fn function<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<FnBody> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Fn(written) = &tree.kind else { return Checked::nothing() };
    let Some(signature) = signature(db, item) else { return Checked::nothing() };
    let file = item.file(db);
    let mut checker = Checker::of_item(db, item);
    for ty in written.args.iter().map(|arg| &arg.ty).chain([&written.result]) {
        let mut reports = Vec::new();
        types::resolve(db, file, ty, &mut reports);
        checker.diagnostics.append(&mut reports);
    }
    let mut slots = Vec::new();
    for (arg, (_, ty, optional)) in written.args.iter().zip(&signature.args) {
        let slot = checker.fresh_slot();
        checker.bind(&arg.name.text, arg.name.span, LocalKind::Slot(slot), ty.clone(), *optional);
        slots.push(slot);
    }
    let body = checker.expr(&written.body, Some(&signature.result));
    let body = body.and_then(|body| checker.expect(body, &signature.result, signature.optional));
    let slots_used = checker.slots();
    Checked::new(
        body.map(|body| FnBody { args: slots, slots: slots_used, size: inline::size(&body), body }),
        checker.diagnostics,
    )
}

/// Every `fn` of a circle of calls.
fn recursive<'db>(db: &'db dyn Db, _: salsa::Id, item: Item<'db>) -> Checked<FnBody> {
    let Some(name) = db::parsed(db, item).item.as_ref().and_then(|tree| tree.name().cloned()) else {
        return Checked::nothing();
    };
    let report = Diagnostic::new(
        Code::RecursiveFn,
        name.span,
        format!("`{}` calls itself, directly or over others", name.text),
    )
    .label("part of a circle of calls")
    .note("a `fn` is an expression with a name, and always ends")
    .help("write what recurs as a `relation`");
    Checked::new(None, vec![report])
}
