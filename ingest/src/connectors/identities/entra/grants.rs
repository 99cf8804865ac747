//! What apps may do: app permissions, permissions on behalf of users, directory roles.

use assize::facts::Report;
use serde_json::Value;

use super::Reader;
use super::roles::{self, Reach};
use crate::fields::{Bad, Fields};
use crate::keys;

impl<'a> Reader<'a> {
    /// An app permission.
    pub(super) fn app_role(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        let (principal, resource) = (one.need_text("principalId")?, one.need_text("resourceId")?);
        let role = one.need_text("appRoleId")?;
        let named = self.resources.get(&(resource, role)).copied();
        let (action, reach) = roles::permission(role, named);
        let resource =
            one.text("resourceDisplayName")?.map_or_else(|| keys::entra(resource), ToOwned::to_owned);
        let report = self.grant(principal, &action, &resource, reach, "app role", one, place)?;
        self.facts.push(report.with("by_user", false));
        Ok(())
    }

    /// A directory role, for the whole tenant or a part of it.
    pub(super) fn directory_role(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        let (principal, role) = (one.need_text("principalId")?, one.need_text("roleDefinitionId")?);
        let (action, reach) = roles::directory(role);
        let scope = one.text("directoryScopeId")?.unwrap_or("/");
        let report = self.grant(principal, &action, scope, reach, "directory role", one, place)?;
        self.facts.push(report.with("by_user", false));
        Ok(())
    }

    /// A permission that users, or an administrator for all users, have given an app.
    pub(super) fn consent(&mut self, one: Fields<'a>, place: &str) -> Result<(), Bad> {
        let client = one.need_text("clientId")?;
        let resource = keys::entra(one.need_text("resourceId")?);
        let (via, by_user) = match one.need_text("consentType")? {
            "AllPrincipals" => ("consent for all users", false),
            "Principal" => ("consent of one user", true),
            _ => return Err(Bad::field("consentType", "is neither AllPrincipals nor Principal")),
        };
        for scope in one.text("scope")?.unwrap_or("").split_ascii_whitespace() {
            // Never more than the user may do for whom it acts: how far that is nobody says.
            let (action, _) = roles::permission("", Some(scope));
            let report = self.grant(client, &action, &resource, None, via, one, place)?;
            self.facts.push(report.with("by_user", by_user));
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what a grant consists of")]
    fn grant(
        &self,
        principal: &str,
        action: &str,
        resource: &str,
        reach: Option<Reach>,
        via: &str,
        one: Fields<'a>,
        place: &str,
    ) -> Result<Report, Bad> {
        let subject = keys::entra(principal);
        Ok(self
            .facts
            .report("Grant", &keys::natural(&[&subject, via, action, resource]), place, self.at)
            .with("subject", subject)
            .with("action", action)
            .with("resource", resource)
            .with("effect", "allow")
            .with_known("level", reach.map(|(level, _)| level))
            .with_known("dangerous", reach.map(|(_, dangerous)| dangerous))
            .with("via", via)
            .with("condition", Value::Null)
            .with_known("created_at", one.instant("createdDateTime")?.map(|at| at.to_string())))
    }
}
