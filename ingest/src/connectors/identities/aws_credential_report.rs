//! AWS IAM credential report: one row a user, its two access key slots and when each was last used.
//!
//! The report carries no key ids. A key's own identity here is its owner and its creation
//! ([`keys::access_key_slot`]); CloudTrail's `CreateAccessKey` ties that to the id.

use std::collections::HashMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::coverage::Watch;
use crate::fields::{Bad, Fields, missing};
use crate::output::RunSpan;
use crate::time::{self, When};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, base64, json, keys};

/// The connector.
#[derive(Debug)]
pub struct AwsCredentialReport;

const NAME: &str = "aws-credential-report";

/// The columns without which nothing can be said.
const NEEDED: [&str; 4] = ["user", "arn", "user_creation_time", "access_key_1_active"];

/// How far back the report's word on the last use is taken: the tracking period that AWS promises.
const TRACKED: i64 = 400 * 86_400 * 1_000_000;

/// Of several uses within this time the report keeps the first.
const GRANULARITY: i64 = 15 * 60 * 1_000_000;

impl Connector for AwsCredentialReport {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS IAM credential report: users, access keys, last use"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "aws iam generate-credential-report && aws iam get-credential-report --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.first_line().starts_with("user,arn,user_creation_time,")
            || (head.has_all(&["Content", "GeneratedTime"])
                && head.scalar("ReportFormat") == Some("text/csv"))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let text = json::text(input)?;
        if text.trim_start().starts_with('{') {
            let document = json::document(input)?;
            let (csv, generated) = unwrap(&document)?;
            return read(&csv, context.time(generated)?, context);
        }
        read(text.as_bytes(), context.time(None)?, context)
    }
}

/// The CSV inside the API's answer, and when AWS made it.
fn unwrap(document: &Value) -> Result<(Vec<u8>, Option<Instant>), IngestError> {
    let not_this = |bad: Bad| {
        let field = bad.field.unwrap_or_else(|| "the document".to_owned());
        IngestError::NotThisFormat { tool: NAME, expected: format!("`{field}` {}", bad.reason) }
    };
    let fields = Fields::of(document).map_err(not_this)?;
    let content = fields.need_text("Content").map_err(not_this)?;
    let generated = fields.instant("GeneratedTime").map_err(not_this)?;
    let csv = base64::decode(content)
        .ok_or_else(|| not_this(Bad::field("Content", "is not base64; it may have been cut off")))?;
    Ok((csv, generated))
}

/// Reads the CSV.
fn read(csv: &[u8], at: Instant, context: &Context) -> Result<Output, IngestError> {
    json::text(csv)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let malformed = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        IngestError::Malformed {
            line: usize::try_from(line).unwrap_or(usize::MAX),
            column: 1,
            reason: "not CSV as AWS writes it".to_owned(),
        }
    };
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    let columns: HashMap<&str, usize> = header.iter().enumerate().map(|(i, name)| (name.trim(), i)).collect();
    if let Some(absent) = NEEDED.iter().find(|name| !columns.contains_key(*name)) {
        let expected = format!("its first line has no column `{absent}`");
        return Err(IngestError::NotThisFormat { tool: NAME, expected });
    }
    let mut report = Report { facts: Collector::new(NAME, context), at, accounts: Vec::new() };
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("line {line}");
        let row = Row { record: &record, columns: &columns };
        if record.len() < header.len() {
            let reason =
                format!("has {} of {} columns; the file may have been cut off", record.len(), header.len());
            report.facts.reject(place, Bad::record(reason));
        } else if let Err(bad) = report.row(&row, &place) {
            report.facts.reject(place, bad);
        }
    }
    report.finish(context)
}

/// One line of the report.
struct Row<'a> {
    record: &'a csv::StringRecord,
    columns: &'a HashMap<&'a str, usize>,
}

impl<'a> Row<'a> {
    /// The text of a column as it stands.
    fn raw(&self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|index| self.record.get(*index)).unwrap_or_default().trim()
    }

    /// The text of a column; `None` for AWS's words for nothing.
    fn value(&self, column: &str) -> Option<&'a str> {
        Some(self.raw(column))
            .filter(|text| !matches!(*text, "" | "N/A" | "not_supported" | "no_information"))
    }

    fn need(&self, column: &str) -> Result<&'a str, Bad> {
        self.value(column).ok_or_else(|| missing(column))
    }

    fn flag(&self, column: &str) -> Option<bool> {
        let text = self.value(column)?;
        match () {
            () if text.eq_ignore_ascii_case("true") => Some(true),
            () if text.eq_ignore_ascii_case("false") => Some(false),
            () => None,
        }
    }

    fn instant(&self, column: &str) -> Result<Option<Instant>, Bad> {
        let Some(text) = self.value(column) else { return Ok(None) };
        let bad = || Bad::field(column, "is not a timestamp");
        time::when(text).ok_or_else(bad).map(When::at)
    }
}

/// What has been gathered.
struct Report {
    facts: Collector,
    at: Instant,
    accounts: Vec<String>,
}

