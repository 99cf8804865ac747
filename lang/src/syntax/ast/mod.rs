//! What an author wrote: one tree an item, every node with its span inside the item's own text.
//!
//! Nothing here is resolved. A tree is made for every item, broken ones included: what could not be
//! read is [`ExprKind::Error`] or simply not there, and a diagnostic says so.

mod expr;
mod governance;

pub use expr::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
pub use governance::{EnvelopeItem, RelationCase, RelationItem, WaiveItem};

use crate::diagnostic::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name as written.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A dotted name: `nhi.model`, `Severity`, `owasp_nhi.NHI7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The parts, at least one.
    pub parts: Vec<Ident>,
    /// From the first part to the last.
    pub span: Span,
}

impl Path {
    /// The path as one dotted text.
    #[must_use]
    pub fn dotted(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }
}

/// One top-level item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    /// What it declares.
    pub kind: ItemKind,
    /// The `///` lines above it, joined by newlines, without the slashes.
    pub docs: String,
    /// The item without its documentation.
    pub span: Span,
}

impl Item {
    /// The declared name, for items that have one.
    #[must_use]
    pub fn name(&self) -> Option<&Ident> {
        match &self.kind {
            ItemKind::Package(_)
            | ItemKind::Use(_)
            | ItemKind::Test(_)
            | ItemKind::Waive(_)
            | ItemKind::Envelope(_) => None,
            ItemKind::Enum(item) => Some(&item.name),
            ItemKind::Fact(item) => Some(&item.name),
            ItemKind::Signal(item) => Some(&item.name),
            ItemKind::Catalog(item) => Some(&item.name),
            ItemKind::Param(item) => Some(&item.name),
            ItemKind::Fn(item) => Some(&item.name),
            ItemKind::Table(item) => Some(&item.name),
            ItemKind::Relation(item) => Some(&item.name),
            ItemKind::Policy(item) => Some(&item.name),
        }
    }
}

/// The kinds of item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// `package a.b`
    Package(Path),
    /// `use a.b.{x, y}`, `use a.b.*`
    Use(Use),
    /// `enum E { a < b }`
    Enum(EnumItem),
    /// `entity`, `event` or `request`
    Fact(FactItem),
    /// `signal s { lag 15m … }`
    Signal(SignalItem),
    /// `catalog c "…" version "…" prefix "…" { … }`
    Catalog(CatalogItem),
    /// `param p: T = default in lo..hi source "…"`
    Param(ParamItem),
    /// `fn f(a: T): U = expr`
    Fn(FnItem),
    /// `table t(a: T): U { cell, cell => result }`
    Table(TableItem),
    /// `relation r(a: T, b: U) { case for … where … }`
    Relation(RelationItem),
    /// `policy p { … }`
    Policy(PolicyItem),
    /// `waive p for x where … until … because "…" by "…"`
    Waive(WaiveItem),
    /// `envelope revoke T at most 5% or 20 per 1h never where …`
    Envelope(EnvelopeItem),
    /// `test "…" { … }`
    Test(TestItem),
}

/// `use package.{names}` or `use package.*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Use {
    /// The package.
    pub package: Path,
    /// The names taken from it; `None` is all of them.
    pub names: Option<Vec<Ident>>,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// Its place, with the `?`.
    pub span: Span,
    /// `T?`: may be absent.
    pub optional: bool,
}

/// The shape of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// `bool`, `Secret`, …
    Name(Path),
    /// `list<T>`, `map<K, V>`, `sensitive<T>`
    Generic(Ident, Vec<TypeExpr>),
}

/// `enum E { a < b < c }` or `enum E { a, b }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnumItem {
    /// Its name.
    pub name: Ident,
    /// Whether the members are separated by `<`, least first.
    pub ordered: bool,
    /// The members with the documentation above each.
    pub members: Vec<(Ident, String)>,
}

