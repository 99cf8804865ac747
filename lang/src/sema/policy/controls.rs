//! `maps`: the controls that a policy serves.

use super::super::items::catalog::{CatalogEntry, catalog};
use super::super::resolve::{self, DeclKind};
use super::super::scope::Checker;
use super::super::suggest;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::Control;
use crate::syntax::ast::{Path, PolicyItem};

/// The controls that `maps` names, each once.
pub(super) fn maps(checker: &mut Checker<'_>, written: &PolicyItem) -> Vec<Control> {
    let mut out: Vec<Control> = Vec::new();
    for path in &written.maps {
        match control(checker, path) {
            Some(control) if out.contains(&control) => {
                let text = format!("`{}` stands twice", path.dotted());
                checker.error(Code::Duplicate, path.span, text, "mapped already", "remove one of the two");
            }
            Some(control) => out.push(control),
            None => {}
        }
    }
    out
}

fn control(checker: &mut Checker<'_>, path: &Path) -> Option<Control> {
    let Some((entry, head)) = path.parts.split_last().filter(|(_, head)| !head.is_empty()) else {
        checker.report(
            Diagnostic::new(Code::UnknownControl, path.span, format!("`{}` names no catalog", path.dotted()))
                .label("expected `catalog.ID`")
                .help("write it as in `csf.DE_CM_03`"),
        );
        return None;
    };
    let span = head.first().map_or(path.span, |first| first.span);
    let span = head.last().map_or(span, |last| span.to(last.span));
    let catalog_path = Path { parts: head.to_vec(), span };
    let decl = match resolve::path(
        checker.db,
        checker.file,
        &catalog_path,
        &[DeclKind::Catalog],
        Code::UnknownControl,
    ) {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return None;
        }
    };
    let found = catalog(checker.db, decl.item).value.as_ref()?;
    let names = |listed: &&CatalogEntry| listed.name == entry.text || listed.aliases.contains(&entry.text);
    if let Some(listed) = found.entries.iter().find(names) {
        if let Some(became) = listed.control.withdrawn() {
            let text = format!("`{}` was withdrawn: {became}", listed.control.id);
            let label = "stands for nothing any more";
            let help = "name what it became; the catalog says which of those are listed";
            let report = Diagnostic::new(Code::UnknownControl, entry.span, text).label(label).help(help);
            checker.report(report);
            return None;
        }
        if listed.name != entry.text {
            let (name, id) = (&listed.name, &listed.control.id);
            let text = format!("`{}` is an alias of `{name}`, whose official id is `{id}`", entry.text);
            let mut report = Diagnostic::new(Code::AliasControl, entry.span, text)
                .label("not the official name")
                .help(format!("write `{name}`"))
                .fix(format!("write `{name}`"), entry.span, name.clone());
            if !listed.control.title.is_empty() {
                // Two lists may number different things alike: what is meant is said, so that somebody looks.
                report = report.note(format!("it means: {}", listed.control.title));
            }
            checker.report(report);
        }
        return Some(listed.control.clone());
    }
    let known = || {
        let stands = found.entries.iter().filter(|listed| listed.control.withdrawn().is_none());
        stands.map(|listed| listed.name.as_str())
    };
    let text = format!("catalog `{}` lists no `{}`", catalog_path.dotted(), entry.text);
    let report = Diagnostic::new(Code::UnknownControl, entry.span, text).label("no such control");
    checker.report(match suggest::nearest(&entry.text, known()) {
        Some(near) => report.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            entry.span,
            near.to_owned(),
        ),
        None => report.help(format!("it lists {}", suggest::listed(known()))),
    });
    None
}
