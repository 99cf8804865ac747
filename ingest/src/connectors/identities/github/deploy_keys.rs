//! Deploy keys: SSH keys that open one repository.

use serde_json::Value;

use super::{Reader, repository};
use crate::fields::{Bad, Fields, missing};
use crate::{keys, public_id};

impl Reader<'_> {
    /// Adds a key, which is an identity of its own, and what it opens. The fingerprint of its public half is
    /// the secret's key, so that a private key that is found somewhere is known.
    pub(super) fn deploy_key(
        &mut self,
        one: Fields<'_>,
        repo: Option<&Value>,
        action: Option<&str>,
        place: &str,
    ) -> Result<(), Bad> {
        let id = one.int("id")?.ok_or_else(|| missing("id"))?;
        let repo = match repo {
            Some(repo) => repository(repo)?,
            None => {
                of_address(one.need_text("url")?).ok_or_else(|| Bad::field("url", "names no repository"))?
            }
        };
        let identity = format!("github:deploy-key/{id}");
        let secret = public_id::ssh_public_key(one.need_text("key")?);
        let secret = secret.ok_or_else(|| Bad::field("key", "is no public SSH key"))?;
        let account = self.account(repo.split('/').nth(1));
        let write = !one.bool("read_only")?.ok_or_else(|| missing("read_only"))?;
        let gone = action == Some("deleted");
        let usable = !gone && one.bool("enabled")?.unwrap_or(true);
        let created = one.instant("created_at")?;
        let ended = if gone { Value::from(self.at.to_string()) } else { Value::Null };
        let report = self
            .facts
            .report("Identity", &identity, place, self.at)
            .with("name", one.text("title")?.unwrap_or("deploy key"))
            .with("kind", "service_account")
            .with_known("account", account.as_deref())
            .with("nonhuman", true)
            .with(
                "status",
                if gone {
                    "deleted"
                } else if usable {
                    "enabled"
                } else {
                    "disabled"
                },
            )
            .with_known("created_at", created.map(|at| at.to_string()))
            .with("ended_at", ended.clone());
        self.facts.push(report);
        let report = self
            .facts
            .report("Secret", &secret, place, self.at)
            .with("kind", "deploy_key")
            .with("static", true)
            .with(
                "status",
                if gone {
                    "revoked"
                } else if usable {
                    "active"
                } else {
                    "inactive"
                },
            )
            .with("identity", identity.as_str())
            .with_known("account", account.as_deref())
            .with_known("created_at", created.map(|at| at.to_string()))
            .with("rotated_at", Value::Null)
            .with("expires_at", Value::Null)
            .with("ended_at", ended);
        self.facts.push(report);
        self.facts.same_as("Secret", &identity, &secret, place, self.at);
        if one.map().contains_key("last_used") {
            self.last_use(&secret, one.instant("last_used")?, created, place);
        }
        let access = if write { "write" } else { "read" };
        self.grant(&identity, "contents", access, &[repo], "deploy key", place)
    }
}

/// The repository in `https://api.github.com/repos/ORG/NAME/keys/1`.
fn of_address(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/repos/")?;
    let (name, _) = rest.split_once("/keys")?;
    keys::repo(&format!("github.com/{name}"))
}
