//! Who asked, as whom, and with what.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::keys;

/// The caller of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// With whose rights: whom the caller impersonates, else the caller. `None` where nobody has said who asks.
    pub identity: Option<String>,
    /// The caller, where it impersonates somebody.
    pub impersonator: Option<String>,
    /// The caller, whoever it acts as.
    pub user: Option<String>,
    /// Its role or user in AWS, for a cluster of EKS. Of a role without the path.
    pub cloud: Option<String>,
    /// The role's unique id there.
    pub unique: Option<String>,
    /// The access key with which the cluster's token was made, else the id of the service account's token.
    pub secret: Option<String>,
    /// The pod that the service account's token was made for.
    pub workload: Option<String>,
}

impl Caller {
    /// Reads an event's `user` and `impersonatedUser`.
    pub fn read(event: Fields<'_>, cluster: &str) -> Result<Self, Bad> {
        let Some(user) = event.object("user")? else { return Ok(Self::default()) };
        let account = service_account(user)?;
        let pod = extra(user, "authentication.kubernetes.io/pod-name")?;
        let workload = match (account, pod) {
            (Some((namespace, _)), Some(pod)) => Some(keys::pod(cluster, namespace, pod)),
            _ => None,
        };
        let caller = key(user, cluster)?;
        let assumed = event.object("impersonatedUser")?.map(|it| key(it, cluster)).transpose()?.flatten();
        let impersonator = assumed.as_ref().and(caller.clone());
        Ok(Self {
            identity: assumed.or_else(|| caller.clone()),
            impersonator,
            user: caller,
            cloud: aws(user, "canonicalArn")?.filter(|arn| arn.starts_with("arn:")).map(str::to_owned),
            unique: aws(user, "principalId")?.and_then(role_id).map(str::to_owned),
            secret: secret(user, cluster)?,
            workload,
        })
    }
}

/// A user's key; `None` where it has no name.
fn key(user: Fields<'_>, cluster: &str) -> Result<Option<String>, Bad> {
    if let Some((namespace, name)) = service_account(user)? {
        return Ok(Some(keys::service_account(cluster, namespace, name)));
    }
    Ok(user.text("username")?.map(|name| format!("k8s:{cluster}/user:{name}")))
}

fn service_account(user: Fields<'_>) -> Result<Option<(&str, &str)>, Bad> {
    let name = user.text("username")?.and_then(|name| name.strip_prefix("system:serviceaccount:"));
    Ok(name.and_then(|name| name.split_once(':')))
}

fn secret(user: Fields<'_>, cluster: &str) -> Result<Option<String>, Bad> {
    if let Some(key) = aws(user, "accessKeyId")? {
        let plain = key.len() <= 128 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bad = || Bad::field("user.extra.accessKeyId", "is not the id of a key");
        return if plain { Ok(Some(key.to_owned())) } else { Err(bad()) };
    }
    let id = extra(user, "authentication.kubernetes.io/credential-id")?;
    let id = id.and_then(|id| id.strip_prefix("JTI="));
    Ok(id.map(|id| format!("k8s-token:{cluster}/{id}")))
}

/// A value that AWS's authenticator adds, under its name of before or of since 2023.
fn aws<'a>(user: Fields<'a>, name: &str) -> Result<Option<&'a str>, Bad> {
    let newer = extra(user, &format!("sigs.k8s.io/aws-iam-authenticator/{name}"))?;
    Ok(newer.or(extra(user, name)?))
}

/// The first of the texts of an extra.
fn extra<'a>(user: Fields<'a>, name: &str) -> Result<Option<&'a str>, Bad> {
    let Some(extra) = user.object("extra")? else { return Ok(None) };
    Ok(extra.list(name)?.first().and_then(Value::as_str).filter(|text| !text.is_empty()))
}

/// `AROA…:SESSION` without the session.
fn role_id(id: &str) -> Option<&str> {
    id.split(':').next().filter(|id| id.starts_with("AROA") || id.starts_with("AIDA"))
}
