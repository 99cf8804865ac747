//! What a file declares, as a tree, and what a whole project declares, by name.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::syntax::ast::{BindingSource, Clause, Ident, Item, ItemKind, PolicyItem, When};

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the thing that its name says")]
pub enum Kind {
    Package,
    Enum,
    Member,
    Entity,
    Event,
    Field,
    Key,
    Signal,
    Catalog,
    Control,
    Param,
    Function,
    Table,
    Relation,
    Policy,
    Binding,
    Let,
    Arm,
    Test,
    Waiver,
    Envelope,
}

/// A declared thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is, more precisely: a type, a reason.
    pub detail: String,
    /// What it is.
    pub kind: Kind,
    /// All of it.
    pub span: Span,
    /// Its name's place.
    pub selection: Span,
    /// What is inside.
    pub children: Vec<Symbol>,
}

/// A declared thing of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its package.
    pub package: String,
    /// Its file.
    pub path: String,
    /// Its name's place.
    pub span: Span,
}

/// The most symbols of one answer about a project.
const MOST: usize = 256;

/// What the file at `path` declares, in the order of its text.
#[must_use]
pub fn document(db: &Database, path: &str) -> Vec<Symbol> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    for &item in db::items(db, file) {
        let Some(tree) = &db::parsed(db, item).item else { continue };
        if let Some(mut symbol) = of_item(tree, item.text(db)) {
            shift(&mut symbol, item.start(db));
            out.push(symbol);
        }
    }
    out
}

/// What the project's own files declare, by the letters of a name: the closest first.
#[must_use]
pub fn workspace(db: &Database, query: &str) -> Vec<Found> {
    let wanted = query.to_lowercase();
    let mut out: Vec<(u8, Found)> = Vec::new();
    for (path, _) in db.sources() {
        let Some(file) = db.file(path).filter(|file| !file.library(db)) else { continue };
        for &item in db::items(db, file) {
            let head = item.head(db).to_lowercase();
            // Most items are none of these: their trees are not looked at.
            let is_test = head.starts_with("test");
            if !is_test && !subsequence(&head, &wanted) {
                continue;
            }
            let Some(tree) = &db::parsed(db, item).item else { continue };
            let Some((name, kind, span)) = head_of(tree) else { continue };
            let lower = name.to_lowercase();
            if !subsequence(&lower, &wanted) {
                continue;
            }
            let closeness = match () {
                () if lower == wanted => 0,
                () if lower.starts_with(&wanted) => 1,
                () if lower.contains(&wanted) => 2,
                () => 3,
            };
            let package = file.gist(db).package.clone();
            let span = span.shifted(item.start(db));
            out.push((closeness, Found { name, kind, package, path: path.to_owned(), span }));
        }
    }
    out.sort_by(|(near, a), (far, b)| (near, &a.name, &a.path, a.span).cmp(&(far, &b.name, &b.path, b.span)));
    out.truncate(MOST);
    out.into_iter().map(|(_, found)| found).collect()
}

fn subsequence(text: &str, wanted: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|letter| letter == wanted))
}

fn shift(symbol: &mut Symbol, by: u32) {
    symbol.span = symbol.span.shifted(by);
    symbol.selection = symbol.selection.shifted(by);
    symbol.children.iter_mut().for_each(|child| shift(child, by));
}

/// The name, kind and place of an item that declares something.
fn head_of(tree: &Item) -> Option<(String, Kind, Span)> {
    let kind = match &tree.kind {
        ItemKind::Package(path) => return Some((path.dotted(), Kind::Package, path.span)),
        ItemKind::Use(_) => return None,
        ItemKind::Test(test) => return Some((test.name.value.clone(), Kind::Test, test.name.span)),
        ItemKind::Waive(waived) => {
            return Some((format!("waive {}", waived.policy.dotted()), Kind::Waiver, waived.policy.span));
        }
        ItemKind::Envelope(limit) => {
            let name = format!("envelope {} {}", limit.verb.text, limit.ty.dotted());
            return Some((name, Kind::Envelope, limit.ty.span));
        }
        ItemKind::Enum(_) => Kind::Enum,
        ItemKind::Fact(fact) => match fact.keyword {
            assize_lang::syntax::ast::FactKeyword::Event => Kind::Event,
            _ => Kind::Entity,
        },
        ItemKind::Signal(_) => Kind::Signal,
        ItemKind::Catalog(_) => Kind::Catalog,
        ItemKind::Param(_) => Kind::Param,
        ItemKind::Fn(_) => Kind::Function,
        ItemKind::Table(_) => Kind::Table,
        ItemKind::Relation(_) => Kind::Relation,
        ItemKind::Policy(_) => Kind::Policy,
    };
    let name = tree.name()?;
    Some((name.text.clone(), kind, name.span))
}

