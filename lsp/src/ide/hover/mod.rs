//! What is known about the name under the cursor, as Markdown.

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::{Code, Span};
use assize_lang::sema::at::{At, ItemText, Local, LocalKind, Meaning};
use assize_lang::syntax::ast::{CoverageItem, FactItem, FactKeyword, FieldItem, Item, ItemKind};

use super::words::word;

/// The most bytes of a declaration that are shown.
const MOST_SHOWN: usize = 600;

/// What to show, and the text that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The name, or the place of the diagnostic.
    pub span: Span,
    /// Markdown.
    pub markdown: String,
}

/// What is known about the name at `offset`, and what the codes of the diagnostics there mean.
#[must_use]
pub fn hover(db: &Database, path: &str, offset: u32) -> Option<Hover> {
    let at = db.at(path, offset);
    let mut span = at.as_ref().map(|at| at.span);
    let mut sections: Vec<String> = at.and_then(|at| name(db, path, &at)).into_iter().collect();
    for (place, text) in codes(db, path, offset) {
        span.get_or_insert(place);
        sections.push(text);
    }
    if sections.is_empty() {
        return None;
    }
    Some(Hover { span: span?, markdown: sections.join("\n\n---\n\n") })
}

/// The codes of the diagnostics at a byte, each once, with what they mean.
fn codes(db: &Database, path: &str, offset: u32) -> Vec<(Span, String)> {
    let mut out: Vec<(Span, String)> = Vec::new();
    let Some(file) = db.file(path) else { return out };
    for found in file_diagnostics(db, file) {
        if found.span.start > offset || offset > found.span.end {
            continue;
        }
        let text = summary(found.code);
        if !out.iter().any(|(_, other)| *other == text) {
            out.push((found.span, text));
        }
    }
    out
}

fn summary(code: Code) -> String {
    format!("**{code}**: {} (`assize doc {code}` says more)", code.summary())
}

fn name(db: &Database, path: &str, at: &At) -> Option<String> {
    let declared = at.place.as_ref().and_then(|place| db.item_at(&place.path, place.span.start));
    match &at.meaning {
        Meaning::Package(name) => Some(code(&format!("package {name}"))),
        Meaning::Code(code) => Some(summary(*code)),
        Meaning::Word(name) => word(name).map(|(written, meaning)| page(written, &[meaning.to_owned()])),
        Meaning::Local(local) => Some(self::local(db, path, local)),
        Meaning::Item(name) => match declared {
            Some(declared) => Some(item(declared)),
            None => Some(page(&format!("enum {}", name.short()), &["One member a `signal`.".to_owned()])),
        },
        Meaning::Field { field, .. } => {
            let (fact, found) = self::field(declared?, |one| one.name.text == *field)?;
            let text = declared?.text;
            let mut out =
                vec![found.docs.clone(), format!("A field of {} `{}`.", keyword(fact), fact.name.text)];
            out.extend(coverage(fact, text));
            Some(page(&written(found, text), &out))
        }
        Meaning::Inverse { list, .. } => {
            let (fact, found) =
                field(declared?, |one| one.inverse.as_ref().is_some_and(|inverse| inverse.text == *list))?;
            let of = &fact.name.text;
            let mut out =
                vec![found.docs.clone(), format!("Every `{of}` whose `{}` is this one.", found.name.text)];
            out.extend(coverage(fact, declared?.text));
            Some(page(&format!("{list}: list<{of}>"), &out))
        }
        Meaning::Member { member, .. } => {
            let declared = declared?;
            let ItemKind::Enum(of) = &declared.tree.kind else { return None };
            let (_, docs) = of.members.iter().find(|(name, _)| name.text == *member)?;
            let head = format!("{}.{member}", of.name.text);
            Some(page(&head, &[docs.clone(), code(&shortened(declared)), declared.tree.docs.clone()]))
        }
        Meaning::Control { entry, .. } => control(declared?, entry),
    }
}

fn local(db: &Database, path: &str, local: &Local) -> String {
    let mark = if local.optional { "?" } else { "" };
    let ty = local.ty.as_ref().map_or_else(|| "?".to_owned(), |ty| format!("{ty}{mark}"));
    let head = match local.kind {
        LocalKind::Let => format!("let {}: {ty}", local.name),
        LocalKind::Binding | LocalKind::Argument | LocalKind::Variable => format!("{}: {ty}", local.name),
    };
    let source = match local.kind {
        LocalKind::Let if !is_sensitive(&ty) => {
            db.file(path).map(|file| cut(local.whole.text(file.text(db))).to_owned())
        }
        _ => None,
    };
    let out = [local.docs.clone(), source.map(|source| code(&source)).unwrap_or_default()];
    page(&head, &out)
}

