//! GitHub's apps as installed, deploy keys and fine-grained personal access tokens: answers of the API, and
//! payloads of the webhooks.

use assize::facts::Instant;
use serde_json::Value;

use crate::coverage::Watch;
use crate::fields::{Bad, Fields};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys, time};

mod deploy_keys;
mod installations;
mod permissions;
mod tokens;

/// The connector.
#[derive(Clone, Copy, Debug)]
pub struct Github;

const NAME: &str = "github";

impl Connector for Github {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "GitHub: installed apps, deploy keys and fine-grained tokens, and what they may do"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "gh api --paginate '/orgs/ORG/installations?per_page=100' > github.json; gh api --paginate '/orgs/ORG/personal-access-tokens?per_page=100' >> github.json; gh api --paginate '/repos/ORG/REPO/keys?per_page=100' >> github.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| {
            let has = |path: &str| head.has(&format!("{at}{path}"));
            (has("app_id") && has("permissions") && has("repository_selection"))
                || (has("token_id") && has("permissions"))
                || (has("read_only") && has("key") && has("title"))
        };
        ["", "[].", "[][].", "installations[].", "installation.", "key."].iter().any(|at| is_one(at))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut reader =
            Reader { facts: Collector::new(NAME, context), context, at: context.time(None)?, known: 0 };
        for record in json::records(input)? {
            match record.value {
                Ok(value) => reader.answer(&value, &record.place),
                Err(reason) => reader.facts.reject(record.place, Bad::record(reason)),
            }
        }
        if reader.known == 0 && reader.facts.rejected() == 0 {
            let expected = "there is no installation, deploy key or token in it".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(reader.facts.finish())
    }
}

struct Reader<'c> {
    facts: Collector,
    context: &'c Context,
    at: Instant,
    /// How many answers were ours.
    known: usize,
}

/// A repository of a list or of a webhook.
pub(super) fn repository(value: &Value) -> Result<String, Bad> {
    let name = Fields::of(value)?.need_text("full_name")?;
    Ok(format!("github.com/{}", name.to_ascii_lowercase()))
}

impl Reader<'_> {
    /// Reads an answer: one thing, a list of them, or a webhook about one.
    fn answer(&mut self, value: &Value, place: &str) {
        if let Value::Array(list) = value {
            for (index, one) in list.iter().enumerate() {
                self.answer(one, &format!("{place}[{index}]"));
            }
            return;
        }
        match Fields::of(value).and_then(|one| self.one(one, place)) {
            Ok(()) => self.known = self.known.saturating_add(1),
            Err(bad) => self.facts.reject(place, bad),
        }
    }

    fn one(&mut self, one: Fields<'_>, place: &str) -> Result<(), Bad> {
        if one.get("installations").is_some_and(Value::is_array) {
            for (index, value) in one.list("installations")?.iter().enumerate() {
                let place = format!("{place}.installations[{index}]");
                let read = Fields::of(value).and_then(|it| self.installation(it, &[], None, &place));
                if let Err(bad) = read {
                    self.facts.reject(place, bad);
                }
            }
            return Ok(());
        }
        let action = one.text("action").ok().flatten();
        if let Ok(Some(installation)) = one.object("installation")
            && installation.has("app_id")
        {
            return self.installation(installation, one.list("repositories")?, action, place);
        }
        if let Ok(Some(key)) = one.object("key") {
            return self.deploy_key(key, one.get("repository"), action, place);
        }
        match () {
            () if one.has("app_id") => self.installation(one, &[], None, place),
            () if one.has("token_id") => self.token(one, place),
            () if one.has("read_only") => self.deploy_key(one, None, None, place),
            () => Err(Bad::record("is no installation, deploy key or token")),
        }
    }

    /// The organisation that everything is in, as an account.
    fn account(&self, login: Option<&str>) -> Option<String> {
        let login = login.or(self.context.account.as_deref())?;
        let login = login.strip_prefix("github.com/").unwrap_or(login);
        Some(format!("github.com/{}", login.to_ascii_lowercase()))
    }

    /// The last use that GitHub remembers, and the coverage that it proves from then on; from `since` for
    /// what was never used.
    fn last_use(&mut self, secret: &str, used: Option<Instant>, since: Option<Instant>, place: &str) {
        if let Some(used) = used {
            let event = self
                .facts
                .report(
                    "SecretUse",
                    &keys::natural(&["last-used", secret, &used.to_string()]),
                    place,
                    self.at,
                )
                .with("secret", secret)
                .with("at", used.to_string());
            self.facts.push(event);
        }
        let from = used.map(|used| used.plus(1)).or(since);
        if let Some(from) = from {
            Watch { signal: "key_last_used", scope: secret, from, until: self.at }
                .watched(&mut self.facts, place);
        }
    }
}

/// An instant as a timestamp, or as the seconds since 1970 that webhooks of installations have.
fn instant(one: Fields<'_>, field: &str) -> Result<Option<Instant>, Bad> {
    match one.get(field).and_then(Value::as_i64) {
        Some(count) => Ok(time::seconds(count)),
        None => one.instant(field),
    }
}

#[cfg(test)]
mod tests;
