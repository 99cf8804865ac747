//! Runs one page.

use assize_lang::FileDiagnostics;
use assize_lang::diagnostic::{self, Code, Diagnostic};

use super::page::{self, Block, Node};
use super::project::{Built, Mark, Project};
use super::{Page, Problem, Section, show, values};
use crate::builder::Builder;
use crate::facts::Instant;

/// A section that is open: how deep its heading is, its project, and what of it is inherited.
struct Open {
    deep: usize,
    project: Project,
    inherited: Mark,
    /// The line of its last block of policies, where it has one.
    policies: Option<usize>,
    section: Section,
}

impl Open {
    fn new(deep: usize, project: Project, heading: &str, line: usize) -> Self {
        let section = Section { heading: heading.to_owned(), line, ..Section::default() };
        Self { deep, inherited: project.mark(), project, policies: None, section }
    }

    fn say(&mut self, line: usize, text: impl Into<String>) {
        let problem = Problem { line, text: text.into(), pictures: String::new(), mended: false };
        self.section.problems.push(problem);
    }

    /// A block that holds what came out, and what did: `None` where it could not be run.
    fn compare(&mut self, block: &Block, out: Option<String>, replaced: &mut Vec<(usize, String)>) {
        let Some(out) = out.filter(|out| *out != block.body) else { return };
        let text = format!("not what came out:\n{out}");
        self.section.problems.push(Problem { line: block.line, text, pictures: String::new(), mended: true });
        replaced.push((block.line, out));
    }
}

/// Runs every block of a page.
pub(super) fn page(name: &str, text: &str, base: &dyn Fn(&[&str]) -> Builder) -> Page {
    let mut ran = Page::default();
    let mut replaced: Vec<(usize, String)> = Vec::new();
    let mut above: Vec<Open> = Vec::new();
    let mut open = Open::new(0, Project::of(name), "", 1);
    let nodes = page::nodes(text);
    let mut rest = nodes.iter().peekable();
    while let Some(node) = rest.next() {
        let block = match node {
            Node::Heading(deep, heading, line) => {
                close(&mut open, base, &mut ran);
                above.push(open);
                while above.last().is_some_and(|section| section.deep >= *deep) {
                    above.pop();
                }
                let project = above.last().map(|section| section.project.clone());
                let project = project.unwrap_or_else(|| Project::of(name));
                open = Open::new(*deep, project, heading, *line);
                continue;
            }
            Node::Open(line) => {
                open.say(*line, "the block is not closed");
                continue;
            }
            Node::Block(block) => block,
        };
        match block.kind.as_str() {
            "assize" => {
                let refused =
                    rest.next_if(|next| matches!(next, Node::Block(next) if next.kind == "diagnostics"));
                if let Some(Node::Block(said)) = refused {
                    let mut project = open.project.clone();
                    let place = project.add(&block.body, block.line);
                    let built = project.build(base, &[]);
                    let out = show::diagnostics(&project, place, &about_page(&project, built.diagnostics));
                    open.section.blocks = open.section.blocks.saturating_add(1);
                    if out.is_empty() {
                        open.say(said.line, "the block before it has no diagnostics");
                    }
                    open.compare(said, Some(out), &mut replaced);
                } else {
                    open.project.add(&block.body, block.line);
                    open.policies = Some(block.line);
                }
            }
            "facts" => open.project.add_facts(&block.body),
            "decisions" => {
                let out = decisions(&mut open, block, base);
                open.compare(block, out, &mut replaced);
            }
            "values" => match values::of(&open.project, block, base) {
                Ok(out) => open.compare(block, Some(out), &mut replaced),
                Err(why) => open.say(block.line, why),
            },
            "diagnostics" => open.say(block.line, "no block of policies stands before it"),
            _ => {
                ran.others.push((block.line, block.kind.clone()));
                continue;
            }
        }
        open.section.blocks = open.section.blocks.saturating_add(1);
    }
    close(&mut open, base, &mut ran);
    ran.text = text.to_owned();
    // From the end, so that the lines of the others stay where they are.
    for (line, body) in replaced.iter().rev() {
        ran.text = page::with_body(&ran.text, *line, body);
    }
    ran
}

/// What is said of a page's own files.
fn about_page(project: &Project, all: Vec<FileDiagnostics>) -> Vec<FileDiagnostics> {
    let mut own: Vec<FileDiagnostics> = all.into_iter().filter(|file| project.has(&file.path)).collect();
    // What a block declares, later sections and values may use.
    own.iter_mut().for_each(|file| file.diagnostics.retain(|one| one.code != Code::UnusedItem));
    own.retain(|file| !file.diagnostics.is_empty());
    own
}

/// A section has no diagnostics, and its own tests pass.
fn close(open: &mut Open, base: &dyn Fn(&[&str]) -> Builder, ran: &mut Page) {
    if let Some(line) = open.policies {
        let Built { engine, diagnostics } = open.project.build(base, &[]);
        for file in &about_page(&open.project, diagnostics) {
            for one in &file.diagnostics {
                let said = said(open, file, one, line);
                open.section.problems.push(said);
            }
        }
        match engine {
            Some(engine) => tests(open, &engine, line),
            None => open.say(line, "a param or a signal that is set does not exist or does not fit"),
        }
    }
    let mut section = std::mem::take(&mut open.section);
    section.problems.sort_by_key(|problem| problem.line);
    if section.blocks > 0 || !section.problems.is_empty() {
        ran.sections.push(section);
    }
}

