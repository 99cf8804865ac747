//! Names: which item a name in a file means.

use std::collections::BTreeMap;

use super::suggest;
use crate::db::{self, Db, Gist, Item, QualifiedName, SourceFile, Workspace};
use crate::diagnostic::{Code, Diagnostic, Label, Span};
use crate::plan::Name;
use crate::syntax;
use crate::syntax::ast::{Ident, ItemKind, Path};

/// The package of the prelude: in scope everywhere.
pub(super) const CORE: &str = "assize.core";
/// The enum that is made of all signals.
pub(super) const SIGNAL: &str = "assize.core.Signal";
/// The enum that `alert` takes.
pub(super) const SEVERITY: &str = "assize.core.Severity";

/// What a name declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, salsa::SalsaValue)]
#[expect(missing_docs, reason = "each variant is the item that its name says")]
pub enum DeclKind {
    Enum,
    Fact,
    Request,
    Signal,
    Catalog,
    Param,
    Fn,
    Table,
    Relation,
    Policy,
}

impl DeclKind {
    /// The head word of such an item.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enum => "enum",
            Self::Fact => "entity or event",
            Self::Request => "request",
            Self::Signal => "signal",
            Self::Catalog => "catalog",
            Self::Param => "param",
            Self::Fn => "fn",
            Self::Table => "table",
            Self::Relation => "relation",
            Self::Policy => "policy",
        }
    }

    /// Its place in a set of kinds.
    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// What an item declares, by its first word.
    fn of_head(word: &str) -> Option<Self> {
        Some(match word {
            "enum" => Self::Enum,
            "entity" | "event" => Self::Fact,
            "request" => Self::Request,
            "signal" => Self::Signal,
            "catalog" => Self::Catalog,
            "param" => Self::Param,
            "fn" => Self::Fn,
            "table" => Self::Table,
            "relation" => Self::Relation,
            "policy" => Self::Policy,
            _ => return None,
        })
    }
}

/// A declared name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, salsa::SalsaValue)]
pub struct Decl<'db> {
    /// What it is.
    pub kind: DeclKind,
    /// The item; for the enum `Signal`, which no item declares, any signal's.
    pub item: Item<'db>,
    /// Its qualified name.
    pub name: QualifiedName<'db>,
}

/// A file's package and the names that it takes from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, salsa::SalsaValue)]
pub(super) struct Header {
    pub(super) package: String,
    /// Package, and the names taken from it; `None` is all.
    pub(super) uses: Vec<(String, Option<Vec<String>>)>,
}

/// What a file says of names: its package, what it takes from others, what it declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, salsa::SalsaValue)]
pub(super) struct Outline<'db> {
    pub(super) header: Header,
    /// The names that it declares, without what stands behind them.
    pub(super) declared: Vec<(String, DeclKind, Item<'db>)>,
}

/// The outline of a file: an edit inside an item leaves it as it was.
///
/// Everything that looks a name up rests on the outlines of all files, so there is little under one: the
/// heads of the items and no tree but those of `package` and `use`, which are not worth keeping twice.
#[salsa::tracked]
pub(super) fn outline<'db>(db: &'db dyn Db, file: SourceFile) -> Outline<'db> {
    let mut outline = Outline::default();
    for &item in db::items(db, file) {
        let (word, name) = item.head(db).split_once(' ').unwrap_or_default();
        if let Some(kind) = DeclKind::of_head(word) {
            if !name.is_empty() {
                outline.declared.push((name.to_owned(), kind, item));
            }
            continue;
        }
        if word != "package" && word != "use" {
            continue;
        }
        match syntax::parse_item(item.text(db)).item.map(|tree| tree.kind) {
            // A second one is reported, and changes nothing.
            Some(ItemKind::Package(path)) if outline.header.package.is_empty() => {
                outline.header.package = path.dotted();
            }
            Some(ItemKind::Use(taken)) => {
                let names = taken.names.map(|names| names.into_iter().map(|name| name.text).collect());
                outline.header.uses.push((taken.package.dotted(), names));
            }
            _ => {}
        }
    }
    outline
}

/// The header of a file: what it declares may change and leave this as it was.
#[salsa::tracked]
pub(super) fn header(db: &dyn Db, file: SourceFile) -> Header {
    outline(db, file).header.clone()
}

/// What a file declares but for policies, of which there are most: their names come and go, and what is made
/// of all the others stays.
#[salsa::tracked]
fn apart<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<(DeclKind, Item<'db>)> {
    let declared = outline(db, file).declared.iter();
    declared.filter(|(_, kind, _)| *kind != DeclKind::Policy).map(|(_, kind, item)| (*kind, *item)).collect()
}

