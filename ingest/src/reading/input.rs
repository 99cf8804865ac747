//! An input as it comes: unpacked where it is packed, and looked at before it is read.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use crate::head::HEAD_BYTES;
use crate::{IngestError, Limits};

/// The beginnings of what gzip and Zstandard write.
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How much is read at once.
const BUFFER: usize = 1 << 17;

/// An input that is read from its beginning to its end. What gzip or Zstandard packed is unpacked on the way.
pub struct Input<'a> {
    reader: BufReader<Box<dyn Read + 'a>>,
    /// Its beginning, which is read already.
    head: io::Cursor<Vec<u8>>,
    limits: Limits,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").finish_non_exhaustive()
    }
}

impl<'a> Input<'a> {
    /// Of whatever can be read.
    ///
    /// # Errors
    /// It cannot be read, is packed and damaged, or unpacks to far more than it is.
    pub fn open(mut reader: impl Read + 'a, limits: Limits) -> Result<Self, IngestError> {
        let most = u64::try_from(HEAD_BYTES).unwrap_or(u64::MAX);
        let mut start = Vec::new();
        reader.by_ref().take(most).read_to_end(&mut start).map_err(|error| failed(&error))?;
        // What is short is all there. To ask for memory for more would take longer than to read it.
        let is_short = start.len() < HEAD_BYTES;
        let buffer = if is_short { start.len().max(1) } else { BUFFER };
        let reader = io::Cursor::new(start).chain(reader.take(if is_short { 0 } else { u64::MAX }));
        let packed = Rc::new(Cell::new(0));
        let mut reader = BufReader::with_capacity(buffer, Counted { reader, read: Rc::clone(&packed) });
        let magic = reader.fill_buf().map_err(|error| failed(&error))?;
        let is_packed = magic.starts_with(GZIP) || magic.starts_with(ZSTD);
        let unpacked: Box<dyn Read + 'a> = if magic.starts_with(GZIP) {
            let unpacked = flate2::bufread::MultiGzDecoder::new(reader);
            Box::new(Guarded { reader: unpacked, packed, unpacked: 0, limits })
        } else if magic.starts_with(ZSTD) {
            let unpacked = zstd::Decoder::with_buffer(reader).map_err(|error| failed(&error))?;
            Box::new(Guarded { reader: unpacked, packed, unpacked: 0, limits })
        } else {
            Box::new(reader)
        };
        let mut reader = BufReader::with_capacity(if is_packed { BUFFER } else { buffer }, unpacked);
        let mut head = Vec::new();
        reader.by_ref().take(most).read_to_end(&mut head).map_err(|error| failed(&error))?;
        Ok(Self { reader, head: io::Cursor::new(head), limits })
    }

    /// Its beginning. A character that is cut in two there is left out.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        let head = self.head.get_ref().as_slice();
        match std::str::from_utf8(head) {
            Err(error) if error.error_len().is_none() && head.len() == HEAD_BYTES => {
                head.get(..error.valid_up_to()).unwrap_or(head)
            }
            _ => head,
        }
    }

    /// The limits that it is read within.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`Self::open`], or it is longer than [`Limits::document`].
    pub fn whole(self) -> Result<Vec<u8>, IngestError> {
        let limit = self.limits.document;
        let mut bytes = Vec::new();
        self.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Err(IngestError::TooLarge { limit });
        }
        Ok(bytes)
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.head.read(out)?;
        if read > 0 || out.is_empty() { Ok(read) } else { self.reader.read(out) }
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let at = usize::try_from(self.head.position()).unwrap_or(usize::MAX);
        if at < self.head.get_ref().len() { self.head.fill_buf() } else { self.reader.fill_buf() }
    }

    fn consume(&mut self, amount: usize) {
        let at = usize::try_from(self.head.position()).unwrap_or(usize::MAX);
        if at < self.head.get_ref().len() { self.head.consume(amount) } else { self.reader.consume(amount) }
    }
}

/// An error of reading, as ours.
#[must_use]
pub fn failed(error: &io::Error) -> IngestError {
    if let Some(bomb) = error.get_ref().and_then(|inner| inner.downcast_ref::<IngestError>()) {
        return bomb.clone();
    }
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is packed, and its end is missing".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    IngestError::Unreadable { reason }
}

/// Counts what is read.
struct Counted<R> {
    reader: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out)?;
        self.read.set(self.read.get().saturating_add(u64::try_from(read).unwrap_or(u64::MAX)));
        Ok(read)
    }
}

/// Stops where far more comes out than went in.
struct Guarded<R> {
    reader: R,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    limits: Limits,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out)?;
        self.unpacked = self.unpacked.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let most = self.packed.get().saturating_mul(self.limits.ratio).max(Limits::FREE);
        if self.unpacked > most {
            return Err(io::Error::other(IngestError::Bomb { ratio: self.limits.ratio }));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn whole(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, IngestError> {
        Input::open(bytes, limits)?.whole()
    }

    #[test]
    fn what_is_packed_is_unpacked_and_all_else_stays() {
        let text = "{\"a\": \"é\"}\n".repeat(20_000).into_bytes();
        // What is appended to a gzip file is a part of it.
        let parts = [gzip(&text[..70_000]), gzip(&text[70_000..])].concat();
        for packed in [text.clone(), gzip(&text), parts, zstd::encode_all(text.as_slice(), 1).unwrap()] {
            assert_eq!(whole(&packed, Limits::default()).unwrap(), text);
        }
        assert_eq!(whole(b"", Limits::default()).unwrap(), b"");
        // The head ends with a whole character.
        let head = Input::open(text.as_slice(), Limits::default()).unwrap().head().to_vec();
        assert!(std::str::from_utf8(&head).is_ok() && head.len() > HEAD_BYTES - 4);
    }

    #[test]
    fn what_is_packed_and_damaged_is_said_so() {
        let packed = gzip(&b"{\"a\": 1}\n".repeat(1_000));
        let cut = whole(&packed[..packed.len() - 9], Limits::default()).unwrap_err().to_string();
        assert_eq!(cut, "it cannot be read: it is packed, and its end is missing");
        assert!(whole(&[0x28, 0xb5, 0x2f, 0xfd, 9, 9, 9], Limits::default()).is_err());
    }

    #[test]
    fn what_unpacks_without_end_is_refused() {
        let zeros = io::repeat(b' ').take(Limits::FREE * 4);
        let mut packed = Vec::new();
        zstd::stream::copy_encode(zeros, &mut packed, 1).unwrap();
        assert!(packed.len() < 1 << 20);
        let limits = Limits { document: u64::MAX, ..Limits::default() };
        assert_eq!(whole(&packed, limits), Err(IngestError::Bomb { ratio: 400 }));
        let limits = Limits { document: 10, ..Limits::default() };
        assert_eq!(whole(&[b' '; 11], limits), Err(IngestError::TooLarge { limit: 10 }));
    }
}
