//! Cloudsplaining's results: policies of an account that allow too much, and who has them.

mod policy;

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;

use crate::fields::{Bad, Fields};
use crate::findings::class_run;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

const NAME: &str = "cloudsplaining";

/// Reads the results file that `cloudsplaining scan` writes.
#[derive(Clone, Copy, Debug)]
pub struct Cloudsplaining;

impl Connector for Cloudsplaining {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Cloudsplaining: policies of AWS IAM that allow too much, and who has them"
    }

    fn command(&self) -> &'static str {
        "aws iam get-account-authorization-details --output json > ACCOUNT.json
cloudsplaining scan --input-file ACCOUNT.json --output . --skip-open-report"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_any(&["groups", "users"])
            && head.text().contains("\"is_excluded\"")
            && head.text().contains("\"inline_policies\"")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let report = Fields::of(&document).map_err(|_| IngestError::not_of(NAME, "it is no object"))?;
        if !report.has("inline_policies") || !report.has("customer_managed_policies") {
            return Err(IngestError::not_of(
                NAME,
                "it has no `inline_policies` and `customer_managed_policies`",
            ));
        }
        let at = context.time(None)?;
        let facts = Collector::new(NAME, context);
        let mut reader = Reader {
            facts,
            at,
            account: context.account.clone(),
            principals: BTreeMap::new(),
            accounts: BTreeSet::new(),
            unattached: 0,
        };
        for part in ["users", "roles", "groups"] {
            reader.each(report, part, |reader, one, _, _| reader.principal(one, part));
        }
        for part in ["customer_managed_policies", "inline_policies", "aws_managed_policies"] {
            reader.each(report, part, Reader::policy);
        }
        if reader.unattached > 0 {
            let note = format!("policies with findings that nobody has, left out: {}", reader.unattached);
            reader.facts.note(note);
        }
        // What is too wide is looked for everywhere; what others call too wide, or unused, is not.
        for account in std::mem::take(&mut reader.accounts) {
            class_run(&mut reader.facts, &account, "iam", (at, at), false);
        }
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader {
    facts: Collector,
    at: Instant,
    /// The account that the caller names.
    account: Option<String>,
    /// The principals' ARNs by part and name, and whether they were set aside.
    principals: BTreeMap<(&'static str, String), (String, bool)>,
    accounts: BTreeSet<String>,
    unattached: usize,
}

impl Reader {
    /// Reads each member of an object of records.
    fn each(
        &mut self,
        report: Fields<'_>,
        part: &str,
        mut read: impl FnMut(&mut Self, Fields<'_>, &str, &str) -> Result<(), Bad>,
    ) {
        match report.object(part) {
            Ok(Some(all)) => {
                for (id, one) in all.map() {
                    let place = format!("{part}.{id}");
                    if let Err(bad) = Fields::of(one).and_then(|one| read(self, one, id, &place)) {
                        self.facts.reject(place, bad);
                    }
                }
            }
            Ok(None) => {}
            Err(bad) => self.facts.reject(part, bad),
        }
    }

    fn principal(&mut self, one: Fields<'_>, part: &'static str) -> Result<(), Bad> {
        let (arn, name) = (one.need_text("arn")?, one.need_text("name")?);
        let aside = one.bool("is_excluded")?.unwrap_or(false);
        self.principals.insert((part, name.to_owned()), (arn.to_owned(), aside));
        if let Some(account) = keys::arn_account(arn) {
            self.accounts.insert(account.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
