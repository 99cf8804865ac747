//! The engine: checked policies, ready to be asked.

mod back;
mod between;
mod delta;
mod derived;
mod desk;
mod doubts;
mod entry;
mod held;
mod joins;
mod judge;
mod keeper;
mod keyed;
mod lanes;
mod ledger;
mod live;
mod lowered;
mod needs;
mod paths;
mod plain;
mod polls;
mod published;
mod round;
mod scan;
mod short;
mod sieve;
mod standing;
mod supposing;
mod tally;
mod todo;
mod uses;
mod watching;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::cost::Cardinality;
use assize_lang::plan::{Name, Policy, Program, Schema};
use assize_lang::{FileDiagnostics, SourceText};

use crate::budget::Budget;
use crate::decision::{Decision, Undetermined};
use crate::evaluation::Evaluation;
use crate::facts::Instant;
use crate::judge::{Leaves, Observer, Run, usage};
use crate::store::{Joined, Loader, Snapshot, Trust, View};
use crate::value::Value;
use crate::world::{Layout, World};

pub(crate) use supposing::Supposing;

pub use delta::{By, ChangeKind, DecisionChange, DecisionDelta};
pub use desk::{Ask, Desk, Fired, Reply, Scratch};
pub use entry::{Entry, Indexed};
pub use keeper::{Keeper, OtherTypes, Standing};
pub use needs::Needs;
pub use published::Published;
pub use round::Work;
pub use tally::{Halt, Tally};
pub use writer::{Reporting, Writer};

/// Policies with their params, signals and trust, ready to be asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) program: Arc<Program>,
    /// The program's schema, with the deployment's signals.
    pub(crate) schema: Arc<Schema>,
    pub(crate) params: Arc<BTreeMap<Name, Value>>,
    pub(crate) trust: Arc<Trust>,
    /// The schema with numbers for names.
    pub(crate) layout: Arc<Layout>,
    pub(crate) budget: Budget,
    pub(crate) diagnostics: Arc<Vec<FileDiagnostics>>,
    /// The policies as written, where a test tries a text beside them; else empty.
    pub(crate) texts: Arc<Vec<SourceText>>,
}

impl Engine {
    /// Starts to put one together.
    #[must_use]
    pub fn builder() -> crate::builder::Builder {
        crate::builder::Builder::default()
    }

    /// The same policies, with another budget for each case.
    #[must_use]
    pub fn with_budget(&self, budget: Budget) -> Self {
        Self { budget, ..self.clone() }
    }

    /// What the policies compiled to.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the checker says about the policies.
    #[must_use]
    pub fn diagnostics(&self) -> &[FileDiagnostics] {
        &self.diagnostics
    }

    /// The params as they are set, by qualified name.
    #[must_use]
    pub fn params(&self) -> &BTreeMap<Name, Value> {
        &self.params
    }

    /// A loader for facts of this engine's schema.
    #[must_use]
    pub fn loader(&self) -> Loader {
        Loader::of(&self.layout)
    }

    /// How many facts of each type there are at an instant, and how long the lists of them are: what the
    /// cost of policies can be counted with.
    #[must_use]
    pub fn sizes(&self, snapshot: &Snapshot, now: Instant) -> Cardinality {
        View::new(&self.schema, snapshot, &self.trust, now.0, None).sizes()
    }

    /// How well the facts join at an instant: of each field that refers to facts, how often they are there.
    #[must_use]
    pub fn joined(&self, snapshot: &Snapshot, now: Instant) -> Vec<Joined> {
        View::new(&self.schema, snapshot, &self.trust, now.0, None).joined()
    }

    /// Decides every policy for everything that it ranges over.
    #[must_use]
    pub fn evaluate(&self, snapshot: &Snapshot, now: Instant) -> Evaluation {
        live::Live::new(self, World::build(&self.layout, snapshot, now.0)).into_evaluation(snapshot)
    }

    /// The same by the reference engine: from scratch, slow and plain, with the `cel` crate at the leaves. It
    /// defines what the decisions are.
    #[cfg(feature = "reference")]
    #[must_use]
    pub fn evaluate_reference(&self, snapshot: &Snapshot, now: Instant) -> Evaluation {
        let policies: Vec<&Policy> = self.program.policies.values().map(AsRef::as_ref).collect();
        self.evaluate_with(&Leaves::cel(), snapshot, now, &policies, &self.params, None)
    }

    pub(crate) fn evaluate_policies(
        &self,
        snapshot: &Snapshot,
        now: Instant,
        policies: &[&Policy],
        params: &BTreeMap<Name, Value>,
        observer: Option<&dyn Observer>,
    ) -> Evaluation {
        self.evaluate_with(&Leaves::native(), snapshot, now, policies, params, observer)
    }

    /// What each of the policies decides by itself, on facts that are merged once for all of them.
    pub(crate) fn evaluate_apart(
        &self,
        snapshot: &Snapshot,
        now: Instant,
        policies: &[&Policy],
        params: &BTreeMap<Name, Value>,
    ) -> Vec<(Vec<Decision>, Vec<Undetermined>)> {
        let view = View::new(&self.schema, snapshot, &self.trust, now.0, None);
        let leaves = Leaves::native();
        let run = self.run_on(&leaves, &view, params);
        let apart = policies.iter().map(|policy| {
            let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
            run.policy(policy, None, None, &mut decisions, &mut undetermined);
            (decisions, undetermined)
        });
        apart.collect()
    }

    fn run_on<'a>(
        &'a self,
        leaves: &'a Leaves,
        view: &'a View,
        params: &'a BTreeMap<Name, Value>,
    ) -> Run<'a> {
        Run {
            program: &self.program,
            params,
            view,
            leaves,
            budget: self.budget,
            asked: None,
            access: None,
            tables: None,
            shared: None,
        }
    }

    fn evaluate_with(
        &self,
        leaves: &Leaves,
        snapshot: &Snapshot,
        now: Instant,
        policies: &[&Policy],
        params: &BTreeMap<Name, Value>,
        observer: Option<&dyn Observer>,
    ) -> Evaluation {
        let view = View::new(&self.schema, snapshot, &self.trust, now.0, None);
        let run = self.run_on(leaves, &view, params);
        let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
        for policy in policies {
            run.policy(policy, None, observer, &mut decisions, &mut undetermined);
        }
        let waivers = usage(&run, policies, &decisions, &undetermined);
        Evaluation::new(now, snapshot, policies.len(), decisions, undetermined, waivers)
    }

    /// The policy of this name, qualified or short where that is enough.
    pub(crate) fn policy(&self, name: &str) -> Option<&Policy> {
        if let Some(policy) = self.program.policies.get(name) {
            return Some(policy);
        }
        let mut found = self.program.policies.values().filter(|policy| policy.name.short() == name);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}
