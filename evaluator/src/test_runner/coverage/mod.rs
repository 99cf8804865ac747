//! What of the policies the tests exercise. (Signals have coverage too; this is about tests.)
//!
//! An arm is covered where it decided a case in a test. A condition has up to three values to be seen:
//! true, false, and unknown where it can be unknown. Only the tests as written count, not their second
//! run without the given coverage: nobody states there what is to come out.

mod known;
mod recorder;
mod sites;

use assize_lang::diagnostic::Span;
use assize_lang::plan::{Policy, Program};
use serde::Serialize;

use super::TestReport;
use crate::engine::Engine;

pub(super) use recorder::Recorder;
use sites::Site;

/// What the tests exercise of the policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestCoverage {
    /// The sums over all policies.
    pub total: CoverageTotal,
    /// The policies, by qualified name.
    pub policies: Vec<PolicyCoverage>,
}

/// How much of something is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// So many are.
    pub covered: usize,
    /// Of so many.
    pub of: usize,
}

impl Share {
    fn add(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.of = self.of.saturating_add(other.of);
    }
}

/// Arms, and values of conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoverageTotal {
    /// Arms that decided.
    pub arms: Share,
    /// Values of conditions that were seen, of those that can be.
    pub values: Share,
}

/// What the tests exercise of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyCoverage {
    /// The qualified name.
    pub policy: String,
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its sums.
    pub total: CoverageTotal,
    /// Its arms, in order.
    pub arms: Vec<ArmCoverage>,
    /// Its conditions, in the order of evaluation: `where`, `let`, arms.
    pub conditions: Vec<ConditionCoverage>,
}

/// What became of one arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmCoverage {
    /// Its number, from 1.
    pub arm: usize,
    /// Its left side as written.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// How many cases it decided; a case is counted again where a test looks at it again.
    pub decided: usize,
}

/// Where a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConditionKind {
    /// A conjunct of a `where`, or of a step of a sequence.
    Where,
    /// A boolean `let`.
    Let,
    /// The left side of an arm.
    Arm,
    /// An operand of the `&&` or `||` that an arm's left side is.
    Operand,
}

/// A value that a condition can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each variant is the value that its name says")]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    /// All three.
    pub const ALL: [Self; 3] = [Self::True, Self::False, Self::Unknown];

    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

/// What one condition came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionCoverage {
    /// Where it stands.
    pub kind: ConditionKind,
    /// The number of its arm, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arm: Option<usize>,
    /// The name of its `let`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As written.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// The values that it had.
    pub seen: Vec<Truth>,
    /// The values that it can have and had not.
    pub never: Vec<Truth>,
    /// The values that it cannot have. What is not listed may still be out of reach: only what follows
    /// from the condition alone is.
    pub cannot: Vec<Truth>,
}

impl TestCoverage {
    fn of(policies: Vec<PolicyCoverage>) -> Self {
        let mut total = CoverageTotal::default();
        for policy in &policies {
            total.arms.add(policy.total.arms);
            total.values.add(policy.total.values);
        }
        Self { total, policies }
    }

    /// The same of some of the policies.
    #[must_use]
    pub fn only(self, keep: impl FnMut(&PolicyCoverage) -> bool) -> Self {
        Self::of(self.policies.into_iter().filter(keep).collect())
    }
}

impl PolicyCoverage {
    /// Whether a test looked at the policy at all.
    #[must_use]
    pub fn touched(&self) -> bool {
        self.total.arms.covered > 0 || self.total.values.covered > 0
    }
}

impl Engine {
    /// Runs the tests as [`Engine::run_tests`] does, and says what they exercise of every policy.
    #[must_use]
    pub fn test_coverage(&self, filter: Option<&str>) -> (Vec<TestReport>, TestCoverage) {
        let recorder = Recorder::new(&self.program);
        let reports = self.run_tests_with(filter, Some(&recorder));
        (reports, recorder.report(&self.program))
    }
}

impl Recorder {
    fn report(&self, program: &Program) -> TestCoverage {
        TestCoverage::of(program.policies.values().map(|policy| self.policy(program, policy)).collect())
    }

    fn policy(&self, program: &Program, policy: &Policy) -> PolicyCoverage {
        let place = program.places.get(&policy.name);
        let line = |at: Span| place.map_or(1, |place| place.line_of(&policy.text, at));
        let arms: Vec<ArmCoverage> = policy
            .arms
            .iter()
            .enumerate()
            .map(|(at, arm)| ArmCoverage {
                arm: at.saturating_add(1),
                text: sites::left_side(policy, arm),
                line: line(arm.span),
                decided: self.decisions(policy, at),
            })
            .collect();
        let conditions: Vec<ConditionCoverage> =
            sites::of(policy).into_iter().map(|site| self.condition(program, policy, site, &line)).collect();
        let covered = arms.iter().filter(|arm| arm.decided > 0).count();
        let values = conditions.iter().fold(Share::default(), |mut sum, one| {
            let covered = one.seen.len();
            sum.add(Share { covered, of: covered.saturating_add(one.never.len()) });
            sum
        });
        PolicyCoverage {
            policy: policy.name.to_string(),
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            line: line(place.map(|place| place.name).unwrap_or_default()),
            total: CoverageTotal { arms: Share { covered, of: arms.len() }, values },
            arms,
            conditions,
        }
    }

    fn condition(
        &self,
        program: &Program,
        policy: &Policy,
        site: Site<'_>,
        line: &dyn Fn(Span) -> usize,
    ) -> ConditionCoverage {
        let seen = self.seen(site.expr);
        let can = known::values(program, policy, site.expr);
        let those = |keep: &dyn Fn(&Truth) -> bool| Truth::ALL.into_iter().filter(|it| keep(it)).collect();
        ConditionCoverage {
            kind: site.kind,
            arm: site.arm,
            name: site.name,
            text: site.text,
            line: line(site.expr.span),
            never: those(&|it| can.contains(it) && !seen.contains(it)),
            cannot: those(&|it| !can.contains(it) && !seen.contains(it)),
            seen: seen.into_iter().collect(),
        }
    }
}
