//! What was read, by its content.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::reader::hex;

/// Reads on, and hashes what is read, where that is wanted.
#[derive(Debug)]
pub struct Hashing<R> {
    reader: R,
    hash: Option<Sha256>,
}

impl<R: Read> Hashing<R> {
    /// Of whatever can be read.
    #[must_use]
    pub fn new(reader: R, wanted: bool) -> Self {
        Self { reader, hash: wanted.then(Sha256::new) }
    }

    /// The SHA-256 of everything up to the end, in hexadecimal digits; empty where it is not wanted.
    ///
    /// # Errors
    /// It cannot be read to the end.
    pub fn finish(mut self) -> std::io::Result<String> {
        std::io::copy(&mut self, &mut std::io::sink())?;
        Ok(self.hash.map(|hash| hex(&hash.finalize())).unwrap_or_default())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(out)?;
        if let Some(hash) = &mut self.hash {
            hash.update(out.get(..read).unwrap_or_default());
        }
        Ok(read)
    }
}
