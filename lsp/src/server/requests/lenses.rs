//! Lenses: what policies come to on the project's facts, and what can be done about it.

use std::path::PathBuf;

use assize_lang::diagnostic::Span;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::{CodeLens, CodeLensParams, Command, ExecuteCommandParams, Range, TextEdit};

use crate::ide;
use crate::population::{Job, Wish, arm_lens, number, policy_lens};
use crate::server::outgoing::Outgoing;
use crate::server::state::{State, path_of};

/// Why one case is decided as it is: `{project, policy, key}`.
pub(in crate::server) const EXPLAIN: &str = "assize.explain";
/// One case as a test at the end of the file: `{uri, policy, key}`.
pub(in crate::server) const DRAFT: &str = "assize.addTest";
/// Runs a test: `{uri, test}`.
pub(in crate::server) const TEST: &str = "assize.runTest";
/// Looks at other facts: `{uri, facts}`; without `facts` at the project's own.
pub(in crate::server) const CHOOSE: &str = "assize.chooseFacts";
/// Every command.
pub(in crate::server) const COMMANDS: [&str; 4] = [EXPLAIN, DRAFT, TEST, CHOOSE];

/// Where the answer to a command goes.
pub(in crate::server) type After = oneshot::Sender<Result<Option<Value>>>;

impl State {
    pub(in crate::server) fn lenses(&self, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
        let uri = &params.text_document.uri;
        let (at, path) = self.small(uri)?;
        let project = self.projects.get(at)?;
        let (policies, tests) = ide::lens::lenses(&project.db, &path);
        let mut out = Vec::new();
        let mut put = |span: Span, title: String, command: &str, arguments: Value| {
            let Some(range) = self.range_of(at, &path, span) else { return };
            out.push(lens(range, title, command, arguments));
        };
        for test in tests {
            if self.counts.is_some() {
                let arguments = json!({"uri": uri, "test": test.name});
                put(test.span, "run test".to_owned(), TEST, arguments);
            }
        }
        let root = project.root.clone().unwrap_or_default();
        for policy in policies {
            let Some(count) = self.counts.as_ref().and_then(|counts| counts.count(&root, &policy.name))
            else {
                continue;
            };
            let keys: Vec<Option<&str>> =
                count.examples.iter().map(|one| one.as_ref().map(|one| one.key.as_str())).collect();
            let first = keys.iter().flatten().next();
            let case = |key: &str| json!({"uri": uri, "policy": policy.name, "key": key});
            let head = policy_lens(&count);
            put(policy.span, head, "", Value::Null);
            if let Some(changes) = crate::population::changes(&count) {
                put(policy.span, format!("since saved: {changes}"), "", Value::Null);
            }
            if let Some(key) = first {
                put(policy.span, "explain one".to_owned(), EXPLAIN, case(key));
                put(policy.span, "add one as a test".to_owned(), DRAFT, case(key));
            }
            // Where the arms are others than were counted, the counts are of no line here.
            if count.arms.len() == policy.arms.len() {
                for (place, (span, arm)) in policy.arms.iter().zip(&count.arms).enumerate() {
                    let key = keys.get(place).copied().flatten();
                    let (command, arguments) = key.map_or(("", Value::Null), |key| (EXPLAIN, case(key)));
                    let start = Span::new(span.start, span.start);
                    put(start, arm_lens(*arm), command, arguments);
                }
            }
        }
        Some(out)
    }

    /// What the policy under the cursor comes to.
    pub(in crate::server) fn population(&self, at: usize, path: &str, offset: u32) -> Option<String> {
        let project = self.projects.get(at)?;
        let counts = self.counts.as_ref()?;
        let policy = ide::lens::policy_at(&project.db, path, offset)?;
        let root = project.root.clone().unwrap_or_default();
        match counts.count(&root, &policy) {
            Some(count) => Some(crate::population::policy_page(&count)),
            None => counts.note(&root).map(|why| format!("No counts: {why}.")),
        }
    }

