//! A log, record by record, whatever its length: one a line, or values one after the other, or arrays of them.
//!
//! No more than a record is in memory. Where each line stands for itself one that is no JSON costs itself; in
//! the other forms nothing behind such a place can be trusted, so it ends the input.

use std::collections::{BTreeSet, VecDeque};
use std::io::BufRead;

use serde_json::Value;

use crate::IngestError;
use crate::input::failed;
use crate::json::{MAX_DEPTH, Record, describe};

/// How many bytes are looked at to tell whether each line stands for itself.
const PROBE: usize = 1 << 20;

/// What is particular about a format.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The members of an object whose lists hold the records: `Records`.
    pub lists: Vec<String>,
    /// Whether lines that do not begin like an object are words of the tool between its records.
    pub chatter: bool,
    /// Whether the records may be lines of text: where the input does not begin like JSON, each line that is not
    /// blank is a record, as a text.
    pub texts: bool,
    /// Members beside the lists whose being there says something: that there are more pages.
    pub beside: Vec<String>,
}

/// What was around the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Whether a list of [`Form::lists`] was there, be it empty.
    pub wrapped: bool,
    /// Which of [`Form::beside`] stood beside one.
    pub beside: BTreeSet<String>,
}

/// The records of an input.
pub struct Records<R> {
    cursor: Cursor<R>,
    form: Form,
    mode: Mode,
    ready: VecDeque<Record>,
    /// How many values came so far at the top.
    count: usize,
    around: Around,
}

impl<R> std::fmt::Debug for Records<R> {
    /// Where it is only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("count", &self.count).finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Mode {
    /// Each line is a record.
    Lines,
    /// Each line is a record, and no JSON.
    Texts,
    /// A value comes next, or the end.
    Top,
    /// An element of a list comes next, or its end. The list is in this place, and inside of an object or not.
    List { place: String, index: usize, object: bool },
    /// A member of an object comes next, or its end; it had a list already, or not.
    Object { listed: bool },
    /// Nothing comes any more.
    Done,
}

impl<R: BufRead> Records<R> {
    /// Of an input; `record` is the limit of one record in bytes.
    ///
    /// # Errors
    /// It is empty or cannot be read.
    pub fn new(reader: R, form: Form, record: usize) -> Result<Self, IngestError> {
        let mut cursor = Cursor {
            reader,
            probe: Vec::new(),
            at: 0,
            line: 1,
            start: 0,
            offset: 0,
            limit: record,
            hint: None,
        };
        cursor.look()?;
        cursor.hint = crate::json::hint(&cursor.probe);
        if cursor.hint.is_some()
            && let Err(error) = std::str::from_utf8(&cursor.probe)
        {
            return Err(IngestError::NotUtf8 { offset: error.valid_up_to(), hint: cursor.hint });
        }
        if cursor.probe.starts_with(b"\xef\xbb\xbf") {
            (cursor.at, cursor.start, cursor.offset) = (3, 3, 3);
        }
        let begin = cursor.probe.get(cursor.at..).unwrap_or_default();
        if cursor.probe.len() < PROBE && begin.iter().all(u8::is_ascii_whitespace) {
            return Err(IngestError::Empty);
        }
        let mode = if form.texts
            && !begin.trim_ascii_start().starts_with(b"{")
            && !begin.trim_ascii_start().starts_with(b"[")
        {
            Mode::Texts
        } else if is_lines(begin, form.chatter) {
            Mode::Lines
        } else {
            Mode::Top
        };
        Ok(Self { cursor, form, mode, ready: VecDeque::new(), count: 0, around: Around::default() })
    }

    /// What was around the records so far.
    pub const fn around(&self) -> &Around {
        &self.around
    }

