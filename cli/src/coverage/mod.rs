//! Which controls the policies give evidence for on these facts, and what stands in the way of more.
//!
//! A tool gives evidence; an assessor concludes. So no control is ever called met.

mod sensors;
mod shown;

pub use sensors::Sensor;
pub use shown::{markdown, text};

use std::collections::BTreeMap;

use assize::facts::Instant;
use assize::{Decision, Evaluation, Needs, OutcomeKind, Telemetry, Watch};
use assize_lang::plan::{Mode, Name};
use serde::Serialize;

use crate::controls::{Control, controls};
use crate::estate::{Estate, Loaded};

/// What can be said of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every policy that serves it could decide every case, and had some.
    Evidenced,
    /// Some could, and there are gaps.
    Partly,
    /// Something adverse was seen where somebody watched, and nothing follows from it: its decision is waived, or
    /// the policy only monitors.
    Contradicted,
    /// No policy that serves it could look: facts or telemetry are missing.
    NotAssessable,
    /// No policy serves it.
    OutOfScope,
}

impl Status {
    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Evidenced => "evidenced",
            Self::Partly => "partly",
            Self::Contradicted => "contradicted",
            Self::NotAssessable => "not assessable",
            Self::OutOfScope => "out of scope",
        }
    }
}

/// What a policy can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// All that it needs.
    Whole,
    /// Some of it.
    Part,
    /// Nothing that it could decide by.
    None,
}

/// One policy, as far as controls are concerned.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    /// The qualified name.
    pub policy: String,
    /// What it can see.
    pub sight: Sight,
    /// How many decisions it makes.
    pub decided: usize,
    /// How many cases it cannot decide.
    pub undetermined: usize,
    /// What is missing, in words, the first few.
    pub gaps: Vec<String>,
    /// How many of its decisions of alert or more nothing follows from.
    pub idle: usize,
}

/// One control.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// `owasp-nhi/NHI7:2025`
    pub id: String,
    /// The official title.
    pub title: String,
    /// The catalog's title and version.
    pub catalog: String,
    /// What can be said of it.
    pub status: Status,
    /// The policies that serve it.
    pub policies: Vec<Served>,
}

/// The whole, as programs see it.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// The version of this shape.
    pub version: u32,
    /// The instant.
    pub now: Instant,
    /// The snapshot's id.
    pub snapshot: String,
    /// The controls, in the order of their catalogs.
    pub controls: Vec<Row>,
    /// Every signal, and where it was watched.
    pub telemetry: Vec<Telemetry>,
    /// What would settle most cases, that first.
    pub sensors: Vec<Sensor>,
    /// How many cases rest on something that is not known.
    pub open: usize,
    /// How many records were rejected.
    pub rejected: usize,
}

/// How many gaps of a policy are named.
const GAPS: usize = 4;

impl Matrix {
    /// Of an estate's policies on its facts. `which` leaves only controls whose id, name or catalog has one of the
    /// words; none leaves all.
    pub fn new(estate: &Estate, loaded: &Loaded, which: &[String]) -> Self {
        let engine = &estate.engine;
        let result = engine.evaluate(&loaded.snapshot, estate.now());
        let (telemetry, watches) = engine.telemetry(&loaded.snapshot, estate.now());
        let counts = loaded.snapshot.counts();
        let policies: BTreeMap<String, Served> = engine
            .program()
            .policies
            .keys()
            .map(|name| {
                (
                    name.to_string(),
                    served(name.as_str(), &engine.needs(name.as_str()), &counts, &watches, &result),
                )
            })
            .collect();
        let all = estate.texts.all().flat_map(|(_, text)| controls(text));
        let wanted = |control: &Control| {
            let fits = |word: &String| {
                let word = word.to_lowercase();
                [&control.id, &control.name, &control.catalog]
                    .iter()
                    .any(|it| it.to_lowercase().contains(&word))
            };
            !control.withdrawn() && (which.is_empty() || which.iter().any(fits))
        };
        let rows = all.filter(wanted).map(|control| {
            let serving = engine
                .program()
                .policies
                .values()
                .filter(|policy| policy.maps.iter().any(|it| it.id == control.id));
            let policies: Vec<Served> =
                serving.filter_map(|policy| policies.get(policy.name.as_str()).cloned()).collect();
            Row {
                status: status(&policies),
                id: control.id,
                title: control.title,
                catalog: control.catalog,
                policies,
            }
        });
        let (sensors, open) = sensors::of(&result);
        Self {
            version: 1,
            now: estate.now(),
            snapshot: result.snapshot.clone(),
            controls: rows.collect(),
            telemetry,
            sensors,
            open,
            rejected: loaded.rejects.len(),
        }
    }
}

