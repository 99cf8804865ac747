//! Google Cloud service accounts, their keys, API keys and IAM policies, as `gcloud … --format json` and the
//! APIs answer them.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::level::Level;
use crate::output::RunSpan;
use crate::time::When;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};

mod policies;
mod roles;

/// How far a role of Google's own reaches; `None` for others.
pub fn reach_of(role: &str) -> Option<Level> {
    let (level, _) = roles::reach(role)?;
    [Level::Limited, Level::Elevated, Level::Total].into_iter().find(|it| it.member() == level)
}

/// The connector.
#[derive(Clone, Copy, Debug)]
pub struct GcpIam;

const NAME: &str = "gcp-iam";

/// Lists inside an answer of the APIs.
const LISTS: [&str; 4] = ["accounts", "keys", "policyResults", "results"];

impl Connector for GcpIam {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Google Cloud IAM: service accounts, their keys, and who may do what"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "gcloud iam service-accounts list --project PROJECT --format json > gcp-iam.json; gcloud iam service-accounts list --project PROJECT --format 'value(email)' | xargs -n1 gcloud iam service-accounts keys list --format json --iam-account >> gcp-iam.json; gcloud asset search-all-iam-policies --scope projects/PROJECT --format json >> gcp-iam.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| {
            let has = |path: &str| head.has(&format!("{at}{path}"));
            let named =
                |part: &str| head.scalar(&format!("{at}name")).is_some_and(|name| name.contains(part));
            (has("email") && has("projectId"))
                || (has("keyType") && has("validAfterTime"))
                || named("/locations/global/keys/")
                || has("policy.bindings[].role")
                || has("bindings[].role") && has("bindings[].members")
        };
        let holders = ["", "[].", "accounts[].", "keys[].", "results[].", "policyResults[].policies[]."];
        holders.iter().any(|at| is_one(at) || is_one(&format!("body.{at}")))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut reader = Reader {
            facts: Collector::new(NAME, context),
            context,
            at: context.time(None)?,
            known: 0,
            listed: BTreeMap::new(),
            whole: false,
            keyed: BTreeSet::new(),
        };
        for record in json::records(input)? {
            // An element of a top-level list stands in a list; a value of its own does not.
            let listed = record.place.ends_with(']');
            match record.value {
                Ok(value) => reader.answer(&value, &record.place, listed),
                Err(reason) => reader.facts.reject(record.place, Bad::record(reason)),
            }
        }
        if reader.known == 0 && reader.facts.rejected() == 0 {
            let expected = "there is no service account, key or policy in it".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        reader.runs();
        Ok(reader.facts.finish())
    }
}

struct Reader<'c> {
    facts: Collector,
    context: &'c Context,
    at: Instant,
    /// How many answers were ours.
    known: usize,
    /// The service accounts of a list, with their projects.
    listed: BTreeMap<String, String>,
    /// Whether a list of them has no further page.
    whole: bool,
    /// The service accounts of which there are keys.
    keyed: BTreeSet<String>,
}

