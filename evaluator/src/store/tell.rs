//! Reports without JSON: names resolved once, then values.

use std::io::Write;
use std::sync::Arc;

use assize_lang::plan::{Field, Type};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::changes::Told;
use super::raw::{enum_name, mark};
use super::report::{Origin, State, Stored};
use super::snapshot::Hash;
use crate::facts::{Instant, Source, format_duration, parse_duration};
use crate::value::{Value, escape, from_json};
use crate::world::{Kind, Layout, TypeId};

/// A type of fact, looked up once: what is told of its facts is told by its fields' places.
#[derive(Clone, Debug)]
pub struct FactForm {
    layout: Arc<Layout>,
    ty: TypeId,
    /// Its name and that of its key, as lines write them.
    name: String,
    key: usize,
    /// The fields' names in quotes, and the fields by name.
    labels: Arc<Vec<String>>,
    sorted: Arc<Vec<usize>>,
}

/// A field of a [`FactForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldHandle {
    ty: TypeId,
    place: usize,
}

/// A source, looked up once.
#[derive(Clone, Debug)]
pub struct SourceHandle {
    origin: Arc<Origin>,
    record: Option<Arc<str>>,
}

/// What is told of one field.
#[derive(Clone, Copy, Debug)]
pub enum FieldValue<'v> {
    /// It is known to be absent.
    Absent,
    /// A truth.
    Bool(bool),
    /// An integer, signed or not.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A double.
    Double(f64),
    /// A text, or what lines write as one: a key, a member of an enum, an instant, a duration, bytes.
    Text(&'v str),
    /// An instant.
    Time(Instant),
    /// A duration, in microseconds.
    Span(i64),
    /// Anything, as a line would write it.
    Json(&'v Json),
}

macro_rules! from {
    ($($from:ty => $variant:ident),+) => {$(
        impl From<$from> for FieldValue<'_> {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }
    )+};
}

from!(bool => Bool, i64 => Int, u64 => Uint, f64 => Double, Instant => Time);

impl<'v> From<&'v str> for FieldValue<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl<'v> From<&'v Json> for FieldValue<'v> {
    fn from(json: &'v Json) -> Self {
        Self::Json(json)
    }
}

/// Why something cannot be told. It names places and kinds, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    /// There is no such type.
    #[error("no entity, event or request `{0}`")]
    Type(String),
    /// The type has no such field, or it is the key, which is told first.
    #[error("`{ty}` has no field `{field}` that can be set")]
    Field {
        /// The type.
        ty: String,
        /// The field.
        field: String,
    },
    /// The key is empty.
    #[error("the key is empty")]
    Key,
    /// The value does not fit the field.
    #[error("`{field}`: {reason}")]
    Value {
        /// The field.
        field: String,
        /// Why.
        reason: String,
    },
    /// There is no room for it.
    #[error(transparent)]
    Limit(#[from] super::LimitError),
}

impl FactForm {
    pub(crate) fn new(layout: &Arc<Layout>, name: &str) -> Result<Self, TellError> {
        let none = || TellError::Type(escape(name));
        let declared = layout.schema().fact(name).ok_or_else(none)?;
        let ty = layout.type_id(&declared.name).ok_or_else(none)?;
        let key = declared.fields.iter().position(|field| field.name == declared.key).ok_or_else(none)?;
        let labels: Vec<String> = declared.fields.iter().map(|field| format!("\"{}\"", field.name)).collect();
        let mut sorted: Vec<usize> = (0..labels.len()).collect();
        sorted.sort_by_key(|at| declared.fields.get(*at).map(|field| &field.name));
        let (labels, sorted) = (Arc::new(labels), Arc::new(sorted));
        Ok(Self { layout: Arc::clone(layout), ty, name: name.to_owned(), key, labels, sorted })
    }

    /// The field of this name, which is not the key.
    ///
    /// # Errors
    /// [`TellError::Field`] where there is none.
    pub fn field(&self, name: &str) -> Result<FieldHandle, TellError> {
        let fields = &self.layout.ty(self.ty).fields;
        let found = fields.iter().position(|field| field.name.as_str() == name);
        let found = found.filter(|at| *at != self.key).map(|place| FieldHandle { ty: self.ty, place });
        found.ok_or_else(|| TellError::Field { ty: self.name.clone(), field: escape(name) })
    }
}