    /// The next record.
    ///
    /// # Errors
    /// The input cannot be read, is no text, or is broken where records are not lines.
    pub fn read(&mut self) -> Result<Option<Record>, IngestError> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            let step = match std::mem::replace(&mut self.mode, Mode::Done) {
                Mode::Done => return Ok(None),
                Mode::Lines => self.line()?,
                Mode::Texts => self.text()?,
                Mode::Top => self.top()?,
                Mode::Object { listed } => self.member(listed)?,
                Mode::List { place, index, object } => self.element(place, index, object)?,
            };
            if let Some(record) = step {
                return Ok(Some(record));
            }
        }
    }

    /// A line that is not blank.
    fn line(&mut self) -> Result<Option<Record>, IngestError> {
        let mut line = Vec::new();
        let Some(number) = self.cursor.read_line(&mut line)? else { return Ok(None) };
        self.mode = Mode::Lines;
        let text = line.trim_ascii();
        if text.is_empty() || self.form.chatter && !text.starts_with(b"{") {
            return Ok(None);
        }
        let place = format!("line {number}");
        if line.len() > self.cursor.limit {
            return Ok(Some(Record { place, value: Err(too_long(self.cursor.limit)) }));
        }
        match serde_json::from_slice(text) {
            Ok(value) => self.flatten(place, value),
            Err(error) => return Ok(Some(Record { place, value: Err(describe(&error)) })),
        }
        Ok(None)
    }

    /// A line that is not blank, as a text.
    fn text(&mut self) -> Result<Option<Record>, IngestError> {
        let mut line = Vec::new();
        let Some(number) = self.cursor.read_line(&mut line)? else { return Ok(None) };
        self.mode = Mode::Texts;
        let place = format!("line {number}");
        if line.len() > self.cursor.limit {
            return Ok(Some(Record { place, value: Err(too_long(self.cursor.limit)) }));
        }
        let text = String::from_utf8_lossy(line.trim_ascii());
        Ok((!text.is_empty()).then(|| Record { place, value: Ok(Value::from(text)) }))
    }

    /// The elements of an array, and those of a list in an object, are records of their own.
    fn flatten(&mut self, place: String, value: Value) {
        let (list, values) = match value {
            Value::Array(values) => (String::new(), values),
            Value::Object(mut map) => {
                let named =
                    self.form.lists.iter().find(|name| map.get(name.as_str()).is_some_and(Value::is_array));
                match named.and_then(|name| Some((name, map.remove(name)?))) {
                    Some((name, Value::Array(values))) => {
                        self.around.wrapped = true;
                        let beside = self.form.beside.iter().filter(|name| map.contains_key(name.as_str()));
                        self.around.beside.extend(beside.cloned());
                        (format!(".{name}"), values)
                    }
                    _ => return self.ready.push_back(Record { place, value: Ok(Value::Object(map)) }),
                }
            }
            value => return self.ready.push_back(Record { place, value: Ok(value) }),
        };
        let record = |(index, value)| Record { place: format!("{place}{list}[{index}]"), value: Ok(value) };
        self.ready.extend(values.into_iter().enumerate().map(record));
    }

    fn top(&mut self) -> Result<Option<Record>, IngestError> {
        let Some(byte) = self.cursor.skip_space()? else { return Ok(None) };
        self.count = self.count.saturating_add(1);
        let place = format!("record {}", self.count);
        match byte {
            b'[' => {
                self.cursor.step();
                self.mode = Mode::List { place, index: 0, object: false };
                Ok(None)
            }
            b'{' if !self.form.lists.is_empty() => {
                self.cursor.step();
                self.mode = Mode::Object { listed: false };
                Ok(None)
            }
            _ => {
                self.mode = Mode::Top;
                self.record(place).map(Some)
            }
        }
    }

    fn element(&mut self, place: String, index: usize, object: bool) -> Result<Option<Record>, IngestError> {
        let mut byte = self.cursor.need()?;
        if byte == b']' {
            self.cursor.step();
            self.mode = if object { Mode::Object { listed: true } } else { Mode::Top };
            return Ok(None);
        }
        if index > 0 {
            if byte != b',' {
                return Err(self.cursor.unexpected(byte, "expected `,` or `]`"));
            }
            self.cursor.step();
            byte = self.cursor.need()?;
        }
        if matches!(byte, b']' | b'}' | b',' | b':') {
            return Err(self.cursor.unexpected(byte, "expected value"));
        }
        let record = self.record(format!("{place}[{index}]"))?;
        self.mode = Mode::List { place, index: index.saturating_add(1), object };
        Ok(Some(record))
    }

    /// The members of an object up to a list of records; without one the object is a record itself.
    fn member(&mut self, listed: bool) -> Result<Option<Record>, IngestError> {
        let mut kept = vec![b'{'];
        loop {
            match self.cursor.need()? {
                b'}' => {
                    self.cursor.step();
                    self.mode = Mode::Top;
                    if listed {
                        return Ok(None);
                    }
                    kept.push(b'}');
                    return self.parsed(format!("record {}", self.count), &kept).map(Some);
                }
                b',' if kept.len() > 1 || listed => self.cursor.step(),
                b'"' if kept.len() == 1 || listed => {}
                other => return Err(self.cursor.unexpected(other, "expected `,` or `}`")),
            }
            let quote = self.cursor.need()?;
            if quote != b'"' {
                return Err(self.cursor.unexpected(quote, "key must be a string"));
            }
            let mut name = Vec::new();
            self.cursor.value(&mut name, 1)?;
            let colon = self.cursor.need()?;
            if colon != b':' {
                return Err(self.cursor.unexpected(colon, "expected `:`"));
            }
            self.cursor.step();
            let next = self.cursor.need()?;
            let list = serde_json::from_slice::<String>(&name).ok();
            if let Some(name) = list.as_ref().filter(|name| self.form.beside.contains(name)) {
                self.around.beside.insert(name.clone());
            }
            if let Some(list) = list.filter(|name| next == b'[' && self.form.lists.contains(name)) {
                self.cursor.step();
                self.around.wrapped = true;
                let place = format!("record {}.{list}", self.count);
                self.mode = Mode::List { place, index: 0, object: true };
                return Ok(None);
            }
            let mut value = Vec::new();
            self.cursor.value(&mut value, 1)?;
            if kept.len() > 1 {
                kept.push(b',');
            }
            kept.append(&mut name);
            kept.push(b':');
            // A byte more than the limit says that it is too long; what the bytes are does not matter then.
            let room = self.cursor.limit.saturating_add(1).saturating_sub(kept.len());
            kept.extend(value.into_iter().take(room));
        }
    }

    fn record(&mut self, place: String) -> Result<Record, IngestError> {
        let mut bytes = Vec::new();
        self.cursor.value(&mut bytes, 0)?;
        self.parsed(place, &bytes)
    }

    fn parsed(&self, place: String, bytes: &[u8]) -> Result<Record, IngestError> {
        if bytes.len() > self.cursor.limit {
            return Ok(Record { place, value: Err(too_long(self.cursor.limit)) });
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(Record { place, value: Ok(value) }),
            Err(error) => Err(IngestError::Malformed {
                line: self.cursor.line,
                column: self.cursor.column(),
                reason: describe(&error),
            }),
        }
    }
}

