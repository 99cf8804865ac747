//! Expressions and their values.

use assize_lang::diagnostic::Severity;

use super::page::Block;
use super::project::Project;
use crate::builder::Builder;
use crate::facts::Instant;

/// The instant of `values` blocks that name none.
const NOW: &str = "2026-06-01T00:00:00Z";

/// The lines `EXPRESSION => VALUE` of a block, with the values that came out.
///
/// # Errors
/// Why it could not be run.
pub(super) fn of(
    project: &Project,
    block: &Block,
    base: &dyn Fn(&[&str]) -> Builder,
) -> Result<String, String> {
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
    let built = project.build(base, &more);
    let engine = built.engine.ok_or("a param or a signal that is set does not exist or does not fit")?;
    let now: Instant = now.parse().map_err(|_| format!("`{now}` is no instant"))?;
    let snapshot = project.snapshot(&engine, &facts);
    let evaluation = engine.evaluate(&snapshot, now);
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
    Ok(block.body.lines().enumerate().map(line).collect())
}

fn file_of(number: usize) -> String {
    format!("value:{number}.assize")
}

fn is_expression(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with("//")
}

fn expression(line: &str) -> &str {
    line.split_once(" => ").map_or(line, |(expression, _)| expression).trim_end()
}
