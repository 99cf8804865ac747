//! One change of facts, and the lines that make it.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use assize_lang::plan::Name;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::facts::{Instant, Line, Report, Source};
use crate::judge::Run;
use crate::store::{Changes, Loader, Origin, State, Stored, Withdrawn};
use crate::value::{FactRef, Value, escape};

/// One change of facts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Supposed {
    /// Everybody who reports the fact says this of a field.
    Field {
        /// The fact.
        fact: FactRef,
        /// The field.
        field: String,
        /// What it is now, or that it is not known.
        is: String,
        /// What it would be.
        to: String,
        /// The fact and the value, exactly.
        #[serde(skip)]
        exactly: Exactly,
    },
    /// There is a fact that is not there, which says so much and no more.
    Added {
        /// The fact, by a key that nobody has.
        fact: FactRef,
        /// What it says, by field.
        fields: BTreeMap<String, String>,
        /// The same, exactly.
        #[serde(skip)]
        exactly: Vec<(Name, Exactly)>,
    },
    /// Everybody who reports the fact takes it back.
    Gone {
        /// The fact.
        fact: FactRef,
        /// The fact, exactly.
        #[serde(skip)]
        exactly: Exactly,
    },
    /// Somebody watched.
    Watched {
        /// The signal.
        signal: String,
        /// Where; `*` is everywhere.
        scope: String,
        /// From when on.
        from: Instant,
        /// Up to when.
        until: Instant,
    },
}

/// A fact, and a value of a field, as the engine has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Exactly {
    pub(super) ty: Name,
    pub(super) key: Arc<str>,
    pub(super) value: Value,
}

impl Supposed {
    /// What it is about, whatever it makes of it.
    pub(super) fn place(&self) -> (String, String) {
        match self {
            Self::Field { fact, field, .. } => (super::shown(fact), field.clone()),
            Self::Added { fact, fields, .. } => {
                let said: Vec<&str> = fields.iter().flat_map(|(name, value)| [&**name, value]).collect();
                (super::shown(fact), said.join(" "))
            }
            Self::Gone { fact, .. } => (super::shown(fact), String::new()),
            Self::Watched { signal, scope, .. } => (signal.clone(), scope.clone()),
        }
    }
}

impl Display for Supposed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { fact, field, is, to, .. } => {
                write!(f, "`{field}` of {} is {to}, not {is}", super::shown(fact))
            }
            Self::Added { fact, fields, .. } => {
                let said: Vec<String> =
                    fields.iter().map(|(name, value)| format!("`{name}` {value}")).collect();
                write!(f, "there is a {} with {}", fact.ty, said.join(", "))
            }
            Self::Gone { fact, .. } => write!(f, "{} is no more", super::shown(fact)),
            Self::Watched { signal, scope, from, until } => {
                let scope =
                    if scope == "*" { "everything".to_owned() } else { format!("`{}`", escape(scope)) };
                write!(f, "{signal} covers {scope} from {from} to {until}")
            }
        }
    }
}

/// The lines that make all of it so; nothing where that cannot be said at this instant.
pub(super) fn changes(engine: &Engine, run: &Run<'_>, suppose: &[Supposed]) -> Option<Changes> {
    let now = run.view.now();
    let mut loader = Loader::pending(&engine.layout);
    for (place, one) in suppose.iter().enumerate() {
        if let Supposed::Watched { signal, scope, from, until } = one {
            let source = Source { tool: TOOL.to_owned(), ..Source::default() };
            let report = Report::new("Coverage", source, Instant(now))
                .with("id", format!("{TOOL} {place} {signal} {scope}"))
                .with("signal", signal.as_str())
                .with("scope", scope.as_str())
                .with("from", from.to_string())
                .with("until", until.to_string());
            loader.add(TOOL, "", Line::Report(report));
        }
    }
    let mut out = loader.take_all(0);
    if !out.rejects.is_empty() {
        return None;
    }
    // Several fields of one fact are one report.
    let mut said: Vec<(Name, Stored)> = Vec::new();
    for one in suppose {
        match one {
            Supposed::Watched { .. } => {}
            Supposed::Added { exactly, .. } => {
                for (name, exactly) in exactly {
                    let declared = engine.schema.facts.get(&exactly.ty)?;
                    let place = declared.fields.iter().position(|known| known.name == *name)?;
                    let same = |(ty, one): &&mut (Name, Stored)| *ty == exactly.ty && one.key == exactly.key;
                    match said.iter_mut().find(same) {
                        Some((_, one)) => *one = with(one, place, &exactly.value, now),
                        None => said
                            .push((exactly.ty.clone(), with(&nobody(exactly), place, &exactly.value, now))),
                    }
                }
            }
            Supposed::Gone { exactly, .. } => {
                let fact = run.view.fact(&exactly.ty, &exactly.key)?;
                for report in fact.reports() {
                    let (key, origin) = (Arc::clone(&report.key), Origin::clone(&report.origin));
                    out.withdraw(
                        engine.layout.type_id(&exactly.ty)?,
                        Withdrawn { key, origin, observed_at: now },
                    );
                }
            }
            Supposed::Field { field, exactly, .. } => {
                let declared = engine.schema.facts.get(&exactly.ty)?;
                let place = declared.fields.iter().position(|known| known.name.as_str() == field)?;
                let before = said.len();
                let known = run.view.fact(&exactly.ty, &exactly.key);
                let known = known.iter().flat_map(|fact| fact.reports());
                for report in known {
                    // Of the same source at the same instant two reports would disagree.
                    if report.observed_at >= now {
                        return None;
                    }
                    let same = |(ty, one): &&mut (Name, Stored)| {
                        *ty == exactly.ty && one.key == report.key && one.origin == report.origin
                    };
                    match said.iter_mut().find(same) {
                        Some((_, one)) => *one = with(one, place, &exactly.value, now),
                        None => said.push((exactly.ty.clone(), with(report, place, &exactly.value, now))),
                    }
                }
                let any = |(ty, one): &(Name, Stored)| *ty == exactly.ty && one.key == exactly.key;
                if said.len() == before && !said.iter().any(any) {
                    said.push((exactly.ty.clone(), with(&nobody(exactly), place, &exactly.value, now)));
                }
            }
        }
    }
    for (ty, report) in said {
        out.report(engine.layout.type_id(&ty)?, report);
    }
    Some(out)
}

/// Who says what nobody said so far.
const TOOL: &str = "supposed";

/// A report by nobody so far, which says nothing.
fn nobody(of: &Exactly) -> Stored {
    let origin = Arc::new(Origin { tool: TOOL.to_owned(), instance: None });
    let (key, fields) = (Arc::clone(&of.key), Arc::from([]));
    Stored { key, origin, record: None, observed_at: 0, fields, mark: 0 }
}

/// A report as it would be at `now` with another value of one field.
fn with(report: &Stored, place: usize, value: &Value, now: i64) -> Stored {
    let state = match value {
        Value::Null => State::Absent,
        value => State::Value(value.clone()),
    };
    let mut fields: Vec<(usize, State)> =
        report.fields.iter().filter(|(at, _)| *at != place).cloned().collect();
    fields.push((place, state));
    fields.sort_by_key(|(at, _)| *at);
    let hash = Sha256::digest(format!("{} {place} {value:?} {now}", report.mark));
    let mark = hash.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first));
    Stored { observed_at: now, fields: fields.into(), mark, ..report.clone() }
}