/// A diagnostic that the page does not show.
fn said(open: &Open, file: &FileDiagnostics, one: &Diagnostic, otherwise: usize) -> Problem {
    let mut texts = diagnostic::Sources::default();
    texts.insert(file.path.as_str(), open.project.text(&file.path));
    Problem {
        line: open.project.line(&file.path, one.span.start).unwrap_or(otherwise),
        text: format!("{}: {}", one.code, one.message),
        pictures: diagnostic::render(&texts, &file.path, one, false),
        mended: false,
    }
}

fn tests(open: &mut Open, engine: &crate::engine::Engine, otherwise: usize) {
    let ours =
        |file: &str, start| open.project.has(file) && open.project.is_new(&open.inherited, file, start);
    let reports = engine.run_tests_of(&ours);
    for report in reports {
        let line = |byte| open.project.line(&report.file, byte).unwrap_or(otherwise);
        if report.expectations == 0 {
            let line = line(report.span.start);
            open.say(line, format!("test \"{}\" expects nothing", report.name));
            continue;
        }
        let failures = report.failures.iter().map(|failure| {
            let without = if failure.without_coverage { " (with every coverage taken away)" } else { "" };
            let text = format!(
                "test \"{}\": expected {}{without}\nfound {}",
                report.name, failure.expected, failure.got
            );
            Problem {
                line: line(failure.span.start),
                text,
                pictures: failure.pictures.clone(),
                mended: false,
            }
        });
        let failures: Vec<Problem> = failures.collect();
        open.section.problems.extend(failures);
    }
}

fn decisions(open: &mut Open, block: &Block, base: &dyn Fn(&[&str]) -> Builder) -> Option<String> {
    let Ok(now) = block.info.parse::<Instant>() else {
        open.say(block.line, "`decisions` names the instant, as in `decisions 2026-06-01T00:00:00Z`");
        return None;
    };
    let engine = open.project.build(base, &[]).engine?;
    let snapshot = open.project.snapshot(&engine, "");
    Some(show::evaluation(&snapshot, &engine.evaluate(&snapshot, now)))
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::engine::Engine;

    const MODEL: &str = "# P\n\n```assize\npackage p\n\nentity Key {\n  key id: string\n  old: bool\n} closed\n```\n\n## A\n\n";
    const POLICY: &str = "policy old {\n  for k: Key\n  decide { k.old => alert low because \"old\" }\n}\n";

    #[test]
    fn a_page_that_is_wrong_is_found_and_mended() {
        let fact = r#"{"Key": {"id": "a", "old": true}, "source": {"tool": "t"}, "observed_at": "2026-01-01T00:00:00Z"}"#;
        let test = "test \"old\" {\n  now 2026-06-01T00:00:00Z\n  given Key { id: \"a\", old: true }\n  expect alert high\n}\n";
        let typo = POLICY.replace("k.old", "k.odl");
        for (block, lines, mended) in [
            (format!("```assize\n{POLICY}```\n"), &[][..], true),
            (format!("```assize\n{POLICY}\n{test}```\n"), &[23], false),
            (format!("```assize\n{typo}```\n"), &[17], false),
            (format!("```assize\n{typo}```\n\n```diagnostics\n```\n"), &[21], true),
            (format!("```assize\n{POLICY}```\n\n```diagnostics\nE0101 1:1 x\n```\n"), &[21, 21], false),
            (format!("```facts\n{fact}\n```\n\n```values k: Key\nk.old => false\n```\n"), &[18], true),
            (
                format!(
                    "```assize\n{POLICY}```\n\n```facts\n{fact}\n```\n\n```decisions 2026-06-01T00:00:00Z\n```\n"
                ),
                &[25],
                true,
            ),
            (format!("```assize\n{POLICY}```\n\n```decisions today\n```\n"), &[21], false),
            ("```values k: Kez\nk.old => false\n```\n".to_owned(), &[14], true),
            ("```diagnostics\n```\n".to_owned(), &[14], false),
            (format!("```assize\n{POLICY}"), &[14], false),
            ("```rust\n```\n".to_owned(), &[], true),
        ] {
            let base = |_: &[&str]| Engine::builder();
            let problems = |text: &str| -> Vec<_> {
                page("p.md", text, &base).sections.into_iter().flat_map(|section| section.problems).collect()
            };
            let text = format!("{MODEL}{block}");
            let found = problems(&text);
            assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), lines, "{block}{found:?}");
            let left = problems(&page("p.md", &text, &base).text);
            assert_eq!(left.is_empty(), mended, "{block}{left:?}");
        }
    }

    #[test]
    fn a_page_stands_beside_policies() {
        let base = |_: &[&str]| {
            Engine::builder().source(
                "p.assize",
                format!("package p\n\nentity Key {{\n  key id: string\n  old: bool\n}} closed\n\n{POLICY}"),
            )
        };
        let test = "```assize\npackage q\nuse p.*\n\ntest \"old\" {\n  now 2026-06-01T00:00:00Z\n  given Key { id: \"a\", old: true }\n  expect alert low by old\n}\n```\n";
        let ran = page("p.md", test, &base);
        assert_eq!(ran.blocks(), 1);
        assert_eq!(ran.sections[0].problems, []);
    }
}
