//! Decisions as CI systems read them: a result at a line, with a level and a fingerprint that stays the same
//! from run to run.

pub mod github;
pub mod gitlab;
pub mod junit;
pub mod sarif;

use std::collections::BTreeMap;
use std::path::Path;

use assize::{Decision, Evaluation, OutcomeKind, Undetermined};
use assize_lang::plan::Program;

use super::decision;
use super::evaluation::fails;
use super::term::clean;
use crate::exit::{FailOn, SEVERITIES};

/// How much a result matters to a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Work to plan.
    Note,
    /// Somebody is told.
    Warning,
    /// Something is ended or held back, or somebody is told of something critical.
    Error,
}

/// One decision, for a pipeline.
#[derive(Debug)]
pub struct Case<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// Where its policy stands.
    pub place: Place<'a>,
    /// How much it matters.
    pub level: Level,
    /// The same on the scale of CVSS, 0 to 10, which code hosts order by.
    pub weight: f64,
    /// Whether it fails the run.
    pub fails: bool,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The path from the working folder, with `/` between its parts.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What the policy means, as its author says.
    pub docs: &'a str,
}

/// Decisions with what pipelines want to know of them, strongest first, and what could not be decided.
#[derive(Debug)]
pub struct Cases<'a> {
    /// The decisions.
    pub decided: Vec<Case<'a>>,
    /// What could not be decided.
    pub open: &'a [Undetermined],
    /// The records that did not become facts.
    pub rejected: usize,
    /// Whether a gap fails the run.
    pub open_fails: bool,
    places: BTreeMap<&'a str, Place<'a>>,
}

impl<'a> Cases<'a> {
    /// Of a run under policies.
    pub fn new(result: &'a Evaluation, program: &'a Program, fail_on: &FailOn) -> Self {
        let mut places = BTreeMap::new();
        for (name, policy) in &program.policies {
            let (file, line) = program.places.get(name).map_or(("", 1), |place| (&place.file, place.line));
            places.insert(name.as_str(), Place { file: relative(file), line, docs: &policy.docs });
        }
        let mut out = Self {
            decided: Vec::new(),
            open: &result.undetermined,
            rejected: result.rejected,
            open_fails: fail_on.unknown(),
            places,
        };
        let decided = result.decisions.iter().map(|decision| {
            let weight = weight(decision, program);
            let (place, fails) = (out.place(&decision.policy), fails(decision, fail_on));
            Case { decision, place, level: level(decision), weight, fails }
        });
        out.decided = decided.collect();
        out
    }

    /// Where a policy stands.
    pub fn place(&self, policy: &str) -> Place<'a> {
        self.places.get(policy).cloned().unwrap_or(Place { file: String::new(), line: 1, docs: "" })
    }
}

impl Case<'_> {
    /// `revoke Secret AKIA1 by quarantine within 24h`, `alert high on Workload shop`.
    pub fn title(&self) -> String {
        let outcomes = decision::outcomes(self.decision);
        // What acts names its target.
        let acts = self.decision.outcomes.iter().any(|outcome| outcome.kind.acts());
        let about =
            if acts { String::new() } else { format!(" on {}", decision::anchor(&self.decision.anchor)) };
        clean(&format!("{outcomes}{about}"))
    }

    /// Why, and what is not known.
    pub fn message(&self) -> String {
        let mut out = clean(&self.decision.because);
        let could_be = decision::alternatives(&self.decision.could_be);
        if !could_be.is_empty() {
            out.push_str(&clean(&format!("; could be {could_be}")));
        }
        out
    }
}

/// What a case that cannot be decided wants.
pub fn wanted(open: &Undetermined) -> String {
    let gaps: Vec<String> = open.missing.iter().map(ToString::to_string).collect();
    clean(&format!("cannot tell: {}; could be {}", gaps.join("; "), decision::alternatives(&open.could_be)))
}

fn level(decision: &Decision) -> Level {
    let of = |kind: &OutcomeKind| match kind {
        OutcomeKind::Block { .. } | OutcomeKind::Revoke { .. } => Level::Error,
        OutcomeKind::Alert { severity, .. } if severity == "critical" => Level::Error,
        OutcomeKind::Alert { .. } => Level::Warning,
        OutcomeKind::Rank { .. } => Level::Note,
    };
    decision.outcomes.iter().map(|outcome| of(&outcome.kind)).max().unwrap_or(Level::Note)
}

/// An alert's severity and a rank's tier as CVSS bands, in whose middles they stand: code hosts show these
/// bands and order by them. What is ended or held back is never below `high`.
fn weight(decision: &Decision, program: &Program) -> f64 {
    let bands = [1.0, 2.0, 5.5, 8.0, 9.5];
    let band = |at: usize| bands.get(at).copied().unwrap_or(9.5);
    let of = |kind: &OutcomeKind| match kind {
        OutcomeKind::Block { .. } | OutcomeKind::Revoke { .. } => 8.0,
        OutcomeKind::Alert { severity, .. } => {
            band(SEVERITIES.iter().position(|known| known == severity).unwrap_or(0))
        }
        OutcomeKind::Rank { tier, .. } => {
            let enums = program.schema.enums.values().filter(|it| it.ordered);
            let mut places = enums.filter_map(|it| {
                let place = it.members.iter().position(|member| member.name.to_string() == *tier)?;
                Some((place, it.members.len()))
            });
            // The most urgent tier stands at the end, and is work that is due, not an attack: `high`.
            let (place, of) = places.next_back().unwrap_or((0, 1));
            band(3_usize.saturating_sub(of.saturating_sub(1).saturating_sub(place)))
        }
    };
    decision.outcomes.iter().map(|outcome| of(&outcome.kind)).fold(0.0, f64::max)
}

/// A path from the working folder, with `/` between its parts.
fn relative(file: &str) -> String {
    let path = Path::new(file);
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).or_else(|_| path.strip_prefix(".")).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
