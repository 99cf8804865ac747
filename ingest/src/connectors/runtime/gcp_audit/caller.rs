//! Who called, by what chain of delegation, and with which key.

use crate::fields::{Bad, Fields};
use crate::keys;

use super::entry::Entry;

/// The caller of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// With whose rights: an address, `oidc:ISSUER#SUBJECT` of a federated identity, a service account or a user
    /// of a cluster. `None` where the entry names nobody.
    pub identity: Option<String>,
    /// Who started a chain of delegation at whose end the caller stands.
    pub delegate: Option<String>,
    /// The key of a service account with which the chain, or the call, was signed.
    pub key: Option<String>,
    /// Whose key that is.
    pub owner: Option<String>,
}

impl Caller {
    /// Reads an entry's `authenticationInfo`.
    pub fn read(entry: &Entry<'_>, cluster: Option<&str>) -> Result<Self, Bad> {
        let Some(info) = entry.payload.object("authenticationInfo")? else { return Ok(Self::default()) };
        let email = info.text("principalEmail")?;
        let subject = info.text("principalSubject")?;
        let cluster = match entry.labels {
            Some(labels) => cluster.or(labels.text("cluster_name")?),
            None => cluster,
        };
        let identity = email.map(|name| named(name, cluster)).or_else(|| subject.and_then(principal));
        let name = info.text("serviceAccountKeyName")?;
        let key = name.map(|name| {
            keys::google_key_name(name)
                .ok_or_else(|| Bad::field("serviceAccountKeyName", "is not the name of a key"))
        });
        let key = key.transpose()?;
        let owner =
            key.as_deref().and_then(|key| key.split_once("/keys/")).map(|(email, _)| email.to_owned());
        Ok(Self { identity, delegate: delegate(info)?, key, owner })
    }
}

/// The project in whose log a service account's own key would be listed: it stands in the address.
pub fn project(email: &str) -> Option<&str> {
    let (_, domain) = email.split_once('@')?;
    domain.strip_suffix(".iam.gserviceaccount.com")
}

/// What an address says: an account of Google's, or a name of a cluster's.
fn named(name: &str, cluster: Option<&str>) -> String {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match (account, cluster) {
        (Some((namespace, name)), Some(cluster)) => keys::service_account(cluster, namespace, name),
        (None, Some(cluster)) if name.starts_with("system:") => format!("k8s:{cluster}/user:{name}"),
        _ => name.to_owned(),
    }
}

/// `principal://iam.googleapis.com/…/subject/SUBJECT` of a pool, `serviceAccount:EMAIL`, `user:EMAIL`.
pub fn principal(subject: &str) -> Option<String> {
    if let Some(rest) = subject.strip_prefix("principal://") {
        let (pool, subject) = rest.split_once("/subject/")?;
        return Some(format!("oidc:{pool}#{subject}"));
    }
    subject.split_once(':').map(|(_, name)| name.to_owned())
}

/// The first of the chain: it is who asked.
fn delegate(info: Fields<'_>) -> Result<Option<String>, Bad> {
    let Some(first) = info.list("serviceAccountDelegationInfo")?.first() else { return Ok(None) };
    let first = Fields::of(first)?;
    let email = first.text("firstPartyPrincipal.principalEmail")?;
    Ok(email.map(str::to_owned).or(first.text("principalSubject")?.and_then(principal)))
}
