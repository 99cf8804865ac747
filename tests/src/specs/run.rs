//! Runs one page.

use assize::facts::Instant;
use assize_lang::diagnostic::Severity;

use super::page::{self, Block, Node};
use super::project::{Built, Mark, Project};
use super::show;

/// The instant of `values` blocks that name none.
const NOW: &str = "2026-06-01T00:00:00Z";

/// A page, run.
pub struct Ran {
    /// The page with what came out.
    pub text: String,
    pub problems: Vec<Problem>,
    /// How many blocks were run.
    pub blocks: usize,
}

/// Something that is not as the page says.
#[derive(Debug)]
pub struct Problem {
    pub line: usize,
    pub text: String,
    /// Whether writing what came out settles it.
    pub mended: bool,
}

/// A section that is open: how deep its heading is, its project, and what of it is inherited.
struct Section {
    deep: usize,
    project: Project,
    inherited: Mark,
    line: usize,
}

impl Section {
    fn open(deep: usize, project: Project) -> Self {
        Self { deep, inherited: project.mark(), project, line: 0 }
    }
}

/// Runs every block of a page.
pub fn page(text: &str) -> Ran {
    let mut ran = Ran { text: text.to_owned(), problems: Vec::new(), blocks: 0 };
    let mut replaced: Vec<(usize, String)> = Vec::new();
    let mut open = vec![Section::open(0, Project::default())];
    let nodes = page::nodes(text);
    let mut rest = nodes.iter().peekable();
    while let Some(node) = rest.next() {
        let block = match node {
            Node::Heading(deep) => {
                let section = open.last().unwrap();
                close(section, &mut ran);
                while open.last().is_some_and(|section| section.deep >= *deep) {
                    open.pop();
                }
                let project = open.last().map(|section| section.project.clone()).unwrap_or_default();
                open.push(Section::open(*deep, project));
                continue;
            }
            Node::Block(block) => block,
        };
        ran.blocks = ran.blocks.saturating_add(1);
        let section = open.last_mut().unwrap();
        let out = match block.kind.as_str() {
            "assize" => {
                let refused =
                    rest.next_if(|next| matches!(next, Node::Block(next) if next.kind == "diagnostics"));
                let Some(Node::Block(said)) = refused else {
                    section.project.add(&block.body);
                    section.line = block.line;
                    continue;
                };
                let mut project = section.project.clone();
                let place = project.add(&block.body);
                let out = show::diagnostics(&project, place, &project.build(&[]).diagnostics);
                if out.is_empty() {
                    ran.problems.push(problem(said, "the block before it has no diagnostics".to_owned()));
                }
                Some((said, out))
            }
            "facts" => {
                section.project.add_facts(&block.body);
                None
            }
            "decisions" => Some((block, decisions(section, block))),
            "values" => Some((block, values(&section.project, block))),
            "text" | "json" | "console" => None,
            other => {
                ran.problems.push(problem(block, format!("`{other}` is no kind of block")));
                None
            }
        };
        if let Some((block, out)) = out.filter(|(block, out)| block.body != *out) {
            let text = format!("not what came out:\n{out}");
            ran.problems.push(Problem { line: block.line, text, mended: true });
            replaced.push((block.line, out));
        }
    }
    close(open.last().unwrap(), &mut ran);
    // From the end, so that the lines of the others stay where they are.
    for (line, body) in replaced.iter().rev() {
        ran.text = page::with_body(&ran.text, *line, body);
    }
    ran
}

fn problem(block: &Block, text: String) -> Problem {
    Problem { line: block.line, text, mended: false }
}

/// A section has no diagnostics, and its own tests pass.
fn close(section: &Section, ran: &mut Ran) {
    if section.line == 0 {
        return;
    }
    let Built { engine, diagnostics } = section.project.build(&[]);
    let mut say = |text| ran.problems.push(Problem { line: section.line, text, mended: false });
    for file in &diagnostics {
        for one in file.diagnostics.iter().filter(|_| file.path.starts_with("page/")) {
            let help = one.help.as_deref().unwrap_or_default();
            say(format!("{} {}: {} ({help}) at byte {}", one.code, file.path, one.message, one.span.start));
        }
    }
    let Some(engine) = engine else {
        say("there is no engine".to_owned());
        return;
    };
    let reports = engine.run_tests(Some("page/"));
    for report in reports.iter().filter(|report| section.inherited.is_new(&report.file, report.span.start)) {
        if report.expectations == 0 {
            say(format!("test \"{}\" expects nothing", report.name));
        }
        for failure in &report.failures {
            say(format!("test \"{}\": expected {}, got {}", report.name, failure.expected, failure.got));
        }
    }
}

fn decisions(section: &Section, block: &Block) -> String {
    let now: Instant = block.info.parse().expect("`decisions` names the instant");
    let engine = section.project.build(&[]).engine.expect("an engine");
    let snapshot = section.project.snapshot(&engine, "");
    show::evaluation(&snapshot, &engine.evaluate(&snapshot, now))
}

