//! The `use` lines of a file: one more name, and their order.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::syntax::ast::{ItemKind, Use};

use super::format::Edit;

/// A `use` of a file.
pub(super) struct Line<'db> {
    pub(super) tree: &'db Use,
    /// Its whole text, comments above it included.
    pub(super) span: Span,
    pub(super) text: &'db str,
    /// What the tree's places count from.
    pub(super) start: u32,
}

/// The `use` lines of a file, and where the `package` line ends.
pub(super) fn lines<'db>(db: &'db Database, path: &str) -> (Vec<Line<'db>>, Option<u32>) {
    let (mut out, mut package) = (Vec::new(), None);
    let Some(file) = db.file(path) else { return (out, package) };
    for &item in db::items(db, file) {
        let word = item.head(db).split(' ').next().unwrap_or_default();
        if word != "use" && word != "package" {
            continue;
        }
        let (start, text) = (item.start(db), item.text(db));
        let end = start.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
        match db::parsed(db, item).item.as_ref().map(|tree| &tree.kind) {
            Some(ItemKind::Use(tree)) => out.push(Line { tree, span: Span::new(start, end), text, start }),
            Some(ItemKind::Package(_)) if package.is_none() => package = Some(end),
            _ => {}
        }
    }
    (out, package)
}

/// The edit that takes one more name from a package.
pub(super) fn edit(db: &Database, path: &str, package: &str, name: &str) -> Option<Edit> {
    if db.package_of(path) == Some(package) {
        return None;
    }
    let (lines, behind) = lines(db, path);
    let same = lines.iter().find(|line| line.tree.package.dotted() == package);
    if let Some(line) = same {
        let names = line.tree.names.as_ref()?;
        // In the order of the alphabet, where they are in it already.
        let next = names.iter().find(|taken| taken.text.as_str() > name);
        return Some(match (next, names.last()) {
            (Some(next), _) => {
                let at = next.span.shifted(line.start).start;
                Edit { span: Span::new(at, at), text: format!("{name}, ") }
            }
            (None, Some(last)) => {
                let at = last.span.shifted(line.start).end;
                Edit { span: Span::new(at, at), text: format!(", {name}") }
            }
            (None, None) => return None,
        });
    }
    let written = format!("use {package}.{{{name}}}");
    let next = lines.iter().find(|line| line.tree.package.dotted().as_str() > package);
    Some(match (next, lines.last(), behind) {
        (Some(next), ..) => {
            Edit { span: Span::new(next.span.start, next.span.start), text: format!("{written}\n") }
        }
        (None, Some(last), _) => {
            Edit { span: Span::new(last.span.end, last.span.end), text: format!("\n{written}") }
        }
        (None, None, Some(at)) => Edit { span: Span::new(at, at), text: format!("\n\n{written}") },
        (None, None, None) => Edit { span: Span::new(0, 0), text: format!("{written}\n\n") },
    })
}

/// The edit that puts the `use` lines, and the names in each, in the order of the alphabet; `None` where they are,
/// or where something stands between them.
pub(super) fn sorted(db: &Database, path: &str) -> Option<Edit> {
    let text = db.file(path)?.text(db);
    let (lines, _) = lines(db, path);
    let (first, last) = (lines.first()?, lines.last()?);
    let whole = Span::new(first.span.start, last.span.end);
    let mut between = lines.iter().zip(lines.iter().skip(1));
    if !between.all(|(one, next)| Span::new(one.span.end, next.span.start).text(text).trim().is_empty()) {
        return None;
    }
    let mut written: Vec<(String, String)> =
        lines.iter().map(|line| (line.tree.package.dotted(), line_sorted(line))).collect();
    written.sort();
    written.dedup();
    let new: Vec<String> = written.into_iter().map(|(_, text)| text).collect();
    let new = new.join("\n");
    (new != whole.text(text)).then_some(Edit { span: whole, text: new })
}

/// A `use` with its names in order; comments stay above it.
fn line_sorted(line: &Line<'_>) -> String {
    let Some(names) = line.tree.names.as_ref().filter(|names| !names.is_empty()) else {
        return line.text.trim_end().to_owned();
    };
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return line.text.to_owned() };
    let inside = Span::new(first.span.start, last.span.end);
    if inside.text(line.text).contains("//") {
        return line.text.trim_end().to_owned();
    }
    let mut sorted: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let before = Span::new(0, inside.start).text(line.text);
    let behind = line.text.get(inside.end as usize..).unwrap_or_default().trim_end();
    format!("{before}{}{behind}", sorted.join(", "))
}
