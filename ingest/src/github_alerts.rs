//! What the connectors of GitHub's alerts share: pages of a list, payloads of webhooks, whose repository it is.

use assize::facts::Report;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Scanned, ScannedKind};
use crate::{Collector, Head, IngestError, json, keys};

/// Lengths of a page: a list that is exactly as long may have been cut.
const PAGES: [usize; 2] = [30, 100];

/// The alerts of an input.
#[derive(Debug)]
pub struct Alerts {
    /// Each record with its place.
    pub all: Vec<(String, Value)>,
    /// Whether all there are may be in it: no webhook, and no page that may have been cut.
    pub whole: bool,
}

/// One alert, as a list or a webhook has it.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// Its fields.
    pub fields: Fields<'a>,
    /// The repository, where the record has it: a list of one repository does not.
    pub repository: Option<Fields<'a>>,
}

/// Whether the first record has all of these fields, be it in a list, in pages of a list or in a webhook.
#[must_use]
pub fn looks(head: &Head<'_>, fields: &[&str]) -> bool {
    let is_one = |at: &str| fields.iter().all(|field| head.has(&format!("{at}{field}")));
    ["", "[].", "[][].", "alert.", "[].alert."].iter().any(|at| is_one(at))
}

/// The alert in a record; whether the record is a webhook's.
///
/// # Errors
/// [`Bad`] where it is no object.
pub fn alert(record: &Value) -> Result<(Alert<'_>, bool), Bad> {
    let record = Fields::of(record)?;
    let repository = record.object("repository")?;
    Ok(match record.object("alert") {
        Ok(Some(alert)) => (Alert { fields: alert, repository }, true),
        _ => (Alert { fields: record, repository }, false),
    })
}

/// Reads all alerts; one of ours has one of the fields `marks`.
///
/// # Errors
/// [`IngestError`] where it is not JSON, or none of it is ours.
pub fn read(
    tool: &'static str,
    marks: &[&str],
    input: &[u8],
    facts: &mut Collector,
) -> Result<Alerts, IngestError> {
    let mut all = Vec::new();
    for record in json::records(input)? {
        match record.value {
            // `--slurp` wraps each page in a list.
            Ok(Value::Array(page)) => {
                let place = |index| format!("{}[{index}]", record.place);
                all.extend(page.into_iter().enumerate().map(|(index, it)| (place(index), it)));
            }
            Ok(value) => all.push((record.place, value)),
            Err(reason) => facts.reject(record.place, Bad::record(reason)),
        }
    }
    let is_ours = |value: &Value| alert(value).is_ok_and(|(alert, _)| alert.fields.has_one(marks));
    if !all.is_empty() && !all.iter().any(|(_, value)| is_ours(value)) {
        let expected = format!("no record has a `{}`", marks.join("` or a `"));
        return Err(IngestError::NotThisFormat { tool, expected });
    }
    let cut = PAGES.contains(&all.len());
    if cut {
        facts.note(format!("there are exactly {} alerts, a page's length: others may be missing, so it proves no absence; use `--paginate`", all.len()));
    }
    let webhooks = all.iter().any(|(_, value)| alert(value).is_ok_and(|(_, webhook)| webhook));
    if webhooks {
        facts.note("webhooks tell of one alert each: they prove no absence");
    }
    Ok(Alerts { all, whole: !cut && !webhooks })
}

impl<'a> Alert<'a> {
    /// The repository's address.
    ///
    /// # Errors
    /// [`Bad`] where a field is of another kind.
    pub fn remote(&self) -> Result<Option<&'a str>, Bad> {
        match self.repository {
            Some(repository) => repository.text("html_url"),
            // Lists of one repository do not name it but in the alert's own address.
            None => Ok(self.fields.text("html_url")?.and_then(|url| Some(url.split_once("/security/")?.0))),
        }
    }

    /// What it is about: the repository that the record names, else the one that the caller does.
    ///
    /// # Errors
    /// [`Bad`] where neither names one.
    pub fn scanned(&self, said: Option<&str>) -> Result<Scanned, Bad> {
        let told = self.remote()?.and_then(keys::repo);
        let repo = told.or_else(|| said.map(ToOwned::to_owned));
        let repo = repo.ok_or_else(|| Bad::field("repository", "is not named; give `--repo`"))?;
        Ok(Scanned { artifact: repo.clone(), kind: ScannedKind::Source(Some(repo)) })
    }

    /// Adds when an alert was opened, and when GitHub has looked at it last.
    ///
    /// # Errors
    /// [`Bad`] where a field is of another kind.
    pub fn seen(&self, finding: Report) -> Result<Report, Bad> {
        let at = |name: &str| -> Result<Option<String>, Bad> {
            Ok(self.fields.instant(name)?.map(|at| at.to_string()))
        };
        let ended = at("fixed_at")?.or(at("dismissed_at")?);
        Ok(finding
            .with_known("first_seen", at("created_at")?)
            .with_known("last_seen", ended.or(at("updated_at")?)))
    }
}
