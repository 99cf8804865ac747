//! What is not there yet and could be: an `unknown` arm, a test.

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::{Code, Span};
use assize_lang::syntax::ast::{BindingSource, ItemKind, When};

use super::repairs::unknown_arm;
use super::{Action, Kind, plain, put};

/// What can be written for the policy at `span`.
pub(super) fn actions(db: &Database, path: &str, span: Span) -> Vec<Action> {
    let mut out = Vec::new();
    let (Some(item), Some(file)) = (db.item_at(path, span.start), db.file(path)) else { return out };
    let ItemKind::Policy(policy) = &item.tree.kind else { return out };
    let here = |place: Span| {
        let place = place.shifted(item.start);
        place.start <= span.end && span.start <= place.end
    };
    let arms = policy.decide.iter().flat_map(|decide| &decide.arms);
    let handled = arms.clone().any(|arm| matches!(arm.when, When::Unknown(_)));
    let mended = file_diagnostics(db, file).iter().any(|found| {
        found.code == Code::UnhandledUnknown && found.span.start <= span.end && span.start <= found.span.end
    });
    if !handled && !mended && policy.decide.as_ref().is_some_and(|decide| here(decide.span)) {
        let (title, edits) = match unknown_arm(policy, item) {
            Some(found) => found,
            None => return out,
        };
        out.push(plain(title, Kind::Rewrite, edits));
    }
    if here(policy.name.span) {
        let types: Vec<String> = policy
            .bindings
            .iter()
            .filter_map(|binding| match &binding.source {
                BindingSource::Type(path) => Some(path.dotted()),
                _ => None,
            })
            .collect();
        let text = file.text(db);
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let gap = if text.ends_with("\n\n") {
            ""
        } else if text.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        let given: Vec<String> = types.iter().map(|ty| format!("  given {ty} {{ id: \"a\" }}\n")).collect();
        let name = &policy.name.text;
        let test = format!(
            "{gap}test \"{name}: …\" {{\n  now 2026-06-01T00:00:00Z\n{}  expect nothing on \"a\" by {name}\n}}\n",
            given.concat()
        );
        out.push(plain(format!("write a test of `{name}`"), Kind::Rewrite, vec![put(end, test)]));
    }
    out
}
