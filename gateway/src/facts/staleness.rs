//! How old what a feed says is, and how late it comes.

use assize::facts::Instant;
use serde_json::{Value, json};

use super::log::Feed;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// How many seconds ago anything came.
#[must_use]
pub fn silent_seconds(feed: &Feed, now: Instant) -> i64 {
    now.0.saturating_sub(feed.received).max(0).div_euclid(SECOND)
}

/// How many seconds what came last was behind what it tells of.
#[must_use]
pub fn lag_seconds(feed: &Feed) -> Option<i64> {
    feed.newest.map(|newest| feed.received.saturating_sub(newest).max(0).div_euclid(SECOND))
}

/// A feed, as it is shown.
#[must_use]
pub fn feed(name: &str, feed: &Feed, now: Instant) -> Value {
    json!({
        "feed": name,
        "position": feed.position,
        "rejected": feed.rejected,
        "received": (feed.received > 0).then_some(Instant(feed.received)),
        "silent_seconds": (feed.received > 0).then(|| silent_seconds(feed, now)),
        "newest": feed.newest.map(Instant),
        "lag_seconds": lag_seconds(feed),
    })
}