fn of_item(tree: &Item, text: &str) -> Option<Symbol> {
    let (name, kind, selection) = head_of(tree)?;
    let leaf = |name: &Ident, detail: &str, kind, span: Span| Symbol {
        name: name.text.clone(),
        detail: detail.to_owned(),
        kind,
        span: span.to(name.span),
        selection: name.span,
        children: Vec::new(),
    };
    let mut detail = String::new();
    let children = match &tree.kind {
        ItemKind::Enum(found) => {
            found.members.iter().map(|(name, _)| leaf(name, "", Kind::Member, name.span)).collect()
        }
        ItemKind::Fact(fact) => {
            let of_field = |field: &assize_lang::syntax::ast::FieldItem| {
                let kind = if field.key { Kind::Key } else { Kind::Field };
                leaf(&field.name, field.ty.span.text(text), kind, field.ty.span)
            };
            fact.fields.iter().map(of_field).collect()
        }
        ItemKind::Catalog(catalog) => catalog
            .entries
            .iter()
            .map(|entry| {
                let title = entry.title.as_ref().map_or("", |title| title.value.as_str());
                leaf(&entry.name, title, Kind::Control, entry.id.span)
            })
            .collect(),
        ItemKind::Param(param) => {
            detail = param.ty.span.text(text).to_owned();
            Vec::new()
        }
        ItemKind::Fn(function) => {
            detail = function.result.span.text(text).to_owned();
            Vec::new()
        }
        ItemKind::Table(table) => {
            detail = table.result.span.text(text).to_owned();
            Vec::new()
        }
        ItemKind::Policy(policy) => of_policy(policy, text),
        _ => Vec::new(),
    };
    Some(Symbol { name, detail, kind, span: tree.span.to(selection), selection, children })
}

fn of_policy(policy: &PolicyItem, text: &str) -> Vec<Symbol> {
    let mut out = Vec::new();
    let leaf = |name: &str, detail: String, kind, span: Span, selection: Span| Symbol {
        name: name.to_owned(),
        detail,
        kind,
        span: span.to(selection),
        selection,
        children: Vec::new(),
    };
    for binding in &policy.bindings {
        let detail = match &binding.source {
            BindingSource::Type(path) => path.dotted(),
            BindingSource::List(list) => list.span.text(text).to_owned(),
            BindingSource::Relation(_, path) => path.dotted(),
        };
        out.push(leaf(&binding.name.text, detail, Kind::Binding, binding.span, binding.name.span));
    }
    for step in policy.sequence.iter().flat_map(|sequence| &sequence.steps) {
        let span = step.name.span.to(step.ty.span);
        out.push(leaf(&step.name.text, step.ty.dotted(), Kind::Binding, span, step.name.span));
    }
    for clause in &policy.clauses {
        if let Clause::Let(name, expr, _) = clause {
            out.push(leaf(&name.text, String::new(), Kind::Let, name.span.to(expr.span), name.span));
        }
    }
    for arm in policy.decide.iter().flat_map(|decide| &decide.arms) {
        let (name, span) = match &arm.when {
            When::Expr(condition) => (one_line(condition.span.text(text)), condition.span),
            When::Unknown(span) => ("unknown".to_owned(), *span),
            When::Otherwise(span) => ("otherwise".to_owned(), *span),
        };
        let outcomes: Vec<String> =
            arm.outcomes.iter().map(|outcome| one_line(outcome.span.text(text))).collect();
        let detail = if outcomes.is_empty() { "none".to_owned() } else { outcomes.join(", ") };
        out.push(leaf(&name, detail, Kind::Arm, arm.span, span));
    }
    out
}

/// At most 60 characters on one line.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 60 {
        return line;
    }
    line.chars().take(59).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    const TEXT: &str = "param idle: duration = 9d\nenum E { a }\nevent U { key id: string at: timestamp } closed\npolicy q {\n  for s: Secret\n  let used = s.uses.size() > 0\n  decide {\n    used => alert low, revoke s because \"x\"\n    unknown => none\n  }\n}\ntest \"it\" { now 2026-01-01T00:00:00Z }\nwaive q for s where s.static until 2027-01-01T00:00:00Z because \"x\" by \"y\"\n";

    fn lines(symbols: &[Symbol], text: &str, indent: usize, out: &mut Vec<String>) {
        for one in symbols {
            out.push(format!(
                "{}{:?} {} [{}] {}",
                "  ".repeat(indent),
                one.kind,
                one.name,
                one.selection.text(text),
                one.detail
            ));
            assert!(one.span.start <= one.selection.start && one.selection.end <= one.span.end, "{one:?}");
            lines(&one.children, text, indent + 1, out);
        }
    }

    #[test]
    fn a_file_is_a_tree_of_what_it_declares() {
        let fixture = Fixture::new(TEXT);
        let mut out = Vec::new();
        lines(&document(&fixture.db, fixture::PATH), &fixture.text, 0, &mut out);
        insta::assert_snapshot!(out.join("\n"), @r#"
        Package p [p] 
        Param idle [idle] duration
        Enum E [E] 
          Member a [a] 
        Event U [U] 
          Key id [id] string
          Field at [at] timestamp
        Policy q [q] 
          Binding s [s] Secret
          Let used [used] 
          Arm used [used] alert low, revoke s
          Arm unknown [unknown] none
        Test it ["it"] 
        Waiver waive q [q]
        "#);
    }

    #[test]
    fn a_project_is_searched_by_letters_and_its_library_is_not() {
        let fixture = Fixture::new(TEXT);
        let names = |query| -> Vec<String> {
            workspace(&fixture.db, query).into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names("id"), ["idle"]);
        assert_eq!(names("it"), ["it"]);
        assert_eq!(names("Q"), ["q", "waive q"]);
        assert_eq!(names("Secret"), Vec::<String>::new());
        assert!(names("").len() >= 6);
    }
}
