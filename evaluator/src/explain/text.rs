//! The explanation for people.

use std::fmt::{self, Display, Formatter};

use super::{ArmShown, Explanation, Judged};
use crate::value::escape;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}", self.policy, self.anchor)?;
        writeln!(f, "at {}, snapshot {}", self.now, self.snapshot)?;
        for line in self.docs.lines().take_while(|line| !line.trim().is_empty()) {
            writeln!(f, "  {}", line.trim())?;
        }
        writeln!(f, "\n{}", self.summary)?;
        self.reason(f)?;
        self.times(f)?;
        if !self.conditions.is_empty() {
            writeln!(f, "\nIs it a case?")?;
            self.conditions.iter().try_for_each(|judged| show(f, judged, 2))?;
        }
        if !self.lets.is_empty() {
            writeln!(f, "\nWhat the table's names stand for")?;
            for named in &self.lets {
                let docs = named.docs.split_whitespace().collect::<Vec<_>>().join(" ");
                let docs = if docs.is_empty() { String::new() } else { format!("   {docs}") };
                writeln!(f, "  {} = {}{docs}", named.name, named.judged.value)?;
                missing(f, &named.judged, 6)?;
                named.judged.parts.iter().try_for_each(|part| show(f, part, 6))?;
            }
        }
        writeln!(f, "\nThe table")?;
        self.arms.iter().try_for_each(|arm| show_arm(f, arm))?;
        if !self.values.is_empty() {
            writeln!(f, "\nValues read")?;
            for read in &self.values {
                writeln!(f, "  {} = {}", read.path, read.value)?;
            }
        }
        if !self.evidence.is_empty() {
            writeln!(f, "\nEvidence")?;
            for witness in &self.evidence {
                let source = witness.source.as_ref().map(|source| {
                    let record = source.record.as_ref().map(|record| format!(" ({})", escape(record)));
                    let key =
                        source.reported_as.as_ref().map(|key| format!(", reported as `{}`", escape(key)));
                    let (record, key) = (record.unwrap_or_default(), key.unwrap_or_default());
                    format!(", from {}{record}{key}", escape(&source.tool))
                });
                writeln!(f, "  {}{}", witness.fact, source.unwrap_or_default())?;
            }
            self.aliases.iter().try_for_each(|said| writeln!(f, "  {said}"))?;
        }
        if !self.conflicts.is_empty() {
            writeln!(f, "\nSources disagree")?;
            self.conflicts.iter().try_for_each(|conflict| writeln!(f, "  {conflict}"))?;
        }
        if !self.would_change_if.is_empty() {
            writeln!(f, "\nIt would change if")?;
            for would in &self.would_change_if {
                writeln!(f, "  {would}")?;
            }
        }
        if !self.assumed.is_empty() {
            writeln!(f, "\nTaken for granted")?;
            for assumed in &self.assumed {
                writeln!(f, "  {} is not known and was taken to be {}", assumed.of, assumed.taken_for)?;
            }
        }
        Ok(())
    }
}

impl Explanation {
    fn reason(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (missing, could_be) = match (&self.decision, &self.undetermined) {
            (Some(decision), _) => {
                if !decision.because.is_empty() {
                    writeln!(f, "  because {}", decision.because)?;
                }
                (&decision.missing, &decision.could_be)
            }
            (None, Some(open)) => (&open.missing, &open.could_be),
            (None, None) => return Ok(()),
        };
        for missing in missing {
            writeln!(f, "  missing: {missing}")?;
        }
        let words: Vec<String> =
            could_be.iter().map(|outcome| crate::test_runner::outcome_words(&outcome.kind)).collect();
        if !words.is_empty() {
            writeln!(f, "  with that evidence it could be: {}", words.join(", "))?;
        }
        Ok(())
    }

    fn times(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.valid_until {
            Some(until) => writeln!(f, "  holds until {until} if no fact changes")?,
            None => writeln!(f, "  holds until a fact changes")?,
        }
        if let Some(until) = self.evidence_until {
            writeln!(f, "  something that it rests on goes stale at {until} unless it is reported again")?;
        }
        if let Some(as_of) = self.as_of {
            writeln!(f, "  speaks as of {as_of}: later reports are not in yet")?;
        }
        Ok(())
    }
}

fn show(f: &mut Formatter<'_>, judged: &Judged, indent: usize) -> fmt::Result {
    let until = judged.valid_until.map(|until| format!("   (until {until})")).unwrap_or_default();
    writeln!(f, "{:indent$}{:<9} {}{until}", "", judged.value, judged.text)?;
    let deeper = indent.saturating_add(4);
    if judged.parts.is_empty() {
        missing(f, judged, deeper)?;
    }
    judged.parts.iter().try_for_each(|part| show(f, part, deeper))
}

fn missing(f: &mut Formatter<'_>, judged: &Judged, indent: usize) -> fmt::Result {
    judged.missing.iter().take(3).try_for_each(|missing| writeln!(f, "{:indent$}{missing}", ""))
}

fn show_arm(f: &mut Formatter<'_>, arm: &ArmShown) -> fmt::Result {
    writeln!(f, "  {}  {} => {}", arm.arm, arm.when, arm.then)?;
    writeln!(f, "     {}", arm.why)?;
    match &arm.condition {
        Some(condition) if !condition.parts.is_empty() => {
            condition.parts.iter().try_for_each(|part| show(f, part, 7))
        }
        Some(condition) => missing(f, condition, 7),
        None => Ok(()),
    }
}