impl Reader<'_> {
    /// Reads an answer: one thing, or a list of them in one of several wrappers.
    fn answer(&mut self, value: &Value, place: &str, listed: bool) {
        let answer = match Fields::of(value) {
            Ok(answer) => answer,
            Err(bad) => return self.facts.reject(place, bad),
        };
        // Recordings of the API have the answer in `body`, and an empty one where something was changed.
        if answer.has("headers")
            && let Some(body) = answer.get("body")
        {
            if body.as_object().is_some_and(serde_json::Map::is_empty) {
                self.known = self.known.saturating_add(1);
                return;
            }
            return self.answer(body, &format!("{place}.body"), listed);
        }
        if let Some(list) = LISTS.iter().find(|list| answer.get(list).is_some_and(Value::is_array)) {
            let more = answer.has("nextPageToken");
            if more {
                self.facts
                    .note("an answer says that more follow: nothing is concluded from what is not in it");
            }
            self.known = self.known.saturating_add(1);
            for (index, item) in answer.list(list).unwrap_or_default().iter().enumerate() {
                self.answer(item, &format!("{place}.{list}[{index}]"), !more);
            }
            return;
        }
        match self.one(answer, place, listed) {
            Ok(true) => self.known = self.known.saturating_add(1),
            Ok(false) => self.facts.reject(place, Bad::record("is no service account, key or policy")),
            Err(bad) => self.facts.reject(place, bad),
        }
    }

    /// Reads one thing; whether it is one that is known.
    fn one(&mut self, answer: Fields<'_>, place: &str, listed: bool) -> Result<bool, Bad> {
        if let Some(error) = answer.object("error")? {
            // What is not there is told so; what may not be read is a gap.
            return match error.text("status")? {
                Some("NOT_FOUND") => Ok(true),
                _ => Err(Bad::field("error", "is the API's answer; the caller may lack a permission")),
            };
        }
        if answer.has("keyType") {
            self.key(answer, place)?;
        } else if answer.has("email") && answer.has_one(&["projectId", "uniqueId"]) {
            self.account(answer, place, listed)?;
        } else if answer.text("name")?.is_some_and(|name| name.contains("/locations/global/")) {
            // An operation that has changed a key tells the key when it is done.
            match answer.object("response")? {
                Some(done) => self.api_key(done, place)?,
                None => self.api_key(answer, place)?,
            }
        } else if answer.has_one(&["bindings", "policy", "policies"]) {
            policies::read(answer, place, self)?;
        } else {
            // A policy without bindings is one: nobody has any role by it. An operation that is under way tells
            // nothing yet.
            return Ok(
                answer.has("etag") || answer.text("name")?.is_some_and(|it| it.starts_with("operations/"))
            );
        }
        Ok(true)
    }

    fn account(&mut self, answer: Fields<'_>, place: &str, listed: bool) -> Result<(), Bad> {
        let email = answer.need_text("email")?;
        let project = answer.text("projectId")?.or(self.context.account.as_deref());
        // The API leaves out what is false.
        let disabled = answer.bool("disabled")?.unwrap_or(false);
        let report = self
            .facts
            .report("Identity", email, place, self.at)
            .with("name", answer.text("displayName")?.unwrap_or(email))
            .with("kind", "service_account")
            .with_known("account", project)
            .with("nonhuman", true)
            .with("status", if disabled { "disabled" } else { "enabled" })
            .with("ended_at", Value::Null);
        self.facts.push(report);
        if let Some(unique) = answer.text("uniqueId")? {
            self.facts.same_as("Identity", unique, email, place, self.at);
        }
        if let Some(project) = project.filter(|_| listed) {
            self.listed.insert(email.to_owned(), project.to_owned());
            self.whole = true;
        }
        Ok(())
    }

    fn key(&mut self, answer: Fields<'_>, place: &str) -> Result<(), Bad> {
        let name = answer.need_text("name")?;
        let key = keys::google_key_name(name).ok_or_else(|| Bad::field("name", "is no key's name"))?;
        let email = key.split_once("/keys/").map_or("", |(email, _)| email).to_owned();
        let project = name.split('/').nth(1).filter(|project| *project != "-");
        // Google makes these for itself and changes them every few weeks.
        let is_static = match answer.need_text("keyType")? {
            "USER_MANAGED" => true,
            "SYSTEM_MANAGED" => false,
            _ => return Err(Bad::field("keyType", "is neither USER_MANAGED nor SYSTEM_MANAGED")),
        };
        let expires = match answer.when("validBeforeTime")? {
            Some(When::At(at)) => Some(Value::from(at.to_string())),
            Some(When::Never) => Some(Value::Null),
            Some(When::Unset) | None => None,
        };
        let report = self
            .facts
            .report("Secret", &key, place, self.at)
            .with("kind", "sa_key")
            .with("static", is_static)
            .with("status", if answer.bool("disabled")?.unwrap_or(false) { "inactive" } else { "active" })
            .with("identity", email.as_str())
            .with_known("account", project.or(self.context.account.as_deref()))
            .with_known("created_at", answer.instant("validAfterTime")?.map(|at| at.to_string()))
            .with("rotated_at", Value::Null)
            .with_known("expires_at", expires)
            .with("ended_at", Value::Null);
        self.facts.push(report);
        self.keyed.insert(email);
        Ok(())
    }

    /// A key that names a project and nobody in it.
    fn api_key(&mut self, answer: Fields<'_>, place: &str) -> Result<(), Bad> {
        let Some(id) = answer.text("uid")? else { return Ok(()) };
        let project = answer.text("name")?.and_then(|name| name.split('/').nth(1));
        let deleted = answer.instant("deleteTime")?;
        let report = self
            .facts
            .report("Secret", &format!("gcp-api-key:{id}"), place, self.at)
            .with("kind", "api_key")
            .with("static", true)
            .with("status", if deleted.is_some() { "revoked" } else { "active" })
            .with_known("account", project.or(self.context.account.as_deref()))
            .with_known("created_at", answer.instant("createTime")?.map(|at| at.to_string()))
            .with("expires_at", Value::Null)
            .with("ended_at", deleted.map_or(Value::Null, |at| at.to_string().into()));
        self.facts.push(report);
        Ok(())
    }

    /// Adds the runs: of service accounts where a list of them is there, of their keys where each has some,
    /// as each has.
    fn runs(&mut self) {
        let projects: BTreeSet<String> = self.listed.values().cloned().collect();
        let (from, until) = (self.at, self.at);
        for project in projects {
            let mut own = self.listed.iter().filter(|(_, it)| **it == project).map(|(email, _)| email);
            let keyed = own.all(|email| self.keyed.contains(email));
            let whole = self.whole;
            self.facts.run(&RunSpan { types: &["Identity"], scope: &project, from, until, complete: whole });
            if !self.keyed.is_empty() {
                let complete = whole && keyed;
                self.facts.run(&RunSpan { types: &["Secret"], scope: &project, from, until, complete });
            }
        }
    }
}

#[cfg(test)]
mod tests;
