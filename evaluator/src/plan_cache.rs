//! Plans kept on disk: what was compiled once is read back by the next process.
//!
//! From text to plans takes as long as deciding thousands of cases, and a command that answers one request would
//! do it each time. A plan is found by everything that it was made of: the texts and the program that compiled
//! them. What is damaged, or cannot be read or written, is compiled as if there were no cache.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use assize_lang::plan::Program;
use assize_lang::{Compiled, SourceText};
use sha2::{Digest, Sha256};

/// How many sets of texts are kept; the oldest go first.
const KEPT: usize = 64;

/// Length of a digest in bytes.
const DIGEST: usize = 32;

/// Compiles texts, or finds what they were compiled to in a folder.
///
/// Only what nothing is said about is kept: errors and warnings have to be found again to be shown.
pub(crate) fn compile(folder: &Path, sources: &[SourceText]) -> Compiled {
    let Some(key) = key(sources) else { return assize_lang::compile(sources) };
    let file = folder.join(format!("{key}.plan"));
    if let Some(program) = read(&file) {
        return Compiled { program: Arc::new(program), diagnostics: Vec::new() };
    }
    let compiled = assize_lang::compile(sources);
    if compiled.diagnostics.iter().all(|file| file.diagnostics.is_empty()) {
        // Nobody asked for it: a full disk or a folder that cannot be written costs the next start its time.
        let _ = write(folder, &file, &compiled.program);
    }
    compiled
}

/// What texts are found by. There is none where the program cannot tell which build it is.
fn key(sources: &[SourceText]) -> Option<String> {
    let mut hash = Sha256::new();
    let program = std::env::current_exe().ok()?;
    let about = fs::metadata(&program).ok()?;
    let built = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(program.as_os_str().as_encoded_bytes());
    part(&about.len().to_le_bytes());
    part(&built.as_nanos().to_le_bytes());
    for source in sources {
        part(&[u8::from(source.library)]);
        part(source.path.as_bytes());
        part(source.text.as_bytes());
    }
    Some(hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read(file: &Path) -> Option<Program> {
    let bytes = fs::read(file).ok()?;
    let (digest, plan) = bytes.split_at_checked(DIGEST)?;
    (Sha256::digest(plan).as_slice() == digest).then(|| postcard::from_bytes(plan).ok())?
}

fn write(folder: &Path, file: &Path, program: &Program) -> Result<(), std::io::Error> {
    let plan = postcard::to_stdvec(program).map_err(std::io::Error::other)?;
    make(folder)?;
    // Two processes may write the same plan: each writes a file of its own and puts it in place whole.
    let own = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = fs::File::create(&own)?;
    let done = out.write_all(&Sha256::digest(&plan)).and_then(|()| out.write_all(&plan));
    drop(out);
    let done = done.and_then(|()| fs::rename(&own, file));
    if done.is_err() {
        let _ = fs::remove_file(&own);
    }
    done?;
    forget_oldest(folder)
}

/// The folder, which is its owner's alone: what lies in it is run.
fn make(folder: &Path) -> Result<(), std::io::Error> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn forget_oldest(folder: &Path) -> Result<(), std::io::Error> {
    let mut plans: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "plan" || extension == "new") {
            plans.push((entry.metadata()?.modified()?, path));
        }
    }
    plans.sort();
    for (_, path) in plans.iter().take(plans.len().saturating_sub(KEPT)) {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "package p\nentity T {\n  key id: string\n  n: int\n} closed\npolicy q {\n  for t: T\n  decide { t.n > 3 => alert low because \"{t.n}\" }\n}\n";

    fn source(text: &str) -> Vec<SourceText> {
        vec![SourceText { path: "p.assize".to_owned(), text: text.to_owned(), library: false }]
    }

    fn plans(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder)
            .map_or_else(|_| Vec::new(), |all| all.map(|entry| entry.unwrap().path()).collect())
    }

    #[test]
    fn what_is_read_back_is_what_was_compiled() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/b");
        let fresh = assize_lang::compile(&source(POLICY));
        assert_eq!(fresh.diagnostics, [], "the policy of this test has nothing said about it");
        assert_eq!(compile(&folder, &source(POLICY)), fresh);
        assert_eq!(plans(&folder).len(), 1);
        assert_eq!(read(&plans(&folder)[0]), Some(Program::clone(&fresh.program)));
        assert_eq!(compile(&folder, &source(POLICY)), fresh);
    }

    #[test]
    fn other_texts_are_other_plans() {
        let folder = tempfile::tempdir().unwrap();
        let edited = POLICY.replace("> 3", "> 4");
        let first = compile(folder.path(), &source(POLICY));
        let second = compile(folder.path(), &source(&edited));
        assert_eq!(plans(folder.path()).len(), 2);
        assert_ne!(first, second);
        assert_eq!(second, assize_lang::compile(&source(&edited)));
    }

    #[test]
    fn what_is_damaged_is_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = compile(folder.path(), &source(POLICY));
        let file = plans(folder.path())[0].clone();
        let whole = fs::read(&file).unwrap();
        for cut in [0, 5, DIGEST, whole.len() - 1] {
            fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(compile(folder.path(), &source(POLICY)), fresh);
            assert_eq!(fs::read(&file).unwrap(), whole, "it is written anew");
        }
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        fs::write(&file, flipped).unwrap();
        assert_eq!(compile(folder.path(), &source(POLICY)), fresh);
    }

    #[test]
    fn errors_are_found_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = POLICY.replace("t.n > 3", "t.m > 3");
        for _ in 0..2 {
            let compiled = compile(folder.path(), &source(&wrong));
            assert_eq!(compiled.diagnostics[0].diagnostics.len(), 1);
        }
        assert_eq!(plans(folder.path()).len(), 0);
    }

    #[test]
    fn where_nothing_can_be_written_policies_compile_all_the_same() {
        let folder = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(compile(folder.path(), &source(POLICY)), assize_lang::compile(&source(POLICY)));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..KEPT + 3 {
            let text = POLICY.replace("> 3", &format!("> {n}"));
            compile(folder.path(), &source(&text));
        }
        assert_eq!(plans(folder.path()).len(), KEPT);
    }
}
