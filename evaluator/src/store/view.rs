//! Facts at an instant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactKind, FactType, Name, Schema};

use super::at::{Facts, Listed};
use super::canon::Canon;
use super::coverage::{BEGINNING, CoverageIndex, Hole, Track, coverage_type, parts};
use super::fact::{Fact, Ground};
use super::report::{Lost, State, Stored};
use super::scope::Scopes;
use super::snapshot::Snapshot;
use super::standing::{Standing, proving_runs, standing};
use crate::value::Value;

/// How far tools are believed, 0 to 100.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// What the deployment says, by tool.
    pub tools: BTreeMap<String, u8>,
}

impl Trust {
    /// The trust in a tool that nobody has said anything about.
    pub const DEFAULT: u8 = 80;

    /// The trust in `tool`.
    #[must_use]
    pub fn of(&self, tool: &str) -> u8 {
        self.tools.get(tool).copied().unwrap_or(Self::DEFAULT)
    }
}

#[derive(Debug, Default)]
struct Links {
    certain: HashMap<Arc<str>, Vec<usize>>,
    possible: HashMap<Arc<str>, Vec<usize>>,
    loose: Vec<usize>,
}

/// All facts at one instant.
#[derive(Debug)]
pub struct View {
    schema: Arc<Schema>,
    now: i64,
    facts: HashMap<Name, Vec<Arc<Fact>>>,
    places: HashMap<Name, HashMap<Arc<str>, usize>>,
    /// By the referring type and its field.
    links: HashMap<(Name, Name), Links>,
    coverage: CoverageIndex,
    ambiguous: BTreeSet<String>,
}

impl View {
    /// The facts of `snapshot` at `now`, under `schema` (the snapshot's own, with the deployment's
    /// signals); `extra` is a request that is asked now.
    pub(crate) fn new(
        schema: &Arc<Schema>,
        snapshot: &Snapshot,
        trust: &Trust,
        now: i64,
        extra: Option<(&Name, &Stored)>,
    ) -> Self {
        let canon = Arc::new(Canon::new(&snapshot.inner().same, now));
        let ground = Arc::new(Ground {
            schema: Arc::clone(schema),
            trust: Arc::new(trust.clone()),
            canon: Arc::clone(&canon),
            now,
        });
        let reports = snapshot.reports();
        let standing = standing(snapshot, &reports, schema, &canon, now, extra);
        let mut view = Self {
            schema: Arc::clone(schema),
            now,
            facts: HashMap::new(),
            places: HashMap::new(),
            links: HashMap::new(),
            coverage: CoverageIndex::default(),
            ambiguous: ambiguous(schema),
        };
        for ty in schema.facts.values() {
            let mut facts: Vec<Arc<Fact>> = standing
                .get(&ty.name)
                .into_iter()
                .flatten()
                .map(|(key, reports)| {
                    let label = view.label(&ty.name);
                    let reports = reports.iter().map(|report| (*report).clone()).collect();
                    Fact::new(&ground, ty, label, key, reports)
                })
                .filter(|fact| fact.at.is_none_or(|at| at <= now))
                .map(Arc::new)
                .collect();
            facts.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
            let mut places: HashMap<Arc<str>, usize> =
                facts.iter().enumerate().map(|(at, fact)| (Arc::clone(&fact.key), at)).collect();
            for (alias, head) in canon.aliases(&ty.name) {
                if let Some(at) = places.get(head).copied() {
                    places.insert(Arc::clone(alias), at);
                }
            }
            view.places.insert(ty.name.clone(), places);
            view.facts.insert(ty.name.clone(), facts);
        }
        view.link();
        let coverage = view.facts.get(&coverage_type()).map_or(&[][..], Vec::as_slice);
        view.coverage = CoverageIndex::new(coverage, &proving_runs(snapshot, now), schema, &canon, now);
        view.lose(snapshot, &canon, &standing);
        view
    }

    /// Where each signal was watched, and up to when.
    pub(super) fn coverage_seen(&self) -> BTreeMap<String, BTreeMap<String, i64>> {
        self.coverage.seen(&self.schema)
    }

    /// How many facts refer to each of those that are referred to, and of how many that is not known or was
    /// not collected.
    pub(super) fn list_sizes(&self, of: &Name, via: &Name) -> (Vec<usize>, usize) {
        let Some(links) = self.links.get(&(of.clone(), via.clone())) else { return (Vec::new(), 0) };
        let owners: BTreeSet<&Arc<str>> = links.certain.keys().chain(links.possible.keys()).collect();
        let size = |of: &HashMap<Arc<str>, Vec<usize>>, key| of.get(key).map_or(0, Vec::len);
        let counts = owners
            .into_iter()
            .map(|key| size(&links.certain, key).saturating_add(size(&links.possible, key)));
        let silent = self.all(of).iter().filter(|fact| fact.field(via.as_str()).is_none()).count();
        (counts.collect(), links.loose.len().saturating_add(silent))
    }