/// What an item declares, with as much of its text as tells a reader how to use it.
fn item(declared: ItemText<'_>) -> String {
    let ItemText { tree, text, .. } = declared;
    let head = |until: u32| Span::new(tree.span.start, until).text(text).trim_end().to_owned();
    let mut out = vec![tree.docs.clone()];
    let shown = match &tree.kind {
        ItemKind::Package(_)
        | ItemKind::Use(_)
        | ItemKind::Test(_)
        | ItemKind::Enum(_)
        | ItemKind::Signal(_)
        | ItemKind::Fn(_)
        | ItemKind::Relation(_)
        | ItemKind::Waive(_)
        | ItemKind::Envelope(_) => shortened(declared),
        ItemKind::Param(param) if is_sensitive(param.ty.span.text(text)) => {
            format!("{} …", head(param.default.span.start))
        }
        ItemKind::Param(_) => shortened(declared),
        ItemKind::Fact(fact) => {
            let names: Vec<String> =
                fact.fields.iter().map(|field| format!("`{}`", field.name.text)).collect();
            out.push(format!("Fields: {}.", names.join(", ")));
            out.extend(coverage(fact, text));
            format!("{} {} {{ … }}{}", keyword(fact), fact.name.text, clauses(tree, text))
        }
        ItemKind::Catalog(catalog) => {
            out.push(format!("Entries: {}.", catalog.entries.len()));
            head(behind(text, tree.span.start, '{'))
        }
        ItemKind::Table(table) => {
            out.push(format!("Rows: {}.", table.rows.len()));
            head(table.result.span.end)
        }
        ItemKind::Policy(policy) => {
            if !policy.maps.is_empty() {
                let maps: Vec<String> =
                    policy.maps.iter().map(|path| format!("`{}`", path.dotted())).collect();
                out.push(format!("Serves {}.", maps.join(", ")));
            }
            if policy.mode.as_ref().is_some_and(|mode| mode.text == "monitor") {
                out.push("Decides and shows; carries nothing out (`mode monitor`).".to_owned());
            }
            head(policy.name.span.end)
        }
    };
    page(&shown, &out)
}

const fn keyword(fact: &FactItem) -> &'static str {
    match fact.keyword {
        FactKeyword::Entity => "entity",
        FactKeyword::Event => "event",
        FactKeyword::Request => "request",
    }
}

/// The field of a fact type that `wanted` picks.
fn field<'db>(
    declared: ItemText<'db>,
    wanted: impl Fn(&FieldItem) -> bool,
) -> Option<(&'db FactItem, &'db FieldItem)> {
    let ItemKind::Fact(fact) = &declared.tree.kind else { return None };
    let found = fact.fields.iter().find(|field| wanted(field))?;
    Some((fact, found))
}

/// A field as its author wrote it.
fn written(field: &FieldItem, text: &str) -> String {
    let key = if field.key { "key " } else { "" };
    let ty = field.ty.span.text(text);
    let shown = |value: Span| if is_sensitive(ty) { "…" } else { value.text(text) };
    let default = field.default.as_ref().map(|value| format!(" = {}", shown(value.span)));
    let inverse = field.inverse.as_ref().map(|list| format!(" inverse {}", list.text));
    format!("{key}{}: {}{}{}", field.name.text, ty, default.unwrap_or_default(), inverse.unwrap_or_default())
}

/// Whether a type is that of a value that is never shown, not even where its author wrote it.
fn is_sensitive(ty: &str) -> bool {
    ty.contains("sensitive")
}

/// When it can be known that there is no such fact.
fn coverage(fact: &FactItem, text: &str) -> Option<String> {
    let name = &fact.name.text;
    match fact.coverage.as_ref()? {
        CoverageItem::Closed(_) => Some(format!("The list of every `{name}` is complete (`closed`).")),
        CoverageItem::By(_, span) => {
            let written = span.text(text);
            let by = one_line(written.strip_prefix("covered by").unwrap_or(written));
            Some(format!("That there is no `{name}` is known where this is covered: `{by}`."))
        }
    }
}

/// What stands behind the fields of a fact type, with a space in front.
fn clauses(tree: &Item, text: &str) -> String {
    let whole = tree.span.text(text);
    let tail = one_line(whole.rsplit('}').next().unwrap_or_default());
    if tail.is_empty() { tail } else { format!(" {tail}") }
}

fn control(declared: ItemText<'_>, entry: &str) -> Option<String> {
    let ItemKind::Catalog(catalog) = &declared.tree.kind else { return None };
    let listed = catalog
        .entries
        .iter()
        .find(|one| one.name.text == entry || one.aliases.iter().any(|alias| alias.text == entry))?;
    let title = listed.title.as_ref().map(|title| format!(": {}", title.value)).unwrap_or_default();
    let version = catalog.version.as_ref().map(|version| format!(" {}", version.value)).unwrap_or_default();
    let alias = if listed.name.text == entry {
        String::new()
    } else {
        format!("An alias; the name is `{}`.", listed.name.text)
    };
    let out = [format!("**{}**{title}", listed.id.value), format!("{}{version}", catalog.title.value), alias];
    Some(page(&format!("{}.{}", catalog.name.text, listed.name.text), &out))
}

/// The item's text, cut where it is long.
fn shortened(declared: ItemText<'_>) -> String {
    cut(declared.tree.span.text(declared.text)).to_owned()
}

/// At most [`MOST_SHOWN`] bytes of a text, whole lines of it.
fn cut(text: &str) -> &str {
    let text = text.trim_end();
    if text.len() <= MOST_SHOWN {
        return text;
    }
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let next = line.len().saturating_add(end);
        if next > MOST_SHOWN {
            break;
        }
        end = next;
    }
    text.get(..end).unwrap_or_default().trim_end()
}

/// The byte of the first `wanted` behind `from`, or the text's end.
fn behind(text: &str, from: u32, wanted: char) -> u32 {
    let rest = text.get(from as usize..).unwrap_or_default();
    let at = rest.find(wanted).unwrap_or(rest.len());
    from.saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(text: &str) -> String {
    format!("```assize\n{text}\n```")
}

/// Code, and paragraphs below it; empty ones are left out.
fn page(head: &str, paragraphs: &[String]) -> String {
    let mut out = code(head);
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
        out.push_str("\n\n");
        out.push_str(paragraph);
    }
    out
}

#[cfg(test)]
mod tests;
