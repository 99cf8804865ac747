//! `[policies]`: which policies decide, and how they are set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assize::SignalOverride;
use assize::facts::parse_duration;
use serde::Deserialize;

use crate::point::PolicySource;

/// Which policies decide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// Files, and folders of `*.assize`.
    pub paths: Vec<PathBuf>,
    /// Whether the standard library decides too.
    pub stdlib: bool,
    /// Params, by qualified name, in the language's own syntax.
    pub params: BTreeMap<String, String>,
    /// How signals behave here.
    pub signals: BTreeMap<String, Signal>,
    /// How far tools are believed, 0 to 100.
    pub trust: BTreeMap<String, u8>,
    /// How many list elements one decision may range over; beyond it is undetermined.
    pub reach: Option<u64>,
}

/// How a signal behaves here; durations as text, `"15m"`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signal {
    /// How late reports come.
    #[serde(deserialize_with = "micros")]
    pub lag: Option<i64>,
    /// The longest hole that still counts as covered.
    #[serde(deserialize_with = "micros")]
    pub gap: Option<i64>,
}

fn micros<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(from)?;
    let micros = parse_duration(&text).filter(|micros| *micros >= 0);
    let wrong = || serde::de::Error::custom(format!("`{text}` is not a duration such as \"15m\""));
    micros.map(Some).ok_or_else(wrong)
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            stdlib: true,
            params: BTreeMap::new(),
            signals: BTreeMap::new(),
            trust: BTreeMap::new(),
            reach: Some(50_000),
        }
    }
}

impl Policies {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.paths.iter_mut().for_each(|path| super::rebase(path, folder));
    }

    /// Where the policies come from.
    #[must_use]
    pub fn source(&self) -> PolicySource {
        let signal = |(name, signal): (&String, &Signal)| {
            (name.clone(), SignalOverride { lag: signal.lag, gap: signal.gap, loss: None })
        };
        PolicySource {
            paths: self.paths.clone(),
            texts: Vec::new(),
            stdlib: self.stdlib,
            params: self.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            signals: self.signals.iter().map(signal).collect(),
            trust: self.trust.iter().map(|(tool, trust)| (tool.clone(), *trust)).collect(),
            reach: self.reach,
        }
    }
}
