//! Why a policy decides what it does about one anchor: the table again, with everything that it looked at.

use assize::{ArmFate, ArmShown, Explanation, Judged};

use super::card::{Card, heading};
use super::decision::{self, Shown};
use super::schema::first_paragraph;
use super::term::{Term, clean, wrap};

/// The columns that a value takes before the expression that it is the value of.
const VALUE: usize = 8;

/// For people.
pub fn text(term: Term, why: &Explanation) -> String {
    let mut page = Page { term, out: String::new() };
    page.head(why);
    if !why.conditions.is_empty() {
        page.section("IS IT A CASE?");
        why.conditions.iter().for_each(|judged| page.judged(judged, 2));
    }
    if !why.lets.is_empty() {
        page.section("NAMES IN THE TABLE");
        for named in &why.lets {
            let docs = first_paragraph(&named.docs);
            let docs = if docs.is_empty() { docs } else { format!(" - {docs}") };
            page.line(2, &format!("{} = {}", named.name, named.judged.value), &docs);
            page.line(6, "", &named.judged.text);
            page.gaps(&named.judged, 6);
            named.judged.parts.iter().for_each(|part| page.judged(part, 6));
        }
    }
    page.section("THE TABLE");
    why.arms.iter().for_each(|arm| page.arm(arm));
    if !why.values.is_empty() {
        page.section("VALUES READ");
        for read in &why.values {
            page.line(2, &format!("{} =", read.path), &read.value);
        }
    }
    if !why.would_change_if.is_empty() {
        page.section("IT WOULD CHANGE IF");
        for would in &why.would_change_if {
            page.line(2, "", &would.to_string());
        }
    }
    if !why.evidence.is_empty() {
        page.section("EVIDENCE");
        for witness in &why.evidence {
            page.line(2, "", &decision::witness(witness));
        }
        for said in &why.aliases {
            page.line(2, "", &decision::alias(said));
        }
    }
    page.out
}

struct Page {
    term: Term,
    out: String,
}

impl Page {
    fn head(&mut self, why: &Explanation) {
        let term = self.term;
        let about = decision::anchor(&why.anchor);
        self.out.push_str(&Card::new(&why.policy, format!("on {about}")).draw(term, 0, "1"));
        self.line(2, "", &first_paragraph(&why.docs));
        self.out.push('\n');
        let card = match (&why.decision, &why.undetermined) {
            (Some(it), _) => {
                let color = decision::strongest(it).map_or("1", |outcome| decision::color(&outcome.kind));
                decision::card(it, Shown { evidence: false, controls: true }).draw(term, 2, color)
            }
            (None, Some(open)) => {
                let mut card = Card::new("cannot tell", "");
                decision::missing(&mut card, &open.missing.iter().collect::<Vec<_>>(), open.missing_more);
                decision::conflicts(&mut card, &open.conflicts);
                card.row("could be", decision::alternatives(&open.could_be));
                card.row("holds", decision::holds(why.valid_until, why.evidence_until, why.as_of));
                card.row("id", &open.id);
                card.draw(term, 2, "1;36")
            }
            (None, None) => {
                let mut card = Card::new(&why.summary, "");
                decision::conflicts(&mut card, &why.conflicts);
                card.row("holds", decision::holds(why.valid_until, why.evidence_until, why.as_of));
                card.draw(term, 2, "1;32")
            }
        };
        self.out.push_str(&card);
    }

    fn section(&mut self, title: &str) {
        self.out.push('\n');
        self.out.push_str(&heading(self.term, title, "1"));
    }

    /// `label` and `text` behind it, wrapped under the text's first column where the label is short.
    fn line(&mut self, indent: usize, label: &str, text: &str) {
        if label.is_empty() && text.is_empty() {
            return;
        }
        let whole = if label.is_empty() { clean(text) } else { clean(&format!("{label} {text}")) };
        let width = self.term.width.saturating_sub(indent).saturating_sub(2);
        for (index, line) in wrap(whole.trim_end(), width).iter().enumerate() {
            let hang = if index == 0 { 0 } else { 2 };
            let edge = " ".repeat(indent.saturating_add(hang));
            self.out.push_str(&format!("{edge}{line}\n"));
        }
    }

    fn judged(&mut self, judged: &Judged, indent: usize) {
        let value = clean(&judged.value);
        let until = judged.valid_until.map(|until| format!("  (until {})", decision::second(until)));
        let text = format!("{}{}", judged.text, until.unwrap_or_default());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let padded = format!("{value:<VALUE$}");
        let room = self.term.width.saturating_sub(indent).saturating_sub(VALUE.saturating_add(1));
        let painted = match value.as_str() {
            "true" => self.term.paint("32", &padded),
            "false" => self.term.paint("31", &padded),
            _ => self.term.paint("33", &padded),
        };
        let edge = " ".repeat(indent);
        let under = " ".repeat(indent.saturating_add(VALUE).saturating_add(1));
        for (index, line) in wrap(&clean(&text), room).iter().enumerate() {
            let start = if index == 0 { format!("{edge}{painted} ") } else { under.clone() };
            self.out.push_str(&format!("{start}{line}\n"));
        }
        let deeper = indent.saturating_add(4);
        if judged.parts.is_empty() {
            self.gaps(judged, deeper.saturating_add(VALUE).saturating_sub(3));
        }
        judged.parts.iter().for_each(|part| self.judged(part, deeper));
    }

    fn gaps(&mut self, judged: &Judged, indent: usize) {
        for gap in &judged.missing {
            self.line(indent, "-", &gap.to_string());
        }
    }

    fn arm(&mut self, arm: &ArmShown) {
        let decides = matches!(arm.fate, ArmFate::Decides | ArmFate::WouldDecide);
        let then = if arm.then.is_empty() { "none" } else { &arm.then };
        let head = format!("{}  {} => {then}", arm.arm, arm.when);
        let head = head.split(' ').collect::<Vec<_>>().join(" ");
        let width = self.term.width.saturating_sub(6);
        for (index, line) in wrap(&clean(&head), width).iter().enumerate() {
            let line = if decides { self.term.bold(line) } else { line.clone() };
            self.out.push_str(&format!("{}{line}\n", if index == 0 { "  " } else { "     " }));
        }
        let mark = if decides { "->" } else { "  " };
        self.line(5, mark.trim(), &arm.why);
        match &arm.condition {
            Some(condition) if condition.parts.is_empty() => self.gaps(condition, 8),
            Some(condition) => condition.parts.iter().for_each(|part| self.judged(part, 8)),
            None => {}
        }
    }
}
