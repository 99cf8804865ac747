//! `maps`: the controls that a policy serves.

use super::super::items::catalog::catalog;
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
    if let Some(listed) = found.entries.iter().find(|listed| listed.name == entry.text) {
        return Some(listed.control.clone());
    }
    if let Some(listed) = found.entries.iter().find(|listed| listed.aliases.contains(&entry.text)) {
        let text = format!(
            "`{}` is an alias of `{}`, whose official id is `{}`",
            entry.text, listed.name, listed.control.id
        );
        checker.report(
            Diagnostic::new(Code::AliasControl, entry.span, text)
                .label("not the official name")
                .help(format!("write `{}`", listed.name))
                .fix(format!("write `{}`", listed.name), entry.span, listed.name.clone()),
        );
        return Some(listed.control.clone());
    }
    let known = || found.entries.iter().map(|listed| listed.name.as_str());
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
