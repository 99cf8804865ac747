//! The ways in which an app may prove who it is, as its registration allows them.

use super::Reader;
use crate::fields::{Bad, Fields};
use crate::keys;

/// Lists of credentials, and the way that having one opens.
const CREDENTIALS: [(&str, &str); 3] = [
    ("passwordCredentials", "client_secret"),
    ("keyCredentials", "certificate"),
    ("federatedIdentityCredentials", "federated"),
];

/// Switches, and the way that they open. A fallback public client may be given a user's password.
const SWITCHES: [(&str, &[&str]); 2] = [
    ("password_grant", &["isFallbackPublicClient"]),
    (
        "implicit",
        &[
            "web.implicitGrantSettings.enableAccessTokenIssuance",
            "web.implicitGrantSettings.enableIdTokenIssuance",
        ],
    ),
];

impl<'a> Reader<'a> {
    /// Adds the ways in of an application that its answer tells of. Graph answers to everybody; whether policies of
    /// conditional access narrow that, it does not say here.
    pub(super) fn ways_in(&mut self, one: Fields<'a>, owner: &str, place: &str) -> Result<(), Bad> {
        for (list, method) in CREDENTIALS {
            if one.has(list) {
                self.way_in(owner, method, !one.list(list)?.is_empty(), place);
            }
        }
        for (method, switches) in SWITCHES {
            let said: Vec<bool> =
                switches.iter().filter_map(|path| one.bool(path).transpose()).collect::<Result<_, _>>()?;
            if !said.is_empty() {
                self.way_in(owner, method, said.contains(&true), place);
            }
        }
        Ok(())
    }

    fn way_in(&mut self, owner: &str, method: &str, enabled: bool, place: &str) {
        let report = self
            .facts
            .report("WayIn", &keys::natural(&[owner, method]), place, self.at)
            .with("identity", owner)
            .with("method", method)
            .with("enabled", enabled)
            .with("internet", true);
        self.facts.push(report);
    }
}