/// What is written down of a file for everybody.
pub(crate) fn gist(db: &dyn Db, file: SourceFile) -> Gist {
    let outline = outline(db, file);
    Gist::new(&outline.header.package, outline.declared.iter().map(|(_, kind, _)| *kind))
}

/// The names that a file declares, each with its item.
pub(crate) fn declared<'db>(db: &'db dyn Db, file: SourceFile) -> &'db [(String, DeclKind, Item<'db>)] {
    &outline(db, file).declared
}

/// Every item that declares something of the given kinds, none of them policies. Readers hang on the files that
/// have such items, and there on names and not on trees: an edit inside an item of another kind leaves them alone.
pub(super) fn of_kind<'db>(db: &'db dyn Db, kinds: &[DeclKind]) -> Vec<Item<'db>> {
    let files = Workspace::get(db).files(db).iter().copied();
    let theirs = files.filter(|file| kinds.iter().any(|kind| file.gist(db).declares(*kind)));
    let declared = theirs.flat_map(|file| apart(db, file));
    declared.filter(|(kind, _)| kinds.contains(kind)).map(|(_, item)| *item).collect()
}

/// The names that a file declares, each with its declaration.
#[salsa::tracked]
fn decls<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<(String, Decl<'db>)> {
    let outline = outline(db, file);
    let package = &outline.header.package;
    let decl = |(name, kind, item): &(String, DeclKind, Item<'db>)| {
        let qualified = QualifiedName::new(db, Name::from(format!("{package}.{name}")));
        (name.clone(), Decl { kind: *kind, item: *item, name: qualified })
    };
    outline.declared.iter().map(decl).collect()
}

/// The declared names of a package.
type Names<'db> = BTreeMap<String, Decl<'db>>;

/// The files of each package that declare anything, and the first that declares a signal.
#[derive(Clone, Debug, Default, PartialEq, Eq, salsa::SalsaValue)]
struct Packages {
    files: BTreeMap<String, Vec<SourceFile>>,
    signals: Option<SourceFile>,
}

/// Which files make which package. It hangs on what is written down of each file and on no text.
#[salsa::tracked]
fn packages(db: &dyn Db) -> Packages {
    let mut out = Packages::default();
    for &file in Workspace::get(db).files(db) {
        let gist = file.gist(db);
        if gist.declares(DeclKind::Signal) && out.signals.is_none() {
            out.signals = Some(file);
        }
        if gist.declares_any() {
            out.files.entry(gist.package.clone()).or_default().push(file);
        }
    }
    out
}

/// The names that a package declares, the first of several with one name; `None` where no file that declares
/// anything is of this package. Readers hang on the files of one package.
#[salsa::tracked]
fn names<'db>(db: &'db dyn Db, package: QualifiedName<'db>) -> Option<Names<'db>> {
    let packages = packages(db);
    let package = package.name(db).as_str();
    let mut out = Names::new();
    for &file in packages.files.get(package)? {
        for (name, decl) in decls(db, file) {
            if !out.contains_key(name) {
                out.insert(name.clone(), *decl);
            }
        }
    }
    if package == CORE {
        let of_file = |file| decls(db, file).iter().find(|(_, decl)| decl.kind == DeclKind::Signal);
        let signal = packages.signals.and_then(of_file).map(|(_, decl)| decl.item);
        // Without a signal the enum is there and has no member: it stands where it is read.
        if let Some(item) = signal.or_else(|| out.get("Coverage").map(|decl| decl.item)) {
            let name = QualifiedName::new(db, Name::from(SIGNAL));
            out.insert("Signal".to_owned(), Decl { kind: DeclKind::Enum, item, name });
        }
    }
    Some(out)
}

fn names_of<'db>(db: &'db dyn Db, package: &str) -> Option<&'db Names<'db>> {
    names(db, QualifiedName::new(db, Name::from(package))).as_ref()
}

/// The declaration of a qualified name. Readers hang on this one name and not on the whole index.
#[salsa::tracked(returns(copy))]
pub(super) fn lookup<'db>(db: &'db dyn Db, name: QualifiedName<'db>) -> Option<Decl<'db>> {
    let (package, short) = name.name(db).as_str().rsplit_once('.')?;
    names_of(db, package)?.get(short).copied()
}

