//! Reads lines of the usual shape in one pass, from bytes to what columns hold.
//!
//! It never says what is wrong: of a line that it does not know how to read it says nothing, and the line is
//! read in full. What it reads is, with its hash, what would have come out of that.

use std::sync::Arc;

use assize_lang::plan::{Name, Type};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::cursor::{Cursor, Label, Number};
use super::raw::{Raw, Read, Said, Span, Whole, enum_name};
use super::snapshot::Hash;
use crate::facts::{Instant, parse_duration};
use crate::value::from_json;
use crate::world::{Kind, Layout, TypeId, text_hash};

/// How deep lists and maps may lie within each other here; what is deeper is read in full.
const DEPTH: usize = 32;

/// A field, as lines have it.
#[derive(Debug)]
struct Spot {
    /// Its name in quotes, and a colon.
    label: Label,
    kind: Kind,
    ty: Type,
    optional: bool,
    /// The members of its enum.
    members: Vec<Name>,
}

/// A type, by one of its names.
#[derive(Debug)]
struct Form {
    /// What lines call it.
    name: String,
    /// The same in quotes, and a colon.
    label: Label,
    /// The parts of a line by name, each with what comes before it: that of the one before it ends with its own.
    parts: [(String, Part); 3],
    ty: TypeId,
    key: usize,
    spots: Vec<Spot>,
    /// The fields by name: how each is spelled, with its colon, and its place.
    sorted: Vec<(String, usize)>,
    /// By a field's place, and last of none: the place of the field that followed in the last line.
    follows: Vec<usize>,
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
enum Part {
    Fields,
    Seen,
    Source,
}

/// Who says it.
#[derive(Clone, Copy, Debug, Default)]
struct Who<'l> {
    tool: &'l str,
    instance: Option<&'l str>,
    record: Option<&'l str>,
}

/// Reads lines of the usual shape.
#[derive(Debug)]
pub(super) struct Reader {
    layout: Arc<Layout>,
    /// Types by the names that lines gave them so far.
    forms: Vec<Form>,
    /// The place of the last one.
    last: usize,
    /// An instant that was read before, and whether it was spelled as it is printed: many lines have the same.
    known: (Label, i64, bool),
    /// Room for the fields of lines, and for a line's canonical text.
    rooms: Vec<Vec<Said<'static>>>,
    text: Vec<u8>,
    /// Whether texts are hashed: where they are to be found.
    hashing: bool,
}

impl Form {
    fn new(layout: &Layout, name: &str) -> Option<Self> {
        let declared = layout.schema().fact(name)?;
        let ty = layout.type_id(&declared.name)?;
        let schema = layout.schema();
        let spot = |(field, (_, kind)): (&assize_lang::plan::Field, (_, Kind))| Spot {
            label: Label::new(format!("\"{}\":", field.name)),
            kind,
            ty: field.ty.clone(),
            optional: field.optional,
            members: enum_name(&field.ty)
                .and_then(|name| schema.enums.get(name))
                .map(|found| found.members.iter().map(|member| member.name.clone()).collect())
                .unwrap_or_default(),
        };
        let spots: Vec<Spot> = declared.fields.iter().zip(layout.kinds(ty)).map(spot).collect();
        let key = spots.iter().position(|spot| spot.kind == Kind::Key)?;
        let named = declared.fields.iter().zip(&spots).map(|(field, spot)| (&field.name, spot.label.text()));
        let mut sorted: Vec<_> =
            named.enumerate().map(|(at, (name, label))| (name, label.to_owned(), at)).collect();
        sorted.sort_by_key(|(name, _, _)| *name);
        let sorted = sorted.into_iter().map(|(_, label, at)| (label, at)).collect();
        let follows = (1..=spots.len()).chain([0]).collect();
        // With a number for each field, and names that need no escapes.
        let plain = spots.len() == declared.fields.len()
            && spots.iter().all(|spot| !spot.label.text().contains(|c: char| c == '\\' || c.is_control()));
        let label = Label::new(format!("\"{name}\":"));
        let mut parts = [(name, Part::Fields), ("observed_at", Part::Seen), ("source", Part::Source)];
        parts.sort_unstable_by_key(|(name, _)| *name);
        let mut before = '{';
        let parts = parts.map(|(name, part)| {
            let label = format!("{before}\"{name}\":");
            before = ',';
            (label, part)
        });
        plain.then(|| Self { name: name.to_owned(), label, parts, ty, key, spots, sorted, follows })
    }

