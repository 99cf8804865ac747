//! Apps as an organisation has installed them.

use serde_json::Value;

use super::{Reader, instant, permissions, repository};
use crate::fields::{Bad, Fields};
use crate::keys;

impl Reader<'_> {
    /// Adds an installation, its app, and its permissions on all repositories or on those that are named.
    pub(super) fn installation(
        &mut self,
        one: Fields<'_>,
        repositories: &[Value],
        action: Option<&str>,
        place: &str,
    ) -> Result<(), Bad> {
        let id = one.int("id")?.ok_or_else(|| Bad::field("id", "is missing"))?;
        let app = one.int("app_id")?.ok_or_else(|| Bad::field("app_id", "is missing"))?;
        let key = format!("github:installation/{id}");
        let account = self.account(one.text("account.login")?);
        let status = match action {
            Some("deleted") => "deleted",
            _ if one.has("suspended_at") => "disabled",
            _ => "enabled",
        };
        let name = one.text("app_slug")?.map_or_else(|| format!("app {app}"), ToOwned::to_owned);
        let ended = Some(self.at).filter(|_| status == "deleted");
        let report = self
            .facts
            .report("Identity", &key, place, self.at)
            .with("name", name.as_str())
            .with("kind", "installation")
            .with_known("account", account.as_deref())
            .with("nonhuman", true)
            .with("status", status)
            .with_known("created_at", instant(one, "created_at")?.map(|at| at.to_string()))
            .with("ended_at", ended.map_or(Value::Null, |at| at.to_string().into()));
        self.facts.push(report);
        self.app(app, &name, &key, place);
        let owner = account.unwrap_or_else(|| "github.com".to_owned());
        let resources = match one.text("repository_selection")? {
            Some("all") => vec![format!("{owner}/*")],
            Some("selected") if repositories.is_empty() => vec![format!("{owner}/(selected)")],
            Some("selected") => repositories.iter().map(repository).collect::<Result<_, _>>()?,
            _ => return Err(Bad::field("repository_selection", "is neither all nor selected")),
        };
        let Some(granted) = one.object("permissions")? else { return Ok(()) };
        for (permission, access) in granted.map() {
            let access = access.as_str().ok_or_else(|| Bad::field("permissions", "is no object of texts"))?;
            self.grant(&key, permission, access, &resources, &name, place)?;
        }
        Ok(())
    }

    /// Whoever holds the app's key acts as each of its installations.
    fn app(&mut self, app: i64, name: &str, installation: &str, place: &str) {
        let key = format!("github:app/{app}");
        let report = self
            .facts
            .report("Identity", &key, place, self.at)
            .with("name", name)
            .with("kind", "app")
            .with("nonhuman", true);
        self.facts.push(report);
        let report = self
            .facts
            .report("Trust", &keys::natural(&[&key, installation]), place, self.at)
            .with("source", key)
            .with("target", installation)
            .with("condition", Value::Null);
        self.facts.push(report);
    }

    /// Adds one permission on some resources.
    pub(super) fn grant(
        &mut self,
        subject: &str,
        permission: &str,
        access: &str,
        resources: &[String],
        via: &str,
        place: &str,
    ) -> Result<(), Bad> {
        let (level, dangerous) = permissions::reach(permission, access)?;
        let action = format!("{permission}:{access}");
        for resource in resources {
            let report = self
                .facts
                .report("Grant", &keys::natural(&[subject, via, &action, resource]), place, self.at)
                .with("subject", subject)
                .with("action", action.as_str())
                .with("resource", resource.as_str())
                .with("effect", "allow")
                .with("level", level)
                .with("dangerous", dangerous)
                .with("via", via)
                .with("condition", Value::Null);
            self.facts.push(report);
        }
        Ok(())
    }
}
