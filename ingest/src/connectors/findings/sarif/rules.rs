//! A run's rules: what the results' rule ids mean.

use std::collections::HashMap;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::rules;

/// The rules of a run's driver and extensions.
pub(super) struct Rules<'a> {
    /// By place: the driver's, then each extension's.
    components: Vec<&'a [Value]>,
    by_id: HashMap<&'a str, Fields<'a>>,
    /// Whether some rule says of itself that it is about security: then those that do not are not.
    told: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn read(run: Fields<'a>) -> Result<Self, Bad> {
        let mut components = vec![run.list("tool.driver.rules")?];
        for extension in run.list("tool.extensions")? {
            components.push(Fields::of(extension)?.list("rules")?);
        }
        let mut by_id = HashMap::new();
        let mut told = false;
        for rule in components.iter().flat_map(|rules| rules.iter()).filter_map(|rule| Fields::of(rule).ok())
        {
            told |= is_security(rule);
            if let Some(id) = rule.text("id").ok().flatten() {
                by_id.entry(id).or_insert(rule);
            }
        }
        Ok(Self { components, by_id, told })
    }

    /// The rule of a result: by its index where it has one, else by its id, else by the id's parent
    /// (`CA2101` of `CA2101/alternative`). The id is the result's, else the rule's; some results have none.
    pub(super) fn of(&self, result: Fields<'a>) -> Result<(Option<&'a str>, Option<Fields<'a>>), Bad> {
        let id = result.text("ruleId")?.or(result.text("rule.id")?);
        let index = result.int("ruleIndex")?.or(result.int("rule.index")?);
        // The driver is no extension and has no index.
        let component = match result.int("rule.toolComponent.index")? {
            Some(index) => usize::try_from(index).ok().and_then(|index| index.checked_add(1)),
            None => Some(0),
        };
        let indexed = component.zip(index.and_then(|index| usize::try_from(index).ok()));
        let indexed = indexed
            .and_then(|(component, index)| self.components.get(component)?.get(index))
            .and_then(|rule| Fields::of(rule).ok());
        let named =
            id.and_then(|id| self.by_id.get(id).or_else(|| self.by_id.get(id.rsplit_once('/')?.0)).copied());
        let rule = indexed.or(named);
        let id = match (id, rule) {
            (Some(id), _) => Some(id),
            (None, Some(rule)) => rule.text("id")?,
            (None, None) => None,
        };
        Ok((id, rule))
    }

    /// All rules.
    pub(super) fn all(&self) -> impl Iterator<Item = Fields<'a>> + '_ {
        self.components.iter().flat_map(|rules| rules.iter()).filter_map(|rule| Fields::of(rule).ok())
    }

    /// Whether a rule is about something else than security: the run's other rules say that they are, and
    /// this one says something else.
    pub(super) fn is_quality(&self, rule: Option<Fields<'_>>) -> bool {
        self.told && rule.is_some_and(|rule| !tags(rule).is_empty() && !is_security(rule))
    }
}

fn is_security(rule: Fields<'_>) -> bool {
    let scored = rule.get("properties.security-severity").is_some();
    scored || rules::is_security(&tags(rule))
}

/// A rule's tags in lower case.
pub(super) fn tags(rule: Fields<'_>) -> Vec<String> {
    let tags = rule.list("properties.tags").unwrap_or_default();
    tags.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
}