impl Report {
    fn row(&mut self, row: &Row<'_>, place: &str) -> Result<(), Bad> {
        let arn = row.need("arn")?;
        let account =
            keys::arn_account(arn).ok_or_else(|| Bad::field("arn", "is not an ARN with an account"))?;
        let root = arn.ends_with(":root");
        if !root && !arn.contains(":user/") {
            return Err(Bad::field("arn", "is neither a user's nor a root's"));
        }
        if !self.accounts.iter().any(|known| known == account) {
            self.accounts.push(account.to_owned());
        }
        let machine = row.flag("password_enabled") == Some(false)
            && [1, 2].iter().any(|n| row.flag(&format!("access_key_{n}_active")) == Some(true));
        let identity = self
            .facts
            .report("Identity", arn, place, self.at)
            .with("name", row.raw("user"))
            .with("kind", if root { "root" } else { "user" })
            .with("account", account)
            .with("status", "enabled")
            .with("ended_at", Value::Null)
            .with_known("nonhuman", machine.then_some(true))
            .with_known("created_at", row.instant("user_creation_time")?.map(|at| at.to_string()));
        self.facts.push(identity);
        if let Some(short) = keys::without_path(arn) {
            self.facts.same_as("Identity", &short, arn, place, self.at);
        }
        self.slots(row, arn, account, place);
        Ok(())
    }

    /// Both slots of a row. Two keys of one instant cannot be told apart, nor tied to their ids.
    fn slots(&mut self, row: &Row<'_>, arn: &str, account: &str, place: &str) {
        let slots = [1, 2].map(|n| (n, Slot::read(row, n)));
        let created =
            slots.each_ref().map(|(_, slot)| slot.as_ref().ok().and_then(Option::as_ref).map(|s| s.created));
        let twins = matches!(created, [Some(one), Some(two)] if one == two);
        for (n, slot) in slots {
            match slot {
                Ok(Some(_)) if twins => {
                    let column = format!("access_key_{n}_last_rotated");
                    self.facts.reject(
                        place,
                        Bad::field(column, "is the same for both keys, which then cannot be told apart"),
                    );
                }
                Ok(Some(slot)) => self.slot(&slot, arn, account, place),
                Ok(None) => {}
                Err(bad) => self.facts.reject(place, bad),
            }
        }
    }

    fn slot(&mut self, slot: &Slot<'_>, arn: &str, account: &str, place: &str) {
        let key = keys::access_key_slot(arn, slot.created);
        let secret = self
            .facts
            .report("Secret", &key, place, self.at)
            .with("kind", "access_key")
            .with("static", true)
            .with("status", if slot.active { "active" } else { "inactive" })
            .with("identity", arn)
            .with("account", account)
            .with("created_at", slot.created.to_string())
            .with("rotated_at", Value::Null)
            .with("expires_at", Value::Null)
            .with("ended_at", Value::Null);
        self.facts.push(secret);
        if let Some(short) = keys::without_path(arn) {
            let short = keys::access_key_slot(&short, slot.created);
            self.facts.same_as("Secret", &short, &key, place, self.at);
        }
        if let Some(used) = slot.used {
            let id = keys::natural(&["last-used", &key, &used.to_string()]);
            let event = self
                .facts
                .report("SecretUse", &id, place, self.at)
                .with("secret", key.as_str())
                .with("at", used.to_string())
                .with_known("action", slot.service);
            self.facts.push(event);
        }
        if slot.tracked {
            let since = slot.used.map_or(slot.created, |used| used.plus(GRANULARITY));
            let from = since.max(self.at.plus(-TRACKED));
            Watch { signal: "key_last_used", scope: &key, from, until: self.at }
                .watched(&mut self.facts, place);
        }
    }

    fn finish(mut self, context: &Context) -> Result<Output, IngestError> {
        if self.accounts.is_empty() && self.facts.rejected() == 0 {
            let expected =
                "there is no row under its first line; even an account without users has a root".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        if self.accounts.is_empty() {
            self.accounts.extend(context.account.clone());
        }
        for account in std::mem::take(&mut self.accounts) {
            let span = RunSpan {
                types: &["Secret"],
                scope: &account,
                from: self.at,
                until: self.at,
                complete: true,
            };
            self.facts.run(&span);
        }
        Ok(self.facts.finish())
    }
}

/// One of a user's two access keys.
struct Slot<'a> {
    active: bool,
    created: Instant,
    used: Option<Instant>,
    service: Option<&'a str>,
    /// Whether the report says when it was used, or that it was not.
    tracked: bool,
}

impl<'a> Slot<'a> {
    /// `None` where the slot is empty.
    fn read(row: &Row<'a>, n: u8) -> Result<Option<Self>, Bad> {
        let column = |rest: &str| format!("access_key_{n}_{rest}");
        let active = row.flag(&column("active"));
        let Some(created) = row.instant(&column("last_rotated"))? else {
            return match active {
                Some(true) => Err(missing(&column("last_rotated"))),
                _ => Ok(None),
            };
        };
        let active = active.ok_or_else(|| Bad::field(column("active"), "is neither `true` nor `false`"))?;
        let date = column("last_used_date");
        let used = row.instant(&date)?;
        let tracked = used.is_some() || row.raw(&date) == "N/A";
        Ok(Some(Self { active, created, used, service: row.value(&column("last_used_service")), tracked }))
    }
}

#[cfg(test)]
mod tests;
