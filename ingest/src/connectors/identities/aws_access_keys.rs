//! AWS access keys, as `ListAccessKeys` answers: the ids that the credential report lacks.
//!
//! The report knows a key by its owner and its creation ([`keys::access_key_slot`]); both are in this
//! answer too, so that the two are one key.

use std::collections::BTreeSet;

use assize::facts::Instant;
use serde_json::Value;

use crate::coverage::Watch;
use crate::fields::{Bad, Fields, missing};
use crate::secret::access_key_account;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, Plaintext, json, keys, time};

/// The connector.
#[derive(Clone, Copy, Debug)]
pub struct AwsAccessKeys;

const NAME: &str = "aws-access-keys";

/// How far the two answers may be apart about one creation, in seconds.
const APART: i64 = 2;

/// Of several uses within this time AWS keeps the first.
const GRANULARITY: i64 = 15 * 60 * 1_000_000;

impl Connector for AwsAccessKeys {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS access keys: their ids, owners and states"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "aws iam list-users --query 'Users[].UserName' --output text | xargs -n1 aws iam list-access-keys --output json --user-name > access-keys.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_any(&["AccessKeyMetadata", "[].AccessKeyMetadata", "data.AccessKeyMetadata"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let records: Vec<json::Record> = json::records(input)?.collect();
        let mut rows = Vec::new();
        let (mut answers, mut truncated) = (0_usize, false);
        for record in &records {
            let answer = record.value.as_ref().map_err(|reason| Bad::record(reason.as_str()));
            match answer.and_then(answer_of) {
                Ok((list, more)) => {
                    answers = answers.saturating_add(1);
                    truncated |= more;
                    let place = |index| format!("{}.AccessKeyMetadata[{index}]", record.place);
                    rows.extend(list.iter().enumerate().map(|(index, row)| (place(index), row)));
                }
                Err(bad) => facts.reject(&record.place, bad),
            }
        }
        if answers == 0 {
            let expected = "there is no `AccessKeyMetadata` in it".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let at = context.time(None)?;
        let account = account(&rows, context)?;
        for (place, row) in rows {
            if let Err(bad) = read(row, &place, &account, at, context, &mut facts) {
                facts.reject(place, bad);
            }
        }
        if truncated {
            facts.note("an answer says that more keys follow, and they are not in it");
        }
        Ok(facts.finish())
    }
}

/// The keys of one answer, and whether more follow. Recordings of the API have the answer in `data`.
fn answer_of(value: &Value) -> Result<(&[Value], bool), Bad> {
    let record = Fields::of(value)?;
    let answer = record.object("data")?.unwrap_or(record);
    if !answer.has("AccessKeyMetadata") {
        return Err(missing("AccessKeyMetadata"));
    }
    Ok((answer.list("AccessKeyMetadata")?, answer.bool("IsTruncated")?.unwrap_or(false)))
}

/// The account: as the caller says, else as the ids say if they agree.
fn account(rows: &[(String, &Value)], context: &Context) -> Result<String, IngestError> {
    let ids = rows.iter().filter_map(|(_, row)| row.get("AccessKeyId")?.as_str());
    let decoded: BTreeSet<String> = ids.filter_map(access_key_account).collect();
    match (context.account.clone(), decoded.len()) {
        (Some(account), _) => Ok(account),
        (None, 1) => Ok(decoded.into_iter().next().unwrap_or_default()),
        (None, _) => context.need_account(None).map(ToOwned::to_owned),
    }
}

fn read(
    row: &Value,
    place: &str,
    account: &str,
    at: Instant,
    context: &Context,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let row = Fields::of(row)?;
    let id = row.need_text("AccessKeyId")?;
    let status = match row.need_text("Status")? {
        "Active" => "active",
        "Inactive" => "inactive",
        "Expired" => "expired",
        _ => return Err(Bad::field("Status", "is none of Active, Inactive and Expired")),
    };
    let created = instant(row, "CreateDate")?.ok_or_else(|| missing("CreateDate"))?;
    // The answer has no path of the user; those who know it make this name an alias.
    let owner = keys::user_arn(account, row.need_text("UserName")?);
    let secret = facts
        .report("Secret", id, place, at)
        .with("kind", "access_key")
        .with("static", true)
        .with("status", status)
        .with("identity", owner.as_str())
        .with("account", account)
        .with("created_at", created.to_string())
        .with("rotated_at", Value::Null)
        .with("expires_at", Value::Null)
        .with("ended_at", Value::Null);
    facts.push(secret);
    for seconds in 0..=APART {
        for apart in [seconds, seconds.saturating_neg()] {
            let near = created.plus(apart.saturating_mul(1_000_000));
            facts.same_as("Secret", &keys::access_key_slot(&owner, near), id, place, at);
        }
    }
    if let Some(value) = Plaintext::new(id) {
        facts.same_as("Secret", &context.site_key.sha1_alias(&value), id, place, at);
    }
    used(row, id, place, at, facts)
}

/// The last use, where `get-access-key-last-used` was merged into the answer.
fn used(row: Fields<'_>, id: &str, place: &str, at: Instant, facts: &mut Collector) -> Result<(), Bad> {
    let answer = row.object("AccessKeyLastUsed")?;
    let (used, service) = match answer {
        Some(answer) => (instant(answer, "LastUsedDate")?, answer.text("ServiceName")?),
        None => (instant(row, "LastUsedDate")?, row.text("LastUsedService")?),
    };
    let Some(used) = used else { return Ok(()) };
    let event = facts
        .report("SecretUse", &keys::natural(&["last-used", id, &used.to_string()]), place, at)
        .with("secret", id)
        .with("at", used.to_string())
        .with_known("action", service.filter(|service| *service != "N/A"));
    facts.push(event);
    Watch { signal: "key_last_used", scope: id, from: used.plus(GRANULARITY), until: at }
        .watched(facts, place);
    Ok(())
}

/// A date; recordings of the API spell it out in its parts.
fn instant(row: Fields<'_>, field: &str) -> Result<Option<Instant>, Bad> {
    let Some(Value::Object(parts)) = row.get(field) else { return row.instant(field) };
    let parts = Fields::of_map(parts);
    let part =
        |name: &str| parts.int(name).ok().flatten().ok_or_else(|| Bad::field(field, "is not a timestamp"));
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    let (hour, minute, second) = (part("hour")?, part("minute")?, part("second")?);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    time::instant(&text).map(Some).ok_or_else(|| Bad::field(field, "is not a timestamp"))
}

#[cfg(test)]
mod tests;
