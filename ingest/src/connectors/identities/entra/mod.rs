//! Microsoft Entra: apps and service principals, their secrets and certificates, what they may do, and who
//! from outside may act as them. As Microsoft Graph answers.
//!
//! One workload identity is two objects: the application, where it was made, and a service principal in
//! each tenant that uses it. Here they are one identity, joined by the client id within a tenant.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::output::RunSpan;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};

mod grants;
mod roles;
mod secrets;
mod ways_in;

/// The connector.
#[derive(Clone, Copy, Debug)]
pub struct Entra;

const NAME: &str = "entra";

impl Connector for Entra {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Microsoft Entra: apps, service principals, their secrets, roles and federation"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "az rest --url 'https://graph.microsoft.com/v1.0/applications?$top=999&$expand=federatedIdentityCredentials' > entra.json; az rest --url 'https://graph.microsoft.com/v1.0/servicePrincipals?$top=999' >> entra.json; az rest --url 'https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments' >> entra.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| {
            let has = |path: &str| head.has(&format!("{at}{path}"));
            (has("appId") && (has("servicePrincipalType") || has("signInAudience")) && !has("status"))
                || (has("appRoleId") && has("principalId") && has("resourceId"))
                || (has("roleDefinitionId") && has("principalId") && has("directoryScopeId"))
                || (has("clientId") && has("consentType") && has("scope"))
        };
        is_one("") || is_one("[].") || is_one("value[].")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let records: Vec<json::Record> = json::records(input)?.collect();
        let mut objects = Vec::new();
        let mut more = false;
        let mut lists = BTreeSet::new();
        for record in &records {
            let read =
                record.value.as_ref().map_err(|reason| Bad::record(reason.as_str())).and_then(Fields::of);
            match read {
                Ok(page) if page.get("value").is_some_and(Value::is_array) => {
                    more |= page.has("@odata.nextLink");
                    for (index, value) in page.list("value").unwrap_or_default().iter().enumerate() {
                        let place = format!("{}.value[{index}]", record.place);
                        match Fields::of(value) {
                            Ok(one) => {
                                lists.insert(Object::of(one));
                                objects.push((place, one));
                            }
                            Err(bad) => facts.reject(place, bad),
                        }
                    }
                }
                Ok(one) => objects.push((record.place.clone(), one)),
                Err(bad) => facts.reject(&record.place, bad),
            }
        }
        if !objects.iter().any(|(_, one)| Object::of(*one) != Object::Other)
            && records.iter().all(|it| !is_page(it))
        {
            let expected = "there is no app, service principal or assignment in it".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let tenant = context.need_account(None)?.to_ascii_lowercase();
        let mut reader = Reader {
            facts,
            tenant,
            at: context.time(None)?,
            apps: BTreeMap::new(),
            resources: BTreeMap::new(),
        };
        reader.learn(&objects);
        for (place, one) in &objects {
            if let Err(bad) = reader.read(*one, place) {
                reader.facts.reject(place, bad);
            }
        }
        let whole =
            !more && lists.contains(&Object::Application) && lists.contains(&Object::ServicePrincipal);
        if more {
            reader.facts.note("a page says that more follow: nothing is concluded from what is not in it");
        } else if !whole {
            reader.facts.note("not both the list of apps and that of service principals are in it: nothing is concluded from secrets that are not in it");
        }
        let span = RunSpan {
            types: &["Secret"],
            scope: &reader.tenant,
            from: reader.at,
            until: reader.at,
            complete: whole,
        };
        reader.facts.run(&span);
        Ok(reader.facts.finish())
    }
}

fn is_page(record: &json::Record) -> bool {
    record.value.as_ref().is_ok_and(|value| value.get("value").is_some_and(Value::is_array))
}

/// What an object is, by its fields: Graph does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    Application,
    ServicePrincipal,
    AppRoleAssignment,
    DirectoryAssignment,
    Consent,
    Other,
}

impl Object {
    fn of(one: Fields<'_>) -> Self {
        // `null` counts: Graph lists every field that it was asked for.
        let has = |name: &str| one.map().contains_key(name);
        match () {
            () if has("appId") && (has("servicePrincipalType") || has("accountEnabled")) => {
                Self::ServicePrincipal
            }
            () if has("appId") => Self::Application,
            () if has("appRoleId") => Self::AppRoleAssignment,
            () if has("roleDefinitionId") => Self::DirectoryAssignment,
            () if has("consentType") => Self::Consent,
            () => Self::Other,
        }
    }
}

