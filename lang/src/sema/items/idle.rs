//! Items that nothing uses.

use crate::db::{self, Db, Item, Workspace};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::ast::ItemKind;

/// The warning for an item that nothing uses. A library's are for its users, and so are those of a project
/// that decides nothing.
pub(in crate::sema) fn idle(db: &dyn Db, item: Item<'_>) -> Option<Diagnostic> {
    let file = item.file(db);
    if file.idle(db).is_empty() || !Workspace::get(db).judges(db) {
        return None;
    }
    let tree = db::parsed(db, item).item.as_ref()?;
    let name = tree.name().filter(|name| file.idle(db).contains(&name.text))?;
    let word = match &tree.kind {
        ItemKind::Enum(_) => "enum",
        ItemKind::Signal(_) => "signal",
        ItemKind::Fn(_) => "fn",
        ItemKind::Table(_) => "table",
        ItemKind::Relation(_) => "relation",
        // Another item may have the name as well.
        _ => return None,
    };
    let whole = Span::new(0, u32::try_from(item.text(db).len()).unwrap_or(u32::MAX));
    let text = format!("nothing uses {word} `{}`", name.text);
    Some(
        Diagnostic::new(Code::UnusedItem, name.span, text)
            .label("never used")
            .help("use it where it is meant, or remove it")
            .fix(format!("remove {word} `{}`", name.text), whole, String::new()),
    )
}
