//! How decisions go on from one state of the facts to the next.

use assize::facts::Instant;
use assize::{By, DecisionDelta, Engine, Evaluation, Writer};

use crate::decider::Decider;
use crate::error::CliError;
use crate::estate::{Estate, Loaded};
use crate::facts::{Difference, Lines, canonical};
use crate::paranoid;

/// What stands, and what it takes to go on from there.
#[derive(Debug)]
pub struct Course {
    writer: Writer,
    lines: Lines,
    /// How many records were rejected, those of connectors and manifests among them, which the facts know
    /// nothing of.
    rejected: usize,
}

/// What one step did.
#[derive(Debug)]
pub struct Turn {
    /// What stood before.
    pub before: Evaluation,
    /// What stands now.
    pub after: Evaluation,
    /// What became of decisions from the one to the other.
    pub delta: DecisionDelta,
    /// How many of the former lines are missing: the facts are others then, not more, and what did a change
    /// is not known.
    pub gone: usize,
}

impl Course {
    /// Decides everything on the first facts.
    pub fn start(engine: &Engine, loaded: &Loaded, lines: Lines, now: Instant) -> Self {
        Self { writer: engine.writer(&loaded.snapshot, now), lines, rejected: loaded.rejects.len() }
    }

    /// The lines so far.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// What stands.
    pub fn stands(&mut self) -> Evaluation {
        let mut result = self.writer.evaluation();
        result.rejected = self.rejected;
        result
    }

    /// The next instant at which the clock alone may change a decision.
    pub fn next_flip(&self) -> Option<Instant> {
        self.writer.next_flip()
    }

    /// Takes in lines as they come, each with its file and number, and moves the clock; every change on the
    /// way, none left out.
    pub fn take_in(&mut self, lines: Vec<(String, u64, String)>, now: Instant) -> DecisionDelta {
        for (file, number, text) in lines {
            if self.lines.insert(&canonical(&text)) {
                self.writer.line(&file, number, &text);
            }
        }
        self.writer.commit(now)
    }

    /// Goes on under other policies of the same types: those that are as they were decide nothing again.
    pub fn under(&mut self, engine: &Engine, now: Instant) -> DecisionDelta {
        let mut delta = self.writer.commit(now);
        if let Some(told) = self.writer.replace(engine) {
            delta.changes.extend(told.changes);
            return delta;
        }
        let writer = engine.writer(&self.writer.snapshot(), now);
        let told = self.replaced_by(Self { writer, lines: self.lines.clone(), rejected: self.rejected });
        delta.changes.extend(told.changes);
        delta
    }

    /// Goes on as another course, under other policies.
    pub fn replaced_by(&mut self, other: Self) -> DecisionDelta {
        let before = self.stands();
        *self = other;
        DecisionDelta::between(&before, &self.stands(), |decision| By::Policy(decision.policy.clone()))
    }

    /// Goes on to other facts and a later instant. Where they are the former ones and some more, only what
    /// these touch is decided again, and each change names the fact or the instant that did it.
    pub fn go_on(&mut self, engine: &Engine, loaded: &Loaded, difference: Difference, now: Instant) -> Turn {
        let gone = difference.gone;
        let before = self.stands();
        self.lines = difference.lines;
        let told = if gone == 0 {
            difference.fresh.into_iter().for_each(|fresh| fresh.give(&mut self.writer));
            self.writer.commit(now)
        } else {
            self.writer = engine.writer(&loaded.snapshot, now);
            DecisionDelta::default()
        };
        self.rejected = loaded.rejects.len();
        let after = self.stands();
        let delta = told.net(&before, &after);
        Turn { before, after, delta, gone }
    }
}

impl Turn {
    /// The same step by the reference engine, which decides both states and knows of no course.
    pub fn by_reference(
        estate: &Estate,
        old: (&Loaded, Instant),
        new: (&Loaded, Instant),
        gone: usize,
    ) -> Self {
        let evaluate = |(loaded, now): (&Loaded, Instant)| {
            let mut result = Decider::Reference.evaluate(estate, loaded, now);
            result.rejected = loaded.rejects.len();
            result
        };
        let (before, after) = (evaluate(old), evaluate(new));
        let delta = DecisionDelta::default().net(&before, &after);
        Self { before, after, delta, gone }
    }

    /// Whether both engines agree on both states.
    pub fn check(
        &self,
        estate: &Estate,
        old: &Loaded,
        new: &Loaded,
        decider: Decider,
    ) -> Result<(), CliError> {
        paranoid::check(estate, old, decider, &self.before)?;
        paranoid::check(estate, new, decider, &self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two policies about things, the second with a threshold.
    fn engine(most: u32) -> Engine {
        let text = |name: &str, most: u32| {
            format!(
                "policy {name} {{ for t: Thing decide {{ t.size > {most} => alert low because \"big\" }} }}\n"
            )
        };
        let types = "package shop\nentity Thing { key id: string  size: int } closed\n";
        let other = format!("package shop\n{}", text("other", most));
        let first = format!("{types}{}", text("first", 1));
        Engine::builder().source("first.assize", first).source("other.assize", other).build().unwrap()
    }

    #[test]
    fn a_policy_that_is_as_it_was_decides_nothing_again() {
        let now: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
        let line = |id: usize| {
            format!(
                r#"{{"Thing": {{"id": "{id}", "size": {id}}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
            )
        };
        let lines: Vec<String> = (0..10).map(line).collect();
        let before = engine(5);
        let mut loader = before.loader();
        lines.iter().zip(1..).for_each(|(text, number)| loader.line("facts.ndjson", number, text));
        let loaded =
            Loaded { snapshot: loader.finish(), rejects: Vec::new(), exit: crate::exit::Exit::Clean };
        let mut course = Course::start(&before, &loaded, Lines::default(), now);
        assert_eq!(course.stands().decisions.len(), 8 + 4);
        let work = course.writer.work();
        let done = |work: assize::Work| work.plain + work.judged + work.shut;
        let delta = course.under(&engine(7), now);
        // One policy: each thing, and what stood of it.
        assert_eq!(done(course.writer.work()) - done(work), 10 + 2);
        let policy = By::Policy("shop.other".to_owned());
        assert!(delta.changes.len() == 2 && delta.changes.iter().all(|change| change.by == policy));
        assert_eq!(course.stands(), engine(7).evaluate(&loaded.snapshot, now));
    }
}