fn status(policies: &[Served]) -> Status {
    let any = |of: fn(&Served) -> bool| policies.iter().any(of);
    if policies.is_empty() {
        Status::OutOfScope
    } else if any(|it| it.idle > 0) {
        Status::Contradicted
    } else if !any(|it| it.sight != Sight::None) {
        Status::NotAssessable
    } else if any(|it| it.sight != Sight::Whole || !it.gaps.is_empty()) {
        Status::Partly
    } else {
        Status::Evidenced
    }
}

fn served(
    name: &str,
    needs: &Needs,
    counts: &BTreeMap<String, usize>,
    watches: &BTreeMap<Name, Watch>,
    result: &Evaluation,
) -> Served {
    let decisions: Vec<&Decision> = result.decisions.iter().filter(|one| one.policy == name).collect();
    let undetermined = result.undetermined.iter().filter(|one| one.policy == name).count();
    let mut gaps = Vec::new();
    let without: Vec<&str> = needs
        .anchors
        .iter()
        .filter(|ty| counts.get(ty.as_str()).is_none_or(|count| *count == 0))
        .map(Name::short)
        .collect();
    if !without.is_empty() {
        gaps.push(format!("no {} among the facts", without.join(", ")));
    }
    let (mut dark, mut dim) = (0_usize, 0_usize);
    for (ty, groups) in &needs.lists {
        let watch = watches.get(ty).cloned().unwrap_or_default();
        if watch.anywhere && watch.watched == watch.owners {
            continue;
        }
        let mut words: Vec<String> = groups.iter().map(|group| in_words(group)).collect();
        words.dedup();
        let signals = words.join(", or ");
        let none = !watch.anywhere || watch.watched == 0;
        let place = if none { &mut dark } else { &mut dim };
        *place = place.saturating_add(1);
        gaps.push(match (&watch.owner, none) {
            (Some(owner), false) => {
                let open = watch.owners.saturating_sub(watch.watched);
                format!("{} of {open} of {} {owner} is not watched: {signals}", ty.short(), watch.owners)
            }
            _ => format!("{} is not watched: {signals}", ty.short()),
        });
    }
    if undetermined > 0 {
        gaps.push(format!("{undetermined} of its cases cannot be told"));
    }
    let unsure = decisions.iter().filter(|one| !one.missing.is_empty()).count();
    if unsure > 0 {
        gaps.push(format!("{unsure} of its decisions rest on something that is not known"));
    }
    if needs.about_telemetry {
        // What such a policy decides is itself a gap.
        gaps.extend(decisions.iter().map(|one| one.because.clone()));
    }
    let blind = !without.is_empty() || decisions.is_empty() && dark > 0 && dark == needs.lists.len();
    let sight = if blind {
        Sight::None
    } else if dark > 0 || dim > 0 || undetermined > 0 {
        Sight::Part
    } else {
        Sight::Whole
    };
    let more = gaps.len().saturating_sub(GAPS);
    if more > 0 {
        gaps.truncate(GAPS);
        gaps.push(format!("and {more} more"));
    }
    Served {
        policy: name.to_owned(),
        sight,
        decided: decisions.len(),
        undetermined,
        gaps,
        idle: decisions.iter().filter(|one| idle(one)).count(),
    }
}

/// `a and b`
fn in_words(group: &[Name]) -> String {
    group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Whether something adverse was decided, and nothing follows.
fn idle(decision: &Decision) -> bool {
    let adverse = decision.outcomes.iter().any(|outcome| !matches!(outcome.kind, OutcomeKind::Rank { .. }));
    adverse && (decision.mode == Mode::Monitor || decision.waived_by.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(sight: Sight, gaps: usize, idle: usize) -> Served {
        let gaps = vec!["a gap".to_owned(); gaps];
        Served { policy: "p".to_owned(), sight, decided: 1, undetermined: 0, gaps, idle }
    }

    #[test]
    fn silence_is_no_evidence_and_a_gap_is_said() {
        use Sight::{None, Part, Whole};
        for (policies, expected) in [
            (vec![], Status::OutOfScope),
            (vec![seen(None, 1, 0)], Status::NotAssessable),
            (vec![seen(None, 1, 0), seen(Whole, 0, 0)], Status::Partly),
            (vec![seen(Part, 1, 0)], Status::Partly),
            (vec![seen(Whole, 1, 0)], Status::Partly),
            (vec![seen(Whole, 0, 0), seen(Whole, 0, 0)], Status::Evidenced),
            (vec![seen(Whole, 0, 0), seen(Whole, 0, 1)], Status::Contradicted),
        ] {
            assert_eq!(status(&policies), expected, "{policies:?}");
        }
    }
}