    /// The place of the field whose name the cursor stands at, which is read; the last one's was `previous`.
    fn place(&mut self, previous: usize, cursor: &mut Cursor<'_>) -> Option<usize> {
        let follows = self.follows.get_mut(previous)?;
        if let Some(spot) = self.spots.get(*follows)
            && cursor.label(&spot.label).is_some()
        {
            cursor.blank();
            return Some(*follows);
        }
        let name = cursor.string()?;
        cursor.colon()?;
        let is = |spot: &Spot| {
            let label = spot.label.text();
            label.get(1..label.len().saturating_sub(2)) == Some(name)
        };
        *follows = self.spots.iter().position(is)?;
        Some(*follows)
    }
}

/// The same room for another line.
fn emptied<'l>(mut room: Vec<Said<'_>>) -> Vec<Said<'l>> {
    room.clear();
    room.into_iter().map(|_| Said::nothing()).collect()
}

impl Reader {
    pub(super) fn new(layout: &Arc<Layout>) -> Self {
        Self {
            layout: Arc::clone(layout),
            forms: Vec::new(),
            last: 0,
            known: (Label::new(format!("\"{}\"", Instant(0))), 0, true),
            rooms: Vec::new(),
            text: Vec::new(),
            hashing: true,
        }
    }

    /// The same for whoever does not look for the texts.
    pub(super) fn unhashed(layout: &Arc<Layout>) -> Self {
        Self { hashing: false, ..Self::new(layout) }
    }

