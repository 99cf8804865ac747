//! A request in the form that it is decided in.

use std::sync::Arc;

use assize_lang::plan::{Field, Type};

use super::hints::Hints;
use super::scan::{Gap, PADDING, Part, Scan};
use crate::engine::plain::{Asked, Texts};
use crate::engine::short;
use crate::engine::sieve::{Class, Sieve, Words};
use crate::facts::Instant;
use crate::store::{State, Stored};
use crate::value::Value;
use crate::world::{Cell, FieldId, Layout, Row, TypeId, World};

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
    /// By field, as far as conditions compare it with constants: the class of its value.
    classes: Vec<Class>,
    /// What these leave open, and in doubt.
    words: Words,
    /// What stood before the values last time, at the same desk.
    gaps: Vec<Gap>,
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
        self.text.reserve(json.len().saturating_add(PADDING.len()));
        self.text.push_str(json);
        self.text.push_str(PADDING);
        self.length = json.len();
        self.places.clear();
        self.cells.clear();
        self.classes.clear();
        self.recorded = false;
    }

    /// Forgets how requests looked at another desk: other fields may have the same names.
    pub(super) fn forget(&mut self) {
        self.gaps.clear();
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

    /// By field, the classes of its values.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// What these leave open, and in doubt.
    pub(super) const fn words(&self) -> &Words {
        &self.words
    }
}

/// How a field is read.
#[derive(Debug)]
enum Form {
    Bool,
    Int,
    Said(Said),
    /// By way of the generic reader.
    Other,
}

/// What a text stands for.
#[derive(Debug)]
enum Said {
    Key,
    Text,
    /// Its members, each with its [first bytes](short::first).
    Enum(Vec<(u128, Arc<str>)>),
    Time,
    Fact(TypeId),
}

/// How requests of one type are read, whatever the facts.
#[derive(Debug)]
pub(in crate::engine) struct Reader {
    ty: TypeId,
    key: usize,
    fields: Vec<OfField>,
    /// The rows that references led to, in facts that may be others by now.
    hints: Hints,
}

#[derive(Debug)]
struct OfField {
    name: Arc<str>,
    first: u128,
    form: Form,
    is_optional: bool,
    /// Whether a condition reads it.
    is_read: bool,
    /// Its place among the columns of the sieve.
    column: Option<usize>,
}

/// What hangs on the facts when a request is read.
#[derive(Debug)]
pub(super) struct Ground {
    /// What a field is that is left out, and its class.
    defaults: Vec<Cell>,
    classes: Vec<Class>,
    /// Whether some requests are facts.
    recorded: bool,
}

/// The request is not of the usual shape: flat, without escapes, and with what its type says.
struct Unusual;

/// One request while it is read.
struct Reading<'r> {
    reader: &'r Reader,
    sieve: &'r Sieve,
    world: &'r World,
    ground: &'r Ground,
}

impl Reader {
    pub(in crate::engine) fn new(
        layout: &Layout,
        ty: TypeId,
        sieve: &Sieve,
        is_read: impl Fn(FieldId) -> bool,
    ) -> Self {
        let declared = layout.ty(ty);
        let key = declared.fields.iter().position(|field| field.name == declared.key).unwrap_or(0);
        let of_field = |(place, field): (usize, &Field)| {
            let number = FieldId(u16::try_from(place).unwrap_or(u16::MAX));
            OfField {
                name: Arc::from(field.name.as_str()),
                first: short::first(field.name.as_str().as_bytes()),
                form: if place == key { Form::Said(Said::Key) } else { form(layout, &field.ty) },
                is_optional: field.optional && place != key,
                is_read: is_read(number),
                column: sieve.own(ty, number),
            }
        };
        let fields = declared.fields.iter().enumerate().map(of_field).collect();
        Self { ty, key, fields, hints: Hints::default() }
    }

