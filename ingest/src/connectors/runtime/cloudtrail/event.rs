//! One event.

use assize::facts::Instant;
use serde_json::Value;

use super::caller::Caller;
use crate::fields::{Bad, Fields};
use crate::outcome::Outcome;

/// An event that has all that a call needs.
pub struct Event<'a> {
    /// All its fields.
    pub fields: Fields<'a>,
    /// `eventID`.
    pub id: &'a str,
    /// `eventTime`.
    pub at: Instant,
    /// `service:Name`.
    pub action: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The account that recorded it.
    pub account: Option<String>,
    /// Who called.
    pub caller: Caller,
    /// An address, or a service's name.
    pub source_ip: Option<&'a str>,
    /// Whether it is a management event.
    pub management: bool,
}

impl<'a> Event<'a> {
    /// Reads an event.
    pub fn read(fields: Fields<'a>, account: Option<&str>) -> Result<Self, Bad> {
        let id = fields.need_text("eventID")?;
        let at = fields.need_instant("eventTime")?;
        let source = fields.need_text("eventSource")?;
        let name = without_version(fields.need_text("eventName")?);
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let management = match fields.text("eventCategory")? {
            Some(category) => category == "Management",
            None => fields.bool("managementEvent")?.unwrap_or(true),
        };
        Ok(Self {
            fields,
            id,
            at,
            action: format!("{service}:{name}"),
            outcome: outcome(fields)?,
            account: self::account(fields, account),
            caller: Caller::read(fields)?,
            source_ip: fields.text("sourceIPAddress")?.filter(|from| is_address(from)),
            management,
        })
    }

    /// A text among the call's parameters.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.fields.object("requestParameters").ok()??.text(name).ok()?
    }

    /// What the call was about: the first of `resources`, else the parameter that names it.
    pub fn resource(&self) -> Option<String> {
        let listed = self.fields.list("resources").ok()?;
        let arn = listed.iter().find_map(|it| {
            let it = Fields::of(it).ok()?;
            it.text("ARN").ok()?.or(it.text("ARNPrefix").ok()?)
        });
        if let Some(arn) = arn {
            return name_like(arn).map(str::to_owned);
        }
        if let Some(bucket) = self.parameter("bucketName") {
            return name_like(bucket).map(|bucket| format!("arn:aws:s3:::{bucket}"));
        }
        NAMING.iter().find_map(|name| self.parameter(name).and_then(name_like)).map(str::to_owned)
    }
}

/// The account that recorded an event.
pub fn account(fields: Fields<'_>, context: Option<&str>) -> Option<String> {
    let text = |path| fields.text(path).ok().flatten();
    text("recipientAccountId").or_else(|| text("userIdentity.accountId")).or(context).map(str::to_owned)
}

/// Parameters that name what a call is about, the most telling first. Only these are read: others may
/// carry what nobody should see.
const NAMING: &[&str] = &[
    "roleArn",
    "policyArn",
    "secretId",
    "accessKeyId",
    "functionName",
    "keyId",
    "roleName",
    "userName",
    "groupName",
    "instanceId",
    "snapshotId",
    "imageId",
    "groupId",
    "volumeId",
    "trailName",
    "tableName",
    "topicArn",
    "queueUrl",
    "clusterName",
    "repositoryName",
    "modelId",
    "stackName",
    "documentName",
    "name",
];

/// A value that reads as a name: short, and without white space and control characters.
fn name_like(text: &str) -> Option<&str> {
    let plain = text.len() <= 512 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    plain.then_some(text)
}

fn outcome(fields: Fields<'_>) -> Result<Outcome, Bad> {
    let Some(code) = fields.text("errorCode")? else {
        // The console's sign-in fails without a code.
        let login = fields.get("responseElements.ConsoleLogin").and_then(Value::as_str);
        return Ok(if login == Some("Failure") { Outcome::Denied } else { Outcome::Success });
    };
    let denied = ["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden"];
    Ok(if denied.iter().any(|word| code.contains(word)) { Outcome::Denied } else { Outcome::Error })
}

/// The name without the API's version that some services put behind it: `AddPermission20150331v2`,
/// `CreateFunction20150331`, `CreateDistribution2020_05_31`.
fn without_version(name: &str) -> &str {
    let bare = match name.rsplit_once('v') {
        Some((bare, digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => bare,
        _ => name,
    };
    let stem = bare.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let version = bare.strip_prefix(stem).unwrap_or_default();
    let digits = version.bytes().filter(u8::is_ascii_digit).count();
    if !stem.is_empty() && version.starts_with("20") && digits == 8 { stem } else { name }
}

/// Whether it is an address: AWS writes a service's name, or `AWS Internal`, where one of its services called.
/// Anonymised data has addresses that nobody could have, and they tell callers apart all the same.
fn is_address(from: &str) -> bool {
    from.contains(':') || from.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::without_version;

    #[test]
    fn a_version_behind_a_name_is_dropped_and_nothing_else() {
        for (name, bare) in [
            ("AddPermission20150331v2", "AddPermission"),
            ("CreateFunction20150331", "CreateFunction"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("Invoke", "Invoke"),
            ("GetEc2", "GetEc2"),
            ("20150331", "20150331"),
            ("v2", "v2"),
            ("v", "v"),
        ] {
            assert_eq!(without_version(name), bare);
        }
    }
}