    /// Reads a line, if it is of the usual shape.
    pub(super) fn read<'l>(&mut self, line: &'l str) -> Option<Read<'l>> {
        u32::try_from(line.len()).ok()?;
        let mut cursor = Cursor::new(line);
        cursor.eat(b'{')?;
        cursor.blank();
        let mut fields = emptied(self.rooms.pop().unwrap_or_default());
        let (mut found, mut who, mut seen) = (None, None, None);
        let mut wholes = Vec::new();
        loop {
            match self.part(&mut cursor)? {
                (Part::Source, _) if who.is_none() => who = Some(source(&mut cursor)?),
                (Part::Seen, _) if seen.is_none() => {
                    let from = cursor.place();
                    let (at, printed) = self.instant(&mut cursor)?;
                    seen = Some((at, printed.then(|| Span::new(from, cursor.place()))));
                }
                (Part::Fields, name) if found.is_none() => {
                    self.fields(self.last, &mut cursor, &mut fields, &mut wholes)?;
                    found = Some((self.last, name));
                }
                _ => return None,
            }
            if !cursor.more()? {
                break;
            }
        }
        let ((form, name), who, (observed_at, printed)) = (found?, who?, seen?);
        if !cursor.is_done() {
            return None;
        }
        let found = self.forms.get(form)?;
        let Raw::Text(key, key_hash) = fields.get(found.key)?.said else { return None };
        let (ty, hash) = (found.ty, Hash::default());
        let Who { tool, instance, record } = who;
        Some(Read {
            line,
            ty,
            name,
            key,
            key_hash,
            key_at: found.key,
            tool,
            instance,
            record,
            observed_at,
            printed,
            form,
            fields,
            wholes,
            hash,
        })
    }

    /// Which part of a line the cursor stands at, and its name, which is read. Of the fields, their form is the last.
    fn part<'l>(&mut self, cursor: &mut Cursor<'l>) -> Option<(Part, &'l str)> {
        let from = cursor.place();
        let part = if cursor.literal("\"source\":").is_some() {
            Part::Source
        } else if cursor.literal("\"observed_at\":").is_some() {
            Part::Seen
        } else if self.forms.get(self.last).is_some_and(|form| cursor.label(&form.label).is_some()) {
            Part::Fields
        } else {
            let name = cursor.string()?;
            cursor.colon()?;
            return match name {
                "source" => Some((Part::Source, name)),
                "observed_at" => Some((Part::Seen, name)),
                "run" | "retract" | "same_as" => None,
                name => self.form(name).map(|()| (Part::Fields, name)),
            };
        };
        let name = cursor.since(from)?.strip_prefix('"')?.strip_suffix("\":")?;
        cursor.blank();
        Some((part, name))
    }

    /// Takes back the room that a line needed.
    pub(super) fn done(&mut self, read: Read<'_>) {
        self.rooms.push(emptied(read.fields));
    }

    /// Sees to it that the last form is that of the type of this name.
    fn form(&mut self, name: &str) -> Option<()> {
        self.last = match self.forms.iter().position(|form| form.name == name) {
            Some(at) => at,
            None => {
                self.forms.push(Form::new(&self.layout, name)?);
                self.forms.len().checked_sub(1)?
            }
        };
        Some(())
    }

    /// An instant, and whether it is spelled as it is printed.
    fn instant(&mut self, cursor: &mut Cursor<'_>) -> Option<(i64, bool)> {
        if cursor.label(&self.known.0).is_none() {
            let text = cursor.string()?;
            let at: Instant = text.parse().ok()?;
            // Any other spelling is longer than this one, or is not read here.
            self.known = (Label::new(format!("\"{text}\"")), at.0, Instant::is_plain(text));
        }
        Some((self.known.1, self.known.2))
    }

    fn fields<'l>(
        &mut self,
        at: usize,
        cursor: &mut Cursor<'l>,
        out: &mut Vec<Said<'l>>,
        wholes: &mut Vec<Whole>,
    ) -> Option<()> {
        let form = self.forms.get_mut(at)?;
        out.resize(form.spots.len(), Said::nothing());
        cursor.eat(b'{')?;
        cursor.blank();
        let mut previous = form.spots.len();
        loop {
            let from = cursor.place();
            let place = form.place(previous, cursor)?;
            let (at, spot) = (cursor.place(), form.spots.get(place)?);
            let field = out.get_mut(place).filter(|field| matches!(field.said, Raw::Missing))?;
            let said = value(spot, cursor, &self.layout, wholes, self.hashing)?;
            // Nothing lies between the name, the colon and the value.
            let named = at.wrapping_sub(from) == spot.label.text().len();
            let json = Span::new(if named { from } else { at }, cursor.place());
            *field = Said { said, json, named, number: 0 };
            previous = place;
            if !cursor.more()? {
                return Some(());
            }
        }
    }

    /// Hashes a line as it is written canonically: by name, without white space.
    pub(super) fn hash(&mut self, read: &mut Read<'_>) {
        let Some(form) = self.forms.get(read.form) else { return };
        let out = &mut self.text;
        out.clear();
        for (label, part) in &form.parts {
            out.extend_from_slice(label.as_bytes());
            match part {
                Part::Seen => match read.printed {
                    Some(printed) => out.extend_from_slice(printed.of(read.line)),
                    None => {
                        out.push(b'"');
                        out.extend_from_slice(Instant(read.observed_at).to_string().as_bytes());
                        out.push(b'"');
                    }
                },
                Part::Source => {
                    let mut before = b'{';
                    let named = [
                        ("\"instance\":\"", read.instance),
                        ("\"record\":\"", read.record),
                        ("\"tool\":\"", Some(read.tool)),
                    ];
                    for (name, text) in named {
                        let Some(text) = text else { continue };
                        out.push(std::mem::replace(&mut before, b','));
                        out.extend_from_slice(name.as_bytes());
                        out.extend_from_slice(text.as_bytes());
                        out.push(b'"');
                    }
                    out.push(b'}');
                }
                Part::Fields => {
                    let mut before = b'{';
                    for (spot, place) in &form.sorted {
                        let Some(field) = read.fields.get(*place) else { continue };
                        let json = match field.said {
                            Raw::Missing => continue,
                            Raw::Value(at) => read.wholes.get(at as usize).map(|whole| whole.json.as_bytes()),
                            _ => None,
                        };
                        out.push(std::mem::replace(&mut before, b','));
                        if !field.named || json.is_some() {
                            out.extend_from_slice(spot.as_bytes());
                        }
                        out.extend_from_slice(json.unwrap_or_else(|| field.json.of(read.line)));
                    }
                    out.push(b'}');
                }
            }
        }
        out.push(b'}');
        read.hash = Sha256::digest(&out).into();
    }
}

