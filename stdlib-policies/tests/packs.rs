//! A folder of the library can be taken by itself, with the folders whose names it takes with `use`.

use std::collections::BTreeSet;

use assize_lang::diagnostic::Severity;
use assize_lang::{SourceText, compile};

/// The folders that files of a folder take names from, tests left out.
fn needed(folder: &str) -> BTreeSet<&'static str> {
    assize_stdlib::sources()
        .iter()
        .filter(|(path, _)| path.split('/').nth(1) == Some(folder) && !path.ends_with("_test.assize"))
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("use nhi.")?.split(['.', '{']).next())
        .collect()
}

#[test]
fn a_folder_compiles_with_what_it_takes_names_from() {
    let folders: BTreeSet<&str> =
        assize_stdlib::sources().iter().filter_map(|(path, _)| path.split('/').nth(1)).collect();
    for folder in folders {
        let mut pack = BTreeSet::from([folder]);
        while let Some(more) = pack.iter().flat_map(|it| needed(it)).find(|it| !pack.contains(it)) {
            pack.insert(more);
        }
        let sources: Vec<SourceText> = assize_stdlib::sources()
            .iter()
            .filter(|(path, _)| !path.ends_with("_test.assize"))
            .filter(|(path, _)| path.split('/').nth(1).is_some_and(|it| pack.contains(it)))
            .map(|(path, text)| SourceText {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
                library: false,
            })
            .collect();
        let errors: Vec<String> = compile(&sources)
            .diagnostics
            .iter()
            .flat_map(|file| file.diagnostics.iter().map(move |it| (&file.path, it)))
            .filter(|(_, it)| it.severity == Severity::Error)
            .map(|(path, it)| format!("{path}: {} {}", it.code, it.message))
            .collect();
        assert!(errors.is_empty(), "`{folder}` with {pack:?}: {}", errors.join("\n"));
        let policies =
            pack.iter().filter(|it| !["model", "controls", "ranking", "reach"].contains(*it)).count();
        assert!(policies <= 1 || folder == "gateway", "`{folder}` takes other policies along: {pack:?}");
    }
}
