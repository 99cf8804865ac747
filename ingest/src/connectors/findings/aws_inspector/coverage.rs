//! What Inspector watches: a clean image stands in no finding, and here.

use super::Reader;
use crate::aws::resource;
use crate::coverage::Watch;
use crate::fields::{Bad, Fields};
use crate::keys;

impl Reader {
    /// Reads a covered resource. Of images alone the findings are told by their own artifact.
    pub(super) fn covered(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let id = one.need_text("resourceId")?;
        let active = match one.need_text("scanStatus.statusCode")? {
            "ACTIVE" => true,
            "INACTIVE" => false,
            _ => {
                return Err(Bad::field(
                    "scanStatus.statusCode",
                    "is no state that Inspector is known to write",
                ));
            }
        };
        if one.need_text("scanType")? != "PACKAGE" {
            return Ok(());
        }
        let Some(digest) = resource::image(id).as_deref().and_then(keys::digest) else { return Ok(()) };
        let scope = format!("{digest}/vuln");
        let from = one.instant("lastScannedAt")?.unwrap_or(self.at);
        let watch = Watch { signal: "class_scan", scope: &scope, from, until: self.at };
        if active {
            watch.watched(&mut self.facts, record)
        } else {
            watch.lost(&mut self.facts, record)
        }
        Ok(())
    }
}
