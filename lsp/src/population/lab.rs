//! One project on its facts: texts, what they compile to, and what was counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use assize::{Builder, Engine, Explanation, Halt, Indexed, Tally, TestReport};
use assize_lang::Database;
use assize_lang::plan::{Policy, Program, Schema};

use super::Estates;
use super::count::{Count, Example};
use super::worker::Text;

/// The most values of a case that are shown.
const VALUES: usize = 12;

/// A project.
#[derive(Debug)]
pub(super) struct Lab {
    root: PathBuf,
    pub(super) db: Database,
    estates: Arc<dyn Estates>,
    chosen: Option<PathBuf>,
    facts: Option<Facts>,
    /// Why there are no facts, by the schema that they were asked for with.
    refused: Option<(Arc<Schema>, String)>,
    counted: BTreeMap<String, Counted>,
    /// What stands of the saved texts.
    saved: BTreeMap<String, Tally>,
}

/// Facts, read by the types of a schema.
#[derive(Debug)]
struct Facts {
    schema: Arc<Schema>,
    builder: Builder,
    indexed: Indexed,
    name: String,
}

/// What was counted, and of what.
#[derive(Debug)]
struct Counted {
    policy: Arc<Policy>,
    ground: Ground,
    tally: Tally,
    count: Count,
}

/// What a policy may use beside facts: as long as all of it is the same, so is the count.
#[derive(Clone, Debug, PartialEq)]
struct Ground(Vec<usize>);

impl Ground {
    fn of(program: &Program) -> Self {
        fn places<T>(all: &BTreeMap<assize_lang::plan::Name, Arc<T>>) -> impl Iterator<Item = usize> + '_ {
            all.values().map(|one| Arc::as_ptr(one) as usize)
        }
        let waivers = program.waivers.iter().map(|one| Arc::as_ptr(one) as usize);
        let all = places(&program.params).chain(places(&program.tables)).chain(places(&program.relations));
        Self(all.chain(waivers).collect())
    }
}

impl Lab {
    pub(super) fn new(root: PathBuf, estates: Arc<dyn Estates>) -> Self {
        Self {
            root,
            db: Database::default(),
            estates,
            chosen: None,
            facts: None,
            refused: None,
            counted: BTreeMap::new(),
            saved: BTreeMap::new(),
        }
    }

    /// Takes texts, or takes them away.
    pub(super) fn put(&mut self, texts: &[Text]) {
        for (path, ..) in texts.iter().filter(|(_, text, _)| text.is_none()) {
            self.db.remove_source(path);
        }
        self.db.set_sources(texts.iter().filter_map(|(path, text, library)| {
            let text = text.as_ref()?;
            Some((path.as_str(), text.as_str(), *library))
        }));
    }

    /// Looks at other facts from now on: those at a path, or the project's own.
    pub(super) fn choose(&mut self, chosen: Option<PathBuf>) {
        self.chosen = chosen;
        self.forget();
    }

    /// Reads the facts again when they are next asked for.
    pub(super) fn forget(&mut self) {
        (self.facts, self.refused) = (None, None);
        self.counted.clear();
        self.saved.clear();
    }

    /// What the facts are, where there are any.
    pub(super) fn name(&self) -> Option<&str> {
        self.facts.as_ref().map(|facts| facts.name.as_str())
    }

    /// Whether asking would read facts from disk.
    pub(super) fn has_to_read(&self) -> bool {
        let schema = self.db.schema();
        let known = self.facts.as_ref().is_some_and(|facts| facts.schema == *schema);
        let refused = self.refused.as_ref().is_some_and(|(asked, _)| asked == schema);
        !known && !refused
    }

    /// The engine of the texts as they are, on the facts; or why there is none.
    pub(super) fn engine(&mut self) -> Result<(Engine, Indexed), String> {
        let program = self.db.program();
        let schema = Arc::clone(&program.schema);
        if self.facts.as_ref().is_none_or(|facts| facts.schema != schema) {
            if let Some((asked, why)) = &self.refused
                && *asked == schema
            {
                return Err(why.clone());
            }
            self.forget();
            match self.read(&program) {
                Ok(facts) => self.facts = Some(facts),
                Err(why) => {
                    self.refused = Some((schema, why.clone()));
                    return Err(why);
                }
            }
        }
        let facts = self.facts.as_ref().ok_or("no facts")?;
        let engine = facts.builder.clone().of(program).map_err(|error| error.to_string())?;
        Ok((engine, facts.indexed.clone()))
    }

