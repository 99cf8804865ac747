//! Fine-grained personal access tokens.

use serde_json::Value;

use super::Reader;
use crate::fields::{Bad, Fields};
use crate::keys;

impl Reader<'_> {
    /// Adds a token, its owner, what it may do in the organisation, and its last use.
    pub(super) fn token(&mut self, one: Fields<'_>, place: &str) -> Result<(), Bad> {
        let id = one.int("token_id")?.ok_or_else(|| Bad::field("token_id", "is missing"))?;
        let key = keys::github_token(id);
        let login = one.need_text("owner.login")?;
        let owner = keys::github_user(login);
        let account = self.account(None);
        let report = self
            .facts
            .report("Identity", &owner, place, self.at)
            .with("name", login)
            .with("kind", "user")
            .with_known("account", account.as_deref());
        self.facts.push(report);
        // For the organisation a token lives from when it was let in; of one that was never used GitHub knows it
        // since then.
        let since = one.instant("access_granted_at")?;
        let expired = one.bool("token_expired")?.unwrap_or(false);
        let expires = one.instant("token_expires_at")?;
        let report = self
            .facts
            .report("Secret", &key, place, self.at)
            .with("kind", "pat")
            .with("static", true)
            .with("status", if expired { "expired" } else { "active" })
            .with("identity", owner.as_str())
            .with_known("account", account.as_deref())
            .with_known("created_at", since.map(|at| at.to_string()))
            .with("rotated_at", Value::Null)
            .with("expires_at", expires.map_or(Value::Null, |at| at.to_string().into()))
            .with("ended_at", expires.filter(|_| expired).map_or(Value::Null, |at| at.to_string().into()));
        self.facts.push(report);
        self.last_use(&key, one.instant("token_last_used_at")?, since, place);
        let organisation = account.unwrap_or_else(|| "github.com".to_owned());
        let resource = match one.text("repository_selection")? {
            Some("all") => format!("{organisation}/*"),
            Some("subset" | "selected") => format!("{organisation}/(selected)"),
            Some("none") => organisation.clone(),
            _ => return Err(Bad::field("repository_selection", "is none of none, all, selected and subset")),
        };
        let via = format!("token {}", one.text("token_name")?.unwrap_or(&id.to_string()));
        for (part, resource) in
            [("repository", &resource), ("organization", &organisation), ("other", &organisation)]
        {
            let Some(granted) = one.object(&format!("permissions.{part}"))? else { continue };
            for (permission, access) in granted.map() {
                let access =
                    access.as_str().ok_or_else(|| Bad::field("permissions", "is no object of texts"))?;
                self.grant(&owner, permission, access, std::slice::from_ref(resource), &via, place)?;
            }
        }
        Ok(())
    }
}