fn too_long(limit: usize) -> String {
    format!("is longer than {limit} bytes; no tool writes this, look at the file")
}

/// Whether each line stands for itself: the first does, or the first is broken and the second does.
fn is_lines(begin: &[u8], chatter: bool) -> bool {
    let whole = |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    let lines = begin.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut lines = lines.filter(|line| !chatter || line.starts_with(b"{"));
    let Some(first) = lines.next() else { return false };
    if chatter && begin.trim_ascii_start().starts_with(b"[") {
        return false;
    }
    if whole(first) {
        return true;
    }
    let opens = |line: &[u8]| line.starts_with(b"{") && line.len() > 1;
    opens(first) && lines.next().is_some_and(|second| opens(second) && whole(second))
}

/// The bytes of an input, one after the other, and where they stand.
struct Cursor<R> {
    reader: R,
    /// The beginning, which was read to be looked at, and how far it is used.
    probe: Vec<u8>,
    at: usize,
    line: usize,
    /// The offset at which the line begins, and the current one.
    start: usize,
    offset: usize,
    limit: usize,
    /// What the input looks like where it is no text.
    hint: Option<&'static str>,
}

impl<R: BufRead> Cursor<R> {
    /// Reads the beginning.
    fn look(&mut self) -> Result<(), IngestError> {
        let most = u64::try_from(PROBE).unwrap_or(u64::MAX);
        let mut begin = std::io::Read::take(&mut self.reader, most);
        std::io::Read::read_to_end(&mut begin, &mut self.probe).map_err(|error| failed(&error))?;
        Ok(())
    }