/// Which head word a fact type was declared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKeyword {
    /// Facts with identity.
    Entity,
    /// Things that happened.
    Event,
    /// Questions asked at the decision point.
    Request,
}

/// `entity`, `event` or `request`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FactItem {
    /// The head word.
    pub keyword: FactKeyword,
    /// The type's name.
    pub name: Ident,
    /// The fields in order.
    pub fields: Vec<FieldItem>,
    /// `fresh for 24h`: microseconds.
    pub fresh_for: Option<(i64, Span)>,
    /// `lives started_at .. ended_at`; the end may be left out (`lives at ..`).
    pub lives: Option<(Path, Option<Path>)>,
    /// What makes "no such one" knowable.
    pub coverage: Option<CoverageItem>,
}

/// `key name: Type? = default inverse name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldItem {
    /// Whether the field is the type's key.
    pub key: bool,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// `= value`, a constant expression.
    pub default: Option<Expr>,
    /// `inverse uses`.
    pub inverse: Option<Ident>,
    /// The documentation above it.
    pub docs: String,
}

/// `covered by …` or `closed`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CoverageItem {
    /// The list is always complete.
    Closed(Span),
    /// Alternatives (`or`) of conjunctions (`and`).
    By(Vec<Vec<CoveredBy>>, Span),
}

/// `signal on scope`; no `on` means the one scope `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoveredBy {
    /// The kind of telemetry.
    pub signal: Ident,
    /// Field paths from the type's own fields; several make one joined scope.
    pub scope: Vec<Path>,
}

/// `signal s { lag 15m gap 15m loss 0.1% basis heartbeat }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignalItem {
    /// Its name.
    pub name: Ident,
    /// How late reports come, in microseconds.
    pub lag: Option<(i64, Span)>,
    /// The longest hole that is tolerated, in microseconds.
    pub gap: Option<(i64, Span)>,
    /// The tolerated share of lost reports, in parts per million.
    pub loss: Option<(u32, Span)>,
    /// `declared`, `heartbeat`, `proven` or `run`.
    pub basis: Option<Ident>,
}

/// `catalog csf "NIST CSF" version "2.0" prefix "nist-csf-2.0" { … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CatalogItem {
    /// Its name in `maps`.
    pub name: Ident,
    /// Its title.
    pub title: StringLit,
    /// Its version.
    pub version: Option<StringLit>,
    /// What official ids are printed behind; the name where it is left out.
    pub prefix: Option<StringLit>,
    /// The entries.
    pub entries: Vec<CatalogEntry>,
}

/// `DE_CM_03 "DE.CM-03" "title" alias "DE.CM-3", "…"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CatalogEntry {
    /// The name used in `maps`.
    pub name: Ident,
    /// The official id.
    pub id: StringLit,
    /// The official title.
    pub title: Option<StringLit>,
    /// Names that `maps` accepts with a warning.
    pub aliases: Vec<Ident>,
}

/// A string with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StringLit {
    /// The value, escapes resolved.
    pub value: String,
    /// The literal with its quotes.
    pub span: Span,
}

/// `param idle_after: duration = 45d in 7d..400d source "…"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParamItem {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// The default: a constant.
    pub default: Expr,
    /// Inclusive bounds: constants.
    pub bounds: Option<(Expr, Expr)>,
    /// Where the default comes from.
    pub source: Option<StringLit>,
}

/// A named and typed parameter of a `fn` or `table`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Argument {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
}

/// `fn live(w: Workload): bool = …`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FnItem {
    /// Its name.
    pub name: Ident,
    /// Its parameters; the first may be the receiver of a method call.
    pub args: Vec<Argument>,
    /// The type of its value.
    pub result: TypeExpr,
    /// Its body.
    pub body: Expr,
}

/// `table t(a: bool, b: Impact): Tier { true, >= total => x … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableItem {
    /// Its name.
    pub name: Ident,
    /// Its columns.
    pub args: Vec<Argument>,
    /// The type of its results.
    pub result: TypeExpr,
    /// Its rows.
    pub rows: Vec<TableRow>,
}

