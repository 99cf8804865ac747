//! What something rests on, noted cheaply: many are cited while a case is decided, and few are shown.

use std::cmp::Ordering;
use std::sync::Arc;

use super::report::{Evidence, Origin, Witness};
use crate::value::FactRef;

/// A fact, a coverage or a run that something rests on.
#[derive(Clone, Debug)]
pub(crate) enum Cited {
    /// As it is shown.
    Whole(Arc<Witness>),
    /// A fact with one report.
    Report(Arc<Reported>),
}

/// What a witness is made of.
#[derive(Debug)]
pub(crate) struct Reported {
    /// The type as people see it.
    pub(crate) label: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) record: Option<Arc<str>>,
}

impl Cited {
    /// As it is shown.
    pub(crate) fn witness(&self) -> Witness {
        match self {
            Self::Whole(witness) => Witness::clone(witness),
            Self::Report(report) => {
                let Reported { label, key, origin, record } = &**report;
                // A fact with one report is known by the key of that report.
                let record = record.as_deref().map(ToOwned::to_owned);
                let source = Evidence { tool: origin.tool.clone(), record, reported_as: None };
                let fact = FactRef { ty: label.to_string(), key: key.to_string() };
                Witness { fact, source: Some(source) }
            }
        }
    }

    /// The type and the key of what is cited.
    pub(crate) fn fact(&self) -> (&str, &str) {
        match self {
            Self::Whole(witness) => (&witness.fact.ty, &witness.fact.key),
            Self::Report(report) => (&report.label, &report.key),
        }
    }

    /// The tool and its record.
    fn source(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Whole(witness) => {
                witness.source.as_ref().map(|source| (source.tool.as_str(), source.record.as_deref()))
            }
            Self::Report(report) => Some((&report.origin.tool, report.record.as_deref())),
        }
    }
}

impl Ord for Cited {
    fn cmp(&self, other: &Self) -> Ordering {
        self.fact().cmp(&other.fact()).then_with(|| self.source().cmp(&other.source()))
    }
}

impl PartialOrd for Cited {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cited {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cited {}
