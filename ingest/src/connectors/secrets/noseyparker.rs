//! Nosey Parker's report: findings, each a secret with the places where it stands.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::sightings::{Seen, Sightings};
use crate::{
    Collector, Connector, Context, Head, IngestError, Output, Plaintext, base64, json, secret, time,
};

/// Reads what `noseyparker report --format jsonl` writes, and its JSON.
#[derive(Clone, Copy, Debug)]
pub struct NoseyParker;

const NAME: &str = "noseyparker";

impl Connector for NoseyParker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Nosey Parker: secrets in folders and in git history"
    }

    fn command(&self) -> &'static str {
        "noseyparker report --datastore DATASTORE --max-matches -1 --max-provenance -1 --format jsonl > noseyparker.jsonl"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| head.has_all(&[&format!("{at}rule_name"), &format!("{at}num_matches")]);
        is_one("") || is_one("[].")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let records: Vec<json::Record> = json::records(input)?.collect();
        let ours = |it: &json::Record| {
            let finding = it.value.as_ref().ok().and_then(|value| Fields::of(value).ok());
            finding.is_some_and(|it| it.has("rule_name") && it.has("matches"))
        };
        if !records.is_empty() && !records.iter().any(ours) {
            let expected = "no record has a `rule_name` and `matches`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let mut sightings = Sightings::new(context, context.time(None)?)?;
        let mut whole = true;
        for record in &records {
            let finding = record.value.as_ref().map_err(|reason| Bad::record(reason.as_str()));
            match finding.and_then(|it| read(it, &record.place, &mut sightings, &mut facts)) {
                Ok(all) => whole &= all,
                Err(bad) => facts.reject(&record.place, bad),
            }
        }
        if !whole {
            facts.note("the report leaves matches out, which is its default: give `--max-matches -1`; it proves no absence");
        }
        sightings.report_runs(&mut facts, whole);
        Ok(facts.finish())
    }
}

/// Reads one finding with all its places; whether they are all there.
fn read(
    finding: &Value,
    place: &str,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<bool, Bad> {
    let finding = Fields::of(finding)?;
    let rule = finding.need_text("rule_name")?;
    let own = value_of(finding)?;
    let matches = finding.list("matches")?;
    for (index, one) in matches.iter().enumerate() {
        let place = format!("{place}.matches[{index}]");
        if let Err(bad) = matched(one, &place, rule, own.as_deref(), sightings, facts) {
            facts.reject(place, bad);
        }
    }
    let count = finding.int("num_matches")?.and_then(|count| usize::try_from(count).ok());
    Ok(count.is_none_or(|count| count <= matches.len()))
}

/// Reads one match: the same bytes may be known from several files and commits.
fn matched(
    one: &Value,
    place: &str,
    rule: &str,
    own: Option<&str>,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let one = Fields::of(one)?;
    let mine = value_of(one)?;
    let value = own.or(mine.as_deref()).and_then(Plaintext::new);
    let resolution = match one.text("status")? {
        None | Some("accept") => None,
        Some("reject") => Some("false_positive"),
        Some(_) => return Err(Bad::field("status", "is neither accept nor reject")),
    };
    let seen = Seen {
        value,
        detector: rule,
        line: one.int("location.source_span.start.line")?,
        resolution: Some(resolution),
        ..Seen::default()
    };
    let mut origins = Vec::new();
    for origin in one.list("provenance")? {
        origins.push(Fields::of(origin)?);
    }
    // Of bytes that are in a commit the file in the work tree says nothing more.
    let committed =
        origins.iter().any(|origin| origin.object("commit_provenance").is_ok_and(|it| it.is_some()));
    origins.retain(|it| !committed || it.has_one(&["commit_provenance", "first_commit"]));
    if origins.is_empty() {
        return Err(Bad::field("provenance", "is empty"));
    }
    for origin in origins {
        // `first_commit` in newer versions.
        let commit = origin.object("commit_provenance")?.or(origin.object("first_commit")?);
        let said = |name: &str| commit.map_or(Ok(None), |it| it.text(name));
        let written = said("commit_metadata.committer_timestamp")?;
        let introduced_at = match written {
            Some(text) => {
                let at = time::git(text);
                Some(at.ok_or_else(|| Bad::field("committer_timestamp", "is not a timestamp"))?)
            }
            None => None,
        };
        let seen = Seen {
            path: said("blob_path")?.or(origin.text("path")?),
            remote: origin.text("repo_path")?,
            commit: said("commit_metadata.commit_id")?,
            introduced_at: introduced_at.filter(|at| *at <= sightings.at()),
            ..seen
        };
        if let Some(secret) = sightings.report(facts, place, &seen) {
            facts.push(secret);
        }
    }
    Ok(())
}

/// The secret's value: `match_content` in versions up to 0.16, `groups` in base64 from then on. Of several
/// groups an access key's id is the key; else they are the secret together.
fn value_of(fields: Fields<'_>) -> Result<Option<String>, Bad> {
    if let Some(text) = fields.text("match_content")? {
        return Ok(Some(text.to_owned()));
    }
    let mut groups = Vec::new();
    for group in fields.list("groups")? {
        let text =
            group.as_str().and_then(base64::decode).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        groups.push(text.ok_or_else(|| Bad::field("groups", "is no list of base64"))?);
    }
    let id = groups.iter().position(|group| secret::is_access_key_id(group));
    Ok(match (id, groups.len()) {
        (_, 0) => None,
        (Some(at), _) => groups.into_iter().nth(at),
        _ => Some(groups.join("\n")),
    })
}

#[cfg(test)]
mod tests;