struct Reader<'a> {
    facts: Collector,
    /// The tenant's id, in lower case.
    tenant: String,
    at: Instant,
    /// The service principals by their client ids: object ids.
    apps: BTreeMap<&'a str, &'a str>,
    /// What the service principals offer, by object id and role id.
    resources: BTreeMap<(&'a str, &'a str), &'a str>,
}

impl<'a> Reader<'a> {
    /// Learns what objects refer to by ids, before any is read.
    fn learn(&mut self, objects: &[(String, Fields<'a>)]) {
        for (_, one) in objects.iter().filter(|(_, one)| Object::of(*one) == Object::ServicePrincipal) {
            let (Ok(Some(id)), Ok(Some(app))) = (one.text("id"), one.text("appId")) else { continue };
            self.apps.insert(app, id);
            for role in
                one.list("appRoles").unwrap_or_default().iter().filter_map(|role| Fields::of(role).ok())
            {
                if let (Ok(Some(role_id)), Ok(Some(value))) = (role.text("id"), role.text("value")) {
                    self.resources.insert((id, role_id), value);
                }
            }
        }
    }

    fn read(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        match Object::of(one) {
            Object::Application => self.application(one, place),
            Object::ServicePrincipal => self.service_principal(one, place),
            Object::AppRoleAssignment => self.app_role(one, place),
            Object::DirectoryAssignment => self.directory_role(one, place),
            Object::Consent => self.consent(one, place),
            Object::Other => Err(Bad::record("is no app, service principal or assignment")),
        }
    }

    /// The application: the same identity as its service principal here, where that is in the input.
    fn application(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        let (object, app) = (one.need_text("id")?, one.need_text("appId")?);
        let own = keys::entra(object);
        let key = match self.apps.get(app) {
            Some(principal) => keys::entra(principal),
            None => own.clone(),
        };
        self.facts.same_as("Identity", &own, &key, place, self.at);
        self.facts.same_as("Identity", &keys::entra_app(&self.tenant, app), &key, place, self.at);
        // The service principal says more: what it is, and whether it can be used. It may be in another input.
        if own == key {
            let report = self
                .facts
                .report("Identity", &key, place, self.at)
                .with("name", one.text("displayName")?.unwrap_or(app))
                .with("account", self.tenant.as_str())
                .with("nonhuman", true)
                .with("ended_at", Value::Null);
            self.facts.push(report);
        }
        self.secrets(one, &key, place)?;
        self.ways_in(one, &key, place)?;
        self.federation(one, &key, place)
    }

    fn service_principal(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        let (object, app) = (one.need_text("id")?, one.need_text("appId")?);
        let key = keys::entra(object);
        let kind = match one.text("servicePrincipalType")? {
            Some("ManagedIdentity") => "managed_identity",
            Some("Application" | "Legacy" | "SocialIdp" | "ServiceIdentity") | None => "service_principal",
            Some(_) => return Err(Bad::field("servicePrincipalType", "is none of Graph's words for it")),
        };
        let blocked = one.text("disabledByMicrosoftStatus")?.is_some_and(|it| it != "NotDisabled");
        let enabled = one.bool("accountEnabled")?.map(|enabled| enabled && !blocked);
        let owner = one.text("appOwnerOrganizationId")?;
        let report = self
            .facts
            .report("Identity", &key, place, self.at)
            .with("name", one.text("displayName")?.unwrap_or(app))
            .with("kind", kind)
            .with("account", self.tenant.as_str())
            .with("nonhuman", true)
            .with_known("status", enabled.map(|enabled| if enabled { "enabled" } else { "disabled" }))
            .with("ended_at", Value::Null)
            .with_known("created_at", one.instant("createdDateTime")?.map(|at| at.to_string()))
            .with_known("publisher_verified", published(one)?)
            .with_known("third_party", owner.map(|owner| !owner.eq_ignore_ascii_case(&self.tenant)));
        self.facts.push(report);
        self.facts.same_as("Identity", &keys::entra_app(&self.tenant, app), &key, place, self.at);
        self.secrets(one, &key, place)
    }
}

/// Whether the directory has verified who published an app. Graph writes an object without a name where it has not.
fn published(one: Fields<'_>) -> Result<Option<bool>, Bad> {
    let publisher = one.object("verifiedPublisher")?;
    publisher.map(|it| Ok(it.text("verifiedPublisherId")?.or(it.text("displayName")?).is_some())).transpose()
}

#[cfg(test)]
mod tests;