    /// What comes next, as much as is at hand; empty at the end.
    fn chunk(&mut self) -> Result<&[u8], IngestError> {
        if self.at < self.probe.len() {
            return Ok(self.probe.get(self.at..).unwrap_or_default());
        }
        if !self.probe.is_empty() {
            (self.probe, self.at) = (Vec::new(), 0);
        }
        self.reader.fill_buf().map_err(|error| failed(&error))
    }

    fn used(&mut self, bytes: usize) {
        if self.probe.is_empty() {
            self.reader.consume(bytes);
        } else {
            self.at = self.at.saturating_add(bytes);
        }
        self.offset = self.offset.saturating_add(bytes);
    }

    fn peek(&mut self) -> Result<Option<u8>, IngestError> {
        Ok(self.chunk()?.first().copied())
    }

    /// Goes over a byte that was looked at.
    fn step(&mut self) {
        self.used(1);
    }

    fn new_line(&mut self) {
        self.line = self.line.saturating_add(1);
        self.start = self.offset.saturating_add(1);
    }

    /// The next byte that is no white space.
    fn skip_space(&mut self) -> Result<Option<u8>, IngestError> {
        loop {
            match self.peek()? {
                Some(b'\n') => self.new_line(),
                Some(b' ' | b'\t' | b'\r') => {}
                other => return Ok(other),
            }
            self.step();
        }
    }

    /// The same where the input may not end.
    fn need(&mut self) -> Result<u8, IngestError> {
        self.skip_space()?.ok_or_else(|| self.truncated())
    }

    /// Column in bytes, from 1.
    fn column(&self) -> usize {
        self.offset.saturating_sub(self.start).saturating_add(1)
    }

    fn truncated(&self) -> IngestError {
        IngestError::Truncated { line: self.line, column: self.column() }
    }

    fn unexpected(&self, byte: u8, expected: &str) -> IngestError {
        if byte >= 0x80 {
            return IngestError::NotUtf8 { offset: self.offset, hint: self.hint };
        }
        let reason = format!("not JSON: {expected}");
        IngestError::Malformed { line: self.line, column: self.column(), reason }
    }

