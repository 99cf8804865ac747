//! What a project file can say.

use std::path::PathBuf;

use assize::facts::Instant;
use assize_lang::cost::Members;

/// The settings of one `assize.toml`, checked; paths as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Files and folders of policies.
    pub policies: Vec<PathBuf>,
    /// Pages whose blocks are run as tests, and folders of such.
    pub specs: Vec<PathBuf>,
    /// Where the facts are.
    pub facts: Vec<FactsEntry>,
    /// Whether the standard library is in scope.
    pub stdlib: bool,
    /// A fixed instant, for examples and tests; else the wall clock.
    pub now: Option<Instant>,
    /// Thresholds by qualified name, as text in the language's literal syntax.
    pub params: Vec<(String, String)>,
    /// How late and how patchy signals are in this deployment.
    pub signals: Vec<SignalSettings>,
    /// How much tools are trusted, 0 to 100.
    pub trust: Vec<(String, u8)>,
    /// How big the estate is, for `check --cost`.
    pub cardinality: Sizes,
    /// The context of tool output that does not name its own.
    pub defaults: Context,
    /// The key that secrets are fingerprinted with.
    pub site_key_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policies: Vec::new(),
            specs: Vec::new(),
            facts: Vec::new(),
            stdlib: true,
            now: None,
            params: Vec::new(),
            signals: Vec::new(),
            trust: Vec::new(),
            cardinality: Sizes::default(),
            defaults: Context::default(),
            site_key_file: None,
        }
    }
}

/// How big the estate is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// How many facts a type has, by its name.
    pub facts: Vec<(String, u64)>,
    /// How many members a list of each fact has: type, list, and the members.
    pub lists: Vec<(String, String, Members)>,
}

/// One entry of `facts`: a path, or a table with a path and the context of what is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FactsEntry {
    /// NDJSON, a snapshot, a tool's own output, or a folder of these.
    pub path: PathBuf,
    /// The tool, where it is not to be recognised.
    pub tool: Option<String>,
    /// The map of a tool's records to facts, where no connector knows them.
    pub map: Option<PathBuf>,
    /// What the output does not say itself.
    pub context: Context,
}

/// What a tool's output may leave out and the reader knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The cluster that it speaks about.
    pub cluster: Option<String>,
    /// The repository, `host/org/name`.
    pub repo: Option<String>,
    /// The commit that was scanned.
    pub commit: Option<String>,
    /// The cloud account.
    pub account: Option<String>,
    /// Who can read the repository: `team`, `org`, `public`.
    pub visibility: Option<String>,
    /// Which installation of the tool.
    pub instance: Option<String>,
    /// When the output was made.
    pub observed_at: Option<Instant>,
}

impl Context {
    /// This context, with what it leaves open taken from `other`.
    pub fn or(&self, other: &Self) -> Self {
        let pick = |a: &Option<String>, b: &Option<String>| a.clone().or_else(|| b.clone());
        Self {
            cluster: pick(&self.cluster, &other.cluster),
            repo: pick(&self.repo, &other.repo),
            commit: pick(&self.commit, &other.commit),
            account: pick(&self.account, &other.account),
            visibility: pick(&self.visibility, &other.visibility),
            instance: pick(&self.instance, &other.instance),
            observed_at: self.observed_at.or(other.observed_at),
        }
    }
}

/// A signal as it behaves in this deployment; what is `None` stays as declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalSettings {
    /// The signal's short name.
    pub name: String,
    /// How late its reports come, in microseconds.
    pub lag: Option<i64>,
    /// The longest hole that still counts as covered, in microseconds.
    pub gap: Option<i64>,
    /// The tolerated share of lost reports, in parts per million.
    pub loss: Option<u32>,
}