    /// Finds who refers to whom, for every declared inverse.
    fn link(&mut self) {
        let mut links = HashMap::new();
        for inverse in self.schema.facts.values().flat_map(|ty| &ty.inverses) {
            let mut found = Links::default();
            for (place, fact) in self.known(&inverse.of).iter().enumerate() {
                let Some(field) = fact.field(inverse.via.as_str()) else { continue };
                if field.possible.is_known() {
                    for key in field.possible.value().into_iter().flat_map(targets) {
                        found.certain.entry(key).or_default().push(place);
                    }
                } else if field.bad || field.candidates.is_empty() {
                    found.loose.push(place);
                } else {
                    for key in field.candidates.iter().flat_map(targets) {
                        found.possible.entry(key).or_default().push(place);
                    }
                }
            }
            links.insert((inverse.of.clone(), inverse.via.clone()), found);
        }
        self.links = links;
    }

    /// Marks what was seen and lost.
    fn lose(&mut self, snapshot: &Snapshot, canon: &Canon, standing: &Standing<'_>) {
        let schema = Arc::clone(&self.schema);
        let scopes = Scopes { schema: &schema, canon, said: standing };
        for lost in &snapshot.inner().lost {
            for hole in holes(lost, &scopes, self.now) {
                self.coverage.hole(hole);
            }
        }
    }

    fn known(&self, ty: &Name) -> &[Arc<Fact>] {
        self.facts.get(ty).map_or(&[], Vec::as_slice)
    }

    /// A type's name as people see it: short where only one package has it.
    fn label(&self, name: &Name) -> String {
        let short = name.short();
        if self.ambiguous.contains(short) { name.to_string() } else { short.to_owned() }
    }
}

impl Facts for View {
    fn now(&self) -> i64 {
        self.now
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn fact(&self, ty: &Name, key: &str) -> Option<Arc<Fact>> {
        let place = self.places.get(ty)?.get(key)?;
        self.known(ty).get(*place).cloned()
    }

    fn all(&self, ty: &Name) -> Vec<Arc<Fact>> {
        self.known(ty).to_vec()
    }

    fn own(&self, of: &Name, via: &Name, key: &str) -> Vec<Listed> {
        let Some(links) = self.links.get(&(of.clone(), via.clone())) else { return Vec::new() };
        let places = |of: &HashMap<Arc<str>, Vec<usize>>| of.get(key).cloned().unwrap_or_default();
        let unsure = places(&links.possible).into_iter().map(|place| (place, false));
        let certain = places(&links.certain).into_iter().map(|place| (place, true));
        let places: BTreeMap<usize, bool> = unsure.chain(certain).collect();
        let facts = self.known(of);
        let listed = |(place, certain): (usize, bool)| Some(Listed::of(facts.get(place)?, certain));
        places.into_iter().filter_map(listed).collect()
    }

    fn loose(&self, of: &Name, via: &Name) -> Vec<Listed> {
        let Some(links) = self.links.get(&(of.clone(), via.clone())) else { return Vec::new() };
        let facts = self.known(of);
        let listed = |place: &usize| Some(Listed { loose: true, ..Listed::of(facts.get(*place)?, false) });
        links.loose.iter().filter_map(listed).collect()
    }

    fn pinned(&self, ty: &Name, field: &Name, value: &Value) -> Vec<Listed> {
        let may_be = |fact: &&Arc<Fact>| match fact.field(field.as_str()).map(|merged| &merged.possible) {
            Some(said) => !said.is_known() || said.value().is_some_and(|said| said.equals(value)),
            None => matches!(value, Value::String(key) if **key == *fact.key),
        };
        self.known(ty).iter().filter(may_be).map(|fact| Listed::of(fact, true)).collect()
    }

    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Arc<Track> {
        Arc::new(self.coverage.track(ty, part, scope, &self.schema))
    }

    fn listed_until(&self, ty: &FactType) -> i64 {
        self.coverage.listed_until(ty, &self.schema, self.now)
    }

    fn label(&self, name: &Name) -> String {
        Self::label(self, name)
    }
}

/// The keys that a reference, or a list of references, refers to, once each.
pub(crate) fn targets(value: &Value) -> BTreeSet<Arc<str>> {
    match value {
        Value::Fact(_, key) => BTreeSet::from([Arc::clone(key)]),
        Value::List(items) => items.iter().flat_map(targets).collect(),
        _ => BTreeSet::new(),
    }
}

/// An event that was refused was seen and lost: a hole at its instant, in its scope. Where its instant
/// cannot be read, in all the time up to the report; where its scope cannot, in every scope.
pub(crate) fn holes(lost: &Lost, scopes: &Scopes<'_>, now: i64) -> Vec<Hole> {
    let found = scopes.schema.facts.get(&lost.ty).filter(|ty| ty.kind == FactKind::Event);
    let Some(ty) = found.filter(|_| lost.observed_at <= now) else { return Vec::new() };
    let place = ty.fields.iter().position(|field| field.name.as_str() == "at");
    let at = lost.fields.iter().find(|(at, _)| Some(*at) == place).map(|(_, state)| state);
    let (from, until) = match at {
        Some(State::Value(Value::Timestamp(at))) => (*at, *at),
        _ => (BEGINNING, lost.observed_at),
    };
    let hole = |part: &CoveredBy| {
        let scope = scopes.scope(ty, &lost.fields, &Arc::from(""), &part.scope);
        Hole { signal: part.signal.to_string(), scope, from, until }
    };
    parts(ty).map(hole).collect()
}

pub(crate) fn ambiguous(schema: &Schema) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    schema
        .facts
        .keys()
        .filter(|name| !seen.insert(name.short()))
        .map(|name| name.short().to_owned())
        .collect()
}
