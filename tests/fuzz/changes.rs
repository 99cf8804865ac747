//! What the replays of the fuzz targets share: the files to begin from, and changes to them, the same ones on every run.
//! They take it in by its path: libFuzzer makes changes of its own.
#![expect(clippy::arithmetic_side_effects, reason = "tests")]

use std::path::PathBuf;

/// The files below a folder, each with its path.
pub fn files(folder: PathBuf) -> Vec<(String, Vec<u8>)> {
    let (mut open, mut out) = (vec![folder], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    out.sort();
    out
}

/// Numbers that look drawn by lot, from a seed.
pub struct Lot(u64);

impl Default for Lot {
    fn default() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Lot {
    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

/// `bytes` with up to four changes: cut off, with parts left out, twice or from `other`, with one of the `words` put in or
/// in place of what stands behind a colon, with a bit that is another.
pub fn changed(bytes: &[u8], other: &[u8], words: &[&str], lot: &mut Lot) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=lot.below(4) {
        let at = lot.below(bytes.len() + 1);
        let end = (at + 1 + lot.below(24)).min(bytes.len());
        let word = words[lot.below(words.len())].bytes();
        match lot.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part.repeat(1 + lot.below(3)));
            }
            3 => {
                let from = lot.below(other.len() + 1);
                let part = &other[from..(from + lot.below(120)).min(other.len())];
                bytes.splice(at..at, part.to_vec());
            }
            4 | 5 => {
                let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':') else { continue };
                let start = at + colon + 1;
                let end = bytes[start..].iter().position(|byte| b",}]\n".contains(byte));
                let end = end.map_or(bytes.len(), |end| start + end);
                drop(bytes.splice(start..end, word));
            }
            6 if at < end => bytes[at] ^= 1 << lot.below(8),
            _ => drop(bytes.splice(at..at, word)),
        }
    }
    bytes
}
