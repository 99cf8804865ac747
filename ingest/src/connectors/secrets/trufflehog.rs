//! TruffleHog's JSON lines, of version 3.

use assize::facts::Instant;
use serde_json::{Map, Value};

use crate::fields::{Bad, Fields};
use crate::records::Around;
use crate::sightings::{Seen, Sightings};
use crate::stream::{self, Reading, Streaming};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext, base64, json, keys};

/// Reads what `trufflehog … --json` writes.
#[derive(Clone, Copy, Debug)]
pub struct TruffleHog;

/// What only canaries have in their owners' names.
const CANARIES: [&str; 2] = ["canarytokens", "thinkst"];

impl Connector for TruffleHog {
    fn name(&self) -> &'static str {
        "trufflehog"
    }

    fn title(&self) -> &'static str {
        "TruffleHog: secrets in repositories and elsewhere, and whether they work"
    }

    fn command(&self) -> &'static str {
        "trufflehog git URL --json --no-update > trufflehog.jsonl"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| {
            head.has_all(&[&format!("{at}SourceMetadata"), &format!("{at}DetectorName")])
                || head.has(&format!("{at}DetectorType"))
        };
        // Its log, which opens the file where both streams were redirected.
        let log = head.scalar("logger") == Some("trufflehog") && head.has_all(&["level", "msg"]);
        is_one("") || is_one("[].") || log
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for TruffleHog {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        let facts = Collector::new("trufflehog", context);
        Ok(Box::new(Scan { context: context.clone(), facts, log: Log::default(), found: Vec::new() }))
    }
}

/// What has been gathered. When the scan ran stands in the log's last line, so what was found waits for it: it
/// is little beside the log and what was scanned.
struct Scan {
    context: Context,
    facts: Collector,
    log: Log,
    found: Vec<(String, Value)>,
}

impl Reading for Scan {
    fn record(&mut self, record: json::Record) {
        let value = match record.value {
            Ok(value) => value,
            Err(reason) => return self.facts.reject(record.place, Bad::record(reason)),
        };
        match Fields::of(&value) {
            Ok(line) if line.has("msg") && line.has("level") => self.log.read(line),
            Ok(line) if line.has("DetectorName") || line.has("DetectorType") => {
                self.found.push((record.place, value));
            }
            Ok(_) => self.facts.reject(record.place, Bad::field("DetectorName", "is missing")),
            Err(bad) => self.facts.reject(record.place, bad),
        }
    }

    fn finish(self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        // Nothing found is an empty file; the log alone says that nothing was found.
        let Self { context, mut facts, log, found } = *self;
        if found.is_empty() && !log.seen {
            let expected = "no record has a `DetectorName`; was it written with `--json`?".to_owned();
            return Err(IngestError::NotThisFormat { tool: "trufflehog", expected });
        }
        let at = context.time(log.finished.or(log.last))?;
        let mut sightings = Sightings::new(&context, at)?;
        for (place, value) in found {
            let done = Fields::of(&value).and_then(|line| read(line, &place, &mut sightings, &mut facts));
            if let Err(bad) = done {
                facts.reject(place, bad);
            }
        }
        // The records have no end mark. With the log there is one.
        let whole = !log.seen || log.finished.is_some();
        if !whole {
            facts.note("the log in the file does not say that the scan finished: it proves no absence");
        }
        sightings.report_runs(&mut facts, whole);
        Ok(facts.finish())
    }
}

/// What the log says, where it is in the file.
#[derive(Default)]
struct Log {
    seen: bool,
    finished: Option<Instant>,
    last: Option<Instant>,
}

impl Log {
    fn read(&mut self, line: Fields<'_>) {
        self.seen = true;
        let at = line.instant("ts").ok().flatten();
        self.last = self.last.max(at);
        if line.text("msg").is_ok_and(|text| text == Some("finished scanning")) {
            self.finished = at;
        }
    }
}

/// Reads one record.
fn read(
    line: Fields<'_>,
    place: &str,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let number = line.int("DetectorType").ok().flatten().map(|number| number.to_string());
    let detector = match line.text("DetectorName")? {
        Some(name) => name,
        None => number.as_deref().ok_or_else(|| Bad::field("DetectorName", "is missing"))?,
    };
    let found_in = metadata(line)?;
    let text = |name: &str| found_in.map_or(Ok(None), |found_in| found_in.text(name));
    let commit = text("commit")?;
    let written = match found_in {
        Some(found_in) => found_in.instant("timestamp")?,
        None => None,
    };
    let raw = raw(line)?;
    let seen = Seen {
        value: raw.as_deref().and_then(Plaintext::new),
        detector,
        remote: text("repository")?,
        path: text("file")?,
        line: found_in.map_or(Ok(None), |found_in| found_in.int("line"))?,
        commit,
        introduced_at: written.filter(|at| *at <= sightings.at()),
        ..Seen::default()
    };
    let at = sightings.at();
    let Some(secret) = sightings.report(facts, place, &seen) else { return Ok(()) };
    let works = line.bool("Verified")?.unwrap_or(false);
    let owner = owner(line)?;
    let is_access_key = seen.value.is_some_and(|value| value.provider_id().is_some());
    let identity = owner.arn.filter(|_| is_access_key);
    // The trial asked the provider itself, so its account replaces what the key's id says.
    let account = owner.account.or(identity.and_then(keys::arn_account)).filter(|_| is_access_key);
    let mut secret = secret.with_known("identity", identity).with_known("account", account);
    if works {
        secret = secret.with("validity", "active").with("validity_checked_at", at.to_string());
    }
    if owner.canary {
        secret = secret.with("canary", true);
    }
    facts.push(secret);
    Ok(())
}

/// Where it was found: the one object inside `SourceMetadata.Data`, whatever the source is called.
fn metadata(line: Fields<'_>) -> Result<Option<Fields<'_>>, Bad> {
    let Some(data) = line.object("SourceMetadata.Data")? else { return Ok(None) };
    Ok(data.map().values().find_map(Value::as_object).map(Fields::of_map))
}

/// The value. Versions before `DecoderName` and `RawV2` wrote it in base64, later ones as it is; some
/// tokens look like base64 themselves, so the version decides and not the look.
fn raw(line: Fields<'_>) -> Result<Option<String>, Bad> {
    let Some(text) = line.text("Raw")? else { return Ok(None) };
    let names: &Map<String, Value> = line.map();
    if names.contains_key("DecoderName") || names.contains_key("RawV2") {
        return Ok(Some(text.to_owned()));
    }
    let decoded = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(Some(decoded.unwrap_or_else(|| text.to_owned())))
}

/// Whom the provider says that the secret belongs to.
struct Owner<'a> {
    arn: Option<&'a str>,
    account: Option<&'a str>,
    canary: bool,
}

fn owner(line: Fields<'_>) -> Result<Owner<'_>, Bad> {
    let Some(extra) = line.object("ExtraData")? else {
        return Ok(Owner { arn: None, account: None, canary: false });
    };
    let arn = extra.text("arn")?;
    let said = extra.get("is_canary").is_some_and(|it| it == true || it == "true");
    let named = arn.is_some_and(|arn| {
        let arn = arn.to_ascii_lowercase();
        CANARIES.iter().any(|canary| arn.contains(canary))
    });
    let account =
        extra.text("account")?.filter(|it| it.len() == 12 && it.bytes().all(|b| b.is_ascii_digit()));
    // A session's ARN names the role that it is of without its path, so it is not the role's key.
    Ok(Owner { arn: arn.filter(|arn| arn.contains(":iam::")), account, canary: said || named })
}

#[cfg(test)]
mod tests;
