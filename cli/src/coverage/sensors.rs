//! Which telemetry, if it were there, would settle most.

use std::collections::{BTreeMap, BTreeSet};

use assize::Evaluation;
use assize::value::Missing;
use serde::Serialize;

/// Something that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sensor {
    /// `cloud_mgmt on 111122223333`, or `level of Identity` for what no tool reports.
    pub what: String,
    /// How many cases want nothing else.
    pub settles: usize,
    /// How many want it, and something else besides.
    pub helps: usize,
    /// The policies of those cases.
    pub policies: BTreeSet<String>,
}

/// What is wanted, by how much it would settle, and how many cases are open. What each case lists is at most
/// the first eight gaps; a case that lists fewer wants no more.
pub fn of(result: &Evaluation) -> (Vec<Sensor>, usize) {
    let decided = result.decisions.iter().map(|it| (&it.policy, &it.missing, it.missing_more));
    let undetermined = result.undetermined.iter().map(|it| (&it.policy, &it.missing, it.missing_more));
    let mut found: BTreeMap<String, Sensor> = BTreeMap::new();
    let mut open = 0_usize;
    for (policy, missing, more) in decided.chain(undetermined) {
        let wanted: BTreeSet<String> = missing.iter().filter_map(what).collect();
        if wanted.is_empty() {
            continue;
        }
        open = open.saturating_add(1);
        let alone = wanted.len() == 1 && more == 0;
        for what in wanted {
            let empty = Sensor { what: what.clone(), settles: 0, helps: 0, policies: BTreeSet::new() };
            let sensor = found.entry(what).or_insert(empty);
            let count = if alone { &mut sensor.settles } else { &mut sensor.helps };
            *count = count.saturating_add(1);
            sensor.policies.insert(policy.clone());
        }
    }
    let mut sensors: Vec<Sensor> = found.into_values().collect();
    sensors.sort_by(|a, b| (b.settles, b.helps, &a.what).cmp(&(a.settles, a.helps, &b.what)));
    (sensors, open)
}

fn what(missing: &Missing) -> Option<String> {
    match (&missing.signal, &missing.fact, &missing.field) {
        (Some(signal), ..) => {
            let scope = missing.scope.as_deref().filter(|scope| *scope != "*");
            Some(format!("{signal}{}", scope.map(|scope| format!(" on {scope}")).unwrap_or_default()))
        }
        (None, Some(fact), Some(field)) => Some(format!("{field} of {}", fact.ty)),
        _ => None,
    }
}
