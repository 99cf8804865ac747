//! The objects of an input, by kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Collector;
use crate::fields::{Bad, Fields};
use crate::json::Record;

/// The kinds that are read.
pub const KINDS: &[&str] = &[
    "Pod",
    "ServiceAccount",
    "Namespace",
    "Service",
    "Ingress",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "Secret",
];

/// One object.
#[derive(Debug)]
pub struct Object {
    /// Where it is in the input.
    pub place: String,
    /// Its `metadata.name`.
    pub name: String,
    /// Its `metadata.namespace`; `default` where a manifest leaves it out.
    pub namespace: String,
    value: Value,
}

impl Object {
    /// Its fields.
    pub fn fields(&self) -> Result<Fields<'_>, Bad> {
        Fields::of(&self.value)
    }

    /// A label's or an annotation's value, by the name of the map.
    pub fn mark(&self, map: &str, name: &str) -> Option<&str> {
        self.value.get("metadata")?.get(map)?.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Its labels.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.value.get("metadata").and_then(|it| it.get("labels")).and_then(Value::as_object);
        let pairs = labels.into_iter().flatten();
        pairs.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
    }
}

/// The objects of an input.
#[derive(Debug, Default)]
pub struct Objects {
    by_kind: BTreeMap<String, Vec<Object>>,
    listed: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    others: BTreeMap<String, usize>,
    issuer: Option<String>,
    known: bool,
}

impl Objects {
    /// Sorts records into kinds; lists are opened. `listed` says that the records themselves are a list.
    pub fn read(records: Vec<Record>, listed: bool, facts: &mut Collector) -> Self {
        let mut objects = Self::default();
        for Record { place, value } in records {
            match value {
                Ok(value) => objects.add(place, value, None, listed, facts),
                Err(reason) => facts.reject(place, Bad::record(reason)),
            }
        }
        objects
    }

    /// Whether anything was an object or a list of objects.
    pub const fn recognised(&self) -> bool {
        self.known
    }

    /// The objects of a kind.
    pub fn of(&self, kind: &str) -> &[Object] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Whether the input lists a kind: it holds one of it, or an empty list that says what it is a list of.
    pub fn listed(&self, kind: &str) -> bool {
        self.listed.contains(kind)
    }

    /// The one namespace that all namespaced objects are of.
    pub fn only_namespace(&self) -> Option<&str> {
        match self.namespaces.len() {
            1 => self.namespaces.first().map(String::as_str),
            _ => None,
        }
    }

    /// Who issues the tokens of the cluster's service accounts, where the cluster's own word on it is in the
    /// input.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The kinds that are not read, and how many objects of each.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, usize)> {
        self.others.iter().map(|(kind, count)| (kind.as_str(), *count))
    }

    /// Takes one object in. `listed` says that it stands in a list: an object by itself says nothing about
    /// others of its kind.
    fn add(
        &mut self,
        place: String,
        mut value: Value,
        kind: Option<&str>,
        listed: bool,
        facts: &mut Collector,
    ) {
        let own = value.get("kind").and_then(Value::as_str).map(str::to_owned);
        let Some(kind) = own.or(kind.map(str::to_owned)) else {
            // `/.well-known/openid-configuration` is no object.
            if let (Some(issuer), true) =
                (value.get("issuer").and_then(Value::as_str), value.get("jwks_uri").is_some())
            {
                self.issuer = Some(issuer.to_owned());
                return;
            }
            let bare = value.get_mut("items").map(Value::take);
            return match bare {
                Some(Value::Array(items)) => self.list(&place, items, None, facts),
                _ => facts.reject(place, Bad::field("kind", "is missing")),
            };
        };
        if let Some(element) = kind.strip_suffix("List")
            && let Some(Value::Array(items)) = value.get_mut("items").map(Value::take)
        {
            let element = Some(element).filter(|element| !element.is_empty());
            if let Some(element) = element {
                self.listed.insert(element.to_owned());
            }
            return self.list(&place, items, element, facts);
        }
        self.known = true;
        if !KINDS.contains(&kind.as_str()) {
            let plain: String = kind.chars().filter(|c| c.is_ascii_alphanumeric()).take(64).collect();
            let count = self.others.entry(plain).or_default();
            *count = count.saturating_add(1);
            return;
        }
        match object(place.clone(), value) {
            Ok(object) => {
                if !matches!(kind.as_str(), "Namespace" | "ClusterRole" | "ClusterRoleBinding") {
                    self.namespaces.insert(object.namespace.clone());
                }
                if listed {
                    self.listed.insert(kind.clone());
                }
                self.by_kind.entry(kind).or_default().push(object);
            }
            Err(bad) => facts.reject(place, bad),
        }
    }

    fn list(&mut self, place: &str, items: Vec<Value>, kind: Option<&str>, facts: &mut Collector) {
        self.known = true;
        for (n, item) in items.into_iter().enumerate() {
            self.add(format!("{place}.items[{n}]"), item, kind, true, facts);
        }
    }
}

fn object(place: String, value: Value) -> Result<Object, Bad> {
    let fields = Fields::of(&value)?;
    let name = fields.need_text("metadata.name")?.to_owned();
    let namespace = fields.text("metadata.namespace")?.unwrap_or("default").to_owned();
    Ok(Object { place, name, namespace, value })
}