/// The declaration of a qualified name given as text.
pub(super) fn qualified<'db>(db: &'db dyn Db, name: &str) -> Option<Decl<'db>> {
    lookup(db, QualifiedName::new(db, Name::from(name)))
}

/// What a bare name in `file` may mean: its own package's, else what `use` brings, else the prelude's.
pub(super) fn candidates<'db>(db: &'db dyn Db, file: SourceFile, name: &str) -> Vec<Decl<'db>> {
    let header = header(db, file);
    let find = |package: &str| qualified(db, &format!("{package}.{name}"));
    if let Some(own) = find(&header.package) {
        return vec![own];
    }
    let mut named = Vec::new();
    let mut globs = Vec::new();
    for (package, names) in &header.uses {
        match names {
            Some(names) if names.iter().any(|taken| taken == name) => named.extend(find(package)),
            Some(_) => {}
            None => globs.extend(find(package)),
        }
    }
    let mut found = if named.is_empty() { globs } else { named };
    if found.is_empty() {
        found.extend(find(CORE));
    }
    let mut seen = Vec::new();
    found.retain(|decl| {
        let fresh = !seen.contains(&decl.name);
        seen.push(decl.name);
        fresh
    });
    found
}

/// The one declaration that a path in `file` means.
///
/// # Errors
/// A diagnostic where nothing or more than one thing has that name, or where it is of another kind.
pub(super) fn path<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    path: &Path,
    kinds: &[DeclKind],
    code: Code,
) -> Result<Decl<'db>, Box<Diagnostic>> {
    let dotted = path.dotted();
    let found = match path.parts.as_slice() {
        [one] => candidates(db, file, &one.text),
        _ => qualified(db, &dotted).into_iter().collect(),
    };
    one_of(db, file, &dotted, path.span, found, kinds, code)
}

/// Like [`path`], for a single name.
pub(super) fn ident<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    name: &Ident,
    kinds: &[DeclKind],
    code: Code,
) -> Result<Decl<'db>, Box<Diagnostic>> {
    one_of(db, file, &name.text, name.span, candidates(db, file, &name.text), kinds, code)
}

fn one_of<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    name: &str,
    span: Span,
    found: Vec<Decl<'db>>,
    kinds: &[DeclKind],
    code: Code,
) -> Result<Decl<'db>, Box<Diagnostic>> {
    let words = || kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
    match found.as_slice() {
        [] => Err(Box::new(unknown(db, file, name, span, kinds, code))),
        [one] if kinds.contains(&one.kind) => Ok(*one),
        [one] => Err(Box::new(
            Diagnostic::new(
                code,
                span,
                format!("`{name}` is not what is needed here: {} instead of {}", one.kind.word(), words()),
            )
            .label(format!("expected {}", words()))
            .help(format!("name something that is declared by {}", words())),
        )),
        several => {
            let package = several.first().map_or("", |decl| package_of(decl.name.name(db).as_str()));
            let names: Vec<&str> = several.iter().map(|decl| decl.name.name(db).as_str()).collect();
            Err(Box::new(
                Diagnostic::new(Code::Ambiguous, span, format!("`{name}` means more than one thing"))
                    .label("two packages offer this name")
                    .note(format!("it may be {}", suggest::listed(names.iter().copied())))
                    .help(format!("name the one that you mean, as in `use {package}.{{{name}}}`")),
            ))
        }
    }
}

fn package_of(qualified: &str) -> &str {
    qualified.rsplit_once('.').map_or("", |(package, _)| package)
}

/// The diagnostic for a name that nothing declares, with what may have been meant.
pub(super) fn unknown(
    db: &dyn Db,
    file: SourceFile,
    name: &str,
    span: Span,
    kinds: &[DeclKind],
    code: Code,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(code, span, format!("`{name}` is not declared")).label("not found");
    let visible = visible(db, file, kinds);
    if let Some(near) = suggest::nearest(name, visible.iter().map(String::as_str)) {
        return diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            span,
            near.to_owned(),
        );
    }
    let offers = |package: &&String| {
        let names = names_of(db, package);
        names.and_then(|names| names.get(name)).is_some_and(|decl| kinds.contains(&decl.kind))
    };
    match packages(db).files.keys().find(offers) {
        Some(package) => diagnostic.help(format!("add `use {package}.{{{name}}}` at the top of the file")),
        // In an expression it may be meant for anything, and a lone one declares nothing.
        None => match kinds.first() {
            Some(DeclKind::Param | DeclKind::Fn) | None => diagnostic,
            Some(DeclKind::Fact) => diagnostic.help(format!("declare `{name}`, or correct it")),
            Some(kind) => diagnostic.help(format!("declare it, `{} {name} …`, or correct it", kind.word())),
        },
    }
}