/// `cell, cell => result`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableRow {
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// One enum member or literal.
    pub result: Expr,
    /// The whole row.
    pub span: Span,
}

/// One cell of a table's row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// What it matches.
    pub kind: CellKind,
    /// Its place.
    pub span: Span,
}

/// What a cell matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CellKind {
    /// `_`: everything that is known, and what is not.
    Any,
    /// `unknown`: an input that is not known.
    Unknown,
    /// `a | b`: literals or bare members.
    OneOf(Vec<Expr>),
    /// `>= a`, `> a`, `<= a`, `< a`.
    Ordered(BinaryOp, Expr),
}

/// `policy p { … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyItem {
    /// Its name.
    pub name: Ident,
    /// `mode monitor` or `mode enforce`.
    pub mode: Option<Ident>,
    /// `maps owasp_nhi.NHI7, …`.
    pub maps: Vec<Path>,
    /// `for secret: Secret, s in held(n)`.
    pub bindings: Vec<Binding>,
    /// `sequence by f within 1h { … }`, in the place of `for`.
    pub sequence: Option<Sequence>,
    /// `where` and `let`, in the order written.
    pub clauses: Vec<Clause>,
    /// `decide`; `None` where it is missing or could not be read.
    pub decide: Option<Decide>,
}

/// One binding of `for`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Its name.
    pub name: Ident,
    /// Where its facts come from.
    pub source: BindingSource,
    /// From the name to the end of the source.
    pub span: Span,
}

/// What a binding ranges over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BindingSource {
    /// `x: Type`: all facts of the type.
    Type(Path),
    /// `x in list`.
    List(Expr),
    /// `(x, y) in relation`: all names, the binding's own first, and the relation.
    Relation(Vec<Ident>, Path),
}

/// `sequence by identity within 1h { a: ApiCall where …  b: ApiCall where … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sequence {
    /// A field that every step's type has, with one value in all steps.
    pub by: Option<Ident>,
    /// How long the whole may take, a duration constant or a param.
    pub within: Option<Expr>,
    /// The steps, first to last.
    pub steps: Vec<SequenceStep>,
    /// From the word `sequence` to its end.
    pub span: Span,
}

/// `a: ApiCall where …`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SequenceStep {
    /// Its name.
    pub name: Ident,
    /// The event's type.
    pub ty: Path,
    /// Which events fit; may use the steps before it.
    pub condition: Option<Expr>,
}

/// `where` or `let`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Clause {
    /// `where expr`
    Where(Expr),
    /// `let name = expr`, with the documentation above it or the comment behind it.
    Let(Ident, Expr, String),
}

/// `decide { arms }`, or `decide outcome because "…"` without braces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decide {
    /// The arms, first to last.
    pub arms: Vec<Arm>,
    /// From the word `decide` to its end.
    pub span: Span,
}

/// `condition => outcome, outcome because "…"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arm {
    /// When it fires.
    pub when: When,
    /// What it decides; empty is `none`.
    pub outcomes: Vec<Outcome>,
    /// Why; only `none` may lack it.
    pub because: Option<TextLit>,
    /// The whole arm.
    pub span: Span,
}

/// The left side of an arm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// A condition.
    Expr(Expr),
    /// `unknown`
    Unknown(Span),
    /// `otherwise`; also an arm without braces.
    Otherwise(Span),
}

/// One outcome of an arm, with its clauses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// What is decided.
    pub kind: OutcomeKind,
    /// `within 24h`: a deadline; a duration constant or a parameter.
    pub within: Option<Expr>,
    /// `for 1h`: how long the effect lasts; of `block` only.
    pub lasting: Option<Expr>,
    /// `with { key: expr }`.
    pub with: Vec<(Ident, Obligation)>,
    /// The whole outcome.
    pub span: Span,
}

