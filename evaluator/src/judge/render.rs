//! Messages.

use assize_lang::plan::{Template, TemplatePart};

use super::eval::Evaluator;
use crate::value::{Causes, describe};

/// How many causes a message names.
const NAMED: usize = 3;

impl<'a> Evaluator<'a> {
    /// The message for this case, at this instant. Where an arm above was not settled and the message
    /// does not say so itself, that is added (D7).
    pub(super) fn render(&self, template: &'a Template, missing: &Causes, unsettled: bool) -> String {
        let mut out = String::new();
        let mut said = false;
        for part in &template.parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Expr(expr) => {
                    let eval = self.eval(expr);
                    out.push_str(&describe(&eval.possible, &expr.ty, self.view.schema()));
                }
                TemplatePart::Missing => {
                    said = true;
                    out.push_str(&missing.in_words(NAMED));
                }
            }
        }
        if unsettled && !said && !missing.is_empty() {
            if !out.is_empty() {
                out.push_str("; ");
            }
            out.push_str("not settled: ");
            out.push_str(&missing.in_words(NAMED));
        }
        out
    }
}