impl SourceHandle {
    pub(crate) fn new(source: &Source) -> Self {
        let record = source.record.as_deref().map(Arc::from);
        Self { origin: Arc::new(Origin::from(source)), record }
    }
}

/// One report, as it is put together.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// By the fields' places, in any order; a later one counts.
    fields: Vec<(usize, State)>,
    /// The canonical JSON of each, as spans of `text`.
    spans: Vec<(usize, std::ops::Range<usize>)>,
    text: Vec<u8>,
    whole: Vec<u8>,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        self.fields.clear();
        self.spans.clear();
        self.text.clear();
    }

    /// Sets a field.
    pub(super) fn set(
        &mut self,
        form: &FactForm,
        at: FieldHandle,
        value: FieldValue<'_>,
    ) -> Result<(), TellError> {
        let declared = form.layout.ty(form.ty);
        let FieldHandle { ty, place } = at;
        let Some(field) = declared.fields.get(place).filter(|_| ty == form.ty && place != form.key) else {
            let of = form.layout.ty(ty).fields.get(place).map(|field| field.name.to_string());
            return Err(TellError::Field { ty: form.name.clone(), field: of.unwrap_or_default() });
        };
        let kind = u16::try_from(place)
            .map_or(Kind::Other, |at| form.layout.kind(form.ty, crate::world::FieldId(at)));
        let from = self.text.len();
        let state = match self.state(form, field, kind, value) {
            Ok(state) => state,
            Err(reason) => {
                self.text.truncate(from);
                return Err(TellError::Value { field: field.name.to_string(), reason });
            }
        };
        let span = from..self.text.len();
        if self.fields.iter().any(|(known, _)| *known == place) {
            self.fields.retain(|(known, _)| *known != place);
            self.spans.retain(|(known, _)| *known != place);
        }
        self.fields.push((place, state));
        self.spans.push((place, span));
        Ok(())
    }

    /// The field's state, with its JSON written behind the text so far.
    fn state(
        &mut self,
        form: &FactForm,
        field: &Field,
        kind: Kind,
        value: FieldValue<'_>,
    ) -> Result<State, String> {
        let wrong = |wanted: &str| Err(format!("expected {wanted}"));
        let out = &mut self.text;
        let said = match (value, kind) {
            (FieldValue::Absent, _) if field.optional => {
                out.extend_from_slice(b"null");
                return Ok(State::Absent);
            }
            (FieldValue::Absent, _) => return Err("null, but the field is not optional".to_owned()),
            (FieldValue::Bool(truth), Kind::Bool) => {
                print(out, format_args!("{truth}"));
                Value::Bool(truth)
            }
            (FieldValue::Int(number), Kind::Int) => {
                print(out, format_args!("{number}"));
                Value::Int(number)
            }
            (FieldValue::Uint(number), Kind::Uint) => {
                print(out, format_args!("{number}"));
                Value::Uint(number)
            }
            (FieldValue::Double(number), Kind::Double) if number.is_finite() => {
                print(out, format_args!("{}", Json::from(number)));
                Value::Double(number)
            }
            (FieldValue::Time(at), Kind::Time) => {
                print(out, format_args!("\"{at}\""));
                Value::Timestamp(at.0)
            }
            (FieldValue::Span(span), Kind::Span) => {
                quote(out, &format_duration(span));
                Value::Duration(span)
            }
            (FieldValue::Text(text), Kind::Text | Kind::Fact(_) | Kind::Enum | Kind::Time | Kind::Span) => {
                quote(out, text);
                return of_text(form, field, kind, text).map(State::Value);
            }
            (FieldValue::Json(json), _) => return json_state(out, form, field, json),
            (FieldValue::Bool(truth), _) => return json_state(out, form, field, &Json::from(truth)),
            (FieldValue::Int(number), _) => return json_state(out, form, field, &Json::from(number)),
            (FieldValue::Uint(number), _) => return json_state(out, form, field, &Json::from(number)),
            (FieldValue::Double(number), _) if number.is_finite() => {
                return json_state(out, form, field, &Json::from(number));
            }
            (FieldValue::Double(_), _) => return wrong("a finite number"),
            (FieldValue::Text(text), _) => return json_state(out, form, field, &Json::from(text)),
            (FieldValue::Time(at), _) => return json_state(out, form, field, &Json::from(at.to_string())),
            (FieldValue::Span(span), _) => {
                return json_state(out, form, field, &Json::from(format_duration(span)));
            }
        };
        Ok(State::Value(said))
    }

    /// The report, with the hash that its line would have.
    pub(super) fn told(
        &mut self,
        form: &FactForm,
        key: &str,
        source: &SourceHandle,
        observed_at: Instant,
    ) -> Result<Told, TellError> {
        if key.is_empty() {
            return Err(TellError::Key);
        }
        let hash = self.hash(form, key, source, observed_at);
        self.fields.sort_by_key(|(at, _)| *at);
        let report = Stored {
            key: Arc::from(key),
            origin: Arc::clone(&source.origin),
            record: source.record.clone(),
            observed_at: observed_at.0,
            fields: self.fields.drain(..).collect(),
            mark: mark(&hash),
        };
        Ok(Told { ty: form.ty, report, hash })
    }

    /// About how many bytes the line would have.
    pub(super) fn bytes(&self) -> usize {
        self.text.len().saturating_add(self.fields.len().saturating_mul(16)).saturating_add(128)
    }

    fn hash(&mut self, form: &FactForm, key: &str, source: &SourceHandle, observed_at: Instant) -> Hash {
        let (spans, text) = (&self.spans, &self.text);
        let out = &mut self.whole;
        out.clear();
        let mut parts = [form.name.as_str(), "observed_at", "source"];
        parts.sort_unstable();
        for (place, part) in parts.into_iter().enumerate() {
            out.push(if place == 0 { b'{' } else { b',' });
            quote(out, part);
            out.push(b':');
            match part {
                "observed_at" => print(out, format_args!("\"{observed_at}\"")),
                "source" => {
                    let (origin, record) = (&source.origin, source.record.as_deref());
                    let named = [
                        ("instance", origin.instance.as_deref()),
                        ("record", record),
                        ("tool", Some(&origin.tool)),
                    ];
                    members(
                        out,
                        named.into_iter().filter_map(|(name, text)| Some((name, text?))),
                        |out, text| {
                            quote(out, text);
                        },
                    );
                }
                _ => {
                    let json = |at: usize| {
                        let (_, span) = spans.iter().find(|(of, _)| *of == at)?;
                        text.get(span.clone())
                    };
                    let told = form.sorted.iter().filter_map(|at| {
                        let said = if *at == form.key { None } else { Some(json(*at)?) };
                        Some((form.labels.get(*at)?.trim_matches('"'), said))
                    });
                    members(out, told, |out, said| match said {
                        Some(said) => out.extend_from_slice(said),
                        None => quote(out, key),
                    });
                }
            }
        }
        out.push(b'}');
        Sha256::digest(&out).into()
    }
}

