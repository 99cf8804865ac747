//! A request in the form that it is decided in.

use std::sync::Arc;

use assize_lang::plan::{Field, Schema, Type};
use rustc_hash::FxHashMap;

use super::scan::{Json, Scan};
use crate::engine::plain::{Asked, Texts};
use crate::facts::Instant;
use crate::store::{State, Stored};
use crate::value::Value;
use crate::world::{Cell, FieldId, Row, TypeId, World};

/// A request, read; to be used again for the next one.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The desk that it was read at.
    pub(super) desk: Option<Arc<()>>,
    /// What was read, and behind it texts of its own that were escaped.
    text: String,
    /// How long what was read is.
    length: usize,
    places: Vec<(u32, u32)>,
    cells: Vec<Cell>,
    /// In which order the fields came last time.
    order: Vec<usize>,
    /// Whether a fact has its key: then others may refer to it.
    pub(in crate::engine) recorded: bool,
}

impl Ask {
    /// The row that stands for it.
    pub(in crate::engine) const ROW: Row = Asked::ROW;

    /// What was read.
    #[must_use]
    pub fn json(&self) -> &str {
        self.text.get(..self.length).unwrap_or_default()
    }

    fn begin(&mut self, json: &str) {
        self.text.clear();
        self.text.push_str(json);
        self.length = json.len();
        self.places.clear();
        self.cells.clear();
        self.recorded = false;
    }

    /// Takes over a request that was read in whole.
    pub(in crate::engine) fn take_over(&mut self, world: &World, ty: TypeId, json: &str, stored: &Stored) {
        self.begin(json);
        let declared = world.layout().ty(ty);
        for (place, field) in declared.fields.iter().enumerate() {
            let cell = if field.name == declared.key {
                append(self, &stored.key)
            } else {
                match stored.state(place) {
                    Some(State::Value(value)) => cell(world, value, self),
                    Some(State::Absent) => Cell::Absent,
                    Some(State::Bad(_)) => Cell::Unknown,
                    None => default(world, ty, field, place),
                }
            };
            self.cells.push(cell);
        }
        self.recorded = world.row(ty, &stored.key).is_some();
    }

    pub(in crate::engine) fn asked(&self, ty: TypeId) -> Asked<'_> {
        Asked { ty, cells: &self.cells, texts: Texts { of: &self.text, places: &self.places } }
    }
}

/// How a field is read.
#[derive(Debug)]
enum Form {
    Key,
    Bool,
    Int,
    Text,
    Enum(Vec<Arc<str>>),
    Time,
    Fact(TypeId),
    /// By way of the generic reader.
    Other,
}

/// How requests of one type are read.
#[derive(Debug)]
pub(super) struct Reader {
    ty: TypeId,
    key: usize,
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, usize>,
    forms: Vec<Form>,
    /// What a field is that is left out.
    defaults: Vec<Cell>,
    is_optional: Vec<bool>,
    /// Whether a condition reads the field.
    is_read: Vec<bool>,
    /// Whether some requests are facts.
    recorded: bool,
}

/// The request is not of the usual shape: flat, without escapes, and with what its type says.
struct Unusual;

impl Reader {
    pub(super) fn new(world: &World, ty: TypeId, is_read: impl Fn(FieldId) -> bool) -> Self {
        let layout = world.layout();
        let declared = layout.ty(ty);
        let names: Vec<Arc<str>> =
            declared.fields.iter().map(|field| Arc::from(field.name.as_str())).collect();
        let by_name = names.iter().enumerate().map(|(place, name)| (Arc::clone(name), place)).collect();
        let numbers =
            || (0..declared.fields.len()).map(|place| FieldId(u16::try_from(place).unwrap_or(u16::MAX)));
        let key = declared.fields.iter().position(|field| field.name == declared.key).unwrap_or(0);
        let form =
            |place: usize, ty: &Type| if place == key { Form::Key } else { form(world, layout.schema(), ty) };
        let fields = || declared.fields.iter().enumerate();
        Self {
            ty,
            key,
            names,
            by_name,
            forms: fields().map(|(place, field)| form(place, &field.ty)).collect(),
            defaults: fields().map(|(place, field)| default(world, ty, field, place)).collect(),
            is_optional: fields().map(|(_, field)| field.optional).collect(),
            is_read: numbers().map(is_read).collect(),
            recorded: world.rows(ty) > 0,
        }
    }

    /// Reads a request of the usual shape. Says whether it is one; if not, what `ask` holds is of no use.
    pub(super) fn usual(&self, world: &World, json: &str, ask: &mut Ask) -> bool {
        self.begin(json, ask);
        self.scan(world, json, ask).is_ok()
    }

    fn begin(&self, json: &str, ask: &mut Ask) {
        ask.begin(json);
        ask.cells.extend_from_slice(&self.defaults);
    }

