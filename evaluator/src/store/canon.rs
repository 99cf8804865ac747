//! Several keys of one fact.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use assize_lang::plan::Name;

use super::snapshot::Alias;
use crate::value::Value;

/// From every key that is an alias to the one that its fact is known by.
#[derive(Debug, Default)]
pub(crate) struct Canon {
    keys: HashMap<Name, HashMap<Arc<str>, Arc<str>>>,
}

impl Canon {
    /// What is known at `now` to be the same. Of keys joined together the fact's key is the one that is
    /// nobody's alias; of several such, and of a circle, the least.
    pub(crate) fn new(same: &BTreeMap<Name, Vec<Alias>>, now: i64) -> Self {
        let mut keys = HashMap::new();
        for (ty, pairs) in same {
            let mut joined: BTreeMap<&Arc<str>, BTreeSet<&Arc<str>>> = BTreeMap::new();
            let mut aliases: BTreeSet<&Arc<str>> = BTreeSet::new();
            for (alias, is, _) in pairs.iter().filter(|(_, _, seen)| *seen <= now) {
                joined.entry(alias).or_default().insert(is);
                joined.entry(is).or_default().insert(alias);
                aliases.insert(alias);
            }
            let mut map: HashMap<Arc<str>, Arc<str>> = HashMap::new();
            let mut done: BTreeSet<&Arc<str>> = BTreeSet::new();
            for start in joined.keys() {
                let mut group: BTreeSet<&Arc<str>> = BTreeSet::new();
                let mut todo = vec![*start];
                while let Some(key) = todo.pop() {
                    if done.insert(key) {
                        group.insert(key);
                        todo.extend(joined.get(key).into_iter().flatten());
                    }
                }
                let head = group.iter().find(|key| !aliases.contains(**key)).or(group.first());
                if let Some(head) = head {
                    for key in &group {
                        map.insert(Arc::clone(key), Arc::clone(head));
                    }
                }
            }
            keys.insert(ty.clone(), map);
        }
        Self { keys }
    }

    /// The key that the fact is known by.
    pub(crate) fn key(&self, ty: &Name, key: &Arc<str>) -> Arc<str> {
        self.keys.get(ty).and_then(|map| map.get(key)).unwrap_or(key).clone()
    }

    /// Every other key of facts of a type, with the key that the fact is known by.
    pub(crate) fn aliases(&self, ty: &Name) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.keys.get(ty).into_iter().flatten().filter(|(alias, head)| alias != head)
    }

    /// The value with every reference in it resolved.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::Fact(ty, key) => Value::Fact(ty.clone(), self.key(ty, key)),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            other => other.clone(),
        }
    }
}