/// The names of the given kinds that a bare word in `file` can mean, for suggestions.
pub(super) fn visible(db: &dyn Db, file: SourceFile, kinds: &[DeclKind]) -> Vec<String> {
    let header = header(db, file);
    let mut out = Vec::new();
    let mut take = |package: &str, only: Option<&[String]>| {
        for (name, decl) in names_of(db, package).into_iter().flatten() {
            if kinds.contains(&decl.kind) && only.is_none_or(|only| only.contains(name)) {
                out.push(name.clone());
            }
        }
    };
    take(&header.package, None);
    take(CORE, None);
    for (package, names) in &header.uses {
        take(package, names.as_deref());
    }
    out
}

/// Whether any file that declares something is of this package, or of one inside it.
pub(super) fn is_package(db: &dyn Db, name: &str) -> bool {
    let inside = |package: &String| package.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let known = &packages(db).files;
    known.contains_key(name) || known.keys().any(inside)
}

/// The packages that declare anything, in order.
pub(super) fn all_packages(db: &dyn Db) -> impl Iterator<Item = &str> {
    packages(db).files.keys().map(String::as_str)
}

/// What a package declares, by name.
pub(super) fn declared_in<'db>(db: &'db dyn Db, package: &str) -> Vec<Decl<'db>> {
    names_of(db, package).into_iter().flat_map(|names| names.values().copied()).collect()
}

/// What a bare word in `file` can mean.
pub(super) fn in_scope<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Decl<'db>> {
    let header = header(db, file);
    let mut out = declared_in(db, &header.package);
    out.extend(declared_in(db, CORE));
    for (package, names) in &header.uses {
        let taken = |decl: &Decl<'db>| {
            let name = decl.name.name(db).short();
            names.as_ref().is_none_or(|names| names.iter().any(|taken| taken == name))
        };
        out.extend(declared_in(db, package).into_iter().filter(taken));
    }
    out
}

/// What is wrong with a `use`.
pub(super) fn use_diagnostics(db: &dyn Db, item: Item<'_>) -> Vec<Diagnostic> {
    let Some(ItemKind::Use(taken)) = db::parsed(db, item).item.as_ref().map(|tree| &tree.kind) else {
        return Vec::new();
    };
    let package = taken.package.dotted();
    let Some(names) = names_of(db, &package) else {
        let known = packages(db).files.keys().map(String::as_str);
        let diagnostic =
            Diagnostic::new(Code::UnknownPackage, taken.package.span, format!("no package `{package}`"))
                .label("no file says `package` with this name");
        return vec![match suggest::nearest(&package, known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                taken.package.span,
                near.to_owned(),
            ),
            None => diagnostic,
        }];
    };
    let mut out = Vec::new();
    for name in taken.names.iter().flatten() {
        if names.contains_key(&name.text) {
            continue;
        }
        let text = format!("`{package}` has no `{}`", name.text);
        let diagnostic = Diagnostic::new(Code::UnknownPackage, name.span, text).label("not declared there");
        out.push(match suggest::nearest(&name.text, names.keys().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                name.span,
                near.to_owned(),
            ),
            None => diagnostic,
        });
    }
    out
}

/// The names that `file` declares although another item of its package does already; places are
/// counted from the file's start.
pub(super) fn duplicates(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let outline = outline(db, file);
    let package = &outline.header.package;
    let mut out = Vec::new();
    for (name, _, item) in &outline.declared {
        let Some(first) = names_of(db, package).and_then(|names| names.get(name)) else { continue };
        if first.item == *item {
            continue;
        }
        let place = |item: Item<'_>| {
            let tree = db::parsed(db, item).item.as_ref();
            tree.and_then(|tree| tree.name())
                .map(|name| name.span.shifted(item.start(db)))
                .unwrap_or_default()
        };
        let other = first.item.file(db);
        let mut diagnostic = Diagnostic::new(
            Code::Duplicate,
            place(*item),
            format!("`{name}` is declared twice in package `{package}`"),
        )
        .label("declared again here")
        .help("rename one of them");
        diagnostic.labels.push(Label {
            file: Some(other.path(db).to_owned()),
            span: place(first.item),
            message: "declared here first".to_owned(),
        });
        out.push(diagnostic);
    }
    out
}