    fn scan(&self, world: &World, json: &str, ask: &mut Ask) -> Result<(), Unusual> {
        if self.names.len() > 64 {
            return Err(Unusual);
        }
        let mut scan = Scan::new(json);
        let mut seen = 0_u64;
        let mut at = 0_usize;
        if !scan.open() {
            return Err(Unusual);
        }
        let mut more = !scan.close();
        while more {
            let place = self.name(&mut scan, ask.order.get(at).copied()).ok_or(Unusual)?;
            let bit = u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).ok_or(Unusual)?;
            if seen & bit != 0 {
                return Err(Unusual);
            }
            seen |= bit;
            match ask.order.get_mut(at) {
                Some(known) => *known = place,
                None => ask.order.push(place),
            }
            at = at.saturating_add(1);
            let cell = self.value(world, &mut scan, place, ask)?;
            if let Some(slot) = ask.cells.get_mut(place) {
                *slot = cell;
            }
            more = scan.next().ok_or(Unusual)?;
        }
        ask.order.truncate(at);
        if !scan.is_over() {
            return Err(Unusual);
        }
        let bit = u32::try_from(self.key).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0);
        if seen & bit == 0 {
            let cell = self.key(world, "request", None, ask);
            if let Some(slot) = ask.cells.get_mut(self.key) {
                *slot = cell;
            }
        }
        Ok(())
    }

    /// The field that comes next; most requests have theirs in the same order as the last one.
    fn name(&self, scan: &mut Scan<'_>, likely: Option<usize>) -> Option<usize> {
        if let Some(place) = likely
            && self.names.get(place).is_some_and(|name| scan.is_name(name))
        {
            return Some(place);
        }
        let name = scan.name()?;
        self.by_name.get(name).copied()
    }

    fn value(
        &self,
        world: &World,
        scan: &mut Scan<'_>,
        place: usize,
        ask: &mut Ask,
    ) -> Result<Cell, Unusual> {
        let value = scan.value().ok_or(Unusual)?;
        let is_read = self.is_read.get(place).copied().unwrap_or(true);
        Ok(match (self.forms.get(place).ok_or(Unusual)?, value) {
            (form, Json::Null)
                if self.is_optional.get(place) == Some(&true) && !matches!(form, Form::Key) =>
            {
                Cell::Absent
            }
            (Form::Bool, Json::Bool(truth)) => Cell::Bool(truth),
            (Form::Int, Json::Int(number)) => Cell::Int(number),
            (Form::Text, Json::Text(_, from, to)) => put(ask, from, to),
            (Form::Key, Json::Text(text, from, to)) if !text.is_empty() => {
                self.key(world, text, Some((from, to)), ask)
            }
            (Form::Enum(members), Json::Text(text, ..)) => {
                let at = members.iter().position(|member| **member == *text).ok_or(Unusual)?;
                Cell::Enum(u8::try_from(at).map_err(|_| Unusual)?)
            }
            (Form::Time, Json::Text(text, ..)) => {
                Instant::usual(text).map(|at| Cell::Time(at.0)).ok_or(Unusual)?
            }
            (Form::Fact(_), Json::Text(text, ..)) if !text.is_empty() && !is_read => Cell::Other,
            (Form::Fact(to), Json::Text(text, ..)) if !text.is_empty() => {
                world.row(*to, text).map_or(Cell::Other, Cell::Fact)
            }
            _ => return Err(Unusual),
        })
    }

    fn key(&self, world: &World, key: &str, place: Option<(u32, u32)>, ask: &mut Ask) -> Cell {
        ask.recorded = self.recorded && world.row(self.ty, key).is_some();
        match place {
            Some((from, to)) => put(ask, from, to),
            None => append(ask, key),
        }
    }
}

/// What a field is that is left out.
fn default(world: &World, ty: TypeId, field: &Field, place: usize) -> Cell {
    if field.default.is_none() {
        return Cell::Unknown;
    }
    u16::try_from(place).map_or(Cell::Other, |place| world.default_cell(ty, FieldId(place)))
}

/// A text of the request, between two places of what was read.
fn put(ask: &mut Ask, from: u32, to: u32) -> Cell {
    ask.places.push((from, to));
    Cell::Text(Asked::sym(ask.places.len().saturating_sub(1)))
}

fn append(ask: &mut Ask, text: &str) -> Cell {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let from = place(ask.text.len());
    ask.text.push_str(text);
    let to = place(ask.text.len());
    put(ask, from, to)
}

fn form(world: &World, schema: &Schema, ty: &Type) -> Form {
    match ty {
        Type::Bool => Form::Bool,
        Type::Int => Form::Int,
        Type::String => Form::Text,
        Type::Timestamp => Form::Time,
        Type::Enum(name) => schema.enums.get(name).map_or(Form::Other, |of| {
            Form::Enum(of.members.iter().map(|member| Arc::from(member.name.as_str())).collect())
        }),
        Type::Fact(name) => world.layout().type_id(name).map_or(Form::Other, Form::Fact),
        Type::Sensitive(inner) => form(world, schema, inner),
        _ => Form::Other,
    }
}

fn cell(world: &World, value: &Value, ask: &mut Ask) -> Cell {
    match value {
        Value::Bool(truth) => Cell::Bool(*truth),
        Value::Int(number) => Cell::Int(*number),
        Value::Uint(number) => Cell::Uint(*number),
        Value::Double(number) => Cell::Double(*number),
        Value::Duration(micros) => Cell::Span(*micros),
        Value::Timestamp(at) => Cell::Time(*at),
        Value::Enum(_, at) => Cell::Enum(*at),
        Value::String(of) => append(ask, of),
        Value::Fact(name, key) => {
            let row = world.layout().type_id(name).and_then(|ty| world.row(ty, key));
            row.map_or(Cell::Other, Cell::Fact)
        }
        _ => Cell::Other,
    }
}
