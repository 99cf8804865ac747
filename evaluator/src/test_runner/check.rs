//! Whether the checker says of a text what a test expects.

use std::sync::Arc;

use assize_lang::SourceText;
use assize_lang::diagnostic::Severity;
use assize_lang::plan::{Check, Said, Test};
use assize_lang::trial::{Remark, Trial};

/// The texts of the policies, and what texts are tried beside once one is.
pub(super) struct Texts {
    sources: Arc<Vec<SourceText>>,
    trial: Option<Trial>,
}

/// An expectation that did not come true.
pub(super) struct Missed {
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) pictures: String,
}

impl Texts {
    pub(super) const fn new(sources: Arc<Vec<SourceText>>) -> Self {
        Self { sources, trial: None }
    }

    /// `None` where it came true.
    pub(super) fn check(&mut self, test: &Test, check: &Check) -> Option<Missed> {
        let trial = self.trial.get_or_insert_with(|| Trial::new(&self.sources));
        let remarks = trial.check(&test.file, &check.text, check.literal);
        let came = check.said.iter().all(|said| remarks.iter().any(|remark| is(said, remark)));
        // A text that is wrong in another way as well shows nothing: the way that is meant may be all right.
        let others = remarks.iter().any(|remark| {
            let matters = check.said.is_empty() || remark.diagnostic.severity == Severity::Error;
            matters && !check.said.iter().any(|said| is(said, remark))
        });
        if came && !others {
            return None;
        }
        let got: Vec<String> = remarks.iter().map(line).collect();
        Some(Missed {
            expected: describe(check),
            got: if got.is_empty() { "nothing: the text is accepted".to_owned() } else { got.join("\n") },
            pictures: remarks.into_iter().map(|remark| remark.picture).collect(),
        })
    }
}

fn is(said: &Said, remark: &Remark) -> bool {
    said.severity == remark.diagnostic.severity
        && said.code.as_deref().is_none_or(|code| code == remark.diagnostic.code.as_str())
        && said.because.iter().all(|part| remark.contains(part))
}

fn line(remark: &Remark) -> String {
    let said = &remark.diagnostic;
    format!("{} {} at {}: {}", said.severity, said.code, remark.place, said.message)
}

/// The expectation in the language's words.
fn describe(check: &Check) -> String {
    if check.said.is_empty() {
        return "nothing to be said of the text".to_owned();
    }
    let one = |said: &Said| {
        let mut out = said.severity.to_string();
        if let Some(code) = &said.code {
            out.push_str(&format!(" {code}"));
        }
        for part in &said.because {
            out.push_str(&format!(" because contains \"{part}\""));
        }
        out
    };
    let all: Vec<String> = check.said.iter().map(one).collect();
    format!("{} and no other error in the text", all.join(", "))
}