    fn read(&self, program: &Arc<Program>) -> Result<Facts, String> {
        let opened = self.estates.open(&self.root, self.chosen.as_deref(), program)?;
        let engine = opened.builder.clone().of(Arc::clone(program)).map_err(|error| error.to_string())?;
        let indexed = engine.index(&opened.snapshot, opened.now);
        let schema = Arc::clone(&program.schema);
        Ok(Facts { schema, builder: opened.builder, indexed, name: opened.name })
    }

    /// The policies of a file, by qualified name.
    pub(super) fn policies(&self, path: &str) -> Vec<Arc<Policy>> {
        let program = self.db.program();
        let own = program.places.iter().filter(|(_, place)| place.file == path);
        own.filter_map(|(name, _)| program.policies.get(name).cloned()).collect()
    }

    /// Counts a policy, unless it stands as it was counted. `saved` is whether its text is the one on disk. Nothing where
    /// it was called off.
    pub(super) fn count(
        &mut self,
        engine: &Engine,
        facts: &Indexed,
        policy: &Arc<Policy>,
        saved: bool,
        halt: &Halt,
    ) -> Option<Count> {
        let name = policy.name.as_str();
        let ground = Ground::of(engine.program());
        let known = self.counted.get(name);
        let same = known.is_some_and(|known| *known.policy == **policy && known.ground == ground);
        if !same {
            let tally = engine.tally(facts, name, halt)?;
            let count = Count::default();
            self.counted
                .insert(name.to_owned(), Counted { policy: Arc::clone(policy), ground, tally, count });
        }
        let counted = self.counted.get_mut(name)?;
        if saved {
            self.saved.insert(name.to_owned(), counted.tally.clone());
        }
        let examples = std::mem::take(&mut counted.count.examples);
        counted.count = Count::of(policy, &counted.tally, self.saved.get(name));
        if same {
            counted.count.examples = examples;
        }
        Some(counted.count.clone())
    }

    /// A file is on disk as it is: what its policies were counted to come to is what edits are compared with.
    pub(super) fn mark_saved(&mut self, path: &str) {
        for policy in self.policies(path) {
            let name = policy.name.as_str();
            if let Some(known) = self.counted.get(name).filter(|known| *known.policy == *policy) {
                self.saved.insert(name.to_owned(), known.tally.clone());
            }
        }
    }

    /// Finds a case of each arm of what was counted, for hovers; these take longer than counts.
    pub(super) fn exemplify(
        &mut self,
        engine: &Engine,
        facts: &Indexed,
        name: &str,
        halt: &Halt,
    ) -> Option<Count> {
        let counted = self.counted.get_mut(name)?;
        if counted.count.examples.is_empty() {
            let mut examples = Vec::new();
            for key in &counted.tally.examples {
                if halt.is_set() {
                    return None;
                }
                let example = key.as_ref().and_then(|key| {
                    engine.explain_indexed(facts, name, &[key]).ok().map(|why| example(key, &why))
                });
                examples.push(example);
            }
            counted.count.examples = examples;
        }
        Some(counted.count.clone())
    }

    /// Forgets the counts of policies that are no more.
    pub(super) fn tidy(&mut self) {
        let program = self.db.program();
        let names: BTreeSet<&str> = program.policies.keys().map(assize_lang::plan::Name::as_str).collect();
        self.counted.retain(|name, _| names.contains(name.as_str()));
    }

    /// Runs one test of a file.
    pub(super) fn test(&mut self, path: &str, name: &str) -> Result<TestReport, String> {
        let mut builder = Engine::builder();
        // Facts are of no matter to a test, and settings are only where there are facts.
        if let Some(facts) = &self.facts {
            builder = facts.builder.clone();
        }
        for (path, text) in self.db.sources() {
            builder = builder.source(path, text);
        }
        let engine = builder.of(self.db.program()).map_err(|error| error.to_string())?;
        let reports = engine.run_tests(Some(name));
        let found = reports.into_iter().find(|report| report.file == path && report.name == name);
        found.ok_or_else(|| format!("the test \"{name}\" does not compile"))
    }
}

fn example(key: &str, why: &Explanation) -> Example {
    let because = why.decision.as_ref().map(|decision| decision.because.clone());
    let values = why.values.iter().take(VALUES).map(|read| (read.path.clone(), read.value.clone()));
    Example {
        key: key.to_owned(),
        because: because.unwrap_or_else(|| why.summary.clone()),
        values: values.collect(),
    }
}
