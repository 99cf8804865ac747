//! `[limits]`: what is too much, too slow, or too many.

use std::time::Duration;

use serde::Deserialize;

use super::text;

/// Limits, of each listener.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The longest body of a request.
    #[serde(deserialize_with = "text::bytes")]
    pub body: usize,
    /// The longest head of a request: its line and all headers.
    #[serde(deserialize_with = "text::bytes")]
    pub head: usize,
    /// How long a client may take to send the head.
    #[serde(deserialize_with = "text::duration")]
    pub head_time: Duration,
    /// How long a request may take, its body included.
    #[serde(deserialize_with = "text::duration")]
    pub request_time: Duration,
    /// The longest body of a request that writes.
    #[serde(deserialize_with = "text::bytes")]
    pub upload: usize,
    /// How long a request that writes may take.
    #[serde(deserialize_with = "text::duration")]
    pub upload_time: Duration,
    /// How many connections there may be.
    pub connections: usize,
    /// How many requests may be in work; others are refused at once.
    pub requests: usize,
    /// How long requests in work may take when the server is told to end.
    #[serde(deserialize_with = "text::duration")]
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            head: 64 << 10,
            head_time: Duration::from_secs(5),
            request_time: Duration::from_secs(10),
            upload: 64 << 20,
            upload_time: Duration::from_secs(120),
            connections: 4_096,
            requests: 1_024,
            shutdown: Duration::from_secs(10),
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, value) in [
            ("body", self.body),
            ("upload", self.upload),
            ("connections", self.connections),
            ("requests", self.requests),
        ] {
            if value == 0 {
                return Err(format!("`limits.{name}` is 0: nothing could ever be asked"));
            }
        }
        if self.head < 8 << 10 {
            return Err("`limits.head` is less than 8KiB, which gateways exceed".to_owned());
        }
        Ok(())
    }
}