    /// Begins a command; its answer comes when the thread that counts has it.
    pub(in crate::server) fn command(&mut self, params: ExecuteCommandParams, after: After) -> Result<()> {
        let arguments = params.arguments.into_iter().next().unwrap_or(Value::Null);
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
        let wrong = |what: &str| Error::invalid_params(format!("`{}`: {what}", params.command));
        let uri = text("uri").ok_or_else(|| wrong("no `uri`"))?;
        let uri = uri.parse().map_err(|_| wrong("`uri` is none"))?;
        let (at, path) = self.known_text(&uri).ok_or_else(|| wrong("this document is not known"))?;
        let root = self.projects.get(at).and_then(|project| project.root.clone()).unwrap_or_default();
        self.sync(at);
        let Some(counts) = &self.counts else {
            return Err(wrong("this server was started without facts"));
        };
        let case = || Some((text("policy")?, text("key")?));
        let wish = match params.command.as_str() {
            CHOOSE => {
                let facts = text("facts").map(PathBuf::from);
                counts.send(Job::Choose { project: root, facts });
                if let Some(project) = self.projects.get_mut(at) {
                    project.has_facts = Some(true);
                }
                self.want_counts();
                let _called_off = after.send(Ok(None));
                return Ok(());
            }
            EXPLAIN => case().map(|(policy, key)| Wish::Explain { policy, key }),
            DRAFT => case().map(|(policy, key)| Wish::Draft { policy, key }),
            TEST => text("test").map(|name| Wish::Test { path: path.clone(), name }),
            _ => None,
        };
        let wish = wish.ok_or_else(|| wrong("an argument is missing"))?;
        let (reply, answer) = oneshot::channel();
        counts.send(Job::Answer { project: root, wish, reply });
        let document = self.documents.get(&path_of(&uri));
        let end = document.map(|document| {
            let length = u32::try_from(document.text.len()).unwrap_or(u32::MAX);
            let gap = if document.text.ends_with('\n') { "\n" } else { "\n\n" };
            (document.uri.clone(), self.lines(document).range(Span::new(length, length)), gap)
        });
        self.say(Outgoing::Answer {
            command: params.command,
            end,
            folder: self.library.clone(),
            answer,
            after,
        });
        Ok(())
    }
}

fn lens(range: Range, title: String, command: &str, arguments: Value) -> CodeLens {
    let arguments = (!arguments.is_null()).then(|| vec![arguments]);
    CodeLens { range, command: Some(Command { title, command: command.to_owned(), arguments }), data: None }
}

/// What is said of the answer to a command.
pub(in crate::server) enum Said {
    /// A line.
    Line(String),
    /// A text to be opened.
    Page(String, String),
    /// A text to be written.
    Write(TextEdit),
    Nothing,
}

/// What to say of an answer.
pub(in crate::server) fn said(command: &str, answer: &Value, end: Option<(Range, &str)>) -> Said {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    match (command, end) {
        (EXPLAIN, _) => {
            let name: String =
                text("policy").chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            Said::Page(format!("explanations/{name}.txt"), text("text").to_owned())
        }
        (DRAFT, Some((range, gap))) => Said::Write(TextEdit::new(range, format!("{gap}{}", text("text")))),
        (TEST, _) => {
            let failures =
                answer.get("failures").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let count = answer.get("expectations").and_then(Value::as_u64).unwrap_or(0);
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            Said::Line(match failures.first() {
                None => format!("\"{}\" passes: {} as expected", text("test"), number(count)),
                Some(first) => {
                    let part = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default();
                    format!("\"{}\" fails: expected {}, got {}", text("test"), part("expected"), part("got"))
                }
            })
        }
        _ => Said::Nothing,
    }
}

/// The error of a command that could not be done.
pub(in crate::server) fn failed(why: String) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: why.into(), data: None }
}