    /// Reads one value, inside of `depth` others, up to a byte more than the limit of a record.
    fn value(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), IngestError> {
        let begin = self.offset;
        let most = self.limit.saturating_add(1);
        let mut scan = Scan { open: 0, depth, in_text: false, escaped: false };
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                // A number, or a word, may be the last thing.
                let scalar = scan.open == 0 && !scan.in_text && self.offset > begin;
                return if scalar { self.text(out, begin) } else { Err(self.truncated()) };
            }
            let (length, found) = scan.over(chunk);
            let taken = chunk.get(..length).unwrap_or_default();
            let room = most.saturating_sub(out.len()).min(length);
            out.extend_from_slice(taken.get(..room).unwrap_or_default());
            let breaks = taken.iter().filter(|byte| **byte == b'\n').count();
            if let Some(last) = taken.iter().rposition(|byte| *byte == b'\n') {
                self.line = self.line.saturating_add(breaks);
                self.start = self.offset.saturating_add(last).saturating_add(1);
            }
            self.used(length);
            match found {
                Found::More => {}
                Found::End => return self.text(out, begin),
                Found::TooDeep => {
                    let (line, column) = (self.line, self.column());
                    return Err(IngestError::TooDeep { line, column, limit: MAX_DEPTH });
                }
            }
        }
    }

    /// Whether what was read is text.
    fn text(&self, out: &[u8], begin: usize) -> Result<(), IngestError> {
        match std::str::from_utf8(out) {
            // One that is too long is cut anywhere.
            Err(error) if out.len() <= self.limit || error.error_len().is_some() => {
                let offset = begin.saturating_add(error.valid_up_to());
                Err(IngestError::NotUtf8 { offset, hint: self.hint })
            }
            _ => Ok(()),
        }
    }

    /// Reads a line without its end, up to a byte more than the limit; its number, and nothing at the end.
    fn read_line(&mut self, out: &mut Vec<u8>) -> Result<Option<usize>, IngestError> {
        let number = self.line;
        let begin = self.offset;
        let most = self.limit.saturating_add(1);
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                if self.offset == begin {
                    return Ok(None);
                }
                break;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(chunk.len());
            let room = most.saturating_sub(out.len()).min(length);
            out.extend_from_slice(chunk.get(..room).unwrap_or_default());
            match end {
                Some(end) => {
                    self.used(end.saturating_add(1));
                    self.line = self.line.saturating_add(1);
                    self.start = self.offset;
                    break;
                }
                None => self.used(length),
            }
        }
        self.text(out, begin)?;
        Ok(Some(number))
    }
}

/// Where in a value the reading is.
struct Scan {
    open: usize,
    /// Inside of how many other values it is.
    depth: usize,
    in_text: bool,
    escaped: bool,
}

/// What a piece of an input holds of a value.
enum Found {
    More,
    End,
    TooDeep,
}

impl Scan {
    /// How many bytes of the piece belong to the value, and whether it ends there.
    fn over(&mut self, chunk: &[u8]) -> (usize, Found) {
        for (index, byte) in chunk.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_text = false;
                        if self.open == 0 {
                            return (index.saturating_add(1), Found::End);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => {
                    self.open = self.open.saturating_add(1);
                    if self.open.saturating_add(self.depth) > MAX_DEPTH {
                        return (index, Found::TooDeep);
                    }
                }
                b'}' | b']' if self.open > 0 => {
                    self.open = self.open.saturating_sub(1);
                    if self.open == 0 {
                        return (index.saturating_add(1), Found::End);
                    }
                }
                // Behind a number or a word.
                b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if self.open == 0 => {
                    return (index, Found::End);
                }
                _ => {}
            }
        }
        (chunk.len(), Found::More)
    }
}

/// Gives the lines of an input that are not blank, each with its number from 1.
///
/// # Errors
/// It is empty, cannot be read, or is no text. The lines before it have been given.
pub fn lines(reader: impl BufRead, limit: usize, each: &mut dyn FnMut(u64, &str)) -> Result<(), IngestError> {
    let mut cursor =
        Cursor { reader, probe: Vec::new(), at: 0, line: 1, start: 0, offset: 0, limit, hint: None };
    let (mut line, mut any) = (Vec::new(), false);
    while let Some(number) = cursor.read_line(&mut line)? {
        // Too long a line is cut, in a character perhaps: it is given all the same, to be refused for its length.
        let text = String::from_utf8_lossy(&line);
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { &text };
        if !text.trim().is_empty() {
            any = true;
            each(u64::try_from(number).unwrap_or(u64::MAX), text.trim_end_matches('\r'));
        }
        line.clear();
    }
    if any { Ok(()) } else { Err(IngestError::Empty) }
}

#[cfg(test)]
mod tests;
