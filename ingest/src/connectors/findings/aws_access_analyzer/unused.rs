//! Access that nobody uses.

use assize::facts::Report;

use super::Reader;
use crate::coverage::Watch;
use crate::fields::{Bad, Fields};
use crate::keys;
use crate::secret::is_access_key_id;

impl Reader {
    /// Adds what the details say: the access key and its last use, the services and actions of a permission.
    pub(super) fn unused(
        &mut self,
        mut finding: Report,
        details: &[Fields<'_>],
        one: Fields<'_>,
        record: &str,
    ) -> Result<Report, Bad> {
        let mut services = Vec::new();
        for detail in details {
            if let Some(key) = detail.object("unusedIamUserAccessKeyDetails")?
                && let Some(id) = key.text("accessKeyId")?.filter(|id| is_access_key_id(id))
            {
                finding = finding.with("secret", id);
                self.last_use(id, key, one, record)?;
            }
            if let Some(permission) = detail.object("unusedPermissionDetails")? {
                services.push(permissions(permission)?);
            }
        }
        services.sort();
        Ok(if services.is_empty() { finding } else { finding.with("title", services.join("; ")) })
    }

    /// The key's last use, and that there was none since then. Of a key that was never used the beginning is
    /// not told.
    fn last_use(&mut self, id: &str, key: Fields<'_>, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let (Some(used), Some(until)) = (key.instant("lastAccessed")?, one.instant("analyzedAt")?) else {
            return Ok(());
        };
        let natural = keys::natural(&["last-used", id, &used.to_string()]);
        let report = self
            .facts
            .report("SecretUse", &natural, record, self.at)
            .with("secret", id)
            .with("at", used.to_string());
        self.push(report);
        Watch { signal: "key_last_used", scope: id, from: used, until }.watched(&mut self.facts, record);
        Ok(())
    }
}

/// What of a service is not used: `s3: DeleteBucket, PutBucketPolicy`, or the whole service.
fn permissions(of: Fields<'_>) -> Result<String, Bad> {
    let service = of.need_text("serviceNamespace")?;
    let mut actions = Vec::new();
    for action in of.list("actions")? {
        actions.push(Fields::of(action)?.need_text("action")?);
    }
    actions.sort_unstable();
    Ok(if actions.is_empty() { service.to_owned() } else { format!("{service}: {}", actions.join(", ")) })
}
