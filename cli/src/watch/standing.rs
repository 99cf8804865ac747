//! What stands while `assize watch` runs, and what a change on disk does to it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use assize::facts::Instant;
use assize::{DecisionDelta, Evaluation};

use super::signs::Signs;
use super::tail::{Grown, Tail};
use crate::args::EstateArgs;
use crate::commands::Shell;
use crate::course::Course;
use crate::error::CliError;
use crate::estate::{Estate, Read, say_rejects};
use crate::exit::Exit;
use crate::facts::{Lines, Rejected, names_more};
use crate::sources::count;

/// Policies in force, facts read, and the decisions that follow.
#[derive(Debug)]
pub struct Standing<'a> {
    args: &'a EstateArgs,
    shell: &'a Shell,
    estate: Estate,
    course: Course,
    tails: Vec<Tail>,
    /// Of which vulnerabilities feeds were asked, where there is one.
    asked: Option<Arc<BTreeSet<String>>>,
    /// How facts, policies and the project file looked when they were read.
    facts: Signs,
    policies: Signs,
    project: Signs,
}

impl<'a> Standing<'a> {
    /// Reads and decides everything. Unlike a single run it does not begin on half of it: whatever is wrong
    /// is said, and ends it.
    pub fn begin(
        args: &'a EstateArgs,
        shell: &'a Shell,
        estate: Estate,
        now: Instant,
    ) -> Result<Self, CliError> {
        let (facts, policies, project) =
            (Signs::of(&facts(&estate)), Signs::of(&estate.project.settings.policies), project(&estate));
        let Read { loaded, difference, tails, asked } =
            estate.read_growing(&Lines::default(), args, shell)?;
        if estate.exit == Exit::Error || loaded.exit == Exit::Error {
            return Err(CliError::Reported);
        }
        loaded.note_newest(now, shell);
        let course = Course::start(&estate.engine, &loaded, difference.lines, now);
        Ok(Self { args, shell, estate, course, tails, asked, facts, policies, project })
    }

    /// Where changes are looked for.
    pub fn places(&self) -> Vec<PathBuf> {
        let mut out = facts(&self.estate);
        out.extend(self.estate.project.settings.policies.iter().cloned());
        out.extend(self.estate.project.file.clone());
        out
    }

    /// The next instant at which the clock alone may change a decision.
    pub fn next_flip(&self) -> Option<Instant> {
        self.course.next_flip()
    }

    /// What stands.
    pub fn stands(&mut self) -> Evaluation {
        self.course.stands()
    }

    /// Moves the clock.
    pub fn tick(&mut self, now: Instant) -> DecisionDelta {
        self.course.take_in(Vec::new(), now)
    }

    /// Looks at the disk; what became of decisions, policies first, then facts.
    pub fn look(&mut self, now: Instant) -> Vec<DecisionDelta> {
        let project = project(&self.estate);
        if project != self.project {
            self.project = project;
            self.shell.note("assize.toml was changed; end this run and start it again to take that up");
        }
        let policies = Signs::of(&self.estate.project.settings.policies);
        let mut out = Vec::new();
        if policies != self.policies {
            self.policies = policies;
            out.extend(self.new_policies(now));
        }
        let facts = Signs::of(&facts(&self.estate));
        if facts != self.facts {
            let before = std::mem::replace(&mut self.facts, facts.clone());
            out.extend(self.new_facts(&facts.changed(&before), now));
        }
        out
    }

    /// Compiles the policies again; where they are wrong, the former ones stay in force.
    fn new_policies(&mut self, now: Instant) -> Option<DecisionDelta> {
        let former = "the former policies stay in force";
        let estate = match self.estate.recompile(former, self.shell) {
            Ok(Some(estate)) => estate,
            Ok(None) => return None,
            Err(error) => {
                self.shell.error(&format!("{error}; {former}"));
                return None;
            }
        };
        let same_types = self.estate.engine.program().schema == estate.engine.program().schema;
        let delta = if same_types {
            self.course.under(&estate.engine, now)
        } else {
            // The facts are read by the new types.
            let read = estate.read_growing(&Lines::default(), self.args, self.shell);
            let Some(read) = whole(read) else {
                self.shell.error(&format!("the facts cannot be read again by the new types; {former}"));
                return None;
            };
            (self.tails, self.asked) = (read.tails, read.asked);
            let course = Course::start(&estate.engine, &read.loaded, read.difference.lines, now);
            self.course.replaced_by(course)
        };
        self.estate = estate;
        let policies = count(self.estate.engine.program().policies.len(), "policy");
        self.shell.note(&format!("{policies} in force at {now}"));
        Some(delta)
    }

    /// Takes in what was added to files, or reads all facts again where more than that has changed.
    fn new_facts(&mut self, changed: &[PathBuf], now: Instant) -> Option<DecisionDelta> {
        let mut lines = Vec::new();
        for path in changed {
            let Some(tail) = self.tails.iter_mut().find(|tail| tail.path == *path) else {
                return self.read_again(&format!("{} has changed", path.display()), now);
            };
            match tail.read_on() {
                Ok(Grown::By(added)) => {
                    let asked = self.asked.as_deref();
                    if asked.is_some_and(|asked| added.iter().any(|(_, text)| names_more(asked, text))) {
                        let why = "names vulnerabilities that a feed was not asked for";
                        return self.read_again(&format!("{} {why}", path.display()), now);
                    }
                    let file = path.display().to_string();
                    lines.extend(added.into_iter().map(|(number, text)| (file.clone(), number, text)));
                }
                Ok(Grown::Other(why)) => {
                    return self.read_again(&format!("{}: {why}", path.display()), now);
                }
                Err(error) => {
                    return self.read_again(&CliError::read(path, &error).to_string(), now);
                }
            }
        }
        self.say_refused(&lines);
        Some(self.course.take_in(lines, now))
    }

    fn read_again(&mut self, why: &str, now: Instant) -> Option<DecisionDelta> {
        self.shell.note(&format!("{why}; all facts are read again"));
        let read = self.estate.read_growing(self.course.lines(), self.args, self.shell);
        let Some(Read { loaded, difference, tails, asked }) = whole(read) else {
            self.shell.error("not all facts can be read; the former ones stay in force");
            return None;
        };
        (self.tails, self.asked) = (tails, asked);
        let turn = self.course.go_on(&self.estate.engine, &loaded, difference, now);
        if turn.gone > 0 {
            let lines = count(turn.gone, "line");
            self.shell.note(&format!("{lines} of the former facts are gone: these are other facts"));
        }
        Some(turn.delta)
    }

    /// Says which of the lines do not fit the schema.
    fn say_refused(&self, lines: &[(String, u64, String)]) {
        let mut loader = self.estate.engine.loader();
        for (file, number, text) in lines {
            loader.line(file, *number, text);
        }
        let rejects: Vec<Rejected> = loader.finish().rejects().iter().map(Rejected::from).collect();
        say_rejects(&rejects, self.shell);
    }
}

/// What was read, where nothing is wrong with it.
fn whole(read: Result<Read, CliError>) -> Option<Read> {
    read.ok().filter(|read| read.loaded.exit != Exit::Error)
}

fn facts(estate: &Estate) -> Vec<PathBuf> {
    estate.project.settings.facts.iter().map(|entry| entry.path.clone()).collect()
}

fn project(estate: &Estate) -> Signs {
    Signs::of(estate.project.file.as_slice())
}
