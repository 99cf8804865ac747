//! Types, and what is declared about facts.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Const, Name};

/// A type of the language.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Type {
    /// The type of `null` alone.
    Null,
    /// `bool`
    Bool,
    /// `int`: 64 bits, signed.
    Int,
    /// `uint`: 64 bits, unsigned.
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `timestamp`: microseconds since 1970, UTC.
    Timestamp,
    /// `duration`: microseconds.
    Duration,
    /// `list<T>`
    List(Box<Type>),
    /// `map<K, V>`
    Map(Box<Type>, Box<Type>),
    /// Anything; checked when evaluated.
    Dyn,
    /// An enum, by qualified name.
    Enum(Name),
    /// A reference to a fact (which is its key), by the qualified name of its type.
    Fact(Name),
    /// `sensitive<T>`: may be compared for equality, hashed, counted and measured; never shown.
    Sensitive(Box<Type>),
    /// CEL's `optional_type(T)`: a value of its own that holds another or none. In lone expressions only;
    /// what may be absent in a policy is marked by [`super::Expr::optional`].
    Optional(Box<Type>),
    /// The type of types (`int`, `type(x)`), in lone expressions only.
    Type,
    /// A type of the host's own, which only its functions look into: CEL's abstract type, with what it is made
    /// from. In lone expressions only.
    Opaque(Name, Vec<Type>),
    /// A type parameter of a function that the host declares, where it is declared; in no plan.
    Param(Name),
    /// What the elements of `[]` are before anything says more: the checker's own, and in no plan.
    Never,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Dyn => f.write_str("dyn"),
            Self::List(of) => write!(f, "list<{of}>"),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Self::Enum(name) | Self::Fact(name) => f.write_str(name.short()),
            Self::Sensitive(of) => write!(f, "sensitive<{of}>"),
            Self::Optional(of) => write!(f, "optional<{of}>"),
            Self::Type => f.write_str("type"),
            Self::Opaque(name, of) => match of.split_first() {
                None => f.write_str(name.as_str()),
                Some((first, rest)) => {
                    write!(f, "{name}<{first}")?;
                    rest.iter().try_for_each(|next| write!(f, ", {next}"))?;
                    f.write_str(">")
                }
            },
            Self::Param(name) => f.write_str(name.as_str()),
            Self::Never => f.write_str("dyn"),
        }
    }
}

/// The types, by qualified name, and the signals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Enums.
    pub enums: BTreeMap<Name, EnumType>,
    /// Entities, events and requests.
    pub facts: BTreeMap<Name, FactType>,
    /// Kinds of telemetry, by their short name (the members of the enum `Signal`).
    pub signals: BTreeMap<Name, Signal>,
}

impl Schema {
    /// The fact type that `name` means: qualified, or short where only one package has it.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&FactType> {
        if let Some(found) = self.facts.get(name) {
            return Some(found);
        }
        let mut found = self.facts.values().filter(|fact| fact.name.short() == name);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// A closed set of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// The qualified name.
    pub name: Name,
    /// Whether the members are ordered, least first.
    pub ordered: bool,
    /// The members; a value is its index here. At most 64.
    pub members: Vec<Member>,
    /// What it means.
    pub docs: String,
}

impl EnumType {
    /// The index of the member called `name`.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u8> {
        let at = self.members.iter().position(|member| member.name.as_str() == name)?;
        u8::try_from(at).ok()
    }
}

/// One member of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: Name,
    /// What it means.
    pub docs: String,
}

/// The three kinds of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FactKind {
    /// A thing with identity, reported again and again.
    Entity,
    /// Something that happened; never updated. Has a field `at: timestamp`.
    Event,
    /// A question asked at the decision point; lives for one decision.
    Request,
}

/// An entity, event or request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactType {
    /// The qualified name.
    pub name: Name,
    /// Which kind it is.
    pub kind: FactKind,
    /// The name of the key field: a `string`.
    pub key: Name,
    /// The fields, the key among them, in the order declared.
    pub fields: Vec<Field>,
    /// Lists of the facts of other types that refer to one of this type.
    pub inverses: Vec<Inverse>,
    /// After how many microseconds a report goes stale; `None` is never.
    pub fresh_for: Option<i64>,
    /// Between which timestamp fields the thing exists; the end may be open.
    pub lives: Option<(Name, Option<Name>)>,
    /// What makes "no such one" knowable.
    pub coverage: Coverage,
    /// What it means.
    pub docs: String,
}

impl FactType {
    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// The inverse list called `name`.
    #[must_use]
    pub fn inverse(&self, name: &str) -> Option<&Inverse> {
        self.inverses.iter().find(|inverse| inverse.name.as_str() == name)
    }
}

/// One field of a fact type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent (`T?`).
    pub optional: bool,
    /// The value where a report leaves it out; without one it is then not collected.
    pub default: Option<Const>,
    /// What it means.
    pub docs: String,
}

/// `secret: Secret inverse uses` in `SecretUse` gives `Secret` the list `uses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inverse {
    /// The list's name: `uses`.
    pub name: Name,
    /// The type of its members: `nhi.model.SecretUse`.
    pub of: Name,
    /// The members' field that refers back: `secret`. A reference, or a list of references.
    pub via: Name,
}

/// What makes the absence of a fact knowable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coverage {
    /// The list of facts is always complete.
    Closed,
    /// Any of these alternatives, each of which needs all of its parts.
    By(Vec<Vec<CoveredBy>>),
}

/// One signal on one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredBy {
    /// The signal's short name.
    pub signal: Name,
    /// Field paths from the fact's own fields. The scope is their values joined by `/`, in order; an
    /// empty list is the one scope `*`.
    pub scope: Vec<Vec<Name>>,
}

/// How a signal's coverage is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Configuration says so: supports no negative.
    Declared,
    /// A complete run of a scanner or an inventory says so.
    Run,
    /// The sensor reported alive.
    Heartbeat,
    /// A planted event arrived.
    Proven,
}

/// A kind of telemetry, and what may be concluded from its silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The short name.
    pub name: Name,
    /// How late its reports come, in microseconds.
    pub lag: i64,
    /// The longest hole that still counts as covered, in microseconds.
    pub gap: i64,
    /// The tolerated share of lost reports, in parts per million.
    pub loss: u32,
    /// How its coverage is known.
    pub basis: Basis,
    /// What it means.
    pub docs: String,
}

/// A threshold that a deployment may override.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// The qualified name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its value unless overridden.
    pub default: Const,
    /// Inclusive bounds.
    pub bounds: Option<(Const, Const)>,
    /// Where the default comes from.
    pub source: String,
    /// What it means.
    pub docs: String,
}

/// A decision table over finite domains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The qualified name.
    pub name: Name,
    /// The columns: booleans and enums.
    pub columns: Vec<(Name, Type)>,
    /// The type of the results: an enum or a boolean.
    pub result: Type,
    /// The rows; the checker has shown that they leave no gap and do not disagree.
    pub rows: Vec<Row>,
    /// What it means.
    pub docs: String,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// The result.
    pub result: Const,
    /// The row as written.
    pub text: String,
}

/// What one cell matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The values that match, one bit each: bit *i* for an enum's member *i*, bits 0 and 1 for `false`
    /// and `true`.
    pub values: u64,
    /// Whether an input that is not known matches as such (the cell says `unknown`).
    pub unknown: bool,
}