/// The four outcomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    /// `rank tier by k1, k2 desc`; the flag is `desc`.
    Rank(Expr, Vec<(Expr, bool)>),
    /// `alert high` (a bare name) or `alert (expr)`.
    Alert(Expr),
    /// `revoke each? x by stage`.
    Revoke {
        /// The target, or the list of targets.
        target: Expr,
        /// `revoke each LIST`.
        each: bool,
        /// `by stage|quarantine|rotate|destroy`.
        by: Option<Ident>,
    },
    /// `block x`.
    Block(Expr),
}

/// What an obligation says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Obligation {
    /// A value.
    Value(Expr),
    /// A text alone, which may have interpolations.
    Text(TextLit),
}

impl Obligation {
    /// The expressions in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (value, text) = match self {
            Self::Value(value) => (Some(value), None),
            Self::Text(text) => (None, Some(text.exprs())),
        };
        value.into_iter().chain(text.into_iter().flatten())
    }
}

/// A text with interpolations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextLit {
    /// Its parts in order.
    pub parts: Vec<TextPart>,
    /// The literal with its quotes.
    pub span: Span,
}

impl TextLit {
    /// The expressions between its braces.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            TextPart::Expr(expr) => Some(expr),
            TextPart::Text(_) | TextPart::Missing(_) => None,
        })
    }
}

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextPart {
    /// Plain text, escapes resolved, `{{` made `{`.
    Text(String),
    /// `{expr}`.
    Expr(Expr),
    /// `{missing}`.
    Missing(Span),
}

/// `test "…" { … }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TestItem {
    /// What it shows.
    pub name: StringLit,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// One step of a test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Its place.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// `now 2026-06-01T00:00:00Z`
    Now(Expr),
    /// `given Secret { id: "…", … }`; an expression of kind [`ExprKind::Struct`].
    Given(Expr),
    /// `without Coverage` or `without Secret "AKIA1"`: takes given facts away again.
    Without(Path, Option<StringLit>),
    /// `set nhi.lifecycle.idle_after = 30d`: a parameter, for the steps that follow.
    Set(Path, Expr),
    /// `expect …`
    Expect(Expect),
    /// `expect error E0203 in """…"""`
    Check(Check),
}

/// `expect error E0203 because contains "…", warning in """…"""`: what the checker says of a text that stands
/// beside the test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// What it says; `expect nothing in …` is none.
    pub said: Vec<Said>,
    /// The text.
    pub text: StringLit,
}

/// `error E0203 because contains "…"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Said {
    /// `error` or `warning`.
    pub severity: Ident,
    /// The code; `None` is any of that severity.
    pub code: Option<Ident>,
    /// `because contains "…"`: parts of what is said.
    pub because: Vec<StringLit>,
}

/// `expect OUTCOME? on KEY by policy, …`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expect {
    /// What is expected.
    pub kind: ExpectKind,
    /// `on "K"` or `on ("K1", "K2")`: the anchor's keys; for `revoke` and `block` the target's key may
    /// stand directly behind the word instead.
    pub on: Vec<StringLit>,
    /// `by policy`.
    pub by: Option<Path>,
    /// `because contains "…"`.
    pub because: Vec<StringLit>,
    /// `could_be alert`, …: outcome words that must be possible.
    pub could_be: Vec<Ident>,
    /// `valid_until 2026-…` or `valid_until null`.
    pub valid_until: Option<Expr>,
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExpectKind {
    /// `expect alert medium`
    Alert(Option<Ident>),
    /// `expect rank T1`
    Rank(Option<Ident>),
    /// `expect revoke "K" by quarantine`
    Revoke(Option<StringLit>, Option<Ident>),
    /// `expect block "K"`
    Block(Option<StringLit>),
    /// `expect nothing`
    Nothing,
    /// `expect undetermined`
    Undetermined,
}
