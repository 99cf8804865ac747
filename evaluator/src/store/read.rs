//! Reads lines of the usual shape in one pass, from bytes to what columns hold.
//!
//! It never says what is wrong: of a line that it does not know how to read it says nothing, and the line is
//! read in full. What it reads is, with its hash, what would have come out of that.

use std::borrow::Cow;
use std::sync::Arc;

use assize_lang::plan::{Name, Type};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::cursor::{Cursor, Number};
use super::raw::{Raw, Read, Said, enum_name};
use super::snapshot::Hash;
use crate::facts::{Instant, parse_duration};
use crate::value::from_json;
use crate::world::{Kind, Layout, TypeId};

/// How deep lists and maps may lie within each other here; what is deeper is read in full.
const DEPTH: usize = 32;

/// A field, as lines have it.
#[derive(Debug)]
struct Spot {
    /// Its name in quotes, and a colon.
    label: String,
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
    ty: TypeId,
    key: usize,
    spots: Vec<Spot>,
    /// The fields by name.
    sorted: Vec<usize>,
    /// By a field's place, and last of none: the place of the field that followed in the last line.
    follows: Vec<usize>,
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
    /// An instant that was read before: many lines have the same.
    known: (String, i64),
    /// Room for the fields of a line, and for its canonical text.
    room: Vec<Said<'static>>,
    text: Vec<u8>,
    /// Whether lines are hashed: where they are told apart.
    hashing: bool,
}

impl Form {
    fn new(layout: &Layout, name: &str) -> Option<Self> {
        let declared = layout.schema().fact(name)?;
        let ty = layout.type_id(&declared.name)?;
        let schema = layout.schema();
        let spot = |(field, (_, kind)): (&assize_lang::plan::Field, (_, Kind))| Spot {
            label: format!("\"{}\":", field.name),
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
        let mut sorted: Vec<usize> = (0..spots.len()).collect();
        sorted.sort_by_key(|at| declared.fields.get(*at).map(|field| &field.name));
        let follows = (1..=spots.len()).chain([0]).collect();
        // With a number for each field, and names that need no escapes.
        let plain = spots.len() == declared.fields.len()
            && spots.iter().all(|spot| !spot.label.contains(|c: char| c == '\\' || c.is_control()));
        plain.then(|| Self { name: name.to_owned(), ty, key, spots, sorted, follows })
    }

    /// The place of the field whose name the cursor stands at, which is read; the last one's was `previous`.
    fn place(&mut self, previous: usize, cursor: &mut Cursor<'_>) -> Option<usize> {
        let follows = self.follows.get_mut(previous)?;
        if let Some(spot) = self.spots.get(*follows)
            && cursor.literal(&spot.label).is_some()
        {
            cursor.blank();
            return Some(*follows);
        }
        let name = cursor.string()?;
        cursor.colon()?;
        let is = |spot: &Spot| spot.label.get(1..spot.label.len().saturating_sub(2)) == Some(name);
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
            known: (Instant(0).to_string(), 0),
            room: Vec::new(),
            text: Vec::new(),
            hashing: true,
        }
    }

    /// The same for whoever does not tell lines apart by their hashes.
    pub(super) fn unhashed(layout: &Arc<Layout>) -> Self {
        Self { hashing: false, ..Self::new(layout) }
    }