/// An object of these members.
fn members<'n, T>(
    out: &mut Vec<u8>,
    all: impl Iterator<Item = (&'n str, T)>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    let mut first = true;
    for (name, value) in all {
        out.push(if first { b'{' } else { b',' });
        first = false;
        quote(out, name);
        out.push(b':');
        write(out, value);
    }
    if first {
        out.push(b'{');
    }
    out.push(b'}');
}

fn print(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(what);
}

/// The text as JSON.
fn quote(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        print(out, format_args!("{}", Json::from(text)));
    }
}

fn json_state(out: &mut Vec<u8>, form: &FactForm, field: &Field, json: &Json) -> Result<State, String> {
    let value = from_json(json, &field.ty, form.layout.schema())?;
    print(out, format_args!("{json}"));
    match value {
        Value::Null if field.optional => Ok(State::Absent),
        Value::Null => Err("null, but the field is not optional".to_owned()),
        value => Ok(State::Value(value)),
    }
}

/// What a text is at the field's type, without going by JSON where that is the same.
fn of_text(form: &FactForm, field: &Field, kind: Kind, text: &str) -> Result<Value, String> {
    let schema = form.layout.schema();
    let plain = match kind {
        Kind::Text => Some(Value::text(text)),
        Kind::Fact(to) if !text.is_empty() => {
            Some(Value::Fact(form.layout.ty(to).name.clone(), Arc::from(text)))
        }
        Kind::Enum => enum_name(&field.ty).and_then(|name| {
            let at = schema.enums.get(name)?.index_of(text)?;
            Some(Value::Enum(name.clone(), at))
        }),
        Kind::Span => parse_duration(text).map(Value::Duration),
        _ => None,
    };
    match plain {
        Some(value) => Ok(value),
        None => from_json(&Json::from(text), &field.ty as &Type, schema),
    }
}
