//! What tests share: a small estate, its lines, and a credential that must never come out.

use assize::Engine;

/// When the estate's lines are observed.
pub const START: &str = "2026-06-01T00:00:00Z";

/// Idle keys are revoked, or alerted on while they are young.
pub const POLICIES: &str = r#"
package shop
entity Person { key id: string  team: string? } closed
entity Key { key id: string  idle: duration  owner: Person?  material: sensitive<string>? } fresh for 30d closed
request Use { key id: string  of: Key }
policy idle {
  for k: Key
  decide {
    k.idle > 180d => revoke k within 24h, alert high because "idle for {k.idle}"
    k.idle > 90d  => alert medium because "idle for {k.idle}"
    unknown       => alert low because "cannot tell: {missing}"
  }
}
policy used_idle {
  for u: Use
  decide {
    u.of.idle > 90d => block u because "the key was idle"
    unknown         => block u because "cannot tell: {missing}"
  }
}
"#;

/// The estate's engine.
pub fn engine() -> Engine {
    Engine::builder().source("shop.assize", POLICIES).build().unwrap()
}

/// A line: this key is idle for so many days.
pub fn key(id: &str, days: u32) -> String {
    key_at(id, days, START)
}

/// The same, observed at another instant.
pub fn key_at(id: &str, days: u32, at: &str) -> String {
    format!(
        r#"{{"Key": {{"id": "{id}", "idle": "{days}d", "owner": "ann"}}, "source": {{"tool": "vault"}}, "observed_at": "{at}"}}"#
    )
}

/// A credential that is none: put together here, so that no scanner takes it for one.
pub fn canary() -> String {
    ["ghp_", "CANARY0000", "abcdefghij", "KLMNOPQRST", "uvwx12"].concat()
}
