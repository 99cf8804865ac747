//! Numbers for names, given out once for a schema.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use assize_lang::plan::{Coverage, FactKind, FactType, Field, Name, Schema, Type};
use rustc_hash::FxHashMap;

use super::cell::Cell;
use super::table::Table;
use crate::store::{Trust, ambiguous, coverage_type};
use crate::value::{Value, from_const};

/// A fact type: its place among the schema's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub u16);

/// A field: its place in [`FactType::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FieldId(pub u16);

/// A key of a type, in the order in which keys were first heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row(pub u32);

/// An interned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Sym(pub u32);

impl TypeId {
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl FieldId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Row {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// How a field's known values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The key: no column.
    Key,
    Bool,
    Enum,
    Int,
    Uint,
    Double,
    Time,
    Span,
    Text,
    /// A reference.
    Fact(TypeId),
    /// A list of references.
    Facts(TypeId),
    /// A list, a map, bytes, or anything.
    Other,
}

impl Kind {
    /// The type that the field refers to.
    pub(super) fn target(self) -> Option<TypeId> {
        match self {
            Self::Fact(to) | Self::Facts(to) => Some(to),
            _ => None,
        }
    }
}

/// One fact type, with its names looked up.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) ty: FactType,
    /// Its name as people see it.
    pub(super) label: Arc<str>,
    pub(super) kinds: Vec<Kind>,
    /// The value of a field that a fresh report leaves out.
    pub(super) defaults: Vec<Option<Value>>,
    pub(super) names: FxHashMap<Name, FieldId>,
    /// The field that says when an event happened.
    pub(super) at: Option<FieldId>,
    /// The field that says when the thing ends.
    pub(super) end: Option<FieldId>,
}

/// Numbers for the names of a schema.
pub(crate) struct Layout {
    schema: Arc<Schema>,
    trust: Arc<Trust>,
    ids: FxHashMap<Name, TypeId>,
    shapes: Vec<Shape>,
    coverage: Option<TypeId>,
    scoped: Vec<(TypeId, Vec<TypeId>)>,
    /// A table without rows for each type.
    tables: Vec<Arc<Table>>,
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layout").field("types", &self.ids.len()).finish_non_exhaustive()
    }
}

impl Layout {
    pub(super) fn is_of(&self, schema: &Schema, trust: &Trust) -> bool {
        *self.schema == *schema && *self.trust == *trust
    }

    /// Numbers the types in the order of their names, and fields in the order declared. Of a schema of
    /// more than 65,535 types, or a type of as many fields, what is beyond has no number.
    pub(crate) fn new(schema: Arc<Schema>, trust: Arc<Trust>) -> Self {
        let numbers = 0..u16::MAX;
        let ids: FxHashMap<Name, TypeId> =
            schema.facts.keys().cloned().zip(numbers.clone().map(TypeId)).collect();
        let doubtful = ambiguous(&schema);
        let shapes: Vec<Shape> =
            schema.facts.values().take(ids.len()).map(|ty| shape(ty, &ids, &doubtful)).collect();
        let coverage = ids.get(&coverage_type()).copied();
        let tables = shapes.iter().map(|shape| Arc::new(Table::new(&shape.kinds))).collect();
        let mut layout = Self { schema, trust, ids, shapes, coverage, scoped: Vec::new(), tables };
        let through = layout.types().map(|ty| (ty, layout.read_through(ty)));
        layout.scoped = through.filter(|(_, through)| !through.is_empty()).collect();
        layout
    }

