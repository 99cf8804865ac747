//! What the tests of the front end share: a small model, and diagnostics as short lines.

use assize_lang::plan::Program;
use assize_lang::{SourceText, compile};

/// A model of secrets and their uses.
pub const MODEL: &str = include_str!("model.assize");

/// Compiles `text` beside the model; answers with the program and one line a diagnostic:
/// `CODE LINE:COLUMN message | help`.
pub fn check(text: &str) -> (std::sync::Arc<Program>, Vec<String>) {
    let source = |path: &str, text: &str, library| SourceText {
        path: path.to_owned(),
        text: text.to_owned(),
        library,
    };
    let compiled = compile(&[source("model.assize", MODEL, true), source("p.assize", text, false)]);
    let mut lines = Vec::new();
    for file in &compiled.diagnostics {
        let body = if file.path == "p.assize" { text } else { MODEL };
        for diagnostic in &file.diagnostics {
            let before = &body[..diagnostic.span.start as usize];
            let line = before.matches('\n').count() + 1;
            let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
            let help = diagnostic.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
            let place = if file.path == "p.assize" { String::new() } else { format!("{} ", file.path) };
            lines.push(format!("{} {place}{line}:{column} {}{help}", diagnostic.code, diagnostic.message));
        }
    }
    (compiled.program, lines)
}

/// Checks the body of a policy over one secret, `s`, with an arm for what is unknown.
pub fn condition(expr: &str) -> Vec<String> {
    let text = format!(
        "package p\nuse model.*\npolicy q {{\n  for s: Secret\n  decide {{\n    {expr} => alert low because \"x\"\n  }}\n}}\n"
    );
    check(&text).1.into_iter().map(|line| line.replace("6:5 ", "").to_owned()).collect()
}
