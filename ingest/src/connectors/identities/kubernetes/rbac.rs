//! Bindings and roles: who may do what, and how far that reaches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::objects::{Object, Objects};
use super::{Cluster, each, verbs};
use crate::fields::{Bad, Fields};
use crate::level::Level;
use crate::{Collector, keys};

/// A rule of a role.
#[derive(Clone, Debug)]
struct Rule {
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    verbs: Vec<String>,
    urls: Vec<String>,
}

/// Who is bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Account { namespace: String, name: String },
    User(String),
    Group(String),
}

/// A binding, with the rules of its role; `None` where the role is not in the input.
#[derive(Debug)]
struct Binding {
    place: String,
    /// `RoleBinding/NAMESPACE/NAME` or `ClusterRoleBinding/NAME`.
    via: String,
    /// The namespace that it is limited to.
    namespace: Option<String>,
    subjects: Vec<Subject>,
    rules: Option<Vec<Rule>>,
}

/// Who may do what in a cluster.
#[derive(Debug)]
pub struct Access {
    grants: Vec<Grant>,
    /// Users and groups that are bound, with the kind of identity.
    others: BTreeMap<String, (&'static str, String, String)>,
    /// The level that is known of each subject, and whether a part of it is not.
    levels: BTreeMap<String, (Level, bool)>,
    /// Whether every binding of the cluster is in the input and was read.
    whole: bool,
}

#[derive(Debug)]
struct Grant {
    place: String,
    subject: String,
    via: String,
    action: String,
    resource: String,
    level: Level,
    dangerous: bool,
}

impl Access {
    /// Reads roles and bindings.
    pub fn read(objects: &Objects, cluster: &Cluster<'_>, facts: &mut Collector) -> Self {
        let mut roles: BTreeMap<(Option<String>, String), Vec<Rule>> = BTreeMap::new();
        for (kind, limited) in [("Role", true), ("ClusterRole", false)] {
            for (place, rules) in each(objects.of(kind), facts, |role| Ok((role, rules(role)?))) {
                let namespace = limited.then(|| place.namespace.clone());
                roles.insert((namespace, place.name.clone()), rules);
            }
        }
        let mut bindings = Vec::new();
        for (kind, limited) in [("RoleBinding", true), ("ClusterRoleBinding", false)] {
            bindings.extend(each(objects.of(kind), facts, |it| binding(it, limited, &roles)));
        }
        let all_roles = all_read(objects, ["Role", "ClusterRole"], roles.len());
        if all_roles {
            // A role that is in no list of all of them is not there, and binding it gives nothing.
            bindings.iter_mut().for_each(|it| _ = it.rules.get_or_insert_default());
        }
        let accounts: Vec<(&str, &str)> =
            objects.of("ServiceAccount").iter().map(|it| (it.namespace.as_str(), it.name.as_str())).collect();
        let mut access = Self {
            grants: Vec::new(),
            others: BTreeMap::new(),
            levels: BTreeMap::new(),
            whole: all_read(objects, ["RoleBinding", "ClusterRoleBinding"], bindings.len()),
        };
        for binding in &bindings {
            access.bind(binding, &accounts, cluster);
            if binding.rules.is_none() {
                let via: String = binding.via.chars().filter(|c| !c.is_control()).take(200).collect();
                facts.note(format!("the role of {via} is not in the input: what it grants is not known"));
            }
        }
        access
    }

    /// How far a service account reaches; `None` where the input cannot tell.
    pub fn level(&self, key: &str) -> Option<Level> {
        let (level, partly) = self.levels.get(key).copied().unwrap_or_default();
        (level == Level::Total || (self.whole && !partly)).then_some(level)
    }

    /// Adds grants, and the users and groups that hold them.
    pub fn facts(&self, cluster: &Cluster<'_>, facts: &mut Collector) {
        for (key, (kind, name, place)) in &self.others {
            // A user may be in groups that only its certificate names.
            let level = self.level(key).filter(|level| *kind == "group" || *level == Level::Total);
            let report = facts
                .report("Identity", key, place, cluster.at)
                .with("name", name.as_str())
                .with("kind", *kind)
                .with("account", cluster.name)
                .with_known("nonhuman", name.starts_with("system:").then_some(true))
                .with_known("level", level);
            facts.push(report);
        }
        for grant in &self.grants {
            let key = keys::natural(&[&grant.subject, &grant.via, &grant.action, &grant.resource]);
            let report = facts
                .report("Grant", &key, &grant.place, cluster.at)
                .with("subject", grant.subject.as_str())
                .with("action", grant.action.as_str())
                .with("resource", grant.resource.as_str())
                .with("effect", "allow")
                .with("level", grant.level)
                .with("dangerous", grant.dangerous)
                .with("via", grant.via.as_str())
                .with("condition", Value::Null);
            facts.push(report);
        }
    }

    /// Gives a binding's rules to everybody whom its subjects take in.
    fn bind(&mut self, binding: &Binding, accounts: &[(&str, &str)], cluster: &Cluster<'_>) {
        let mut holders = BTreeSet::new();
        for subject in &binding.subjects {
            match subject {
                Subject::Account { namespace, name } => {
                    holders.insert(keys::service_account(cluster.name, namespace, name));
                }
                Subject::User(name) => {
                    holders.insert(self.other("user", name, binding, cluster));
                }
                Subject::Group(name) => {
                    holders.insert(self.other("group", name, binding, cluster));
                    let members = accounts.iter().filter(|(namespace, _)| group_takes_in(name, namespace));
                    holders.extend(members.map(|(ns, name)| keys::service_account(cluster.name, ns, name)));
                }
            }
        }
        for holder in holders {
            let known = self.levels.entry(holder.clone()).or_default();
            let Some(rules) = &binding.rules else {
                known.1 = true;
                continue;
            };
            for rule in rules {
                let before = self.grants.len();
                grants(rule, binding, &holder, &mut self.grants);
                let new = self.grants.get(before..).unwrap_or_default();
                known.0 = new.iter().map(|grant| grant.level).max().unwrap_or_default().max(known.0);
            }
        }
    }