/// The lines `EXPRESSION => VALUE` of a block, with the values that came out.
fn values(project: &Project, block: &Block) -> String {
    let (binding, now) = match block.info.rsplit_once(' ') {
        Some((binding, now)) if now.parse::<Instant>().is_ok() => (binding, now),
        _ if block.info.parse::<Instant>().is_ok() => ("", block.info.as_str()),
        _ => (block.info.as_str(), NOW),
    };
    let mut more = Vec::new();
    let mut facts = String::new();
    let binding = if binding.is_empty() {
        more.push((
            "row.assize".to_owned(),
            format!("{}entity OneRow {{ key id: string }} closed\n", project.head()),
        ));
        facts.push_str(
            r#"{"OneRow": {"id": "row"}, "source": {"tool": "page"}, "observed_at": "2026-01-01T00:00:00Z"}"#,
        );
        "row: OneRow"
    } else {
        binding
    };
    for (number, line) in block.body.lines().enumerate().filter(|(_, line)| is_expression(line)) {
        let policy = format!(
            "{}policy value_{number} {{\n  for {binding}\n  let the_value = {}\n  decide {{ otherwise => alert low because \"{{the_value}}\" }}\n}}\n",
            project.head(),
            expression(line)
        );
        more.push((file_of(number), policy));
    }
    let built = project.build(&more);
    let engine = built.engine.expect("an engine");
    let snapshot = project.snapshot(&engine, &facts);
    let evaluation = engine.evaluate(&snapshot, now.parse().expect("an instant"));
    let value = |number: usize| {
        let said = built.diagnostics.iter().filter(|file| file.path == file_of(number));
        let mut errors =
            said.flat_map(|file| &file.diagnostics).filter(|one| one.severity == Severity::Error);
        if let Some(error) = errors.next() {
            return format!("{} {}", error.code, error.message);
        }
        let name = format!(".value_{number}");
        let mut shown: Vec<(String, &str)> = evaluation
            .decisions
            .iter()
            .filter(|one| one.policy.ends_with(&name))
            .map(|one| (one.anchor.keys().join(", "), one.because.as_str()))
            .collect();
        shown.sort();
        match shown.as_slice() {
            [(_, only)] => (*only).to_owned(),
            several => {
                several.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(" | ")
            }
        }
    };
    let wide =
        block.body.lines().filter(|line| is_expression(line)).map(|line| expression(line).chars().count());
    let wide = wide.max().unwrap_or_default();
    let line = |(number, line): (usize, &str)| match is_expression(line) {
        true => format!("{:wide$} => {}\n", expression(line), value(number)),
        false => format!("{line}\n"),
    };
    block.body.lines().enumerate().map(line).collect()
}

fn file_of(number: usize) -> String {
    format!("value/{number}.assize")
}

fn is_expression(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with("//")
}

fn expression(line: &str) -> &str {
    line.split_once(" => ").map_or(line, |(expression, _)| expression).trim_end()
}

#[test]
fn a_page_that_is_wrong_is_found_and_mended() {
    let model = "# P\n\n```assize\npackage p\n\nentity Key {\n  key id: string\n  old: bool\n} closed\n```\n\n## A\n\n";
    let fact = r#"{"Key": {"id": "a", "old": true}, "source": {"tool": "t"}, "observed_at": "2026-01-01T00:00:00Z"}"#;
    let policy = "policy old {\n  for k: Key\n  decide { k.old => alert low because \"old\" }\n}\n";
    let test = "test \"old\" {\n  now 2026-06-01T00:00:00Z\n  given Key { id: \"a\", old: true }\n  expect alert high\n}\n";
    for (block, problems, mended) in [
        (format!("```assize\n{policy}```\n"), 0, true),
        (format!("```assize\n{policy}{test}```\n"), 1, false),
        (format!("```assize\n{}```\n", policy.replace("k.old", "k.odl")), 1, false),
        (format!("```assize\n{}```\n\n```diagnostics\n```\n", policy.replace("k.old", "k.odl")), 1, true),
        (format!("```assize\n{policy}```\n\n```diagnostics\nE0101 1:1 x\n```\n"), 2, false),
        (format!("```facts\n{fact}\n```\n\n```values k: Key\nk.old => false\n```\n"), 1, true),
        (
            format!(
                "```assize\n{policy}```\n\n```facts\n{fact}\n```\n\n```decisions 2026-06-01T00:00:00Z\n```\n"
            ),
            1,
            true,
        ),
        ("```rust\n```\n".to_owned(), 1, false),
    ] {
        let ran = page(&format!("{model}{block}"));
        assert_eq!(ran.problems.len(), problems, "{block}{:?}", ran.problems);
        let left = page(&ran.text).problems;
        assert_eq!(left.is_empty(), mended, "{}{left:?}", ran.text);
    }
}