    /// Makes ready what is the same for all requests on these facts.
    pub(super) fn ground(&self, world: &World, sieve: &Sieve) -> Ground {
        let declared = world.layout().ty(self.ty);
        let fields = declared.fields.iter().enumerate();
        let defaults: Vec<Cell> =
            fields.map(|(place, field)| default(world, self.ty, field, place)).collect();
        let text = |sym| world.text(sym);
        let class = |(field, cell): (&OfField, &Cell)| {
            field.column.map_or(Class::default(), |column| sieve.class(column, *cell, text))
        };
        Ground {
            classes: self.fields.iter().zip(&defaults).map(class).collect(),
            defaults,
            recorded: world.rows(self.ty) > 0,
        }
    }

    /// Reads a request of the usual shape. Says whether it is one; if not, what `ask` holds is of no use.
    pub(super) fn usual(
        &self,
        (world, sieve, ground): (&World, &Sieve, &Ground),
        json: &str,
        ask: &mut Ask,
    ) -> bool {
        ask.begin(json);
        if self.fields.len() > 64 || u32::try_from(ask.text.len()).is_err() {
            return false;
        }
        ask.cells.extend_from_slice(&ground.defaults);
        ask.classes.extend_from_slice(&ground.classes);
        let text = std::mem::take(&mut ask.text);
        let reading = Reading { reader: self, sieve, world, ground };
        let read = reading.scan(&mut Scan::new(&text, json.len()), ask);
        ask.text = text;
        match read {
            Ok(true) => {}
            Ok(false) => {
                let key = "request";
                reading.key(key, ask);
                let cell = append(ask, key);
                let column = self.fields.get(self.key).and_then(|field| field.column);
                set(ask, self.key, cell, column.map(|column| sieve.class(column, cell, |_| key)));
            }
            Err(Unusual) => return false,
        }
        sieve.words(&ask.classes, &mut ask.words);
        true
    }

    /// Finds out the classes of a request that was read in whole.
    pub(super) fn classify(&self, world: &World, sieve: &Sieve, ask: &mut Ask) {
        let mut classes = std::mem::take(&mut ask.classes);
        let asked = ask.asked(self.ty);
        let text = |sym| asked.text(sym).unwrap_or_else(|| world.text(sym));
        classes.extend(self.fields.iter().zip(asked.cells).map(|(field, cell)| {
            field.column.map_or(Class::default(), |column| sieve.class(column, *cell, text))
        }));
        ask.classes = classes;
        sieve.words(&ask.classes, &mut ask.words);
    }
}