    /// Whether types of facts have the same numbers and fields.
    pub(super) fn same_facts(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.schema, &other.schema)
            || self.schema.facts == other.schema.facts && self.schema.enums == other.schema.enums
    }

    pub(super) fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// The number of the type of this qualified name.
    pub(crate) fn type_id(&self, name: &Name) -> Option<TypeId> {
        self.ids.get(name).copied()
    }

    /// What was declared about a type.
    pub(crate) fn ty(&self, id: TypeId) -> &FactType {
        &self.shape(id).ty
    }

    /// The number of a type's field.
    pub(crate) fn field_id(&self, ty: TypeId, name: &str) -> Option<FieldId> {
        self.shape(ty).names.get(name).copied()
    }

    /// What was declared about a field.
    pub(crate) fn field(&self, ty: TypeId, field: FieldId) -> Option<&Field> {
        self.ty(ty).fields.get(field.index())
    }

    /// The type that a reference, or a list of references, refers to.
    pub(crate) fn target(&self, ty: TypeId, field: FieldId) -> Option<TypeId> {
        self.shape(ty).kinds.get(field.index()).copied().and_then(Kind::target)
    }

    /// The type that a reference refers to, where it is a single one.
    pub(crate) fn refers_to(&self, ty: TypeId, field: FieldId) -> Option<TypeId> {
        match self.kind(ty, field) {
            Kind::Fact(to) => Some(to),
            _ => None,
        }
    }

    /// The schema.
    pub(crate) fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// How far tools are believed.
    pub(crate) fn trust(&self) -> &Arc<Trust> {
        &self.trust
    }

    /// All types, in the order of their names.
    pub(crate) fn types(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..u16::try_from(self.shapes.len()).unwrap_or(u16::MAX)).map(TypeId)
    }

    #[expect(clippy::indexing_slicing, reason = "a type's number is only ever given out by its own layout")]
    pub(super) fn shape(&self, id: TypeId) -> &Shape {
        &self.shapes[id.index()]
    }

    /// The types of which the scope is read through other facts, with those facts' types.
    pub(super) fn scoped(&self) -> &[(TypeId, Vec<TypeId>)] {
        &self.scoped
    }

    fn read_through(&self, ty: TypeId) -> Vec<TypeId> {
        let mut out = Vec::new();
        let Coverage::By(alternatives) = &self.ty(ty).coverage else { return out };
        for path in alternatives.iter().flatten().flat_map(|part| &part.scope) {
            let mut of = ty;
            for name in path.iter().take(path.len().saturating_sub(1)) {
                let next = self.field_id(of, name.as_str());
                match next.and_then(|field| self.target(of, field)) {
                    Some(to) => of = to,
                    None => break,
                }
                out.push(of);
            }
        }
        out
    }

    /// The type of the facts that carry coverage, where the schema has it.
    pub(crate) fn coverage(&self) -> Option<TypeId> {
        self.coverage
    }

    /// The value of a field that a fresh report leaves out.
    pub(super) fn default(&self, ty: TypeId, field: FieldId) -> Option<&Value> {
        self.shape(ty).defaults.get(field.index())?.as_ref()
    }

    /// The type's name as people see it.
    pub(super) fn label(&self, ty: TypeId) -> &Arc<str> {
        &self.shape(ty).label
    }

    /// How a field is kept.
    pub(crate) fn kind(&self, ty: TypeId, field: FieldId) -> Kind {
        self.shape(ty).kinds.get(field.index()).copied().unwrap_or(Kind::Other)
    }

    /// The fields of a type with how they are kept.
    pub(crate) fn kinds(&self, ty: TypeId) -> impl Iterator<Item = (FieldId, Kind)> + '_ {
        (0..u16::MAX).map(FieldId).zip(self.shape(ty).kinds.iter().copied())
    }

    /// The cell of a known value of a type that needs no table: neither text nor reference.
    pub(super) fn plain(value: &Value) -> Cell {
        match value {
            Value::Null => Cell::Absent,
            Value::Bool(truth) => Cell::Bool(*truth),
            Value::Enum(_, member) => Cell::Enum(*member),
            Value::Int(number) => Cell::Int(*number),
            Value::Uint(number) => Cell::Uint(*number),
            Value::Double(number) => Cell::Double(*number),
            Value::Timestamp(at) => Cell::Time(*at),
            Value::Duration(span) => Cell::Span(*span),
            _ => Cell::Other,
        }
    }
}

fn shape(ty: &FactType, ids: &FxHashMap<Name, TypeId>, doubtful: &BTreeSet<String>) -> Shape {
    let short = ty.name.short();
    let label = Arc::from(if doubtful.contains(short) { ty.name.as_str() } else { short });
    let place = |name: &Name| {
        let at = ty.fields.iter().position(|field| field.name == *name)?;
        u16::try_from(at).ok().map(FieldId)
    };
    let kinds = ty.fields.iter().map(|field| kind(ty, field, ids)).collect();
    let defaults = ty.fields.iter().map(|field| field.default.as_ref().map(from_const)).collect();
    let names =
        ty.fields.iter().filter_map(|field| Some((field.name.clone(), place(&field.name)?))).collect();
    let at = (ty.kind == FactKind::Event).then(|| place(&Name::from("at"))).flatten();
    let end = ty.lives.as_ref().and_then(|(_, end)| end.as_ref()).and_then(place);
    Shape { ty: ty.clone(), label, kinds, defaults, names, at, end }
}

fn kind(ty: &FactType, field: &Field, ids: &FxHashMap<Name, TypeId>) -> Kind {
    if field.name == ty.key {
        return Kind::Key;
    }
    of_type(&field.ty, ids)
}

fn of_type(ty: &Type, ids: &FxHashMap<Name, TypeId>) -> Kind {
    match ty {
        Type::Bool => Kind::Bool,
        Type::Enum(_) => Kind::Enum,
        Type::Int => Kind::Int,
        Type::Uint => Kind::Uint,
        Type::Double => Kind::Double,
        Type::Timestamp => Kind::Time,
        Type::Duration => Kind::Span,
        Type::String => Kind::Text,
        Type::Sensitive(inner) => of_type(inner, ids),
        Type::Fact(name) => ids.get(name).map_or(Kind::Other, |id| Kind::Fact(*id)),
        Type::List(of) => match of.as_ref() {
            Type::Fact(name) => ids.get(name).map_or(Kind::Other, |id| Kind::Facts(*id)),
            _ => Kind::Other,
        },
        Type::Null
        | Type::Bytes
        | Type::Map(..)
        | Type::Dyn
        | Type::Optional(_)
        | Type::Type
        | Type::Opaque(..)
        | Type::Param(_)
        | Type::Never => Kind::Other,
    }
}
