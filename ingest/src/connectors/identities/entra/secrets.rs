//! Client secrets, certificates, and who from outside may act as an app.

use serde_json::Value;

use super::Reader;
use crate::fields::{Bad, Fields};
use crate::keys;

impl<'a> Reader<'a> {
    /// Adds the secrets and certificates of an object. `hint` is the beginning of the value and is not read.
    pub(super) fn secrets(&mut self, one: Fields<'a>, owner: &str, place: &str) -> Result<(), Bad> {
        for (list, kind) in [("passwordCredentials", "client_secret"), ("keyCredentials", "certificate")] {
            for (index, value) in one.list(list)?.iter().enumerate() {
                let place = format!("{place}.{list}[{index}]");
                if let Err(bad) = self.secret(value, kind, owner, &place) {
                    self.facts.reject(place, bad);
                }
            }
        }
        Ok(())
    }

    fn secret(&mut self, value: &Value, kind: &str, owner: &str, place: &str) -> Result<(), Bad> {
        let secret = Fields::of(value)?;
        let key = keys::entra_key(secret.need_text("keyId")?);
        let ends = secret.instant("endDateTime")?;
        let report = self
            .facts
            .report("Secret", &key, place, self.at)
            .with("kind", kind)
            .with("static", true)
            .with("status", if ends.is_some_and(|end| end <= self.at) { "expired" } else { "active" })
            .with("identity", owner)
            .with("account", self.tenant.as_str())
            .with_known("created_at", secret.instant("startDateTime")?.map(|at| at.to_string()))
            .with("rotated_at", Value::Null)
            .with("expires_at", ends.map_or(Value::Null, |end| end.to_string().into()))
            .with("ended_at", Value::Null);
        self.facts.push(report);
        Ok(())
    }

    /// Adds who from outside may act as an app: `oidc:ISSUER#SUBJECT`.
    pub(super) fn federation(&mut self, one: Fields<'a>, target: &str, place: &str) -> Result<(), Bad> {
        for (index, value) in one.list("federatedIdentityCredentials")?.iter().enumerate() {
            let place = format!("{place}.federatedIdentityCredentials[{index}]");
            if let Err(bad) = self.federated(value, target, &place) {
                self.facts.reject(place, bad);
            }
        }
        Ok(())
    }

    fn federated(&mut self, value: &Value, target: &str, place: &str) -> Result<(), Bad> {
        let one = Fields::of(value)?;
        let source = keys::oidc(one.need_text("issuer")?, one.need_text("subject")?);
        let report = self
            .facts
            .report("Trust", &keys::natural(&[target, &source]), place, self.at)
            .with("source", source)
            .with("target", target)
            .with("condition", Value::Null);
        self.facts.push(report);
        Ok(())
    }
}