impl Reading<'_> {
    /// Says whether the request has a key.
    fn scan(&self, scan: &mut Scan<'_>, ask: &mut Ask) -> Result<bool, Unusual> {
        let mut seen = 0_u64;
        let mut at = 0_usize;
        loop {
            let place = match ask.gaps.get(at) {
                Some(gap) if scan.skips(gap) => gap.place(),
                _ => match self.gap(scan, at, ask)? {
                    Some(place) => place,
                    None => break,
                },
            };
            let bit = bit(place);
            if bit == 0 || seen & bit != 0 {
                return Err(Unusual);
            }
            seen |= bit;
            at = at.saturating_add(1);
            self.value(scan, place, ask)?;
        }
        ask.gaps.truncate(at);
        if !scan.is_over() {
            return Err(Unusual);
        }
        Ok(seen & bit(self.reader.key) != 0)
    }

    /// Reads what stands before a value, and remembers it; nothing where no more values come.
    fn gap(&self, scan: &mut Scan<'_>, at: usize, ask: &mut Ask) -> Result<Option<usize>, Unusual> {
        let from = scan.at();
        let more = if at == 0 { scan.open().then(|| !scan.close()) } else { scan.next() };
        if !more.ok_or(Unusual)? {
            return Ok(None);
        }
        let name = scan.name().ok_or(Unusual)?;
        let (first, name) = (scan.first(name), scan.part(name));
        let is = |field: &OfField| {
            field.first == first
                && field.name.len() == name.len()
                && (name.len() <= short::WIDTH || *field.name == *name)
        };
        let place = self.reader.fields.iter().position(is).ok_or(Unusual)?;
        let gap = Gap::new(place, scan.since(from));
        match ask.gaps.get_mut(at) {
            Some(known) => *known = gap,
            None => ask.gaps.push(gap),
        }
        Ok(Some(place))
    }

    /// Reads the value of a field.
    fn value(&self, scan: &mut Scan<'_>, place: usize, ask: &mut Ask) -> Result<(), Unusual> {
        let field = self.reader.fields.get(place).ok_or(Unusual)?;
        let cell = match &field.form {
            Form::Bool => scan.truth().map(Cell::Bool),
            Form::Int => scan.int().map(Cell::Int),
            Form::Other => None,
            Form::Said(said) => match scan.text() {
                Some(part) => return self.said(scan, (place, field, said), part, ask),
                None => None,
            },
        };
        let absent = || (field.is_optional && scan.null()).then_some(Cell::Absent);
        let cell = cell.or_else(absent).ok_or(Unusual)?;
        self.set((place, field), cell, ask);
        Ok(())
    }

    /// Takes a text as the value of a field.
    fn said(
        &self,
        scan: &Scan<'_>,
        (place, field, said): (usize, &OfField, &Said),
        part: Part,
        ask: &mut Ask,
    ) -> Result<(), Unusual> {
        let (text, first) = (scan.part(part), scan.first(part));
        let cell = match said {
            Said::Key | Said::Fact(_) if text.is_empty() => return Err(Unusual),
            Said::Key | Said::Text => {
                if matches!(said, Said::Key) {
                    self.key(text, ask);
                }
                let number = |at: usize| u32::try_from(at).map_err(|_| Unusual);
                let cell = put(ask, number(part.from)?, number(part.to)?);
                let class = field.column.map(|column| self.sieve.class_of(column, text, first));
                set(ask, place, cell, class);
                return Ok(());
            }
            Said::Fact(to) if field.is_read => {
                let row = self.reader.hints.row(self.world, *to, text, first);
                row.map_or(Cell::Other, Cell::Fact)
            }
            Said::Fact(_) => Cell::Other,
            Said::Enum(members) => {
                let is = |(known, member): &(u128, Arc<str>)| *known == first && **member == *text;
                let at = members.iter().position(is).ok_or(Unusual)?;
                Cell::Enum(u8::try_from(at).map_err(|_| Unusual)?)
            }
            Said::Time => Cell::Time(Instant::usual(text).ok_or(Unusual)?.0),
        };
        self.set((place, field), cell, ask);
        Ok(())
    }

    /// What a field is that is no text.
    fn set(&self, (place, field): (usize, &OfField), cell: Cell, ask: &mut Ask) {
        set(ask, place, cell, field.column.map(|column| self.sieve.class(column, cell, |_| "")));
    }

    fn key(&self, key: &str, ask: &mut Ask) {
        ask.recorded = self.ground.recorded && self.world.row(self.reader.ty, key).is_some();
    }
}

fn bit(place: usize) -> u64 {
    u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

/// What a field is, and of which class where conditions compare it with constants.
fn set(ask: &mut Ask, place: usize, cell: Cell, class: Option<Class>) {
    if let Some(slot) = ask.cells.get_mut(place) {
        *slot = cell;
    }
    if let Some(class) = class
        && let Some(slot) = ask.classes.get_mut(place)
    {
        *slot = class;
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

fn form(layout: &Layout, ty: &Type) -> Form {
    match ty {
        Type::Bool => Form::Bool,
        Type::Int => Form::Int,
        Type::String => Form::Said(Said::Text),
        Type::Timestamp => Form::Said(Said::Time),
        Type::Enum(name) => layout.schema().enums.get(name).map_or(Form::Other, |of| {
            let names = of.members.iter().map(|member| member.name.as_str());
            let members = names.map(|name| (short::first(name.as_bytes()), Arc::from(name)));
            Form::Said(Said::Enum(members.collect()))
        }),
        Type::Fact(name) => layout.type_id(name).map_or(Form::Other, |to| Form::Said(Said::Fact(to))),
        Type::Sensitive(inner) => form(layout, inner),
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
