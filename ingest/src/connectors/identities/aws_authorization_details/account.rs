//! The pages of an account's details, put together: a user's policy may stand on another page than the
//! user.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::json::Record;
use crate::words::environment;
use crate::{Collector, keys};

/// A user, a group or a role.
#[derive(Debug)]
pub struct Principal {
    /// Where it is in the input.
    pub place: String,
    /// `user`, `group` or `role`.
    pub kind: &'static str,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The account of its ARN.
    pub account: String,
    /// Its unique id (`AIDA…`), which stays when the name is given to somebody else.
    pub unique: Option<String>,
    /// When it was made.
    pub created: Option<Instant>,
    /// The tag `owner`.
    pub owner: Option<String>,
    /// The environment that the tag `environment` or `env` names, in the model's words.
    pub env: Option<&'static str>,
    /// Names and documents of its own policies.
    pub inline: Vec<(String, Value)>,
    /// ARNs of the policies attached to it.
    pub attached: Vec<String>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// For roles: who may act as it.
    pub trust: Option<Value>,
}

/// Everything in the input.
#[derive(Debug, Default)]
pub struct Account {
    /// Users, groups, roles.
    pub principals: Vec<Principal>,
    /// The documents of managed policies, by ARN.
    pub policies: BTreeMap<String, Value>,
    /// Whether the last page says that more follow.
    pub truncated: bool,
    /// Whether any of it is what this connector reads.
    pub recognised: bool,
}

/// The lists of a page: the list, the kind, and the names of the fields for name, id and own policies.
const LISTS: [(&str, &str, [&str; 3]); 3] = [
    ("UserDetailList", "user", ["UserName", "UserId", "UserPolicyList"]),
    ("GroupDetailList", "group", ["GroupName", "GroupId", "GroupPolicyList"]),
    ("RoleDetailList", "role", ["RoleName", "RoleId", "RolePolicyList"]),
];

impl Account {
    /// Reads the pages.
    pub fn read(records: Vec<Record>, facts: &mut Collector) -> Self {
        let mut account = Self::default();
        for Record { place, value } in records {
            let read = match &value {
                Ok(value) => Fields::of(value).and_then(|page| account.page(&place, page, facts)),
                Err(reason) => Err(Bad::record(reason.as_str())),
            };
            if let Err(bad) = read {
                facts.reject(place, bad);
            }
        }
        account
    }

    /// The group of a name.
    pub fn group(&self, name: &str) -> Option<&Principal> {
        self.principals.iter().find(|it| it.kind == "group" && it.name == name)
    }

    fn page(&mut self, place: &str, page: Fields<'_>, facts: &mut Collector) -> Result<(), Bad> {
        for (list, kind, names) in LISTS {
            self.recognised |= page.map().contains_key(list);
            for (n, value) in page.list(list)?.iter().enumerate() {
                let place = format!("{place}.{list}[{n}]");
                match Fields::of(value).and_then(|it| principal(it, kind, names, &place)) {
                    Ok(principal) => self.principals.push(principal),
                    Err(bad) => facts.reject(place, bad),
                }
            }
        }
        for (n, value) in page.list("Policies")?.iter().enumerate() {
            match Fields::of(value).and_then(policy) {
                Ok((arn, document)) => {
                    self.policies.insert(arn, document);
                }
                Err(bad) => facts.reject(format!("{place}.Policies[{n}]"), bad),
            }
        }
        self.truncated = page.bool("IsTruncated")?.unwrap_or(false);
        Ok(())
    }
}

/// A managed policy's ARN and the document of its default version.
fn policy(fields: Fields<'_>) -> Result<(String, Value), Bad> {
    let arn = fields.need_text("Arn")?.to_owned();
    for version in fields.list("PolicyVersionList")? {
        let version = Fields::of(version)?;
        if version.bool("IsDefaultVersion")? == Some(true)
            && let Some(document) = version.get("Document")
        {
            return Ok((arn, document.clone()));
        }
    }
    Err(Bad::field("PolicyVersionList", "has no default version"))
}

fn principal(
    fields: Fields<'_>,
    kind: &'static str,
    names: [&str; 3],
    place: &str,
) -> Result<Principal, Bad> {
    let [name, unique, own] = names;
    let arn = fields.need_text("Arn")?;
    let account = keys::arn_account(arn).ok_or_else(|| Bad::field("Arn", "is not an ARN with an account"))?;
    let mut inline = Vec::new();
    for policy in fields.list(own)? {
        let policy = Fields::of(policy)?;
        let document = policy.get("PolicyDocument").cloned().unwrap_or_default();
        inline.push((policy.need_text("PolicyName")?.to_owned(), document));
    }
    let mut attached = Vec::new();
    for policy in fields.list("AttachedManagedPolicies")? {
        attached.push(Fields::of(policy)?.need_text("PolicyArn")?.to_owned());
    }
    let groups = fields.list("GroupList")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let unique = fields.text(unique)?.filter(|id| id.len() >= 16 && id.starts_with('A'));
    Ok(Principal {
        place: place.to_owned(),
        kind,
        arn: arn.to_owned(),
        name: fields.need_text(name)?.to_owned(),
        account: account.to_owned(),
        unique: unique.map(str::to_owned),
        created: fields.instant("CreateDate")?,
        owner: tag(fields, "owner")?.map(str::to_owned),
        env: ENV_TAGS.iter().find_map(|name| tag(fields, name).ok()?.and_then(environment)),
        inline,
        attached,
        boundary: fields.text("PermissionsBoundary.PermissionsBoundaryArn")?.map(str::to_owned),
        groups,
        trust: fields.get("AssumeRolePolicyDocument").cloned(),
    })
}

/// Tags that name an environment, the most telling first.
const ENV_TAGS: [&str; 2] = ["environment", "env"];

/// A tag's value. Names are compared without regard to case.
fn tag<'a>(fields: Fields<'a>, name: &str) -> Result<Option<&'a str>, Bad> {
    for tag in fields.list("Tags")? {
        let tag = Fields::of(tag)?;
        if tag.text("Key")?.is_some_and(|key| key.eq_ignore_ascii_case(name)) {
            return tag.text("Value");
        }
    }
    Ok(None)
}