fn source<'l>(cursor: &mut Cursor<'l>) -> Option<Who<'l>> {
    let (mut tool, mut instance, mut record) = (None, None, None);
    cursor.eat(b'{')?;
    cursor.blank();
    loop {
        let place = if cursor.literal("\"tool\":").is_some() {
            cursor.blank();
            &mut tool
        } else if cursor.literal("\"record\":").is_some() {
            cursor.blank();
            &mut record
        } else {
            let name = cursor.string()?;
            cursor.colon()?;
            match name {
                "tool" => &mut tool,
                "instance" => &mut instance,
                "record" => &mut record,
                _ => return None,
            }
        };
        if place.is_some() {
            return None;
        }
        *place = Some(cursor.string()?);
        if !cursor.more()? {
            return Some(Who { tool: tool?, instance, record });
        }
    }
}

/// The value that the cursor stands at, where it fits the field.
fn value<'l>(
    spot: &Spot,
    cursor: &mut Cursor<'l>,
    layout: &Layout,
    wholes: &mut Vec<Whole>,
    hashing: bool,
) -> Option<Raw<'l>> {
    let hashed = |text: &'l str| Raw::Text(text, if hashing { text_hash(text) } else { 0 });
    Some(match (cursor.peek()?, spot.kind) {
        (b'n', kind) if spot.optional && kind != Kind::Key => {
            cursor.literal("null")?;
            Raw::Absent
        }
        (b'n', _) => return None,
        (b't', Kind::Bool) => cursor.literal("true").map(|()| Raw::Bool(true))?,
        (_, Kind::Bool) => cursor.literal("false").map(|()| Raw::Bool(false))?,
        (_, Kind::Enum) => {
            let text = cursor.string()?;
            let at = spot.members.iter().position(|member| member.as_str() == text)?;
            Raw::Enum(u8::try_from(at).ok()?, text)
        }
        (_, Kind::Int) => match cursor.number()? {
            Number::Int(number) => Raw::Word(number.cast_unsigned()),
            Number::Double(_) => return None,
        },
        (_, Kind::Uint) => match cursor.number()? {
            Number::Int(number) => Raw::Word(u64::try_from(number).ok()?),
            Number::Double(_) => return None,
        },
        (_, Kind::Double) => match cursor.number()? {
            #[expect(clippy::cast_precision_loss, reason = "at most fifteen digits, which a double holds")]
            Number::Int(number) => Raw::Word((number as f64).to_bits()),
            Number::Double(number) => Raw::Word(number.to_bits()),
        },
        (_, Kind::Time) => Raw::Word(cursor.string()?.parse::<Instant>().ok()?.0.cast_unsigned()),
        (_, Kind::Span) => Raw::Word(parse_duration(cursor.string()?)?.cast_unsigned()),
        (_, Kind::Text) => hashed(cursor.string()?),
        (_, Kind::Key | Kind::Fact(_)) => hashed(cursor.string().filter(|key| !key.is_empty())?),
        (_, Kind::Facts(_) | Kind::Other) => {
            let json = cursor.any().filter(|json| is_flat(json, DEPTH))?;
            let value = from_json(&json, &spot.ty, layout.schema()).ok()?;
            let at = u32::try_from(wholes.len()).ok()?;
            wholes.push(Whole { value, json: json.to_string() });
            Raw::Value(at)
        }
    })
}

/// Whether lists and maps lie in each other at most this deep.
fn is_flat(json: &Json, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match json {
        Json::Array(items) => items.iter().all(|item| is_flat(item, depth)),
        Json::Object(entries) => entries.values().all(|item| is_flat(item, depth)),
        _ => true,
    }
}
