//! `signal`.

use super::super::Checked;
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Basis, Name, Signal};
use crate::syntax::ast::ItemKind;

/// The signal that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn signal<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Signal> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Signal(written) = &tree.kind else { return Checked::nothing() };
    let mut diagnostics = Vec::new();
    let basis = match &written.basis {
        None => {
            diagnostics.push(
                Diagnostic::new(
                    Code::UndeclaredCoverage,
                    written.name.span,
                    format!("signal `{}` does not say how its coverage is known", written.name.text),
                )
                .label("no `basis`")
                .help("add `basis heartbeat`, `basis run`, `basis proven` or `basis declared`"),
            );
            Basis::Declared
        }
        Some(word) => match word.text.as_str() {
            "declared" => Basis::Declared,
            "run" => Basis::Run,
            "heartbeat" => Basis::Heartbeat,
            "proven" => Basis::Proven,
            other => {
                diagnostics.push(
                    Diagnostic::new(Code::UnknownMember, word.span, format!("`{other}` is no basis"))
                        .label("not one of the four")
                        .help("write `declared`, `run`, `heartbeat` or `proven`"),
                );
                Basis::Declared
            }
        },
    };
    let value = Signal {
        name: Name::from(&written.name.text),
        lag: written.lag.map_or(0, |(lag, _)| lag),
        gap: written.gap.map_or(0, |(gap, _)| gap),
        loss: written.loss.map_or(0, |(loss, _)| loss),
        basis,
        docs: tree.docs.clone(),
    };
    Checked { value: Some(value.into()), diagnostics }
}
