//! The archive that a bundle is: files in the plainest form of `tar`, packed with gzip. `tar tzf` lists it.
//!
//! Written, the same files make the same bytes. Read, anything but plain files with plain names is refused, as is
//! more than a bundle may hold.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::BundleError;

/// The size of everything in a tar archive.
const BLOCK: usize = 512;

/// How many bytes a bundle may have, packed.
pub const PACKED: usize = 64 << 20;

/// How many bytes its files may have together.
const UNPACKED: u64 = 256 << 20;

/// How many files it may hold.
const FILES: usize = 10_000;

/// The longest name of a file.
const NAME: usize = 100;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Packs files, in the order given.
///
/// # Errors
/// [`BundleError::Archive`] where a name is none that can be written.
pub fn pack<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, BundleError> {
    let mut gzip = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best());
    let failed = |error: std::io::Error| BundleError::archive(error.to_string());
    for (name, bytes) in files {
        check_name(name)?;
        for part in [&header(name, bytes.len())[..], bytes, &vec![0; padding(bytes.len())]] {
            gzip.write_all(part).map_err(failed)?;
        }
    }
    gzip.write_all(&[0; BLOCK * 2]).map_err(failed)?;
    gzip.finish().map_err(failed)
}

/// Unpacks files.
///
/// # Errors
/// [`BundleError::Archive`] where it is no such archive, or holds more than it may, or anything else than plain files.
pub fn unpack(packed: &[u8]) -> Result<Files, BundleError> {
    if packed.len() > PACKED {
        return Err(BundleError::archive(format!("it has more than {PACKED} bytes")));
    }
    let mut bytes = Vec::new();
    let read = flate2::read::GzDecoder::new(packed).take(UNPACKED.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|_| BundleError::archive("it is no gzip archive, or a damaged one"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > UNPACKED) {
        return Err(BundleError::archive(format!("unpacked it has more than {UNPACKED} bytes")));
    }
    let cut = || BundleError::archive("it ends in the midst");
    let mut files = Files::new();
    let mut rest = bytes.as_slice();
    loop {
        let (head, behind) = rest.split_at_checked(BLOCK).ok_or_else(cut)?;
        if head.iter().all(|byte| *byte == 0) {
            return Ok(files);
        }
        let (name, length) = read_header(head)?;
        let (content, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
        rest = behind.get(padding(length)..).ok_or_else(cut)?;
        if files.len() >= FILES {
            return Err(BundleError::archive(format!("it holds more than {FILES} files")));
        }
        if files.insert(name.clone(), content.to_vec()).is_some() {
            return Err(BundleError::archive(format!("it holds `{name}` twice")));
        }
    }
}

fn padding(length: usize) -> usize {
    length.next_multiple_of(BLOCK).saturating_sub(length)
}

/// Names are relative, go down only, and are such as every system can write.
fn check_name(name: &str) -> Result<(), BundleError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let parts = || name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if name.len() <= NAME && name.chars().all(plain) && parts() {
        return Ok(());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    let may = format!("letters, digits and `._-/`, {NAME} at most, from its root downwards");
    Err(BundleError::archive(format!("`{shown}` is no name for a file in it: {may}")))
}

fn header(name: &str, length: usize) -> [u8; BLOCK] {
    let mut out = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        for (place, byte) in out.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{length:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = sum(&out);
    for (place, byte) in out.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *place = byte;
    }
    out
}

fn sum(header: &[u8]) -> u32 {
    header.iter().fold(0_u32, |sum, byte| sum.saturating_add(u32::from(*byte)))
}

/// The name and the length of a file.
fn read_header(head: &[u8]) -> Result<(String, usize), BundleError> {
    let field = |from: usize, to: usize| {
        let bytes = head.get(from..to).unwrap_or_default();
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        std::str::from_utf8(bytes.get(..end).unwrap_or_default()).unwrap_or("\u{fffd}").trim()
    };
    let octal = |from, to| usize::from_str_radix(field(from, to), 8).ok();
    let mut blank = head.to_vec();
    blank.iter_mut().skip(148).take(8).for_each(|byte| *byte = b' ');
    if octal(148, 156) != usize::try_from(sum(&blank)).ok() {
        return Err(BundleError::archive("a header's sum does not fit"));
    }
    if !matches!(head.get(156), Some(b'0' | 0)) || !field(345, 500).is_empty() {
        return Err(BundleError::archive("it holds something else than plain files with short names"));
    }
    let name = field(0, 100);
    check_name(name)?;
    let length = octal(124, 136).ok_or_else(|| BundleError::archive("a file's length cannot be read"))?;
    Ok((name.to_owned(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_the_same_files_make_the_same_bytes() {
        let big = vec![7; 1_500];
        let files = [("manifest.json", &b"{}"[..]), ("policies/a/b.assize", &big), ("empty", b"")];
        let packed = pack(files).unwrap();
        assert_eq!(packed, pack(files).unwrap());
        let unpacked = unpack(&packed).unwrap();
        assert_eq!(unpacked.len(), 3);
        for (name, bytes) in files {
            assert_eq!(unpacked[name], bytes);
        }
    }

    #[test]
    fn a_damaged_or_hostile_archive_is_refused() {
        for name in ["/etc/passwd", "../x", "a/../b", "a//b", "", "a b", &"x".repeat(101)] {
            assert!(pack([(name, &b""[..])]).is_err(), "{name}");
        }
        let packed = pack([("a", &b"x"[..])]).unwrap();
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut tar).unwrap();
        let again = |tar: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(tar).unwrap();
            unpack(&gzip.finish().unwrap())
        };
        assert!(again(&tar).is_ok());
        for cut in [0, 100, 512, 600, 1024] {
            assert!(again(&tar[..cut]).is_err(), "cut at {cut}");
        }
        let changed = |at: usize, byte: u8| {
            let mut tar = tar.clone();
            tar[at] = byte;
            tar[148..156].copy_from_slice(b"        ");
            let sum = sum(&tar[..512]);
            tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            again(&tar)
        };
        // A link, a name that begins at the root, a length beyond the end.
        assert!(changed(156, b'2').is_err());
        assert!(changed(0, b'/').is_err());
        assert!(changed(124, b'7').is_err());
        let twice = pack([("a", &b"x"[..]), ("a", b"y")]).unwrap();
        assert!(unpack(&twice).unwrap_err().to_string().contains("`a` twice"));
        assert!(unpack(b"nothing").is_err());
    }
}