    fn other(&mut self, kind: &'static str, name: &str, binding: &Binding, cluster: &Cluster<'_>) -> String {
        let key = format!("k8s:{}/{kind}:{name}", cluster.name);
        self.others.entry(key.clone()).or_insert_with(|| (kind, name.to_owned(), binding.place.clone()));
        key
    }
}

/// Whether the input lists all objects of two kinds of the whole cluster, and so many were read.
fn all_read(objects: &Objects, kinds: [&str; 2], read: usize) -> bool {
    kinds.iter().all(|kind| objects.listed(kind))
        && objects.only_namespace().is_none()
        && read == kinds.iter().map(|kind| objects.of(kind).len()).sum::<usize>()
}

/// Whether one of the groups that every service account is in takes in those of a namespace.
fn group_takes_in(group: &str, namespace: &str) -> bool {
    match group.strip_prefix("system:") {
        Some("serviceaccounts" | "authenticated") => true,
        Some(rest) => rest.strip_prefix("serviceaccounts:") == Some(namespace),
        None => false,
    }
}

/// One grant for each verb on each resource.
fn grants(rule: &Rule, binding: &Binding, subject: &str, out: &mut Vec<Grant>) {
    let grant = |action: String, resource: String, level: Level, dangerous: bool| Grant {
        place: binding.place.clone(),
        subject: subject.to_owned(),
        via: binding.via.clone(),
        action,
        resource,
        level,
        dangerous,
    };
    for verb in &rule.verbs {
        for url in &rule.urls {
            out.push(grant(format!("url:{url}:{verb}"), "*".to_owned(), Level::Limited, false));
        }
        for (group, resource) in rule.groups.iter().flat_map(|g| rule.resources.iter().map(move |r| (g, r))) {
            let dangerous = verbs::dangerous(group, resource, verb);
            let level = match (dangerous, binding.namespace.is_none() && rule.names.is_empty()) {
                (true, true) => Level::Total,
                (true, false) => Level::Elevated,
                (false, _) => Level::Limited,
            };
            let action = match group.as_str() {
                "" => format!("{resource}:{verb}"),
                "*" if resource == "*" => format!("*:{verb}"),
                group => format!("{resource}.{group}:{verb}"),
            };
            let place = binding.namespace.as_deref().unwrap_or("*");
            if rule.names.is_empty() {
                let all = if place == "*" { "*".to_owned() } else { format!("{place}/*") };
                out.push(grant(action, all, level, dangerous));
            } else {
                let named = rule.names.iter().map(|name| format!("{place}/{name}"));
                out.extend(named.map(|name| grant(action.clone(), name, level, dangerous)));
            }
        }
    }
}

fn texts(fields: Fields<'_>, path: &str) -> Result<Vec<String>, Bad> {
    let values = fields.list(path)?.iter();
    values
        .map(|it| {
            it.as_str().map(str::to_owned).ok_or_else(|| Bad::field(path, "holds something else than texts"))
        })
        .collect()
}

fn rules(role: &Object) -> Result<Vec<Rule>, Bad> {
    let rules = role.fields()?.list("rules")?.iter();
    rules
        .map(|rule| {
            let rule = Fields::of(rule)?;
            Ok(Rule {
                groups: texts(rule, "apiGroups")?,
                resources: texts(rule, "resources")?,
                names: texts(rule, "resourceNames")?,
                verbs: texts(rule, "verbs")?,
                urls: texts(rule, "nonResourceURLs")?,
            })
        })
        .collect()
}

fn binding(
    object: &Object,
    limited: bool,
    roles: &BTreeMap<(Option<String>, String), Vec<Rule>>,
) -> Result<Binding, Bad> {
    let fields = object.fields()?;
    let role = fields.need_text("roleRef.name")?.to_owned();
    let namespace = limited.then(|| object.namespace.clone());
    let in_namespace = match fields.need_text("roleRef.kind")? {
        "ClusterRole" => None,
        // A cluster-wide binding to a namespaced role binds nothing; the API does not allow it.
        "Role" => Some(namespace.clone().unwrap_or_default()),
        _ => return Err(Bad::field("roleRef.kind", "is neither `Role` nor `ClusterRole`")),
    };
    let via = match &namespace {
        Some(namespace) => format!("RoleBinding/{namespace}/{}", object.name),
        None => format!("ClusterRoleBinding/{}", object.name),
    };
    let subjects = fields.list("subjects")?.iter().map(|it| subject(it, &object.namespace));
    Ok(Binding {
        place: object.place.clone(),
        via,
        namespace,
        subjects: subjects.collect::<Result<_, _>>()?,
        rules: roles.get(&(in_namespace, role)).cloned(),
    })
}

fn subject(value: &Value, namespace: &str) -> Result<Subject, Bad> {
    let fields = Fields::of(value)?;
    let name = fields.need_text("name")?;
    match fields.need_text("kind")? {
        "ServiceAccount" => {
            let namespace = fields.text("namespace")?.unwrap_or(namespace).to_owned();
            Ok(Subject::Account { namespace, name: name.to_owned() })
        }
        // The name by which the API knows a service account.
        "User" => match name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
            Some((namespace, name)) => {
                Ok(Subject::Account { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            None => Ok(Subject::User(name.to_owned())),
        },
        "Group" => Ok(Subject::Group(name.to_owned())),
        _ => Err(Bad::field("subjects.kind", "is none of `ServiceAccount`, `User`, `Group`")),
    }
}