    /// Reads a line, if it is of the usual shape.
    pub(super) fn read<'l>(&mut self, line: &'l str) -> Option<Read<'l>> {
        let mut cursor = Cursor::new(line);
        cursor.eat(b'{')?;
        cursor.blank();
        let mut fields = emptied(std::mem::take(&mut self.room));
        let (mut found, mut who, mut seen) = (None, None, None);
        loop {
            let name = cursor.string()?;
            cursor.colon()?;
            match name {
                "source" if who.is_none() => who = Some(source(&mut cursor)?),
                "observed_at" if seen.is_none() => {
                    let text = cursor.string()?;
                    seen = Some((text, self.instant(text)?));
                }
                "source" | "observed_at" | "run" | "retract" | "same_as" => return None,
                _ if found.is_some() => return None,
                name => {
                    let at = self.form(name)?;
                    self.fields(at, &mut cursor, &mut fields)?;
                    found = Some((at, name));
                }
            }
            if !cursor.more()? {
                break;
            }
        }
        let ((found, name), who, (text, observed_at)) = (found?, who?, seen?);
        if !cursor.is_done() {
            return None;
        }
        let form = self.forms.get(found)?;
        let Raw::Text(key) = fields.get(form.key)?.said else { return None };
        let ty = form.ty;
        let hash =
            if self.hashing { self.hash(found, &fields, who, text, observed_at)? } else { Hash::default() };
        let Who { tool, instance, record } = who;
        Some(Read { ty, name, key, tool, instance, record, observed_at, fields, hash })
    }

    /// Takes back the room that a line needed.
    pub(super) fn done(&mut self, read: Read<'_>) {
        self.room = emptied(read.fields);
    }

    /// The place of the type of this name.
    fn form(&mut self, name: &str) -> Option<usize> {
        if self.forms.get(self.last).is_some_and(|form| form.name == name) {
            return Some(self.last);
        }
        self.last = match self.forms.iter().position(|form| form.name == name) {
            Some(at) => at,
            None => {
                self.forms.push(Form::new(&self.layout, name)?);
                self.forms.len().checked_sub(1)?
            }
        };
        Some(self.last)
    }

    fn instant(&mut self, text: &str) -> Option<i64> {
        if self.known.0 != text {
            self.known.1 = text.parse::<Instant>().ok()?.0;
            self.known.0.clear();
            self.known.0.push_str(text);
        }
        Some(self.known.1)
    }

    fn fields<'l>(&mut self, at: usize, cursor: &mut Cursor<'l>, out: &mut Vec<Said<'l>>) -> Option<()> {
        let form = self.forms.get_mut(at)?;
        out.resize_with(form.spots.len(), Said::nothing);
        cursor.eat(b'{')?;
        cursor.blank();
        let mut previous = form.spots.len();
        loop {
            let place = form.place(previous, cursor)?;
            let said = out.get_mut(place).filter(|said| matches!(said.said, Raw::Missing))?;
            *said = value(form.spots.get(place)?, cursor, &self.layout)?;
            previous = place;
            if !cursor.more()? {
                return Some(());
            }
        }
    }

    /// The hash of the line as it is written canonically: by name, without white space.
    fn hash(
        &mut self,
        at: usize,
        fields: &[Said<'_>],
        who: Who<'_>,
        seen: &str,
        seen_at: i64,
    ) -> Option<Hash> {
        let form = self.forms.get(at)?;
        let out = &mut self.text;
        out.clear();
        let mut parts = [form.name.as_str(), "observed_at", "source"];
        parts.sort_unstable();
        for (place, part) in parts.into_iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
            out.extend_from_slice(part.as_bytes());
            out.extend_from_slice(b"\":");
            match part {
                "observed_at" => {
                    out.push(b'"');
                    // Any other spelling is longer than this one, or is not read here.
                    if Instant::is_plain(seen) {
                        out.extend_from_slice(seen.as_bytes());
                    } else {
                        out.extend_from_slice(Instant(seen_at).to_string().as_bytes());
                    }
                    out.push(b'"');
                }
                "source" => {
                    let mut first = true;
                    let named =
                        [("instance", who.instance), ("record", who.record), ("tool", Some(who.tool))];
                    for (name, text) in named {
                        let Some(text) = text else { continue };
                        out.extend_from_slice(if first { b"{\"" } else { b",\"" });
                        first = false;
                        for piece in [name, "\":\"", text, "\""] {
                            out.extend_from_slice(piece.as_bytes());
                        }
                    }
                    out.push(b'}');
                }
                _ => {
                    let mut first = true;
                    for place in &form.sorted {
                        let (said, spot) = (fields.get(*place)?, form.spots.get(*place)?);
                        if matches!(said.said, Raw::Missing) {
                            continue;
                        }
                        out.push(if first { b'{' } else { b',' });
                        first = false;
                        out.extend_from_slice(spot.label.as_bytes());
                        out.extend_from_slice(said.json.as_bytes());
                    }
                    out.push(b'}');
                }
            }
        }
        out.push(b'}');
        Some(Sha256::digest(&out).into())
    }
}

fn source<'l>(cursor: &mut Cursor<'l>) -> Option<Who<'l>> {
    let (mut tool, mut instance, mut record) = (None, None, None);
    cursor.eat(b'{')?;
    cursor.blank();
    loop {
        let name = cursor.string()?;
        cursor.colon()?;
        let place = match name {
            "tool" => &mut tool,
            "instance" => &mut instance,
            "record" => &mut record,
            _ => return None,
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
fn value<'l>(spot: &Spot, cursor: &mut Cursor<'l>, layout: &Layout) -> Option<Said<'l>> {
    let from = cursor.place();
    let text = |cursor: &mut Cursor<'l>| cursor.string();
    let said = match (cursor.peek()?, spot.kind) {
        (b'n', kind) if spot.optional && kind != Kind::Key => cursor.literal("null").map(|()| Raw::Absent)?,
        (b'n', _) => return None,
        (b't', Kind::Bool) => cursor.literal("true").map(|()| Raw::Bool(true))?,
        (_, Kind::Bool) => cursor.literal("false").map(|()| Raw::Bool(false))?,
        (_, Kind::Enum) => {
            let text = text(cursor)?;
            let at = spot.members.iter().position(|member| member.as_str() == text)?;
            Raw::Enum(u8::try_from(at).ok()?)
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
        (_, Kind::Time) => Raw::Word(text(cursor)?.parse::<Instant>().ok()?.0.cast_unsigned()),
        (_, Kind::Span) => Raw::Word(parse_duration(text(cursor)?)?.cast_unsigned()),
        (_, Kind::Text) => Raw::Text(text(cursor)?),
        (_, Kind::Key | Kind::Fact(_)) => Raw::Text(text(cursor).filter(|key| !key.is_empty())?),
        (_, Kind::Facts(_) | Kind::Other) => {
            let json = cursor.any().filter(|json| is_flat(json, DEPTH))?;
            let value = from_json(&json, &spot.ty, layout.schema()).ok()?;
            return Some(Said { said: Raw::Value(value), json: Cow::Owned(json.to_string()) });
        }
    };
    Some(Said { said, json: Cow::Borrowed(cursor.since(from)?) })
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
